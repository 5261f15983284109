"""The vocabulary of pictures: one frozen schema per kind of scene, which packs and authors may use and the studio can draw.

No drawing here and no code from outside: a picture is data. Words of a label double as its cue: the part appears
when the narrator says them (`cue` names other words where the label is not what is said).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from vividly.studio.specs.maths import (
    Bar,
    BarChart,
    Curve,
    Derivation,
    Formula,
    FunctionPlot,
    Geometry,
    LineChart,
    Mark,
    MathStep,
    MotionGraph,
    NumberLine,
    PlotPoint,
    Series,
    Side,
    SymbolPart,
    WorkedExample,
)
from vividly.studio.specs.parts import (
    Expression,
    Label,
    Line,
    Math,
    Part,
    Spec,
    TextPart,
    Tone,
)
from vividly.studio.specs.science import (
    Body,
    Cell,
    CellDivision,
    CellPart,
    Circuit,
    CodeTrace,
    Component,
    CrossSection,
    DivisionPhase,
    Force,
    GroundLabel,
    Reaction,
    Substance,
    TraceStep,
    VectorDiagram,
)
from vividly.studio.specs.words import (
    Comparison,
    ComparisonRow,
    Cycle,
    Definition,
    Event,
    Flow,
    KeyPoints,
    Mapping,
    Pair,
    QuizCard,
    Stage,
    Timeline,
    Title,
)

__all__ = [
    "Bar",
    "BarChart",
    "Body",
    "Cell",
    "CellDivision",
    "CellPart",
    "Circuit",
    "CodeTrace",
    "Comparison",
    "ComparisonRow",
    "Component",
    "CrossSection",
    "Curve",
    "Cycle",
    "Definition",
    "Derivation",
    "DivisionPhase",
    "Event",
    "Expression",
    "Flow",
    "Force",
    "Formula",
    "FunctionPlot",
    "Geometry",
    "GroundLabel",
    "KeyPoints",
    "Label",
    "Line",
    "LineChart",
    "Mapping",
    "Mark",
    "Math",
    "MathStep",
    "MotionGraph",
    "NumberLine",
    "Pair",
    "Part",
    "Picture",
    "PlotPoint",
    "QuizCard",
    "Reaction",
    "Series",
    "Side",
    "Spec",
    "Stage",
    "Substance",
    "SymbolPart",
    "TextPart",
    "Timeline",
    "Title",
    "Tone",
    "TraceStep",
    "VectorDiagram",
    "WorkedExample",
    "parse_picture",
    "picture_schema",
]

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

_pictures: TypeAdapter[Picture] = TypeAdapter(Picture)


def parse_picture(data: object) -> Picture:
    """A picture from its data; raises pydantic.ValidationError, which names the field that is wrong."""
    return _pictures.validate_python(data)


def picture_schema() -> dict[str, object]:
    """JSON Schema of all kinds, for authors that are language models."""
    return _pictures.json_schema()
