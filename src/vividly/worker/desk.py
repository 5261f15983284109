"""One message in, a job row made sure of, one typed outcome out: the same behind every door. Knows no HTTP and no broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from vividly import logs, metrics, tracing
from vividly.db.engine import ContractBroken, Pool, transaction
from vividly.errors import LeaseLost, TryAgainLater
from vividly.requests.jobs.actions import Rung, bury, ring
from vividly.requests.states import FailureCode
from vividly.transport import store as messages
from vividly.worker.answers import ANSWERS, Door, Outcome
from vividly.worker.envelope import Knock, Malformed, Newer, hash_key, read

KEEP: Final = 64 * 1024  # bytes of a poison message's body: enough to see what it was
_UNKNOWN_TIMES: Final = 3

_log = logs.get("push")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a door needs. `guard(authorization header, body)`: may this caller knock? None: everybody may.

    `fit`: may this process write at all (schema contract)? `missing`: what lessons are made with and is not loaded, by name.
    `resting`: providers that are left alone for a moment.
    `wake`: a job may be runnable now. `crash`: for tests of recovery, called with the name of a crash point.
    """

    pool: Pool
    door: Door = "embedded"
    guard: Callable[[str, bytes], Awaitable[bool]] | None = None
    fit: Callable[[], bool] = lambda: True
    missing: Callable[[], list[str]] = list
    resting: Callable[[], list[str]] = list
    wake: Callable[[], None] = lambda: None
    crash: Callable[[str], None] = lambda _point: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def take_in(desk: Desk, body: bytes, *, whole: bool = True) -> Outcome:
    """What becomes of one envelope, let in already. `whole`: False if `body` is only the beginning. Never raises for a message."""
    outcome = await _outcome(desk, body, whole=whole)
    told(desk, outcome)
    return outcome


def told(desk: Desk, outcome: Outcome) -> None:
    """Log and count what was answered; also for a door that sends somebody away by itself."""
    status = ANSWERS[outcome][desk.door]
    metrics.PUSHES.labels(str(outcome), str(status)).inc()
    _log.info("push.answered", outcome=str(outcome), status=status)


async def _outcome(desk: Desk, body: bytes, *, whole: bool) -> Outcome:
    if desk.stopping.is_set():
        return Outcome.STOPPING
    if not desk.fit():
        return Outcome.AWAY
    try:
        if not whole:
            return await _keep_poison(desk, Malformed("the body is too large", hash_key(body)), body)
        match read(body):
            case Malformed() as malformed:
                return await _keep_poison(desk, malformed, body)
            case Newer(version=version):
                _log.warning("push.newer_schema", version=version)
                return Outcome.NEWER
            case Knock() as knock:
                logs.bind(request_id=knock.request_id, correlation_id=knock.correlation_id)
                with tracing.span("push", parent=knock.traceparent, kind="consumer", about=logs.bound()):
                    return await _let_in(desk, knock, body)
    except TryAgainLater:
        return Outcome.AWAY
    except ContractBroken as broken:
        # Even the quarantine could not be written: nothing is stored, so nothing may be acknowledged.
        _log.error("push.contract_broken", sqlstate=broken.sqlstate, constraint=broken.constraint)
        return Outcome.AWAY


async def _let_in(desk: Desk, knock: Knock, body: bytes) -> Outcome:
    try:
        found, seen = await ring(
            desk.pool,
            request_id=knock.request_id,
            subscription=knock.subscription,
            message_id=knock.message_id,
            traceparent=tracing.carrier().get(tracing.TRACEPARENT, knock.traceparent),
        )
    except ContractBroken as broken:
        return await _bury(desk, knock, broken)
    desk.crash("rung")
    if seen > 1:
        metrics.REDELIVERIES.labels(str(found)).inc()
    match found:
        case Rung.READY:
            desk.wake()
            return Outcome.READY
        case Rung.HELD:
            return Outcome.HELD
        case Rung.OVER:
            return Outcome.OVER
        case Rung.UNKNOWN if seen < _UNKNOWN_TIMES:
            return Outcome.UNKNOWN_REQUEST
        case Rung.UNKNOWN:
            return await _keep_poison(desk, Malformed("the request is unknown", knock.message_id), body)


async def _bury(desk: Desk, knock: Knock, broken: ContractBroken) -> Outcome:
    _log.error("push.contract_broken", sqlstate=broken.sqlstate, constraint=broken.constraint)
    try:
        told = await bury(desk.pool, request_id=knock.request_id, code=FailureCode.CONTRACT_BROKEN, error=str(broken))
    except LeaseLost:
        return Outcome.HELD
    return Outcome.BURIED if told else Outcome.AWAY


async def _keep_poison(desk: Desk, malformed: Malformed, body: bytes) -> Outcome:
    async with transaction(desk.pool) as conn:
        count = await messages.quarantine(
            conn, key=malformed.key, reason=malformed.reason, body=body[:KEEP], attributes=malformed.attributes
        )
    _log.warning("push.quarantined", key=malformed.key, reason=malformed.reason, count=count)
    if count > 1:
        metrics.REDELIVERIES.labels(str(Outcome.POISON_AGAIN)).inc()
    return Outcome.POISON if count == 1 else Outcome.POISON_AGAIN
