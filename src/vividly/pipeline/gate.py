"""What "completed" means: the checks a bundle passes before anybody is told that it is finished. Decides, repairs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from vividly.pipeline.artifacts import CaptionCue, Narration
from vividly.pipeline.failure import StageFailed
from vividly.pipeline.narration import captions
from vividly.providers.port import WordTime
from vividly.steps import Step

TOLERANCE_S = 0.04  # between picture and sound
FILES = frozenset(
    {
        "lesson.mp4", "captions.vtt", "captions.srt", "chapters.vtt", "narration.m4a", "poster.png", "transcript.md", "script.json",
        "quiz.json", "sources.json", "stream/index.m3u8", "stream/init.mp4",
    }
)  # fmt: skip


def lengths(*, planned: float, video: float, audio: float) -> None:
    """Picture and sound are as long as planned and as each other, to 40 ms. Raises StageFailed."""
    for name, seconds in (("picture", video), ("sound", audio)):
        if abs(seconds - planned) > TOLERANCE_S + 1e-6:
            raise StageFailed(Step.PACKAGING, f"the {name} lasts {seconds:.3f} s instead of {planned:.3f} s")
    if abs(video - audio) > TOLERANCE_S + 1e-6:
        raise StageFailed(Step.PACKAGING, f"picture and sound differ by {abs(video - audio) * 1000:.0f} ms")


def covered(cues: Sequence[CaptionCue], narrations: Sequence[Narration], starts: Sequence[float]) -> None:
    """The captions of the whole lesson say every word, when it is heard. Raises StageFailed."""
    words = [
        WordTime(w.text, w.start + start, w.end + start)
        for narration, start in zip(narrations, starts, strict=True)
        for w in narration.words
    ]
    if wrong := captions.uncovered(cues, words):
        raise StageFailed(Step.PACKAGING, wrong[0])


def whole(files: Sequence[str]) -> None:
    """Nothing of the bundle is missing. Raises StageFailed."""
    if missing := sorted(FILES - set(files)):
        raise StageFailed(Step.PACKAGING, f"the bundle lacks {', '.join(missing)}")
