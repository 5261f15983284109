"""Events along a line, in order, each dropped onto it when it is named; labels in turn above and below."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import circle, line
from vividly.studio.pieces import pill, write
from vividly.studio.specs import Timeline
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style


def _cues(spec: Timeline) -> list[str]:
    return [event.cue or event.label for event in spec.events]


def _build(spec: Timeline, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    y = round(area.middle[1])
    made: list[Element] = [
        Item(mark=line(area.width, 0, color=theme.soft, width=6), at=(area.left, y), enter=0.1, how="draw", over=0.8)
    ]
    columns = area.columns(*[1] * len(spec.events), gap=10)
    for i, (event, column) in enumerate(zip(spec.events, columns, strict=True)):
        enter, calm, x = context.at[i], context.calm(i), round(column.middle[0])
        made.append(Item(mark=circle(15, fill=theme.accent), at=(x, y), enter=enter, how="pop", calm=calm))
        above = i % 2 == 0
        wide = min(column.width * 1.7, 340.0) / 2
        left, right = max(area.left, x - wide), min(area.right, x + wide)
        label = Area(left, y - 190, right, y - 84) if above else Area(left, y + 84, right, y + 190)
        made += pill(
            event.when,
            Style("bold", 25, on(theme.accent)),
            (x, y - 52 if above else y + 52),
            fill=theme.accent,
            enter=enter,
            calm=calm,
        )
        style = Style("medium", 29, theme.ink, "center", leading=1.15)
        made.append(
            write(
                event.label,
                style,
                label,
                on=theme.ground,
                level="bottom" if above else "top",
                enter=enter + 0.1,
                how="rise",
                role="text",
                calm=calm,
            )
        )
    return made


def _describe(spec: Timeline) -> str:
    return f"A timeline: {'; '.join(f'{event.when}, {event.label}' for event in spec.events)}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
