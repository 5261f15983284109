"""A lesson that cannot be drawn ends as failed, at once, with the stage's name and words that are safe to show."""

from vividly.pipeline.drawers import InlineDrawers
from vividly.providers.port import WordTime
from vividly.requests.states import FailureCode, Status
from vividly.studio.scene import SceneJob
from vividly.studio.specs import parse_picture


def a_scene_nobody_can_draw():
    picture = {"kind": "formula", "math": "F = secretvariable", "parts": [{"symbol": "F", "name": "force", "cue": "force"}]}
    return SceneJob(
        scene_id="formula",
        heading="A formula",
        picture=parse_picture(picture),
        words=(WordTime("force", 0.0, 0.5),),
        line_times=((0.0, 0.5),),
        seconds=1.0,
        interest="",
        number=1,
        total=1,
    )


async def test_what_cannot_be_drawn_fails_at_once_with_its_stage(pool, file, kit):
    tries, scene = [], a_scene_nobody_can_draw()

    async def kitchen(inquiry, bench):
        tries.append(1)
        await InlineDrawers().draw(scene)
        raise AssertionError("it was drawn")

    filed = await file()
    async with kit.service(pool, kitchen, limits=kit.limits(wait=0.0)):
        told = await kit.until(pool, filed.request_id, Status.FAILED)
    assert tries == [1]
    assert told.failure.code == FailureCode.STAGE_FAILED
    assert told.failure.step == "drawing"
    assert told.failure.message
    assert "secret" not in told.failure.message
    # An operator reads why.
    assert await kit.count(pool, "jobs WHERE last_error LIKE 'drawing: scene formula%%'") == 1
