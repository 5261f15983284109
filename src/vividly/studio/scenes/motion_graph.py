"""A thing moving along a track, leaving a mark every so often, while the graph of its motion grows below in the same time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from vividly.studio.art import Art
from vividly.studio.axes import Axes, axes_in, drawn, ticks
from vividly.studio.colors import mix
from vividly.studio.elements import Element, Item, Live, Op, Placed, place
from vividly.studio.figures import figure
from vividly.studio.layout import Area
from vividly.studio.marks import Point, circle, polyline, rect
from vividly.studio.pieces import write
from vividly.studio.specs import MotionGraph, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_STEPS = 160
_LONGEST, _SHORTEST = 6.5, 1.2  # seconds a run takes on the screen
_LANE, _NAMES, _TALL = 80.0, 310.0, 60.0
_TONES: tuple[Tone, Tone] = ("main", "second")
_UNITS = {"position": "position in m", "velocity": "velocity in m/s", "acceleration": "acceleration in m/s²"}
_PUCK = """<path d="M4 22V42C4 54 116 54 116 42V22Z" fill="#212529"/><ellipse cx="60" cy="22" rx="56" ry="14" fill="#495057"/><ellipse cx="60" cy="21" rx="40" ry="8" fill="#5c636a"/>"""
_BUS = """<rect x="4" y="6" width="192" height="76" rx="14" fill="#f59f00"/><rect x="4" y="58" width="192" height="24" rx="10" fill="#e67700"/><g fill="#d0ebff"><rect x="18" y="18" width="30" height="28" rx="5"/><rect x="56" y="18" width="30" height="28" rx="5"/><rect x="94" y="18" width="30" height="28" rx="5"/><rect x="134" y="18" width="52" height="34" rx="7"/></g><rect x="184" y="60" width="12" height="9" rx="4" fill="#fff3bf"/><circle cx="48" cy="84" r="18" fill="#212529"/><circle cx="48" cy="84" r="8" fill="#ced4da"/><circle cx="152" cy="84" r="18" fill="#212529"/><circle cx="152" cy="84" r="8" fill="#ced4da"/>"""
# Words of a thing's name, and what it is drawn as.
_LOOKS = (
    (("bus",), "bus"),
    (("puck",), "puck"),
    (("car", "train", "truck", "taxi"), "car"),
    (("ball", "stone", "coin", "apple"), "ball"),
    (("skateboard", "board"), "skateboard"),
    (("rocket",), "rocket"),
    (("cart", "wagon", "trolley"), "cart"),
    (("passenger", "runner", "person", "player", "student", "skater", "walker", "you", "dancer", "friend"), "person"),
)


def _cues(spec: MotionGraph) -> list[str]:
    return [spec.thing, *([spec.second_thing or "second"] if spec.second else [])]


@lru_cache(maxsize=256)
def _values(expression: str, times: int, t_end: float) -> tuple[float, ...]:
    """Position, velocity or acceleration (`times` derivatives) at even times from 0 to `t_end`.

    Raises ValueError if it is no expression in t. Evaluated by SymPy, never as code.
    """
    import sympy  # noqa: PLC0415 half a second that only plots need

    t = sympy.Symbol("t")
    try:
        parsed = sympy.sympify(expression, locals={"t": t}, evaluate=True)
    except (sympy.SympifyError, TypeError) as error:
        raise ValueError(f"not an expression: {expression}") from error
    if parsed.free_symbols - {t}:
        raise ValueError(f"more than t in {expression}")
    for _ in range(times):
        parsed = sympy.diff(parsed, t)
    found: list[float] = []
    for i in range(_STEPS + 1):
        value = complex(parsed.subs(t, t_end * i / _STEPS).evalf(8))
        good = isfinite(value.real) and abs(value.imag) < 1e-9
        found.append(value.real if good else (found[-1] if found else 0.0))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Mover:
    """One moving thing: what it does, how it is drawn, and when: it runs once by itself, again beside a second one."""

    name: str
    places: tuple[float, ...]  # meters
    graph: tuple[float, ...]
    color: str
    look: str
    person: int
    begins: float
    runs: tuple[tuple[float, float], ...]  # (from, to) in seconds of the scene

    def share(self, t: float) -> float:
        """How much of its motion is over: of the latest run that has begun."""
        share = 0.0
        for start, end in self.runs:
            if t >= start:
                share = min(1.0, (t - start) / (end - start))
        return share

    def grown(self, t: float) -> float:
        """How much of its graph is drawn: the first run draws it."""
        start, end = self.runs[0]
        return min(1.0, max(0.0, (t - start) / (end - start)))


def _at(values: tuple[float, ...], share: float) -> float:
    place_in = share * _STEPS
    low = min(_STEPS - 1, int(place_in))
    return values[low] + (values[low + 1] - values[low]) * (place_in - low)


def _movers(spec: MotionGraph, context: Context) -> list[_Mover]:
    derivatives = {"position": 0, "velocity": 1, "acceleration": 2}[spec.show]
    first = max(0.5, context.at[0])
    until = context.seconds - 1.0
    runs = [_run(first, (context.at[1] - 0.15) if spec.second else until)]
    if spec.second:
        runs.append(_run(max(context.at[1] + 0.3, runs[0][1] + 0.15), until))
    told = [(spec.thing, spec.position)] + ([(spec.second_thing or "second", spec.second)] if spec.second else [])
    looks = [_look(name) for name, _ in told]
    if len(looks) == 2 and "box" in looks:  # a name such as "without friction" says nothing of the thing: it is the same
        looks = [next((look for look in looks if look != "box"), "box")] * 2
    return [
        _Mover(
            name=name, places=_values(expression, 0, spec.t_end), graph=_values(expression, derivatives, spec.t_end),
            color=context.tone(_TONES[i]), look=looks[i], person=i, begins=0.1 if not i else context.at[1],
            runs=tuple(runs[i:]),
        )
        for i, (name, expression) in enumerate(told)
    ]  # fmt: skip


def _run(start: float, end: float) -> tuple[float, float]:
    return start, start + min(_LONGEST, max(_SHORTEST, end - start))


def _look(name: str) -> str:
    words = set(name.lower().replace("-", " ").split())
    return next((look for names, look in _LOOKS if words & set(names)), "box")


def _drawing(mover: _Mover, context: Context) -> Art:
    if mover.look == "puck":
        return Art(_PUCK, width=92, unit_width=120, unit_height=52)
    if mover.look == "bus":
        return Art(_BUS, width=130, unit_width=200, unit_height=102)
    whole, _ = figure(mover.look, size=1.0, interest=context.interest, person=mover.person)
    art, _ = figure(mover.look, size=_TALL / whole.height, interest=context.interest, person=mover.person)
    return art


def _build(spec: MotionGraph, context: Context) -> list[Element]:
    area, movers = context.area, _movers(spec, context)
    lanes = [
        Area(area.left, area.top - 16 + i * _LANE, area.right, area.top - 16 + (i + 1) * _LANE) for i in range(len(movers))
    ]
    below = Area(area.left, lanes[-1].bottom + 20, area.right, area.bottom)
    every = [value for mover in movers for value in mover.graph]
    axes = axes_in(below, (0.0, spec.t_end), _range(every))
    made = drawn(axes, context.theme, x_label="time in s", y_label=_UNITS[spec.show], outer=below)
    far = [value for mover in movers for value in mover.places]
    for mover, lane in zip(movers, lanes, strict=True):
        made += _lane(mover, lane, (min(far), max(far)), spec.t_end, context)
    for i, mover in enumerate(movers):
        made.append(_curve(mover, axes, context, dashed=i == 1))
    return made


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) * 0.14 or 1.0
    return (low - room if low < 0 else 0.0), (high + room if high > 0 else room if low >= 0 else 0.0)


def _lane(mover: _Mover, lane: Area, span: tuple[float, float], t_end: float, context: Context) -> list[Element]:
    """The track of one thing: its name, the ground, the thing, and a mark for each even time it has passed."""
    theme, art = context.theme, _drawing(mover, context)
    floor = round(lane.bottom - 12)
    ground = rect(lane.width - _NAMES, 7, radius=3.5, fill=mix(theme.ground, theme.ink, 0.3))
    made: list[Element] = [Item(mark=ground, at=(lane.left + _NAMES, floor), enter=mover.begins, how="fade")]
    name = Area(lane.left, lane.top + 22, lane.left + _NAMES - 24, lane.bottom - 2)
    style = Style("display", 32, mover.color, "left", leading=1.05)
    made.append(write(mover.name, style, name, on=theme.ground, enter=max(mover.begins, 0.2), how="left", role="text"))
    left, right = lane.left + _NAMES + art.width / 2 + 6, lane.right - art.width / 2 - 6
    low, high = span

    def x(share: float) -> float:
        return left + (_at(mover.places, share) - low) / ((high - low) or 1.0) * (right - left)

    dot = circle(5.5, fill=mover.color)
    beats = [beat / t_end for beat in ticks(0.0, t_end, most=10)]

    def draw(t: float) -> tuple[Op, ...]:
        share = mover.share(t)
        seen = min(1.0, max(0.0, (t - mover.begins) / 0.4))
        left_behind = [place(dot, x(beat), floor + 3.5, alpha=seen) for beat in beats if beat <= share + 1e-9]
        return (*left_behind, place(art, x(share), floor - art.height / 2 + 1, alpha=seen))

    box = (left - art.width / 2, floor - art.height, right + art.width / 2, floor + 7.0)
    whole = Placed(rect(box[2] - box[0], box[3] - box[1]), box, "figure", "", mover.begins, 1e9)
    made.append(Live(draw=draw, enter=mover.begins, rests_at=mover.runs[-1][1], boxes=(whole,)))
    return made


def _curve(mover: _Mover, axes: Axes, context: Context, *, dashed: bool) -> Live:
    """The graph, as far as the thing has come, and the point where it is now."""
    (_, t_end) = axes.x_range
    points: list[Point] = [axes.at(t_end * i / _STEPS, value) for i, value in enumerate(mover.graph)]
    x0, y0 = points[0]
    line = polyline([(x - x0, y - y0) for x, y in points], line=mover.color, line_width=7, dash=(18.0, 14.0) if dashed else ())
    rim, dot = circle(14, fill=context.theme.ground), circle(10, fill=mover.color)

    def draw(t: float) -> tuple[Op, ...]:
        share = mover.share(t)
        here = axes.at(t_end * share, _at(mover.graph, share))
        return place(line, x0, y0, grown=mover.grown(t)), place(rim, *here), place(dot, *here)

    box = (min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points))
    whole = Placed(line, box, "figure", "", mover.runs[0][0], 1e9)
    return Live(draw=draw, enter=mover.runs[0][0], rests_at=mover.runs[-1][1], boxes=(whole,))


def _describe(spec: MotionGraph) -> str:
    def told(name: str, expression: str) -> str:
        derivatives = {"position": 0, "velocity": 1, "acceleration": 2}[spec.show]
        values = _values(expression, derivatives, spec.t_end)
        return f"{name}: from {values[0]:.3g} at the start to {values[-1]:.3g} after {spec.t_end:g} seconds"

    lines = [told(spec.thing, spec.position)] + ([told(spec.second_thing or "second", spec.second)] if spec.second else [])
    return f"Moving along a track above, and its graph below, {_UNITS[spec.show]} against time. {'; '.join(lines)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
