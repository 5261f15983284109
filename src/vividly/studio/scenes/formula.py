"""A formula whose parts light up as they are named, each with a pen line to a chip that says what it is and its unit."""

from __future__ import annotations

from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.maths import SetFormula, fit_formula, set_formula
from vividly.studio.pieces import Level, card, connector, write
from vividly.studio.specs import Formula, Tone
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style

_TONES: tuple[Tone, ...] = ("main", "second", "third", "cool", "warm")
_CHIP = 136.0
_WIDE = 300.0  # pixels: a narrower chip has its name below the symbol


def _cues(spec: Formula) -> list[str]:
    return [p.cue or p.name for p in spec.parts]


def _build(spec: Formula, context: Context) -> list[Element]:
    theme, area = context.theme, context.area
    colors = tuple(context.tone(_TONES[i % len(_TONES)]) for i in range(len(spec.parts)))
    note = 52.0 if spec.note else 0.0
    chips = Area(area.left, area.bottom - _CHIP - note, area.right, area.bottom - note)
    room = Area(area.left, area.top, area.right, chips.top - 70)
    symbols = tuple(p.symbol for p in spec.parts)
    made_of = fit_formula(
        spec.math, size=128, color=theme.ink, width=room.width - 80, height=room.height, symbols=symbols, colors=colors
    )
    at = room.centered(made_of.whole.width, made_of.whole.height)
    made: list[Element] = [Item(mark=made_of.whole, at=at, enter=0.15, how="grow", over=0.6, role="solid")]
    order = _from_left(made_of)
    places = dict(zip(order, chips.columns(*[1.0] * len(order), gap=22), strict=True))
    for i in order:
        made += _lit(made_of, i, at, enter=context.at[i])
        made += _chip(spec, i, _narrow(places[i], len(order)), context, color=colors[i])
        box = made_of.boxes[i]
        if box and made_of.free[i]:  # a line through the rest of the formula would cross it out; the color is enough
            chip = _narrow(places[i], len(order))
            made.append(_line((at[0] + (box[0] + box[2]) / 2, at[1] + box[3]), chip, color=colors[i], enter=context.at[i]))
    if spec.note:
        below = Area(area.left, area.bottom - note + 10, area.right, area.bottom)
        late = max(context.at) + 0.8
        made.append(write(spec.note, Style("body", 29, theme.soft, "center"), below, on=theme.ground, enter=late, role="text"))
    return made


def _from_left(formula: SetFormula) -> list[int]:
    """Parts in the order of their symbols, so that the lines to their chips do not cross."""
    return sorted(range(len(formula.boxes)), key=lambda i: (formula.boxes[i] or (1e6, 0, 0, 0))[0])


def _narrow(place: Area, count: int) -> Area:
    """A chip is no wider than it needs to be."""
    wide = min(place.width, 350.0 if count <= 3 else place.width)
    return Area(place.middle[0] - wide / 2, place.top, place.middle[0] + wide / 2, place.bottom)


def _lit(formula: SetFormula, i: int, at: tuple[float, float], *, enter: float) -> list[Element]:
    """The symbol in its color over the same symbol in ink, with a swell."""
    part = formula.parts[i]
    return [Item(mark=part, at=at, enter=enter, how="fade", over=0.3, role="figure")] if part else []


def _chip(spec: Formula, i: int, place: Area, context: Context, *, color: str) -> list[Element]:
    """Symbol, name and unit of one part on a card: side by side, or the name below when the chip is narrow."""
    theme, part, enter = context.theme, spec.parts[i], context.at[i]
    made: list[Element] = [*card(place, theme, enter=enter, how="rise", line=color)]
    wordy = set_formula(part.symbol, size=36, color=color).whole.width > 96
    narrow = wordy or place.width < _WIDE
    if narrow:
        reach = place.width * (0.62 if part.unit else 0.9) if wordy else 78.0
        symbol = Area(place.left + 10, place.top + 10, place.left + 10 + reach, place.top + 62)
        unit = Area(symbol.right + 6, place.top + 12, place.right - 14, place.top + 60)
        name = Area(place.left + 14, place.top + 58, place.right - 12, place.bottom - 8)
    else:
        symbol = Area(place.left + 10, place.top, place.left + 96, place.bottom)
        name = Area(symbol.right + 6, place.top + 10, place.right - 10, place.middle[1] + (5 if part.unit else 56))
        unit = Area(name.left, name.bottom + 2, name.right, place.bottom - 6)
    small = fit_formula(part.symbol, size=44, color=color, width=symbol.width, height=symbol.height).whole
    at = symbol.centered(small.width, small.height) if not wordy else (symbol.left, symbol.centered(0, small.height)[1])
    made.append(Item(mark=small, at=at, enter=enter + 0.1, how="rise"))
    style = Style("bold", 30, theme.ink, leading=1.12)
    level: Level = "middle" if narrow else "bottom" if part.unit else "middle"
    made.append(write(part.name, style, name, on=theme.panel, enter=enter + 0.1, how="rise", level=level, smallest=15))
    if part.unit:
        style = Style("body", 24, theme.soft, "right" if narrow else "left")
        level = "middle" if narrow else "top"
        words = write(f"in {part.unit}", style, unit, on=theme.panel, enter=enter + 0.2, how="rise", level=level, smallest=13)
        made.append(words)
    return made


def _line(start: tuple[float, float], chip: Area, *, color: str, enter: float) -> Item:
    """From under the symbol to the top of its chip, in one soft bend."""
    end = (chip.middle[0], chip.top - 6)
    x, y = start[0], start[1] + 12
    half = (y + end[1]) / 2
    points = [
        (x, y),
        (x + (end[0] - x) * 0.12, y + (half - y) * 0.8),
        (x + (end[0] - x) * 0.88, end[1] - (end[1] - half) * 0.8),
        end,
    ]
    return connector(points, color=color, enter=enter + 0.05, width=4)


def _describe(spec: Formula) -> str:
    told = [f"The formula {spec.math}."]
    told += [f"{p.symbol} is {p.name}" + (f", in {p.unit}." if p.unit else ".") for p in spec.parts]
    return " ".join([*told, *([spec.note] if spec.note else [])])


KIND = Kind(cues=_cues, build=_build, describe=_describe, ordered=False)
