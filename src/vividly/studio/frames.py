"""From elements to display lists: which ops make each frame, and which pixels differ from the frame before.

Pure; knows no canvas and no encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, hypot

from vividly.studio.elements import Element, Op

FPS = 24
WIDTH, HEIGHT = 1280, 720
CURTAIN = 6  # frames at the end in which the content fades away

Display = tuple[Op, ...]
Rect = tuple[int, int, int, int]  # left, top, right, bottom; even


def frame_count(seconds: float) -> int:
    """Whole frames that cover `seconds`."""
    return max(CURTAIN + 1, ceil(round(seconds * FPS, 6)))


def displays(content: Sequence[Element], chrome: Sequence[Element], *, frames: int, curtain: bool) -> list[Display]:
    """The display list of every frame. With `curtain` the content fades in the last frames, the chrome stays."""
    made: list[Display] = []
    parts: list[Display] = [()] * (len(content) + len(chrome))
    until = [-1.0] * len(parts)
    elements = [*content, *chrome]
    for frame in range(frames):
        t = frame / FPS
        stale = False
        for i, element in enumerate(elements):
            if t >= until[i]:
                parts[i], until[i], stale = element.ops(t), element.same_until(t), True
        fade = frame - (frames - CURTAIN)
        if curtain and fade >= 0:
            share = 1 - (fade + 1) / (CURTAIN + 1)
            faded = [tuple(op._replace(alpha=round(op.alpha * share)) for op in ops) for ops in parts[: len(content)]]
            made.append(_joined([*faded, *parts[len(content) :]]))
        elif stale or not made:
            fresh = _joined(parts)
            made.append(made[-1] if made and made[-1] == fresh else fresh)
        else:
            made.append(made[-1])
    return made


def _joined(parts: Sequence[Display]) -> Display:
    return tuple(op for ops in parts for op in ops)


def bounds(op: Op) -> tuple[float, float, float, float]:
    """The pixels an op can touch."""
    left, top, right, bottom = op.mark.painted
    x, y, scale = op.x / 10, op.y / 10, op.scale / 1000
    if scale != 1 or op.turn:
        a, b, c, d = op.mark.box
        middle_x, middle_y = (a + c) / 2, (b + d) / 2
        if op.turn:
            reach = hypot(right - left, bottom - top) / 2 * scale + 1
            return x + middle_x - reach, y + middle_y - reach, x + middle_x + reach, y + middle_y + reach
        left, right = middle_x + (left - middle_x) * scale, middle_x + (right - middle_x) * scale
        top, bottom = middle_y + (top - middle_y) * scale, middle_y + (bottom - middle_y) * scale
    return x + left, y + top, x + right, y + bottom


def _snapped(box: tuple[float, float, float, float]) -> Rect:
    """Even pixels around a box with a margin for soft edges, inside the frame."""
    left, top = max(0, (floor(box[0]) - 2) // 2 * 2), max(0, (floor(box[1]) - 2) // 2 * 2)
    right, bottom = min(WIDTH, (ceil(box[2]) + 3) // 2 * 2), min(HEIGHT, (ceil(box[3]) + 3) // 2 * 2)
    return left, top, right, bottom


def _union(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _size(r: Rect) -> int:
    return max(0, r[2] - r[0]) * max(0, r[3] - r[1])


def changes(before: Display, after: Display) -> list[Rect]:
    """Rectangles that hold every changed pixel: near ones merged, none overlapping."""
    if before is after:
        return []
    old, new = set(before), set(after)
    rects = [_snapped(bounds(op)) for op in old ^ new]
    rects = sorted((r for r in rects if _size(r)), key=lambda r: (r[1], r[0]))
    merged = True
    while merged:
        merged = False
        kept: list[Rect] = []
        for rect in rects:
            for i, other in enumerate(kept):
                both = _union(rect, other)
                # One conversion costs about as much as 20,000 pixels of it.
                if _size(both) <= _size(rect) + _size(other) + 20_000:
                    kept[i], merged = both, True
                    break
            else:
                kept.append(rect)
        rects = kept
    return rects
