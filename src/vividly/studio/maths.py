"""Formulas, set by Typst: one compile gives the whole formula and each part alone in its color, pixel on pixel.

Knows typst maths; nothing of scenes. A formula that cannot be set raises FormulaError with the reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

import numpy as np
import skia
import typst
from numpy.typing import NDArray

from vividly.errors import NotPossible
from vividly.studio import fonts
from vividly.studio.marks import Box, Image

_SHARP = 2.0  # image pixels per drawn pixel
_APART = 14  # pixels between two places where a symbol stands
_SMALLEST = 12.0  # pixels: below it nobody can read a formula
_PAD = 6  # pixels of air round a formula, inside its image


class FormulaError(NotPossible):
    """The maths is not valid Typst; the message says where."""

    def __init__(self, math: str, reason: str) -> None:
        super().__init__("formula_invalid", f"cannot set the formula `{math}`: {reason}", field="math")


@dataclass(frozen=True, slots=True)
class SetFormula:
    """A formula as marks of one size: `whole` in ink, `parts[i]` only the i-th symbol in its color, to lay over it.

    `boxes[i]`: where that symbol is, relative to the image; None when the formula does not contain it.
    `free[i]`: nothing of the formula stands below that place, so that a line may leave it downward.
    """

    whole: Image
    parts: tuple[Image | None, ...]
    boxes: tuple[Box | None, ...]
    free: tuple[bool, ...]
    box: Box


@lru_cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=[str(fonts.math_folder())], ignore_system_fonts=True)


def _pattern(symbol: str) -> re.Pattern[str]:
    """The symbol where it stands alone: not as a piece of a longer name or number."""
    return re.compile(
        rf"(?<![\w.#]){re.escape(symbol)}(?![\w(])" if symbol[-1:].isalnum() else rf"(?<![\w.#]){re.escape(symbol)}"
    )


def _colored(math: str, symbols: Sequence[str], colors: Sequence[str]) -> tuple[str, list[bool]]:
    """The maths with each symbol wrapped in its color; longest symbols first, so that v_0 wins over v."""
    marks, found = math, [False] * len(symbols)
    for i in sorted(range(len(symbols)), key=lambda i: -len(symbols[i])):
        # Private-use letters hold the place, so that a later symbol cannot match inside an earlier wrapping.
        marks, count = _pattern(symbols[i]).subn(chr(0xE000 + i), marks)
        found[i] = count > 0
    for i, (symbol, color) in enumerate(zip(symbols, colors, strict=True)):
        marks = marks.replace(chr(0xE000 + i), _in_color(symbol, color))
    return marks, found


def _in_color(symbol: str, color: str) -> str:
    """The symbol in a color. A base and its index are colored apart, so that an exponent still stands above the index."""
    base, underscore, index = symbol.partition("_")
    if underscore and base and index and "^" not in symbol:
        return f'#text(fill: rgb("{color}"))[${base}$]_(#text(fill: rgb("{color}"))[${index.strip("()")}$])'
    return f'#text(fill: rgb("{color}"))[${symbol}$]'


def contains(math: str, symbol: str) -> bool:
    """Does the formula contain this symbol by itself?"""
    return _pattern(symbol).search(math) is not None


def _decoded(png: bytes) -> skia.Image:
    return skia.Image.MakeFromEncoded(skia.Data.MakeWithCopy(png))


def _ink(image: skia.Image) -> NDArray[np.bool_]:
    """Where an image is not transparent; shape (height, width)."""
    return np.asarray(image.toarray(colorType=skia.kRGBA_8888_ColorType)[..., 3] > 24)


def _free_below(ink: NDArray[np.bool_], box: Box) -> bool:
    left, _, right, bottom = (int(v * _SHARP) for v in box)
    return not ink[bottom + 4 :, max(0, left - 4) : right + 4].any()


def _inked(alpha: NDArray[np.bool_]) -> Box | None:
    """The box of what is not transparent, in drawn pixels; of several pieces far apart the lowest one, then the leftmost."""
    columns = np.flatnonzero(alpha.any(axis=0))
    if not columns.size:
        return None
    boxes = []
    for piece in np.split(columns, np.flatnonzero(np.diff(columns) > _APART * _SHARP) + 1):
        rows = np.flatnonzero(alpha[:, piece[0] : piece[-1] + 1].any(axis=1))
        boxes.append((piece[0] / _SHARP, rows[0] / _SHARP, (piece[-1] + 1) / _SHARP, (rows[-1] + 1) / _SHARP))
    return max(boxes, key=lambda b: (round(b[3] / 8), -b[0]))


@lru_cache(maxsize=256)
def set_formula(
    math: str, *, size: float, color: str, symbols: tuple[str, ...] = (), colors: tuple[str, ...] = ()
) -> SetFormula:
    """Set `math` (typst maths without dollars) with letters `size` pixels high; `symbols` get a mark of their own each."""
    clear = "#00000000"
    pages = [_colored(math, symbols, [color] * len(symbols))[0]]
    _, found = _colored(math, symbols, colors)
    count = len(symbols)
    pages += [_colored(math, symbols, [colors[k] if k == i else clear for k in range(count)])[0] for i in range(count)]
    fills = [color] + [clear] * len(symbols)
    source = (
        f"#set page(width: auto, height: auto, margin: {_PAD}pt, fill: none)\n"
        f'#show math.equation: set text(font: ("STIX Two Math",), size: {size}pt)\n'
        + "\n#pagebreak()\n".join(f'#text(fill: rgb("{fill}"))[$ {page} $]' for page, fill in zip(pages, fills, strict=True))
    )
    try:
        made = _compiler().compile(source.encode(), format="png", ppi=72.0 * _SHARP)
    except typst.TypstError as error:
        raise FormulaError(math, str(error).strip().splitlines()[0]) from error
    images = [_decoded(png) for png in (made if isinstance(made, list) else [made]) if png]
    told = hashlib.sha256(f"{source}{version('typst')}".encode()).hexdigest()[:16]
    marks = [Image(image, key=f"math:{told}:{i}", scale=_SHARP) for i, image in enumerate(images)]
    boxes = tuple(_inked(_ink(image)) if found[i] else None for i, image in enumerate(images[1:]))
    ink = _ink(images[0])
    free = tuple(box is not None and _free_below(ink, box) for box in boxes)
    parts = tuple(mark if found[i] else None for i, mark in enumerate(marks[1:]))
    return SetFormula(whole=marks[0], parts=parts, boxes=boxes, free=free, box=marks[0].box)


def fit_formula(
    math: str,
    *,
    size: float,
    color: str,
    width: float,
    height: float,
    symbols: tuple[str, ...] = (),
    colors: tuple[str, ...] = (),
) -> SetFormula:
    """As set_formula, in the largest size up to `size` that fits."""
    made = set_formula(math, size=size, color=color, symbols=symbols, colors=colors)
    for _ in range(3):
        # The air round a formula does not shrink with it.
        ratio = min((width - 2 * _PAD) / (made.whole.width - 2 * _PAD), (height - 2 * _PAD) / (made.whole.height - 2 * _PAD))
        if ratio >= 1 or size <= _SMALLEST:
            break
        size = float(max(_SMALLEST, int(size * ratio)))
        made = set_formula(math, size=size, color=color, symbols=symbols, colors=colors)
    return made
