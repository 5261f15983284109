"""Forgets what nobody needs any more: messages, checkpoints, parts of lessons. Never what an unfinished request needs."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vividly import logs, metrics
from vividly.db.engine import Conn, ContractBroken, Pool, transaction
from vividly.errors import TryAgainLater
from vividly.requests.jobs import store as jobs
from vividly.shelf.port import Shelf
from vividly.transport import store as messages

_DAY: Final = 86_400.0
_AT_ONCE: Final = 1000  # rows of one transaction: short, so that nobody waits for it
_ROUNDS: Final = 100
_FIRST: Final = 300.0  # seconds after a start, which has better things to do

_log = logs.get("retention")


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days. `messages`: longer than a broker delivers them (Pub/Sub: seven days), or one could come back as new."""

    messages: float = 8.0
    checkpoints: float = 7.0
    work: float = 14.0
    live: float = 2.0


class Retention:
    """Any number of processes may run one: what one has removed, the others do not find.

    `scratch`: a folder of this machine where killed processes leave things; everything older than a day goes.
    """

    def __init__(self, *, pool: Pool, shelf: Shelf, keep: Keep, scratch: Path | None = None, every: float = 3600.0) -> None:
        self._pool, self._shelf, self._keep, self._scratch, self._every = pool, shelf, keep, scratch, every

    async def run(self, stop: asyncio.Event) -> None:
        """Once every hour until `stop`; soon after a start, too, for some processes never live for an hour."""
        wait = min(_FIRST, self._every)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = self._every
            if not stop.is_set():
                await self._guarded()

    async def once(self) -> dict[str, int]:
        """How many of each kind are gone. TryAgainLater, ContractBroken: what went before is gone all the same."""
        keep = self._keep
        gone = {
            "outbox": await self._rows(lambda conn: messages.prune_outbox(conn, days=keep.messages, limit=_AT_ONCE)),
            "inbox": await self._rows(lambda conn: messages.prune_inbox(conn, days=keep.messages, limit=_AT_ONCE)),
            "checkpoints": await self._rows(lambda conn: jobs.prune_stages(conn, days=keep.checkpoints, limit=_AT_ONCE)),
        }
        for prefix, days in (("work", keep.work), ("live", keep.live)):
            async with transaction(self._pool) as conn:
                needed = await jobs.needed(conn)
            gone[prefix] = await asyncio.to_thread(self._shelf.forget, prefix, older_than=days * _DAY, spare=needed)
        if self._scratch is not None:
            gone["scratch"] = await asyncio.to_thread(_clear, self._scratch)
        for what, count in gone.items():
            metrics.PRUNED.labels(what).inc(count)
        return gone

    async def _rows(self, prune: Callable[[Conn], Awaitable[int]]) -> int:
        total = 0
        for _ in range(_ROUNDS):
            async with transaction(self._pool) as conn:
                total += (gone := await prune(conn))
            if gone < _AT_ONCE:
                break
        return total

    async def _guarded(self) -> None:
        try:
            gone = await self.once()
        except (TryAgainLater, ContractBroken, OSError) as error:
            _log.warning("retention.not_now", fault=type(error).__name__)
        else:
            if any(gone.values()):
                _log.info("retention.pruned", **gone)


def _clear(folder: Path) -> int:
    """What has lain there for a day was left by a process that was killed."""
    gone = 0
    with contextlib.suppress(FileNotFoundError):
        for one in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if one.stat().st_mtime < time.time() - _DAY:
                    shutil.rmtree(one) if one.is_dir() else one.unlink()
                    gone += 1
    return gone
