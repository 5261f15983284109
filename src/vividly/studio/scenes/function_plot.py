"""Functions drawn as curves on two axes, each growing as it is spoken of, with points of interest marked on them."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

from vividly.studio.axes import Axes, axes_in, clipped, drawn, named
from vividly.studio.elements import Element, Item
from vividly.studio.marks import Box, Point, circle, polyline
from vividly.studio.specs import Curve, FunctionPlot, PlotPoint
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_STEPS = 240


def _cues(spec: FunctionPlot) -> list[str]:
    return [*(curve.cue or curve.label for curve in spec.curves), *(point.cue or point.label for point in spec.points)]


def _build(spec: FunctionPlot, context: Context) -> list[Element]:
    axes = axes_in(context.area, spec.x_range, spec.y_range)
    made = drawn(axes, context.theme, x_label=spec.x_label, y_label=spec.y_label, outer=context.area)
    runs = [_runs(curve.expression, axes) for curve in spec.curves]
    taken = axes.lines + [_box(points[i : i + 8]) for found in runs for points in found for i in range(0, len(points), 6)]
    for curve, found, enter in zip(spec.curves, runs, context.at, strict=False):
        made += _curve(curve, found, context, axes, taken, enter=enter)
    for point, enter in zip(spec.points, context.at[len(spec.curves) :], strict=True):
        made += _point(point, context, axes, taken, enter=enter)
    return made


@lru_cache(maxsize=256)
def values(expression: str, low: float, high: float, steps: int = _STEPS) -> tuple[Point, ...]:
    """Points (x, y) of an expression in x; raises ValueError if it is none. Evaluated by SymPy, never as code."""
    import sympy  # noqa: PLC0415 half a second that only plots need

    x = sympy.Symbol("x")
    try:
        parsed = sympy.sympify(expression, locals={"x": x}, evaluate=True)
    except (sympy.SympifyError, TypeError) as error:
        raise ValueError(f"not an expression: {expression}") from error
    if parsed.free_symbols - {x}:
        raise ValueError(f"more than x in {expression}")
    points = []
    for i in range(steps + 1):
        at = low + (high - low) * i / steps
        try:
            y = complex(parsed.subs(x, at).evalf(8))
        except TypeError:
            continue
        if isfinite(y.real) and abs(y.imag) < 1e-9:
            points.append((at, y.real))
    return tuple(points)


def _runs(expression: str, axes: Axes) -> list[list[Point]]:
    return clipped([axes.at(x, y) for x, y in values(expression, *axes.x_range)], axes.area)


def _box(points: list[Point]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs) - 6, min(ys) - 6, max(xs) + 6, max(ys) + 6


def _curve(
    curve: Curve, runs: list[list[Point]], context: Context, axes: Axes, taken: list[Box], *, enter: float
) -> list[Element]:
    color = context.tone(curve.tone)
    made: list[Element] = []
    for run in runs:
        x, y = run[0]
        mark = polyline([(a - x, b - y) for a, b in run], line=color, line_width=7)
        made.append(Item(mark=mark, at=(x, y), enter=enter, how="draw", over=1.1))
    if not runs:
        return made
    longest = max(runs, key=len)
    anchors = [longest[int(share * (len(longest) - 1))] for share in (0.86, 0.72, 0.95, 0.14, 0.28, 0.5)]
    words, at = named(curve.label, Style("bold", 28, color), anchors, taken, axes.area)
    made.append(Item(mark=words, at=at, enter=enter + 0.8, how="fade", role="label", on=context.theme.ground))
    return made


def _point(point: PlotPoint, context: Context, axes: Axes, taken: list[Box], *, enter: float) -> list[Element]:
    theme = context.theme
    x, y = axes.at(point.x, point.y)
    made: list[Element] = [
        Item(mark=circle(17, fill=theme.ground), at=(x, y), enter=enter, how="pop", role="decor"),
        Item(mark=circle(12, fill=theme.ink), at=(x, y), enter=enter, how="pop", role="decor"),
    ]
    if point.label:
        taken.append((x - 18, y - 18, x + 18, y + 18))
        words, at = named(point.label, Style("bold", 28, theme.ink), [(x, y)], taken, axes.area)
        made.append(Item(mark=words, at=at, enter=enter + 0.15, how="fade", role="label", on=theme.ground))
    return made


def _describe(spec: FunctionPlot) -> str:
    curves = "; ".join(f"{curve.label}: y = {curve.expression.replace('**', '^')}" for curve in spec.curves)
    points = "; ".join(f"{point.label or 'a point'} at ({point.x:g}, {point.y:g})" for point in spec.points)
    return f"A plot of {spec.y_label} against {spec.x_label}. {curves}.{' Marked: ' + points + '.' if points else ''}"


KIND = Kind(cues=_cues, build=_build, describe=_describe)
