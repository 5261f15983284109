"""Pictures made of quantities: formulas, worked examples, plots and charts, figures, motion with its graph."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vividly.studio.specs.parts import Expression, Label, Line, Math, Spec, Tone


class SymbolPart(Spec):
    """One part of a formula: `symbol` must be written in `math` exactly as it is here, and lights up when named."""

    symbol: Math
    name: Label
    unit: Annotated[str, Field(max_length=20)] = ""
    cue: str = ""


class Formula(Spec):
    kind: Literal["formula"] = "formula"
    math: Math
    parts: Annotated[list[SymbolPart], Field(min_length=1, max_length=5)]
    note: Annotated[str, Field(max_length=100)] = ""


class MathStep(Spec):
    math: Math
    note: Annotated[str, Field(max_length=60)] = ""
    cue: str = ""


class Derivation(Spec):
    kind: Literal["derivation"] = "derivation"
    steps: Annotated[list[MathStep], Field(min_length=2, max_length=5)]


class WorkedExample(Spec):
    """Given values on the left, steps appearing one under the other, the answer boxed at the end."""

    kind: Literal["worked_example"] = "worked_example"
    given: Annotated[list[Line], Field(max_length=4)] = []
    steps: Annotated[list[MathStep], Field(min_length=1, max_length=4)]
    answer: Annotated[str, Field(max_length=60)]


class Curve(Spec):
    expression: Expression
    label: Label
    tone: Tone = "main"
    cue: str = ""


class PlotPoint(Spec):
    x: float
    y: float
    label: Annotated[str, Field(max_length=24)] = ""
    cue: str = ""


class FunctionPlot(Spec):
    kind: Literal["function_plot"] = "function_plot"
    x_label: Label
    y_label: Label
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    curves: Annotated[list[Curve], Field(min_length=1, max_length=3)]
    points: Annotated[list[PlotPoint], Field(max_length=5)] = []


class Bar(Spec):
    label: Annotated[str, Field(max_length=20)]
    value: float
    tone: Tone = "main"
    cue: str = ""


class BarChart(Spec):
    kind: Literal["bar_chart"] = "bar_chart"
    y_label: Label
    bars: Annotated[list[Bar], Field(min_length=2, max_length=7)]


class Series(Spec):
    label: Label
    points: Annotated[list[tuple[float, float]], Field(min_length=2, max_length=14)]
    tone: Tone = "main"
    cue: str = ""


class LineChart(Spec):
    kind: Literal["line_chart"] = "line_chart"
    x_label: Label
    y_label: Label
    series: Annotated[list[Series], Field(min_length=1, max_length=3)]


class Mark(Spec):
    at: float
    label: Annotated[str, Field(max_length=22)]
    tone: Tone = "main"
    cue: str = ""


class NumberLine(Spec):
    """A scale from `low` to `high` with named marks; `left` and `right` name its ends (acidic, basic)."""

    kind: Literal["number_line"] = "number_line"
    low: float
    high: float
    step: Annotated[float, Field(gt=0)] = 1
    left: Annotated[str, Field(max_length=24)] = ""
    right: Annotated[str, Field(max_length=24)] = ""
    marks: Annotated[list[Mark], Field(min_length=1, max_length=7)]
    rainbow: Annotated[bool, Field(description="color the scale from warm to cool, as a pH indicator does")] = False

    @model_validator(mode="after")
    def _whole_steps(self) -> Self:
        steps = (self.high - self.low) / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(f"from {self.low:g} to {self.high:g} is not a whole number of steps of {self.step:g}")
        return self


class Side(Spec):
    """A segment between two named points, with a label beside it; `square` draws the square on it, outward."""

    ends: tuple[str, str]
    label: Annotated[str, Field(max_length=22)] = ""
    tone: Tone = "main"
    square: bool = False
    dashed: bool = False
    cue: str = ""


class Geometry(Spec):
    """Points in any unit (the figure is scaled to fit), sides, right angles at named points."""

    kind: Literal["geometry"] = "geometry"
    points: Annotated[dict[str, tuple[float, float]], Field(min_length=2, max_length=10)]
    show_names: bool = False
    fill: Annotated[list[list[str]], Field(max_length=4, description="polygons, by point names")] = []
    sides: Annotated[list[Side], Field(min_length=1, max_length=12)]
    right_angles: Annotated[list[tuple[str, str, str]], Field(max_length=4, description="arm, corner, arm")] = []


class MotionGraph(Spec):
    """A thing moving along a track above, its graph growing below. `position` in meters as an expression in t (seconds)."""

    kind: Literal["motion_graph"] = "motion_graph"
    thing: Label
    position: Expression
    t_end: Annotated[float, Field(gt=0, le=60)]
    show: Literal["position", "velocity", "acceleration"] = "position"
    second: Expression = ""
    second_thing: Annotated[str, Field(max_length=34)] = ""
