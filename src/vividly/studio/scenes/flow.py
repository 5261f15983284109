"""What leads to what: a row of cards, each named as it is spoken of, with arrows growing from one to the next."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, rect
from vividly.studio.pieces import card, ghost, write
from vividly.studio.specs import Flow, Stage, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_GAP = 64.0
_TONES: tuple[Tone, ...] = ("main", "second", "third", "warm", "cool")


def _cues(spec: Flow) -> list[str]:
    return [stage.cue or stage.label for stage in spec.stages]


def _build(spec: Flow, context: Context) -> list[Element]:
    count = len(spec.stages)
    gap = _GAP if count < 5 else 44.0
    high = 250.0 if any(stage.note for stage in spec.stages) else 200.0
    area = context.area
    top = area.middle[1] - high / 2
    row = Area(area.left, top, area.right, top + high)
    places = row.columns(*[1] * count, gap=gap)
    made: list[Element] = []
    for i, (stage, place) in enumerate(zip(spec.stages, places, strict=True)):
        enter = context.at[i]
        made.append(ghost(place, context.theme, leave=enter))
        made += _card(stage, place, context, number=i, enter=enter)
        if i:
            made.append(_arrow(places[i - 1], place, context, enter=max(0.0, enter - 0.3)))
    return made


def _card(stage: Stage, place: Area, context: Context, *, number: int, enter: float) -> list[Element]:
    theme, calm = context.theme, context.calm(number)
    color = context.tone(_TONES[number % len(_TONES)])
    head = place.height if not stage.note else place.height * 0.54
    made = card(place, theme, enter=enter, how="rise", calm=calm)
    band = rect(place.width, head, radius=20, fill=color)
    made.append(Item(mark=band, at=(place.left, place.top), enter=enter, how="rise", calm=calm))
    label = Area(place.left + 14, place.top + 10, place.right - 14, place.top + head - 10)
    style = Style("display", 36, on(color), "center", leading=1.1)
    made.append(write(stage.label, style, label, on=color, enter=enter, how="rise", calm=calm))
    if stage.note:
        below = Area(place.left + 14, place.top + head + 8, place.right - 14, place.bottom - 10)
        note = Style("medium", 27, theme.ink, "center", leading=1.18)
        made.append(write(stage.note, note, below, on=theme.panel, enter=enter + 0.15, how="fade", calm=calm))
    return made


def _arrow(before: Area, after: Area, context: Context, *, enter: float) -> Item:
    start, end = before.right + 8, after.left - 8
    mark = Arrow(end - start, 0, color=context.theme.soft, thick=8)
    return Item(mark=mark, at=(start, before.middle[1]), enter=enter, how="draw", over=0.4)


def _describe(spec: Flow) -> str:
    told = [f"{stage.label} ({stage.note})" if stage.note else stage.label for stage in spec.stages]
    return f"Boxes joined by arrows, from left to right: {'; then '.join(told)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
