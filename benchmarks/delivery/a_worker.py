"""One worker with a small kitchen. Order: url, data, slots, stages, seconds (per job), lease, door (serve /push?), wait, stamps.

Tells: port (with a door); ready; with stamps claimed, cooking, kept, settled; drained when it has settled `jobs`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn
from a_door import Server
from children import tell

from vividly import logs
from vividly.db.engine import open_pool
from vividly.pipeline.artifacts import Finished, Inquiry
from vividly.requests.notify import Notifier
from vividly.settings import read
from vividly.wiring.links import push_guard
from vividly.worker.bench import Bench
from vividly.worker.desk import Desk
from vividly.worker.push import create_push_app
from vividly.worker.runner import Rhythm, Runner


class SmallKitchen:
    """`stages` checkpointed stages that take `seconds` together: each is looked up, worked on, kept."""

    def __init__(self, *, stages: int, seconds: float, stamps: bool) -> None:
        self._stages, self._seconds, self._stamps = stages, seconds, stamps

    async def __call__(self, inquiry: Inquiry, bench: Bench) -> Finished:
        about = inquiry.question
        if self._stamps:
            tell(cooking=time.monotonic_ns(), about=about)
        if not self._stages and self._seconds:
            await asyncio.sleep(self._seconds)
        for number in range(self._stages):
            stage = f"stage{number}"
            if await bench.recall(stage, "input") is None:
                if self._stamps:
                    tell(began=stage, about=about, at=time.monotonic_ns())
                if self._seconds:
                    await asyncio.sleep(self._seconds / self._stages)
                await bench.keep(stage, "input", b"x" * 100)
                if self._stamps:
                    tell(kept=stage, about=about)
        name = f"lesson-{os.getpid()}-{time.monotonic_ns()}"
        return Finished(name, f"lessons/{name}", "T", "topic", "facet", inquiry.interest, 9, 1.0, ("lesson.mp4",))


class Points:
    """The runner's named points, told with their moment, and counted."""

    def __init__(self, *, stamps: bool, jobs: int) -> None:
        self._stamps, self._left = stamps, jobs
        self.drained = asyncio.Event()

    def __call__(self, point: str) -> None:
        if point == "settled":
            self._left -= 1
            if self._left == 0:
                tell(drained=time.monotonic_ns())
        if self._stamps and point in {"claimed", "settled"}:
            tell(**{point: time.monotonic_ns()})


async def main(order: dict[str, Any]) -> None:
    logs.configure(form="json", level="info", process="work")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    stamps = bool(order.get("stamps"))
    kitchen = SmallKitchen(stages=order["stages"], seconds=order.get("seconds", 0.0), stamps=stamps)
    async with await open_pool(order["url"], min_size=2, max_size=10, name="work") as pool, asyncio.TaskGroup() as group:
        notifier = Notifier(pool)
        group.create_task(notifier.run(stop))
        runner = Runner(
            pool=pool,
            kitchen=kitchen,
            slots=order["slots"],
            rhythm=Rhythm(lease=order.get("lease", 60.0)),
            touch=notifier.touch,
            crash=Points(stamps=stamps, jobs=order.get("jobs", 0)),
        )
        if order.get("door"):
            group.create_task(serve(order, Desk(pool=pool, guard=guard_of(order), wake=runner.wake), stop))
        tell(ready=True)
        if order.get("wait"):
            await loop.run_in_executor(None, sys.stdin.readline)
        tell(started=time.monotonic_ns())
        running = group.create_task(runner.run())
        await stop.wait()
        await runner.stop(within=2.0)
        await running


def guard_of(order: dict[str, Any]) -> Any:
    return push_guard(read(data=Path(order["data"])), pull=False)


async def serve(order: dict[str, Any], desk: Desk, stop: asyncio.Event) -> None:
    bound = socket.socket()
    bound.bind(("127.0.0.1", order["door"]))
    with bound:
        server = Server(uvicorn.Config(create_push_app(desk), log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve([bound]))
        await stop.wait()
        server.should_exit = True
        await serving


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
