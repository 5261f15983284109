"""The worker's HTTP door: a message comes in, a job row is made sure of, an answer goes out. Nothing is worked on here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vividly import logs
from vividly.db.engine import ContractBroken, Pool, transaction
from vividly.errors import LeaseLost, TryAgainLater
from vividly.requests.jobs.actions import Rung, bury, ring
from vividly.requests.states import FailureCode
from vividly.transport import store as messages
from vividly.worker.answers import ANSWERS, Door, Outcome
from vividly.worker.envelope import Knock, Malformed, Newer, hash_key, read

BODY_LIMIT: Final = 14 * 1024 * 1024  # 10 MB of data, as base64
_KEEP: Final = 64 * 1024  # of a poison message's body: enough to see what it was
_UNKNOWN_TIMES: Final = 3

_log = logs.get("push")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the door needs. `guard(authorization header, body)`: may this caller knock? None: everybody may.

    `fit`: may this process write at all (schema contract)? `missing`: what lessons are made with and is not loaded, by name.
    `wake`: a job may be runnable now. `crash`: for tests of recovery, called with the name of a crash point.
    """

    pool: Pool
    door: Door = "embedded"
    guard: Callable[[str, bytes], Awaitable[bool]] | None = None
    fit: Callable[[], bool] = lambda: True
    missing: Callable[[], list[str]] = list
    wake: Callable[[], None] = lambda: None
    crash: Callable[[str], None] = lambda _point: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def create_push_app(desk: Desk) -> Starlette:
    """`GET /`, `GET /health` (it lives), `GET /ready` (it can make lessons), `POST /push`."""

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "healthy"})

    async def ready(_request: Request) -> JSONResponse:
        missing = [*desk.missing(), *([] if desk.fit() else ["the schema contract does not hold"])]
        status = "not_ready" if missing else "ready"
        return JSONResponse({"status": status, "problems": missing}, status_code=503 if missing else 200)

    async def push(request: Request) -> JSONResponse:
        outcome = await _answer(desk, request)
        status = ANSWERS[outcome][desk.door]
        _log.info("push.answered", outcome=str(outcome), status=status)
        return JSONResponse({"status": str(outcome)}, status_code=status)

    routes = [Route("/", health), Route("/health", health), Route("/ready", ready), Route("/push", push, methods=["POST"])]
    return Starlette(routes=routes)


async def _answer(desk: Desk, request: Request) -> Outcome:
    if desk.stopping.is_set():
        return Outcome.STOPPING
    body, whole = await _body(request)
    authorization = request.headers.get("authorization", "")
    if desk.guard is not None and not await desk.guard(authorization, body):
        return Outcome.UNAUTHORIZED
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
            desk.pool, request_id=knock.request_id, subscription=knock.subscription, message_id=knock.message_id
        )
    except ContractBroken as broken:
        return await _bury(desk, knock, broken)
    desk.crash("rung")
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
    _log.error("push.contract_broken", request_id=str(knock.request_id), sqlstate=broken.sqlstate, constraint=broken.constraint)
    try:
        told = await bury(desk.pool, request_id=knock.request_id, code=FailureCode.CONTRACT_BROKEN, error=str(broken))
    except LeaseLost:
        return Outcome.HELD
    return Outcome.BURIED if told else Outcome.AWAY


async def _keep_poison(desk: Desk, malformed: Malformed, body: bytes) -> Outcome:
    async with transaction(desk.pool) as conn:
        count = await messages.quarantine(
            conn, key=malformed.key, reason=malformed.reason, body=body[:_KEEP], attributes=malformed.attributes
        )
    _log.warning("push.quarantined", key=malformed.key, reason=malformed.reason, count=count)
    return Outcome.POISON if count == 1 else Outcome.POISON_AGAIN


async def _body(request: Request) -> tuple[bytes, bool]:
    """The body, or its first BODY_LIMIT bytes and False."""
    parts, size = list[bytes](), 0
    async for part in request.stream():
        parts.append(part[: BODY_LIMIT - size])
        size += len(part)
        if size > BODY_LIMIT:
            return b"".join(parts), False
    return b"".join(parts), True
