"""The checks themselves: each finds the fault it is for."""

from __future__ import annotations

from typing import Any

import pytest

from vividly.curriculum.checks import problems, problems_between
from vividly.curriculum.formulas import FormulaError, check_balance, numbers_in, solve_for
from vividly.curriculum.loader import PackBroken, load_pack, nearest_interest, parse_pack, topics
from vividly.curriculum.readability import grade_level, syllables
from vividly.curriculum.schema import Formula, Pack, Quantity

GOOD = "topic_phys_mech_newton_3"


def formula(equation: str, **units: str) -> Formula:
    symbols = {name: Quantity(name=name, unit=unit, positive=not name.startswith("n_")) for name, unit in units.items()}
    return Formula(id="one", equation=equation, typst="x", spoken="x", symbols=symbols)


def changed(path: str, value: Any) -> Pack:
    data = load_pack(GOOD).model_dump()
    place: Any = data
    *way, last = path.split(".")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return Pack.model_validate(data)


def test_values_are_made_coherent_before_solving() -> None:
    assert solve_for(formula("Eq(F, m*a)", F="newton", m="gram", a="m/s**2"), {"m": 2000, "a": 3}, "F") == pytest.approx((6.0,))
    assert solve_for(formula("Eq(y, r*sin(w))", y="m", r="m", w="degree"), {"y": 1, "r": 2}, "w")[0] == pytest.approx(30)


@pytest.mark.parametrize(
    ("equation", "units", "says"),
    [
        ("Eq(F, m*a)", {"F": "newton", "m": "kilogram", "a": "m/s"}, "does not balance"),
        ("Eq(F, m + a)", {"F": "newton", "m": "kilogram", "a": "m/s**2"}, "adds"),
        ("Eq(y, sin(x))", {"y": "dimensionless", "x": "meter"}, "not of a pure number"),
        ("Eq(y, 2**x)", {"y": "dimensionless", "x": "second"}, "exponent with a unit"),
        ("Eq(y, k*x)", {"y": "meter", "x": "meter"}, "does not declare"),
        ("Eq(y, x)", {"y": "meter", "x": "meter", "z": "meter"}, "does not use z"),
        ("y - x", {"y": "meter", "x": "meter"}, "no equation"),
        ("Eq(y, x).__class__", {"y": "meter", "x": "meter"}, "does not declare"),
        ("Eq(y, x)", {"y": "meter", "x": "parrot"}, "unknown to pint"),
    ],
)
def test_wrong_formulas_are_found(equation: str, units: dict[str, str], says: str) -> None:
    with pytest.raises(FormulaError, match=says):
        check_balance(formula(equation, **units))


def test_zero_balances_with_everything() -> None:
    check_balance(formula("Eq(x**2 - y, 0)", x="meter", y="meter**2"))


def test_numbers_in_text() -> None:
    assert numbers_in("1,250 J, −5 and 6.02 × 10²³, 3/4") == [1250.0, -5.0, pytest.approx(6.02e23), 0.75]
    assert numbers_in("H2O") == []


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("name", "Something else", "the outline says"),
        ("facets.0.core", False, "exactly one must be core"),
        ("facets.0.worked_example.answer", "41 N, backward", "does not say"),
        ("facets.0.worked_example.check.value", -41.0, "check expects"),
        ("facets.0.quiz.0.options.0.correct", True, "exactly one option"),
        ("facets.0.formulas.0.symbols.F_AB.unit", "joule", "does not balance"),
        ("facets.0.passages.0.id", "answer", "taken by"),
        ("facets.0.passages.0.id", "wall", "there twice"),
        ("analogies.0.interest", "falconry", "no interest"),
        ("prerequisites", ["topic_nothing"], "not in the outline"),
    ],
)
def test_each_fault_of_a_pack_is_found(path: str, value: Any, says: str) -> None:
    assert problems(load_pack(GOOD)) == []
    assert any(says in problem for problem in problems(changed(path, value)))


def test_analogies_that_are_copies_are_found() -> None:
    pack = load_pack(GOOD)
    one = pack.analogies[0]
    place, other = next((i, analogy) for i, analogy in enumerate(pack.analogies) if analogy.interest != one.interest)
    analogies = list(pack.analogies)
    analogies[place] = other.model_copy(update={"hook": one.hook, "story": one.story})
    assert any("alike" in problem for problem in problems(pack.model_copy(update={"analogies": analogies})))


def test_two_topics_may_not_claim_the_same_words() -> None:
    other = load_pack(GOOD).model_copy(update={"topic_id": "topic_phys_mech_newton_2"})
    assert problems_between([load_pack(GOOD), other])


def test_a_broken_pack_names_file_and_field() -> None:
    with pytest.raises(PackBroken, match=r"x\.yaml: .*blurb"):
        parse_pack("topic_id: topic_x\nname: X\n", name="x.yaml")


def test_yaml_keeps_words_that_look_like_switches() -> None:
    with pytest.raises(PackBroken) as broken:
        parse_pack("topic_id: on\nname: no\n", name="x.yaml")
    assert "name: Input should be" not in str(broken.value)


def test_reading_grades_are_ordered() -> None:
    easy = "The cat sat on the mat. It was a hot day. The cat ran to the pond."
    hard = "Mitochondrial respiration necessitates considerable enzymatic organization throughout multicellular eukaryotic organisms."
    assert grade_level(easy) < 3
    assert grade_level(hard) > 14
    assert [syllables(word) for word in ("force", "table", "photosynthesis", "wanted")] == [1, 2, 5, 2]


def test_all_topics_of_the_outline() -> None:
    assert len(topics()) == 95
    assert len({topic.topic_id for topic in topics()}) == 95


@pytest.mark.parametrize(
    ("typed", "interest", "exact"),
    [
        ("hoops", "basketball", True),
        ("I play the guitar", "music", True),
        ("soccr", "soccer", True),
        ("falconry", "animals", False),
    ],
)
def test_nearest_interest(typed: str, interest: str, exact: bool) -> None:
    found, was_exact = nearest_interest(typed)
    assert found is not None
    assert (found.id, was_exact) == (interest, exact)


def test_no_interest_is_near_nonsense() -> None:
    assert nearest_interest("qqqq zzz") == (None, False)
