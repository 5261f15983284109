"""Holds the schema contract against the database: at the start of a process, and while it runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from vividly import logs, metrics
from vividly.db import contract
from vividly.db.engine import Pool, transaction
from vividly.errors import VividlyError
from vividly.requests.declared import declared

# A running process notices a broken contract within fifteen seconds: this pause, and the look itself on a busy machine.
EVERY: Final = 10.0
_log = logs.get("contract")


async def broken(pool: Pool, *, exact: bool = False) -> list[str]:
    """What code can write and the database does not take, in words for an operator. Empty when the contract holds."""
    async with transaction(pool) as conn:
        return [problem.message for problem in await contract.check(conn, declared(), exact=exact)]


class ContractWatch:
    """Looks at the start and every EVERY seconds; `problems` is what it saw last."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.problems: list[str] = ["the schema contract has not been looked at yet"]

    def fit(self) -> bool:
        return not self.problems

    async def look(self) -> None:
        try:
            found = await broken(self._pool)
        except VividlyError:
            # Whether the database can be reached is another question, with an answer of its own.
            return
        metrics.CONTRACT.set(not found)
        if found and found != self.problems:
            _log.error("contract.broken", problems=found)
        elif self.problems and not found:
            _log.info("contract.holds")
        self.problems = found

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY)

    async def probe(self) -> list[str]:
        return list(self.problems)
