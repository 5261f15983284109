"""Scenes, sound, captions and chapters into one MP4. Pictures are copied packet by packet, never encoded twice.

Writes a temporary name and renames: a half written lesson is never seen. Knows files; nothing of how scenes are drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from vividly.errors import VividlyError
from vividly.providers.port import Samples
from vividly.studio.film.audio import RATE, resampled
from vividly.studio.frames import FPS

if TYPE_CHECKING:
    from vividly.studio.scene import EncodedScene

Cue = tuple[float, float, str]  # start, end in seconds; text
_MILLI = Fraction(1, 1000)
_BLOCK = 1024  # samples of an AAC frame
AUDIO_BITRATE = 96_000
# mov_text encoders want an ASS header; players style captions themselves.
_ASS = (
    "[Script Info]\r\nScriptType: v4.00+\r\nPlayResX: 1280\r\nPlayResY: 720\r\n\r\n[V4+ Styles]\r\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\r\n"
    "Style: Default,Arial,18,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\r\n\r\n"
    "[Events]\r\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)


class ScenesDiffer(VividlyError):
    """Two scenes were encoded with different headers and cannot be joined by copying; encode them again."""


def packets(scenes: Sequence[EncodedScene]) -> Iterator[Any]:
    """Every picture packet of the scenes in order, with times of the whole lesson and exact durations (time base 1/24 s)."""
    before = 0
    for scene in scenes:
        with av.open(io.BytesIO(scene.data), "r") as source:
            found: list[Any] = [p for p in source.demux(source.streams.video[0]) if p.size]
            starts = [round(p.pts * p.time_base * FPS) for p in found]
            for packet, start, following in zip(found, starts, [*starts[1:], scene.frames], strict=True):
                packet.time_base = Fraction(1, FPS)
                packet.pts = packet.dts = before + start
                packet.duration = following - start
                yield packet
        before += scene.frames


def _headers(scenes: Sequence[EncodedScene]) -> None:
    first: bytes | None = None
    for scene in scenes:
        with av.open(io.BytesIO(scene.data)) as source:
            header = source.streams.video[0].codec_context.extradata
        if first is not None and header != first:
            raise ScenesDiffer(f"scene {scene.key} was encoded with other settings than the first one")
        first = header


def sound_packets(stream: Any, samples: Samples) -> Iterator[Any]:
    """AAC packets of mono samples at 48 kHz."""
    for start in range(0, samples.size, _BLOCK):
        piece = np.ascontiguousarray(samples[start : start + _BLOCK][None, :])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _caption_packets(stream: Any, cues: Sequence[Cue], end: float) -> Iterator[Any]:
    """mov_text: two bytes of length, then the text; empty samples fill the pauses, as the format wants it."""
    clock = 0
    for start, stop, text in [*cues, (end, end, "")]:
        begin, finish = round(start * 1000), round(stop * 1000)
        for at, until, words in ((clock, begin, ""), (begin, finish, text)):
            if until > at:
                data = words.encode()
                packet = av.Packet(len(data).to_bytes(2, "big") + data)
                packet.pts = packet.dts = at
                packet.duration, packet.time_base, packet.stream = until - at, _MILLI, stream
                yield packet
        clock = max(clock, finish)


def assemble(
    *,
    scenes: Sequence[EncodedScene],
    audio: Samples,
    rate: int,
    cues: Sequence[Cue],
    chapters: Sequence[Cue],
    title: str,
    out: Path,
) -> None:
    """Write the lesson to `out`.

    audio     mono, joined already: as long as the scenes together (padded or cut to that, to the sample)
    cues      captions, seconds of the whole lesson, in order, not overlapping
    chapters  (start, end, title), seconds of the whole lesson
    Raises ScenesDiffer when the scenes were not encoded alike. The same arguments give the same bytes.
    """
    _headers(scenes)
    frames = sum(scene.frames for scene in scenes)
    long = frames * RATE // FPS
    sound = resampled(audio, rate=rate)[:long]
    sound = np.pad(sound, (0, long - sound.size))
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.name}.half")
    try:
        _write(half, scenes=scenes, sound=sound, cues=cues, chapters=chapters, title=title, seconds=frames / FPS)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)


def _write(
    path: Path,
    *,
    scenes: Sequence[EncodedScene],
    sound: Samples,
    cues: Sequence[Cue],
    chapters: Sequence[Cue],
    title: str,
    seconds: float,
) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(io.BytesIO(scenes[0].data)) as first, av.open(str(path), "w", format="mp4", options=options) as target:
        target.metadata["title"] = title
        pictures = target.add_stream_from_template(first.streams.video[0])
        pictures.time_base = Fraction(1, FPS)
        voice = target.add_stream("aac", rate=RATE, layout="mono", bit_rate=AUDIO_BITRATE)
        captions = target.add_stream("mov_text") if cues else None
        if captions is not None:
            captions.codec_context.subtitle_header = _ASS.encode()
            captions.codec_context.time_base = captions.time_base = _MILLI
            captions.metadata["language"] = "eng"
        # Chapters must be known before the first packet is written.
        target.set_chapters([_chapter(i, chapter) for i, chapter in enumerate(chapters)])
        for packet in _merged(pictures, packets(scenes), sound_packets(voice, sound)):
            target.mux(packet)
        if captions is not None:
            for packet in _caption_packets(captions, cues, seconds):
                target.mux(packet)


def _chapter(number: int, chapter: Cue) -> Any:
    start, end, title = chapter
    return {
        "id": number,
        "start": round(start * 1000),
        "end": round(end * 1000),
        "time_base": _MILLI,
        "metadata": {"title": title},
    }


def _merged(pictures: Any, seen: Iterator[Any], heard: Iterator[Any]) -> Iterator[Any]:
    """Pictures and sound in the order of their times, so that a player needs no long look ahead."""
    next_heard = next(heard, None)
    for packet in seen:
        packet.stream = pictures
        while next_heard is not None and next_heard.pts * next_heard.time_base <= packet.pts * packet.time_base:
            yield next_heard
            next_heard = next(heard, None)
        yield packet
    while next_heard is not None:
        yield next_heard
        next_heard = next(heard, None)


def narration(*, audio: Samples, rate: int, title: str, out: Path) -> None:
    """The sound alone, as .m4a."""
    half = out.with_name(f".{out.name}.half")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(half), "w", format="ipod", options=options) as target:
            target.metadata["title"] = title
            stream = target.add_stream("aac", rate=RATE, layout="mono", bit_rate=AUDIO_BITRATE)
            for packet in sound_packets(stream, resampled(audio, rate=rate)):
                target.mux(packet)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
