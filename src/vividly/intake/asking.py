"""How to ask back: real choices from the lessons that exist, and one question in plain words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from vividly.curriculum.index import Index, TopicCard
from vividly.intake.decide import Verdict
from vividly.intake.decisions import Choice, Clarify

MOST = 4
_QUESTIONS = {
    "no_subject": "What is it about? Pick one of these, or tell me in a few words.",
    "only_a_field": "That is a big field! Which part of it would you like to understand?",
    "topics_disagree": "I want to get this right. Which of these do you mean?",
    "vague": "I am not sure which part you mean. Is it one of these?",
}
_REASONING = {
    "no_subject": "The question names no subject.",
    "only_a_field": "The question names a whole field ({said}), and several lessons would fit.",
    "topics_disagree": "Several topics are about equally near to the question.",
    "vague": "The question does not say what about the subject is unclear.",
}


def clarify(verdict: Verdict, choices: tuple[Choice, ...], index: Index, said: str) -> Clarify:
    """A question with its choices; when no lesson of the field exists, it says so and offers the nearest."""
    question = _QUESTIONS[verdict.reason]
    if verdict.reason == "only_a_field" and not any(index.topics[topic].ready for topic, _ in verdict.options):
        question = "I have no lesson on exactly that yet. Would one of these help?"
    return Clarify((question,), choices, _REASONING[verdict.reason].format(said=said), verdict.reason)


def options_of(wanted: Sequence[tuple[str, str]], index: Index, *, grade: int) -> tuple[Choice, ...]:
    """2 to 4 choices: the topics wanted that have lessons; the facets of one if it is alone; else others of their subjects."""
    ready = [(index.topics[topic], facet) for topic, facet in wanted if index.topics[topic].ready]
    topics = list(dict.fromkeys(topic.topic_id for topic, _ in ready))
    if len(topics) == 1:
        return _facets(ready[0][0])
    chosen = [_choice(topic, facet) for topic, facet in ready]
    if not chosen:
        subjects = list(dict.fromkeys(index.topics[topic].subject for topic, _ in wanted))
        chosen = [_choice(topic, "") for topic in _spread(index, subjects, grade=grade)]
    return tuple({choice.id: choice for choice in chosen}.values())[:MOST]


def _facets(topic: TopicCard) -> tuple[Choice, ...]:
    """The core one first."""
    cards = sorted(topic.facets, key=lambda card: not card.core)
    return tuple(_choice(topic, card.facet) for card in cards[:MOST])


def _choice(topic: TopicCard, facet: str) -> Choice:
    """A whole topic is offered in the words of its blurb and leads to its core facet."""
    if facet:
        card = next(card for card in topic.facets if card.facet == facet)
        return Choice(f"{topic.topic_id}/{facet}", card.label, topic.topic_id, facet)
    return Choice(f"{topic.topic_id}/{topic.core}", topic.blurb, topic.topic_id, topic.core)


def _spread(index: Index, subjects: Sequence[str], *, grade: int) -> list[TopicCard]:
    """Lessons for the grade: of the given subjects, or one of each subject in turn when none is given."""
    grade = min(max(grade, 9), 12)
    ready = [topic for topic in index.topics.values() if topic.ready]
    own = [topic for topic in ready if topic.subject in subjects]
    if len(own) >= 2:
        return own[:MOST]
    turns: dict[str, list[TopicCard]] = {}
    for topic in sorted(ready, key=lambda topic: not topic.grades[0] <= grade <= topic.grades[1]):
        turns.setdefault(topic.subject, []).append(topic)
    rows = list(turns.values())
    turn = [row[depth] for depth in range(MOST) for row in rows if depth < len(row)]
    return (own + [topic for topic in turn if topic not in own])[:MOST]
