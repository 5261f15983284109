"""One cell dividing: chromosomes condense, line up and are pulled apart, two nuclei form, and the cell splits in two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, pi, sin, sqrt

from vividly.studio.colors import mix, on
from vividly.studio.elements import Element, Item, Live, Op, Placed, ease_both, place
from vividly.studio.layout import Area
from vividly.studio.marks import Point, Shape, circle, polyline, rect
from vividly.studio.pieces import write
from vividly.studio.specs import CellDivision, DivisionPhase, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_ORDER = ("interphase", "prophase", "metaphase", "anaphase", "telophase", "cytokinesis")
_TONES: tuple[Tone, ...] = ("main", "second", "third", "warm", "cool", "good")
_PACE = 1.7  # seconds from one phase to the next

_PLASM, _RIM, _SHEATH = "#ffe3ec", "#e8799f", "#f7b7cb"
_NUCLEUS, _NUCLEUS_RIM = "#d0bfff", "#845ef7"
_SPINDLE = "#c98aa5"
# Two pairs: one of each pair came from the mother, the other from the father.
_COLORS = ("#1c7ed6", "#e8590c", "#1c7ed6", "#e8590c")
_LENGTHS = (72.0, 72.0, 48.0, 48.0)


@dataclass(frozen=True, slots=True)
class _State:
    """A moment of the division; all shares 0 to 1, places in pixels from the middle of the cell.

    squeeze   shape of the cell: 0 round, near 1 a waist, over 1 two cells
    size      its breadth before it is squeezed
    thread    how much the DNA is a loose thread, copied: the second thread
    packed    how much it is chromosomes
    nucleus   the old nucleus; nuclei: the two new ones
    parted    how far the copies are from each other
    """

    squeeze: float
    size: float
    thread: float
    copied: float
    packed: float
    nucleus: float
    nuclei: float
    spindle: float
    parted: float
    places: tuple[Point, ...]
    turns: tuple[float, ...]


_LOOSE: tuple[Point, ...] = ((-48, -42), (46, -46), (-44, 48), (50, 44))
_LINED: tuple[Point, ...] = ((0, -116), (0, -24), (0, 57), (0, 127))
_SIDE: tuple[Point, ...] = ((0, -92), (0, -20), (0, 44), (0, 98))
_HUDDLED: tuple[Point, ...] = ((-6, -34), (8, -8), (-4, 18), (10, 38))
_TILTED, _STRAIGHT = (24.0, -34.0, -58.0, 40.0), (0.0, 0.0, 0.0, 0.0)

# From before the copying to two cells, one moment per whole number.
_STATES = (
    _State(0.0, 196, 1, 0, 0, 1, 0, 0, 0, _LOOSE, _TILTED),
    _State(0.0, 204, 1, 1, 0, 1, 0, 0, 0, _LOOSE, _TILTED),
    _State(0.0, 204, 0, 1, 1, 0.25, 0, 0.35, 0, _LOOSE, _TILTED),
    _State(0.30, 206, 0, 1, 1, 0, 0, 1, 0, _LINED, _STRAIGHT),
    _State(0.62, 210, 0, 1, 1, 0, 0, 1, 152, _SIDE, _STRAIGHT),
    _State(0.93, 226, 0.7, 0, 0.3, 0, 1, 0.0, 204, _HUDDLED, _STRAIGHT),
    _State(1.06, 236, 1, 0, 0, 0, 1, 0, 214, _HUDDLED, _STRAIGHT),
)


def _cues(spec: CellDivision) -> list[str]:
    return [phase.cue or phase.label for phase in spec.phases]


def _build(spec: CellDivision, context: Context) -> list[Element]:
    area = context.area
    wide = area.width * 0.64
    middle = (round(area.left + wide / 2 - 10), round(area.middle[1]))
    track = _track(spec, context)

    def draw(t: float) -> tuple[Op, ...]:
        seen = min(1.0, t / 0.5 + 0.02)
        ops = _drawn(_state(_moment(track, t)), middle)
        return tuple(op._replace(alpha=round(op.alpha * seen)) for op in ops)

    left = Placed(rect(wide, area.height), (area.left, area.top, area.left + wide - 20, area.bottom), "figure", "", 0.0, 1e9)
    made: list[Element] = [Live(draw=draw, enter=0.0, rests_at=track[-1][1], boxes=(left,))]
    column = Area(area.left + wide + 10, area.top + 6, area.right, area.bottom - 6)
    return [*made, *_names(spec, context, column)]


def _number(phase: DivisionPhase) -> int:
    return _ORDER.index(phase.phase) + 1


def _track(spec: CellDivision, context: Context) -> list[tuple[float, float, float, float]]:
    """(from second, to second, from moment, to moment) for each phase; phases left out are passed through on the way."""
    found = []
    before = _number(spec.phases[0]) - 1.0
    for i, phase in enumerate(spec.phases):
        start, goal = context.at[i], float(_number(phase))
        free = (context.at[i + 1] if i + 1 < len(spec.phases) else context.seconds - 0.6) - start
        end = start + max(0.4, min(_PACE * max(1.0, abs(goal - before)), free))
        found.append((start, end, before, goal))
        before = goal
    return found


def _moment(track: list[tuple[float, float, float, float]], t: float) -> float:
    at = track[0][2]
    for start, end, before, goal in track:
        if t >= start:
            at = before + (goal - before) * min(1.0, (t - start) / (end - start))
    return at


def _state(moment: float) -> _State:
    """Between two moments, easing, so that each is arrived at gently."""
    low = min(len(_STATES) - 2, int(moment))
    a, b, u = _STATES[low], _STATES[low + 1], ease_both(min(1.0, moment - low))

    def between(x: float, y: float) -> float:
        return x + (y - x) * u

    # Chromatids leave the line as they are: their places along it close up while they part.
    return _State(
        between(a.squeeze, b.squeeze), between(a.size, b.size), between(a.thread, b.thread), between(a.copied, b.copied),
        between(a.packed, b.packed), between(a.nucleus, b.nucleus), between(a.nuclei, b.nuclei),
        between(a.spindle, b.spindle), between(a.parted, b.parted),
        tuple((between(p[0], q[0]), between(p[1], q[1])) for p, q in zip(a.places, b.places, strict=True)),
        tuple(between(p, q) for p, q in zip(a.turns, b.turns, strict=True)),
    )  # fmt: skip


def _drawn(state: _State, middle: Point) -> list[Op]:
    x, y = middle
    squeeze, size = round(state.squeeze, 3), round(state.size, 1)
    ops = [place(_outline(squeeze, size, 0.0, fill=_RIM), x, y), place(_outline(squeeze, size, 9.0, fill=_PLASM), x, y)]
    pole = max(150.0, state.parted + 62) if state.parted < 200 else state.parted + 20
    if state.spindle > 0.02:
        ops += _spindle(state, middle, pole)
    if state.nucleus > 0.02:
        ops.append(
            place(
                circle(112, fill=_NUCLEUS, line=_NUCLEUS_RIM, line_width=5, dash=_dash(state.nucleus)),
                x,
                y,
                alpha=state.nucleus,
            )
        )
    if state.nuclei > 0.02:
        for side in (-1, 1):
            shell = circle(76, fill=_NUCLEUS, line=_NUCLEUS_RIM, line_width=5, dash=_dash(state.nuclei))
            ops.append(place(shell, x + side * state.parted, y, alpha=state.nuclei))
    if state.thread > 0.02:
        ops += _threads(state, middle)
    if state.packed > 0.02:
        ops += _chromosomes(state, middle)
    return ops


def _dash(share: float) -> tuple[float, ...]:
    """A nucleus that breaks up, or is not closed yet, shows as pieces of its rim."""
    return () if share > 0.9 else (18.0, 14.0)


@lru_cache(maxsize=512)
def _outline(squeeze: float, size: float, inset: float, *, fill: str) -> Shape:
    """The cell seen from the side: a Cassini oval, which goes from a circle over a waist to two loops."""
    e, b = squeeze, size
    points: list[list[Point]] = [[]]
    if e < 1:
        for k in range(121):
            angle = 2 * pi * k / 120
            r = b * sqrt(e * e * cos(2 * angle) + sqrt(max(0.0, 1 - e**4 * sin(2 * angle) ** 2)))
            points[0].append(((r - inset) * cos(angle), (r - inset) * sin(angle) * _flat(e)))
        return polyline(points[0], fill=fill, closed=True)
    return _two_cells(e, b, inset, fill)


def _flat(e: float) -> float:
    return 1.0 + 0.28 * min(1.0, max(0.0, e)) ** 2


def _two_cells(e: float, b: float, inset: float, fill: str) -> Shape:
    """Both loops as one path, the right one the mirror image of the left."""
    reach = 0.5 * asin(min(1.0, 1 / (e * e))) * 0.9999
    outer: list[Point] = []
    inner: list[Point] = []
    for k in range(61):
        angle = -reach + 2 * reach * k / 60
        root = sqrt(max(0.0, 1 - e**4 * sin(2 * angle) ** 2))
        for sign, found in ((1, outer), (-1, inner)):
            r = b * sqrt(max(0.0, e * e * cos(2 * angle) + sign * root))
            found.append((r * cos(angle), r * sin(angle) * _flat(e)))
    loop = [*outer, *reversed(inner)]
    cx = sum(p[0] for p in loop) / len(loop)
    shrink = 1 - inset / 118
    right = [(cx + (px - cx) * shrink, py * shrink) for px, py in loop]
    # One outline through the middle: the piece between the loops has no width.
    path = [*right, right[0]]
    left = [(-px, py) for px, py in reversed(path)]
    return polyline([*_from_inner(path), *_from_inner(left)], fill=fill, closed=True)


def _from_inner(loop: list[Point]) -> list[Point]:
    """The same closed outline, begun at its point nearest to the middle line at half height."""
    start = min(range(len(loop)), key=lambda i: abs(loop[i][0]) + abs(loop[i][1]))
    turned = [*loop[start:], *loop[:start]]
    return [*turned, turned[0]]


def _spindle(state: _State, middle: Point, pole: float) -> list[Op]:
    """Fibers from both poles to the middle of every chromosome, and the poles."""
    x, y = middle
    ops = []
    for px, py in state.places:
        for side in (-1, 1):
            end = (px + side * state.parted, py)
            fiber = polyline([(round(side * pole), 0), (round(end[0]), round(end[1]))], line=_SPINDLE, line_width=3)
            ops.append(place(fiber, x, y, alpha=state.spindle))
    return [*ops, *(place(circle(11, fill=_NUCLEUS_RIM), x + side * pole, y, alpha=state.spindle) for side in (-1, 1))]


@lru_cache(maxsize=32)
def _thread(number: int, small: bool, color: str) -> Shape:
    """A loose curl of DNA inside a nucleus."""
    far = 0.62 if small else 1.0
    points = []
    for k in range(60):
        u = k / 59 * 2 * pi * 1.35 + number * 1.7
        r = (34 + 42 * abs(sin(u * 0.83 + number))) * far
        points.append((r * cos(u), r * sin(u * 1.31 + number * 0.6) * 0.95))
    return polyline(points, line=color, line_width=4.5 if small else 5.5, smooth=True)


def _threads(state: _State, middle: Point) -> list[Op]:
    x, y = middle
    ops = []
    if state.nuclei > 0.3:
        homes, small = [(x - state.parted, y), (x + state.parted, y)], True
    else:
        homes, small = [(x, y)], False
    for home in homes:
        for number, color in ((0, _COLORS[0]), (1, _COLORS[1])):
            ops.append(place(_thread(number, small, color), *home, alpha=state.thread))
            if state.copied > 0.02 and not small:
                # The copy lies beside its original and comes out of it.
                shift = 9 * state.copied
                ops.append(
                    place(
                        _thread(number, small, mix(color, "#ffffff", 0.42)),
                        home[0] + shift,
                        home[1] + shift,
                        alpha=state.thread * state.copied,
                    )
                )
    return ops


@lru_cache(maxsize=256)
def _chromatid(length: float, bend: int, color: str) -> Shape:
    """One copy: a rod whose middle is bent sideways by `bend` pixels."""
    half = length / 2
    points = [(-bend * 1.0, -half), (-bend * 0.25, -half * 0.5), (0.0, 0.0), (-bend * 0.25, half * 0.5), (-bend * 1.0, half)]
    return polyline(points, line=color, line_width=15, smooth=True)


def _chromosomes(state: _State, middle: Point) -> list[Op]:
    """Each as two copies joined in the middle; parted, each copy trails its ends behind it."""
    x, y = middle
    ops = []
    gone = min(1.0, state.parted / 40)
    short = 1 - 0.25 * min(1.0, state.parted / 150)
    size = 0.45 + 0.55 * state.packed
    for (px, py), turn, color, length in zip(state.places, state.turns, _COLORS, _LENGTHS, strict=True):
        for side in (-1, 1):
            # Joined copies bow away from each other; pulled ones are led by their middle.
            bend = round(side * (-13 + 33 * gone))
            mark = _chromatid(round(length * short), bend, mix(color, "#ffffff", 0.0 if side < 0 else 0.25))
            apart = side * (4 + state.parted)
            lean = turn * pi / 180
            cx, cy = x + px + apart * cos(lean), y + py + apart * sin(lean)
            # An op turns about the middle of the mark's box; its joint lies beside it.
            left, top, right, bottom = mark.box
            mx, my = (left + right) / 2, (top + bottom) / 2
            dx, dy = mx - (mx * cos(lean) - my * sin(lean)), my - (mx * sin(lean) + my * cos(lean))
            ops.append(place(mark, cx - dx, cy - dy, turn=turn, alpha=state.packed, scale=size))
        if gone < 1:
            ops.append(place(circle(7, fill="#fff3bf"), x + px, y + py, alpha=state.packed * (1 - gone)))
    return ops


def _names(spec: CellDivision, context: Context, column: Area) -> list[Element]:
    """The phases one under the other, each lit when it begins, with a rule that leads from one to the next."""
    theme, made = context.theme, list[Element]()
    count = len(spec.phases)
    high = min(104.0, (column.height - 16 * (count - 1)) / count)
    top = column.middle[1] - (count * high + (count - 1) * 16) / 2
    for i, phase in enumerate(spec.phases):
        place_at = Area(column.left, round(top + i * (high + 16)), column.right, round(top + i * (high + 16) + high))
        color, enter = context.tone(_TONES[i % len(_TONES)]), context.at[i]
        ghost = rect(place_at.width - 4, high - 4, radius=22, line=theme.edge, line_width=3)
        made.append(Item(mark=ghost, at=(place_at.left + 2, place_at.top + 2), enter=0.15 + 0.1 * i, how="fade", leave=enter))
        made.append(Item(mark=rect(place_at.width, high, radius=22, fill=color), at=(place_at.left, place_at.top), enter=enter,
                         how="left", calm=context.calm(i), calm_alpha=0.7))  # fmt: skip
        inside = place_at.inset(20, 8)
        made.append(write(phase.label, Style("display", 34, on(color), "center", leading=1.1), inside, on=color, enter=enter,
                          how="left", calm=context.calm(i)))  # fmt: skip
    return made


_SEEN = {
    "interphase": "the DNA in the nucleus is copied",
    "prophase": "the DNA is packed into chromosomes of two copies each, and the nucleus breaks up",
    "metaphase": "the chromosomes line up in the middle, held by fibers from both sides",
    "anaphase": "the copies are pulled apart to both sides",
    "telophase": "a new nucleus forms on each side and the cell gets a waist",
    "cytokinesis": "the cell has split in two",
}


def _describe(spec: CellDivision) -> str:
    told = [f"{phase.label}: {_SEEN[phase.phase]}." for phase in spec.phases]
    return " ".join(["A cell with two pairs of chromosomes goes through its division.", *told])


KIND = Kind(cues=_cues, build=_build, describe=_describe)
