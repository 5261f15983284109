"""The figures of the whole service, for /metrics: read at most every five seconds, however many ask. Knows no HTTP."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vividly import metrics
from vividly.db import figures
from vividly.db.engine import ContractBroken, Pool, transaction
from vividly.errors import TryAgainLater

FRESH: Final = 5.0  # seconds
_PATIENCE: Final = 3.0


class Figures:
    """One per process. `disk`: the folder whose free space counts; `now`: what it looks up by itself, called at each scrape.

    `token`: who shows it may read; without one, who calls from this machine.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        disk: Path,
        token: str = "",
        now: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool, self._disk, self._token, self._now, self._clock = pool, disk, token, now, clock
        self._read_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    def may_read(self, *, authorization: str, peer: str, forwarded: bool) -> bool:
        """May whoever calls see the figures? `forwarded`: through a proxy."""
        return metrics.may_read(authorization=authorization, peer=peer, forwarded=forwarded, token=self._token)

    async def text(self) -> bytes:
        """Everything this process counts, and the database's figures, at most FRESH seconds old; without them if it is away."""
        async with self._one_at_a_time:
            if self._read_at is None or self._clock() - self._read_at >= FRESH:
                self._read_at = self._clock()
                metrics.DATABASE.show(await self._look())
        metrics.DISK_FREE.set(await asyncio.to_thread(_free, self._disk))
        self._now()
        return metrics.text()

    async def _look(self) -> dict[str, metrics.Values]:
        try:
            async with asyncio.timeout(_PATIENCE), transaction(self._pool) as conn:
                found = await figures.read(conn)
        except (TryAgainLater, ContractBroken, TimeoutError):
            return {"vividly_database_up": 0.0}
        counted = {"vividly_requests": found["requests"], "vividly_requests_failed": found["failed"]}
        return {name: values for name, values in counted.items() if values is not None} | {
            "vividly_database_up": 1.0,
            "vividly_queue_depth": float(found["ready"]),
            "vividly_queue_later": float(found["later"]),
            "vividly_queue_age_seconds": float(found["age"]),
            "vividly_leases_held": float(found["held"]),
            "vividly_leases_overdue": float(found["overdue"]),
            "vividly_outbox_unsent": float(found["unsent"]),
            "vividly_outbox_age_seconds": float(found["unsent_age"]),
            "vividly_quarantine_messages": float(found["kept"]),
            "vividly_quarantine_newest_seconds": float(found["newest"]),
        }


def _free(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
