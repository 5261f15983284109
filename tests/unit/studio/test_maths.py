"""Formulas: set once, each part alone in the same place, errors that say where."""

import pytest

from vividly.studio.maths import FormulaError, contains, fit_formula, set_formula

RED, BLUE, GREEN = "#ff0000", "#0000ff", "#00aa00"


def test_parts_lie_on_their_symbols() -> None:
    made = set_formula("F = m a", size=80, color="#000000", symbols=("F", "m", "a"), colors=(RED, BLUE, GREEN))
    lefts = [box[0] for box in made.boxes if box]
    assert len(lefts) == 3
    assert lefts == sorted(lefts)
    assert all(part is not None and part.box == made.box for part in made.parts)


def test_a_symbol_is_not_found_inside_a_longer_name() -> None:
    assert contains("alpha + a", "a")
    assert not contains("alpha + sin(x)", "a")
    assert not contains("sqrt(x)", "r")
    assert contains("v_0 + v", "v_0")


def test_a_missing_symbol_has_no_part() -> None:
    made = set_formula("p = m v", size=60, color="#000000", symbols=("q", "m"), colors=(RED, BLUE))
    assert made.parts[0] is None
    assert made.boxes[0] is None
    assert made.parts[1] is not None


def test_an_exponent_stands_above_the_index() -> None:
    plain = set_formula("v_f^2", size=80, color="#000000")
    colored = set_formula("v_f^2", size=80, color="#000000", symbols=("v_f",), colors=(RED,))
    assert colored.whole.width == pytest.approx(plain.whole.width, abs=2)


def test_bad_maths_is_an_error_with_a_reason() -> None:
    with pytest.raises(FormulaError, match="unknown variable"):
        set_formula("notaword + 1", size=60, color="#000000")


def test_a_formula_shrinks_to_its_room() -> None:
    made = fit_formula("a + b + c + d + e + f + g", size=120, color="#000000", width=300, height=100)
    assert made.whole.width <= 305


def test_setting_is_deterministic() -> None:
    first = set_formula("E = m c^2", size=70, color="#000000")
    set_formula.cache_clear()
    assert set_formula("E = m c^2", size=70, color="#000000").whole == first.whole
