"""The ground cut open: Earth's layers, or plates that move slowly while mountains, ridges and volcanoes rise."""

from __future__ import annotations

from math import pi, sin

from vividly.studio.callouts import Callout, in_columns, in_row
from vividly.studio.colors import mix
from vividly.studio.elements import Element, Item, Live, Op, Placed, ease_both
from vividly.studio.figures import figure
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, Point, circle, polyline, rect
from vividly.studio.scenes.plates import ground_of
from vividly.studio.specs import CrossSection, Tone
from vividly.studio.stage import Context, Kind

_TONES: tuple[Tone, ...] = ("main", "second", "third", "cool", "warm", "good")
_DEEP_PARTS = frozenset({"magma", "mantle", "plume", "convection", "outer_core", "inner_core"})
_SPAN = 5.5  # seconds in which millions of years pass


def _cues(spec: CrossSection) -> list[str]:
    return [label.cue or label.label for label in spec.labels]


def _build(spec: CrossSection, context: Context) -> list[Element]:
    if spec.of == "layers":
        return _layers(spec, context)
    area = context.area
    stage = Area(area.left, area.top + 100, area.right, area.bottom)
    ground = ground_of(spec.of, stage)
    start = context.at[0] + 0.3
    span = min(_SPAN, max(1.5, context.seconds - start - 0.8))
    named: dict[str, float] = {label.part: context.at[i] for i, label in enumerate(spec.labels)}

    def draw(t: float) -> tuple[Op, ...]:
        seen = min(1.0, t / 0.5 + 0.01)
        ops = ground.moving(ease_both(min(1.0, max(0.0, (t - start) / span))))
        return tuple(op._replace(alpha=round(op.alpha * seen)) for op in ops)

    frame = rect(stage.width, stage.height)
    whole = Placed(frame, (stage.left, stage.top, stage.right, stage.bottom), "figure", "", 0.0, 1e9)
    made: list[Element] = [Live(draw=draw, enter=0.0, rests_at=start + span, boxes=(whole,))]
    if "convection" in named or "mantle" in named:
        made += _convection(stage, enter=named.get("convection", named.get("mantle", 0.5)))
    for plate, tail, way in ground.arrows:
        enter = named.get(plate, start)
        made.append(Item(mark=Arrow(*way, color="#ffffff", thick=13), at=tail, enter=enter + 0.2, how="draw", over=0.6))
    if "earthquake" in named:
        made += _shaking(ground.anchors["earthquake"], enter=named["earthquake"])
    shallow: list[Callout] = []
    deep: list[Callout] = []
    for i, label in enumerate(spec.labels):
        anchor = ground.anchors[label.part]
        (deep if label.part in _DEEP_PARTS else shallow).append(
            Callout(
                text=label.label, anchor=anchor, color=context.tone(_TONES[i % len(_TONES)]), enter=context.at[i],
                calm=context.calm(i),
            )
        )  # fmt: skip
    row = Area(area.left, area.top + 4, area.right, area.top + 62)
    made += in_row(shallow, row, theme=context.theme, size=31)
    # Many names of deep parts stand over the plates as well.
    room = ground.deep
    column = Area(room.left, min(room.top, room.bottom - 54 * len(deep)), room.right, room.bottom)
    return [*made, *in_columns(deep, None, column, theme=context.theme, size=29)]


def _convection(stage: Area, *, enter: float) -> list[Element]:
    """Hot rock goes round slowly: a loop of arrows in the mantle, on the left, where no names stand."""
    made: list[Element] = []
    for middle, way in ((stage.left + stage.width * 0.16, 1),):
        y, rx, ry = stage.top + stage.height * 0.80, 110.0, 38.0
        for begin in (0.1, 1.1):
            angles = [pi * (begin + 0.8 * k / 20) * way for k in range(21)]
            points = [(middle + rx * sin(a), y - ry * sin(a + pi / 2)) for a in angles]
            line = polyline(points, line="#ffc078", line_width=7, smooth=True)
            made.append(Item(mark=line, at=(0, 0), enter=enter + 0.2, how="draw", over=1.2, role="decor"))
            (ax, ay), (bx, by) = points[-3], points[-1]
            tip = Arrow((bx - ax) * 1.6, (by - ay) * 1.6, color="#ffc078", thick=8, head=24)
            made.append(Item(mark=tip, at=(ax, ay), enter=enter + 1.2, how="draw", over=0.3, role="decor"))
    return made


def _shaking(at: Point, *, enter: float) -> list[Element]:
    """Rings that run outward from the focus, twice, then stay."""
    made: list[Element] = []
    rings = [circle(radius, line="#fff3bf", line_width=6) for radius in (34, 62, 90)]
    for wave in (0.0, 1.3):
        for i, ring in enumerate(rings):
            gone = enter + wave + 1.0 if not wave else 1e9
            made.append(
                Item(
                    mark=ring, at=at, enter=enter + wave + 0.22 * i, how="grow", leave=gone, alpha=0.95 - 0.22 * i, role="decor"
                )
            )
    star = [
        (0, -24),
        (6, -8),
        (22, -12),
        (11, 2),
        (20, 16),
        (4, 11),
        (-6, 25),
        (-8, 9),
        (-24, 8),
        (-11, -3),
        (-18, -17),
        (-5, -10),
    ]
    made.append(
        Item(
            mark=polyline([(float(x), float(y)) for x, y in star], fill="#ffd43b", line="#e03131", line_width=4, closed=True),
            at=at,
            enter=enter,
            how="pop",
        )
    )
    return made


