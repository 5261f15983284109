"""The worker: what answers /push, and what makes lessons."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vividly.settings import Settings
from vividly.wiring.kitchen import load_packs, open_drawers, open_shelf, open_tools, open_voice
from vividly.wiring.links import push_guard

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from vividly.pipeline.tools import Tools
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.runner import Runner
    from vividly.worker.warming import Warming


@dataclass(frozen=True, slots=True)
class Back:
    """The worker: what answers /push, and what makes lessons. `stopping` closes the door before the runner stops."""

    app: Starlette
    runner: Runner
    stopping: asyncio.Event


def prepare_back() -> None:
    """Import what the worker's door needs: the database comes up meanwhile. Models are loaded when the door is open."""
    import uvicorn  # noqa: F401

    import vividly.db.contract
    import vividly.requests.declared
    import vividly.worker.push
    import vividly.worker.runner  # noqa: F401


@contextlib.asynccontextmanager
async def open_back(settings: Settings, url: str, *, may_load: Callable[[], Awaitable[None]]) -> AsyncIterator[Back]:
    """The worker's process: pool, kitchen with its drawing processes, runner and push door.

    Models are loaded after `may_load`, or when the first lesson needs them.
    """
    from vividly.db.engine import open_pool
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.push import Desk, create_push_app
    from vividly.worker.runner import Rhythm, Runner
    from vividly.worker.settle import Limits

    stopping, ends = asyncio.Event(), contextlib.ExitStack()

    def opened() -> Tools:
        drawers = open_drawers(settings)
        ends.callback(drawers.close)
        drawers.warm()
        return open_tools(settings, drawers=drawers, shelf=open_shelf(settings))

    kitchen = LateKitchen(opened)
    warming = _back_warming(kitchen)

    async def load() -> None:
        await may_load()
        await warming.run()

    crash = _crash_at(settings.crash_at)
    guard = push_guard(settings)

    with ends:
        async with await open_pool(url, min_size=2, max_size=10, name="work") as pool, asyncio.TaskGroup() as group:
            watch, notifier = ContractWatch(pool), Notifier(pool)
            await watch.look()
            runner = Runner(
                pool=pool,
                kitchen=kitchen,
                slots=settings.slots,
                rhythm=Rhythm(lease=settings.lease_seconds),
                limits=Limits(attempts=settings.max_attempts, crashes=settings.max_crashes),
                touch=notifier.touch,
                crash=crash,
            )
            fit, missing = watch.fit, warming.problems
            desk = Desk(pool=pool, guard=guard, fit=fit, missing=missing, wake=runner.wake, crash=crash, stopping=stopping)
            group.create_task(watch.run(stopping))
            group.create_task(notifier.run(stopping))
            warm = group.create_task(load())
            try:
                yield Back(create_push_app(desk), runner, stopping)
            finally:
                stopping.set()
                warm.cancel()


def _back_warming(kitchen: LateKitchen) -> Warming:
    from vividly.worker.warming import Warming

    return Warming(
        {
            "packs": load_packs,
            "kitchen": kitchen.tools,
            "voice": lambda: open_voice().speak("All is well."),
            "formulas": _set_formula,
        }
    )


def _set_formula() -> None:
    from vividly.studio.maths import set_formula

    set_formula("F = m a", size=40, color="#000000")


def _crash_at(point: str) -> Callable[[str], None]:
    """For tests of recovery: end this process, as `kill -9` would, when it reaches the named point."""
    if not point:
        return lambda _point: None

    def crash(reached: str) -> None:
        if reached == point:
            os._exit(137)

    return crash
