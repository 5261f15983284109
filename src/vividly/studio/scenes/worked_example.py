"""A problem solved: what is given on a slip at the left, the steps one under the other, the answer in a solid box."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import rect
from vividly.studio.maths import set_formula
from vividly.studio.pieces import card, write
from vividly.studio.scenes.derivation import common_size, cue_of
from vividly.studio.specs import WorkedExample
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_ANSWER = 96.0


def _cues(spec: WorkedExample) -> list[str]:
    return [*spec.given, *(cue_of(s) for s in spec.steps), spec.answer]


def _build(spec: WorkedExample, context: Context) -> list[Element]:
    area, count = context.area, len(spec.given)
    if count:
        left, right = area.columns(0.31, 0.69, gap=44)
        made = _given(spec, context, left)
    else:
        right, made = area.inset(90, 0), []
    steps = Area(right.left, right.top, right.right, right.bottom - _ANSWER - 26)
    made += _steps(spec, context, steps, first=count)
    made += _answer(spec, context, Area(right.left, right.bottom - _ANSWER, right.right, right.bottom))
    return made


def _given(spec: WorkedExample, context: Context, area: Area) -> list[Element]:
    """The slip with what is known; its heading is there from the beginning."""
    theme = context.theme
    area = Area(area.left, area.top, area.right, min(area.bottom, area.top + 108 + 112 * len(spec.given)))
    made: list[Element] = [*card(area, theme, enter=0.1, how="left")]
    title = Area(area.left + 30, area.top + 20, area.right - 24, area.top + 66)
    made.append(write("Given", Style("display", 34, theme.accent), title, on=theme.panel, enter=0.2, how="left"))
    below = Area(area.left + 30, title.bottom + 14, area.right - 26, area.bottom - 20)
    high = min(112.0, below.height / max(2, len(spec.given)))
    for i, text in enumerate(spec.given):
        row = Area(below.left, below.top + high * i, below.right, below.top + high * (i + 1) - 8)
        made += _known(text, context, row, enter=context.at[i])
    return made


def _known(text: str, context: Context, row: Area, *, enter: float) -> list[Element]:
    """One known value: its name small above it, where it has one; a thin line over all but the first."""
    theme = context.theme
    rule = rect(row.width, 3, radius=1.5, fill=theme.edge)
    made: list[Element] = [Item(mark=rule, at=(row.left, round(row.top - 2)), enter=enter, how="draw")]
    name, colon, value = text.rpartition(": ")
    if not colon:
        made.append(write(text, Style("bold", 32, theme.ink), row.inset(0, 6), on=theme.panel, enter=enter, how="rise"))
        return made
    share = row.top + 8 + (row.height - 8) * 0.42
    upper, lower = Area(row.left, row.top + 8, row.right, share), Area(row.left, share, row.right, row.bottom)
    made.append(
        write(name, Style("body", 24, theme.soft, leading=1.1), upper, on=theme.panel, enter=enter, how="rise", smallest=14)
    )
    made.append(write(value, Style("bold", 38, theme.ink), lower, on=theme.panel, enter=enter + 0.1, how="rise"))
    return made


def _steps(spec: WorkedExample, context: Context, area: Area, *, first: int) -> list[Element]:
    theme, made = context.theme, list[Element]()
    rows = area.rows(len(spec.steps), gap=16, most=176)
    # Low rows have the reason beside the maths, high ones above it.
    noted, beside = any(s.note for s in spec.steps), rows[0].height < 110
    above = 38.0 if noted and not beside else 0.0
    wide = area.width - 60 if not (noted and beside) else area.width * 0.66
    size = common_size(spec.steps, width=wide, height=rows[0].height - above - 2, largest=64, color=theme.ink)
    for i, (step, row) in enumerate(zip(spec.steps, rows, strict=True)):
        enter, calm = context.at[first + i], context.calm(first + i)
        bar = rect(6, row.height - 12, radius=3, fill=theme.tint("main", 0.45))
        made.append(Item(mark=bar, at=(area.left, round(row.top + 6)), enter=0.2 + 0.1 * i, how="fade"))
        whole = set_formula(step.math, size=size, color=theme.ink).whole
        place = Area(area.left + 22, row.top + above, area.right, row.bottom)
        if step.note:
            left, bottom = (area.left + wide + 40, row.bottom) if beside else (area.left + 30, row.top + above)
            reason = Area(left, row.top + 4, area.right, bottom)
            style = Style("body", 26, theme.soft)
            made.append(write(step.note, style, reason, on=theme.ground, enter=enter, how="fade", role="text", calm=calm))
        at = place.left, float(round(place.middle[1] - whole.height / 2))
        made.append(Item(mark=whole, at=at, enter=enter + 0.1, how="rise", calm=calm, calm_alpha=0.7, role="solid"))
    return made


def _answer(spec: WorkedExample, context: Context, area: Area) -> list[Element]:
    """The result, on the accent color, as wide as it is long."""
    theme, enter = context.theme, context.at[-1]
    ink = on(theme.accent)
    inner = area.inset(34, 8)
    text = write(spec.answer, Style("display", 48, ink), inner, on=theme.accent, enter=enter + 0.1, how="pop")
    wide = max(240.0, text.mark.width + 68)
    return [
        Item(mark=rect(wide, area.height, radius=26, fill=theme.accent), at=(area.left, area.top), enter=enter, how="pop"),
        text,
    ]


def _describe(spec: WorkedExample) -> str:
    told = [f"Given: {'; '.join(spec.given)}."] if spec.given else []
    told += [f"Step {i}: {s.math}." for i, s in enumerate(spec.steps, 1)]
    return " ".join([*told, f"Answer: {spec.answer}."])


KIND = Kind(cues=_cues, build=_build, describe=_describe)
