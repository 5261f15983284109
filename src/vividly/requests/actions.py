"""What people do with requests: one verb, one transaction. Knows no HTTP, no intake and no kitchen; time is the database's.

Locks are always taken in the same order, job before request, so that verbs wait for each other but never deadlock.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4

from vividly import tracing
from vividly.db import acts
from vividly.db.engine import Conn, Pool, statement, transaction
from vividly.errors import NotPossible
from vividly.requests import changes, store
from vividly.requests.jobs import store as jobs
from vividly.requests.model import (
    MAX_ROUNDS,
    Accepted,
    Answer,
    AskBack,
    Go,
    Happening,
    NewRequest,
    Page,
    RequestId,
    Snapshot,
    TurnAway,
    Verdict,
)
from vividly.requests.rows import answers_json
from vividly.requests.states import TERMINAL, Event, Status, may_become
from vividly.transport import store as outbox
from vividly.transport.port import REQUESTS_TOPIC, Message

# What a first visitor is told before anything has been measured, in seconds.
FIRST_ESTIMATE = 20


async def submit(pool: Pool, *, new: NewRequest) -> Accepted:
    """File a request with its knock in one transaction.

    The same person, idempotency key and body get the same request again; another body raises
    NotPossible("idempotency_mismatch").
    """
    status, event = _birth(new.verdict)
    birth = store.Birth(
        request_id=RequestId(uuid4()),
        correlation_id=f"req_{secrets.token_hex(8)}",
        status=status,
        terminal=status in TERMINAL,
        event=event,
        actor=f"person:{new.filed_by}",
        columns=changes.birth_columns(new.verdict, new.decision),
    )
    async with transaction(pool) as conn:
        born = await store.insert(conn, new=new, birth=birth)
        if born is None:
            return await _filed_before(conn, new)
        match new.verdict:
            case Go():
                await _knock(conn, born)
            case TurnAway(alert=alert) if alert is not None:
                await store.alert(conn, alert_id=uuid4(), about=born, what=alert)
            case _:
                pass
        return Accepted(snapshot=born, replayed=False)


async def answer(pool: Pool, *, request_id: RequestId, epoch: int, answer: Answer, verdict: Verdict, actor: str) -> Snapshot:
    """Take a student's answer, already judged: on to work in the next epoch, asked once more, or declined.

    `epoch` is the one the verdict was decided on. NotPossible: "unknown_request", "not_waiting_for_an_answer" (also when
    somebody was faster), "asked_enough".
    """
    async with transaction(pool) as conn:
        request = await _locked(conn, request_id)
        if request.status is not Status.CLARIFICATION_NEEDED or request.epoch != epoch:
            raise NotPossible("not_waiting_for_an_answer", "This question is not waiting for an answer.")
        answers = store.json(answers_json((*request.answers, answer)))
        match verdict:
            case Go():
                columns = changes.understood(verdict, request)
                await changes.begin_epoch(
                    conn, request_id=request_id, event=Event.ANSWERED, actor=actor, answers=answers, **columns
                )
                await _knock(conn, request)
            case AskBack():
                if request.rounds >= MAX_ROUNDS:
                    raise NotPossible("asked_enough", "This question has been asked back often enough.")
                await changes.ask(
                    conn,
                    request=request,
                    clarification=verdict.clarification,
                    actor=actor,
                    token=None,
                    answers=answers,
                    message=verdict.message,
                )
            case TurnAway():
                await changes.begin_epoch(conn, request_id=request_id, event=Event.ANSWERED, actor=actor, answers=answers)
                await changes.begin(conn, ids=[request_id], actor=actor)
                await changes.decline(conn, request=request, verdict=verdict, actor=actor, token=None)
                if verdict.alert is not None:
                    await store.alert(conn, alert_id=uuid4(), about=request, what=verdict.alert)
        return await _read(conn, request_id)


async def cancel(pool: Pool, *, request_id: RequestId, actor: str) -> Snapshot:
    """Stop a request; whoever works on it loses its lease. NotPossible: "unknown_request", "not_cancellable"."""
    async with transaction(pool) as conn:
        request = await _locked(conn, request_id)
        if request.status is Status.CANCELLED:
            return request
        if not may_become(request.status, Status.CANCELLED):
            raise NotPossible("not_cancellable", f"This request is over already: {request.status}.")
        await jobs.close(conn, request_ids=[request_id])
        await changes.cancel(conn, request_id=request_id, actor=actor)
        return await _read(conn, request_id)


async def retry(pool: Pool, *, request_id: RequestId, actor: str) -> Snapshot:
    """Try a failed request again, in a new epoch. NotPossible: "unknown_request", "not_retryable"."""
    return await _again(pool, request_id, Event.RETRIED, actor)


async def replay(pool: Pool, *, request_id: RequestId, actor: str, reason: str) -> Snapshot:
    """An operator's retry: the history names the operator, their diary the reason. NotPossible as `retry`, "no_reason"."""
    if not reason.strip():
        raise NotPossible("no_reason", "Say why, for whoever reads the history.", field="reason")
    return await _again(pool, request_id, Event.REPLAYED, actor, reason=reason.strip())


