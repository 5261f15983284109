"""A pack's formulas as algebra: parse, balance the units of both sides, solve for a number. Knows SymPy and pint, no lesson."""

from __future__ import annotations

import re
from typing import Any

import pint
import sympy
from sympy.parsing.sympy_parser import parse_expr

from vividly.curriculum.schema import Check, Formula, Quantity
from vividly.curriculum.units import units

_ALLOWED = re.compile(r"[A-Za-z0-9_+\-*/(),.\s]+")
_FUNCTIONS = (
    "Eq",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "exp",
    "log",
    "Abs",
    "pi",
    "factorial",
    "binomial",
    "Integer",
)
_DIMENSIONLESS_ONLY = (
    sympy.sin,
    sympy.cos,
    sympy.tan,
    sympy.asin,
    sympy.acos,
    sympy.atan,
    sympy.exp,
    sympy.log,
    sympy.factorial,
)
_NUMBER = re.compile(
    r"(?P<sign>[-−–]?)(?P<digits>\d[\d,\u2009\u202f]*(?:\.\d+)?|\.\d+)(?:\s?/\s?(?P<under>\d+))?(?:\s?[×x·*]\s?10\^?(?P<power>[-−⁻⁰¹²³⁴⁵⁶⁷⁸⁹\d]+))?"
)
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")

TOLERANCE = 5e-3  # three significant digits, last one rounded


class FormulaError(ValueError):
    """The formula does not parse, does not balance or has no solution; the message says which and is for pack writers."""


def symbols_of(formula: Formula) -> dict[str, sympy.Symbol]:
    """SymPy symbols by name; a quantity that cannot be negative is positive, so that roots are chosen rightly."""
    return {name: sympy.Symbol(name, **_assumptions(quantity)) for name, quantity in formula.symbols.items()}


def _assumptions(quantity: Quantity) -> dict[str, bool]:
    return {"positive": True} if quantity.positive else {"real": True}


def parse_equation(formula: Formula) -> sympy.Eq:
    """The equation of a formula in exactly the symbols it declares. Raises FormulaError."""
    if not _ALLOWED.fullmatch(formula.equation):
        raise FormulaError(f"{formula.equation!r} has characters that are not algebra")
    words = set(re.findall(r"[A-Za-z_]\w*", formula.equation))
    strangers = words - set(formula.symbols) - set(_FUNCTIONS)
    if strangers:
        raise FormulaError(f"{formula.equation!r} uses {', '.join(sorted(strangers))}, which `symbols` does not declare")
    try:
        equation = parse_expr(formula.equation, local_dict=symbols_of(formula), global_dict=_reachable())
    except Exception as error:
        raise FormulaError(f"{formula.equation!r} does not parse: {error}") from error
    if not isinstance(equation, sympy.Eq):
        raise FormulaError(f"{formula.equation!r} is no equation: write Eq(left, right)")
    unused = set(formula.symbols) - {symbol.name for symbol in equation.free_symbols}
    if unused:
        raise FormulaError(f"{formula.equation!r} does not use {', '.join(sorted(unused))}")
    return equation


def _reachable() -> dict[str, Any]:
    """All that an equation's text can name when it is evaluated; SymPy wraps its numbers in Integer and Float."""
    return {**{name: getattr(sympy, name) for name in _FUNCTIONS}, "Float": sympy.Float, "__builtins__": {}}


def check_balance(formula: Formula) -> None:
    """Both sides have one dimension, sums add like to like, functions get pure numbers. Raises FormulaError if not."""
    equation = parse_equation(formula)
    dimensions = {name: _dimension(quantity.unit) for name, quantity in formula.symbols.items()}
    left, right = _walk(equation.lhs, dimensions), _walk(equation.rhs, dimensions)
    if left is not None and right is not None and left != right:
        raise FormulaError(f"{formula.equation!r} does not balance: {_shown(left)} = {_shown(right)}")


def _dimension(unit: str) -> Any:
    try:
        return units()(unit).dimensionality if unit != "dimensionless" else units().dimensionless.dimensionality
    except Exception as error:
        raise FormulaError(f"unit {unit!r} is unknown to pint") from error


