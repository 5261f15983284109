"""A drawing of our own for every interest: flat, on a round ground, 240 x 240 units of SVG. For scenes and for pages.

Knows interests by id; an unknown one gets the lamp of a good idea.
"""

from __future__ import annotations

from vividly.studio.art import Art, svg
from vividly.studio.illustrations import crafts, outside, sports, stage

UNIT = 240.0
_DRAWINGS: dict[str, str] = {**sports.DRAWINGS, **stage.DRAWINGS, **crafts.DRAWINGS, **outside.DRAWINGS}


def illustration(interest: str, *, width: float) -> Art:
    """The drawing as a mark, `width` pixels wide and high, origin in its middle."""
    return Art(_DRAWINGS.get(interest, crafts.IDEA), width=width, unit_width=UNIT, unit_height=UNIT)


def svg_of(interest: str) -> str:
    """The drawing as an SVG document, for pages."""
    return svg(_DRAWINGS.get(interest, crafts.IDEA), UNIT, UNIT)


def drawn() -> frozenset[str]:
    """Interests that have a drawing of their own."""
    return frozenset(_DRAWINGS)
