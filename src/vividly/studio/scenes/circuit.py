"""One battery and what hangs on it: wires first, parts as they are named, then charge flowing and bulbs glowing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from vividly.studio.art import Art
from vividly.studio.colors import mix
from vividly.studio.elements import Element, Item, Live, Op, place
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, Point, circle, line, polyline
from vividly.studio.pieces import write
from vividly.studio.specs import Circuit, Component
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Align, Style

_HALF = 62.0  # pixels of wire a part replaces, on each side of its middle
_SPEED = 62.0  # pixels a second: slow enough to follow, and cheap to encode
_FLOWS = 9.0  # seconds: long enough to be understood; moving pixels are what a film costs
_APART = 58.0  # between charges
_WIRE = 8.0

_BATTERY = """<rect x="14" y="18" width="92" height="176" rx="16" fill="#343a40"/><path d="M14 74H106V34Q106 18 90 18H30Q14 18 14 34Z" fill="#f08c00"/>
<rect x="42" y="4" width="36" height="18" rx="6" fill="#ced4da"/><rect x="24" y="26" width="12" height="160" rx="6" fill="#fff" opacity=".22"/>
<path d="M60 36V60M48 48H72M48 160H72" stroke="#fff" stroke-width="7" stroke-linecap="round"/>"""
_BULB = """<circle cx="60" cy="54" r="46" fill="{glass}" stroke="{rim}" stroke-width="5"/><path d="M44 92H76L72 118Q60 126 48 118Z" fill="#868e96"/><path d="M45 100H75M47 109H73" stroke="#495057" stroke-width="4"/>
<path d="M50 92V64L43 50L54 60L60 48L66 60L77 50L70 64V92" fill="none" stroke="{wire}" stroke-width="4.5" stroke-linecap="round" stroke-linejoin="round"/><ellipse cx="40" cy="36" rx="7" ry="13" transform="rotate(32 40 36)" fill="#fff" opacity=".7"/>"""
_RAYS = """<g stroke="#fcc419" stroke-width="8" stroke-linecap="round"><path d="M100 8V24M36 36L47 47M164 36L153 47M8 100H24M192 100H176M36 164L47 153M164 164L153 153"/></g><circle cx="100" cy="100" r="66" fill="#ffe066" opacity=".45"/>"""
_METER = """<circle cx="60" cy="60" r="54" fill="#f8f9fa" stroke="{rim}" stroke-width="7"/><path d="M24 56A40 40 0 0 1 96 56" fill="none" stroke="#adb5bd" stroke-width="6"/><path d="M60 62L84 32" stroke="#e03131" stroke-width="5" stroke-linecap="round"/><circle cx="60" cy="62" r="6" fill="#343a40"/>
<path d="{letter}" fill="none" stroke="#212529" stroke-width="6" stroke-linecap="round" stroke-linejoin="round"/>"""
_LETTERS = {"ammeter": "M46 104L60 72L74 104M51 94H69", "voltmeter": "M47 73L60 103L73 73"}
_MOTOR = """<circle cx="60" cy="60" r="54" fill="#4c6ef5"/><circle cx="60" cy="60" r="42" fill="#dbe4ff"/><path d="M38 80V42L60 66L82 42V80" fill="none" stroke="#364fc7" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"/>"""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a part sits: its middle, the direction charge takes there, the way out of the loop, and its own wire path."""

    at: Point
    along: Point
    out: Point
    beside: bool = False  # a voltmeter in a loop sits on wires of its own, across its neighbor


def _cues(spec: Circuit) -> list[str]:
    return [part.cue or part.label or part.type.replace("_", " ") for part in spec.components]


def _frame(spec: Circuit, area: Area) -> Area:
    """The rectangle of wire; the battery stands on its left side."""
    if spec.layout == "parallel":
        return Area(area.left + 190, area.top + 36, area.right - 210, area.bottom - 36)
    return Area(area.left + 220, area.top + 90, area.right - 220, area.bottom - 106)


def _spots(spec: Circuit, loop: Area) -> list[_Spot]:
    if spec.layout == "parallel":
        count = len(spec.components)
        gap = loop.width / count
        return [_Spot((round(loop.left + gap * (i + 1)), round(loop.middle[1])), (0, 1), (1, 0)) for i in range(count)]
    inline = [i for i, part in enumerate(spec.components) if part.type != "voltmeter"]
    (mx, my), third = loop.middle, loop.width / 3
    top, right, bottom = ((1.0, 0.0), (0.0, -1.0)), ((0.0, 1.0), (1.0, 0.0)), ((-1.0, 0.0), (0.0, 1.0))
    sets: list[list[tuple[Point, tuple[Point, Point]]]] = [
        [],
        [((mx, loop.top), top)],
        [((mx, loop.top), top), ((mx, loop.bottom), bottom)],
        [((mx, loop.top), top), ((loop.right, my), right), ((mx, loop.bottom), bottom)],
        [((loop.left + third, loop.top), top), ((loop.right - third, loop.top), top), ((loop.right, my), right),
         ((mx, loop.bottom), bottom)],
    ]  # fmt: skip
    placed = dict(zip(inline, sets[len(inline)], strict=True))
    found: list[_Spot] = []
    host = _Spot((loop.left, my), (0.0, -1.0), (-1.0, 0.0))
    for i in range(len(spec.components)):
        if i in placed:
            (x, y), (along, out) = placed[i]
            host = _Spot((round(x), round(y)), along, out)
            found.append(host)
        else:
            inward = -host.out[0], -host.out[1]
            far = 112 if abs(inward[1]) else 170
            at = host.at[0] + inward[0] * far, host.at[1] + inward[1] * far
            found.append(_Spot((round(at[0]), round(at[1])), host.along, inward, beside=True))
    return found


def _build(spec: Circuit, context: Context) -> list[Element]:
    loop = _frame(spec, context.area)
    spots = _spots(spec, loop)
    theme = context.theme
    wire = mix(theme.ink, theme.ground, 0.22)
    made: list[Element] = _wires(spec, loop, spots, color=wire, context=context)
    starts = _starts(spec, context)
    for path, start in _paths(spec, loop, spots, starts):
        made.append(_charges(path, start=start, shift=_shift(spec, path, loop)))
    made.append(Item(mark=Art(_BATTERY, width=110, unit_width=120, unit_height=200), at=(loop.left, loop.middle[1]),
                     enter=0.1, how="pop"))  # fmt: skip
    name = Area(context.area.left - 20, loop.middle[1] - 24, loop.left - 62, loop.middle[1] + 24)
    made.append(write(spec.battery, Style("display", 38, theme.ink, "right"), name, on=theme.ground, enter=0.3, role="text"))
    for i, (part, spot) in enumerate(zip(spec.components, spots, strict=True)):
        lit = starts[i] if spec.layout == "parallel" else starts[0]
        made += _part(part, spot, context, enter=context.at[i], lit=lit, wire=wire)
        if part.label:
            made.append(_label(part, spot, spec, loop, context, enter=context.at[i] + 0.2, number=i))
    running = [s for s in starts if s is not None]
    if spec.current_label and running:
        made += _current(spec, loop, context, enter=min(running) + 0.3)
    return made


def _starts(spec: Circuit, context: Context) -> list[float | None]:
    """For each part the second from which charge flows through it; None while its way is open."""
    whole = [t + 0.6 for t in context.at]
    if spec.layout == "parallel":
        closed = [part.type not in {"switch_open", "voltmeter"} for part in spec.components]
        return [t if shut else None for t, shut in zip(whole, closed, strict=True)]
    shut = all(part.type != "switch_open" for part in spec.components)
    return [max(whole) if shut else None] * len(whole)


def _wires(spec: Circuit, loop: Area, spots: list[_Spot], *, color: str, context: Context) -> list[Element]:
    """All wire, with gaps where parts will stand; a pale dashed piece in a gap until its part is there."""
    left, top, right, bottom = loop.left, loop.top, loop.right, loop.bottom
    runs: list[tuple[Point, Point]] = []
    if spec.layout == "parallel":
        last = spots[-1].at[0]
        runs += [((left, loop.middle[1]), (left, top)), ((left, top), (last, top))]
        runs += [((last, bottom), (left, bottom)), ((left, bottom), (left, loop.middle[1]))]
        runs += [((spot.at[0], top), (spot.at[0], bottom)) for spot in spots]
    else:
        corners = [(left, loop.middle[1]), (left, top), (right, top), (right, bottom), (left, bottom), (left, loop.middle[1])]
        runs += list(pairwise(corners))
    made: list[Element] = []
    inline = [spot for spot in spots if not spot.beside]
    for rank, (start, end) in enumerate(runs):
        for a, b in _cut(start, end, inline):
            mark = polyline([(0, 0), (b[0] - a[0], b[1] - a[1])], line=color, line_width=_WIRE)
            made.append(Item(mark=mark, at=a, enter=0.1 + 0.12 * rank, how="draw", over=0.35))
    pale = mix(context.theme.ground, color, 0.45)
    for spot, enter in zip(spots, context.at, strict=True):
        (x, y), (ux, uy) = spot.at, spot.along
        if spot.beside:
            made += _leads(spot, color=color, enter=enter)
        gap = line(2 * _HALF * ux, 2 * _HALF * uy, color=pale, width=5, dash=(2.0, 14.0))
        if not spot.beside:
            made.append(Item(mark=gap, at=(x - _HALF * ux, y - _HALF * uy), enter=0.6, leave=enter, how="fade"))
    if spec.layout == "parallel":
        for spot in spots[:-1]:
            for y in (top, bottom):
                made.append(Item(mark=circle(9, fill=color), at=(spot.at[0], y), enter=0.7, how="pop"))
    return made


def _leads(spot: _Spot, *, color: str, enter: float) -> list[Element]:
    """The two wires that put a voltmeter across its neighbor."""
    (x, y), (ux, uy), (ox, oy) = spot.at, spot.along, spot.out
    far = 112 if abs(oy) else 170
    made: list[Element] = []
    for side in (-1, 1):
        px, py = x + ux * side * (_HALF + 26), y + uy * side * (_HALF + 26)
        points = [(px - ox * far, py - oy * far), (px, py), (x + ux * side * 40, y + uy * side * 40)]
        moved = [(a - points[0][0], b - points[0][1]) for a, b in points]
        made.append(Item(mark=polyline(moved, line=color, line_width=5), at=points[0], enter=enter, how="draw", over=0.4))
    return made


def _cut(start: Point, end: Point, spots: list[_Spot]) -> list[tuple[Point, Point]]:
    """A straight run of wire without the pieces that parts replace."""
    long = hypot(end[0] - start[0], end[1] - start[1])
    if long < 1:
        return []
    ux, uy = (end[0] - start[0]) / long, (end[1] - start[1]) / long
    gaps = []
    for spot in spots:
        dx, dy = spot.at[0] - start[0], spot.at[1] - start[1]
        along, away = dx * ux + dy * uy, abs(dx * uy - dy * ux)
        if away < 2 and 0 < along < long and abs(spot.along[0] * ux + spot.along[1] * uy) > 0.9:
            gaps.append(along)
    marks = [0.0, *(m for gap in sorted(gaps) for m in (gap - _HALF, gap + _HALF)), long]
    pieces = [(marks[i], marks[i + 1]) for i in range(0, len(marks), 2)]
    return [((start[0] + ux * a, start[1] + uy * a), (start[0] + ux * b, start[1] + uy * b)) for a, b in pieces if b - a > 1]


def _paths(spec: Circuit, loop: Area, spots: list[_Spot], starts: list[float | None]) -> list[tuple[list[Point], float]]:
    """The closed ways of charge, from the plus pole round to it, each with the second it begins."""
    left, top, right, bottom, my = loop.left, loop.top, loop.right, loop.bottom, loop.middle[1]
    if spec.layout == "series":
        if starts[0] is None:
            return []
        return [([(left, my), (left, top), (right, top), (right, bottom), (left, bottom), (left, my)], starts[0])]
    found = []
    for spot, start in zip(spots, starts, strict=True):
        if start is not None:
            x = spot.at[0]
            found.append(([(left, my), (left, top), (x, top), (x, bottom), (left, bottom), (left, my)], start))
    return found


def _shift(spec: Circuit, path: list[Point], loop: Area) -> float:
    """Charges of different branches keep out of each other's way where they share the wire."""
    return 0.0 if spec.layout == "series" else _APART * ((path[2][0] - loop.left) / loop.width)


