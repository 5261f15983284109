"""The stage that makes a lesson of its parts: the whole bundle on the shelf, behind the gate. Knows files, no request.

The manifest is written last: a bundle with a manifest is whole.
"""

from __future__ import annotations

import itertools
import json
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from vividly import logs
from vividly.pipeline import draw, gate, narrate, papers, stream
from vividly.pipeline.artifacts import CaptionCue, Finished, Narration, Storyboard
from vividly.pipeline.draw import Drawn
from vividly.pipeline.failure import StageFailed
from vividly.pipeline.narration import captions
from vividly.pipeline.papers import Timed
from vividly.providers.port import Samples
from vividly.shelf.port import Item, Shelf
from vividly.steps import Step
from vividly.studio import scene
from vividly.studio.film import audio, mux
from vividly.studio.film.inspect import Inspection, NotWatchable, inspect
from vividly.studio.frames import FPS
from vividly.studio.specs import parse_picture

VERSION = "1"
_FINISHED: TypeAdapter[Finished] = TypeAdapter(Finished)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a bundle is made from: one narration and one drawing per scene of the board, in its order."""

    lesson_id: str
    board: Storyboard
    narrations: tuple[Narration, ...]
    drawn: tuple[Drawn, ...]

    @property
    def prefix(self) -> str:
        return f"lessons/{self.lesson_id}"

    @property
    def starts(self) -> tuple[float, ...]:
        """When each scene begins, in seconds; counted in frames, so that nothing adds up to a drift."""
        counts = itertools.accumulate((d.frames for d in self.drawn[:-1]), initial=0)
        return tuple(count / FPS for count in counts)

    @property
    def seconds(self) -> float:
        return sum(d.frames for d in self.drawn) / FPS


def existing(lesson_id: str, *, shelf: Shelf) -> Finished | None:
    """The lesson if it was made before and lies on the shelf whole."""
    try:
        manifest = json.loads(shelf.get(f"lessons/{lesson_id}/manifest.json"))
        return _FINISHED.validate_python(manifest["lesson"])
    except (KeyError, ValueError):
        return None


def run(
    parts: Parts, *, shelf: Shelf, scratch: Path, made_at: datetime, versions: Mapping[str, str], seconds: Mapping[str, float]
) -> Finished:
    """Put the bundle on the shelf under lessons/<lesson_id>/. Blocking. Raises StageFailed when it is not fit to be shown.

    `seconds`: how long each step took, for the manifest.
    """
    for narration, drawn in zip(parts.narrations, parts.drawn, strict=True):
        gate.lengths(planned=narration.seconds, video=drawn.frames / FPS, audio=narration.seconds)
    cues = captions.joined(zip(parts.starts, (n.cues for n in parts.narrations), strict=True))
    gate.covered(cues, parts.narrations, parts.starts)
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="lesson-") as folder:
        lesson = Path(folder) / "lesson.mp4"
        _assemble(parts, cues, shelf=shelf, out=lesson)
        seen = _inspected(lesson, planned=parts.seconds)
        contents = _contents(parts, cues, made_at=made_at)
        contents |= {f"stream/{n}": d for n, d in stream.files(lesson, starts=parts.starts, end=parts.seconds).items()}
        stream.sound_alone(lesson, Path(folder) / "narration.m4a")
        items = [shelf.put(f"{parts.prefix}/{name}", data) for name, data in sorted(contents.items())]
        items += [shelf.put_file(f"{parts.prefix}/{name}", Path(folder) / name) for name in ("lesson.mp4", "narration.m4a")]
    names = sorted(item.key.removeprefix(f"{parts.prefix}/") for item in items)
    gate.whole(names)
    finished = _finished(parts, (*names, "manifest.json"))
    manifest = _manifest(parts, finished, items, seen, made_at=made_at, versions=versions, seconds=seconds)
    shelf.put(f"{parts.prefix}/manifest.json", _json(manifest))
    return finished


def _sound(parts: Parts, *, shelf: Shelf) -> Samples:
    rates = {n.rate for n in parts.narrations}
    if len(rates) != 1:
        raise StageFailed(Step.PACKAGING, f"the scenes were spoken at different rates: {sorted(rates)}")
    pieces = [(narrate.samples(n, shelf=shelf), d.frames) for n, d in zip(parts.narrations, parts.drawn, strict=True)]
    return audio.leveled(audio.joined(pieces, rate=rates.pop()))


def _assemble(parts: Parts, cues: tuple[CaptionCue, ...], *, shelf: Shelf, out: Path) -> None:
    mux.assemble(
        scenes=[draw.encoded(d, shelf=shelf) for d in parts.drawn],
        audio=_sound(parts, shelf=shelf),
        rate=audio.RATE,
        cues=[(c.start, c.end, c.text) for c in cues],
        chapters=_chapters(parts),
        title=parts.board.title,
        out=out,
    )


def _chapters(parts: Parts) -> list[tuple[float, float, str]]:
    ends = [*parts.starts[1:], parts.seconds]
    titles = [s.heading or parts.board.title for s in parts.board.scenes]
    return list(zip(parts.starts, ends, titles, strict=True))


def _inspected(lesson: Path, *, planned: float) -> Inspection:
    try:
        seen = inspect(lesson)
    except NotWatchable as error:
        raise StageFailed(Step.PACKAGING, str(error)) from error
    gate.lengths(planned=planned, video=seen.video_seconds, audio=seen.audio_seconds)
    return seen


def _timed(parts: Parts) -> list[Timed]:
    ends = [*parts.starts[1:], parts.seconds]
    return [
        Timed(s, start, end, scene.describe(parse_picture(s.picture)))
        for s, start, end in zip(parts.board.scenes, parts.starts, ends, strict=True)
    ]


def _contents(parts: Parts, cues: tuple[CaptionCue, ...], *, made_at: datetime) -> dict[str, bytes]:
    """The small files of the bundle by name."""
    board, timed = parts.board, _timed(parts)
    return {
        "captions.vtt": captions.vtt(cues).encode(),
        "captions.srt": captions.srt(cues).encode(),
        "chapters.vtt": captions.chapters_vtt(_chapters(parts)).encode(),
        "poster.png": scene.poster(draw.job(board, board.scenes[0], parts.narrations[0])),
        "transcript.md": papers.transcript(board, timed).encode(),
        "script.json": _json(papers.script(board, timed, lesson_id=parts.lesson_id, made_at=made_at)),
        "quiz.json": _json(papers.quiz(board, timed)),
        "sources.json": _json(papers.sources(board)),
    }


def _finished(parts: Parts, files: tuple[str, ...]) -> Finished:
    board = parts.board
    return Finished(
        lesson_id=parts.lesson_id,
        prefix=parts.prefix,
        title=board.title,
        topic_id=board.topic_id,
        facet=board.facet,
        interest=board.interest,
        grade=board.grade,
        seconds=round(parts.seconds, 3),
        files=files,
    )


def _manifest(
    parts: Parts,
    finished: Finished,
    items: list[Item],
    seen: Inspection,
    *,
    made_at: datetime,
    versions: Mapping[str, str],
    seconds: Mapping[str, float],
) -> dict[str, object]:
    board = parts.board
    factual = [line for s in board.scenes for line in s.lines if line.factual]
    return {
        "lesson": asdict(finished),
        "made_at": made_at.isoformat(),
        "made_for": logs.bound(),
        "versions": {**versions, "python": platform.python_version()},
        "models": {"author": board.author, "voice": versions.get("voice", ""), "embedder": versions.get("embedder", "")},
        "seconds_per_step": dict(seconds),
        "sentences": {
            "all": sum(len(s.lines) for s in board.scenes),
            "factual": len(factual),
            "grounded": sum(bool(line.sources) for line in factual),
        },
        "checks": board.checks,
        "video": asdict(seen),
        "scenes": [
            {
                "scene_id": d.scene_id,
                "start_seconds": start,
                "frames": d.frames,
                "distinct_frames": d.distinct,
                "content": d.content,
            }
            for d, start in zip(parts.drawn, parts.starts, strict=True)
        ],
        "files": {i.key.removeprefix(f"{parts.prefix}/"): {"bytes": i.size, "sha256": i.sha256} for i in items},
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
