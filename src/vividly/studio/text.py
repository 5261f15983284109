"""Setting words: paragraphs shaped by HarfBuzz, measured, wrapped, shrunk to fit, and rasterized once.

Knows faces and sizes; nothing of where or when the words appear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil
from typing import Literal

import skia

from vividly.studio import fonts
from vividly.studio.colors import paint_color
from vividly.studio.marks import Mark

Align = Literal["left", "center", "right"]
_ALIGN = {
    "left": skia.textlayout.TextAlign.kLeft,
    "center": skia.textlayout.TextAlign.kCenter,
    "right": skia.textlayout.TextAlign.kRight,
}
_LEADING = {"display": 1.12, "body": 1.34, "medium": 1.3, "bold": 1.24, "italic": 1.34, "code": 1.4, "math": 1.2}
_PAD = 3  # italics and accents reach a little outside their line box


@lru_cache
def _unicode() -> skia.Unicode:
    return skia.Unicode.ICU_Make()


@dataclass(frozen=True, slots=True)
class Style:
    """How words look. `size` in pixels, `leading` as a multiple of it (0: the face's own)."""

    face: fonts.Face
    size: float
    color: str
    align: Align = "left"
    leading: float = 0.0


def _paragraph(text: str, style: Style, width: float) -> skia.textlayout.Paragraph:
    letters = skia.textlayout.TextStyle()
    letters.setFontFamilies(fonts.families(style.face))
    letters.setFontSize(style.size)
    letters.setColor(paint_color(style.color))
    letters.setHeight(style.leading or _LEADING[style.face])
    letters.setHeightOverride(True)
    letters.setHalfLeading(True)
    block = skia.textlayout.ParagraphStyle()
    block.setTextStyle(letters)
    block.setTextAlign(_ALIGN[style.align])
    builder = skia.textlayout.ParagraphBuilder.make(block, fonts.collection(), _unicode())
    builder.pushStyle(letters)
    builder.addText(text)
    paragraph = builder.Build()
    paragraph.layout(width)
    return paragraph


@lru_cache(maxsize=4096)
def measure(text: str, style: Style, width: float = 1e5) -> tuple[float, float]:
    """Width of the longest line and height of all lines, wrapped at `width`, in pixels."""
    if not text:
        return 0.0, 0.0
    paragraph = _paragraph(text, style, width)
    return float(paragraph.LongestLine), float(paragraph.Height)


@lru_cache(maxsize=4096)
def widest_word(text: str, style: Style) -> float:
    """The narrowest column these words can stand in without a word being broken."""
    return max((measure(word, style)[0] for word in text.split()), default=0.0)


class Words(Mark):
    """A block of text as a mark: origin at its top left, as wide as its longest line."""

    def __init__(self, text: str, style: Style, width: float = 0.0, *, overflows: bool = False) -> None:
        self.text, self.style, self.overflows = text, style, overflows
        wrap = width or 1e5
        long, high = measure(text, style, wrap)
        self._wrap = min(wrap, ceil(long) + 1.0)
        super().__init__(key=f"words:{text}|{style}|{self._wrap}", box=(0.0, 0.0, float(ceil(long) + 1), float(ceil(high))))

    @property
    def painted(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.box
        return left - _PAD, top - _PAD, right + _PAD, bottom + _PAD

    @cached_property
    def _image(self) -> skia.Image:
        surface = skia.Surface.MakeRaster(
            skia.ImageInfo.MakeN32Premul(ceil(self.width) + 2 * _PAD, ceil(self.height) + 2 * _PAD)
        )
        _paragraph(self.text, self.style, self._wrap).paint(surface.getCanvas(), _PAD, _PAD)
        return surface.makeImageSnapshot()

    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:  # noqa: ARG002 - words do not grow
        canvas.drawImage(self._image, -_PAD, -_PAD, skia.SamplingOptions(skia.FilterMode.kLinear), skia.Paint(Alphaf=alpha))


def fit(text: str, style: Style, *, width: float, height: float, smallest: float = 17.0) -> Words:
    """The words in the largest size up to the style's that fits the box with no word broken; the smallest if none does.

    The layout check finds what does not fit even then.
    """
    size = style.size
    while True:
        tried = Style(style.face, size, style.color, style.align, style.leading)
        fits = widest_word(text, tried) <= width - 1 and measure(text, tried, width)[1] <= height + 0.5
        if fits or size <= smallest:
            return Words(text, tried, _balanced(text, tried, width), overflows=not fits)
        size = max(smallest, size - max(1.0, size * 0.05))


def _balanced(text: str, style: Style, width: float) -> float:
    """The narrowest wrap with as many lines as `width` needs, so that no line is left with a single word."""
    high = measure(text, style, width)[1]
    if high <= style.size * 1.9 or "\n" in text:
        return width
    low, best = max(widest_word(text, style), width * 0.5), width
    for _ in range(6):
        middle = (low + best) / 2
        if measure(text, style, middle)[1] <= high:
            best = middle
        else:
            low = middle
    return min(width, best + 2)
