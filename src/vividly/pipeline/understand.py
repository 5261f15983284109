"""The stage that settles what is asked, for inquiries that come without topic and facet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vividly.intake.decisions import Clarify, Decline, Proceed
from vividly.intake.service import Intake
from vividly.pipeline.artifacts import Choice, Declined, Inquiry, Number, Question

Understand = Callable[[Inquiry], Inquiry | Question | Declined]


def run(inquiry: Inquiry, *, understand: Understand) -> Inquiry | Question | Declined:
    """The inquiry with topic and facet, or the reason why there is none. What was understood at the door stays as it is."""
    if inquiry.topic_id and inquiry.facet:
        return inquiry
    return understand(inquiry)


def by(intake: Intake) -> Understand:
    """Intake's decision in the kitchen's words."""

    def understand(inquiry: Inquiry) -> Inquiry | Question | Declined:
        match intake.decide(inquiry.question, grade=inquiry.grade, rounds=inquiry.rounds):
            case Proceed() as found:
                numbers = tuple(Number(one.value, one.unit, one.text) for one in found.numbers)
                notes = (*inquiry.assumptions, found.assumption) if found.assumption else inquiry.assumptions
                return replace(inquiry, topic_id=found.topic_id, facet=found.facet, numbers=numbers, assumptions=notes)
            case Clarify() as vague:
                choices = tuple(Choice(one.id, one.label, one.topic_id, one.facet) for one in vague.choices)
                return Question(vague.questions, choices, vague.reasoning)
            case Decline() as declined:
                return Declined(declined.code, declined.message)

    return understand
