"""A worker process of its own, to be killed: `a_worker.py DATABASE_URL DIARY CRASH_POINT SECONDS_PER_STAGE`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from vividly.db.engine import open_pool
from vividly.pipeline.artifacts import Finished
from vividly.steps import Step
from vividly.worker.runner import Rhythm, Runner


async def main(url: str, diary: Path, crash_point: str, seconds: float) -> None:
    async def kitchen(inquiry, bench):
        for stage, step in (("storyboard", Step.WRITING), ("narration", Step.NARRATING), ("drawing", Step.DRAWING)):
            if await bench.recall(stage, inquiry.interest) is None:
                with diary.open("a") as page:
                    page.write(f"{inquiry.interest} {stage}\n")
                await asyncio.sleep(seconds)
                await bench.keep(stage, inquiry.interest, b"x")
            await bench.progress(step, 1, 1)
        name = f"lesson-{inquiry.interest}"
        return Finished(name, f"lessons/{name}", "T", "topic", "facet", inquiry.interest, 9, 1.0, ("lesson.mp4",))

    def crash(point):
        if point == crash_point:
            os.kill(os.getpid(), signal.SIGKILL)

    rhythm = Rhythm(lease=1.0, poll=0.05, recover=0.1, sweep=0.5, lost_after=1.0)
    async with await open_pool(url, min_size=1, max_size=6, name="worker") as pool:
        runner = Runner(pool=pool, kitchen=kitchen, slots=2, rhythm=rhythm, crash=crash)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: stopping.append(loop_stop(runner)))
        stopping: list[asyncio.Task[None]] = []
        await runner.run()
        await asyncio.gather(*stopping)


def loop_stop(runner):
    return asyncio.get_running_loop().create_task(runner.stop(within=5.0))


asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
