"""Where things may stand, and the check before a frame is drawn: overlap, clipping, contrast, missing glyphs.

Pure geometry; knows placed marks, nothing of scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from vividly.studio import fonts
from vividly.studio.colors import READABLE, contrast
from vividly.studio.elements import Element, Placed
from vividly.studio.frames import HEIGHT, WIDTH
from vividly.studio.marks import Box
from vividly.studio.text import Words

MARGIN = 64
CAPTIONS = round(HEIGHT * 0.85)  # below this line stand the captions
_SLACK = 3.0  # pixels two boxes may share: line boxes are a little taller than letters
_LARGE = 30.0  # pixels: large text, for which WCAG asks 3:1
_LARGE_RATIO = 3.0


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle to put things into; pixels, y down."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def inset(self, x: float, y: float | None = None) -> Area:
        """Smaller by x on both sides and y above and below."""
        y = x if y is None else y
        return Area(self.left + x, self.top + y, self.right - x, self.bottom - y)

    def rows(self, count: int, *, gap: float = 0.0, most: float = 1e9) -> list[Area]:
        """Equal rows, at most `most` high each, the block of them centered."""
        high = min(most, (self.height - gap * (count - 1)) / count)
        top = self.top + (self.height - high * count - gap * (count - 1)) / 2
        return [Area(self.left, top + i * (high + gap), self.right, top + i * (high + gap) + high) for i in range(count)]

    def columns(self, *shares: float, gap: float = 0.0) -> list[Area]:
        """Columns whose widths are as the shares."""
        free, left, made = self.width - gap * (len(shares) - 1), self.left, []
        for share in shares:
            wide = free * share / sum(shares)
            made.append(Area(left, self.top, left + wide, self.bottom))
            left += wide + gap
        return made

    def centered(self, width: float, height: float) -> tuple[float, float]:
        """Top left of a box of this size in the middle, on whole pixels."""
        return float(round(self.middle[0] - width / 2)), float(round(self.middle[1] - height / 2))


FULL = Area(MARGIN, 48, WIDTH - MARGIN, CAPTIONS - 8)
CONTENT = Area(MARGIN, 126, WIDTH - MARGIN, CAPTIONS - 8)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] + _SLACK < b[2] and b[0] + _SLACK < a[2] and a[1] + _SLACK < b[3] and b[1] + _SLACK < a[3]


def _together(a: Placed, b: Placed) -> bool:
    """Are both on screen at some time?"""
    return max(a.enter, b.enter) < min(a.leave, b.leave)


def _name(placed: Placed) -> str:
    return f'"{placed.mark.text}"' if isinstance(placed.mark, Words) else placed.mark.key[:40]


def _own(placed: Placed, ground: str) -> list[str]:
    """What is wrong with one mark by itself."""
    found = []
    left, top, right, bottom = placed.box
    text = placed.mark if isinstance(placed.mark, Words) else None
    low = CAPTIONS + 1 if text else HEIGHT
    if left < -1 or top < -1 or right > WIDTH + 1 or bottom > low:
        found.append(f"{_name(placed)} is cut off or stands in the captions: {[round(v) for v in placed.box]}")
    if text:
        if text.overflows:
            found.append(f"{_name(placed)} does not fit its box even in the smallest letters")
        boxes = fonts.missing(text.text, text.style.face)
        if boxes:
            found.append(f"{_name(placed)} has letters no typeface of ours has: {boxes}")
        needed = _LARGE_RATIO if text.style.size >= _LARGE else READABLE
        ratio = contrast(text.style.color, placed.on or ground)
        if ratio < needed - 0.01:
            found.append(f"{_name(placed)} is hard to read: contrast {ratio:.1f}, needed {needed}")
    return found


def problems(elements: Sequence[Element], *, ground: str) -> list[str]:
    """Everything wrong with a scene's layout, in words; empty when it is fine. `ground`: color behind the scene."""
    placed = [p for e in elements for p in e.placed() if p.role != "decor"]
    found = [problem for p in placed for problem in _own(p, ground)]
    texts = [p for p in placed if p.role in {"text", "label"}]
    for a, b in combinations(texts, 2):
        if _together(a, b) and _overlap(a.box, b.box):
            found.append(f"{_name(a)} and {_name(b)} overlap")
    for solid in (p for p in placed if p.role == "solid"):
        found += [
            f"{_name(p)} stands on {_name(solid)}"
            for p in texts
            if p.role == "text" and _together(p, solid) and _overlap(p.box, solid.box)
        ]
    return found
