"""Expressions of plots are read by SymPy, so nothing that could be a program may reach it."""

import pytest
from pydantic import ValidationError

from vividly.studio.specs import Curve


@pytest.mark.parametrize(
    "expression",
    ["__import__('os').system('true')", "x.__class__", "open('a')", "lambda: x", "x if x else t", "[x for x in t]", "y + 1"],
)
def test_a_program_is_no_expression(expression):
    with pytest.raises(ValidationError):
        Curve(expression=expression, label="a curve")


@pytest.mark.parametrize(
    "expression", ["x**2 - 4", "-x**2 + 6*x - 5", "2*sin(x)/3", "exp(-x)", "sqrt(2*x)", "100*(1 - exp(-x/12))"]
)
def test_school_functions_are(expression):
    assert Curve(expression=expression, label="a curve").expression == expression
