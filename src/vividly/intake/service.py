"""Intake as the doors see it: a student's words in, Proceed, Clarify or Decline out. Local and fast; keeps nothing of what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import yaml

from vividly.curriculum.index import Entry, Index, TopicCard, open_index
from vividly.intake.asking import clarify, options_of
from vividly.intake.decide import Evidence, Verdict, decide
from vividly.intake.decisions import Alert, Choice, Clarify, Decision, Decline, Proceed
from vividly.intake.fields import Fields, content_of, content_words
from vividly.intake.figures import facet_for
from vividly.intake.language import other_language
from vividly.intake.match import Matched, Matcher
from vividly.intake.notation import said
from vividly.intake.numbers import asked_unit, lift
from vividly.intake.privacy import mask
from vividly.intake.screen import messages, screen
from vividly.intake.spelling import Repaired, Speller
from vividly.intake.words import ordinary_words
from vividly.providers.port import Embedder

_HOMEWORK = re.compile(
    r"\b(?:write|do|finish|complete|make|type|solve)\b.{0,14}\b(?:essay|home ?work|paper|assignment|lab report|worksheet|speech|poem|application|test|quiz)\b"
    r"(?!.{0,20}\b(?:help me|how|understand))",
    re.IGNORECASE,
)
_FOR_ME = re.compile(r"\b(?:my|for me|me a|me an|this)\b", re.IGNORECASE)
_HELP = re.compile(r"\b(?:help|explain|how (?:do|to|does)|understand|stuck|what|why)\b", re.IGNORECASE)
_ORDINALS = {
    "first": 0,
    "1": 0,
    "one": 0,
    "second": 1,
    "2": 1,
    "two": 1,
    "third": 2,
    "3": 2,
    "three": 2,
    "fourth": 3,
    "4": 3,
    "last": -1,
}
_ANY = re.compile(
    r"\b(?:any|anything|whatever|idk|dunno|don'?t (?:care|know|mind)|you (?:choose|pick|decide)|both|all(?: of them)?|either)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|why|how|when|where|which|explain|help|does|do|is|are|can|define|solve|find)\b|\?|\d", re.IGNORECASE
)
_NEAR_ENOUGH = 0.35  # for a question with swearing in it to be taken as one
_FIGURES = re.compile(r"\d\D+\d|\b[a-z]\s*[=<>^]")
_HAZY = re.compile(
    r"\bor (?:something|smth|whatever|smth like that)\b|\b(?:teacher|prof(?:essor)?|he|she|they|we) (?:\w+ ){0,2}(?:said|told|did|talked|covered)\b",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"^(?:topic_[a-z0-9_]+)/[a-z][a-z0-9_]*$")


def exemplars() -> tuple[Entry, ...]:
    """Intake's own entries of the index: questions that belong to no topic."""
    data = yaml.load((files("vividly.intake") / "exemplars.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return tuple(Entry(kind, "", "", text) for kind, texts in data.items() for text in texts)


def open_intake(*, cache: Path | None, embedder: Embedder | None) -> Intake:
    """Intake over everything installed; the index is read from `cache`, or built and kept there."""
    return Intake(open_index(cache=cache, embedder=embedder, extra=exemplars()), embedder)


class Intake:
    """Decides. Thread-safe: nothing changes after it is built."""

    def __init__(
        self, index: Index, embedder: Embedder | None, *, ordinary: Callable[[], frozenset[str]] = ordinary_words
    ) -> None:
        self.index = index
        self._matcher = Matcher(index, embedder)
        self._fields = Fields(index)
        self._speller = Speller(index.vocabulary, ordinary)

    def decide(self, question: str, *, grade: int, rounds: int = 0, earlier: Sequence[str] = ()) -> Decision:
        """What to do with `question`, as first asked; `earlier` are the answers given to our questions since, oldest first
        (option ids or words), and `rounds` is how often we have asked: from 2 on nothing is asked any more.
        """
        for words in (question, *earlier):
            if (declined := self._screened(words, answer=words is not question)) is not None:
                return declined
        if earlier and (chosen := self._chosen(question, earlier, grade=grade)) is not None:
            return chosen
        return self._understand(question, earlier, grade=grade, rounds=rounds)

    def _screened(self, words: str, *, answer: bool) -> Decline | None:
        """A no before anything is understood. An answer may be short: "2"."""
        if answer and (_CHOSEN.match(words.strip()) or (words.strip() and len(words.strip()) < 3)):
            return None
        result = screen(words)
        if result.code:
            return Decline(result.code, messages()[result.code], result.alert)
        if other_language(words):
            return Decline("language", messages()["language"])
        return None

    def _chosen(self, question: str, earlier: Sequence[str], *, grade: int) -> Proceed | None:
        """The option an answer picks: by id, by its label, by "the second one"."""
        answer = earlier[-1].strip()
        if _CHOSEN.match(answer):
            topic_id, _, facet = answer.partition("/")
            topic = self.index.topics.get(topic_id)
            return (
                self._proceed(topic, facet, question, 0.99, reason="chosen")
                if topic and self.index.facet(topic_id, facet)
                else None
            )
        offered = self._understand(question, earlier[:-1], grade=grade, rounds=min(len(earlier) - 1, 1))
        choice = _picked(answer, offered.choices) if isinstance(offered, Clarify) else None
        return self._of_choice(choice, question, answer) if choice else None

    def _of_choice(self, choice: Choice, question: str, answer: str) -> Proceed:
        assumption = (
            f"You left the choice to me, so this is about {choice.label[:1].lower()}{choice.label[1:]}."
            if _ANY.search(answer)
            else ""
        )
        return self._proceed(
            self.index.topics[choice.topic_id], choice.facet, question, 0.97, reason="chosen", assumption=assumption
        )

    def _understand(self, question: str, earlier: Sequence[str], *, grade: int, rounds: int) -> Decision:
        asked = self._clean(question)
        answers = " ".join(self._clean(answer).text for answer in earlier)
        verdict, matched = self._verdict(" ".join(filter(None, (asked.text, answers))), rounds=rounds)
        if answers and verdict.kind != "unsafe":
            alone, of_answer = self._verdict(answers, rounds=0)
            if alone.kind == "teach":
                verdict, matched = alone, of_answer
        return self._said(verdict, matched, question, asked, grade=grade)

    def _clean(self, text: str) -> Repaired:
        """Masked, without swearing, spelling repaired."""
        return self._speller.repair(screen(mask(text).text).text)

    def _verdict(self, text: str, *, rounds: int) -> tuple[Verdict, Matched]:
        notation = said(text)
        content = content_of(text)
        matched = self._matcher.match(f"{text} {notation}".strip())
        evidence = Evidence(
            matched=matched,
            content=len(content),
            named=self._fields.named(content),
            field=self._fields.field(content),
            figures=bool(notation or _FIGURES.search(text)),
            hazy=bool(_HAZY.search(text)),
            cleared=screen(text).cleared,
            rounds=rounds,
            semantic=self._matcher.has_vectors,
        )
        return decide(evidence), matched

    def _said(self, verdict: Verdict, matched: Matched, question: str, asked: Repaired, *, grade: int) -> Decision:
        if verdict.kind == "unsafe":
            return Decline(verdict.code, messages()[verdict.code], _alert(verdict.code))
        if _HOMEWORK.search(question) and _FOR_ME.search(question) and not _HELP.search(question):
            return self._outside("essay", grade=grade)
        if verdict.kind == "outside" or (verdict.kind == "teach" and _only_rude(verdict, matched, question)):
            return self._rude_or_outside(question, grade=grade)
        if verdict.kind == "ask":
            return self._ask(verdict, question, asked, grade=grade)
        topic_id, facet = verdict.options[0]
        topic = self.index.topics[topic_id]
        if not topic.ready:
            return self._not_ready(topic, matched)
        assumption = ""
        if verdict.reason == "best_guess":
            card = self.index.facet(topic_id, facet or topic.core)
            assumption = (
                f"Your question could mean several things. This lesson takes it as: {card.label if card else topic.name}."
            )
        facet = self._by_numbers(topic, facet or topic.core, matched, question)
        return self._proceed(topic, facet, question, verdict.confidence, reason=verdict.reason, assumption=assumption)

    def _by_numbers(self, topic: TopicCard, facet: str, matched: Matched, question: str) -> str:
        text = mask(question).text
        scores = [one for one in matched.facets if one.topic_id == topic.topic_id]
        return facet_for(facet, cards=topic.facets, scores=scores, numbers=lift(text), asked=asked_unit(text))

    def _ask(self, verdict: Verdict, question: str, asked: Repaired, *, grade: int) -> Decision:
        if screen(question).rude and verdict.reason in {"no_subject", "vague", "topics_disagree"}:
            return Decline("unkind_language", messages()["unkind_language"])
        choices = options_of(verdict.options, self.index, grade=grade)
        if len(choices) < 2:
            return self._outside("out_of_scope", grade=grade)
        if verdict.reason == "only_a_field" and len(verdict.options) == 1:
            return self._proceed(self.index.topics[choices[0].topic_id], choices[0].facet, question, 0.8, reason="named")
        return clarify(verdict, choices, self.index, content_words(asked.text))

    def _rude_or_outside(self, question: str, *, grade: int) -> Decline:
        if screen(question).rude:
            return Decline("unkind_language", messages()["unkind_language"])
        return self._outside("out_of_scope", grade=grade)

    def _outside(self, message: str, *, grade: int) -> Decline:
        ready = [choice.label for choice in options_of((), self.index, grade=grade)][:3]
        subjects = list(dict.fromkeys(topic.subject.lower() for topic in self.index.topics.values() if topic.ready))
        text = messages()[message].format(subjects=_listed(subjects), ready="; ".join(ready))
        return Decline("out_of_scope", text)

    def _not_ready(self, topic: TopicCard, matched: Matched) -> Decline:
        """Names the topic for what it is, and what is near it: first of its own subject."""
        near = [self.index.topics[score.topic_id] for score in matched.topics if score.ready]
        near.sort(key=lambda card: card.subject != topic.subject)
        text = messages()["topic_not_ready"].format(topic=f"“{topic.name}”", ready="; ".join(card.name for card in near[:3]))
        return Decline("topic_not_ready", text, topic_id=topic.topic_id, topic_name=topic.name)

    def _proceed(
        self, topic: TopicCard, facet: str, question: str, sure: float, *, reason: str, assumption: str = ""
    ) -> Proceed:
        card = self.index.facet(topic.topic_id, facet)
        if card is None:
            raise KeyError(f"{topic.topic_id} has no facet {facet!r}")
        clean = self._clean(question)
        return Proceed(
            question=clean.text,
            topic_id=topic.topic_id,
            topic_name=topic.name,
            facet=facet,
            facet_name=card.name,
            confidence=sure,
            numbers=lift(mask(question).text),
            repaired=clean.changes,
            assumption=assumption,
            reason=reason,
        )


def _only_rude(verdict: Verdict, matched: Matched, question: str) -> bool:
    """Swearing with next to no question in it. With one in it, it is a question of somebody who is fed up."""
    if verdict.reason == "named" or not screen(question).rude:
        return False
    return matched.topics[0].near < _NEAR_ENOUGH or (len(content_of(question)) <= 3 and not _ASKS.search(question))


def _alert(code: str) -> Alert:
    if code in {"self_harm", "harm_to_student", "violence"}:
        return "urgent"
    return "none" if code in {"injection", "not_allowed", "personal_data"} else "notice"


def _picked(answer: str, choices: tuple[Choice, ...]) -> Choice | None:
    plain = re.sub(r"[^a-z0-9 ]+", " ", answer.lower()).strip()
    for choice in choices:
        if plain == re.sub(r"[^a-z0-9 ]+", " ", choice.label.lower()).strip():
            return choice
    ordinal = re.fullmatch(r"(?:the |option |number |choice )*(\w+)(?: one| option| choice)?", plain)
    if ordinal and ordinal[1] in _ORDINALS and _ORDINALS[ordinal[1]] < len(choices):
        return choices[_ORDINALS[ordinal[1]]]
    return choices[0] if choices and _ANY.search(answer) and len(plain.split()) <= 6 else None


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)
