"""An analogy: each part of the idea, an arrow, its counterpart in the student's world; and honestly, where it breaks."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.illustrations import illustration
from vividly.studio.layout import Area
from vividly.studio.marks import Arrow, rect
from vividly.studio.pieces import card, ghost, write
from vividly.studio.scenes.title import floating
from vividly.studio.specs import Mapping
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, measure

_ARROW = 62.0
_SLIP = 62.0


def _cues(spec: Mapping) -> list[str]:
    return [*(p.cue or p.world for p in spec.pairs), *([spec.breaks] if spec.breaks else [])]


def _build(spec: Mapping, context: Context) -> list[Element]:
    area = context.area
    slip = _SLIP + 18 if spec.breaks else 0.0
    body = Area(area.left, area.top, area.right, area.bottom - slip)
    pairs, side = body.columns(0.79, 0.21, gap=34)
    made: list[Element] = []
    for i, row in enumerate(pairs.rows(len(spec.pairs), gap=20, most=124)):
        made += _pair(spec, context, row, i)
    drawing = illustration(spec.interest or context.interest, width=side.width)
    at = (side.middle[0], float(round(side.middle[1])))
    made.append(Item(mark=drawing, at=at, enter=0.1, how="pop", motion=floating, role="solid"))
    if spec.breaks:
        made += _breaks(spec.breaks, context, Area(area.left, area.bottom - _SLIP, area.right, area.bottom))
    return made


def _pair(spec: Mapping, context: Context, row: Area, i: int) -> list[Element]:
    """The ideas are there from the beginning; their counterparts come as they are told."""
    theme, pair, enter, calm = context.theme, spec.pairs[i], context.at[i], context.calm(i)
    free = row.width - _ARROW - 32
    idea = Area(row.left, row.top, row.left + free * 0.40, row.bottom)
    world = Area(row.right - free * 0.60, row.top, row.right, row.bottom)
    fill = theme.tint("main", 0.14)
    early = 0.15 + 0.15 * i
    arrow = Arrow(_ARROW, 0, color=theme.accent, thick=8)
    return [
        *card(idea, theme, enter=early, how="left", fill=fill),
        write(pair.idea, Style("bold", 31, theme.ink, "center", 1.18), idea.inset(18, 10), on=fill, enter=early, how="left"),
        Item(mark=arrow, at=(idea.right + 16, round(row.middle[1])), enter=enter, how="draw", over=0.4, calm=calm),
        ghost(world, theme, enter=early + 0.1, leave=enter + 0.4),
        *card(world, theme, enter=enter + 0.1, how="left", calm=calm),
        write(
            pair.world,
            Style("medium", 34, theme.ink, leading=1.24),
            world.inset(26, 8),
            on=theme.panel,
            enter=enter + 0.1,
            how="left",
            calm=calm,
        ),
    ]


def _breaks(text: str, context: Context, area: Area) -> list[Element]:
    """What the comparison does not carry."""
    theme, enter, color = context.theme, context.at[-1], context.tone("bad")
    style = Style("bold", 22, on(color), "center")
    wide = measure("Where it breaks", style)[0] + 40
    tag = Area(area.left, area.middle[1] - 22, area.left + wide, area.middle[1] + 22)
    words = Area(tag.right + 20, area.top, area.right, area.bottom)
    mark = rect(tag.width, tag.height, radius=22, fill=color)
    return [
        Item(mark=mark, at=(tag.left, round(tag.top)), enter=enter, how="pop"),
        write("Where it breaks", style, tag, on=color, enter=enter, how="pop"),
        write(text, Style("body", 28, theme.ink), words, on=theme.ground, enter=enter + 0.1, how="left", role="text"),
    ]


def _describe(spec: Mapping) -> str:
    told = [f"{p.idea} is like {p.world}." for p in spec.pairs]
    return " ".join([*told, *([f"Where the comparison breaks: {spec.breaks.rstrip('.')}."] if spec.breaks else [])])


KIND = Kind(cues=_cues, build=_build, describe=_describe)
