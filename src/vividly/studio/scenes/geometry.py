"""A figure of points and segments: a pale sketch first, each side drawn strong as it is named, squares growing out of sides."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from vividly.studio.colors import mix, readable
from vividly.studio.elements import Element, Item, Live, Op, Placed, ease_both, place
from vividly.studio.layout import Area
from vividly.studio.marks import Box, Point, circle, polyline
from vividly.studio.pieces import free_words, pill
from vividly.studio.specs import Geometry, Side
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, Words

_NAME = 38.0
_GROW = 1.1  # seconds a square takes to grow out of its side
_MOST_TILES = 10
_FILL = 0.22  # of the main tone in the fill of a figure


def _groups(spec: Geometry) -> list[list[int]]:
    """Sides one after the other on the same cue appear together."""
    found: list[list[int]] = []
    for i, side in enumerate(spec.sides):
        if found and side.cue and side.cue == spec.sides[found[-1][0]].cue:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def _cues(spec: Geometry) -> list[str]:
    return [spec.sides[group[0]].cue or spec.sides[group[0]].label for group in _groups(spec)]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the points of the figure lie, in pixels."""

    spec: Geometry
    at: dict[str, Point]
    unit: float

    def ends(self, side: Side) -> tuple[Point, Point]:
        return self.at[side.ends[0]], self.at[side.ends[1]]

    def outward(self, side: Side) -> Point:
        """The unit normal of a side that points away from the figure."""
        return _outward(self.spec, self.at, side)


def _outward(spec: Geometry, at: dict[str, Point], side: Side) -> Point:
    (ax, ay), (bx, by) = at[side.ends[0]], at[side.ends[1]]
    long = hypot(bx - ax, by - ay) or 1.0
    nx, ny = (by - ay) / long, -(bx - ax) / long
    home = next((polygon for polygon in spec.fill if set(side.ends) <= set(polygon)), list(at))
    mx = sum(at[name][0] for name in home) / len(home) - (ax + bx) / 2
    my = sum(at[name][1] for name in home) / len(home) - (ay + by) / 2
    return (nx, ny) if nx * mx + ny * my <= 0 else (-nx, -ny)


def _square(ends: tuple[Point, Point], outward: Point, share: float = 1.0) -> list[Point]:
    (ax, ay), (bx, by) = ends
    deep = hypot(bx - ax, by - ay) * share
    ox, oy = outward[0] * deep, outward[1] * deep
    return [(ax, ay), (bx, by), (bx + ox, by + oy), (ax + ox, ay + oy)]


def _planned(spec: Geometry, area: Area) -> _Plan:
    """Scale the figure with its squares into the area, leaving room for the names beside it; y up becomes y down."""
    flat = {name: (x, -y) for name, (x, y) in spec.points.items()}
    reach = list(flat.values())
    for side in spec.sides:
        if side.square:
            reach += _square((flat[side.ends[0]], flat[side.ends[1]]), _outward(spec, flat, side))
    xs, ys = [p[0] for p in reach], [p[1] for p in reach]
    squares = all(side.square or not side.label for side in spec.sides)
    room = area.inset(20, 4) if squares and not spec.show_names else area.inset(190, 50)
    unit = min(room.width / ((max(xs) - min(xs)) or 1.0), room.height / ((max(ys) - min(ys)) or 1.0))
    mx, my = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    cx, cy = room.middle
    return _Plan(
        spec, {name: (round(cx + (x - mx) * unit), round(cy + (y - my) * unit)) for name, (x, y) in flat.items()}, unit
    )