def _walk(expression: Any, dimensions: dict[str, Any]) -> Any:
    """Dimension of an expression; None for zero, which has every dimension."""
    if expression.is_Symbol:
        return dimensions[expression.name]
    if expression.is_number:
        return None if expression == 0 else pint.util.UnitsContainer()
    parts = [_walk(part, dimensions) for part in expression.args]
    if expression.is_Add:
        return _same(parts, expression)
    if expression.is_Mul:
        total = pint.util.UnitsContainer()
        for part in parts:
            total *= part if part is not None else pint.util.UnitsContainer()
        return total
    if expression.is_Pow:
        return _power(parts, expression)
    if isinstance(expression, _DIMENSIONLESS_ONLY) and any(parts):
        raise FormulaError(f"{expression} is taken of {_shown(parts[0])}, not of a pure number")
    return parts[0]


def _same(parts: list[Any], expression: Any) -> Any:
    real = [part for part in parts if part is not None]
    if any(part != real[0] for part in real):
        raise FormulaError(f"{expression} adds {' to '.join(_shown(part) for part in real)}")
    return real[0] if real else None


def _power(parts: list[Any], expression: Any) -> Any:
    below, above = parts
    if above:
        raise FormulaError(f"{expression} has an exponent with a unit: {_shown(above)}")
    if not below:
        return pint.util.UnitsContainer()
    if not expression.exp.is_number:
        raise FormulaError(f"{expression} raises {_shown(below)} to a variable power")
    return below ** float(expression.exp)


def _shown(dimension: Any) -> str:
    return str(dimension) if dimension else "a pure number"


def solve_for(formula: Formula, given: dict[str, float], find: str) -> tuple[float, ...]:
    """All real values of `find`, in its unit, when the others are `given` in theirs (units are made coherent in between).

    Raises FormulaError if a value is missing, of no symbol of the formula, or if nothing solves the equation.
    """
    equation = parse_equation(formula)
    if set(given) | {find} != set(formula.symbols) or find in given:
        raise FormulaError(f"needs {sorted(set(formula.symbols) - {find})} to find {find}, got {sorted(given)}")
    symbols = symbols_of(formula)
    known = {symbols[name]: to_base(value, formula.symbols[name].unit) for name, value in given.items()}
    try:
        answers = sympy.solve(equation.subs(known), symbols[find])
    except (NotImplementedError, ValueError) as error:
        raise FormulaError(f"{formula.equation!r} cannot be solved for {find}") from error
    reals = [float(answer) for answer in answers if answer.is_number and answer.is_real]
    if not reals:
        raise FormulaError(f"{formula.equation!r} has no real solution for {find} with {given}")
    return tuple(_from_base(real, formula.symbols[find].unit) for real in reals)


def to_base(value: float, unit: str) -> float:
    """In SI base units, where every formula is coherent."""
    return value if unit == "dimensionless" else float(units().Quantity(value, unit).to_base_units().magnitude)


def _from_base(value: float, unit: str) -> float:
    if unit == "dimensionless":
        return value
    base = units().Quantity(1.0, unit).to_base_units().units
    return float(units().Quantity(value, base).to(unit).magnitude)


def check_number(check: Check, formulas: dict[str, Formula]) -> None:
    """Recompute a check to three significant digits. Raises FormulaError, which says what comes out instead."""
    if check.formula not in formulas:
        raise FormulaError(f"check names formula {check.formula!r}, which the facet does not have")
    found = solve_for(formulas[check.formula], check.given, check.find)
    if not any(close(value, check.value) for value in found):
        raise FormulaError(
            f"check expects {check.find} = {check.value:g}, but it is {', '.join(f'{value:.6g}' for value in found)}"
        )


def close(one: float, other: float) -> bool:
    """Equal to three significant digits."""
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1e-300)


def numbers_in(text: str) -> list[float]:
    """Numbers written in a text: 1,250 and 3/4 and 6.02 × 10²³ and −5 (a sign glued to a word is a hyphen)."""
    return [value for match in _NUMBER.finditer(text) if (value := _value(match, text)) is not None]


def _value(match: re.Match[str], text: str) -> float | None:
    hyphen = match.start() > 0 and text[match.start() - 1].isalnum()
    if hyphen and not match["sign"]:
        return None
    value = float(re.sub(r"[,\u2009\u202f]", "", match["digits"]))
    if match["under"]:
        value = value / float(match["under"]) if float(match["under"]) else value
    if match["power"]:
        try:
            value *= 10.0 ** int(match["power"].translate(_RAISED))
        except (ValueError, OverflowError):
            return None
    return -value if match["sign"] and not hyphen else value
