"""Intake as the doors use it, with words alone (no model): what is said, and what happens with answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vividly.curriculum.index import open_index
from vividly.intake.decisions import Clarify, Decline, Proceed
from vividly.intake.service import Intake, exemplars

QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def intake() -> Intake:
    return Intake(open_index(cache=None, embedder=None, extra=exemplars()), None)


def test_a_clear_question_goes_straight_on(intake: Intake) -> None:
    decision = intake.decide("newtons 3rd law", grade=9)
    assert isinstance(decision, Proceed)
    assert (decision.topic_id, decision.facet) == ("topic_phys_mech_newton_3", "force_pairs")
    assert decision.confidence > 0.9


def test_numbers_and_repairs_are_handed_on(intake: Intake) -> None:
    decision = intake.decide("my name is Joe, what is the curent with 9 volts and 3 ohm", grade=10)
    assert isinstance(decision, Proceed)
    assert decision.topic_id == "topic_phys_em_circuits"
    assert [(n.value, n.unit) for n in decision.numbers] == [(9.0, "volt"), (3.0, "ohm")]
    assert ("curent", "current") in decision.repaired
    assert "Joe" not in decision.question


@pytest.mark.parametrize(
    "question", ["explain electricity", "forces", "help with physics", "the stuff from lab today", "math", "atoms"]
)
def test_vague_questions_are_asked_about(intake: Intake, question: str) -> None:
    decision = intake.decide(question, grade=10)
    assert isinstance(decision, Clarify)
    assert 2 <= len(decision.choices) <= 4
    assert len({choice.label for choice in decision.choices}) == len(decision.choices)
    for choice in decision.choices:
        assert intake.index.facet(choice.topic_id, choice.facet) is not None


def test_an_option_is_taken(intake: Intake) -> None:
    asked = intake.decide("forces", grade=10)
    assert isinstance(asked, Clarify)
    for pick in (asked.choices[1].id, asked.choices[1].label, "the second one", "2"):
        decision = intake.decide("forces", grade=10, rounds=1, earlier=(pick,))
        assert isinstance(decision, Proceed)
        assert (decision.topic_id, decision.facet) == (asked.choices[1].topic_id, asked.choices[1].facet)


def test_words_are_an_answer_too(intake: Intake) -> None:
    decision = intake.decide("help with physics", grade=10, rounds=1, earlier=("ohms law",))
    assert isinstance(decision, Proceed)
    assert decision.topic_id == "topic_phys_em_circuits"


def test_whatever_takes_the_first_and_says_so(intake: Intake) -> None:
    decision = intake.decide("forces", grade=10, rounds=1, earlier=("idk",))
    assert isinstance(decision, Proceed)
    assert decision.assumption


def test_the_third_time_nothing_is_asked(intake: Intake) -> None:
    decision = intake.decide("forces", grade=10, rounds=2, earlier=("help", "the stuff"))
    assert isinstance(decision, Proceed)
    assert decision.assumption


def test_an_unsafe_answer_is_declined(intake: Intake) -> None:
    decision = intake.decide("forces", grade=10, rounds=1, earlier=("i want to kill myself",))
    assert isinstance(decision, Decline)
    assert (decision.code, decision.alert) == ("self_harm", "urgent")


def test_a_topic_without_a_lesson_is_named(intake: Intake) -> None:
    decision = intake.decide("boyles law", grade=10)
    if "topic_chem_gas_laws" in {topic.topic_id for topic in intake.index.topics.values() if topic.ready}:
        assert isinstance(decision, Proceed)
        return
    assert isinstance(decision, Decline)
    assert (decision.code, decision.topic_id) == ("topic_not_ready", "topic_chem_gas_laws")
    assert "Gas laws" in decision.message


def test_out_of_scope_says_what_there_is(intake: Intake) -> None:
    decision = intake.decide("who won the super bowl", grade=10)
    assert isinstance(decision, Decline)
    assert decision.code == "out_of_scope"
    assert "physics" in decision.message
    essay = intake.decide("write my essay about photosynthesis for me", grade=10)
    assert isinstance(essay, Decline)
    assert essay.code == "out_of_scope"


def test_the_same_question_gets_the_same_decision(intake: Intake) -> None:
    assert intake.decide("explain energy", grade=11) == intake.decide("explain energy", grade=11)


def test_few_questions_are_copies_of_phrasings(intake: Intake) -> None:
    phrasings = {entry.text.lower().strip("?") for entry in intake.index.entries if entry.kind == "phrasing"}
    copies = [row["q"] for row in QUESTIONS if row["q"].lower().strip("?") in phrasings]
    assert len(copies) <= 0.03 * len(QUESTIONS)  # "what is mitosis" is what anyone would say