async def snapshot(pool: Pool, *, request_id: RequestId) -> Snapshot:
    """The request as it stands. NotPossible("unknown_request")."""
    async with statement(pool) as conn:
        return await _read(conn, request_id)


async def own(pool: Pool, *, student_id: UUID, after: str | None = None, limit: int = 20) -> Page:
    """A student's requests, newest first. NotPossible("bad_cursor")."""
    return await of_students(pool, student_ids=[student_id], after=after, limit=limit)


async def of_students(pool: Pool, *, student_ids: Collection[UUID], after: str | None = None, limit: int = 20) -> Page:
    """The requests of several students, newest first. NotPossible("bad_cursor")."""
    before = None if after is None else _opened(after)
    async with transaction(pool) as conn:
        items = await store.page(conn, student_ids=student_ids, before=before, limit=limit + 1)
    more = len(items) > limit
    items = items[:limit]
    return Page(items=items, next=_cursor(items[-1]) if more else None)


async def events_since(pool: Pool, *, request_id: RequestId, seq: int = 0, limit: int = 500) -> tuple[Happening, ...]:
    """What happened after event `seq`, oldest first."""
    async with statement(pool) as conn:
        return await store.events(conn, request_id=request_id, after=seq, limit=limit)


async def heads(pool: Pool, *, request_ids: Collection[RequestId]) -> dict[RequestId, int]:
    """The newest event number of each: one query for everything a process watches."""
    async with statement(pool) as conn:
        return await store.heads(conn, request_ids=request_ids)


async def estimate(pool: Pool) -> int:
    """How many seconds a lesson takes, from the last fifty that were made."""
    async with transaction(pool) as conn:
        median = await store.median_seconds(conn, last=50)
    return FIRST_ESTIMATE if median is None else max(1, round(median))


async def watchers_of(pool: Pool, *, lesson_id: str) -> frozenset[tuple[UUID, UUID]]:
    """(school, student) of every request completed with this lesson."""
    async with transaction(pool) as conn:
        return await store.watchers(conn, lesson_id=lesson_id)


def _birth(verdict: Verdict) -> tuple[Status, Event]:
    match verdict:
        case Go():
            return Status.PENDING, Event.ACCEPTED
        case AskBack():
            return Status.CLARIFICATION_NEEDED, Event.ASKED
        case TurnAway():
            return Status.DECLINED, Event.MOVED


async def _filed_before(conn: Conn, new: NewRequest) -> Accepted:
    key = new.idempotency_key or ""
    before = await store.filed_before(conn, filed_by=new.filed_by, idempotency_key=key)
    if before is None or before[1] != new.body_hash:
        raise NotPossible("idempotency_mismatch", "This Idempotency-Key was used with another body.")
    return Accepted(snapshot=before[0], replayed=True)


async def _again(pool: Pool, request_id: RequestId, event: Event, actor: str, *, reason: str = "") -> Snapshot:
    async with transaction(pool) as conn:
        request = await _locked(conn, request_id)
        if request.status is not Status.FAILED:
            raise NotPossible("not_retryable", f"Only a failed request can be tried again; this one is {request.status}.")
        await changes.begin_epoch(conn, request_id=request_id, event=event, actor=actor)
        if reason:
            await acts.record(conn, actor=actor, act="replay", subject=str(request_id), reason=reason)
        await _knock(conn, request)
        return await _read(conn, request_id)


async def _knock(conn: Conn, request: Snapshot) -> None:
    payload = {"schema_version": 1, "request_id": str(request.request_id), "correlation_id": request.correlation_id}
    attributes = {"correlation_id": request.correlation_id, **tracing.carrier()}
    await outbox.post(conn, message=Message(event_id=uuid4(), topic=REQUESTS_TOPIC, payload=payload, attributes=attributes))


async def _locked(conn: Conn, request_id: RequestId) -> Snapshot:
    await jobs.lock(conn, request_id=request_id)
    return _found(await store.read(conn, request_id=request_id, lock=True))


async def _read(conn: Conn, request_id: RequestId) -> Snapshot:
    return _found(await store.read(conn, request_id=request_id))


def _found(request: Snapshot | None) -> Snapshot:
    if request is None:
        raise NotPossible("unknown_request", "There is no such request.")
    return request


def _cursor(last: Snapshot) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.request_id}".encode()).decode()


def _opened(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, request_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(request_id)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise NotPossible("bad_cursor", "This page link is not one of ours.", field="after") from error
