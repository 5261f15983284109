"""Names with leader lines to what they name: in a row above or below a drawing, or in columns beside it; none overlap.

Knows words and places; nothing of what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Point, circle, line, rect
from vividly.studio.text import Style, Words, fit
from vividly.studio.theme import Theme

_PAD_X, _PAD_Y = 17.0, 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """text on a pill of `color`, a line from it to `anchor` (pixels), both appearing at `enter` seconds."""

    text: str
    anchor: Point
    color: str
    enter: float
    calm: tuple[tuple[float, float], ...] = ()


def in_row(callouts: Sequence[Callout], row: Area, *, theme: Theme, size: float = 27.0, gap: float = 14.0) -> list[Element]:
    """Pills side by side in a row, each as near above or below its anchor as its neighbors allow."""
    if not callouts:
        return []
    ordered = sorted(callouts, key=lambda c: c.anchor[0])
    room = row.width / len(ordered) - gap
    words = [_fitted(c, width=room - 2 * _PAD_X, height=row.height - 2 * _PAD_Y, size=size) for c in ordered]
    wide = [w.width + 2 * _PAD_X for w in words]
    middles = spread([c.anchor[0] for c in ordered], wide, low=row.left, high=row.right, gap=gap)
    pills, leaders = [], []
    for callout, found, width, middle in zip(ordered, words, wide, middles, strict=True):
        high = found.height + 2 * _PAD_Y
        under = callout.anchor[1] < row.middle[1]
        top = row.top if under else row.bottom - high
        place = Area(round(middle - width / 2), round(top), round(middle + width / 2), round(top + high))
        start = min(max(callout.anchor[0], place.left + 18), place.right - 18), place.top + 2 if under else place.bottom - 2
        leaders += _leader(callout, start, theme)
        pills += _pill(callout, found, place)
    return [*leaders, *pills]


def in_columns(
    callouts: Sequence[Callout], left: Area | None, right: Area | None, *, theme: Theme, size: float = 27.0
) -> list[Element]:
    """Pills one under the other beside a drawing, on the side their anchor is nearer to, in the order of the anchors."""
    sides: dict[Literal["left", "right"], list[Callout]] = {"left": [], "right": []}
    if left and right:
        middle = (left.right + right.left) / 2
        ranked = sorted(callouts, key=lambda c: c.anchor[0])
        for rank, callout in enumerate(ranked):
            # At most one more on one side than on the other would be stiff; two more still look even.
            leftmost = callout.anchor[0] < middle
            if leftmost and rank >= (len(ranked) + 2) // 2:
                leftmost = False
            if not leftmost and len(ranked) - rank > (len(ranked) + 2) // 2:
                leftmost = True
            sides["left" if leftmost else "right"].append(callout)
    else:
        sides["left" if left else "right"] = list(callouts)
    made: list[Element] = []
    for side, column in (("left", left), ("right", right)):
        if column:
            made += _column(sides["left" if side == "left" else "right"], column, theme, size, inner=side)
    return made


def _column(callouts: list[Callout], column: Area, theme: Theme, size: float, *, inner: str) -> list[Element]:
    if not callouts:
        return []
    ordered = sorted(callouts, key=lambda c: c.anchor[1])
    room = min(110.0, column.height / len(ordered) - 12)
    words = [_fitted(c, width=column.width - 2 * _PAD_X, height=room - 2 * _PAD_Y, size=size) for c in ordered]
    highs = [w.height + 2 * _PAD_Y for w in words]
    middles = spread([c.anchor[1] for c in ordered], highs, low=column.top, high=column.bottom, gap=16)
    pills, leaders = [], []
    for callout, found, high, middle in zip(ordered, words, highs, middles, strict=True):
        width = found.width + 2 * _PAD_X
        x = column.right - width if inner == "left" else column.left
        place = Area(round(x), round(middle - high / 2), round(x + width), round(middle + high / 2))
        start = (place.right - 2 if inner == "left" else place.left + 2, place.middle[1])
        leaders += _leader(callout, start, theme)
        pills += _pill(callout, found, place)
    return [*leaders, *pills]


def spread(wanted: Sequence[float], sizes: Sequence[float], *, low: float, high: float, gap: float) -> list[float]:
    """Middles as near to the wanted ones (ascending) as things of these sizes allow between two ends."""
    found: list[float] = []
    for i, (want, size) in enumerate(zip(wanted, sizes, strict=True)):
        least = low + size / 2 if not i else found[-1] + (sizes[i - 1] + size) / 2 + gap
        found.append(max(want, least))
    most = high
    for i in range(len(found) - 1, -1, -1):
        found[i] = min(found[i], most - sizes[i] / 2)
        most = found[i] - sizes[i] / 2 - gap
    return found


def _fitted(callout: Callout, *, width: float, height: float, size: float) -> Words:
    style = Style("bold", size, on(callout.color), "center", leading=1.12)
    return fit(callout.text, style, width=width, height=height, smallest=15)


def _pill(callout: Callout, words: Words, place: Area) -> list[Element]:
    shape = rect(place.width, place.height, radius=min(20.0, place.height / 2), fill=callout.color)
    at = round(place.middle[0] - words.width / 2), round(place.middle[1] - words.height / 2)
    return [
        Item(mark=shape, at=(place.left, place.top), enter=callout.enter, how="pop", calm=callout.calm, calm_alpha=0.8),
        Item(mark=words, at=at, enter=callout.enter, how="pop", calm=callout.calm, calm_alpha=0.8, role="label",
             on=callout.color),
    ]  # fmt: skip


def _leader(callout: Callout, start: Point, theme: Theme) -> list[Element]:
    """A line from the pill to the anchor, with a rim of ground so that it shows on any drawing, and a dot at its end."""
    (x, y), (ax, ay) = start, callout.anchor
    dx, dy = ax - x, ay - y
    enter = callout.enter + 0.1
    made: list[Element] = []
    if hypot(dx, dy) > 8:
        for color, wide in ((theme.ground, 8.0), (theme.ink, 3.5)):
            made.append(Item(mark=line(dx, dy, color=color, width=wide), at=start, enter=enter, how="draw", over=0.35))
    for color, radius in ((theme.ground, 10.0), (theme.ink, 7.0)):
        made.append(Item(mark=circle(radius, fill=color), at=(ax, ay), enter=enter + 0.25, how="pop", over=0.3))
    return made
