"""The student's own numbers put into a formula: matched by unit and by words, solved by SymPy, converted by pint.

Pure. Says None rather than guess: a wrong number in a lesson is worse than none.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

import sympy

from vividly.curriculum.formulas import FormulaError, parse_equation, solve_for, symbols_of, to_base
from vividly.curriculum.schema import Formula
from vividly.curriculum.units import dimension, units
from vividly.pipeline.artifacts import Number
from vividly.pipeline.author import typeset

_ALMOST = 1e-9
WINDOW = 40  # characters around a number in which a word may say what the number is


@dataclass(frozen=True, slots=True)
class Given:
    """A number of the student's, in the unit of its symbol."""

    symbol: str
    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Solution:
    """`value` of symbol `find` in `unit` (short form, "" if none), from `given`; maths in typst: solved form, with numbers, result."""

    formula: Formula
    given: tuple[Given, ...]
    find: str
    name: str
    value: float
    unit: str
    solved: str
    inserted: str
    result: str


def short_unit(unit: str) -> str:
    """A pint unit in short, e.g. "meter/second**2" -> "m/s²"; "" for a pure number."""
    if unit == "dimensionless":
        return ""
    return f"{units().Unit(unit):~P}".replace("delta_", "").replace("Δ", "")


def plain(value: float) -> str:
    """Three significant digits, no trailing zeros, no exponent for everyday sizes: 4, 0.5, 1250, 6.02e23 -> 6.02 × 10^23."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}") if abs(value) < 1000 else float(f"{value:.4g}")
    if 1e-4 <= abs(rounded) < 1e7:
        text = f"{rounded:.10f}".rstrip("0").rstrip(".")
        return text.replace("-", "−")
    mantissa, exponent = f"{rounded:.2e}".split("e")
    return f"{float(mantissa):g} × 10^{int(exponent)}".replace("-", "−")


def with_unit(value: float, unit: str) -> str:
    return f"{plain(value)} {unit}".strip()


def solve(formula: Formula, numbers: tuple[Number, ...], question: str) -> Solution | None:
    """The one unknown of `formula`, if `numbers` fill all its other symbols in exactly one sensible way; else None."""
    if len(numbers) != len(formula.symbols) - 1:
        return None
    fits = [assignment for assignment in _assignments(formula, numbers) if _words_agree(formula, assignment, question)]
    if len(fits) != 1:
        return None
    given = fits[0]
    (find,) = set(formula.symbols) - set(given)
    values = {name: _converted(number, formula.symbols[name].unit) for name, number in given.items()}
    solved = _solved_for(formula, find, values)
    if solved is None:
        return None
    expression, value = solved
    unit = short_unit(formula.symbols[find].unit)
    shown = {name: typeset.quantity(plain(values[name]), short_unit(formula.symbols[name].unit)) for name in values}
    left = typeset.symbol(find)
    return Solution(
        formula=formula,
        given=tuple(
            Given(name, formula.symbols[name].name, values[name], short_unit(formula.symbols[name].unit))
            for name in formula.symbols
            if name in values
        ),
        find=find,
        name=formula.symbols[find].name,
        value=value,
        unit=unit,
        solved=f"{left} = {typeset.expression(expression)}",
        inserted=f"{left} = {typeset.expression(expression, shown)}",
        result=f"{left} = {typeset.quantity(plain(value), unit)}",
    )


def _assignments(formula: Formula, numbers: tuple[Number, ...]) -> list[dict[str, Number]]:
    """Every way to give each number a symbol of its own dimension."""
    return [
        dict(zip(chosen, numbers, strict=True))
        for chosen in itertools.permutations(formula.symbols, len(numbers))
        if all(_same_dimension(number, formula.symbols[name].unit) for name, number in zip(chosen, numbers, strict=True))
    ]


def _same_dimension(number: Number, unit: str) -> bool:
    return dimension(number.unit) != "?" and dimension(number.unit) == dimension(unit)


def _converted(number: Number, unit: str) -> float:
    """Twenty degrees warmer is a difference and not 293 kelvin: where a formula wants a difference, degrees are taken as one."""
    if unit.startswith("delta_") and number.unit.startswith("degree_"):
        return float(units().Quantity(number.value, f"delta_{number.unit}").to(unit).magnitude)
    return float(units().Quantity(number.value, number.unit or "dimensionless").to(unit).magnitude)


def _words_agree(formula: Formula, assignment: dict[str, Number], question: str) -> bool:
    """Where two symbols share a dimension, the nearest telling word must name the number's symbol and not the other.

    A lone number must be named at all: sixteen inches of a pizza may be its diameter.
    """
    text = question.lower()
    if len(assignment) == 1 and any(_distance(formula, name, number, text) == math.inf for name, number in assignment.items()):
        return False
    for name, number in assignment.items():
        kind = dimension(formula.symbols[name].unit)
        rivals = [other for other in formula.symbols if other != name and dimension(formula.symbols[other].unit) == kind]
        if rivals and not _distance(formula, name, number, text) < min(_distance(formula, r, number, text) for r in rivals):
            return False
    return True


def _distance(formula: Formula, name: str, number: Number, text: str) -> float:
    """Characters between the number and the nearest word for the symbol; infinite if none stands within WINDOW."""
    place = text.find(number.text.lower())
    if place < 0:
        return math.inf
    end = place + len(number.text)
    words = {*formula.symbols[name].words, *formula.symbols[name].name.split()}
    gaps = [
        max(found.start() - end, place - found.end(), 0)
        for word in words
        for found in re.finditer(rf"\b{re.escape(word.lower())}", text)
    ]
    return min((gap for gap in gaps if gap <= WINDOW), default=math.inf)


def _solved_for(formula: Formula, find: str, values: dict[str, float]) -> tuple[sympy.Expr, float] | None:
    """The solved form and its value in the unit of `find`; None unless there is exactly one sensible answer."""
    try:
        found = solve_for(formula, values, find)
    except FormulaError:
        return None
    sensible = {value for value in found if value > 0 or not formula.symbols[find].positive}
    if len(sensible) != 1:
        return None
    (value,) = sensible
    symbols, wanted = symbols_of(formula), to_base(value, formula.symbols[find].unit)
    known = {symbols[name]: to_base(value, formula.symbols[name].unit) for name, value in values.items()}
    for root in _roots(formula, symbols[find]):
        number = complex(root.subs(known).evalf())
        if abs(number.imag) < _ALMOST * max(abs(wanted), 1) and math.isclose(number.real, wanted, rel_tol=_ALMOST):
            return root, value
    return None


def _roots(formula: Formula, symbol: sympy.Symbol) -> list[sympy.Expr]:
    """The solved forms; none for what has no closed one (n in a binomial)."""
    try:
        return list(sympy.solve(parse_equation(formula), symbol))
    except NotImplementedError:
        return []
