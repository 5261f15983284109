"""Lessons as HLS streams, pictures copied packet by packet, one segment per scene: whole ones, and scenes one by one.

Playlists by RFC 8216 with fragmented MP4 segments (version 7); pictures and sound in one segment, as phones play it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from vividly.pipeline.failure import StageFailed
from vividly.providers.port import Samples
from vividly.steps import Step
from vividly.studio.film import mux
from vividly.studio.film.audio import RATE
from vividly.studio.frames import FPS
from vividly.studio.scene import EncodedScene

_SLACK_S = 0.002
_FRAGMENTS = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "fflags": "+bitexact"}
_FASTSTART = {"movflags": "+faststart", "fflags": "+bitexact"}
_FRAGMENTS_PER_SCENE = 1000  # room in the numbering of fragments


def playlist(seconds: Sequence[float], *, done: bool = True) -> str:
    """index.m3u8 for segments seg-0.m4s, seg-1.m4s … of the given lengths; `done` False: more will follow."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(max(seconds, default=1))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if done else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for i, length in enumerate(seconds):
        lines += [f"#EXTINF:{length:.6f},", f"seg-{i}.m4s"]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if done else [])]) + "\n"


def files(lesson: Path, *, starts: Sequence[float], end: float) -> dict[str, bytes]:
    """The files of stream/ from a lesson whose scenes begin at `starts` (seconds, each on a keyframe) and end at `end`.

    Raises StageFailed when a scene does not begin with a keyframe.
    """
    data, keyframes = _fragmented(lesson)
    init, fragments = _split(data)
    if len(fragments) != len(keyframes):
        raise StageFailed(Step.PACKAGING, f"{len(fragments)} fragments for {len(keyframes)} keyframes")
    segments: list[bytearray] = []
    wanted = list(starts)
    for at, fragment in zip(keyframes, fragments, strict=True):
        if wanted and at > wanted[0] + _SLACK_S:
            raise StageFailed(Step.PACKAGING, f"the scene at {wanted[0]:.3f} s does not begin with a keyframe")
        if wanted and at >= wanted[0] - _SLACK_S:
            wanted.pop(0)
            segments.append(bytearray())
        segments[-1] += fragment
    if wanted:
        raise StageFailed(Step.PACKAGING, f"nothing is streamed from {wanted[0]:.3f} s on")
    lengths = [b - a for a, b in zip(starts, [*starts[1:], end], strict=True)]
    named = {f"seg-{i}.m4s": bytes(segment) for i, segment in enumerate(segments)}
    return {"index.m3u8": playlist(lengths).encode(), "init.mp4": init, **named}


def sound_alone(lesson: Path, out: Path) -> None:
    """The lesson's sound as a file of its own (.m4a), copied: not a second encoding."""
    with av.open(str(lesson)) as source, av.open(str(out), "w", format="ipod", options=dict(_FASTSTART)) as target:
        target.metadata["title"] = source.metadata.get("title", "")
        kept = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = _same_kind(kept)
                target.mux(packet)


def segment(scene: EncodedScene, sound: Samples, *, start: int, number: int) -> tuple[bytes, bytes]:
    """(init.mp4, one segment) of a scene that begins `start` frames into the lesson. `sound` is mono at 48 kHz.

    The scene is written as if it came first, then moved to its time: a muxer of its own knows nothing of those before.
    """
    out = io.BytesIO()
    with av.open(io.BytesIO(scene.data)) as source, av.open(out, "w", format="mp4", options=dict(_FRAGMENTS)) as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        pictures.time_base = Fraction(1, FPS)
        voice = target.add_stream("aac", rate=RATE, layout="mono", bit_rate=mux.AUDIO_BITRATE)
        heard = [p for p in mux.sound_packets(voice, sound) if (p.pts or 0) >= 0]
        seen = list(mux.packets([scene]))
        for packet in seen:
            packet.stream = pictures
        for packet in sorted([*seen, *heard], key=lambda p: p.dts * p.time_base):
            target.mux(packet)
    init, fragments = _split(out.getvalue())
    scales = _timescales(init)
    first = number * _FRAGMENTS_PER_SCENE
    moved = [_moved(f, start=start, scales=scales, sequence=first + i + 1) for i, f in enumerate(fragments)]
    return init, b"".join(moved)


