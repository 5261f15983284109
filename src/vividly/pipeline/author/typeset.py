"""SymPy expressions as typst maths. Pure; only what school formulas need: sums, products, fractions, powers, roots, functions."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sympy

GREEK = frozenset(
    "alpha beta gamma delta epsilon theta lambda mu nu pi rho sigma tau phi chi psi omega Delta Omega Sigma Phi Theta".split()
)


def symbol(name: str) -> str:
    """F_net -> F_"net", m_1 -> m_1, lam -> lambda."""
    head, _, index = name.partition("_")
    head = {"lam": "lambda"}.get(head, head)
    shown = head if len(head) == 1 or head in GREEK else f'"{head}"'
    if not index:
        return shown
    return f"{shown}_{index}" if len(index) == 1 else f'{shown}_"{index.replace("_", " ")}"'


def quantity(value: str, unit: str) -> str:
    """A number with its unit set upright; powers of ten as such."""
    value = re.sub(r" × 10\^(−?\d+)", r" times 10^(\1)", value)
    return f'{value} "{unit}"' if unit else value


def expression(expr: sympy.Expr, shown: Mapping[str, str] | None = None) -> str:
    """Typst for `expr`; names in `shown` are written as given (numbers with units), the others as symbols."""
    return _write(expr, shown or {})


def _write(expr: sympy.Expr, shown: Mapping[str, str]) -> str:
    match expr:
        case sympy.Symbol():
            return shown.get(expr.name, symbol(expr.name))
        case sympy.Integer() | sympy.Float():
            return str(expr)
        case sympy.Rational():
            return f"({expr.p})/({expr.q})"
        case sympy.Add():
            return _sum(expr, shown)
        case sympy.Mul():
            return _product(expr, shown)
        case sympy.Pow():
            return _power(expr, shown)
        case sympy.Function():
            inside = ", ".join(_write(argument, shown) for argument in expr.args)
            return f"{type(expr).__name__}({inside})"
        case _:
            return f'"{expr}"'


def _sum(expr: sympy.Add, shown: Mapping[str, str]) -> str:
    terms = sorted(expr.args, key=lambda term: term.could_extract_minus_sign())
    text = _write(terms[0], shown)
    for term in terms[1:]:
        text += f" - {_write(-term, shown)}" if term.could_extract_minus_sign() else f" + {_write(term, shown)}"
    return text


def _product(expr: sympy.Mul, shown: Mapping[str, str]) -> str:
    if expr.could_extract_minus_sign():
        return f"- {_write(-expr, shown)}"
    over, under = expr.as_numer_denom()
    if under != 1:
        return f"({_write(over, shown)})/({_write(under, shown)})"
    joint = " dot " if shown else " "
    return joint.join(_grouped(factor, shown) for factor in expr.as_ordered_factors())


def _grouped(factor: sympy.Expr, shown: Mapping[str, str]) -> str:
    text = _write(factor, shown)
    return f"({text})" if isinstance(factor, sympy.Add) else text


def _power(expr: sympy.Pow, shown: Mapping[str, str]) -> str:
    base, exponent = expr.as_base_exp()
    if exponent == sympy.Rational(1, 2):
        return f"sqrt({_write(base, shown)})"
    if exponent.could_extract_minus_sign():
        return f"(1)/({_write(base**-exponent, shown)})"
    inner = _write(base, shown)
    if not isinstance(base, sympy.Symbol) or base.name in shown:
        inner = f"({inner})"
    return f"{inner}^({_write(exponent, shown)})"