# Radius of each layer as a share of the globe's; the crust is drawn far thicker than it is, or nobody would see it.
_SHELLS = (
    ("crust", 1.0, "#8d6b4f"),
    ("mantle", 0.955, "#e8590c"),
    ("outer_core", 0.546, "#ff922b"),
    ("inner_core", 0.26, "#ffe066"),
)


def _layers(spec: CrossSection, context: Context) -> list[Element]:
    """The globe with its right half cut away: every shell takes its color when it is named."""
    area, theme = context.area, context.theme
    radius = area.height / 2 - 4
    x, y = round(area.left + area.width * 0.36), round(area.middle[1])
    globe, _ = figure("earth", size=radius * 2 / 216 / 0.96)
    made: list[Element] = [Item(mark=globe, at=(x, y), enter=0.05, how="pop", over=0.5)]
    named: dict[str, int] = {label.part: i for i, label in enumerate(spec.labels)}
    for rank, (_, share, color) in enumerate(_SHELLS):
        pale = mix(color, theme.ground, 0.55)
        half = _half(radius * share)
        made.append(Item(mark=polyline(half, fill=pale, closed=True), at=(x, y), enter=0.45 + 0.12 * rank, how="fade"))
    made += _inward(spec, context, radius, (x, y))
    if "mantle" in named or "convection" in named:
        made += _rolling((x, y), radius, enter=context.at[named.get("convection", named.get("mantle", 0))])
    angles = {
        "crust": (0.978, -0.86),
        "mantle": (0.76, -0.42),
        "outer_core": (0.41, 0.16),
        "inner_core": (0.13, 0.6),
        "convection": (0.76, 0.7),
    }
    callouts = []
    for i, label in enumerate(spec.labels):
        share, turn = angles.get(label.part, (0.978, 0.2 * i))
        anchor = x + radius * share * (1 - turn * turn) ** 0.5, y + radius * share * turn
        callouts.append(Callout(text=label.label, anchor=(round(anchor[0]), round(anchor[1])), color=context.tone(_TONES[i % len(_TONES)]),
                                enter=context.at[i], calm=context.calm(i)))  # fmt: skip
    column = Area(x + radius + 110, area.top + 20, area.right, area.bottom - 20)
    return [*made, *in_columns(callouts, None, column, theme=theme, size=36)]


def _inward(spec: CrossSection, context: Context, radius: float, at: Point) -> list[Element]:
    """The colored shells from the outside in, each a ring, so that none covers another whenever it comes."""
    named: dict[str, int] = {label.part: i for i, label in enumerate(spec.labels)}
    made: list[Element] = []
    for rank, (part, share, color) in enumerate(_SHELLS):
        inner = _SHELLS[rank + 1][1] if rank + 1 < len(_SHELLS) else 0.0
        outline = [*_half(radius * share), *reversed(_half(radius * inner))] if inner else _half(radius * share)
        i = named.get(part)
        enter = context.at[i] if i is not None else 0.9
        made.append(Item(mark=polyline(outline, fill=color, closed=True), at=at, enter=enter, how="fade", over=0.6))
    return made


def _half(radius: float) -> list[Point]:
    """The right half of a circle, from its top to its bottom."""
    return [(radius * sin(pi * k / 60), -radius * sin(pi / 2 - pi * k / 60)) for k in range(61)]


def _rolling(at: Point, radius: float, *, enter: float) -> list[Element]:
    """Arrows of slow flow in the mantle: up from the core, along under the crust, and down again."""
    made: list[Element] = []
    for middle, spin in ((-0.95, 1), (0.0, -1), (0.95, 1)):
        points = []
        for k in range(17):
            a = spin * (0.4 + 5.0 * k / 16)
            far, turn = radius * (0.75 + 0.12 * sin(a)), middle + 0.26 * sin(a + pi / 2)
            points.append((at[0] + far * sin(turn + pi / 2), at[1] + far * sin(turn)))
        made.append(
            Item(
                mark=polyline(points, line="#ffd8a8", line_width=6, smooth=True),
                at=(0, 0),
                enter=enter + 0.4,
                how="draw",
                over=1.4,
                role="decor",
            )
        )
        (ax, ay), (bx, by) = points[-2], points[-1]
        tip = Arrow((bx - ax) * 1.1, (by - ay) * 1.1, color="#ffd8a8", thick=7, head=22)
        made.append(Item(mark=tip, at=(ax, ay), enter=enter + 1.6, how="draw", over=0.3, role="decor"))
    return made


_SAID = {
    "layers": "The Earth cut open, its layers one inside the other.",
    "divergent": "Two plates of ocean floor move apart and magma rises between them.",
    "subduction": "An ocean plate sinks under a continent; melted rock rises into a volcano.",
    "collision": "Two continents push into each other and mountains rise between them.",
    "transform": "Two blocks of ground slide past each other along a fault; a road across it is torn.",
    "hotspot": "A plate moves over a rising plume of hot rock, which feeds a volcano; older volcanoes have moved on.",
}


def _describe(spec: CrossSection) -> str:
    return f"{_SAID[spec.of]} Named, one after the other: {', '.join(label.label for label in spec.labels)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
