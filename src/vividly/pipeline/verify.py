"""A storyboard is verified before a word is narrated: each factual line stands on the passage it cites, or is dropped.

Pure. What was found is counted into the storyboard, and from there into the manifest.
"""

from __future__ import annotations

import re
from dataclasses import replace

from vividly.curriculum import readability
from vividly.pipeline.artifacts import Line, Scene, Storyboard

MIN_SHARED_WORDS = 0.5
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WORD = re.compile(r"[a-z]{4,}")


def run(board: Storyboard) -> Storyboard:
    """The storyboard without unsupported lines, and with `checks` filled. Raises ValueError if a scene is left empty."""
    texts = {source.passage_id: source.text for source in board.sources}
    # Numbers that were solved stand in the picture of the scene that solves them.
    solved = set(_NUMBER.findall(" ".join(str(scene.picture) for scene in board.scenes if scene.role == "numbers")))
    dropped = 0
    scenes: list[Scene] = []
    for scene in board.scenes:
        kept = tuple(line for line in scene.lines if not line.factual or _supported(line, scene, texts, solved))
        dropped += len(scene.lines) - len(kept)
        if not kept:
            raise ValueError(f"scene {scene.scene_id}: no line of it is supported by what it cites")
        scenes.append(replace(scene, lines=kept))
    factual = sum(1 for scene in board.scenes for line in scene.lines if line.factual)
    spoken = " ".join(line.text for scene in scenes for line in scene.lines)
    checks: dict[str, object] = {
        "factual_sentences": factual,
        "grounded_sentences": factual - dropped,
        "dropped_sentences": dropped,
        "reading_grade": round(readability.grade_level(spoken), 1),
        "has_analogy": any(scene.role == "analogy" for scene in scenes),
    }
    return replace(board, scenes=tuple(scenes), checks=checks)


def _supported(line: Line, scene: Scene, texts: dict[str, str], solved: set[str]) -> bool:
    """Half its longer words stand in what it cites. Numbers must stand there too, but for those that were solved."""
    cited = " ".join(texts.get(key, "") for key in line.sources)
    if not cited:
        return False
    own = scene.role in ("numbers", "answer")
    known = set(_NUMBER.findall(cited)) | (solved if own else set())
    if not set(_NUMBER.findall(line.text)) <= known:
        return False
    if scene.role in ("numbers", "formula") or (own and set(_NUMBER.findall(line.text)) & solved):
        return True
    words = set(_WORD.findall(line.text.lower()))
    return not words or len(words & set(_WORD.findall(cited.lower()))) / len(words) >= MIN_SHARED_WORDS
