"""A student's own numbers choose between the facets of a topic."""

from __future__ import annotations

import pytest

from vividly.curriculum.index import FacetCard, open_index
from vividly.intake.figures import facet_for
from vividly.intake.match import FacetScore
from vividly.intake.numbers import asked_unit, lift

TOPICS = open_index(cache=None, embedder=None).topics


def chosen(topic_id: str, facet: str, question: str, **near: float) -> str:
    scores = [FacetScore(topic_id, name, score, score) for name, score in near.items()]
    return facet_for(facet, cards=TOPICS[topic_id].facets, scores=scores, numbers=lift(question), asked=asked_unit(question))


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("my phone charger says 5 V and 2 A, how many watts is that", "power"),
        ("a 9 V battery and a 3 ohm resistor how many amps", "ohms_law"),
        ("how many volts push 2 amps through 6 ohms", "ohms_law"),
        ("what is a volt", "basics"),
        ("why do 2 bulbs glow less than 1", "basics"),
    ],
)
def test_the_facet_whose_formula_the_numbers_fill(question: str, facet: str) -> None:
    assert chosen("topic_phys_em_circuits", "basics", question, basics=0.7, power=0.5, ohms_law=0.5) == facet


def test_a_facet_far_from_the_question_is_not_chosen_for_numbers_alone() -> None:
    question = "the charger says 5 V and 2 A"
    assert chosen("topic_phys_em_circuits", "basics", question, basics=0.8, power=0.5, ohms_law=0.45) == "basics"
    assert chosen("topic_phys_em_circuits", "basics", question, basics=0.8, power=0.75, ohms_law=0.45) == "power"


def test_numbers_that_fill_the_chosen_facet_leave_it() -> None:
    cards = [FacetCard("t", "a", "", "", core=True, formulas=(("newton", "kilogram", "meter/second**2"),))]
    cards.append(FacetCard("t", "b", "", "", core=False, formulas=(("newton", "kilogram", "second"),)))
    numbers = lift("3 kg and 12 N")
    assert facet_for("a", cards=cards, scores=[], numbers=numbers, asked="second") == "b"
    assert facet_for("a", cards=cards, scores=[], numbers=numbers, asked="meter/second**2") == "a"
    assert facet_for("a", cards=cards, scores=[], numbers=numbers, asked="") == "a"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("how many watts is that", "watt"),
        ("what is that in meters per second", "meter/second"),
        ("how many newtons do I need", "newton"),
        ("how many people in a bus", ""),
        ("in a circuit", ""),
    ],
)
def test_the_unit_asked_for(text: str, unit: str) -> None:
    assert asked_unit(text) == unit
