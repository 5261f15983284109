"""The vocabulary of pictures: one frozen schema per kind of scene, which packs and authors may use and the studio can draw.

No drawing here and no code from outside: a picture is data. Words of a label double as its cue: the part appears
when the narrator says them (`cue` names other words where the label is not what is said).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Label = Annotated[str, Field(min_length=1, max_length=34)]
Line = Annotated[str, Field(min_length=1, max_length=90)]
Math = Annotated[str, Field(min_length=1, max_length=160, description="typst maths, without the dollar signs")]
Expression = Annotated[str, Field(min_length=1, max_length=120, description="a SymPy expression in x (or t)")]
Tone = Literal["main", "second", "third", "warm", "cool", "good", "bad", "muted"]


class Spec(BaseModel):
    """What every picture and every part of one has in common: frozen, and no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Spec):
    """A part that appears by itself when the narrator says `cue` (default: its label)."""

    label: Label
    cue: str = ""


class TextPart(Spec):
    text: Line
    cue: str = ""


class Title(Spec):
    kind: Literal["title"] = "title"
    heading: Annotated[str, Field(max_length=70)]
    subtitle: Annotated[str, Field(max_length=90)] = ""
    interest: str = ""


class KeyPoints(Spec):
    kind: Literal["key_points"] = "key_points"
    points: Annotated[list[TextPart], Field(min_length=2, max_length=4)]


class Definition(Spec):
    kind: Literal["definition"] = "definition"
    term: Label
    meaning: Annotated[str, Field(max_length=180)]
    example: Annotated[str, Field(max_length=120)] = ""


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


class Body(Spec):
    """A thing that forces act on. `x`, `y`: center in percent of the drawing area, y up."""

    id: str
    label: Annotated[str, Field(max_length=24)] = ""
    shape: Literal[
        "box", "ball", "person", "rocket", "balloon", "cart", "wall", "car", "hand", "skateboard", "earth", "air"
    ] = "box"
    x: Annotated[float, Field(ge=0, le=100)]
    y: Annotated[float, Field(ge=0, le=100)]
    size: Annotated[float, Field(ge=0.4, le=2.5)] = 1.0
    moves: Annotated[tuple[float, float], Field(description="slow drift in percent of the area, once its arrows are shown")] = (
        0,
        0,
    )
    cue: str = ""


class Force(Spec):
    """An arrow that starts at `body` (an id). `angle` in degrees, 0 = right, 90 = up. `length` 1 = one eighth of the width."""

    body: str
    label: Annotated[str, Field(max_length=34)]
    angle: float
    length: Annotated[float, Field(gt=0, le=2.5)] = 1.0
    tone: Tone = "main"
    cue: str = ""


class VectorDiagram(Spec):
    kind: Literal["vector_diagram"] = "vector_diagram"
    bodies: Annotated[list[Body], Field(min_length=1, max_length=4)]
    forces: Annotated[list[Force], Field(min_length=1, max_length=6)]
    surface: Literal["none", "floor", "ice"] = "none"


class MotionGraph(Spec):
    """A thing moving along a track above, its graph growing below. `position` in meters as an expression in t (seconds)."""

    kind: Literal["motion_graph"] = "motion_graph"
    thing: Label
    position: Expression
    t_end: Annotated[float, Field(gt=0, le=60)]
    show: Literal["position", "velocity", "acceleration"] = "position"
    second: Annotated[str, Field(description="another position, for comparison")] = ""
    second_thing: Annotated[str, Field(max_length=34)] = ""


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


class Component(Spec):
    type: Literal["resistor", "bulb", "switch_open", "switch_closed", "ammeter", "voltmeter", "motor"]
    label: Annotated[str, Field(max_length=18)] = ""
    cue: str = ""


class Circuit(Spec):
    """One battery, `components` in series round one loop or in parallel branches; charge flows when the loop is closed."""

    kind: Literal["circuit"] = "circuit"
    layout: Literal["series", "parallel"] = "series"
    battery: Annotated[str, Field(max_length=18)]
    components: Annotated[list[Component], Field(min_length=1, max_length=4)]
    current_label: Annotated[str, Field(max_length=24)] = ""


class Substance(Spec):
    """`formula` as plain text such as CO2 or Ca(OH)2; `count` is the coefficient."""

    formula: Annotated[str, Field(max_length=16)]
    count: Annotated[int, Field(ge=1, le=24)] = 1
    label: Annotated[str, Field(max_length=20)] = ""
    cue: str = ""


class Reaction(Spec):
    kind: Literal["reaction"] = "reaction"
    left: Annotated[list[Substance], Field(min_length=1, max_length=3)]
    right: Annotated[list[Substance], Field(min_length=1, max_length=3)]
    over_arrow: Annotated[str, Field(max_length=18)] = ""
    reversible: bool = False


class CellPart(Spec):
    part: Literal[
        "membrane", "wall", "nucleus", "mitochondrion", "chloroplast", "vacuole", "ribosome", "cytoplasm", "thylakoid", "stroma"
    ]
    label: Label
    cue: str = ""


