"""Lines of maths, one out of the other, down a rail; the newest stands in a tinted band, the reason beside it."""

from __future__ import annotations

from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import circle, line, rect
from vividly.studio.maths import set_formula
from vividly.studio.pieces import ghost, write
from vividly.studio.specs import Derivation, MathStep
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_SIZE = 62.0
_TALLEST = 128.0


def cue_of(step: MathStep) -> str:
    """What is said when a step appears."""
    return step.cue or step.note or step.math


def _cues(spec: Derivation) -> list[str]:
    return [cue_of(s) for s in spec.steps]


def common_size(steps: list[MathStep], *, width: float, height: float, largest: float, color: str) -> float:
    """The one letter size at which every line fits."""
    size = largest
    for step in steps:
        free = set_formula(step.math, size=largest, color=color).whole
        size = min(size, largest * min(1.0, width / free.width, height / free.height))
    return float(max(16, int(size)))


def _build(spec: Derivation, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    noted = any(s.note for s in spec.steps)
    rows = area.rows(len(spec.steps), gap=14, most=_TALLEST)
    rail = area.left + 26
    formulas, notes = Area(rail + 40, area.top, area.right, area.bottom).columns(
        *((0.62, 0.38) if noted else (1.0, 0.0001)), gap=28
    )
    size = common_size(spec.steps, width=formulas.width - 48, height=rows[0].height - 8, largest=_SIZE, color=theme.ink)
    made: list[Element] = []
    for i, (step, row) in enumerate(zip(spec.steps, rows, strict=True)):
        enter, calm, y = context.at[i], context.calm(i), round(row.middle[1])
        made.append(
            ghost(Area(formulas.left, row.top, formulas.right, row.bottom), theme, enter=0.05 + 0.1 * i, leave=enter + 0.3)
        )
        if i:
            above = round(rows[i - 1].middle[1])
            pen = line(0, y - above - 34, color=theme.edge, width=4)
            made.append(Item(mark=pen, at=(rail, above + 17), enter=enter - 0.1, how="draw", over=0.3))
        last = i == len(spec.steps) - 1
        band = rect(formulas.width, row.height, radius=18, fill=theme.tint("main", 0.2 if last else 0.1))
        made.append(Item(mark=band, at=(formulas.left, round(row.top)), enter=enter, how="left", calm=calm, calm_alpha=0.3))
        made.append(Item(mark=circle(10 if last else 8, fill=theme.accent), at=(rail, y), enter=enter, how="pop"))
        whole = set_formula(step.math, size=size, color=theme.ink).whole
        at = float(round(formulas.left + 24)), float(round(y - whole.height / 2))
        made.append(Item(mark=whole, at=at, enter=enter + 0.1, how="left", calm=calm, calm_alpha=0.65, role="solid"))
        if step.note:
            beside = Area(notes.left, row.top, notes.right, row.bottom)
            style = Style("body", 30, theme.soft)
            made.append(write(step.note, style, beside, on=theme.ground, enter=enter + 0.25, role="text", calm=calm))
    return made


def _describe(spec: Derivation) -> str:
    lines = [f"Step {i}: {s.math}" + (f" ({s.note})" if s.note else "") + "." for i, s in enumerate(spec.steps, 1)]
    return " ".join(lines)


KIND = Kind(cues=_cues, build=_build, describe=_describe)
