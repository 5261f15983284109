"""Actors that take turns: one runs until its next pause, then a seeded choice says who goes on, and who is killed there.

Each actor has a way to the database of its own, which fails as databases do: away, cut off before a commit, cut off after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout


class Killed(BaseException):
    """kill -9: nothing of the actor's own runs after this, and nothing it does reaches the database."""


@dataclass
class Weather:
    """How bad it is. Shares of transactions; `away`: no connection can be had at all."""

    away: bool = False
    cut: float = 0.0
    unknown: float = 0.0

    def calm(self) -> None:
        self.away, self.cut, self.unknown = False, 0.0, 0.0


class WayToDatabase:
    """What an actor takes for its pool."""

    def __init__(self, pool: AsyncConnectionPool, weather: Weather, chance: random.Random) -> None:
        self._pool, self._weather, self._chance = pool, weather, chance
        self.alive = True

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        if not self.alive:
            raise Killed
        if self._weather.away:
            raise PoolTimeout("the database is away")
        luck = self._chance.random()
        async with self._pool.connection() as conn:
            yield conn
            if not self.alive:
                raise Killed
            if luck < self._weather.cut:
                raise psycopg.OperationalError("cut off before the commit")
        if self._weather.cut <= luck < self._weather.cut + self._weather.unknown:
            raise psycopg.OperationalError("cut off after the commit: nobody knows whether it happened")

    async def check(self) -> None:
        return


class Actor:
    """`life` is called anew after every kill, with the actor; it pauses in `turn`, and may end."""

    def __init__(self, name: str, life: Callable[[Actor], Awaitable[None]], way: Callable[[], WayToDatabase]) -> None:
        self.name, self._life, self._new_way = name, life, way
        self.pool = way()
        self.point = ""
        self.kills = 0
        self._task: asyncio.Task[None] | None = None
        self._go = asyncio.Event()
        self._paused = asyncio.Event()

    @property
    def over(self) -> bool:
        return self._task is not None and self._task.done()

    async def turn(self, point: str = "") -> None:
        """Let others go on. This may be the last that is heard of us."""
        self.point = point
        self._paused.set()
        await self._go.wait()
        self._go.clear()
        if not self.pool.alive:
            raise Killed

    async def step(self) -> None:
        """Run to the next pause."""
        self._paused.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._live())
        else:
            self._go.set()
        await self._paused.wait()
        if self._task.done():
            self._task.result()

    async def kill(self) -> None:
        """Stop here and now; the next step is a new process."""
        self.kills += 1
        self.pool.alive = False
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
        self._task, self.pool, self.point = None, self._new_way(), "killed"
        self._go.clear()

    async def _live(self) -> None:
        try:
            await self._life(self)
        except (Killed, asyncio.CancelledError):
            if self.pool.alive:
                raise
        finally:
            self._paused.set()
