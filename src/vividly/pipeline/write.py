"""The stage that writes the storyboard and has it verified. Knows authors by their port."""

from __future__ import annotations

from pydantic import ValidationError

from vividly.pipeline import verify
from vividly.pipeline.artifacts import Inquiry, Material, Storyboard
from vividly.pipeline.author.port import Author
from vividly.pipeline.failure import StageFailed
from vividly.steps import Step
from vividly.studio.specs import parse_picture


def run(inquiry: Inquiry, material: Material, *, author: Author) -> Storyboard:
    """A storyboard whose every line stands on its sources and whose every picture can be read. Raises StageFailed."""
    try:
        board = verify.run(author.write(inquiry, material))
    except ValueError as error:
        raise StageFailed(Step.WRITING, str(error)) from error
    if not board.scenes:
        raise StageFailed(Step.WRITING, "the storyboard has no scenes")
    ids = [scene.scene_id for scene in board.scenes]
    if len(set(ids)) != len(ids):
        raise StageFailed(Step.WRITING, "two scenes have the same id")
    for scene in board.scenes:
        try:
            parse_picture(scene.picture)
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(str(part) for part in wrong["loc"])
            raise StageFailed(Step.WRITING, f"scene {scene.scene_id}, picture: {place}: {wrong['msg']}") from error
    return board
