"""Drawings of our own, written as small SVG: rasterized once, then used as marks. Also handed to pages as they are.

Knows SVG; not what the drawings show.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from math import ceil

import skia

from vividly.studio.marks import Mark

_SHARP = 2


class Art(Mark):
    """A drawing of `unit_width` x `unit_height` SVG units, `width` pixels wide. Origin in its middle."""

    def __init__(
        self, body: str, *, width: float, unit_width: float = 200.0, unit_height: float = 200.0, flip: bool = False
    ) -> None:
        self._body, self._units, self._flip = body, (unit_width, unit_height), flip
        high = width * unit_height / unit_width
        told = hashlib.sha256(body.encode()).hexdigest()[:16]
        super().__init__(key=f"art:{told}:{width:.1f}:{flip}", box=(-width / 2, -high / 2, width / 2, high / 2))

    @cached_property
    def _image(self) -> skia.Image:
        wide, high = ceil(self.width), ceil(self.height)
        # A stream that copies: one that only points at the text would read freed memory.
        stream = skia.MemoryStream.MakeCopy(svg(self._body, *self._units).encode())
        dom = skia.SVGDOM.MakeFromStream(stream)
        surface = skia.Surface.MakeRaster(skia.ImageInfo.MakeN32Premul(wide * _SHARP, high * _SHARP))
        large = surface.getCanvas()
        large.scale(wide * _SHARP / self._units[0], high * _SHARP / self._units[1])
        dom.setContainerSize(skia.Size(*self._units))
        dom.render(large)
        small = skia.Surface.MakeRaster(skia.ImageInfo.MakeN32Premul(wide, high))
        canvas = small.getCanvas()
        if self._flip:
            canvas.translate(wide, 0)
            canvas.scale(-1, 1)
        sampling = skia.SamplingOptions(skia.CubicResampler.Mitchell())
        canvas.drawImageRect(surface.makeImageSnapshot(), skia.Rect.MakeWH(wide, high), sampling)
        return small.makeImageSnapshot()

    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:  # noqa: ARG002 - drawings do not grow
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear)
        canvas.drawImage(self._image, self.box[0], self.box[1], sampling, skia.Paint(Alphaf=alpha))


def svg(body: str, unit_width: float = 200.0, unit_height: float = 200.0) -> str:
    """A whole SVG document round the body of a drawing."""
    size = f'viewBox="0 0 {unit_width:g} {unit_height:g}" width="{unit_width:g}" height="{unit_height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'
