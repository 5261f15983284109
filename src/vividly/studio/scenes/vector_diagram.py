"""Forces: things drawn as themselves, arrows growing out of them as the narrator names them, a slow drift that follows."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin

from vividly.studio.art import Art
from vividly.studio.colors import mix
from vividly.studio.elements import Element, Item, ease_both
from vividly.studio.figures import figure
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, Box, Point, rect
from vividly.studio.pieces import free_words
from vividly.studio.specs import Body, Force, VectorDiagram
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, Words

_NAME, _FORCE = 26.0, 31.0
_GAP = 8.0
_FRAME = Area(40, 118, 1240, 606)  # labels may use a little more than the drawing area


class _Placing:
    """Where everything of one diagram stands; the labels look for room among what is placed already."""

    def __init__(self, spec: VectorDiagram, context: Context) -> None:
        self.spec, self.context = spec, context
        self.taken: list[Box] = []
        self.middles: dict[str, Point] = {}
        self.reach: dict[str, tuple[float, float]] = {}
        self.floor = 0.0

    def middle(self, body: Body) -> Point:
        """The middle of a body; on a surface, what nearly stands on it is set down."""
        area, half = self.context.area, self._half(body)
        x, y = area.left + body.x / 100 * area.width, self._height(body)
        floor = max(self._height(b) + self._half(b) for b in self.spec.bodies)
        if self.spec.surface != "none" and y + half > floor - 0.16 * area.height:
            y = floor - half
        return round(x), round(y)

    def drawing(self, body: Body) -> tuple[Art, tuple[float, float]]:
        """One or two things may be larger than a crowd; each person is somebody else."""
        people = [b.id for b in self.spec.bodies if b.shape == "person"]
        person = people.index(body.id) if body.id in people else 0
        size = body.size * (1.2 if len(self.spec.bodies) <= 2 else 1.0)
        tallest = self.context.area.height * 0.62
        art, reach = figure(body.shape, size=size, interest=self.context.interest, person=person)
        if art.height <= tallest:
            return art, reach
        return figure(body.shape, size=size * tallest / art.height, interest=self.context.interest, person=person)

    def _half(self, body: Body) -> float:
        return self.drawing(body)[0].height / 2

    def _height(self, body: Body) -> float:
        """Where its middle was asked to be, moved into the area."""
        area, half = self.context.area, self._half(body)
        return min(max(area.bottom - body.y / 100 * area.height, area.top + half - 24), area.bottom - half - 44)


def _cues(spec: VectorDiagram) -> list[str]:
    return [*(b.cue for b in spec.bodies if b.cue), *(f.cue or f.label for f in spec.forces)]


def _build(spec: VectorDiagram, context: Context) -> list[Element]:
    placing = _Placing(spec, context)
    awaited = sum(1 for b in spec.bodies if b.cue)
    force_times = context.at[awaited:]
    # Things are there from the beginning, unless words of their own bring them in; the first one never waits.
    times = iter(context.at[:awaited])
    enters = [next(times) if b.cue else 0.1 + 0.2 * i for i, b in enumerate(spec.bodies)]
    enters[0] = 0.1
    drifts = {b.id: _drift(b, spec, force_times, context) for b in spec.bodies}
    owned: dict[str, list[Item]] = {b.id: [] for b in spec.bodies}
    for body, enter in zip(spec.bodies, enters, strict=True):
        owned[body.id].append(_thing(body, placing, enter=enter, drift=drifts[body.id]))
    arrows = [_arrow(force, placing) for force in spec.forces]
    placing.taken += [_thick(_tail(force, placing), tip) for (_, _, tip), force in zip(arrows, spec.forces, strict=True)]
    for i, ((arrow, at, tip), force) in enumerate(zip(arrows, spec.forces, strict=True)):
        drift, calm, enter = drifts[force.body], context.calm(awaited + i), force_times[i]
        shown = Item(mark=arrow, at=at, enter=enter, how="draw", over=0.6, motion=drift, calm=calm, calm_alpha=0.7)
        owned[force.body] += [shown, *_named(force, placing, tip, enter=enter + 0.3, drift=drift, calm=calm)]
    for body, enter in zip(spec.bodies, enters, strict=True):
        owned[body.id] += _body_name(body, placing, enter=enter + 0.3, drift=drifts[body.id])
    for name, drift in drifts.items():
        if drift:
            drift.keep_inside([item.placed()[0].box for item in owned[name]])
    ground = _ground(spec, placing) if spec.surface != "none" else []
    items = [item for found in owned.values() for item in found]
    # Arrows over all things, names over all arrows.
    return [*ground, *sorted(items, key=lambda item: (item.role != "solid") + isinstance(item.mark, Words))]


def _thing(body: Body, placing: _Placing, *, enter: float, drift: Callable[[float], Point] | None) -> Item:
    art, reach = placing.drawing(body)
    x, y = placing.middle(body)
    placing.middles[body.id], placing.reach[body.id] = (x, y), reach
    placing.taken.append((x - art.width / 2, y - art.height / 2, x + art.width / 2, y + art.height / 2))
    placing.floor = max(placing.floor, y + art.height / 2)
    return Item(mark=art, at=(x, y), enter=enter, how="pop", over=0.5, motion=drift, role="solid")


def _ground(spec: VectorDiagram, placing: _Placing) -> list[Element]:
    """A floor, or ice with a shine, under the lowest thing."""
    theme, area, y = placing.context.theme, placing.context.area, placing.floor
    color = mix(theme.ground, theme.ink, 0.30) if spec.surface == "floor" else "#a5d8ff"
    made: list[Element] = [Item(mark=rect(area.width, 10, radius=5, fill=color), at=(area.left, y - 1), how="fade", over=0.3)]
    if spec.surface == "ice":
        shine = [(0.08, 90.0), (0.31, 150.0), (0.62, 70.0), (0.83, 120.0)]
        made += [
            Item(mark=rect(wide, 4, radius=2, fill="#ffffff"), at=(area.left + share * area.width, y + 2), over=0.3)
            for share, wide in shine
        ]
    return made


def _edge(reach: tuple[float, float], angle: float) -> tuple[float, float]:
    """Where a ray from the middle leaves the ellipse of a thing's body."""
    c, s = cos(angle), sin(angle)
    far = 1 / ((c / reach[0]) ** 2 + (s / reach[1]) ** 2) ** 0.5
    return far * c, -far * s


