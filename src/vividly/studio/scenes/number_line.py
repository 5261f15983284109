"""A scale with named places on it: the scale unrolls from its low end, each place is pinned as it is spoken of."""

from __future__ import annotations

from vividly.studio.axes import said
from vividly.studio.callouts import Callout, in_row
from vividly.studio.colors import mix, on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, line, rect
from vividly.studio.pieces import write
from vividly.studio.specs import NumberLine
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_HIGH = 76.0
# What universal indicator paper shows at pH 0 to 14.
_INDICATOR = (
    "#e03131", "#e8472b", "#f06a25", "#f58c1f", "#f8ab1c", "#f3cb1e", "#c3cf2c",
    "#57b947", "#2fa66a", "#1f9e8f", "#1f8cb0", "#2a6fc4", "#3f55c0", "#5a43b3", "#6f369f",
)  # fmt: skip
_UNROLL = 1.1  # seconds


def _cues(spec: NumberLine) -> list[str]:
    return [mark.cue or mark.label for mark in spec.marks]


def _build(spec: NumberLine, context: Context) -> list[Element]:
    area = context.area
    ends, few = bool(spec.left or spec.right), len(spec.marks) <= 3
    middle = area.middle[1] + (30 if few else 0) - (24 if ends else 0)
    bar = Area(area.left, middle - _HIGH / 2, area.right, middle + _HIGH / 2)
    made = _strip(spec, context, bar) if spec.rainbow else _ruler(spec, context, bar)
    if ends:
        made += _ends(spec, context, area)
    order = sorted(range(len(spec.marks)), key=lambda i: spec.marks[i].at)
    rows: tuple[list[Callout], list[Callout]] = ([], [])
    for rank, i in enumerate(order):
        mark = spec.marks[i]
        below = not few and rank % 2 == 1
        edge = bar.bottom + (-6 if spec.rainbow else 20) if below else bar.top + (6 if spec.rainbow else 16)
        callout = Callout(
            text=mark.label, anchor=(round(_x(mark.at, spec, bar)), edge), color=context.tone(mark.tone),
            enter=max(context.at[i], 0.5), calm=context.calm(i),
        )  # fmt: skip
        rows[below].append(callout)
    above = Area(area.left, bar.top - 140, area.right, bar.top - 60)
    under = Area(area.left, bar.bottom + 52, area.right, bar.bottom + 122)
    size = 36.0 if few else 29.0
    return [
        *made,
        *in_row(rows[0], above, theme=context.theme, size=size),
        *in_row(rows[1], under, theme=context.theme, size=size),
    ]


def _steps(spec: NumberLine) -> list[float]:
    count = max(1, min(400, round((spec.high - spec.low) / spec.step)))
    return [round(spec.low + i * (spec.high - spec.low) / count, 9) for i in range(count + 1)]


def _x(value: float, spec: NumberLine, bar: Area) -> float:
    """Where a value stands: half a step of room at both ends, so that the outer numbers stand on the scale."""
    count = max(1, len(_steps(spec)) - 1)
    share = (value - spec.low) / ((spec.high - spec.low) or 1.0)
    cell = bar.width / (count + 1)
    return bar.left + cell / 2 + share * (bar.width - cell)


def _color(value: float, spec: NumberLine) -> str:
    """The indicator's color: of this very pH when the scale lies within 0 to 14, else by the share of the way."""
    within = spec.low >= 0 and spec.high <= 14
    place = value if within else (value - spec.low) / ((spec.high - spec.low) or 1.0) * 14
    low = min(13, max(0, int(place)))
    return mix(_INDICATOR[low], _INDICATOR[low + 1], min(1.0, max(0.0, place - low)))


