"""The stage that turns a scene's lines into measured speech and captions. Knows no picture."""

from __future__ import annotations

import numpy as np

from vividly.pipeline.artifacts import Narration, Scene
from vividly.pipeline.failure import StageFailed
from vividly.pipeline.narration import captions, speech
from vividly.providers.port import Samples, Voice
from vividly.shelf.port import Shelf
from vividly.steps import Step

VERSION = "1"
_FULL = 32767


def run(scene: Scene, *, voice: Voice, shelf: Shelf, key: str) -> Narration:
    """The scene spoken; its samples lie on the shelf as 16-bit mono PCM. `key` names them. Raises StageFailed if nothing is said."""
    lines = [line.text for line in scene.lines]
    if not any(line.strip() for line in lines):
        raise StageFailed(Step.NARRATING, f"scene {scene.scene_id} says nothing")
    said = speech.say(lines=lines, voice=voice)
    cues = captions.cues(said.words)
    if wrong := captions.uncovered(cues, said.words):
        raise StageFailed(Step.NARRATING, f"scene {scene.scene_id}: {wrong[0]}")
    item = shelf.put(f"work/{key}.pcm", (np.clip(said.samples, -1, 1) * _FULL).astype("<i2").tobytes())
    return Narration(scene.scene_id, said.seconds, said.words, said.line_times, cues, item.key, said.rate)


def samples(narration: Narration, *, shelf: Shelf) -> Samples:
    """The sound of a narration, from the shelf. Raises KeyError if it is gone."""
    return np.frombuffer(shelf.get(narration.audio_key), "<i2").astype(np.float32) / np.float32(_FULL)
