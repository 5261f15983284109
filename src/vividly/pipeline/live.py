"""The growing stream: every scene is published when it and all before it are drawn. Knows scenes; nothing of who watches.

Its folder, live/<lesson_id>/, is a stream of its own beside the bundle's: whoever began to watch goes on undisturbed.
"""

from __future__ import annotations

import asyncio

import numpy as np

from vividly.pipeline import draw, narrate, stream
from vividly.pipeline.artifacts import Narration
from vividly.pipeline.draw import Drawn
from vividly.providers.port import Samples
from vividly.shelf.port import Shelf
from vividly.studio.film import audio
from vividly.studio.frames import FPS


class Live:
    """One lesson's stream while it is made. Doing it again puts the same bytes in the same places."""

    def __init__(self, *, lesson_id: str, shelf: Shelf) -> None:
        self._folder, self._shelf = f"live/{lesson_id}", shelf
        self._waiting: dict[int, tuple[Narration, Drawn, bool]] = {}
        self._lengths: list[int] = []
        self._gain = 1.0
        self._one_at_a_time = asyncio.Lock()

    async def add(self, number: int, narration: Narration, drawn: Drawn, *, last: bool) -> bool:
        """Scene `number` (from 0) is drawn: publish what can be shown now. True when this made the stream's beginning visible."""
        self._waiting[number] = (narration, drawn, last)
        async with self._one_at_a_time:
            begun = bool(self._lengths)
            while len(self._lengths) in self._waiting:
                await asyncio.to_thread(self._publish, *self._waiting.pop(len(self._lengths)))
            return not begun and bool(self._lengths)

    @property
    def playlist_key(self) -> str:
        return f"{self._folder}/index.m3u8"

    def _publish(self, narration: Narration, drawn: Drawn, last: bool) -> None:
        number, start = len(self._lengths), sum(self._lengths)
        place = f"{self._folder}/seg-{number}.m4s"
        sound = audio.joined([(narrate.samples(narration, shelf=self._shelf), drawn.frames)], rate=narration.rate)
        if number == 0:
            self._gain = _gain(sound)
        if self._shelf.size(place) is None:
            loud = audio.limited((sound * np.float32(self._gain)).astype(np.float32))
            init, segment = stream.segment(draw.encoded(drawn, shelf=self._shelf), loud, start=start, number=number)
            if number == 0:
                self._shelf.put(f"{self._folder}/init.mp4", init)
            self._shelf.put(place, segment)
        self._lengths.append(drawn.frames)
        text = stream.playlist([frames / FPS for frames in self._lengths], done=last)
        self._shelf.put(self.playlist_key, text.encode())


def _gain(sound: Samples) -> float:
    """From the first scene's loudness to the lesson's; a voice keeps its level, and the rest is not there to be measured."""
    present = audio.loudness(sound)
    return float(10 ** ((audio.TARGET - present) / 20)) if present > -70 else 1.0
