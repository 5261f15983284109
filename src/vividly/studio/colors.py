"""Colors as numbers: mixing, contrast by WCAG 2, and the nearest readable neighbor of a color. Nothing is drawn here."""

from __future__ import annotations

from functools import lru_cache

import skia

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text with what it stands on


def rgb(color: str) -> tuple[int, int, int]:
    """The three channels of "#rrggbb", 0-255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def to_hex(red: float, green: float, blue: float) -> str:
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"


@lru_cache(maxsize=4096)
def mix(color: str, other: str, share: float) -> str:
    """`share` of `other` (0 to 1) in `color`."""
    return to_hex(*(a + (b - a) * share for a, b in zip(rgb(color), rgb(other), strict=True)))


@lru_cache(maxsize=4096)
def luminance(color: str) -> float:
    """Relative luminance by WCAG 2, 0 black to 1 white."""
    red, green, blue = (c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: str, ground: str) -> float:
    """Contrast ratio by WCAG 2, 1 to 21."""
    high, low = sorted((luminance(color), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=4096)
def readable(color: str, *grounds: str, ratio: float = READABLE) -> str:
    """The color itself, or the nearest darker or lighter one that stands out by `ratio` against every ground."""
    target = "#000000" if min(luminance(g) for g in grounds) > 0.18 else "#ffffff"
    for step in range(101):
        candidate = mix(color, target, step / 100)
        if min(contrast(candidate, g) for g in grounds) >= ratio:
            return candidate
    return target


@lru_cache(maxsize=4096)
def on(color: str) -> str:
    """Near-black or white, whichever reads better on `color`."""
    return max(("#14161f", "#ffffff"), key=lambda c: contrast(c, color))


@lru_cache(maxsize=4096)
def paint_color(color: str, alpha: float = 1.0) -> int:
    """The number skia paints with; `alpha` 0 to 1."""
    return int(skia.ColorSetARGB(round(alpha * 255), *rgb(color)))
