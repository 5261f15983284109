"""Two to four sentences worth keeping, each on a card that comes when it is said; the interest's drawing keeps them company."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.illustrations import illustration
from vividly.studio.layout import Area
from vividly.studio.marks import circle
from vividly.studio.pieces import card, ghost, write
from vividly.studio.scenes.title import floating
from vividly.studio.specs import KeyPoints
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_BADGE = 30.0


def _cues(spec: KeyPoints) -> list[str]:
    return [p.cue or p.text for p in spec.points]


def _build(spec: KeyPoints, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    left, right = area.columns(0.77, 0.23, gap=36)
    made: list[Element] = []
    for i, (point, row) in enumerate(zip(spec.points, left.rows(len(spec.points), gap=20, most=136), strict=True)):
        enter, calm = context.at[i], context.calm(i)
        made.append(ghost(row, theme, enter=0.05 + 0.1 * i, leave=enter + 0.3))
        made += card(row, theme, enter=enter, how="left", calm=calm)
        badge = (row.left + 54.0, float(round(row.middle[1])))
        made.append(Item(mark=circle(_BADGE, fill=theme.accent), at=badge, enter=enter + 0.1, how="pop", calm=calm))
        box = Area(badge[0] - _BADGE, badge[1] - _BADGE, badge[0] + _BADGE, badge[1] + _BADGE)
        number = Style("display", 32, on(theme.accent), "center")
        made.append(write(str(i + 1), number, box, on=theme.accent, enter=enter + 0.1, how="pop", calm=calm))
        text = Area(row.left + 108, row.top + 10, row.right - 28, row.bottom - 10)
        made.append(write(point.text, Style("medium", 35, theme.ink), text, on=theme.panel, enter=enter, how="left", calm=calm))
    drawing = illustration(context.interest, width=right.width)
    at = (right.middle[0], float(round(right.middle[1])))
    made.append(Item(mark=drawing, at=at, enter=0.1, how="pop", motion=floating, role="solid"))
    return made


def _describe(spec: KeyPoints) -> str:
    return "Key points: " + " ".join(f"{i}. {p.text.rstrip('.')}." for i, p in enumerate(spec.points, 1))


KIND = Kind(cues=_cues, build=_build, describe=_describe)