def _charges(path: list[Point], *, start: float, shift: float) -> Live:
    legs = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path)]
    whole = sum(legs)
    count = max(3, round(whole / _APART / 1.3))
    dot = circle(8.5, fill="#ffd43b", line="#8a5a00", line_width=2.5)

    def where(way: float) -> Point:
        for (a, b), leg in zip(pairwise(path), legs, strict=True):
            if way <= leg:
                share = way / leg
                return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
            way -= leg
        return path[-1]

    def draw(t: float) -> tuple[Op, ...]:
        run, seen = max(0.0, t - start), min(1.0, max(0.0, (t - start) / 0.4))
        places = (where((shift + i * whole / count + run * _SPEED) % whole) for i in range(count))
        return tuple(place(dot, x, y, alpha=seen) for x, y in places)

    return Live(draw=draw, enter=start, rests_at=start + _FLOWS)


def _part(part: Component, spot: _Spot, context: Context, *, enter: float, lit: float | None, wire: str) -> list[Element]:
    theme, (x, y) = context.theme, spot.at
    if part.type == "resistor":
        return _resistor(spot, context, enter=enter)
    if part.type in {"switch_open", "switch_closed"}:
        return _switch(spot, context, enter=enter, wire=wire, closed=part.type == "switch_closed")
    if part.type == "bulb":
        return _bulb(spot, enter=enter, lit=lit, rim=mix(theme.ink, theme.ground, 0.3), wire=wire)
    body = _MOTOR if part.type == "motor" else _METER.format(rim=wire, letter=_LETTERS[part.type])
    wide = 92 if spot.beside else 2 * _HALF - 8
    return [*_through(spot, enter=enter, wire=wire), Item(mark=Art(body, width=wide, unit_width=120, unit_height=120),
            at=(x, y), enter=enter, how="pop", role="solid")]  # fmt: skip


