"""Measured points joined by lines on two axes, one series after the other, as each is spoken of."""

from __future__ import annotations

from itertools import pairwise

from vividly.studio.axes import axes_in, drawn, named
from vividly.studio.elements import Element, Item
from vividly.studio.marks import Box, circle, polyline
from vividly.studio.specs import LineChart
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style


def _cues(spec: LineChart) -> list[str]:
    return [series.cue or series.label for series in spec.series]


def _build(spec: LineChart, context: Context) -> list[Element]:
    xs = [x for series in spec.series for x, _ in series.points]
    ys = [y for series in spec.series for _, y in series.points]
    room = (max(ys) - min(ys)) * 0.08 or 1.0
    low = min(ys) - room if min(ys) < 0 or min(ys) > 0.6 * max(ys) else 0.0
    axes = axes_in(context.area, (min(xs), max(xs)), (low, max(ys) + room))
    made = drawn(axes, context.theme, x_label=spec.x_label, y_label=spec.y_label, outer=context.area)
    lines = [[axes.at(x, y) for x, y in series.points] for series in spec.series]
    taken: list[Box] = axes.lines
    for points in lines:
        for (ax, ay), (bx, by) in pairwise(points):
            cuts = [(ax + (bx - ax) * k / 6, ay + (by - ay) * k / 6) for k in range(7)]
            taken += [(x - 14, y - 14, x + 14, y + 14) for x, y in cuts]
    for series, points, enter in zip(spec.series, lines, context.at, strict=True):
        color = context.tone(series.tone)
        x, y = points[0]
        mark = polyline([(a - x, b - y) for a, b in points], line=color, line_width=6)
        made.append(Item(mark=mark, at=(x, y), enter=enter, how="draw", over=1.1))
        dots = [
            Item(mark=circle(9, fill=color), at=p, enter=enter + 0.1 * i, how="pop", role="decor") for i, p in enumerate(points)
        ]
        made += dots
        anchors = sorted(points, key=lambda point: point[1])
        words, at = named(series.label, Style("bold", 28, color), anchors, taken, axes.area)
        made.append(Item(mark=words, at=at, enter=enter + 0.8, how="fade", role="label", on=context.theme.ground))
    return made


def _describe(spec: LineChart) -> str:
    told = [f"{s.label}: {', '.join(f'{y:g} at {x:g}' for x, y in s.points)}" for s in spec.series]
    return f"A line chart of {spec.y_label} against {spec.x_label}. {'; '.join(told)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
