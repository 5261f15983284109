"""Pieces many pictures are made of: words in a box, cards, pills, connecting lines. Each returns elements.

Knows areas, themes and elements; no picture in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Literal

from vividly.studio.colors import mix
from vividly.studio.elements import Element, Entrance, Item, Role
from vividly.studio.layout import Area
from vividly.studio.marks import Box, Point, polyline, rect, rim
from vividly.studio.text import Align, Style, Words, fit, widest_word
from vividly.studio.theme import Theme

Calm = tuple[tuple[float, float], ...]
Level = Literal["top", "middle", "bottom"]


def write(
    text: str,
    style: Style,
    area: Area,
    *,
    on: str,
    level: Level = "middle",
    enter: float = 0.0,
    how: Entrance = "fade",
    leave: float = inf,
    role: Role = "label",
    calm: Calm = (),
    pulses: tuple[float, ...] = (),
    smallest: float = 17.0,
) -> Item:
    """Words in the largest size up to the style's that fits the area, aligned in it; `on`: the color behind them."""
    words = fit(text, style, width=area.width, height=area.height, smallest=smallest)
    x, y = anchored(words, area, align=style.align, level=level)
    return Item(mark=words, at=(x, y), enter=enter, how=how, leave=leave, role=role, on=on, calm=calm, pulses=pulses)


def anchored(words: Words, area: Area, *, align: Align = "left", level: Level = "middle") -> Point:
    """Top left of words in an area, on whole pixels so that they stay sharp."""
    x = {"left": area.left, "center": area.middle[0] - words.width / 2, "right": area.right - words.width}[align]
    y = {"top": area.top, "middle": area.middle[1] - words.height / 2, "bottom": area.bottom - words.height}[level]
    return float(round(x)), float(round(y))


def card(
    area: Area,
    theme: Theme,
    *,
    enter: float = 0.0,
    how: Entrance = "rise",
    fill: str = "",
    line: str = "",
    radius: float = 20.0,
    calm: Calm = (),
    leave: float = inf,
) -> list[Element]:
    """A panel with a soft edge below it, as if cut from thick paper."""
    shade = mix(theme.ground, "#000000", 0.32 if theme.dark else 0.10)
    below = rim(area.width, area.height, radius=radius, drop=6, fill=shade)
    panel = rect(area.width, area.height, radius=radius, fill=fill or theme.panel, line=line, line_width=3 if line else 0)
    at = float(round(area.left)), float(round(area.top))
    return [
        Item(mark=below, at=at, enter=enter, how=how, calm=calm, leave=leave),
        Item(mark=panel, at=at, enter=enter, how=how, calm=calm, leave=leave),
    ]


def ghost(area: Area, theme: Theme, *, enter: float = 0.1, leave: float = inf, radius: float = 20.0) -> Item:
    """The outline of a card that is still to come: the page is laid out before it is filled."""
    mark = rect(area.width - 4, area.height - 4, radius=radius, line=mix(theme.ground, theme.edge, 0.7), line_width=2.5)
    at = float(round(area.left)) + 2, float(round(area.top)) + 2
    return Item(mark=mark, at=at, enter=enter, how="fade", over=0.4, leave=leave)


def pill(
    text: str, style: Style, middle: Point, *, fill: str, enter: float, how: Entrance = "pop", calm: Calm = ()
) -> list[Element]:
    """Words on a rounded background, centered at a point."""
    words = Words(text, style)
    wide, high = words.width + style.size * 1.1, words.height + style.size * 0.35
    left, top = round(middle[0] - wide / 2), round(middle[1] - high / 2)
    return [
        Item(mark=rect(wide, high, radius=high / 2, fill=fill), at=(left, top), enter=enter, how=how, calm=calm),
        Item(
            mark=words,
            at=(round(middle[0] - words.width / 2), round(middle[1] - words.height / 2)),
            enter=enter,
            how=how,
            role="label",
            on=fill,
            calm=calm,
        ),
    ]


def connector(
    points: Sequence[Point], *, color: str, enter: float, width: float = 3.0, smooth: bool = True, calm: Calm = ()
) -> Item:
    """A line drawn on by a pen through points of the frame."""
    x, y = points[0]
    moved = [(a - x, b - y) for a, b in points]
    mark = polyline(moved, line=color, line_width=width, smooth=smooth)
    return Item(mark=mark, at=(x, y), enter=enter, how="draw", over=0.5, calm=calm)


def free_spot(words: Words, spots: Sequence[Point], *, taken: Sequence[Box], area: Area) -> Point:
    """Top left of the words at the first of the middles in `spots` where they touch nothing taken; the least bad if none.

    Spots outside the area are moved into it.
    """
    return min((_tried(words, spot, taken, area) for spot in spots), key=lambda t: t[0])[1]


def _tried(words: Words, spot: Point, taken: Sequence[Box], area: Area) -> tuple[float, Point]:
    """How many pixels of what is taken the words would cover at a spot, and their top left there."""
    left = float(round(min(max(spot[0] - words.width / 2, area.left), area.right - words.width)))
    top = float(round(min(max(spot[1] - words.height / 2, area.top), area.bottom - words.height)))
    right, bottom = left + words.width, top + words.height
    covered = sum(max(0.0, min(right, b[2]) - max(left, b[0])) * max(0.0, min(bottom, b[3]) - max(top, b[1])) for b in taken)
    return covered, (left, top)


def free_words(
    text: str,
    style: Style,
    *,
    spots: Callable[[Words], Sequence[Point]],
    taken: Sequence[Box],
    area: Area,
    widths: Sequence[float] = (300, 200, 130),
) -> tuple[Words, Point]:
    """A label and its top left: in smaller letters or narrower lines when it finds no free spot otherwise.

    `spots` gives the middles to try for words of a certain size, best first.
    """
    best: tuple[float, Words, Point] | None = None
    for share in (1.0, 0.86, 0.74, 0.62):
        for width in widths:
            letters = Style(style.face, max(17.0, round(style.size * share)), style.color, style.align, style.leading)
            words = Words(text, letters, max(width, widest_word(text, letters) + 2))
            covered, at = min((_tried(words, spot, taken, area) for spot in spots(words)), key=lambda t: t[0])
            if covered <= 0:
                return words, at
            if best is None or covered < best[0]:
                best = covered, words, at
    assert best is not None
    return best[1], best[2]
