"""What every picture gets to build with: its theme, its place, its cue times; and what frames it: heading and dots.

Knows elements and themes; not the single kinds of picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vividly.studio.elements import Element, Item
from vividly.studio.frames import WIDTH
from vividly.studio.layout import CONTENT, MARGIN, Area
from vividly.studio.marks import rect
from vividly.studio.specs import Tone
from vividly.studio.text import Style, fit
from vividly.studio.theme import Theme


@dataclass(frozen=True, slots=True)
class Context:
    """at       seconds at which each part named by the kind's `cues` appears, same order and length
    area     where the picture may stand (below the heading, above the captions)
    """

    theme: Theme
    at: tuple[float, ...]
    seconds: float
    heading: str
    interest: str
    area: Area = CONTENT

    def tone(self, name: Tone) -> str:
        """The theme's color of a tone, readable as text on ground and panel."""
        return self.theme.tone(name)

    def calm(self, part: int) -> tuple[tuple[float, float], ...]:
        """When part `part` steps back: from the naming of the next one until all are looked at again at the end."""
        if part + 1 >= len(self.at):
            return ()
        end = max(self.at[-1] + 1.2, self.seconds * 0.84)
        start = self.at[part + 1] + 0.1
        return ((start, end),) if end - start > 1.0 else ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of picture: the words its parts appear on, its elements, and what it shows in words.

    ordered  parts are named one after the other (False: each at its own mention)
    whole    the picture takes the whole frame and writes its own heading
    """

    cues: Callable[[Any], Sequence[str]]
    build: Callable[[Any, Context], list[Element]]
    describe: Callable[[Any], str]
    ordered: bool = True
    whole: bool = False


def chrome(heading: str, theme: Theme, *, number: int, total: int) -> list[Element]:
    """The frame of a scene: its heading at the top left and where we are at the top right."""
    dots = _dots(theme, number=number, total=total)
    room = WIDTH - 2 * MARGIN - max(0, total) * 18 - 60
    made: list[Element] = list(dots)
    if heading:
        words = fit(heading, Style("display", 42, theme.ink), width=room, height=52, smallest=24)
        made.append(
            Item(mark=words, at=(MARGIN, round(76 - words.height / 2)), how="left", over=0.4, role="text", on=theme.ground)
        )
    return made


def _dots(theme: Theme, *, number: int, total: int) -> list[Item]:
    """A dot per scene, the present one drawn out."""
    items, right = [], float(WIDTH - MARGIN)
    for i in range(total, 0, -1):
        wide = 30.0 if i == number else 10.0
        color = theme.accent if i <= number else theme.edge
        right -= wide
        items.append(Item(mark=rect(wide, 10, radius=5, fill=color), at=(right, 71), how="none", role="figure"))
        right -= 9
    return items
