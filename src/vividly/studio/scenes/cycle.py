"""A round of stages without an end: cards on an oval, joined by curved arrows that follow the words around it."""

from __future__ import annotations

from math import cos, pi, sin

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import Point, polyline, rect
from vividly.studio.pieces import card, ghost, write
from vividly.studio.specs import Cycle, Stage, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_TONES: tuple[Tone, ...] = ("main", "second", "third", "warm", "cool", "good")
_HEAD = 17.0


def _cues(spec: Cycle) -> list[str]:
    return [stage.cue or stage.label for stage in spec.stages]


def _build(spec: Cycle, context: Context) -> list[Element]:
    count = len(spec.stages)
    wide, high = (272.0, 124.0) if count < 6 else (250.0, 112.0)
    rx, ry = context.area.width / 2 - wide / 2 - (30 if count > 3 else 110), context.area.height / 2 - high / 2 - 6
    angles = [-pi / 2 + 2 * pi * i / count for i in range(count)]
    middles = [_on(context.area.middle, rx, ry, angle) for angle in angles]
    places = [Area(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2) for x, y in middles]
    made: list[Element] = []
    for i in range(count):
        # The way from the last stage back to the first one closes the round.
        enter = context.at[i + 1] - 0.35 if i + 1 < count else context.at[-1] + 0.7
        made += _way(context, rx, ry, angles[i], angles[i] + 2 * pi / count, places[i], places[(i + 1) % count], enter)
    for i, (stage, place) in enumerate(zip(spec.stages, places, strict=True)):
        made.append(ghost(place, context.theme, leave=context.at[i]))
        made += _card(stage, place, context, number=i)
    if spec.center:
        x, y = context.area.middle
        inner = Area(x - rx * 0.42, y - 50, x + rx * 0.42, y + 50)
        style = Style("display", 40, context.theme.accent, "center", leading=1.1)
        made.append(write(spec.center, style, inner, on=context.theme.ground, enter=0.3, how="grow", role="text"))
    return made


def _on(middle: Point, rx: float, ry: float, angle: float) -> Point:
    return middle[0] + rx * cos(angle), middle[1] + ry * sin(angle)


def _way(
    context: Context, rx: float, ry: float, start: float, end: float, before: Area, after: Area, enter: float
) -> list[Element]:
    """The part of the oval between two cards, with an arrow head where it arrives."""
    steps = [start + (end - start) * i / 60 for i in range(61)]
    points = [_on(context.area.middle, rx, ry, angle) for angle in steps]
    free = [p for p in points if not (_inside(p, before, 12) or _inside(p, after, 16))]
    if len(free) < 6:
        return []
    color = context.theme.soft
    line = polyline([(x - free[0][0], y - free[0][1]) for x, y in free], line=color, line_width=7, smooth=True)
    made: list[Element] = [Item(mark=line, at=free[0], enter=enter, how="draw", over=0.5)]
    (ax, ay), (bx, by) = free[-4], free[-1]
    long = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 or 1.0
    ux, uy = (bx - ax) / long, (by - ay) / long
    tip = ux * _HEAD, uy * _HEAD
    head = polyline(
        [tip, (-uy * _HEAD * 0.75, ux * _HEAD * 0.75), (uy * _HEAD * 0.75, -ux * _HEAD * 0.75)], fill=color, closed=True
    )
    made.append(Item(mark=head, at=(bx, by), enter=enter + 0.4, how="pop", over=0.25))
    return made


def _inside(point: Point, area: Area, margin: float) -> bool:
    x, y = point
    return area.left - margin < x < area.right + margin and area.top - margin < y < area.bottom + margin


def _card(stage: Stage, place: Area, context: Context, *, number: int) -> list[Element]:
    theme, calm, enter = context.theme, context.calm(number), context.at[number]
    color = context.tone(_TONES[number % len(_TONES)])
    made = card(place, theme, enter=enter, how="pop", calm=calm)
    head = place.height if not stage.note else place.height * 0.54
    mark = rect(place.width, head, radius=20, fill=color)
    made.append(Item(mark=mark, at=(round(place.left), round(place.top)), enter=enter, how="pop", calm=calm))
    label = Area(place.left + 12, place.top + 6, place.right - 12, place.top + head - 6)
    style = Style("display", 31, on(color), "center", leading=1.08)
    made.append(write(stage.label, style, label, on=color, enter=enter, how="pop", calm=calm))
    if stage.note:
        below = Area(place.left + 10, place.top + head + 3, place.right - 10, place.bottom - 5)
        note = Style("medium", 23, theme.ink, "center", leading=1.12)
        made.append(write(stage.note, note, below, on=theme.panel, enter=enter + 0.1, how="fade", calm=calm, smallest=15))
    return made


def _describe(spec: Cycle) -> str:
    told = [f"{stage.label} ({stage.note})" if stage.note else stage.label for stage in spec.stages]
    about = f"A cycle around the words {spec.center}" if spec.center else "A cycle"
    return f"{about}: {', then '.join(told)}, and back to the start."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
