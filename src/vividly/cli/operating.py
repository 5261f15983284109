"""`vividly quarantine …` and `vividly requests …`: what an operator does with poison messages and failed requests."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.table import Table

from vividly.cli import database
from vividly.cli.printing import wide_console
from vividly.db.engine import Pool, open_pool
from vividly.errors import NotPossible
from vividly.requests import actions
from vividly.requests.model import RequestId
from vividly.worker import quarantine

T = TypeVar("T")
SHOWN = 4096  # bytes of a body


def list_quarantine(*, data: Path | None, limit: int) -> int:
    found = _with_pool(data, lambda pool: quarantine.shelf(pool, limit=limit))
    if not found:
        print("nothing is in quarantine")
        return 0
    table = Table("key", "reason", "times", "last seen (UTC)", "replayed")
    for one in found:
        replayed = f"{one.replayed_at:%Y-%m-%d %H:%M} by {one.replayed_by}" if one.replayed_at else ""
        table.add_row(one.key, one.reason, str(one.count), f"{one.last_seen:%Y-%m-%d %H:%M:%S}", replayed)
    wide_console().print(table)
    return 0


def show(key: str, *, data: Path | None) -> int:
    one = _with_pool(data, lambda pool: quarantine.show(pool, key=key))
    print(f"key:        {one.key}\nreason:     {one.reason}\ntimes:      {one.count}")
    print(f"first seen: {one.first_seen:%Y-%m-%d %H:%M:%S} UTC\nlast seen:  {one.last_seen:%Y-%m-%d %H:%M:%S} UTC")
    for name, value in one.attributes.items():
        print(f"attribute:  {name!a} = {value!a}")
    # As a terminal can take it: a poison message may hold anything, escape sequences too.
    print(f"body ({len(one.body)} bytes):\n{ascii(one.body[:SHOWN].decode('utf-8', 'backslashreplace'))[1:-1]}")
    return 0


def replay(key: str, *, data: Path | None) -> int:
    knock = _with_pool(data, lambda pool: quarantine.replay(pool, key=key, actor=_actor()))
    print(f"sent again, for request {knock.request_id}")
    return 0


def drop(key: str, *, data: Path | None) -> int:
    _with_pool(data, lambda pool: quarantine.drop(pool, key=key))
    print("dropped")
    return 0


def replay_request(request_id: str, *, data: Path | None) -> int:
    try:
        wanted = RequestId(UUID(request_id))
    except ValueError as error:
        raise NotPossible("bad_request_id", "a request id is a UUID, as `status` shows it", field="request_id") from error
    again = _with_pool(data, lambda pool: actions.replay(pool, request_id=wanted, actor=_actor()))
    print(f"request {again.request_id} is {again.status} again, epoch {again.epoch}")
    return 0


def _with_pool(data: Path | None, verb: Callable[[Pool], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        async with await open_pool(url, min_size=1, max_size=1, name="operator") as pool:
            return await verb(pool)

    with database.opened(data) as address:
        return asyncio.run(run(address))


def _actor() -> str:
    return f"operator:{getpass.getuser()}"
