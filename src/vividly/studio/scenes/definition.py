"""One term and what it means: the term in display letters, underlined by a pen, its meaning large, an example on a slip below."""

from __future__ import annotations

from vividly.studio.colors import on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import polyline, rect
from vividly.studio.pieces import card, write
from vividly.studio.specs import Definition
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, fit, measure

_TERM = 68.0


def _cues(spec: Definition) -> list[str]:
    return [spec.term, spec.meaning, *([spec.example] if spec.example else [])]


def _build(spec: Definition, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    slip = 112.0 if spec.example else 0.0
    panel = Area(area.left, area.top + 6, area.right, area.bottom - (slip + 26 if slip else 20))
    inner = panel.inset(56, 34)
    first = min(context.at[0], 0.8)
    made: list[Element] = [*card(panel, theme, enter=0.0, how="rise", radius=28)]
    made.append(
        Item(mark=rect(12, panel.height - 56, radius=6, fill=theme.accent), at=(panel.left + 22, panel.top + 28), enter=0.1)
    )
    term = fit(spec.term, Style("display", _TERM, theme.accent), width=inner.width, height=90, smallest=36)
    meaning = fit(
        spec.meaning, Style("medium", 44, theme.ink, leading=1.34), width=inner.width, height=inner.height - term.height - 52
    )
    top = round(inner.middle[1] - (term.height + 46 + meaning.height) / 2)
    made.append(Item(mark=term, at=(inner.left, top), enter=first, how="rise", role="label", on=theme.panel))
    wide = term.width
    wave = polyline(
        [(0, 0), (wide * 0.25, -4), (wide * 0.55, 3), (wide * 0.8, -2), (wide, 1)],
        line=theme.tint("main", 0.55),
        line_width=7,
        smooth=True,
    )
    at = inner.left, top + term.height + 10
    made.append(Item(mark=wave, at=at, enter=first + 0.3, how="draw", over=0.7))
    when = max(first + 0.7, context.at[1])
    at = inner.left, top + term.height + 46
    made.append(Item(mark=meaning, at=at, enter=when, how="fade", over=0.6, role="label", on=theme.panel))
    if spec.example:
        made += _example(spec.example, context, Area(area.left, area.bottom - slip, area.right, area.bottom))
    return made


def _example(text: str, context: Context, area: Area) -> list[Element]:
    theme, enter = context.theme, context.at[2]
    tag = Style("bold", 22, on(theme.tone("second")))
    wide = measure("Example", tag)[0] + 44
    label = Area(area.left, area.middle[1] - 23, area.left + wide, area.middle[1] + 23)
    body = Area(label.right + 24, area.top, area.right, area.bottom)
    centered = Style("bold", 22, on(theme.tone("second")), "center")
    return [
        Item(
            mark=rect(label.width, label.height, radius=23, fill=theme.tone("second")),
            at=(label.left, label.top),
            enter=enter,
            how="pop",
        ),
        write("Example", centered, label, on=theme.tone("second"), enter=enter, how="pop"),
        write(text, Style("body", 33, theme.ink), body, on=theme.ground, enter=enter, how="left", role="text"),
    ]


def _describe(spec: Definition) -> str:
    told = f"{spec.term}: {spec.meaning.rstrip('.')}."
    return told + (f" Example: {spec.example.rstrip('.')}." if spec.example else "")


KIND = Kind(cues=_cues, build=_build, describe=_describe)
