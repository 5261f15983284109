"""Drawing processes: replaced when one is killed, gone when their parent is."""

import os
import select
import signal
import subprocess
import sys

import pytest

from vividly.errors import TryAgainLater
from vividly.pipeline.drawers import DrawerPool
from vividly.pipeline.failure import StageFailed
from vividly.providers.port import WordTime
from vividly.studio.scene import SceneJob
from vividly.studio.specs import parse_picture

PICTURE = {"kind": "key_points", "points": [{"text": "Pushes come in pairs"}, {"text": "Both are equal"}]}


def job(**changes):
    words = (WordTime("Pushes", 0.3, 0.8), WordTime("pairs.", 0.9, 1.3))
    whole = {
        "scene_id": "s",
        "heading": "Pushes",
        "picture": parse_picture(PICTURE),
        "words": words,
        "line_times": ((0.3, 1.3),),
    }
    return SceneJob(**(whole | {"seconds": 2.0, "interest": "soccer", "number": 1, "total": 2} | changes))


@pytest.fixture
def pool():
    pool = DrawerPool(processes=1)
    yield pool
    pool.close()


async def test_a_killed_drawing_process_is_replaced(pool):
    first = await pool.draw(job())
    assert first.scene.frames == 48
    assert first.seconds > 0
    for process in list(pool._pool._processes.values()):
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    again = await pool.draw(job())
    assert again.scene == first.scene


async def test_one_that_dies_at_every_try_is_tried_again_later(pool, monkeypatch):
    monkeypatch.setattr("vividly.pipeline.drawers.drawn", os._exit)
    with pytest.raises(TryAgainLater):
        await pool.draw(3)


async def test_a_bad_job_fails_by_itself_and_the_pool_goes_on(pool):
    with pytest.raises(StageFailed, match="scene s: "):
        await pool.draw(job(picture=None))
    assert (await pool.draw(job())).scene.frames == 48


PARENT = """
import os, sys
from vividly.pipeline.drawers import DrawerPool
if __name__ == "__main__":
    pool = DrawerPool(processes=2)
    pool.warm()
    print(*{pool._open().submit(os.getpid).result() for _ in range(20)} | set(pool._pool._processes), flush=True)
    sys.stdin.read()
"""


def test_drawing_processes_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        watches = [os.pidfd_open(pid) for pid in pids]
        parent.kill()
        for watch in watches:
            ended, _, _ = select.select([watch], [], [], 30)
            os.close(watch)
            assert ended
