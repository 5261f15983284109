"""Quantities side by side: bars that grow from the base line when they are named, their values on top."""

from __future__ import annotations

from vividly.studio.elements import Element, Item, Live, Op, Placed, ease_out, place
from vividly.studio.layout import Area
from vividly.studio.marks import Mark, line, rect
from vividly.studio.pieces import write
from vividly.studio.specs import Bar, BarChart
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_GROW = 0.7


def _cues(spec: BarChart) -> list[str]:
    return [bar.cue or bar.label for bar in spec.bars]


def _build(spec: BarChart, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    title = Area(area.left, area.top, area.right, area.top + 40)
    plot = Area(area.left + 20, title.bottom + 44, area.right - 20, area.bottom - 76)
    top = max(0.0, *(bar.value for bar in spec.bars))
    low = min(0.0, *(bar.value for bar in spec.bars))
    scale = plot.height / ((top - low) or 1.0)
    base = round(plot.bottom + low * scale)
    made: list[Element] = [
        write(spec.y_label, Style("medium", 26, theme.soft), title, on=theme.ground, enter=0.1, role="text"),
        Item(mark=line(plot.width, 0, color=theme.soft, width=4), at=(plot.left, base), enter=0.1, how="draw"),
    ]
    columns = plot.columns(*[1] * len(spec.bars), gap=28)
    for i, (bar, column) in enumerate(zip(spec.bars, columns, strict=True)):
        wide = min(150.0, column.width * 0.78)
        made += _bar(bar, context, middle=column.middle[0], wide=wide, base=base, high=bar.value * scale, number=i)
        below = Area(column.left - 8, base + 12 if low == 0 else plot.bottom + 10, column.right + 8, area.bottom)
        style = Style("medium", 27, theme.ink, "center", leading=1.1)
        made.append(write(bar.label, style, below, on=theme.ground, level="top", enter=0.3 + 0.08 * i, role="text"))
    return made


def _bar(bar: Bar, context: Context, *, middle: float, wide: float, base: float, high: float, number: int) -> list[Element]:
    """The bar grows to its height while its value waits above where it will end."""
    enter, color = context.at[number], context.tone(bar.tone)
    left = round(middle - wide / 2)
    steps = 12
    marks = [_piece(wide, abs(high) * ease_out(i / steps), color) for i in range(1, steps + 1)]
    full = marks[-1]
    y = base - full.height if high >= 0 else base

    def draw(t: float) -> tuple[Op, ...]:
        mark = marks[max(0, min(steps, round((t - enter) / _GROW * steps)) - 1)]
        return (place(mark, left, base - mark.height if high >= 0 else base),)

    box = (left, y, left + wide, y + full.height)
    made: list[Element] = [
        Live(draw=draw, enter=enter, rests_at=enter + _GROW, boxes=(Placed(full, box, "figure", "", enter, float("inf")),))
    ]
    shown = f"{bar.value:g}".replace("-", "−")
    over = (
        Area(middle - 110, y - 50, middle + 110, y - 6)
        if high >= 0
        else Area(middle - 110, y + full.height + 4, middle + 110, y + full.height + 48)
    )
    style = Style("bold", 32, color, "center")
    made.append(write(shown, style, over, on=context.theme.ground, enter=enter + _GROW * 0.7, how="pop", role="text"))
    return made


def _piece(wide: float, high: float, color: str) -> Mark:
    high = max(2.0, round(high))
    return rect(wide, high, radius=min(12.0, high / 2), fill=color)


def _describe(spec: BarChart) -> str:
    told = [f"{bar.label} {bar.value:g}" for bar in spec.bars]
    return f"A bar chart of {spec.y_label}: {', '.join(told)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
