"""What `vividly quarantine …` does: shows operators poison messages, sends them again or forgets them."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from rich.table import Table

from vividly.cli import database
from vividly.cli.printing import wide_console
from vividly.db.engine import Pool, open_pool
from vividly.errors import NotPossible
from vividly.worker import quarantine

T = TypeVar("T")
SHOWN = 4096  # bytes of a body


def list_quarantine(*, data: Path | None, limit: int) -> int:
    found = with_pool(data, lambda pool: quarantine.shelf(pool, limit=limit))
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
    one = with_pool(data, lambda pool: quarantine.show(pool, key=key))
    print(f"key:        {one.key}\nreason:     {one.reason}\ntimes:      {one.count}")
    print(f"first seen: {one.first_seen:%Y-%m-%d %H:%M:%S} UTC\nlast seen:  {one.last_seen:%Y-%m-%d %H:%M:%S} UTC")
    for name, value in one.attributes.items():
        print(f"attribute:  {name!a} = {value!a}")
    for act in with_pool(data, lambda pool: quarantine.diary(pool, key=key)):
        print(f"done:       {act.at:%Y-%m-%d %H:%M:%S} UTC, {act.act} by {act.actor}: {act.reason!a}")
    # As a terminal can take it: a poison message may hold anything, escape sequences too.
    print(f"body ({len(one.body)} bytes):\n{ascii(one.body[:SHOWN].decode('utf-8', 'backslashreplace'))[1:-1]}")
    return 0


def replay(key: str, *, data: Path | None, reason: str, yes: bool) -> int:
    check_reason(reason)
    if not yes:
        knock = with_pool(data, lambda pool: quarantine.readable(pool, key=key))
        print(f"it would be sent again, for request {knock.request_id}; nothing was changed. Add --yes to do it.")
        return 0
    knock = with_pool(data, lambda pool: quarantine.replay(pool, key=key, actor=actor(), reason=reason))
    print(f"sent again, for request {knock.request_id}")
    return 0


def drop(key: str, *, data: Path | None, reason: str, yes: bool) -> int:
    check_reason(reason)
    if not yes:
        one = with_pool(data, lambda pool: quarantine.show(pool, key=key))
        print(f"{one.key} ({one.reason}) would be dropped; nothing was changed. Add --yes to do it.")
        return 0
    with_pool(data, lambda pool: quarantine.drop(pool, key=key, actor=actor(), reason=reason))
    print("dropped")
    return 0


def with_pool(data: Path | None, verb: Callable[[Pool], Awaitable[T]]) -> T:
    """One verb on the database of these settings."""

    async def run(url: str) -> T:
        async with await open_pool(url, min_size=1, max_size=1, name="operator") as pool:
            return await verb(pool)

    with database.opened(data) as address:
        return asyncio.run(run(address))


def actor() -> str:
    """Who sits at this terminal, for the history."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError, ImportError):  # a container may have a number for its user, and no name
        return f"operator:uid {os.getuid()}"


def check_reason(reason: str) -> None:
    """NotPossible, before anything is looked at, when nobody would know why later."""
    if not reason.strip():
        raise NotPossible("no_reason", "say why with --reason, for whoever reads the history", field="reason")
