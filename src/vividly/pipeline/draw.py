"""The stage that draws a narrated scene to its measure. Knows the studio's jobs and who carries them out, no encoder."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from vividly.pipeline.artifacts import Narration, Scene, Storyboard
from vividly.pipeline.drawers import Drawers
from vividly.shelf.port import Shelf
from vividly.studio.scene import EncodedScene, SceneJob
from vividly.studio.specs import parse_picture


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scene's encoded picture, its bytes on the shelf. `frames` at 24 a second; `distinct` were really drawn, in `seconds`."""

    scene_id: str
    data_key: str
    frames: int
    distinct: int
    content: str
    seconds: float


def job(board: Storyboard, scene: Scene, narration: Narration) -> SceneJob:
    """What the studio must know to draw `scene`: pure data."""
    return SceneJob(
        scene_id=scene.scene_id,
        heading=scene.heading,
        picture=parse_picture(scene.picture),
        words=narration.words,
        line_times=narration.line_times,
        seconds=narration.seconds,
        interest=board.interest,
        number=board.scenes.index(scene) + 1,
        total=len(board.scenes),
    )


async def run(task: SceneJob, *, drawers: Drawers, shelf: Shelf, key: str) -> Drawn:
    """The scene drawn and encoded. Raises StageFailed if its layout is not fit to be seen."""
    drawing = await drawers.draw(task)
    encoded = drawing.scene
    item = await asyncio.to_thread(shelf.put, f"work/{key}.scene", encoded.data)
    return Drawn(task.scene_id, item.key, encoded.frames, encoded.distinct, encoded.key, drawing.seconds)


def encoded(drawn: Drawn, *, shelf: Shelf) -> EncodedScene:
    """The encoded scene, from the shelf. Raises KeyError if it is gone."""
    return EncodedScene(data=shelf.get(drawn.data_key), frames=drawn.frames, key=drawn.content, distinct=drawn.distinct)