def _build(spec: Geometry, context: Context) -> list[Element]:
    plan, theme = _planned(spec, context.area), context.theme
    made: list[Element] = []
    for i, polygon in enumerate(spec.fill):
        shape = polyline([plan.at[name] for name in polygon], fill=theme.tint("main", _FILL), closed=True)
        made.append(Item(mark=shape, at=(0, 0), enter=0.1 + 0.12 * i, how="fade"))
    sketch = mix(theme.ground, theme.ink, 0.3)
    made += [_stroke(plan.ends(side), color=sketch, width=4, enter=0.15, dashed=side.dashed) for side in spec.sides]
    made += [_right_angle(plan, names, context) for names in spec.right_angles]
    squares: list[Element] = []
    strokes: list[Element] = []
    names: list[Element] = []
    taken = _strokes_taken(plan)
    for part, group in enumerate(_groups(spec)):
        for rank, i in enumerate(group):
            side, enter = spec.sides[i], context.at[part] + 0.22 * rank
            color, ends = context.tone(side.tone), plan.ends(side)
            if side.square:
                squares += _grown(plan, side, context, enter=enter + 0.35)
                names += _square_name(plan, side, context, taken, enter=enter + 0.35 + _GROW * 0.7)
            strokes.append(_stroke(ends, color=color, width=9, enter=enter, dashed=side.dashed))
            if side.label and not side.square:
                names.append(_name(plan, side, context, taken, enter=enter + 0.3, part=part))
    made += [*squares, *strokes]
    used = {name for side in spec.sides for name in side.ends}
    for name in sorted(used):
        made.append(Item(mark=circle(8, fill=theme.ink), at=plan.at[name], enter=0.25, how="pop"))
    if spec.show_names:
        names += [_point_name(plan, name, context, taken) for name in spec.points]
    return [*made, *names]


def _stroke(ends: tuple[Point, Point], *, color: str, width: float, enter: float, dashed: bool) -> Item:
    (ax, ay), (bx, by) = ends
    dash = (4.0, 18.0) if dashed else ()
    mark = polyline([(0, 0), (bx - ax, by - ay)], line=color, line_width=width, dash=dash)
    return Item(mark=mark, at=(ax, ay), enter=enter, how="draw", over=0.6)


def _right_angle(plan: _Plan, names: tuple[str, str, str], context: Context) -> Item:
    (cx, cy), size = plan.at[names[1]], 30.0
    arms = []
    for arm in (names[0], names[2]):
        dx, dy = plan.at[arm][0] - cx, plan.at[arm][1] - cy
        long = hypot(dx, dy) or 1.0
        arms.append((dx / long * size, dy / long * size))
    (ax, ay), (bx, by) = arms
    mark = polyline([(ax, ay), (ax + bx, ay + by), (bx, by)], line=context.theme.ink, line_width=4)
    return Item(mark=mark, at=(cx, cy), enter=0.6, how="draw", over=0.4)


def _grown(plan: _Plan, side: Side, context: Context, *, enter: float) -> list[Element]:
    """The square on a side, growing outward; cut into unit tiles where the side measures a few whole units."""
    ends, outward, color = plan.ends(side), plan.outward(side), context.tone(side.tone)
    fill, seam = context.theme.tint(side.tone, 0.3), mix(context.theme.panel, color, 0.62)
    (ax, ay), (bx, by) = ends
    long = hypot(bx - ax, by - ay)
    units = long / plan.unit
    tiles = round(units) if abs(units - round(units)) < 0.05 and round(units) <= _MOST_TILES else 0
    full = _square(ends, outward)

    def draw(t: float) -> tuple[Op, ...]:
        share = ease_both(min(1.0, max(0.0, (t - enter) / _GROW)))
        if share < 0.01:
            return ()
        shape = polyline(_square(ends, outward, share), fill=fill, line=color, line_width=5, closed=True)
        ops = [place(shape, 0, 0)]
        for k in range(1, tiles):
            if k / tiles < share:
                ox, oy = outward[0] * long * k / tiles, outward[1] * long * k / tiles
                ops.append(place(polyline([(ax + ox, ay + oy), (bx + ox, by + oy)], line=seam, line_width=2.5), 0, 0))
            x, y = ax + (bx - ax) * k / tiles, ay + (by - ay) * k / tiles
            far = x + outward[0] * long * share, y + outward[1] * long * share
            ops.append(place(polyline([(x, y), far], line=seam, line_width=2.5), 0, 0))
        return tuple(ops)

    mark = polyline(full, fill=fill, closed=True)
    return [Live(draw=draw, enter=enter, rests_at=enter + _GROW, boxes=(Placed(mark, mark.box, "figure", "", enter, 1e9),))]


def _square_name(plan: _Plan, side: Side, context: Context, taken: list[Box], *, enter: float) -> list[Element]:
    full = _square(plan.ends(side), plan.outward(side))
    middle = sum(p[0] for p in full) / 4, sum(p[1] for p in full) / 4
    if not side.label:
        return []
    style = Style("display", 36, context.tone(side.tone), "center")
    found = pill(side.label, style, middle, fill=context.theme.panel, enter=enter)
    words = found[1]
    assert isinstance(words, Item)
    taken.append((words.at[0], words.at[1], words.at[0] + words.mark.width, words.at[1] + words.mark.height))
    return found


