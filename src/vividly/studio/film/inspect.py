"""Is this file a lesson somebody can watch? Opens a finished MP4 as a stranger would and decodes it to the last frame.

Knows files; nothing of how they were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from vividly.errors import VividlyError

TOLERANCE = 0.040  # seconds picture and sound may differ in length


class NotWatchable(VividlyError):
    """The file is not a whole lesson; the message says why."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. Lengths in seconds; `frames` were decoded one by one; `captions` counts those with text."""

    video_seconds: float
    audio_seconds: float
    frames: int
    width: int
    height: int
    video_codec: str
    audio_codec: str
    captions: int
    chapters: tuple[str, ...]
    faststart: bool


def inspect(path: Path) -> Inspection:
    """Decode the whole file and report; raises NotWatchable with the reason when it is not a whole lesson."""
    try:
        with av.open(str(path)) as file:
            found = _read(file, path)
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise NotWatchable(f"{path.name} cannot be decoded: {error}") from error
    if found.frames == 0 or found.video_seconds <= 0:
        raise NotWatchable(f"{path.name} has no pictures")
    if abs(found.video_seconds - found.audio_seconds) > TOLERANCE:
        raise NotWatchable(f"{path.name}: pictures last {found.video_seconds:.3f} s and sound {found.audio_seconds:.3f} s")
    return found


def _read(file: av.container.InputContainer, path: Path) -> Inspection:
    if not file.streams.video or not file.streams.audio:
        raise NotWatchable(f"{path.name} lacks pictures or sound")
    pictures, sound = file.streams.video[0], file.streams.audio[0]
    frames, seen, heard, captions, last_pts = 0, 0.0, 0.0, 0, -1
    # The chapter titles lie in a data stream of their own, which has no decoder.
    for packet in file.demux(pictures, sound, *file.streams.subtitles):
        if packet.stream.type == "subtitle":
            captions += packet.size > 2
            continue
        for frame in packet.decode():
            if not isinstance(frame, (av.VideoFrame, av.AudioFrame)):
                continue
            if frame.pts is None or frame.time_base is None:
                raise NotWatchable(f"{path.name} has a frame without a time")
            start = float(frame.pts * frame.time_base)
            if isinstance(frame, av.VideoFrame):
                if frame.is_corrupt or frame.pts <= last_pts:
                    raise NotWatchable(f"{path.name} has a broken frame at {start:.2f} s")
                frames, last_pts, seen = frames + 1, frame.pts, start
            else:
                heard = max(heard, start + frame.samples / frame.sample_rate)
    length = float((pictures.duration or 0) * (pictures.time_base or 0))
    if not seen < length:
        raise NotWatchable(f"{path.name}: its last frame at {seen:.3f} s lies beyond its length {length:.3f} s")
    # What the file says of its sound counts too: padding of the last AAC block is not heard.
    told = float((sound.duration or 0) * (sound.time_base or 0))
    return Inspection(
        video_seconds=length,
        audio_seconds=min(heard, told) if told else heard,
        frames=frames,
        width=pictures.width,
        height=pictures.height,
        video_codec=pictures.codec_context.name,
        audio_codec=sound.codec_context.name,
        captions=captions,
        chapters=tuple(str(c["metadata"].get("title", "")) for c in file.chapters()),
        faststart=_faststart(path),
    )


def _faststart(path: Path) -> bool:
    """Does the index stand before the media, so that playing can begin while loading?"""
    with path.open("rb") as file:
        while header := file.read(8):
            size, name = int.from_bytes(header[:4], "big"), header[4:8]
            if name in {b"moov", b"mdat"}:
                return name == b"moov"
            if size < 8:
                return False
            file.seek(size - 8, 1)
    return False
