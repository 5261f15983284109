"""Something moving along a track, and below it its graph growing in step: what a line on paper says about a real motion."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

import sympy

from vividly.studio.axes import Axes, axes_in, clipped, drawn, named
from vividly.studio.elements import Element, Item, Live, Op, place
from vividly.studio.figures import figure, shapes
from vividly.studio.layout import Area
from vividly.studio.marks import Box, Mark, Point, circle, line, polyline
from vividly.studio.pieces import write
from vividly.studio.specs import MotionGraph, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_TRACK, _LANE = 118.0, 74.0
_SAMPLES = 96
_UNITS = {"position": "position (m)", "velocity": "speed (m/s)", "acceleration": "acceleration (m/s²)"}
_ORDER = {"position": 0, "velocity": 1, "acceleration": 2}
_SHAPES = {
    "car": "car",
    "bus": "car",
    "cart": "cart",
    "skate": "skateboard",
    "ball": "ball",
    "puck": "ball",
    "rocket": "rocket",
}

Curve = tuple[Point, ...]


def _cues(spec: MotionGraph) -> list[str]:
    return [spec.thing, *([spec.second_thing or "second"] if spec.second else [])]


def _build(spec: MotionGraph, context: Context) -> list[Element]:
    area = context.area
    lanes = 2 if spec.second else 1
    track = Area(area.left, area.top - 10, area.right, area.top - 10 + (_TRACK if lanes == 1 else 2 * _LANE))
    graph = Area(area.left, track.bottom + 8, area.right, area.bottom)
    things: list[tuple[str, str, Tone]] = [(spec.position, spec.thing, "main")]
    if spec.second:
        things.append((spec.second, spec.second_thing or "the other", "second"))
    shown = [_values(position, _ORDER[spec.show], spec.t_end) for position, _, _ in things]
    paths = [_values(position, 0, spec.t_end) for position, _, _ in things]
    axes = axes_in(graph, (0.0, spec.t_end), _range([y for curve in shown for _, y in curve]))
    made = drawn(axes, context.theme, x_label="time (s)", y_label=_UNITS[spec.show], outer=graph)
    span = _range([x for path in paths for _, x in path])
    taken: list[Box] = axes.lines
    for curve in shown:
        points = [axes.at(t, y) for t, y in curve]
        taken += [(x - 8, y - 8, x + 8, y + 8) for x, y in points[::4]]
    for i, (_, thing, tone) in enumerate(things):
        begin = _begin(context, i)
        over = min(9.0, max(2.5, (_begin(context, i + 1) if i + 1 < len(things) else context.seconds * 0.86) - begin))
        lane = track.rows(lanes)[i]
        made += _moving(thing, paths[i], span, lane, context, tone=tone, begin=begin, over=over)
        made += _growing(thing, shown[i], axes, context, taken, tone=tone, begin=begin, over=over)
    return made


def _begin(context: Context, number: int) -> float:
    """When a thing starts to move: when it is named, but soon in any case, for the motion is what is to be seen."""
    return min(context.at[number], context.seconds * (0.1 + 0.34 * number))


@lru_cache(maxsize=128)
def _values(position: str, derivative: int, t_end: float) -> Curve:
    """(t, value) of a position in t or of one of its derivatives. Raises ValueError if it is no expression in t."""
    t = sympy.Symbol("t")
    try:
        parsed = sympy.sympify(position, locals={"t": t})
    except (sympy.SympifyError, TypeError) as error:
        raise ValueError(f"not an expression: {position}") from error
    if parsed.free_symbols - {t}:
        raise ValueError(f"more than t in {position}")
    wanted = sympy.diff(parsed, t, derivative) if derivative else parsed
    found = []
    for i in range(_SAMPLES + 1):
        at = t_end * i / _SAMPLES
        try:
            value = float(wanted.subs(t, at).evalf(8))
        except TypeError:
            continue
        if isfinite(value):
            found.append((at, value))
    return tuple(found)


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) * 0.12 or 1.0
    return (low - room if low < 0 else 0.0), high + room


def _moving(
    thing: str,
    path: Curve,
    span: tuple[float, float],
    lane: Area,
    context: Context,
    *,
    tone: Tone,
    begin: float,
    over: float,
) -> list[Element]:
    """The thing on its way along a line on the ground."""
    theme = context.theme
    floor = round(lane.bottom - 10)
    mark, lift = _thing(thing, context, tone, high=lane.height - 22)
    left, right = lane.left + 30, lane.right - mark.width - 260

    def x_of(value: float) -> float:
        return left + (value - span[0]) / ((span[1] - span[0]) or 1.0) * (right - left)

    def draw(t: float) -> tuple[Op, ...]:
        u = min(1.0, max(0.0, (t - begin) / over))
        return (place(mark, round(x_of(_at(path, u))), floor - lift),)

    ground = line(lane.width, 0, color=theme.soft, width=5)
    made: list[Element] = [Item(mark=ground, at=(lane.left, floor + 2), enter=0.1, how="draw")]
    made.append(Live(draw=draw, enter=0.1, rests_at=begin + over))
    words = Area(lane.right - 240, floor - 48, lane.right, floor - 8)
    style = Style("bold", 26, context.tone(tone), "right")
    made.append(write(thing, style, words, on=theme.ground, enter=0.3))
    return made


def _thing(thing: str, context: Context, tone: Tone, *, high: float) -> tuple[Mark, float]:
    """A drawing of the thing where we have one, else a disc in its color; and its height above the ground."""
    shape = next((shape for word, shape in _SHAPES.items() if word in thing.lower() and shape in shapes()), "")
    if not shape:
        radius = min(24.0, high / 2)
        return circle(radius, fill=context.tone(tone)), radius
    art, _ = figure(shape, size=min(0.6, high / 130), interest=context.interest)
    return art, art.height


def _at(path: Curve, share: float) -> float:
    place_in = share * (len(path) - 1)
    low = int(place_in)
    high = min(low + 1, len(path) - 1)
    return path[low][1] + (path[high][1] - path[low][1]) * (place_in - low)


def _growing(
    thing: str, curve: Curve, axes: Axes, context: Context, taken: list[Box], *, tone: Tone, begin: float, over: float
) -> list[Element]:
    """The curve, drawn in pieces as time goes on."""
    color = context.tone(tone)
    points = [axes.at(t, y) for t, y in curve]
    made: list[Element] = []
    for run in clipped(points, axes.area):
        x, y = run[0]
        share = (x - axes.area.left) / axes.area.width
        length = (run[-1][0] - x) / axes.area.width
        mark = polyline([(a - x, b - y) for a, b in run], line=color, line_width=7)
        # The pen of a "draw" eases in and out; a graph of time must not, so it grows in equal steps.
        made.append(_even(mark, (x, y), enter=begin + share * over, over=max(0.3, length * over)))
    anchors = [points[int(share * (len(points) - 1))] for share in (0.8, 0.6, 0.92, 0.4)]
    words, at = named(thing, Style("bold", 26, color), anchors, taken, axes.area)
    made.append(Item(mark=words, at=at, enter=begin + over * 0.9, how="fade", role="label", on=context.theme.ground))
    return made


def _even(mark: Mark, at: Point, *, enter: float, over: float) -> Live:
    def draw(t: float) -> tuple[Op, ...]:
        return (place(mark, *at, grown=min(1.0, max(0.0, (t - enter) / over))),)

    return Live(draw=draw, enter=enter, rests_at=enter + over)


def _describe(spec: MotionGraph) -> str:
    other = f" Beside it {spec.second_thing or 'another thing'}." if spec.second else ""
    return f"{spec.thing} moving along a track for {spec.t_end:g} seconds, and below it the graph of its {spec.show} growing in step.{other}"


KIND = Kind(cues=_cues, build=_build, describe=_describe)
