"""The opening: what it is about in large letters, the interest's drawing beside it, gently afloat."""

from __future__ import annotations

from math import pi, sin

from vividly.studio.elements import Element, Item
from vividly.studio.illustrations import illustration
from vividly.studio.layout import Area
from vividly.studio.marks import Point, rect
from vividly.studio.pieces import anchored
from vividly.studio.specs import Title
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, fit

_DRAWING = 400.0


def _cues(spec: Title) -> list[str]:
    return [spec.subtitle] if spec.subtitle else []


def floating(t: float) -> Point:
    """Up and down by a few pixels, in six seconds."""
    return 0.0, 6.0 * sin(2 * pi * t / 6.0)


def _build(spec: Title, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    words_area = Area(area.left, area.top + 40, area.right - _DRAWING - 40, area.bottom)
    heading = fit(spec.heading, Style("display", 84, theme.ink), width=words_area.width, height=340, smallest=34)
    subtitle = fit(spec.subtitle, Style("body", 36, theme.soft), width=words_area.width, height=140) if spec.subtitle else None
    high = heading.height + 34 + (subtitle.height + 24 if subtitle else 0)
    top = round(words_area.middle[1] - high / 2)
    made: list[Element] = [
        Item(mark=heading, at=(area.left, top), enter=0.05, how="left", role="text", on=theme.ground),
        Item(mark=rect(132, 10, radius=5, fill=theme.accent), at=(area.left, top + heading.height + 16), enter=0.4, how="left"),
    ]
    if subtitle:
        at = anchored(subtitle, Area(area.left, top + heading.height + 50, words_area.right, area.bottom), level="top")
        made.append(Item(mark=subtitle, at=at, enter=min(context.at[0], 1.6), how="rise", role="text", on=theme.ground))
    drawing = illustration(spec.interest or context.interest, width=_DRAWING)
    middle = (area.right - _DRAWING / 2, round(area.middle[1] + 16))
    made.append(Item(mark=drawing, at=middle, enter=0.15, how="pop", over=0.7, motion=floating, role="solid"))
    return made


def _describe(spec: Title) -> str:
    named = spec.interest.replace("_", " ")
    told = f'The title "{spec.heading}"' + (f', and below it "{spec.subtitle}"' if spec.subtitle else "")
    return told + (f", beside a drawing of {named}." if named else ".")


KIND = Kind(cues=_cues, build=_build, describe=_describe, whole=True)
