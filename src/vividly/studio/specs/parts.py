"""What pictures are made of: short texts, maths, tones, and parts that appear when they are named."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Label = Annotated[str, Field(min_length=1, max_length=34)]
Line = Annotated[str, Field(min_length=1, max_length=90)]
Math = Annotated[str, Field(min_length=1, max_length=160, description="typst maths, without the dollar signs")]
# SymPy reads expressions with Python's own parser: nothing but numbers, x, t and these functions may ever reach it.
_SAFE = r"^(?:[\d\s.+\-*/(),]|x|t|sqrt|sin|cos|tan|exp|log|Abs|pi)*$"
Expression = Annotated[str, Field(max_length=120, pattern=_SAFE, description="a SymPy expression in x (or t)")]
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
