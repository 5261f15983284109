"""A question and its choices; the right one lights up at the end, when the narrator gives it away."""

from __future__ import annotations

from math import inf

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import circle, polyline, rect
from vividly.studio.pieces import card, write
from vividly.studio.specs import QuizCard
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_BADGE = 25.0


def _cues(spec: QuizCard) -> list[str]:
    return [*spec.options, f"answer {spec.options[_right(spec)]}"]


def _right(spec: QuizCard) -> int:
    return min(spec.answer, len(spec.options) - 1)


def _build(spec: QuizCard, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    question = Area(area.left, area.top, area.right, area.top + 132)
    made: list[Element] = [
        write(spec.question, Style("medium", 42, theme.ink), question, on=theme.ground, enter=0.15, how="rise", role="text")
    ]
    below = Area(area.left, question.bottom + 22, area.right, area.bottom)
    grid = len(spec.options) == 4 and max(len(o) for o in spec.options) <= 40
    if grid:
        places = [c for r in below.rows(2, gap=24, most=138) for c in r.columns(1, 1, gap=28)]
    else:
        places = below.rows(len(spec.options), gap=18, most=104)
    # Someone who thinks along needs all choices soon, and the answer late.
    reveal = max(context.at[-1], context.seconds * 0.6)
    for i, place in enumerate(places):
        made += _option(spec, context, place, i, reveal=reveal)
    return made


def _option(spec: QuizCard, context: Context, place: Area, i: int, *, reveal: float) -> list[Element]:
    theme, right = context.theme, i == _right(spec)
    enter = min(context.at[i], 1.0 + 0.5 * i)
    calm = () if right else ((reveal, inf),)
    good = context.tone("good")
    made: list[Element] = [*card(place, theme, enter=enter, how="rise", calm=calm)]
    badge = (place.left + 52, float(round(place.middle[1])))
    box = Area(badge[0] - _BADGE, badge[1] - _BADGE, badge[0] + _BADGE, badge[1] + _BADGE)
    if right:
        frame = rect(place.width, place.height, radius=20, fill=theme.tint("good", 0.12), line=good, line_width=5)
        made.append(Item(mark=frame, at=(place.left, round(place.top)), enter=reveal, how="fade"))
    made.append(Item(mark=circle(_BADGE, fill=theme.tint("main", 0.2)), at=badge, enter=enter, how="pop", calm=calm))
    letter = Style("display", 27, theme.ink, "center")
    fill = theme.tint("main", 0.2)
    made.append(write("ABCD"[i], letter, box, on=fill, enter=enter, how="pop", calm=calm, leave=reveal if right else inf))
    if right:
        tick = polyline([(-11, 1), (-3, 9), (12, -10)], line=on(good), line_width=7)
        made.append(Item(mark=circle(_BADGE, fill=good), at=badge, enter=reveal, how="pop"))
        made.append(Item(mark=tick, at=badge, enter=reveal + 0.2, how="draw", over=0.3))
    words = Area(place.left + 98, place.top + 8, place.right - 24, place.bottom - 8)
    on_color = theme.panel
    made.append(write(spec.options[i], Style("medium", 34, theme.ink), words, on=on_color, enter=enter, how="rise", calm=calm))
    return made


def _describe(spec: QuizCard) -> str:
    options = " ".join(f"{'ABCD'[i]}: {o.rstrip('.')}." for i, o in enumerate(spec.options))
    return f"Question: {spec.question} {options} The answer is {'ABCD'[_right(spec)]}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
