"""An animal cell, a plant cell or a chloroplast from within: pale at first, each part takes its color and name when spoken of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, sin

from vividly.studio.art import Art
from vividly.studio.callouts import Callout, in_columns
from vividly.studio.elements import Element, Entrance, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Point, Shape, circle, polyline, rect
from vividly.studio.specs import Cell, Tone
from vividly.studio.stage import Context, Kind

_TONES: tuple[Tone, ...] = ("main", "second", "third", "warm", "cool", "good")
_PALE = 0.30  # how strong a part shows that nobody has named yet

_MITOCHONDRION = """<ellipse cx="60" cy="34" rx="57" ry="31" fill="#e8590c"/><ellipse cx="60" cy="34" rx="50" ry="24" fill="#ffc078"/>
<path d="M20 34Q24 18 32 20T40 44T50 50T58 22T68 18T76 46T86 48T94 24T102 32" fill="none" stroke="#d9480f" stroke-width="6" stroke-linecap="round"/>"""
_CHLOROPLAST = """<ellipse cx="60" cy="36" rx="57" ry="33" fill="#2b8a3e"/><ellipse cx="60" cy="36" rx="51" ry="27" fill="#8ce99a"/>
<g fill="#2f9e44"><rect x="22" y="22" width="20" height="6" rx="3"/><rect x="22" y="30" width="20" height="6" rx="3"/><rect x="22" y="38" width="20" height="6" rx="3"/><rect x="50" y="16" width="20" height="6" rx="3"/><rect x="50" y="24" width="20" height="6" rx="3"/><rect x="50" y="32" width="20" height="6" rx="3"/><rect x="50" y="40" width="20" height="6" rx="3"/><rect x="50" y="48" width="20" height="6" rx="3"/><rect x="78" y="24" width="20" height="6" rx="3"/><rect x="78" y="32" width="20" height="6" rx="3"/><rect x="78" y="40" width="20" height="6" rx="3"/></g>
<path d="M42 33H50M70 35H78" stroke="#2f9e44" stroke-width="4"/>"""
_NUCLEUS = """<circle cx="80" cy="80" r="76" fill="#7048e8"/><circle cx="80" cy="80" r="68" fill="#d0bfff"/><circle cx="98" cy="88" r="24" fill="#845ef7"/>
<path d="M34 66Q46 44 60 58T82 46T104 50M36 92Q48 110 62 98T74 122" fill="none" stroke="#7048e8" stroke-width="6" stroke-linecap="round"/>"""
_SACK = """<path d="M30 10Q110 -4 150 34Q172 70 146 104Q104 132 46 118Q2 104 6 58Q10 18 30 10Z" fill="#4dabf7"/><path d="M34 18Q108 6 143 39Q162 70 139 98Q101 123 49 110Q12 98 15 59Q18 25 34 18Z" fill="#a5d8ff"/><path d="M38 34Q60 24 82 26" fill="none" stroke="#fff" stroke-width="7" stroke-linecap="round"/>"""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something drawn at a place; several pieces can make one part."""

    mark: Shape | Art
    at: Point


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Parts from back to front; where the name of each points to."""

    parts: dict[str, list[_Piece]]
    anchors: dict[str, Point]
    box: Area


def _cues(spec: Cell) -> list[str]:
    return [part.cue or part.label for part in spec.parts]


def _build(spec: Cell, context: Context) -> list[Element]:
    area = context.area
    drawn = {"animal": _animal, "plant": _plant, "chloroplast": _chloroplast}[spec.of](area)
    named: dict[str, int] = {part.part: i for i, part in enumerate(spec.parts)}
    made: list[Element] = []
    for rank, (part, pieces) in enumerate(drawn.parts.items()):
        i = named.get(part)
        for k, piece in enumerate(pieces):
            pale = 0.1 + 0.06 * rank
            # What is never named keeps a little more strength: it belongs to the cell all the same.
            alpha = 1.0 if part in _GROUND else (_PALE if i is not None else 0.55)
            made.append(_shown(piece, enter=pale, alpha=alpha, how="grow"))
            if i is not None and part not in _GROUND:
                made.append(_shown(piece, enter=context.at[i] + min(0.5, 0.07 * k), alpha=1.0, how="pop"))
        if i is not None and part in _GROUND:
            made += _lit(part, drawn, enter=context.at[i])
    callouts = [
        Callout(text=part.label, anchor=drawn.anchors.get(part.part, drawn.box.middle), color=context.tone(_TONES[i % len(_TONES)]),
                enter=context.at[i], calm=context.calm(i))
        for i, part in enumerate(spec.parts)
    ]  # fmt: skip
    left = Area(area.left, area.top + 20, drawn.box.left - 34, area.bottom - 20)
    right = Area(drawn.box.right + 34, area.top + 20, area.right, area.bottom - 20)
    return [*made, *in_columns(callouts, left, right, theme=context.theme, size=32)]


# Parts that are the ground of the drawing: always there in full, lit by a line or a glimmer when they are named.
_GROUND = frozenset({"wall", "membrane", "cytoplasm", "stroma"})


def _shown(piece: _Piece, *, enter: float, alpha: float, how: Entrance) -> Item:
    return Item(mark=piece.mark, at=piece.at, enter=enter, how=how, over=0.5, alpha=alpha)


def _lit(part: str, drawn: _Drawing, *, enter: float) -> list[Element]:
    """A bright line drawn round, or glimmering dots through, a part that was there all along."""
    made: list[Element] = []
    if part in {"wall", "membrane"}:
        mark = _ring(drawn, part, _OUTLINES[part])
        made.append(Item(mark=mark, at=(0, 0), enter=enter, how="draw", over=1.1))
    else:
        box = drawn.box
        for k in range(26):  # a sunflower's spiral fills the room evenly
            r, angle = ((k + 0.5) / 26) ** 0.5, k * 2.39996
            x, y = box.middle[0] + r * box.width * 0.40 * cos(angle), box.middle[1] + r * box.height * 0.38 * sin(angle)
            made.append(
                Item(mark=circle(5, fill="#f59f00"), at=(round(x), round(y)), enter=enter + 0.03 * k, how="pop", alpha=0.8)
            )
    return made


_OUTLINES = {"wall": "#f59f00", "membrane": "#f03e3e"}


def _ring(drawn: _Drawing, part: str, color: str) -> Shape:
    box = drawn.box
    if (part == "wall" and "wall" in drawn.parts) or "wall" not in drawn.parts:
        points = _rounded(box.inset(6)) if "wall" in drawn.parts else _round(box.inset(6))
    else:
        points = _rounded(box.inset(27))
    return polyline([*points, points[0]], line=color, line_width=9)


def _rounded(box: Area, radius: float = 54.0) -> list[Point]:
    points = []
    corners = ((box.right - radius, box.top + radius, -pi / 2), (box.right - radius, box.bottom - radius, 0.0),
               (box.left + radius, box.bottom - radius, pi / 2), (box.left + radius, box.top + radius, pi))  # fmt: skip
    for x, y, start in corners:
        points += [(x + radius * cos(start + pi / 2 * k / 10), y + radius * sin(start + pi / 2 * k / 10)) for k in range(11)]
    return points


def _round(box: Area) -> list[Point]:
    """An oval that is not quite regular, as living cells are."""
    points = []
    for k in range(91):
        angle = 2 * pi * k / 90
        wobble = 1 - 0.025 * (1 + sin(3 * angle + 0.6)) + 0.012 * sin(5 * angle)
        points.append(
            (box.middle[0] + box.width / 2 * wobble * cos(angle), box.middle[1] + box.height / 2 * wobble * sin(angle))
        )
    return points


def _moved(points: list[Point], *, fill: str) -> Shape:
    return polyline(points, fill=fill, closed=True)


def _art(body: str, wide: float, unit: tuple[float, float], *, lean: float = 0.0) -> Art:
    """A drawing `wide` pixels wide; leaning, it stands in the middle of a square that holds it."""
    if not lean:
        return Art(body, width=wide, unit_width=unit[0], unit_height=unit[1])
    side = hypot(*unit)
    shift = f"translate({(side - unit[0]) / 2:.1f} {(side - unit[1]) / 2:.1f})"
    turned = f'<g transform="rotate({lean:g} {side / 2:.1f} {side / 2:.1f}) {shift}">{body}</g>'
    return Art(turned, width=wide * side / unit[0], unit_width=side, unit_height=side)


def _dots(places: list[Point], color: str, radius: float) -> list[_Piece]:
    return [_Piece(circle(radius, fill=color), at) for at in places]


def _animal(area: Area) -> _Drawing:
    x, y = area.middle
    box = Area(x - 300, area.top + 2, x + 300, area.bottom - 2)
    parts: dict[str, list[_Piece]] = {}
    parts["membrane"] = [_Piece(_moved(_round(box), fill="#e8799f"), (0, 0))]
    parts["cytoplasm"] = [_Piece(_moved(_round(box.inset(13)), fill="#ffe3ec"), (0, 0))]
    parts["vacuole"] = [
        _Piece(_art(_SACK, 92, (160, 126)), (x - 196, y + 62)),
        _Piece(_art(_SACK, 62, (160, 126)), (x + 62, y - 172)),
    ]
    parts["ribosome"] = _dots(
        [(x - 96 + 36 * k, y + 168 - (k % 2) * 18) for k in range(6)]
        + [(x - 150 + 26 * k, y - 166 + (k % 3) * 11) for k in range(6)],
        "#5f3dc4",
        7,
    )
    parts["mitochondrion"] = [
        _Piece(_art(_MITOCHONDRION, 132, (120, 68), lean=lean), (x + dx, y + dy))
        for dx, dy, lean in ((186, -82, 24.0), (168, 104, -22.0), (-178, -62, -38.0))
    ]
    parts["nucleus"] = [_Piece(_art(_NUCLEUS, 196, (160, 160)), (x - 6, y + 4))]
    anchors = {
        "membrane": (x - 262, y - 96), "cytoplasm": (x + 104, y + 20), "vacuole": (x - 196, y + 62), "ribosome": (x - 96, y + 168),
        "mitochondrion": (x + 190, y - 82), "nucleus": (x + 46, y - 30),
    }  # fmt: skip
    return _Drawing(parts, anchors, box)


def _plant(area: Area) -> _Drawing:
    x, y = area.middle
    box = Area(x - 296, area.top + 2, x + 296, area.bottom - 2)
    parts: dict[str, list[_Piece]] = {}
    parts["wall"] = [_Piece(_moved(_rounded(box, 62), fill="#a9c46c"), (0, 0))]
    parts["membrane"] = [_Piece(_moved(_rounded(box.inset(22), 46), fill="#5c940d"), (0, 0))]
    parts["cytoplasm"] = [_Piece(_moved(_rounded(box.inset(31), 40), fill="#f1f8d9"), (0, 0))]
    parts["vacuole"] = [_Piece(_art(_SACK, 312, (160, 126)), (x - 16, y + 6))]
    parts["ribosome"] = _dots(
        [(x + 190 + (k % 3) * 24, y + 20 + 21 * (k // 3)) for k in range(6)]
        + [(x - 244 + 22 * (k % 2), y - 26 + 20 * k) for k in range(4)],
        "#5f3dc4",
        6,
    )
    parts["mitochondrion"] = [
        _Piece(_art(_MITOCHONDRION, 96, (120, 68), lean=58), (x - 214, y + 96)),
        _Piece(_art(_MITOCHONDRION, 96, (120, 68)), (x + 96, y - 168)),
    ]
    spots: list[tuple[float, float, float]] = [
        (-176, -160, -8),
        (-34, -170, 6),
        (-230, -66, 80),
        (-116, 172, 4),
        (30, 176, -4),
        (172, 158, -16),
        (226, 88, 80),
    ]
    parts["chloroplast"] = [_Piece(_art(_CHLOROPLAST, 124, (120, 72), lean=lean), (x + dx, y + dy)) for dx, dy, lean in spots]
    parts["nucleus"] = [_Piece(_art(_NUCLEUS, 138, (160, 160)), (x + 206, y - 96))]
    anchors = {
        "wall": (x - 286, y + 130), "membrane": (x + 270, y + 150), "cytoplasm": (x + 178, y + 20), "vacuole": (x - 60, y + 30),
        "ribosome": (x + 214, y + 20), "mitochondrion": (x - 214, y + 96), "chloroplast": (x - 176, y - 160),
        "nucleus": (x + 226, y - 110),
    }  # fmt: skip
    return _Drawing(parts, anchors, box)


def _chloroplast(area: Area) -> _Drawing:
    """A chloroplast filling the picture: two membranes, the fluid, and stacks of discs joined by bridges."""
    x, y = area.middle
    box = Area(x - 304, area.top + 2, x + 304, area.bottom - 2)

    def oval(inset: float) -> list[Point]:
        inner = box.inset(inset)
        return [(x + inner.width / 2 * cos(2 * pi * k / 90), y + inner.height / 2 * sin(2 * pi * k / 90)) for k in range(90)]

    parts: dict[str, list[_Piece]] = {}
    parts["membrane"] = [
        _Piece(_moved(oval(0), fill="#2b8a3e"), (0, 0)),
        _Piece(_moved(oval(9), fill="#b2f2bb"), (0, 0)),
        _Piece(_moved(oval(18), fill="#2f9e44"), (0, 0)),
    ]
    parts["stroma"] = [_Piece(_moved(oval(26), fill="#d3f9d8"), (0, 0))]
    discs: list[_Piece] = []
    stacks = [(-208.0, -44.0, 4), (-106.0, 40.0, 6), (0.0, -76.0, 5), (104.0, 44.0, 6), (206.0, -40.0, 4)]
    for (ax, ay, _), (bx, by, _n) in pairwise(stacks):
        bridge = rect(bx - ax, 8, radius=4, fill="#37b24d")
        discs.append(_Piece(bridge, (x + ax, y + (ay + by) / 2 - 4)))
    for dx, dy, count in stacks:
        for k in range(count):
            top = y + dy + (k - count / 2) * 23
            discs.append(_Piece(rect(92, 19, radius=9.5, fill="#2b8a3e"), (round(x + dx - 46), round(top))))
            discs.append(_Piece(rect(72, 5, radius=2.5, fill="#69db7c"), (round(x + dx - 36), round(top + 4))))
    parts["thylakoid"] = discs
    anchors = {"membrane": (x + 243, y - 140), "stroma": (x + 196, y + 96), "thylakoid": (x - 208, y - 44)}
    return _Drawing(parts, anchors, box)


def _describe(spec: Cell) -> str:
    about = {"animal": "An animal cell", "plant": "A plant cell", "chloroplast": "A chloroplast from within"}[spec.of]
    return f"{about}. Named, one after the other: {', '.join(part.label for part in spec.parts)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
