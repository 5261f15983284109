"""Connections, transactions, and what a database error means to the house. Knows no table."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from vividly.errors import TryAgainLater, VividlyError

T = TypeVar("T")

Conn = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Conn]

STATEMENT_TIMEOUT: Final = "30s"
IDLE_TIMEOUT: Final = "60s"  # a transaction that waits for anything but the database is a mistake

# Nobody's fault: connection, rolled back to let another finish, resources, lock not to be had, shutting down, a replica.
PASSING_CLASSES: Final = frozenset({"08", "40", "53"})
PASSING_STATES: Final = frozenset({"55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25006"})
CONFLICTS: Final = frozenset({"40001", "40P01"})


class ContractBroken(VividlyError):
    """The database refused what our code wrote: a bug or a drifted schema, never cured by trying again.

    `sqlstate` is of class 22, 23, 42 or something unforeseen; `constraint` names the broken one where there is one.
    """

    def __init__(self, sqlstate: str, message: str, *, constraint: str = "") -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate, self.constraint = sqlstate, constraint


class Conflict(TryAgainLater):
    """Two transactions met and ours gave way (40001, 40P01); `again` repeats it at once."""


async def open_pool(url: str, *, min_size: int, max_size: int, name: str, patience: float = 5.0) -> Pool:
    """A pool that connects in the background, in UTC, with limits on every statement; rows are dicts.

    Returns at once even when the database is away: the first `transaction` then says so after `patience` seconds.
    The caller closes it, or writes `async with await open_pool(…) as pool`.
    """
    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "application_name": f"vividly {name}"},
        configure=_configure,
        min_size=min_size,
        max_size=max_size,
        timeout=patience,
        reconnect_timeout=5.0,  # then the next caller asks anew, instead of waiting for a long backoff to run out
        name=name,
        open=False,
    )
    await pool.open()
    return pool


async def _configure(conn: Conn) -> None:
    await conn.set_autocommit(True)
    await conn.execute(
        "SELECT set_config('TimeZone', 'UTC', false), set_config('statement_timeout', %s, false),"
        " set_config('idle_in_transaction_session_timeout', %s, false)",
        (STATEMENT_TIMEOUT, IDLE_TIMEOUT),
    )
    await conn.set_autocommit(False)


@contextlib.asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Conn]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Errors: TryAgainLater (database away, pool exhausted, locks; a commit cut off may have happened or not), Conflict, and
    ContractBroken with the psycopg error as its cause. Inside the block psycopg's own errors are seen, so an expected
    violation is caught there, around a `conn.transaction()` of its own.
    """
    used: Conn | None = None
    try:
        async with pool.connection() as conn:
            used = conn
            yield conn
    except psycopg.Error as error:
        if used is not None and used.broken:
            with contextlib.suppress(psycopg.Error):
                await pool.check()  # its neighbors were probably cut off too: do not hand them to the next caller
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error


@contextlib.asynccontextmanager
async def statement(pool: Pool) -> AsyncIterator[Conn]:
    """For one statement that is a transaction by itself: one round trip instead of three. Errors as those of `transaction`."""
    async with transaction(pool) as conn:
        await conn.set_autocommit(True)  # tells the server nothing
        try:
            yield conn
        finally:
            if conn.info.transaction_status is TransactionStatus.IDLE:
                await conn.set_autocommit(False)
            elif not conn.closed:
                await conn.close()  # cut off in the middle: nobody may get it like this


async def again(verb: Callable[[], Awaitable[T]], *, tries: int = 3) -> T:
    """Call `verb` until it ends without Conflict, at most `tries` times; it must hold its whole transaction."""
    for _ in range(tries - 1):
        with contextlib.suppress(Conflict):
            return await verb()
    return await verb()


def _meaning(error: psycopg.Error) -> VividlyError | None:
    """Who must act on this error? None for a mistake in how psycopg was called, which speaks for itself."""
    state = error.sqlstate
    if isinstance(error, PoolTimeout | PoolClosed | TooManyRequests):
        return TryAgainLater(f"no database connection: {error}", after=2.0)
    if state is None:
        return (
            TryAgainLater(f"the database went away: {error}", after=2.0)
            if isinstance(error, psycopg.OperationalError)
            else None
        )
    if state in CONFLICTS:
        return Conflict(f"{state}: {error.diag.message_primary}", after=0.1)
    if state[:2] in PASSING_CLASSES or state in PASSING_STATES:
        return TryAgainLater(f"{state}: {error.diag.message_primary}", after=2.0)
    return ContractBroken(state, error.diag.message_primary or str(error), constraint=error.diag.constraint_name or "")


async def row(conn: Conn, query: str, values: dict[str, Any]) -> DictRow | None:
    """The one row of a statement, or None. `query` is text of a store, never of a user."""
    cursor = await conn.execute(query, values)
    return await cursor.fetchone()


async def rows(conn: Conn, query: str, values: dict[str, Any]) -> list[DictRow]:
    """All rows of a statement. `query` is text of a store, never of a user."""
    cursor = await conn.execute(query, values)
    return await cursor.fetchall()
