"""Pictures of things: forces, circuits, reactions, cells, the ground cut open, programs at work."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vividly.studio.specs.parts import Label, Spec, Tone


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


class CrossSection(Spec):
    """The ground cut open: Earth's layers, or two plates meeting; `labels` appear beside what they name."""

    kind: Literal["cross_section"] = "cross_section"
    of: Literal["layers", "divergent", "subduction", "collision", "transform", "hotspot"]
    labels: Annotated[list[GroundLabel], Field(min_length=1, max_length=6)]


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
