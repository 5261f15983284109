"""The sheet of paper: draws display lists onto 1280x720 pixels and keeps the same picture as YUV planes.

Only changed rectangles are drawn and converted. Knows ops; nothing of times or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import skia
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from vividly.studio.elements import Op
from vividly.studio.frames import HEIGHT, WIDTH, Display, Rect, bounds


class Canvas:
    """One sheet with its background. `show` brings it from one display list to the next."""

    def __init__(self, background: skia.Image) -> None:
        self._background = background
        self._pixels: NDArray[np.uint8] = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        # Opaque and premultiplied: forty times faster than a surface made from an array.
        info = skia.ImageInfo.Make(WIDTH, HEIGHT, skia.kBGRA_8888_ColorType, skia.kOpaque_AlphaType)
        self._surface = skia.Surface.MakeRasterDirect(info, self._pixels.reshape(-1), WIDTH * 4)
        self.planes: NDArray[np.uint8] = np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8)
        flat = self.planes.reshape(-1)
        size = WIDTH * HEIGHT
        self._luma = self.planes[:HEIGHT]
        self._blue = flat[size : size + size // 4].reshape(HEIGHT // 2, WIDTH // 2)
        self._red = flat[size + size // 4 :].reshape(HEIGHT // 2, WIDTH // 2)
        self._reformatter = VideoReformatter()

    def show(self, display: Display, rects: Sequence[Rect]) -> None:
        """Draw what of `display` falls into `rects` and convert these pixels."""
        reach = [bounds(op) for op in display]
        canvas = self._surface.getCanvas()
        for rect in rects:
            canvas.save()
            canvas.clipRect(skia.Rect.MakeLTRB(*rect), False)
            canvas.drawImage(self._background, 0, 0)
            for op, (left, top, right, bottom) in zip(display, reach, strict=True):
                if left < rect[2] and right > rect[0] and top < rect[3] and bottom > rect[1]:
                    _draw(canvas, op)
            canvas.restore()
        for rect in rects:
            self._convert(rect)

    def _convert(self, rect: Rect) -> None:
        left, top, right, bottom = rect
        source = av.VideoFrame.from_numpy_buffer(self._pixels[top:bottom, left:right], format="bgra")
        frame = self._reformatter.reformat(
            source,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        for plane, target, half in zip(frame.planes, (self._luma, self._blue, self._red), (1, 2, 2), strict=True):
            wide, high = (right - left) // half, (bottom - top) // half
            data: Any = plane  # a buffer, though its stubs do not say so
            rows = np.frombuffer(data, np.uint8).reshape(-1, plane.line_size)[:high, :wide]
            target[top // half : top // half + high, left // half : left // half + wide] = rows

    def png(self) -> bytes:
        """What the sheet shows now, as PNG."""
        return bytes(self._surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))


WHOLE: Rect = (0, 0, WIDTH, HEIGHT)


def _draw(canvas: skia.Canvas, op: Op) -> None:
    canvas.save()
    canvas.translate(op.x / 10, op.y / 10)
    if op.scale != 1000 or op.turn:
        left, top, right, bottom = op.mark.box
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        canvas.translate(middle_x, middle_y)
        canvas.rotate(op.turn / 10)
        canvas.scale(op.scale / 1000, op.scale / 1000)
        canvas.translate(-middle_x, -middle_y)
    op.mark.paint(canvas, alpha=op.alpha / 100, grown=op.grown / 1000)
    canvas.restore()
