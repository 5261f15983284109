"""The student's own numbers: matched by unit and words, solved, and refused rather than guessed."""

import itertools
import math

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from vividly.curriculum.formulas import close
from vividly.curriculum.loader import load_all
from vividly.curriculum.schema import Formula, Quantity
from vividly.curriculum.units import units
from vividly.pipeline.artifacts import Number
from vividly.pipeline.author import numbers

units()  # takes a moment, once; Hypothesis would take it for a slow example


def formula(equation: str, **symbols: tuple[str, str, list[str]]) -> Formula:
    made = {name: Quantity(name=said, unit=unit, words=words) for name, (said, unit, words) in symbols.items()}
    return Formula(id="one", equation=equation, typst="x", spoken="a formula", symbols=made)


SECOND_LAW = formula(
    "Eq(F, m*a)", F=("net force", "newton", ["push"]), m=("mass", "kilogram", []), a=("acceleration", "meter/second**2", [])
)
KINETIC = formula("Eq(E, m*v**2/2)", E=("energy", "joule", []), m=("mass", "kilogram", []), v=("speed", "meter/second", []))
FRICTION = formula(
    "Eq(a, (P - R)/m)",
    a=("acceleration", "meter/second**2", []),
    P=("push", "newton", ["pushes"]),
    R=("friction", "newton", ["rubs"]),
    m=("mass", "kilogram", []),
)


def test_the_unknown_is_found_whatever_the_order():
    found = numbers.solve(SECOND_LAW, (Number(12, "newton", "12 N"), Number(3, "kilogram", "3 kg")), "12 N on 3 kg")
    assert found is not None
    assert (found.find, found.value, found.unit) == ("a", pytest.approx(4), "m/s²")


def test_units_are_converted():
    found = numbers.solve(SECOND_LAW, (Number(500, "gram", "500 g"), Number(1, "kilonewton", "1 kN")), "1 kN on 500 g")
    assert found is not None
    assert found.value == pytest.approx(2000)


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e3))
def test_putting_the_result_back_gives_the_equation(energy, mass):
    given_numbers = (Number(energy, "joule", f"{energy} J"), Number(mass, "kilogram", f"{mass} kg"))
    found = numbers.solve(KINETIC, given_numbers, "how fast")
    assert found is not None
    assert 0.5 * mass * found.value**2 == pytest.approx(energy)
    assert found.value > 0, "a speed has no second, negative answer here"


def test_words_tell_two_forces_apart():
    said = "my brother pushes with 50 N while it rubs with 30 N, mass 20 kg"
    given_numbers = (Number(30, "newton", "30 N"), Number(50, "newton", "50 N"), Number(20, "kilogram", "20 kg"))
    found = numbers.solve(FRICTION, given_numbers, said)
    assert found is not None
    assert found.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("given_numbers", "said"),
    [
        ((Number(30, "newton", "30 N"), Number(50, "newton", "50 N"), Number(20, "kilogram", "20 kg")), "30 N, 50 N and 20 kg"),
        ((Number(30, "newton", "30 N"),), "only 30 N"),
        ((Number(3, "meter", "3 m"), Number(2, "kilogram", "2 kg"), Number(1, "newton", "1 N")), "3 m, 2 kg and 1 N"),
        ((Number(3, "no such unit", "3 x"), Number(2, "kilogram", "2 kg"), Number(1, "newton", "1 N")), "nonsense"),
    ],
)
def test_what_is_not_clear_is_not_guessed(given_numbers, said):
    assert numbers.solve(FRICTION, given_numbers, said) is None


def test_what_is_shown_can_be_set():
    found = numbers.solve(KINETIC, (Number(50, "joule", "50 J"), Number(4, "kilogram", "4 kg")), "50 J and 4 kg")
    assert found is not None
    for shown in (found.solved, found.inserted, found.result):
        assert typst.compile(f"$ {shown} $".encode(), format="png")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (4.0, "4"),
        (0.5, "0.5"),
        (1250.0, "1250"),
        (-0.05, "−0.05"),
        (1 / 3, "0.333"),
        (0, "0"),
        (6.02e23, "6.02 × 10^23"),
        (math.pi, "3.14"),
    ],
)
def test_numbers_are_written_as_a_teacher_would(value, shown):
    assert numbers.plain(value) == shown


def test_degrees_of_a_difference_are_no_temperature():
    heat = formula(
        "Eq(Q, m*c*dT)",
        Q=("heat", "joule", []),
        m=("mass", "gram", []),
        c=("specific heat", "joule/(gram*kelvin)", []),
        dT=("rise", "delta_degC", ["warmer"]),
    )
    given_numbers = (
        Number(100, "gram", "100 g"),
        Number(20, "degree_Celsius", "20 °C"),
        Number(4.18, "joule/gram/kelvin", "4.18 J/g/K"),
    )
    found = numbers.solve(heat, given_numbers, "100 g of water gets 20 °C warmer, 4.18 J/g/K")
    assert found is not None
    assert (found.find, found.value) == ("Q", pytest.approx(8360))
    back = numbers.solve(heat, (*given_numbers[::2], Number(8360, "joule", "8360 J")), "how much warmer")
    assert back is not None
    assert (back.value, back.unit) == (pytest.approx(20), "°C")


def _checks():
    for pack in load_all().values():
        for facet in pack.facets:
            formulas = {one.id: one for one in facet.formulas}
            for check in (facet.worked_example.check, *(item.check for item in facet.quiz)):
                if check is not None:
                    yield f"{pack.topic_id}/{facet.id}", formulas[check.formula], check


def test_a_lone_number_must_be_named():
    area = formula("Eq(A, pi*r**2)", A=("area", "meter**2", []), r=("radius", "meter", ["radius"]))
    assert numbers.solve(area, (Number(2, "meter", "2 m"),), "how big is a 2 m pizza") is None
    found = numbers.solve(area, (Number(2, "meter", "2 m"),), "how big is a pizza of radius 2 m")
    assert found is not None
    assert found.value == pytest.approx(12.566, rel=1e-3)


def test_what_has_no_closed_form_is_not_solved():
    ways = formula("Eq(C, binomial(n, 2))", C=("pairs", "dimensionless", ["pairs"]), n=("people", "dimensionless", ["people"]))
    numbers.solve(ways, (Number(66, "", "66"),), "66 pairs, how many people")


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.prove)], ids=["some", "all"])
def test_what_a_lesson_would_say_is_what_the_packs_recompute(step):
    """Angles in degrees, microcoulombs, debyes: whatever the units, the author's way to a number leads where the checks' does."""
    wrong, solved = [], 0
    for where, one, check in itertools.islice(_checks(), 0, None, step):
        found = numbers._solved_for(one, check.find, dict(check.given))
        solved += found is not None
        if found is not None and not close(found[1], check.value):
            wrong.append(f"{where}: {one.equation} with {check.given} is {found[1]:g}, not {check.value:g}")
    assert wrong == []
    assert solved > 200 // step