def _fragmented(lesson: Path) -> tuple[bytes, list[float]]:
    """Pictures and sound of a lesson as fragmented MP4, a fragment per keyframe; and the times of the keyframes."""
    out = io.BytesIO()
    keyframes: list[float] = []
    with av.open(str(lesson)) as source, av.open(out, "w", format="mp4", options=dict(_FRAGMENTS)) as target:
        kept = {s.index: target.add_stream_from_template(s) for s in (source.streams.video[0], source.streams.audio[0])}
        for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
            # The encoder's run-up before time zero (silence) would shift every fragment: fragments have no edit list to hide it.
            if not packet.size or (packet.pts or 0) < 0:
                continue
            if packet.stream.type == "video" and packet.is_keyframe and packet.pts is not None and packet.time_base is not None:
                keyframes.append(float(packet.pts * packet.time_base))
            packet.stream = _same_kind(kept[packet.stream.index])
            target.mux(packet)
    return out.getvalue(), keyframes


def _same_kind(stream: Any) -> Any:
    """PyAV types a packet's stream more narrowly than the container gives it."""
    return stream


def _places(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of every box between two places of an MP4 (ISO/IEC 14496-12, 4.2)."""
    at = start
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        size = size or end - at
        yield data[at + 4 : at + 8], at, at + size
        at += max(size, 8)


def _inside(data: bytes, *path: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start of content, end) of every box at `path`."""
    name, *rest = path
    for found, at, stop in _places(data, start, len(data) if end is None else end):
        if found == name and rest:
            yield from _inside(data, *rest, start=at + 8, end=stop)
        elif found == name:
            yield at + 8, stop


def _timescales(init: bytes) -> dict[int, int]:
    """Ticks per second of each track by its id: tkhd and mdhd of moov (versions 0 and 1)."""
    scales = {}
    for at, end in _inside(init, b"moov", b"trak"):
        header, _ = next(_inside(init, b"tkhd", start=at, end=end))
        media, _ = next(_inside(init, b"mdia", b"mdhd", start=at, end=end))
        track = _number(init, header + (20 if init[header] else 12))
        scales[track] = _number(init, media + (20 if init[media] else 12))
    return scales


def _moved(fragment: bytes, *, start: int, scales: Mapping[int, int], sequence: int) -> bytes:
    """The fragment `start` frames later (tfdt of each track), with its number in the stream (mfhd)."""
    data = bytearray(fragment)
    for at, _ in _inside(fragment, b"moof", b"mfhd"):
        data[at + 4 : at + 8] = sequence.to_bytes(4, "big")
    for at, end in _inside(fragment, b"moof", b"traf"):
        track = _number(fragment, next(_inside(fragment, b"tfhd", start=at, end=end))[0] + 4)
        time, _ = next(_inside(fragment, b"tfdt", start=at, end=end))
        width = 8 if fragment[time] else 4
        now = int.from_bytes(fragment[time + 4 : time + 4 + width], "big") + start * scales[track] // FPS
        data[time + 4 : time + 4 + width] = now.to_bytes(width, "big")
    return bytes(data)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _split(data: bytes) -> tuple[bytes, list[bytes]]:
    """The initialization (ftyp and moov) and every fragment (moof with its mdat)."""
    init, fragments = b"", list[bytes]()
    for name, start, end in _places(data, 0, len(data)):
        box = data[start:end]
        if name in {b"ftyp", b"moov"}:
            init += box
        elif name == b"moof":
            fragments.append(box)
        elif name == b"mdat":
            fragments[-1] += box
    return init, fragments
