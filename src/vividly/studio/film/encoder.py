"""One scene's frames to H.264: variable frame rate, so that a still picture costs nothing. Settings are measured, see below.

Deterministic: same display lists, same bytes. Knows frames; nothing of sound or of other scenes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from vividly.studio.canvas import WHOLE, Canvas
from vividly.studio.frames import FPS, HEIGHT, WIDTH, Display, changes

GAP = 12  # frames: a still picture is repeated every half second, so that seeking and streaming stay normal
TAIL = 6  # frames at the end that are all sent, so that the last one has a length
# No B-frames: presentation order is decoding order, so scenes join and segment by copying packets, with no edit lists.
SETTINGS = {
    "preset": "superfast",
    "crf": "23",
    "g": "120",
    "bf": "0",
    "threads": "1",
    "x264-params": "rc-lookahead=5:weightp=0:scenecut=0:keyint=120:min-keyint=1:force-cfr=0",
}


def fingerprint() -> str:
    """Changes when the encoder or its settings do; part of a scene's key."""
    return f"{av.__version__}|{av.library_versions['libavcodec']}|{sorted(SETTINGS.items())}|{GAP}|{TAIL}|{FPS}"


def wanted(displays: Sequence[Display]) -> list[int]:
    """The frames to encode: the first, every change, one at least every GAP, and the last TAIL."""
    chosen, last = [0], 0
    for i in range(1, len(displays)):
        if displays[i] is not displays[last] or i - last >= GAP or i >= len(displays) - TAIL:
            chosen.append(i)
            last = i
    return chosen


def encode(displays: Sequence[Display], canvas: Canvas) -> bytes:
    """An MP4 in memory with one video stream; pts in 1/24 s from 0, exactly len(displays) frames long."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libx264", rate=FPS, options=dict(SETTINGS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        shown: Display = ()
        for i in wanted(displays):
            display = displays[i]
            rects = [WHOLE] if i == 0 else changes(shown, display)
            canvas.show(display, rects)
            shown = display
            frame = av.VideoFrame.from_numpy_buffer(canvas.planes, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            frame.color_range, frame.colorspace = ColorRange.MPEG, Colorspace.ITU709
            frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
            if i == 0:
                frame.pict_type = av.video.frame.PictureType.I
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