def _strip(spec: NumberLine, context: Context, bar: Area) -> list[Element]:
    """Cells of indicator color, each with its number, laid down one after the other."""
    values = _steps(spec)
    cell = bar.width / len(values)
    shade = rect(
        bar.width, bar.height, radius=18, fill=mix(context.theme.ground, "#000000", 0.3 if context.theme.dark else 0.12)
    )
    made: list[Element] = [Item(mark=shade, at=(bar.left, bar.top + 6), enter=0.05, how="fade", over=0.3)]
    often = max(1, round(44 / cell))
    for i, value in enumerate(values):
        color, enter = _color(value, spec), 0.15 + _UNROLL * i / len(values)
        left, right = round(bar.left + i * cell), round(bar.left + (i + 1) * cell)
        outer = i in {0, len(values) - 1}
        shape = rect(right - left + (0 if i == len(values) - 1 else 1), bar.height, radius=18 if outer else 0, fill=color)
        if outer:  # round outside only
            inside = left + (right - left) / 2 if i == 0 else left
            half = rect(right - inside + (1 if i == 0 else -(right - left) / 2), bar.height, fill=color)
            made.append(Item(mark=half, at=(inside, bar.top), enter=enter, how="fade", over=0.3))
        made.append(Item(mark=shape, at=(left, bar.top), enter=enter, how="fade", over=0.3))
        if i % often == 0:
            place = Area(left, bar.top, right, bar.bottom)
            style = Style("bold", 32, on(color), "center")
            made.append(write(said(value), style, place, on=color, enter=enter + 0.1))
    return made


def _ruler(spec: NumberLine, context: Context, bar: Area) -> list[Element]:
    """A line with an arrow at both ends, ticks and numbers under it."""
    theme, y = context.theme, bar.middle[1]
    arrow = Arrow(bar.width, 0, color=theme.ink, thick=6, head=22, both=True)
    made: list[Element] = [Item(mark=arrow, at=(bar.left, y), enter=0.1, how="draw", over=0.8)]
    values = _steps(spec)
    least = len(values) * 58 / bar.width
    often = next(n for n in (1, 2, 5, 10, 20, 50, 100, 400) if n >= least)
    for i, value in enumerate(values):
        x, enter = round(_x(value, spec, bar)), 0.25 + 0.7 * i / len(values)
        tall = 16 if i % often == 0 else 9
        made.append(
            Item(mark=line(0, 2 * tall, color=theme.ink, width=4), at=(x, y - tall), enter=enter, how="fade", over=0.25)
        )
        if i % often == 0:
            place = Area(x - 28, y + 18, x + 28, y + 48)
            made.append(write(said(value), Style("medium", 26, theme.ink, "center"), place, on=theme.ground, enter=enter))
    return made


def _ends(spec: NumberLine, context: Context, area: Area) -> list[Element]:
    """The names of both ends at the bottom, with an arrow from the middle towards each."""
    theme, made = context.theme, list[Element]()
    y, middle = area.bottom - 22, area.middle[0]
    for text, side, tone in ((spec.left, -1, "warm"), (spec.right, 1, "cool")):
        if not text:
            continue
        color = context.tone("warm" if tone == "warm" else "cool")
        place = Area(area.left, y - 24, middle - 120, y + 24) if side < 0 else Area(middle + 120, y - 24, area.right, y + 24)
        name = write(text, Style("display", 34, color, "left" if side < 0 else "right"), place, on=theme.ground, enter=0.6)
        made.append(name)
        wide = name.mark.width + 24
        start = middle + side * 16
        length = (area.width / 2 - wide - 16) * side
        arrow = Arrow(length, 0, color=mix(theme.ground, color, 0.55), thick=7)
        made.append(Item(mark=arrow, at=(start, y), enter=0.7, how="draw", over=0.7))
    return made


def _describe(spec: NumberLine) -> str:
    colored = ", colored from warm to cool," if spec.rainbow else ""
    told = [f"A scale{colored} from {said(spec.low)} to {said(spec.high)}."]
    told += [f"Its low end is called {spec.left}."] if spec.left else []
    told += [f"Its high end is called {spec.right}."] if spec.right else []
    told += [f"{mark.label} at {said(mark.at)}." for mark in spec.marks]
    return " ".join(told)


KIND = Kind(cues=_cues, build=_build, describe=_describe)