def _strokes_taken(plan: _Plan) -> list[Box]:
    """Small boxes along every segment, for the names to keep off."""
    found: list[Box] = []
    for side in plan.spec.sides:
        (ax, ay), (bx, by) = plan.ends(side)
        count = max(2, int(hypot(bx - ax, by - ay) / 14))
        for i in range(count + 1):
            x, y = ax + (bx - ax) * i / count, ay + (by - ay) * i / count
            found.append((x - 9, y - 9, x + 9, y + 9))
    return found


def _name(plan: _Plan, side: Side, context: Context, taken: list[Box], *, enter: float, part: int) -> Item:
    (ax, ay), (bx, by) = plan.ends(side)
    nx, ny = plan.outward(side)
    along = [(ax + (bx - ax) * share, ay + (by - ay) * share) for share in (0.5, 0.4, 0.6, 0.3, 0.7)]

    def spots(words: Words) -> list[Point]:
        # Far enough that the box of the words clears the side, whichever way it slants.
        clear = abs(nx) * words.width / 2 + abs(ny) * words.height / 2 + 12
        return [
            (x + way * nx * (clear + more), y + way * ny * (clear + more))
            for way in (1, -1)
            for more in (0, 14, 40, 80)
            for x, y in along
        ]

    style = Style("display", _NAME, context.tone(side.tone), "center")
    widths = (180, 130) if abs(nx) > 0.9 else (400, 190, 130)  # beside an upright side there is less room
    words, at = free_words(side.label, style, spots=spots, taken=taken, area=context.area, widths=widths)
    taken.append((at[0], at[1], at[0] + words.width, at[1] + words.height))
    x, y = at[0] + words.width / 2, at[1] + words.height / 2
    inside = any(_within((x, y), plan, polygon) for polygon in plan.spec.fill)
    ground = context.theme.tint("main", _FILL) if inside else context.theme.ground
    if inside:  # same place and size, in a color that reads on the fill
        letters = Style(words.style.face, words.style.size, readable(style.color, ground), "center")
        words = Words(side.label, letters, words.width)
    return Item(mark=words, at=at, enter=enter, how="fade", role="label", on=ground, calm=context.calm(part), calm_alpha=0.8)


def _within(point: Point, plan: _Plan, polygon: list[str]) -> bool:
    """Is a point inside a polygon? By counting the edges to its right."""
    inside, corners = False, [plan.at[name] for name in polygon]
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay > point[1]) != (by > point[1]) and point[0] < ax + (point[1] - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _point_name(plan: _Plan, name: str, context: Context, taken: list[Box]) -> Item:
    x, y = plan.at[name]
    mx = sum(p[0] for p in plan.at.values()) / len(plan.at)
    my = sum(p[1] for p in plan.at.values()) / len(plan.at)
    far = hypot(x - mx, y - my) or 1.0
    ux, uy = (x - mx) / far, (y - my) / far

    def spots(words: Words) -> list[Point]:
        reach = max(words.width, words.height) / 2 + 14
        ways = [(ux, uy), (ux, -uy), (-ux, uy), (0, -1), (0, 1), (1, 0), (-1, 0)]
        return [(x + a * reach * k, y + b * reach * k) for k in (1.0, 1.5) for a, b in ways]

    words, at = free_words(name, Style("display", 30, context.theme.ink, "center"), spots=spots, taken=taken, area=context.area)
    taken.append((at[0], at[1], at[0] + words.width, at[1] + words.height))
    return Item(mark=words, at=at, enter=0.4, how="fade", role="label", on=context.theme.ground)


def _describe(spec: Geometry) -> str:
    shape = {3: "A triangle", 4: "A four-sided figure"}
    told = [f"{shape.get(len(spec.points), 'A figure')} with the points {', '.join(spec.points)}."]
    for side in spec.sides:
        named = f"The {'dashed ' if side.dashed else ''}side {side.ends[0]}{side.ends[1]}"
        squared = f" with a square on it{', marked ' + side.label if side.label else ''}" if side.square else ""
        told.append(f"{named}{squared or (' is marked ' + side.label if side.label else ' is drawn')}.")
    told += [f"There is a right angle at {corner}." for _, corner, _ in spec.right_angles]
    return " ".join(told)


KIND = Kind(cues=_cues, build=_build, describe=_describe)
