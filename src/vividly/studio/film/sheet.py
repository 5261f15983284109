"""A contact sheet: a finished lesson at a glance, decoded from its file. Knows files; nothing of how they were made."""

from __future__ import annotations

from math import ceil
from pathlib import Path

import av
import skia

from vividly.studio.film.inspect import NotWatchable

_WIDE, _HIGH, _GAP = 320, 180, 8


def contact_sheet(path: Path, *, count: int = 24, columns: int = 4) -> bytes:
    """`count` pictures evenly spread over the lesson, in rows of `columns`, as PNG; raises NotWatchable when it has none."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        length = float((stream.duration or 0) * (stream.time_base or 0))
        wanted = [length * (i + 0.5) / count for i in range(count)]
        chosen: list[av.VideoFrame] = []
        last: av.VideoFrame | None = None
        for frame in file.decode(stream):
            # A frame is shown until the next one comes: the wanted time belongs to the frame before it.
            while last is not None and len(chosen) < count and frame.time > wanted[len(chosen)]:
                chosen.append(last)
            last = frame
        if last is None:
            raise NotWatchable(f"{path.name} has no pictures")
        chosen += [last] * (count - len(chosen))
        rows = ceil(count / columns)
        size = skia.ImageInfo.MakeN32Premul(columns * (_WIDE + _GAP) + _GAP, rows * (_HIGH + _GAP) + _GAP)
        surface = skia.Surface.MakeRaster(size)
        canvas = surface.getCanvas()
        canvas.clear(skia.ColorDKGRAY)
        for i, frame in enumerate(chosen):
            pixels = frame.reformat(width=_WIDE, height=_HIGH, format="rgba").to_ndarray()
            x, y = _GAP + i % columns * (_WIDE + _GAP), _GAP + i // columns * (_HIGH + _GAP)
            canvas.drawImage(skia.Image.fromarray(pixels, colorType=skia.kRGBA_8888_ColorType), x, y)
        return bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))