class Cell(Spec):
    """A cell, or one chloroplast from within, with parts named as they are spoken of."""

    kind: Literal["cell"] = "cell"
    of: Literal["animal", "plant", "chloroplast"]
    parts: Annotated[list[CellPart], Field(min_length=1, max_length=6)]


class DivisionPhase(Spec):
    phase: Literal["interphase", "prophase", "metaphase", "anaphase", "telophase", "cytokinesis"]
    label: Label
    cue: str = ""


class CellDivision(Spec):
    """One cell going through the phases named, chromosomes (two pairs) drawn and moving."""

    kind: Literal["cell_division"] = "cell_division"
    phases: Annotated[list[DivisionPhase], Field(min_length=1, max_length=6)]


class Stage(Spec):
    label: Label
    note: Annotated[str, Field(max_length=60)] = ""
    cue: str = ""


class Cycle(Spec):
    kind: Literal["cycle"] = "cycle"
    stages: Annotated[list[Stage], Field(min_length=3, max_length=6)]
    center: Annotated[str, Field(max_length=26)] = ""


class Flow(Spec):
    kind: Literal["flow"] = "flow"
    stages: Annotated[list[Stage], Field(min_length=2, max_length=5)]


class ComparisonRow(Spec):
    left: Annotated[str, Field(max_length=60)]
    right: Annotated[str, Field(max_length=60)]
    cue: str = ""


class Comparison(Spec):
    """Two columns. With `verdict`, the left one is crossed out as wrong and the right one ticked (misconceptions)."""

    kind: Literal["comparison"] = "comparison"
    left_heading: Label
    right_heading: Label
    rows: Annotated[list[ComparisonRow], Field(min_length=1, max_length=4)]
    verdict: bool = False


class Event(Spec):
    when: Annotated[str, Field(max_length=18)]
    label: Annotated[str, Field(max_length=50)]
    cue: str = ""


class Timeline(Spec):
    kind: Literal["timeline"] = "timeline"
    events: Annotated[list[Event], Field(min_length=2, max_length=6)]


class CrossSection(Spec):
    """The ground cut open: Earth's layers, or two plates meeting; `labels` appear beside what they name."""

    kind: Literal["cross_section"] = "cross_section"
    of: Literal["layers", "divergent", "subduction", "collision", "transform", "hotspot"]
    labels: Annotated[list[GroundLabel], Field(min_length=1, max_length=6)]


class GroundLabel(Spec):
    part: Literal[
        "crust",
        "mantle",
        "outer_core",
        "inner_core",
        "plate_left",
        "plate_right",
        "magma",
        "ridge",
        "trench",
        "volcano",
        "mountains",
        "fault",
        "earthquake",
        "plume",
        "convection",
    ]
    label: Label
    cue: str = ""


class TraceStep(Spec):
    """The program is at `line` (1-based); `variables` holds all names after it ran, as they would print."""

    line: Annotated[int, Field(ge=1)]
    variables: Annotated[dict[str, str], Field(max_length=4)] = {}
    output: Annotated[str, Field(max_length=40)] = ""
    cue: str = ""


class CodeTrace(Spec):
    kind: Literal["code_trace"] = "code_trace"
    code: Annotated[list[Annotated[str, Field(max_length=44)]], Field(min_length=1, max_length=9)]
    steps: Annotated[list[TraceStep], Field(min_length=1, max_length=10)]


class Pair(Spec):
    idea: Label
    world: Annotated[str, Field(min_length=1, max_length=52)]
    cue: str = ""


class Mapping(Spec):
    """An analogy: each part of the idea beside its counterpart in the interest's world, with that world's illustration."""

    kind: Literal["mapping"] = "mapping"
    interest: str
    pairs: Annotated[list[Pair], Field(min_length=2, max_length=4)]
    breaks: Annotated[str, Field(max_length=110)] = ""


class QuizCard(Spec):
    kind: Literal["quiz_card"] = "quiz_card"
    question: Annotated[str, Field(max_length=150)]
    options: Annotated[list[Annotated[str, Field(max_length=70)]], Field(min_length=2, max_length=4)]
    answer: Annotated[int, Field(ge=0, le=3)]


Picture = Annotated[
    Title
    | KeyPoints
    | Definition
    | Formula
    | Derivation
    | WorkedExample
    | VectorDiagram
    | MotionGraph
    | FunctionPlot
    | BarChart
    | LineChart
    | NumberLine
    | Geometry
    | Circuit
    | Reaction
    | Cell
    | CellDivision
    | Cycle
    | Flow
    | Comparison
    | Timeline
    | CrossSection
    | CodeTrace
    | Mapping
    | QuizCard,
    Field(discriminator="kind"),
]

CrossSection.model_rebuild()
_pictures: TypeAdapter[Picture] = TypeAdapter(Picture)


def parse_picture(data: object) -> Picture:
    """A picture from its data; raises pydantic.ValidationError, which names the field that is wrong."""
    return _pictures.validate_python(data)


def picture_schema() -> dict[str, object]:
    """JSON Schema of all kinds, for authors that are language models."""
    return _pictures.json_schema()
