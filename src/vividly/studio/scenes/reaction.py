"""A reaction in balls and formulas: what goes in appears as it is named, then the very same atoms fly over and join anew."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import ceil, cos, hypot, pi, sin

from vividly.studio.colors import mix, on
from vividly.studio.elements import Element, Item, Live, Op, Placed, ease_both, overshoot, place
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, Point, circle, rect
from vividly.studio.maths import fit_formula
from vividly.studio.pieces import write
from vividly.studio.specs import Reaction, Substance
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, Words

_ARROW, _PLUS = 178.0, 40.0
_FLY, _POP = 1.3, 0.4  # seconds
_LARGEST, _LETTERED = 46.0, 15.0  # pixels: radius of an atom, and from which on its letter fits in it
_COLORS = {
    "H": "#f1f3f5", "C": "#495057", "O": "#e03131", "N": "#4263eb", "Cl": "#37b24d", "Na": "#9c36b5", "S": "#fcc419",
    "Ca": "#82c91e", "Mg": "#20c997", "K": "#7048e8", "Fe": "#d9480f", "P": "#f76707", "Cu": "#e8875a", "Zn": "#748ffc",
    "F": "#94d82d", "Br": "#a61e4d", "I": "#862e9c", "Al": "#adb5bd", "Ag": "#ced4da", "Li": "#f783ac",
}  # fmt: skip
_RADII = {"H": 0.72, "C": 1.0, "O": 0.95, "N": 0.96, "Na": 1.16, "Cl": 1.12, "K": 1.2, "Ca": 1.2}

Molecule = list[tuple[str, float, float]]  # element and its place, in radii of a carbon atom


@dataclass(frozen=True, slots=True)
class _Atom:
    element: str
    at: Point
    radius: float
    substance: int  # counted through both sides


def _cues(spec: Reaction) -> list[str]:
    return [part.cue or part.label or part.formula for part in [*spec.left, *spec.right]]


def _atoms_of(formula: str) -> list[str]:
    """The elements of a formula one by one, in the order in which it names them: CO2 gives C, O, O."""
    return [element for element, count in _counted(formula) for _ in range(count)]


def _counted(formula: str) -> list[tuple[str, int]]:
    stack: list[list[tuple[str, int]]] = [[]]
    for element, opened, closed, digits in re.findall(r"([A-Z][a-z]?)|(\()|(\))|(\d+)", formula.partition("^")[0]):
        if element:
            stack[-1].append((element, 1))
        elif opened:
            stack.append([])
        elif closed and len(stack) > 1:
            inner = stack.pop()
            stack[-1].append(("", 0))  # where a group ends, its number multiplies all of it
            stack[-1] += inner
            stack[-1].append(("(", len(inner)))
        elif digits and stack[-1]:
            name, size = stack[-1][-1]
            if name == "(":
                group = [(e, n * int(digits)) for e, n in stack[-1][-1 - size : -1]]
                stack[-1][-1 - size :] = group
            else:
                stack[-1][-1] = (name, int(digits))
    return [(element, count) for element, count in stack[0] if element not in {"", "("}]


def _typeset(part: Substance) -> str:
    """The formula as typst maths, with its number before it."""
    told = re.sub(r"(?<=[A-Za-z)])(\d+)", r"_\1", part.formula)
    told = re.sub(r"[A-Z][a-z]?", lambda m: f'"{m[0]}"', told)
    return f"{part.count} thin {told}" if part.count > 1 else told


def _molecule(formula: str) -> Molecule:
    """Where the atoms of one molecule lie: known shapes for the small ones, a cluster for the rest."""
    atoms = _atoms_of(formula)
    shape = Counter(atoms)
    if len(atoms) == 1:
        return [(atoms[0], 0.0, 0.0)]
    if len(atoms) == 2:
        return [(atoms[0], -0.92, 0.0), (atoms[1], 0.92, 0.0)]
    if shape == {"C": 6, "H": 12, "O": 6}:
        return _ring()
    bonded = [e for e in shape if shape[e] == 1 and e != "H"]
    if len(shape) == 2 and bonded:
        return _around(bonded[0], next(e for e in shape if e != bonded[0]), len(atoms) - 1)
    if len(atoms) == 3:
        return [(e, (i - 1) * 1.55, 0.0) for i, e in enumerate(atoms)]
    heavy = sorted(atoms, key=lambda e: -_RADII.get(e, 1.05))
    return [
        (e, 1.32 * (k + 0.15) ** 0.5 * cos(2.39996 * k), 1.32 * (k + 0.15) ** 0.5 * sin(2.39996 * k))
        for k, e in enumerate(heavy)
    ]


def _around(middle: str, outer: str, count: int) -> Molecule:
    """One atom with others round it; two stand opposite each other, or bent as in water."""
    bent = middle in {"O", "S"} and outer == "H"
    turns = (
        [pi / 2 - 0.91, pi / 2 + 0.91]
        if bent and count == 2
        else [pi * (2 * k / count) + (pi / 4 if count == 4 else pi / 2 if count == 3 else 0) for k in range(count)]
    )
    return [(middle, 0.0, 0.0), *((outer, 1.34 * cos(a), 1.34 * sin(a)) for a in turns)]


def _ring() -> Molecule:
    made: Molecule = []
    for k in range(6):
        angle = pi / 3 * k
        made.append(("C", 1.75 * cos(angle), 1.75 * sin(angle)))
        made.append(("O", 3.35 * cos(angle), 3.35 * sin(angle)))
        made += [("H", 4.0 * cos(angle + s * 0.42), 4.0 * sin(angle + s * 0.42)) for s in (-1, 1)]
    return made


def _columns(spec: Reaction, area: Area) -> list[Area]:
    """A column for each substance; between the sides the arrow, between neighbors a plus."""
    count = len(spec.left) + len(spec.right)
    free = area.width - _ARROW - _PLUS * (count - 2)
    wide, x, found = free / count, area.left, list[Area]()
    for i in range(count):
        found.append(Area(x, area.top, x + wide, area.bottom))
        x += wide + (_ARROW if i == len(spec.left) - 1 else _PLUS)
    return found


def _placed(part: Substance, room: Area, number: int) -> list[_Atom]:
    """All molecules of a substance in rows, as large as the room allows."""
    shape = _molecule(part.formula)
    if not shape:
        return []
    reach = [(_RADII.get(e, 1.05), x, y) for e, x, y in shape]
    left, right = min(x - r for r, x, _ in reach), max(x + r for r, x, _ in reach)
    top, bottom = min(y - r for r, _, y in reach), max(y + r for r, _, y in reach)
    wide, high = right - left + 0.55, bottom - top + 0.55
    best, rows = 0.0, 1
    for tried in range(1, part.count + 1):
        unit = min(room.width / (wide * ceil(part.count / tried)), room.height / (high * tried), _LARGEST)
        if unit > best + 1e-6:
            best, rows = unit, tried
    across = ceil(part.count / rows)
    found = []
    for k in range(part.count):
        row, column = divmod(k, across)
        here = min(across, part.count - row * across)
        x0 = room.middle[0] + (column - (here - 1) / 2) * wide * best
        y0 = room.middle[1] + (row - (ceil(part.count / across) - 1) / 2) * high * best
        for element, x, y in shape:
            at = x0 + (x - (left + right) / 2) * best, y0 + (y - (top + bottom) / 2) * best
            found.append(_Atom(element, at, _RADII.get(element, 1.05) * best, number))
    return found


def _build(spec: Reaction, context: Context) -> list[Element]:
    area, theme = context.area, context.theme
    columns = _columns(spec, Area(area.left, area.top, area.right, area.bottom - 54))
    parts = [*spec.left, *spec.right]
    rooms = [Area(c.left, c.top + 6, c.right, c.bottom - 136) for c in columns]
    atoms = [_placed(part, room.inset(20, 12), i) for i, (part, room) in enumerate(zip(parts, rooms, strict=True))]
    made: list[Element] = []
    for i, column in enumerate(columns):
        made += _named(parts[i], column, context, number=i)
        if i and i != len(spec.left):
            x = (columns[i - 1].right + column.left) / 2
            made += _plus(x, rooms[0].middle[1], context, enter=context.at[i])
    made += _arrow(spec, columns, rooms[0].middle[1], context)
    count = len(spec.left)
    before = [atom for found in atoms[:count] for atom in found]
    after = [atom for found in atoms[count:] for atom in found]
    made.append(_flight(before, after, context, area))
    if Counter(a.element for a in before) == Counter(a.element for a in after) and before:
        made += _balance(before, context, Area(area.left, area.bottom - 44, area.right, area.bottom))
    for room in rooms:  # somewhere for the eye to wait before anything is named
        shade = rect(room.width - 16, room.height, radius=26, fill=mix(theme.ground, theme.panel, 0.75))
        made.insert(0, Item(mark=shade, at=(room.left + 8, room.top), enter=0.1, how="fade"))
    return made


def _named(part: Substance, column: Area, context: Context, *, number: int) -> list[Element]:
    theme, enter, calm = context.theme, context.at[number], context.calm(number)
    typed = fit_formula(_typeset(part), size=52, color=theme.ink, width=column.width, height=86)
    x = round(column.middle[0] - typed.whole.width / 2)
    y = round(column.bottom - 88 - typed.whole.height / 2)
    made: list[Element] = [Item(mark=typed.whole, at=(x, y), enter=enter, how="rise", calm=calm)]
    if part.label:
        below = Area(column.left, column.bottom - 46, column.right, column.bottom - 4)
        style = Style("bold", 28, theme.soft, "center")
        made.append(write(part.label, style, below, on=theme.ground, enter=enter + 0.15, calm=calm, role="text"))
    return made


def _plus(x: float, y: float, context: Context, *, enter: float) -> list[Element]:
    color = context.theme.ink
    return [
        Item(mark=rect(30, 7, radius=3.5, fill=color), at=(round(x) - 15, round(y) - 3.5), enter=enter, how="pop"),
        Item(mark=rect(7, 30, radius=3.5, fill=color), at=(round(x) - 3.5, round(y) - 15), enter=enter, how="pop"),
    ]


def _arrow(spec: Reaction, columns: list[Area], y: float, context: Context) -> list[Element]:
    theme, count = context.theme, len(spec.left)
    left, right = columns[count - 1].right + 14, columns[count].left - 14
    enter = min(context.at[count - 1] + 0.6, context.at[count])
    color = context.tone("main")
    made: list[Element] = []
    if spec.reversible:
        there, back = Arrow(right - left, 0, color=color, thick=10), Arrow(left - right, 0, color=color, thick=10)
        made.append(Item(mark=there, at=(left, y - 16), enter=enter, how="draw", over=0.5))
        made.append(Item(mark=back, at=(right, y + 16), enter=enter + 0.3, how="draw", over=0.5))
    else:
        made.append(Item(mark=Arrow(right - left, 0, color=color, thick=13), at=(left, y), enter=enter, how="draw", over=0.5))
    if spec.over_arrow:
        above = Area(left - 6, y - 86, right + 6, y - (34 if spec.reversible else 22))
        style = Style("display", 34, color, "center", leading=1.05)
        made.append(
            write(spec.over_arrow, style, above, on=theme.ground, enter=enter + 0.2, level="bottom", smallest=15, role="text")
        )
    return made


def _flight(before: list[_Atom], after: list[_Atom], context: Context, area: Area) -> Live:
    """Every atom: those of the left pop up; those of the right set out from their place on the left."""
    waiting: dict[str, list[_Atom]] = {}
    for atom in before:
        waiting.setdefault(atom.element, []).append(atom)
    sources = [waiting[a.element].pop(0) if waiting.get(a.element) else None for a in after]
    leaves: dict[int, float] = {}
    starts = []
    for rank, (atom, source) in enumerate(zip(after, sources, strict=True)):
        start = context.at[atom.substance] + 0.35 * rank / max(1, len(after))
        starts.append(start)
        if source:
            leaves[id(source)] = start

    def draw(t: float) -> tuple[Op, ...]:
        ops: list[Op] = []
        for atom in before:
            since = (t - context.at[atom.substance]) / _POP
            if since > 0:
                gone = min(1.0, max(0.0, (t - leaves.get(id(atom), 1e9)) / 0.4))
                ops += _ball(
                    atom, atom.at, 0.4 + 0.6 * overshoot(min(1.0, since)), alpha=(1 - 0.68 * gone) * min(1.0, since * 2)
                )
        for atom, source, start in zip(after, sources, starts, strict=True):
            if t < start:
                continue
            share = ease_both(min(1.0, (t - start) / _FLY))
            if source is None:
                ops += _ball(atom, atom.at, 1.0, alpha=share)
                continue
            (ax, ay), (bx, by) = source.at, atom.at
            rise = min(90.0, hypot(bx - ax, by - ay) * 0.16) * sin(pi * share)
            size = (source.radius + (atom.radius - source.radius) * share) / atom.radius
            ops += _ball(atom, (ax + (bx - ax) * share, ay + (by - ay) * share - rise), size, alpha=1.0)
        return tuple(ops)

    rests = max([*(s + _FLY for s in starts), *(t + _POP for t in context.at)])
    reach = max((a.at[0] + a.radius for a in [*before, *after]), default=area.right)
    first = min((a.at[0] - a.radius for a in [*before, *after]), default=area.left)
    box = Placed(rect(reach - first, 10), (first, area.top, reach, area.bottom), "figure", "", 0.0, 1e9)
    return Live(draw=draw, enter=0.0, rests_at=rests, boxes=(box,))


def _ball(atom: _Atom, at: Point, scale: float, *, alpha: float) -> list[Op]:
    color, radius = _COLORS.get(atom.element, "#868e96"), round(atom.radius, 1)
    mark = circle(radius, fill=color, line=mix(color, "#000000", 0.3), line_width=max(1.5, radius * 0.09))
    ops = [place(mark, *at, scale=scale, alpha=alpha)]
    if radius >= _LETTERED:
        letter = Words(atom.element, Style("bold", round(radius * 0.95), on(color)))
        ops.append(place(letter, at[0] - letter.width / 2, at[1] - letter.height / 2, scale=scale, alpha=alpha))
    return ops


def _balance(atoms: list[_Atom], context: Context, row: Area) -> list[Element]:
    """What the reader should see: no atom is lost and none is new."""
    theme = context.theme
    enter = min(max(context.at) + _FLY + 0.5, max(context.at[-1] + 0.4, context.seconds - 1.6))
    told = Counter(atom.element for atom in atoms)
    names = " · ".join(f"{count} {element}" for element, count in told.items())
    style = Style("medium", 29, theme.ink, "center")
    return [write(f"the same atoms before and after:  {names}", style, row, on=theme.ground, enter=enter, role="text")]


def _describe(spec: Reaction) -> str:
    def side(parts: list[Substance]) -> str:
        return " and ".join(f"{p.count} {p.formula}{f' ({p.label})' if p.label else ''}" for p in parts)

    way = "react, in both directions, to" if spec.reversible else "become"
    under = f" under {spec.over_arrow}" if spec.over_arrow else ""
    return f"A reaction drawn with balls for atoms: {side(spec.left)} {way} {side(spec.right)}{under}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
