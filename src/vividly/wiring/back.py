"""The worker: what answers /push, and what makes lessons."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vividly.settings import Settings
from vividly.wiring.kitchen import find_packs, open_drawers, open_shelf, open_tools, open_voice
from vividly.wiring.links import open_pulling, push_guard

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from vividly.db.engine import Pool
    from vividly.pipeline.tools import Tools
    from vividly.requests.notify import Notifier
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.retention import Retention
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
async def open_back(
    settings: Settings, url: str, *, may_load: Callable[[], Awaitable[None]], pull: bool = False
) -> AsyncIterator[Back]:
    """The worker's process: pool, kitchen with its drawing processes, runner and push door.

    Models are loaded after `may_load`, or when the first lesson needs them. `pull`: fetch requests from Pub/Sub.
    """
    from vividly.db.engine import open_pool
    from vividly.providers import breaker
    from vividly.requests.figures import Figures
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.worker.desk import Desk
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.push import create_push_app

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
    guard = push_guard(settings, pull=pull)

    with ends:
        async with await open_pool(url, min_size=2, max_size=10, name="work") as pool, asyncio.TaskGroup() as group:
            watch, notifier = ContractWatch(pool), Notifier(pool)
            await watch.look()
            runner = _runner(settings, pool=pool, kitchen=kitchen, notifier=notifier, crash=crash)
            desk = Desk(
                pool=pool,
                door=settings.transport,
                guard=guard,
                fit=watch.fit,
                missing=lambda: [*warming.problems(), *watch.problems],
                resting=breaker.resting,
                wake=runner.wake,
                crash=crash,
                stopping=stopping,
            )
            figures = Figures(pool, disk=settings.data, token=settings.metrics_token)
            for one in (watch.run(stopping), notifier.run(stopping), _retention(settings, pool).run(stopping)):
                group.create_task(one)
            warm = group.create_task(load())
            try:
                async with open_pulling(settings, pool=pool, desk=desk, pull=pull):
                    yield Back(create_push_app(desk, figures), runner, stopping)
            finally:
                stopping.set()
                warm.cancel()


def _runner(
    settings: Settings, *, pool: Pool, kitchen: LateKitchen, notifier: Notifier, crash: Callable[[str], None]
) -> Runner:
    from vividly.worker.runner import Rhythm, Runner
    from vividly.worker.settle import Limits

    return Runner(
        pool=pool,
        kitchen=kitchen,
        slots=settings.slots,
        rhythm=Rhythm(lease=settings.lease_seconds),
        limits=Limits(attempts=settings.max_attempts, crashes=settings.max_crashes),
        touch=notifier.touch,
        crash=crash,
    )


def _retention(settings: Settings, pool: Pool) -> Retention:
    from vividly.worker.retention import Keep, Retention

    keep = Keep(
        messages=settings.keep_messages_days,
        checkpoints=settings.keep_checkpoints_days,
        work=settings.keep_work_days,
        live=settings.keep_live_days,
    )
    return Retention(pool=pool, shelf=open_shelf(settings), keep=keep, scratch=settings.data / "scratch")


def _back_warming(kitchen: LateKitchen) -> Warming:
    from vividly.worker.warming import Warming

    return Warming(
        {
            "packs": find_packs,
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
