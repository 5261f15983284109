"""Plates of the ground cut open, as drawings of a share of their story: parting, sinking, crumpling, sliding, drifting.

Knows pixels and shares from 0 to 1; nothing of cues, names or seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, sin

from vividly.studio.colors import mix
from vividly.studio.elements import Op, place
from vividly.studio.layout import Area
from vividly.studio.marks import Point, circle, polyline, rect

_MANTLE, _DEEP, _GLOW = "#d9480f", "#b23a0a", "#ff922b"
_LAVA, _BRIGHT = "#ffa94d", "#ffd43b"
_LAND, _GRASS, _ROCK = "#b08968", "#74a63c", "#8d6b4f"
_FLOOR, _NEW, _WATER = "#5c6773", "#8a97a5", "#4dabf7"

Draw = Callable[[float], list[Op]]


@dataclass(frozen=True, slots=True)
class Ground:
    """A scene of plates. `moving` draws it when a share of its story has passed; anchors say where its parts end up."""

    moving: Draw
    anchors: dict[str, Point]
    deep: Area  # where names of what lies deep may stand
    arrows: list[tuple[str, Point, Point]]  # plate, tail, way


def _flat(points: Sequence[Point], fill: str, *, line: str = "", wide: float = 0.0) -> Op:
    return place(polyline(points, fill=fill, line=line, line_width=wide, closed=True), 0, 0)


def _mantle(stage: Area, *, begin: float = 0.3) -> list[Op]:
    """Hot rock from a share of the height down, darker further down."""
    ops = []
    for share, color in ((begin, _MANTLE), (0.66, mix(_MANTLE, _DEEP, 0.6)), (0.86, _DEEP)):
        top = round(stage.top + share * stage.height)
        ops.append(place(rect(stage.width, stage.bottom - top, radius=18 if share > 0.6 else 0, fill=color), stage.left, top))
    return ops


def _common(stage: Area) -> dict[str, Point]:
    """Where parts are found unless a scene says otherwise."""
    x = stage.left
    wide, high, y = stage.width, stage.height, stage.top
    return {
        "crust": (x + wide * 0.12, y + high * 0.30), "mantle": (x + wide * 0.66, y + high * 0.90),
        "outer_core": (x + wide * 0.5, stage.bottom - 14), "inner_core": (x + wide * 0.5, stage.bottom - 14),
        "plate_left": (x + wide * 0.22, y + high * 0.38), "plate_right": (x + wide * 0.8, y + high * 0.38),
        "magma": (x + wide * 0.5, y + high * 0.62), "ridge": (x + wide * 0.5, y + high * 0.24),
        "trench": (x + wide * 0.5, y + high * 0.3), "volcano": (x + wide * 0.5, y + high * 0.14),
        "mountains": (x + wide * 0.5, y + high * 0.14), "fault": (x + wide * 0.5, y + high * 0.40),
        "earthquake": (x + wide * 0.5, y + high * 0.55), "plume": (x + wide * 0.5, y + high * 0.82),
        "convection": (x + wide * 0.25, y + high * 0.72),
    }  # fmt: skip


def _subduction(stage: Area) -> Ground:
    """Ocean floor from the left sinks under a continent on the right; what melts rises into a volcano."""
    left, right, top, bottom = stage.left, stage.right, stage.top, stage.bottom
    sea, floor, bend = top + 96, top + 140, left + 560

    def moving(p: float) -> list[Op]:
        reach = 90 + 113 * p
        slab = [(left + 24, floor + 24), (left + 300, floor + 24), (bend - 70, floor + 26), (bend + 20, floor + 48),
                (bend + 80, floor + 92), (bend + 80 + (reach - 60) * 0.78, floor + 92 + (reach - 60) * 0.72)]  # fmt: skip
        water = [(left, sea), (bend + 130, sea), (bend + 90, floor + 60), (bend, floor + 30), (bend - 70, floor + 8),
                 (left, floor + 6)]  # fmt: skip
        high, foot, middle = 26 + 84 * p, top + 84, left + 850
        land = [(bend + 96, sea + 4), (bend + 120, foot), (right, foot), (right, foot + 124), (bend + 300, foot + 128),
                (bend + 170, foot + 108), (bend + 76, floor + 58)]  # fmt: skip
        ops = [*_mantle(stage), place(polyline(slab, line=_FLOOR, line_width=50, smooth=True), 0, 0)]
        shift = 60 * p
        for k in range(6):  # joints that travel with the plate
            x = left + 40 + k * 84 + shift
            if x < bend - 80:
                ops.append(place(polyline([(x, floor + 4), (x, floor + 44)], line=_NEW, line_width=4), 0, 0))
        ops += [_flat(water, _WATER), _flat(land, _LAND)]
        ops.append(
            _flat(
                [(bend + 100, sea - 2), (bend + 120, foot), (right, foot), (right, foot + 18), (bend + 112, foot + 18)], _GRASS
            )
        )
        ops += _melt(p, (bend + 214, floor + 162), (middle, foot - high + 14))
        ops += _cone(middle, foot + 6, high, erupting=p > 0.7)
        return ops

    anchors = _common(stage) | {
        "plate_left": (left + 250, floor + 24), "plate_right": (right - 110, top + 140), "trench": (bend + 46, floor + 40),
        "volcano": (left + 850, top + 30), "mountains": (left + 850, top + 30), "magma": (left + 838, top + 190),
        "crust": (right - 60, top + 110), "earthquake": (bend + 130, floor + 120), "fault": (bend + 96, floor + 78), "mantle": (left + 915, bottom - 34),
    }  # fmt: skip
    arrows: list[tuple[str, Point, Point]] = [
        ("plate_left", (left + 110, floor + 24), (110.0, 0.0)), ("plate_right", (right - 60, top + 168), (-110.0, 0.0)),
    ]  # fmt: skip
    return Ground(moving, anchors, Area(left + 965, top + 226, right - 16, bottom - 14), arrows)


def _melt(p: float, source: Point, mouth: Point) -> list[Op]:
    """Melt that gathers above the slab and finds its way up."""
    if p < 0.3:
        return []
    share = min(1.0, (p - 0.3) / 0.5)
    (ax, ay), (bx, by) = source, mouth
    way = [(ax, ay), (ax + (bx - ax) * 0.6, ay + (by - ay) * 0.3), (bx, ay + (by - ay) * 0.55), (bx, by)]
    pool = polyline(_blob(ax + 26, ay - 22, 54 * share, 20 * share), fill=_LAVA, closed=True, smooth=True)
    return [place(pool, 0, 0), place(polyline(way, line=_LAVA, line_width=15, smooth=True), 0, 0, grown=min(share, 0.999))]


def _blob(x: float, y: float, rx: float, ry: float) -> list[Point]:
    rx, ry = max(1.0, rx), max(1.0, ry)
    return [(x + rx * a, y + ry * b) for a, b in ((1, 0), (0.7, 0.8), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.8), (0, -1),
                                                 (0.7, -0.7), (1, 0))]  # fmt: skip


def _cone(x: float, foot: float, high: float, *, erupting: bool, wide: float = 1.0) -> list[Op]:
    """A volcano; with glow and smoke when it erupts."""
    half, mouth = (36 + high * 0.72) * wide, 13.0
    ops: list[Op] = []
    if erupting:
        for dx, dy, radius in ((4, 22, 15), (24, 40, 19), (52, 52, 23)):
            ops.append(place(circle(radius, fill="#adb5bd"), x + dx, foot - high - dy, alpha=0.8))
    ops.append(_flat([(x - half, foot), (x - mouth, foot - high), (x + mouth, foot - high), (x + half, foot)], _ROCK))
    ops.append(_flat([(x + mouth, foot - high), (x + half, foot), (x + half * 0.25, foot)], mix(_ROCK, "#000000", 0.2)))
    if erupting:
        ops.append(_flat([(x - mouth, foot - high), (x + mouth, foot - high), (x + mouth * 1.5, foot - high * 0.62), (x + 5, foot - high * 0.78),
                          (x - 3, foot - high * 0.5), (x - 9, foot - high * 0.8)], _GLOW))  # fmt: skip
    return ops


def _collision(stage: Area) -> Ground:
    """Two continents close a sea between them; neither sinks, the crust crumples up and down."""
    left, right, top = stage.left, stage.right, stage.top
    middle, foot, thick = (left + right) / 2, top + 138.0, 100.0

    def lift(x: float) -> float:
        """The shape of the range, 0 to 1."""
        u = (x - middle) / 150
        jagged = 0.84 + 0.16 * sin(x / 17.0) * sin(x / 41.0 + 1)
        return exp(-u * u * 1.2) * jagged

    def moving(p: float) -> list[Op]:
        gap, rise = 90 * max(0.0, 1 - p * 1.8), max(0.0, (p - 0.4) / 0.6)
        ops = _mantle(stage, begin=0.44)
        if gap > 2:
            ops.append(_flat([(middle - gap - 30, foot + 16), (middle + gap + 30, foot + 16), (middle + gap, foot + 70),
                              (middle - gap, foot + 70)], _WATER))  # fmt: skip
        for side in (-1, 1):
            far = left if side < 0 else right
            near = middle + side * gap
            xs = [far + (near - far) * k / 60 for k in range(61)]
            tops = [(x, foot - 128 * rise * lift(x)) for x in xs]
            roots = [(x, foot + thick + 74 * rise * exp(-(((x - middle) / 190) ** 2))) for x in reversed(xs)]
            ops.append(_flat([*tops, *roots], _LAND if side < 0 else "#a67f60"))
            for deep in (38, 68):  # layers that fold
                bent = [(x, foot + deep - (104 - deep * 0.5) * rise * lift(x) * 0.9) for x in xs]
                ops.append(place(polyline(bent, line=mix(_LAND, "#4a3020", 0.35), line_width=4), 0, 0))
            ops.append(place(polyline([(x, y + 5) for x, y in tops], line=_GRASS, line_width=10), 0, 0))
        if rise > 0.5:
            snow = [(x, foot - 128 * rise * lift(x)) for x in range(int(middle - 66), int(middle + 67), 12)]
            cap = [*snow, *[(x, y + (26 if i % 2 else 12) * (rise - 0.5) * 2) for i, (x, y) in enumerate(reversed(snow))]]
            ops.append(_flat(cap, "#f8f9fa"))
        return ops

    anchors = _common(stage) | {
        "plate_left": (left + 260, foot + 52), "plate_right": (right - 260, foot + 52), "mountains": (middle, foot - 92),
        "crust": (left + 120, foot + 80), "fault": (middle, foot + 60), "earthquake": (middle + 20, foot + 84),
    }  # fmt: skip
    arrows: list[tuple[str, Point, Point]] = [
        ("plate_left", (left + 60, foot + 52), (140.0, 0.0)), ("plate_right", (right - 60, foot + 52), (-140.0, 0.0)),
    ]  # fmt: skip
    return Ground(moving, anchors, Area(middle + 250, top + 290, right - 16, stage.bottom - 12), arrows)


def _divergent(stage: Area) -> Ground:
    """Two plates of ocean floor part; magma rises between them and freezes into new floor."""
    left, right, top = stage.left, stage.right, stage.top
    middle, sea, floor, thick = (left + right) / 2, top + 60.0, top + 132.0, 52.0

    def moving(p: float) -> list[Op]:
        apart = 16 + 96 * p
        ops = _mantle(stage)
        ops.append(_flat([(middle - 150, stage.bottom - 40), (middle - 34, floor + 30), (middle + 34, floor + 30),
                          (middle + 150, stage.bottom - 40)], _GLOW))  # fmt: skip
        ops.append(
            _flat(
                [
                    (middle - 80, stage.bottom - 40),
                    (middle - 15, floor),
                    (middle + 15, floor),
                    (middle + 80, stage.bottom - 40),
                ],
                _BRIGHT,
            )
        )
        ops.append(place(rect(right - left, floor + 10 - sea, fill=_WATER), left, sea))
        for side in (-1, 1):
            far, old, near = (left if side < 0 else right), middle + side * apart, middle + side * 11
            ops.append(_flat([(far, floor), (old, floor - 6), (old, floor + thick - 8), (far, floor + thick)], _FLOOR))
            ops.append(_flat([(old, floor - 6), (near + side * 12, floor - 34), (near, floor - 26), (near, floor + 22),
                              (old, floor + thick - 8)], _NEW))  # fmt: skip
            for k in range(1, 5):
                x = middle + side * (apart + 96 * k)
                ops.append(place(polyline([(x, floor + 3), (x, floor + thick - 6)], line=_NEW, line_width=4), 0, 0))
        ops.append(
            _flat(
                [
                    (middle - 11, floor + 30),
                    (middle - 11, floor - 24),
                    (middle, floor - 32 - 8 * p),
                    (middle + 11, floor - 24),
                    (middle + 11, floor + 30),
                ],
                _LAVA,
            )
        )
        return ops

    anchors = _common(stage) | {
        "plate_left": (left + 260, floor + 26), "plate_right": (right - 260, floor + 26), "ridge": (middle + 30, floor - 20),
        "magma": (middle, floor + 70), "crust": (left + 120, floor + 26), "volcano": (middle, floor - 30),
        "fault": (middle, floor), "earthquake": (middle + 40, floor + 24), "mountains": (middle - 30, floor - 20),
    }  # fmt: skip
    arrows: list[tuple[str, Point, Point]] = [
        ("plate_left", (left + 200, floor + 25), (-130.0, 0.0)), ("plate_right", (right - 200, floor + 25), (130.0, 0.0)),
    ]  # fmt: skip
    return Ground(moving, anchors, Area(middle + 190, top + 210, right - 16, stage.bottom - 14), arrows)


def _transform(stage: Area) -> Ground:
    """Two blocks seen at a slant, sliding past each other along the fault between them; a road across it tears."""
    left, right, top, bottom = stage.left, stage.right, stage.top, stage.bottom
    middle, front = (left + right) / 2 - 40, top + 176.0
    deep = (110.0, -104.0)  # the way from the front edge to the back edge of the ground

    def block(x0: float, x1: float, slide: float, color: str) -> list[Op]:
        dx, dy = deep[0] * slide, deep[1] * slide
        a, b = (x0 + dx, front + dy), (x1 + dx, front + dy)
        low = bottom - 8
        face = [a, b, (b[0], low), (a[0], low)]
        over = [a, b, (b[0] + deep[0], b[1] + deep[1]), (a[0] + deep[0], a[1] + deep[1])]
        road = [(a[0] + deep[0] * k, a[1] + deep[1] * k) for k in (0.42, 0.58)] + [
            (b[0] + deep[0] * k, b[1] + deep[1] * k) for k in (0.58, 0.42)
        ]
        ops = [_flat(face, color)]
        for k in (0.35, 0.68):
            y = a[1] + (low - a[1]) * k
            ops.append(place(polyline([(a[0], y), (b[0], y)], line=mix(color, "#3b2618", 0.35), line_width=5), 0, 0))
        ops += [_flat(over, _GRASS), _flat(road, "#495057")]
        m0, m1 = (
            ((road[0][0] + road[1][0]) / 2, (road[0][1] + road[1][1]) / 2),
            ((road[2][0] + road[3][0]) / 2, (road[2][1] + road[3][1]) / 2),
        )
        ops.append(place(polyline([m0, m1], line="#ffd43b", line_width=3.5, dash=(14.0, 14.0)), 0, 0))
        return ops

    def moving(p: float) -> list[Op]:
        slide = 0.30 * p
        wall_top = (middle + deep[0] * slide, front + deep[1] * slide)
        ops = block(left + 60, middle, slide, _LAND)
        # The wall of the fault that comes into view where the right block has slid forward.
        ops.append(_flat([wall_top, (middle, front), (middle, bottom - 8), (wall_top[0], bottom - 8)], "#6b4a33"))
        ops += block(middle, right - 130, -slide * 0.4, "#a67f60")
        ops.append(
            place(
                polyline(
                    [(middle + deep[0], front + deep[1]), (middle, front), (middle, bottom - 8)], line="#3b2618", line_width=5
                ),
                0,
                0,
            )
        )
        return ops

    anchors = _common(stage) | {
        "plate_left": (left + 250, front - 14), "plate_right": (right - 260, front - 12), "fault": (middle + 66, front - 62),
        "earthquake": (middle, front + 108), "crust": (left + 200, front + 90),
    }  # fmt: skip
    arrows: list[tuple[str, Point, Point]] = [
        ("plate_left", (middle - 160, front - 18), (72.0, -68.0)), ("plate_right", (middle + 230, front - 62), (-72.0, 68.0)),
    ]  # fmt: skip
    return Ground(moving, anchors, Area(middle + 120, top + 220, right - 150, bottom - 20), arrows)


def _hotspot(stage: Area) -> Ground:
    """A plume that stays, a plate that drifts over it, and a row of volcanoes left behind, the oldest worn down."""
    left, right, top, bottom = stage.left, stage.right, stage.top, stage.bottom
    x, sea, floor = left + 430.0, top + 84.0, top + 132.0

    def moving(p: float) -> list[Op]:
        drift = 130 * p
        ops = _mantle(stage)
        stem = [(x - 40, bottom - 6), (x - 26, floor + 120), (x - 92, floor + 84), (x - 70, floor + 50), (x, floor + 40),
                (x + 76, floor + 50), (x + 100, floor + 84), (x + 30, floor + 120), (x + 44, bottom - 6)]  # fmt: skip
        ops.append(place(polyline(stem, fill=_GLOW, closed=True, smooth=True), 0, 0))
        ops.append(_flat([(x - 14, bottom - 6), (x - 8, floor + 80), (x + 10, floor + 80), (x + 18, bottom - 6)], _BRIGHT))
        ops.append(place(rect(right - left, floor + 6 - sea, fill=_WATER), left, sea))
        high = 40 + 66 * p
        for k, size in ((3, 34), (2, 52), (1, 72)):
            at = x + 100 + 190 * (k - 1) + drift
            if at < right - 80:
                ops += _cone(at, floor + 4, size - 6 * p, erupting=False, wide=1.15)
        ops += _cone(x, floor + 4, high, erupting=p > 0.55)
        ops.append(place(rect(right - left, 54, fill=_FLOOR), left, floor))
        for k in range(14):
            joint = left + (k * 88 + drift) % (right - left)
            ops.append(place(polyline([(joint, floor + 6), (joint, floor + 48)], line=_NEW, line_width=4), 0, 0))
        ops.append(
            place(
                polyline([(x, floor + 56), (x, floor + 4 - high + 8)], line=_LAVA, line_width=14),
                0,
                0,
                grown=min(0.999, 0.3 + p),
            )
        )
        return ops

    anchors = _common(stage) | {
        "plate_left": (left + 150, floor + 26), "plate_right": (right - 200, floor + 26), "volcano": (x - 16, top + 52),
        "magma": (x + 62, floor + 70), "plume": (x + 22, floor + 176), "crust": (left + 90, floor + 26), "mountains": (x + 230, floor - 40),
            }  # fmt: skip
    deep = Area(x + 190, floor + 76, right - 16, bottom - 12)
    return Ground(moving, anchors, deep, [("plate_right", (right - 400, floor + 26), (140.0, 0.0))])


_SCENES: dict[str, Callable[[Area], Ground]] = {
    "divergent": _divergent,
    "subduction": _subduction,
    "collision": _collision,
    "transform": _transform,
    "hotspot": _hotspot,
}


def ground_of(meeting: str, stage: Area) -> Ground:
    """The ground of a meeting of plates (divergent, subduction, collision, transform, hotspot) in an area."""
    return _SCENES[meeting](stage)
