"""A scene's lines spoken: sentence by sentence through a Voice, with room to breathe, timed by display word. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vividly.pipeline.narration.pieces import sentences
from vividly.pipeline.narration.spoken import Spoken, spoken
from vividly.providers.port import Samples, Voice, WordTime

FRAMES_PER_SECOND = 24  # of the picture: a scene's sound lasts a whole number of its frames
LEAD_S = 0.30  # the picture is there before the voice
BETWEEN_SENTENCES_S = 0.34
AFTER_QUESTION_S = 0.60  # time to think
BETWEEN_LINES_S = 0.46
TAIL_S = 0.75  # a full picture is read to its end


@dataclass(frozen=True, slots=True)
class SceneSpeech:
    """Mono samples in [-1, 1]; `words` are the display words; `line_times` start and end of each line. Seconds."""

    samples: Samples
    rate: int
    words: tuple[WordTime, ...]
    line_times: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def say(*, lines: Sequence[str], voice: Voice) -> SceneSpeech:
    """Speak `lines` one after the other. A line without anything to say takes no time. Raises what the voice raises."""
    track = _Track()
    for text in lines:
        track.line(spoken(text), voice)
    return track.finished()


class _Track:
    """Samples and times, growing sentence by sentence."""

    def __init__(self) -> None:
        self.parts: list[Samples] = []
        self.rate = 0
        self.length = 0
        self.pause = LEAD_S
        self.words: list[WordTime] = []
        self.lines: list[tuple[float, float]] = []

    def line(self, text: Spoken, voice: Voice) -> None:
        first = len(self.words)
        for start, end in sentences(text.display):
            self._sentence(text.display[start:end], text.words[start:end], voice)
        if self.pause == BETWEEN_SENTENCES_S:
            self.pause = BETWEEN_LINES_S
        said = self.words[first:]
        here = self.length / self.rate if self.rate else 0.0
        self.lines.append((said[0].start, said[-1].end) if said else (here, here))

    def _sentence(self, display: tuple[str, ...], groups: tuple[tuple[str, ...], ...], voice: Voice) -> None:
        form = " ".join(word for group in groups for word in group)
        if not form:
            self.words += [WordTime(word, self._now(), self._now()) for word in display]
            return
        speech = voice.speak(form)
        if self.rate not in {0, speech.rate}:
            raise ValueError(f"the voice changed its rate from {self.rate} to {speech.rate}")
        self.rate = speech.rate
        self._silence(self.pause)
        offset = self.length / self.rate
        self.words += _display_times(display, groups, speech.words, offset)
        self._add(speech.samples)
        self.pause = AFTER_QUESTION_S if form.endswith("?") else BETWEEN_SENTENCES_S

    def finished(self) -> SceneSpeech:
        if not self.rate:
            raise ValueError("a scene must say something")
        frames = math.ceil(round((self.length / self.rate + TAIL_S) * FRAMES_PER_SECOND, 6))
        wanted = round(frames * self.rate / FRAMES_PER_SECOND)
        self._add(np.zeros(wanted - self.length, np.float32))
        return SceneSpeech(np.concatenate(self.parts), self.rate, tuple(self.words), tuple(self.lines))

    def _now(self) -> float:
        return self.length / self.rate if self.rate else 0.0

    def _silence(self, seconds: float) -> None:
        self._add(np.zeros(round(seconds * self.rate), np.float32))

    def _add(self, samples: Samples) -> None:
        self.parts.append(samples)
        self.length += len(samples)


def _display_times(
    display: tuple[str, ...], groups: tuple[tuple[str, ...], ...], heard: tuple[WordTime, ...], offset: float
) -> list[WordTime]:
    """Times of what is written from times of what is said; a sign without a sound lies between its neighbors."""
    if len(heard) != sum(len(group) for group in groups):
        raise ValueError(f"the voice timed {len(heard)} words of {sum(len(g) for g in groups)}")
    times, at, now = list[WordTime](), 0, heard[0].start
    for word, group in zip(display, groups, strict=True):
        said = heard[at : at + len(group)]
        at += len(group)
        start, end = (said[0].start, said[-1].end) if said else (now, now)
        start, end = max(start, now), max(end, start, now)
        times.append(WordTime(word, start + offset, end + offset))
        now = end
    return times
