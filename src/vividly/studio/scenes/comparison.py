"""Two columns, row by row. With a verdict the left one is what is easy to think and wrong, the right one what holds."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import circle, polyline, rect
from vividly.studio.pieces import card, write
from vividly.studio.specs import Comparison, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_HEAD = 70.0


def _cues(spec: Comparison) -> list[str]:
    return [r.cue or f"{r.left} {r.right}" for r in spec.rows]


def _build(spec: Comparison, context: Context) -> list[Element]:
    columns = context.area.columns(1, 1, gap=44)
    tones: tuple[Tone, Tone] = ("bad", "good") if spec.verdict else ("main", "second")
    made: list[Element] = []
    for side, (column, tone) in enumerate(zip(columns, tones, strict=True)):
        made += _column(spec, context, column, side=side, tone=tone)
    return made


def _column(spec: Comparison, context: Context, area: Area, *, side: int, tone: Tone) -> list[Element]:
    theme, color = context.theme, context.tone(tone)
    # A wrong idea stands there first; what is right comes with the words that say it.
    begin = 0.1 + 0.15 * side
    heading = (spec.left_heading, spec.right_heading)[side]
    made: list[Element] = [*card(area, theme, enter=begin, how="rise")]
    made.append(Item(mark=rect(area.width, _HEAD, radius=20, fill=color), at=(area.left, area.top), enter=begin, how="rise"))
    words = Area(area.left + 28, area.top + 8, area.right - (80 if spec.verdict else 28), area.top + _HEAD - 8)
    made.append(write(heading, Style("display", 32, on(color)), words, on=color, enter=begin, how="rise"))
    if spec.verdict:
        when = context.at[0] + 0.2 if side else min(context.at[0], 0.9)
        made += _sign((area.right - 44, area.top + _HEAD / 2), color, good=bool(side), enter=when)
    body = Area(area.left + 28, area.top + _HEAD + 14, area.right - 28, area.bottom - 14)
    rows = body.rows(len(spec.rows), gap=18)
    for i, (row, place) in enumerate(zip(spec.rows, rows, strict=True)):
        early = spec.verdict and side == 0
        enter = 0.4 + 0.2 * i if early else context.at[i]
        calm = () if early else context.calm(i)
        text = (row.left, row.right)[side]
        large = 46.0 if len(spec.rows) == 1 else 36.0
        made.append(write(text, Style("medium", large, theme.ink), place, on=theme.panel, enter=enter, how="left", calm=calm))
        if i:
            mark = rect(body.width, 3, radius=1.5, fill=theme.edge)
            made.append(Item(mark=mark, at=(body.left, round(place.top - 10)), enter=enter, how="fade"))
    return made


def _sign(middle: tuple[float, float], color: str, *, good: bool, enter: float) -> list[Element]:
    """A tick or a cross in a circle, drawn by a pen."""
    paper = on(color)
    x, y = middle
    made: list[Element] = [Item(mark=circle(23, fill=paper), at=(x, y), enter=enter, how="pop")]
    strokes = [[(-10, 1), (-3, 9), (11, -9)]] if good else [[(-9, -9), (9, 9)], [(9, -9), (-9, 9)]]
    for i, stroke in enumerate(strokes):
        mark = polyline(stroke, line=color, line_width=6)
        made.append(Item(mark=mark, at=(x, y), enter=enter + 0.2 + 0.15 * i, how="draw", over=0.25))
    return made


def _describe(spec: Comparison) -> str:
    told = [f"Two columns: {spec.left_heading}, and {spec.right_heading}."]
    told += [f"{spec.left_heading}: {r.left}. {spec.right_heading}: {r.right}." for r in spec.rows]
    return " ".join([*told, *(["The left is wrong, the right holds."] if spec.verdict else [])])


KIND = Kind(cues=_cues, build=_build, describe=_describe)
