"""Two axes with round numbers on them, and where a point of the plot lies on the screen. Knows numbers and areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, Box, Point, line
from vividly.studio.pieces import free_words, write
from vividly.studio.text import Style, Words
from vividly.studio.theme import Theme

_LEFT, _BOTTOM = 74.0, 76.0


@dataclass(frozen=True, slots=True)
class Axes:
    """`area`: the plot without its numbers; ranges in the units of the data."""

    area: Area
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def at(self, x: float, y: float) -> Point:
        """Pixels of a point of the data."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        across = (x - x0) / ((x1 - x0) or 1.0)
        up = (y - y0) / ((y1 - y0) or 1.0)
        return self.area.left + across * self.area.width, self.area.bottom - up * self.area.height

    @property
    def origin(self) -> Point:
        """Where the axes cross: at zero where that is inside, else at the edge."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return self.at(min(max(0.0, x0), x1), min(max(0.0, y0), y1))

    @property
    def lines(self) -> list[Box]:
        """What the two axes cover, for labels that should not stand across them."""
        (ox, oy), area = self.origin, self.area
        return [(area.left, oy - 4, area.right, oy + 4), (ox - 4, area.top, ox + 4, area.bottom)]


def axes_in(area: Area, x_range: tuple[float, float], y_range: tuple[float, float]) -> Axes:
    """Axes with room for their numbers and names inside `area`."""
    return Axes(Area(area.left + _LEFT, area.top + 44, area.right - 40, area.bottom - _BOTTOM), x_range, y_range)


def ticks(low: float, high: float, *, most: int = 7) -> list[float]:
    """Round numbers between two ends, steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / most
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = -floor(-low / step + 1e-9)
    found = []
    while first * step <= high + step * 1e-6:
        found.append(round(first * step, 10))
        first += 1
    return found


def drawn(axes: Axes, theme: Theme, *, x_label: str, y_label: str, outer: Area) -> list[Element]:
    """Grid, axes, numbers and names."""
    made: list[Element] = []
    area, (ox, oy) = axes.area, axes.origin
    number = Style("body", 22, theme.soft)
    for x in ticks(*axes.x_range):
        px = round(axes.at(x, axes.y_range[0])[0])
        made.append(Item(mark=line(0, area.height, color=theme.edge, width=2), at=(px, area.top), enter=0.1, role="decor"))
        place = Area(px - 40, area.bottom + 13, px + 40, area.bottom + 40)
        made.append(write(said(x), Style("body", 22, theme.soft, "center"), place, on=theme.ground, enter=0.2))
    for y in ticks(*axes.y_range, most=6):
        py = round(axes.at(axes.x_range[0], y)[1])
        made.append(Item(mark=line(area.width, 0, color=theme.edge, width=2), at=(area.left, py), enter=0.1, role="decor"))
        place = Area(outer.left, py - 14, area.left - 10, py + 14)
        made.append(write(said(y), Style(number.face, number.size, theme.soft, "right"), place, on=theme.ground, enter=0.2))
    across = Arrow(area.width + 26, 0, color=theme.ink, thick=4, head=16)
    up = Arrow(0, -(area.height + 24), color=theme.ink, thick=4, head=16)
    made.append(Item(mark=across, at=(area.left, round(oy)), enter=0.1, how="draw", role="decor"))
    made.append(Item(mark=up, at=(round(ox), area.bottom), enter=0.1, how="draw", role="decor"))
    name = Style("medium", 25, theme.soft, "right")
    below = Area(area.left, area.bottom + 42, outer.right, outer.bottom)
    made.append(write(x_label, name, below, on=theme.ground, enter=0.3, level="top"))
    above = Area(outer.left, outer.top - 6, outer.right, outer.top + 30)
    made.append(write(y_label, Style("medium", 25, theme.soft), above, on=theme.ground, enter=0.3, level="top"))
    return made


def said(value: float) -> str:
    """A number as it stands at an axis."""
    return f"{value:g}".replace("-", "−")


def clipped(points: Sequence[Point], area: Area) -> list[list[Point]]:
    """The runs of a curve that lie inside the plot; each run of at least two points."""
    runs: list[list[Point]] = [[]]
    for x, y in points:
        if area.top - 0.5 <= y <= area.bottom + 0.5 and area.left - 0.5 <= x <= area.right + 0.5:
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def named(text: str, style: Style, anchors: list[Point], taken: list[Box], area: Area) -> tuple[Words, Point]:
    """A label beside one of the anchors, where it covers no curve and no other label; it is taken from then on."""

    def spots(words: Words) -> list[Point]:
        dx, dy = words.width / 2 + 22, words.height / 2 + 18
        shifts = [(dx, 0), (-dx, 0), (0, -dy), (0, dy), (dx, -dy), (-dx, -dy), (dx, dy), (-dx, dy)]
        return [(x + a * k, y + b * k) for k in (1.0, 1.6, 2.4) for x, y in anchors for a, b in shifts]

    words, at = free_words(text, style, spots=spots, taken=taken, area=area)
    taken.append((at[0], at[1], at[0] + words.width, at[1] + words.height))
    return words, at
