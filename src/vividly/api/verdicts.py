"""Intake's decision, turned into what requests can file: with the interest that serves best, and honest about both.

Pure but for reading the curriculum. It must not know who asks or how it arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from vividly.curriculum.loader import load_pack, nearest_interest, pack_ids
from vividly.intake.decisions import Clarify, Decision, Decline, Proceed
from vividly.requests.model import MAX_ROUNDS, Alert, AskBack, Clarification, Go, Option, Quantity, TurnAway, Verdict

LOWEST_GRADE = 9

_GRADE_NOTE = "This lesson is made for 9th grade, the lowest level we have so far."
_GO = "Your lesson is being made."
_ASK = "One question first, so that you get the lesson you want."


class Intake(Protocol):
    """What a door asks of intake (`intake.service.Intake`)."""

    def decide(self, question: str, *, grade: int, rounds: int = 0, earlier: tuple[str, ...] = ()) -> Decision:
        """`rounds`: how often was asked back already; `earlier`: the answers given. Blocking, fast, no network."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What makes two questions the same lesson, as far as a door can know."""

    question: str
    topic_id: str
    facet: str
    interest: str
    interest_asked: str
    grade: int
    numbers: tuple[Quantity, ...]
    assumptions: tuple[str, ...]


# Wiring adds what only the kitchen knows: the versions that would make another lesson of the same subject.
KeyOf = Callable[[Subject], str]


@dataclass(frozen=True, slots=True)
class Profile:
    """For whom: their grade (1–12), the interest they typed just now, those of their profile, or one that is settled."""

    grade: int
    interest_asked: str = ""
    interests: tuple[str, ...] = ()
    interest: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A verdict, and the id of the interest that carries the lesson ("" leaves the choice to the author)."""

    verdict: Verdict
    interest: str


def verdict_of(
    intake: Intake, question: str, *, profile: Profile, key_of: KeyOf, earlier: tuple[str, ...] = (), rounds: int = 0
) -> Understood:
    """Decide on a question and the answers given so far. Blocking (a few ms of one core); no network."""
    decision = intake.decide(question, grade=_served(profile), rounds=rounds, earlier=earlier)
    return _understood(decision, profile, key_of)


def verdict_of_option(intake: Intake, question: str, option: Option, *, profile: Profile, key_of: KeyOf) -> Understood:
    """Decide on a question whose student chose an option: its topic and facet are meant, whatever the words were like."""
    decision: Decision = intake.decide(question, grade=_served(profile), rounds=MAX_ROUNDS, earlier=(option.id,))
    if option.facet and option.topic_id in pack_ids():
        name = load_pack(option.topic_id).name
        said = decision if isinstance(decision, Proceed) else Proceed(question, "", "", "", "", 1.0)
        decision = replace(said, topic_id=option.topic_id, topic_name=name, facet=option.facet, confidence=1.0, assumption="")
    return _understood(decision, profile, key_of)


def _understood(decision: Decision, profile: Profile, key_of: KeyOf) -> Understood:
    match decision:
        case Proceed():
            interest = _interest(profile, topic_id=decision.topic_id, facet=decision.facet)
            return Understood(_go(decision, profile, interest, key_of), interest)
        case Clarify():
            options = tuple(Option(way.id, way.label, way.topic_id, way.facet) for way in decision.choices)
            asked = Clarification(tuple(decision.questions), options, decision.reasoning)
            return Understood(AskBack(asked, message=_ASK), _interest(profile))
        case Decline():
            alert = None if decision.alert == "none" else Alert(decision.alert, decision.code)
            return Understood(TurnAway(decision.code, decision.message, alert), _interest(profile))


def _go(decision: Proceed, profile: Profile, interest: str, key_of: KeyOf) -> Go:
    numbers = tuple(Quantity(number.value, number.unit, number.text) for number in decision.numbers)
    notes = (_GRADE_NOTE if profile.grade < LOWEST_GRADE else "", decision.assumption)
    assumptions = tuple(note for note in notes if note)
    subject = Subject(
        question=decision.question,
        topic_id=decision.topic_id,
        facet=decision.facet,
        interest=interest,
        interest_asked=profile.interest_asked,
        grade=_served(profile),
        numbers=numbers,
        assumptions=assumptions,
    )
    return Go(
        topic_id=decision.topic_id,
        facet=decision.facet,
        work_key=key_of(subject),
        topic_name=decision.topic_name,
        confidence=decision.confidence,
        numbers=numbers,
        repaired=decision.question if decision.repaired else "",
        assumptions=assumptions,
        message=" ".join(note for note in (_GO, *assumptions, _interest_note(profile)) if note),
    )


def _interest(profile: Profile, *, topic_id: str = "", facet: str = "") -> str:
    """The settled one; else what they typed; else the first of their profile that has an analogy for this facet."""
    if profile.interest:
        return profile.interest
    if profile.interest_asked:
        return next(_known([profile.interest_asked]), "")
    wanted = tuple(_known(profile.interests))
    served = _served_interests(topic_id, facet)
    return next((interest for interest in wanted if interest in served), wanted[0] if wanted else "")


def _known(names: Iterable[str]) -> Iterator[str]:
    return (found.id for found, _ in map(nearest_interest, names) if found is not None)


def _served_interests(topic_id: str, facet: str) -> frozenset[str]:
    if topic_id not in pack_ids():
        return frozenset()
    return frozenset(analogy.interest for analogy in load_pack(topic_id).analogies if not facet or facet in analogy.facets)


def _interest_note(profile: Profile) -> str:
    asked = profile.interest_asked
    if not asked:
        return ""
    found, exact = nearest_interest(asked)
    if found is None:
        return f"We do not know {asked} well enough yet, so another interest carries this lesson."
    return "" if exact else f"The nearest we have to {asked} is {found.name.lower()}."


def _served(profile: Profile) -> int:
    return max(profile.grade, LOWEST_GRADE)