def _tail(force: Force, placing: _Placing) -> Point:
    x, y = placing.middles[force.body]
    dx, dy = _edge(placing.reach[force.body], radians(force.angle))
    # A pull downward begins near the middle: a thing that stands low leaves little room under it.
    share = 0.25 if sin(radians(force.angle)) < -0.7 else 0.82
    return x + dx * share, y + dy * share


def _arrow(force: Force, placing: _Placing) -> tuple[Arrow, Point, Point]:
    """The arrow, where its tail is, where its tip is: long as asked, shortened where the frame ends."""
    at, angle = _tail(force, placing), radians(force.angle)
    length = force.length * placing.context.area.width / 8
    for _ in range(30):
        tip = at[0] + length * cos(angle), at[1] - length * sin(angle)
        if _FRAME.left < tip[0] < _FRAME.right and _FRAME.top < tip[1] < _FRAME.bottom:
            break
        length *= 0.94
    tip = at[0] + length * cos(angle), at[1] - length * sin(angle)
    return Arrow(tip[0] - at[0], tip[1] - at[1], color=placing.context.tone(force.tone), thick=11), at, tip


def _thick(tail: Point, tip: Point) -> Box:
    """The box of an arrow's shaft, for labels to keep off. A slanted one only takes its outer half: words fit beside it."""
    slanted = abs(tip[0] - tail[0]) > 40 and abs(tip[1] - tail[1]) > 40
    a = ((tail[0] + tip[0]) / 2, (tail[1] + tip[1]) / 2) if slanted else tail
    return min(a[0], tip[0]) - 10, min(a[1], tip[1]) - 10, max(a[0], tip[0]) + 10, max(a[1], tip[1]) + 10


def _named(
    force: Force,
    placing: _Placing,
    tip: Point,
    *,
    enter: float,
    drift: Callable[[float], Point] | None,
    calm: tuple[tuple[float, float], ...],
) -> list[Item]:
    """The force's name beside its arrow: past the tip if there is room, else along the shaft."""
    if not force.label:
        return []
    tail, style = _tail(force, placing), Style("bold", _FORCE, placing.context.tone(force.tone), "center")
    words, at = free_words(
        force.label, style, spots=lambda words: _beside(words, force, tail, tip), taken=placing.taken, area=_FRAME
    )
    placing.taken.append((at[0], at[1], at[0] + words.width, at[1] + words.height))
    ground = placing.context.theme.ground
    return [Item(mark=words, at=at, enter=enter, how="fade", motion=drift, calm=calm, calm_alpha=0.7, role="text", on=ground)]


