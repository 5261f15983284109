"""Tells other processes that something happened to a request. Only a hint: whoever listens polls too, and the row is the truth.

Never inside a transaction that writes: commits that notify are serialized by PostgreSQL (measured 8 times slower).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from vividly.db.engine import ContractBroken, Pool, statement
from vividly.errors import TryAgainLater
from vividly.requests import store
from vividly.requests.model import RequestId

_AT_ONCE = 200  # a payload holds 8,000 bytes


class Notifier:
    """Collects ids for `gather` seconds and sends them together, so that thousands of changes cost a hundred commits."""

    def __init__(self, pool: Pool, *, gather: float = 0.01) -> None:
        self._pool, self._gather = pool, gather
        self._waiting: set[RequestId] = set()
        self._some = asyncio.Event()

    def touch(self, request_id: RequestId) -> None:
        """Something happened to this request. Never blocks, never fails."""
        self._waiting.add(request_id)
        self._some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, and then once more what is left."""
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                some = asyncio.create_task(self._some.wait())
                await asyncio.wait({some, stopped}, return_when=asyncio.FIRST_COMPLETED)
                some.cancel()
                await asyncio.sleep(self._gather)
                await self._send()
        finally:
            stopped.cancel()

    async def _send(self) -> None:
        self._some.clear()
        waiting, self._waiting = list(self._waiting), set()
        # A database that is away has nothing to tell; whoever listens polls when it is back.
        with contextlib.suppress(TryAgainLater, ContractBroken):
            for start in range(0, len(waiting), _AT_ONCE):
                async with statement(self._pool) as conn:
                    await store.notify(conn, request_ids=waiting[start : start + _AT_ONCE])


async def listen(conninfo: str, *, poll: float = 1.0) -> AsyncIterator[frozenset[RequestId]]:
    """Ids of requests to which something happened. An empty set means: look at everything you watch.

    An empty one comes at least every `poll` seconds, at the start, and after the connection was lost.
    """
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            conn = await psycopg.AsyncConnection[DictRow].connect(conninfo, autocommit=True, row_factory=dict_row)
            async with conn:
                await store.listen(conn)
                looked = float("-inf")
                while True:
                    if time.monotonic() - looked >= poll:
                        looked = time.monotonic()
                        yield frozenset()
                    heard = [note.payload async for note in conn.notifies(timeout=poll, stop_after=1)]
                    if heard:
                        yield frozenset(RequestId(UUID(word)) for payload in heard for word in payload.split())
        yield frozenset()
        await asyncio.sleep(poll)