def _through(spot: _Spot, *, enter: float, wire: str) -> list[Element]:
    """The piece of wire behind a part."""
    (x, y), (ux, uy) = spot.at, spot.along
    if spot.beside:
        return []
    mark = line(2 * _HALF * ux, 2 * _HALF * uy, color=wire, width=_WIRE)
    return [Item(mark=mark, at=(x - _HALF * ux, y - _HALF * uy), enter=enter, how="draw", over=0.3)]


def _bulb(spot: _Spot, *, enter: float, lit: float | None, rim: str, wire: str) -> list[Element]:
    """A bulb, which begins to glow when charge reaches it."""
    dark = Art(_BULB.format(glass="#dee2e6", rim=rim, wire="#868e96"), width=104, unit_width=120, unit_height=126)
    made: list[Element] = _through(spot, enter=enter, wire=wire)
    if lit is not None:
        made.append(Item(mark=Art(_RAYS, width=196), at=(spot.at[0], spot.at[1] - 8), enter=lit, how="grow", over=0.6))
    made.append(Item(mark=dark, at=spot.at, enter=enter, how="pop", role="solid"))
    if lit is not None:
        bright = Art(_BULB.format(glass="#ffec99", rim="#f59f00", wire="#e8590c"), width=104, unit_width=120, unit_height=126)
        made.append(Item(mark=bright, at=spot.at, enter=lit, how="fade", over=0.6))
    return made


