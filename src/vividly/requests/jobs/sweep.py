"""What sets right whatever a lost worker or a lost message left behind. Idempotent; any number of processes may run it."""

from __future__ import annotations

import contextlib
from typing import Final

from vividly import metrics
from vividly.db.engine import ContractBroken, Pool, transaction
from vividly.errors import LeaseLost
from vividly.requests.jobs import store as jobs
from vividly.requests.jobs.actions import MAX_CRASHES, bury, ring
from vividly.requests.model import RequestId, Swept
from vividly.requests.states import FailureCode
from vividly.transport import store as messages

_AT_ONCE: Final = 200


async def reach(pool: Pool) -> None:
    """Nothing, or TryAgainLater while the database is away."""
    async with transaction(pool) as conn:
        await jobs.probe(conn)


async def free_expired(pool: Pool) -> tuple[RequestId, ...]:
    """Free every job whose lease has run out: one statement, so it may run every second."""
    async with transaction(pool) as conn:
        freed = await jobs.free_expired(conn)
    metrics.LEASES_EXPIRED.inc(len(freed))
    return freed


async def sweep(pool: Pool, *, lost_after: float = 30.0, max_crashes: int = MAX_CRASHES, free: bool = True) -> Swept:
    """Free expired leases, bury what keeps killing workers, ring for requests whose knock was lost `lost_after` seconds ago."""
    freed = await free_expired(pool) if free else ()
    async with transaction(pool) as conn:
        hopeless = await jobs.hopeless(conn, max_crashes=max_crashes, limit=_AT_ONCE)
        untold = await jobs.dead_but_open(conn, limit=_AT_ONCE)
        silent = await jobs.never_rung(conn, older_than=lost_after, limit=_AT_ONCE)
        unsent = await messages.unsent(conn, older_than=lost_after)
    buried = [one for one in hopeless if await _buried(pool, one, FailureCode.CRASHED_TOO_OFTEN)]
    buried += [one for one in untold if await _buried(pool, one, FailureCode.CONTRACT_BROKEN)]
    rung = [one for one in silent if await _rung(pool, one)]
    return Swept(freed=freed, buried=tuple(buried), rung=tuple(rung), unsent=unsent)


async def _buried(pool: Pool, request_id: RequestId, code: FailureCode) -> bool:
    """Was the request told? One that somebody took meanwhile is left alone."""
    with contextlib.suppress(LeaseLost, ContractBroken):
        return await bury(pool, request_id=request_id, code=code)
    return False


async def _rung(pool: Pool, request_id: RequestId) -> bool:
    """One request whose job the schema refuses must not keep the others waiting."""
    try:
        await ring(pool, request_id=request_id)
    except ContractBroken:
        await _buried(pool, request_id, FailureCode.CONTRACT_BROKEN)
        return False
    return True