def _beside(words: Words, force: Force, tail: Point, tip: Point) -> list[Point]:
    """Where the name of an arrow may stand: past the tip, else along the shaft; a flat arrow carries it above, in the middle."""
    half_w, half_h, angle = words.width / 2, words.height / 2, radians(force.angle)
    c, s = cos(angle), -sin(angle)
    past = (abs(c) * half_w + abs(s) * half_h) + 12
    spots = [(tip[0] + c * past, tip[1] + s * past)]
    aside, across = abs(c) * half_h + abs(s) * half_w + 20, abs(c) if abs(c) > 0.2 else 0.0
    for along in (0.75, 0.5, 1.0, 0.25):
        x, y = tail[0] + (tip[0] - tail[0]) * along, tail[1] + (tip[1] - tail[1]) * along
        spots += [(x + side * abs(s) * aside, y + side * across * aside) for side in (-1, 1)]
    if abs(c) > 0.8:
        spots.insert(0, ((tail[0] + tip[0]) / 2 + c * 10, (tail[1] + tip[1]) / 2 - half_h - 14))
        # Beginning or ending where the arrow does, above or below it: for long names on short arrows.
        ways = [tail[0] + c * (half_w + 30), tip[0] + half_w * (-1 if c > 0 else 1)]
        spots += [(x, tail[1] + side * (half_h + 16)) for side in (-1, 1) for x in ways]
    return spots


def _body_name(body: Body, placing: _Placing, *, enter: float, drift: Callable[[float], Point] | None) -> list[Item]:
    if not body.label:
        return []
    theme, (x, y) = placing.context.theme, placing.middles[body.id]
    box = next(b for b in placing.taken if abs((b[0] + b[2]) / 2 - x) < 1 and abs((b[1] + b[3]) / 2 - y) < 1)
    low = 18 if placing.spec.surface != "none" else 8

    def around(words: Words) -> list[Point]:
        high, wide = words.height / 2, words.width / 2
        below, above = box[3] + high + low, box[1] - high - _GAP
        sides = [(box[0] - wide - 12, y), (box[2] + wide + 12, y)]
        return [
            (x, below),
            (x, above),
            *sides,
            (box[0] - wide, below),
            (box[2] + wide, below),
            (box[0], above),
            (box[2], above),
        ]

    style = Style("medium", _NAME, theme.ink, "center")
    words, at = free_words(body.label, style, spots=around, taken=placing.taken, area=_FRAME, widths=(260, 170))
    placing.taken.append((at[0], at[1], at[0] + words.width, at[1] + words.height))
    return [Item(mark=words, at=at, enter=enter, how="fade", motion=drift, role="text", on=theme.ground)]


class _Drift:
    """A slow move that begins when the last of the body's arrows has grown; kept short enough to stay in the frame."""

    def __init__(self, body: Body, spec: VectorDiagram, times: tuple[float, ...], context: Context) -> None:
        self._start = max([t for t, f in zip(times, spec.forces, strict=True) if f.body == body.id], default=0.5) + 0.9
        self._span = max(1.0, context.seconds - self._start - 0.3)
        self._way = body.moves[0] / 100 * context.area.width, -body.moves[1] / 100 * context.area.height

    def __call__(self, t: float) -> Point:
        share = ease_both(min(1.0, max(0.0, (t - self._start) / self._span)))
        return self._way[0] * share, self._way[1] * share

    def keep_inside(self, boxes: list[Box]) -> None:
        """Shorten the way so that all of these boxes end inside the frame."""
        (dx, dy), share = self._way, 1.0
        for left, top, right, bottom in boxes:
            rooms = (
                (dx, _FRAME.right - right),
                (-dx, left - _FRAME.left),
                (dy, _FRAME.bottom - bottom),
                (-dy, top - _FRAME.top),
            )
            share = min([share, *(max(0.0, room) / way for way, room in rooms if way > 0)])
        self._way = dx * share, dy * share


def _drift(body: Body, spec: VectorDiagram, times: tuple[float, ...], context: Context) -> _Drift | None:
    return _Drift(body, spec, times, context) if any(body.moves) else None


def _describe(spec: VectorDiagram) -> str:
    names = {b.id: b.label or b.shape for b in spec.bodies}
    told = [f"{', '.join(names.values())}" + {"none": "", "floor": " on a floor", "ice": " on ice"}[spec.surface] + "."]
    told += [f"An arrow from {names.get(f.body, f.body)} {_way(f.angle)}: {f.label or 'unnamed force'}." for f in spec.forces]
    told += [f"{names[b.id]} moves." for b in spec.bodies if any(b.moves)]
    return " ".join(told)


def _way(angle: float) -> str:
    """An angle in words."""
    ways = ["to the right", "up and to the right", "up", "up and to the left", "to the left", "down and to the left", "down",
            "down and to the right"]  # fmt: skip
    return ways[round(angle % 360 / 45) % 8]


KIND = Kind(cues=_cues, build=_build, describe=_describe)