def _resistor(spot: _Spot, context: Context, *, enter: float) -> list[Element]:
    (x, y), (ux, uy) = spot.at, spot.along
    nx, ny = -uy, ux
    high, teeth = 27.0, [(-_HALF, 0.0), (-46, 0), (-38, 1), (-23, -1), (-8, 1), (8, -1), (23, 1), (38, -1), (46, 0), (_HALF, 0)]
    points = [(a * ux + b * high * nx, a * uy + b * high * ny) for a, b in teeth]
    color = context.tone("warm")
    return [
        Item(mark=polyline(points, line=mix(context.theme.ground, color, 0.3), line_width=20), at=(x, y), enter=enter,
             how="draw", over=0.6),
        Item(mark=polyline(points, line=color, line_width=9), at=(x, y), enter=enter, how="draw", over=0.6),
    ]  # fmt: skip


def _switch(spot: _Spot, context: Context, *, enter: float, wire: str, closed: bool) -> list[Element]:
    """Two contacts and a lever, which falls shut when it is named, or stays open."""
    (x, y), (ux, uy) = spot.at, spot.along
    color = context.tone("main")
    a, b = (x - _HALF * ux * 0.8, y - _HALF * uy * 0.8), (x + _HALF * ux * 0.8, y + _HALF * uy * 0.8)
    made: list[Element] = []
    for pole, sign in ((a, -1), (b, 1)):
        end = line(sign * _HALF * ux * 0.2, sign * _HALF * uy * 0.2, color=wire, width=_WIRE)
        made.append(Item(mark=end, at=pole, enter=enter, how="fade"))
        made.append(Item(mark=circle(11, fill=color), at=pole, enter=enter, how="pop"))
    long = 1.6 * _HALF

    def draw(t: float) -> tuple[Op, ...]:
        shut = min(1.0, max(0.0, (t - enter - 0.15) / 0.35)) if closed else 0.0
        lift = 0.62 * (1 - shut)
        cos, sin = (1 - lift * lift) ** 0.5, lift
        # Outwards, so that an open lever does not lie on the wire inside.
        dx, dy = long * (ux * cos + spot.out[0] * sin), long * (uy * cos + spot.out[1] * sin)
        return (place(line(dx, dy, color=color, width=11), a[0], a[1]),)

    made.append(Live(draw=draw, enter=enter, rests_at=enter + 0.6))
    return made


