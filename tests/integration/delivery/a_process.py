"""The real command line with a small kitchen: `a_process.py DIARY SECONDS_PER_STAGE serve|relay|work …`, to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import vividly.wiring.back
import vividly.worker.kitchen
from vividly.cli import main
from vividly.pipeline.artifacts import Finished
from vividly.steps import Step
from vividly.worker.warming import Warming

DIARY, SECONDS = Path(sys.argv[1]), float(sys.argv[2])
STAGES = (("storyboard", Step.WRITING), ("narration", Step.NARRATING), ("drawing", Step.DRAWING))


class SmallKitchen:
    """Three checkpointed stages that take a moment each, and a diary of what was begun and what was kept."""

    def __init__(self, opened: object) -> None: ...

    def tools(self) -> None: ...

    async def __call__(self, inquiry, bench):
        for stage, step in STAGES:
            if await bench.recall(stage, "input") is None:
                write(f"{inquiry.interest_asked} began {stage}")
                await asyncio.sleep(SECONDS)
                await bench.keep(stage, "input", b"x")
                write(f"{inquiry.interest_asked} kept {stage}")
            await bench.progress(step, 1, 1)
        name = "lesson-" + inquiry.interest_asked.replace(" ", "-")
        return Finished(
            name, f"lessons/{name}", "T", inquiry.topic_id, inquiry.facet, inquiry.interest, 9, 1.0, ("lesson.mp4",)
        )


def write(line: str) -> None:
    with DIARY.open("a") as page:
        page.write(f"{line}\n")


vividly.worker.kitchen.LateKitchen = SmallKitchen
vividly.wiring.back._back_warming = lambda _kitchen: Warming({})
sys.argv = ["vividly", *sys.argv[3:]]
sys.exit(main())
