"""A program at work: its lines at the left, the one that runs lit up, and at the right what each name holds right now."""

from __future__ import annotations

from math import inf

from vividly.studio.colors import mix, on
from vividly.studio.elements import Element, Item
from vividly.studio.layout import Area
from vividly.studio.marks import rect
from vividly.studio.pieces import card, write
from vividly.studio.specs import CodeTrace, TraceStep
from vividly.studio.stage import Context, Kind
from vividly.studio.text import Style, measure

_PAD = 26.0


def _cues(spec: CodeTrace) -> list[str]:
    return [step.cue for step in spec.steps]


def _build(spec: CodeTrace, context: Context) -> list[Element]:
    left, right = context.area.columns(0.6, 0.4, gap=40)
    made = _program(spec, context, left)
    made += _memory(spec, context, right)
    return made


def _program(spec: CodeTrace, context: Context, area: Area) -> list[Element]:
    theme = context.theme
    made: list[Element] = [*card(area, theme, enter=0.1, how="rise")]
    inner = area.inset(_PAD, 20)
    rows = inner.rows(len(spec.code), gap=4, most=56)
    size = min(30.0, rows[0].height * 0.62)
    longest = max(spec.code, key=len)
    while size > 15 and measure(longest, Style("code", size, theme.ink))[0] > inner.width - 56:
        size -= 1
    for i, step in enumerate(spec.steps):
        row = rows[min(step.line, len(rows)) - 1]
        until = context.at[i + 1] if i + 1 < len(spec.steps) else inf
        bar = rect(area.width - 16, row.height, radius=10, fill=theme.tint("main", 0.3))
        made.append(Item(mark=bar, at=(area.left + 8, row.top), enter=context.at[i], how="fade", over=0.15, leave=until))
    number = Style("code", size * 0.8, theme.soft)
    for i, (text, row) in enumerate(zip(spec.code, rows, strict=True)):
        enter = 0.2 + 0.08 * i
        gutter = Area(row.left, row.top, row.left + 36, row.bottom)
        made.append(write(str(i + 1), number, gutter, on=theme.panel, enter=enter))
        indent = len(text) - len(text.lstrip(" "))
        shift = measure("m" * indent, Style("code", size, theme.ink))[0] if indent else 0.0
        place = Area(row.left + 48 + shift, row.top, row.right + 40, row.bottom)
        made.append(write(text.strip() or " ", Style("code", size, theme.ink), place, on=theme.panel, enter=enter, how="left"))
    return made


def _memory(spec: CodeTrace, context: Context, area: Area) -> list[Element]:
    """One box per name, in order of appearance, and a small screen for what is printed."""
    theme = context.theme
    names = list(dict.fromkeys(name for step in spec.steps for name in step.variables))
    prints = any(step.output for step in spec.steps)
    screen = 130.0 if prints else 0.0
    made: list[Element] = []
    title = Area(area.left, area.top, area.right, area.top + 40)
    made.append(
        write(
            "Memory" if names else "Screen", Style("display", 30, theme.accent), title, on=theme.ground, enter=0.3, role="text"
        )
    )
    if names:
        boxes = Area(area.left, title.bottom + 10, area.right, area.bottom - screen - (20 if prints else 0))
        high = min(92.0, (boxes.height - 14 * (len(names) - 1)) / len(names))
        for i, name in enumerate(names):
            top = boxes.top + i * (high + 14)
            made += _variable(name, spec.steps, context, Area(boxes.left, top, boxes.right, top + high))
    if prints:
        made += _screen(spec.steps, context, Area(area.left, area.bottom - screen, area.right, area.bottom))
    return made


def _variable(name: str, steps: list[TraceStep], context: Context, place: Area) -> list[Element]:
    """A name and its value; a new value replaces the old one with a pop."""
    theme = context.theme
    first = next(i for i, step in enumerate(steps) if name in step.variables)
    born = context.at[first]
    label, value = place.columns(0.46, 0.54)
    made: list[Element] = [*card(place, theme, enter=born, how="pop")]
    made.append(write(name, Style("code", 28, theme.ink), label.inset(20, 6), on=theme.panel, enter=born, how="pop"))
    fill = theme.tint("main", 0.22)
    made.append(
        Item(
            mark=rect(value.width - 12, place.height - 16, radius=12, fill=fill),
            at=(value.left + 4, place.top + 8),
            enter=born,
            how="pop",
        )
    )
    spans = _spans(name, steps, context)
    for text, enter, leave in spans:
        style = Style("bold", 34, theme.ink, "center")
        made.append(write(text, style, value.inset(10, 8), on=fill, enter=enter, how="pop", leave=leave))
    return made


def _spans(name: str, steps: list[TraceStep], context: Context) -> list[tuple[str, float, float]]:
    """Each value of a variable with the time from and until which it holds."""
    found: list[tuple[str, float]] = []
    for step, at in zip(steps, context.at, strict=True):
        value = step.variables.get(name)
        if value is not None and (not found or found[-1][0] != value):
            found.append((value, at + 0.1))
    ends = [start - 0.2 for _, start in found[1:]] + [inf]
    return [(value, start, end) for (value, start), end in zip(found, ends, strict=True)]


def _screen(steps: list[TraceStep], context: Context, place: Area) -> list[Element]:
    theme = context.theme
    dark = mix(theme.ink if not theme.dark else theme.ground, "#000000", 0.45)
    made: list[Element] = [
        Item(mark=rect(place.width, place.height, radius=16, fill=dark), at=(place.left, place.top), enter=0.3)
    ]
    head = Area(place.left + 20, place.top + 8, place.right - 20, place.top + 42)
    made.append(write("prints", Style("body", 21, on(dark)), head, on=dark, enter=0.3))
    lines = [(step.output, at) for step, at in zip(steps, context.at, strict=True) if step.output]
    body = Area(place.left + 20, head.bottom, place.right - 20, place.bottom - 10)
    for (text, at), column in zip(lines, body.columns(*[1] * len(lines), gap=8), strict=True):
        made.append(write(text, Style("code", 32, on(dark)), column, on=dark, enter=at + 0.1, how="left"))
    return made


def _describe(spec: CodeTrace) -> str:
    told = [f"Line {i}: {text.strip()}." for i, text in enumerate(spec.code, 1)]
    runs = [_told(step) for step in spec.steps]
    return " ".join(["A program.", *told, "It runs like this.", *runs])


def _told(step: TraceStep) -> str:
    holds = ", ".join(f"{name} is {value}" for name, value in step.variables.items())
    printed = f"; it prints {step.output}" if step.output else ""
    return f"After line {step.line}{': ' + holds if holds else ''}{printed}."


KIND = Kind(cues=_cues, build=_build, describe=_describe)