def _label(part: Component, spot: _Spot, spec: Circuit, loop: Area, context: Context, *, enter: float, number: int) -> Item:
    """The name outside the loop, beside its part."""
    (x, y), (ox, oy) = spot.at, spot.out
    bulky = part.type in {"bulb", "motor", "ammeter", "voltmeter"}
    away = 112.0 if part.type == "bulb" and abs(ox) else (70.0 if bulky or part.type == "switch_open" else 48.0)
    align: Align = "center"
    if spot.beside and abs(oy):
        room, align = Area(x + 104, y - 24, x + 104 + 210, y + 24), "left"
    elif spec.layout == "parallel":
        last = spot.at[0] >= loop.right - 1
        right = context.area.right + 20 if last else x + loop.width / len(spec.components) - 90
        beside = 106.0 if part.type == "bulb" else away * 0.72 + 8
        room, align = Area(x + beside, y - 44, right, y + 44), "left"
    elif abs(oy):
        edge = y + oy * away
        wide = loop.width / 4
        room = Area(x - wide, edge - 42, x + wide, edge - 2) if oy < 0 else Area(x - wide, edge + 2, x + wide, edge + 42)
        # Rays of a bulb reach further than its glass: the name stands beside it then.
        if part.type == "bulb":
            room, align = Area(x + 102, y - 66 if oy < 0 else y + 20, loop.right - 8, y - 20 if oy < 0 else y + 66), "left"
    else:
        room, align = Area(x + away + 8, y - 44, context.area.right + 24, y + 44), "left"
    style = Style("display", 34, context.theme.ink, align)
    return write(part.label, style, room, on=context.theme.ground, enter=enter, calm=context.calm(number), role="text")


def _current(spec: Circuit, loop: Area, context: Context, *, enter: float) -> list[Element]:
    """An arrow beside the wire that leaves the plus pole, and the name of what flows."""
    color = context.tone("second")
    x, y = loop.left + 74, loop.top + 34
    place_at = Area(x, y + 14, x + 230, y + 54)
    if spec.layout == "parallel":
        gap = loop.width / len(spec.components)
        place_at = Area(x, y + 14, loop.left + gap - 70, y + 60)
    made: list[Element] = [Item(mark=Arrow(128, 0, color=color, thick=9), at=(x, y), enter=enter, how="draw", over=0.5)]
    label = Style("bold", 30, color)
    made.append(
        write(spec.current_label, label, place_at, on=context.theme.ground, enter=enter + 0.2, level="top", role="text")
    )
    return made


def _describe(spec: Circuit) -> str:
    parts = [f"{part.type.replace('_', ' ')}{' marked ' + part.label if part.label else ''}" for part in spec.components]
    way = "one after the other in one loop" if spec.layout == "series" else "each in a branch of its own"
    told = [f"A battery of {spec.battery} and, {way}: {', '.join(parts)}."]
    opened = any(part.type == "switch_open" for part in spec.components)
    if opened and spec.layout == "series":
        told.append("The switch is open: no charge flows.")
    else:
        told.append(f"Charge flows round{' where the way is closed' if opened else ''}.")
    return " ".join(told)


KIND = Kind(cues=_cues, build=_build, describe=_describe)
