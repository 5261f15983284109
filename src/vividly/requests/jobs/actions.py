"""What workers do with requests: one verb, one transaction. Knows no kitchen and no message; time is the database's.

Every verb that takes a Hold raises LeaseLost, and writes nothing, when the ticket is no longer good.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from vividly import metrics
from vividly.db.engine import Conn, ContractBroken, Pool, statement, transaction
from vividly.errors import LeaseLost, NotPossible
from vividly.library import catalogue
from vividly.library.model import Lesson
from vividly.requests import changes, store
from vividly.requests.jobs import store as jobs
from vividly.requests.model import (
    MAX_ROUNDS,
    Claimed,
    Clarification,
    Hold,
    RequestId,
    Snapshot,
    TurnAway,
)
from vividly.requests.states import TERMINAL, FailureCode, Status, may_become
from vividly.steps import Step
from vividly.transport import store as messages

MAX_ATTEMPTS: Final = 5
MAX_CRASHES: Final = 3
_WORDS: Final = {
    FailureCode.ATTEMPTS_USED_UP: "We tried several times and could not finish this lesson. You can try again.",
    FailureCode.CRASHED_TOO_OFTEN: "Making this lesson stopped unexpectedly several times. You can try again.",
    FailureCode.CONTRACT_BROKEN: "Something is wrong on our side; our engineers have been told. Please try again later.",
    FailureCode.STAGE_FAILED: "Something went wrong while making this lesson. You can try again.",
}


class Rung(StrEnum):
    """What a knock found."""

    READY = "ready"
    HELD = "held"
    OVER = "over"
    UNKNOWN = "unknown"


async def ring(
    pool: Pool, *, request_id: RequestId, subscription: str = "", message_id: str = "", traceparent: str = ""
) -> tuple[Rung, int]:
    """Make sure that a runnable job row exists, and note the message in the same commit.

    Returns what was found, and how often this message has come. After this the message is not needed any more,
    unless the request is unknown.
    """
    async with transaction(pool) as conn:
        found = await _ring(conn, request_id, traceparent)
        if not message_id:
            return found, 1
        seen = await messages.note(conn, subscription=subscription, message_id=message_id, outcome=str(found))
        return found, seen


async def _ring(conn: Conn, request_id: RequestId, traceparent: str) -> Rung:
    await jobs.make_runnable(conn, request_id=request_id, traceparent=traceparent)
    job = await jobs.lock(conn, request_id=request_id)
    if job is not None and job.state == "leased" and not job.held:
        metrics.LEASES_EXPIRED.inc(len(await jobs.free_expired(conn, request_id=request_id)))
    request = await store.read(conn, request_id=request_id)
    if request is None:
        return Rung.UNKNOWN
    if request.over or request.status is Status.CLARIFICATION_NEEDED:
        return Rung.OVER
    return Rung.HELD if job is not None and job.held else Rung.READY


async def claim(
    pool: Pool,
    *,
    owner: UUID,
    lease: float = 60.0,
    recent_schools: Sequence[UUID] = (),
    max_crashes: int = MAX_CRASHES,
) -> Claimed | None:
    """Take a runnable job under a lease of `lease` seconds, or None. The request is then at least `validating`.

    `recent_schools`: whom this worker served lately, the latest last; the others go first. A job whose first write the
    schema refuses is dead, and the ContractBroken is raised for the alarm.
    """
    for _ in range(8):
        request_id: RequestId | None = None
        try:
            async with transaction(pool) as conn:
                ready = await _next_ready(conn, recent_schools, max_crashes)
                if ready is None:
                    return None
                request_id, epoch, cache_key = ready
                if cache_key and await jobs.is_being_made(conn, cache_key=cache_key):
                    continue  # somebody was faster: the next look passes over it
                claimed = await _take(conn, request_id, epoch, owner, lease)
                if claimed is not None:
                    return claimed
        except ContractBroken as broken:
            if request_id is not None:
                with contextlib.suppress(LeaseLost):
                    await bury(pool, request_id=request_id, code=FailureCode.CONTRACT_BROKEN, error=str(broken))
            raise
    return None


async def _next_ready(conn: Conn, recent_schools: Sequence[UUID], max_crashes: int) -> tuple[RequestId, int, str] | None:
    """Schools served longest ago first, so that a noisy one never keeps a quiet one waiting; within a school by age."""
    last_served = {school: turn for turn, school in enumerate(recent_schools)}
    waiting = await jobs.schools_waiting(conn, max_crashes=max_crashes)
    for school_id in sorted(waiting, key=lambda school: (last_served.get(school, -1), school)):
        if ready := await jobs.next_ready(conn, school_id=school_id, max_crashes=max_crashes):
            return ready
    return None


async def _take(conn: Conn, request_id: RequestId, epoch: int, owner: UUID, lease: float) -> Claimed | None:
    request = await store.read(conn, request_id=request_id, lock=True)
    if request is None or epoch != request.epoch or request.over:
        await jobs.close(conn, request_ids=[request_id])
        return None
    job = await jobs.lease(conn, request_id=request_id, owner=owner, seconds=lease)
    if request.status is Status.PENDING:
        await changes.begin(conn, ids=[request_id], actor=f"worker:{owner}", token=job.token)
        request = await store.read(conn, request_id=request_id) or request
    hold = Hold(request_id=request_id, token=job.token, epoch=job.epoch)
    return Claimed(hold=hold, request=request, attempt=job.attempt, crashes=job.crashes, traceparent=job.traceparent)


async def renew(pool: Pool, *, hold: Hold, lease: float = 60.0) -> None:
    """Keep the lease for another `lease` seconds."""
    async with statement(pool) as conn:
        if not await jobs.renew(conn, hold=hold, seconds=lease):
            raise LeaseLost(str(hold.request_id))


async def keep_stage(pool: Pool, *, hold: Hold, stage: str, key: str, data: bytes) -> None:
    """A stage is finished: whoever comes after us need not repeat it."""
    async with statement(pool) as conn:
        if not await jobs.keep(conn, hold=hold, stage=stage, key=key, data=data):
            raise LeaseLost(str(hold.request_id))


async def recall_stage(pool: Pool, *, hold: Hold, stage: str, key: str) -> bytes | None:
    """What was kept for this stage and this input in this epoch, by whomever."""
    async with statement(pool) as conn:
        return await jobs.recall(conn, hold=hold, stage=stage, key=key)


async def progress(pool: Pool, *, hold: Hold, step: Step, percent: int, partial: dict[str, str]) -> None:
    """Tell how far it is, 0 to 99, and what can be looked at already (`partial` whole, not only what is new)."""
    async with transaction(pool) as conn:
        request = await _mine(conn, hold)
        await changes.progress(
            conn,
            request_id=hold.request_id,
            actor=_actor(hold),
            token=hold.token,
            step=step,
            percent=max(request.progress, min(percent, 99)),
            partial=partial,
        )


async def generate(pool: Pool, *, hold: Hold) -> None:
    """Validating -> generating; nothing to do for a request that is generating already."""
    async with transaction(pool) as conn:
        request = await _mine(conn, hold)
        if request.status is Status.VALIDATING:
            await changes.generate(conn, request_id=hold.request_id, actor=_actor(hold), token=hold.token)


async def finish(pool: Pool, *, hold: Hold, lesson: Lesson) -> tuple[RequestId, ...]:
    """The lesson is there: catalogue row, this request and everyone who waits for the same lesson, in one commit.

    Returns everyone who was completed, this request first.
    """
    async with transaction(pool) as conn:
        request = await _mine(conn, hold)
        kept = await catalogue.put(conn, lesson=lesson)
        completed = [hold.request_id]
        if request.cache_key and request.cache_key == kept.work_key:
            waiting = await jobs.waiting_for(conn, cache_key=request.cache_key, maker=hold.request_id)
            pending = [one for one, status in waiting.items() if status is Status.PENDING]
            if pending:
                await changes.begin(conn, ids=pending, actor=_actor(hold))
            if waiting:
                await changes.complete(conn, ids=waiting, actor=_actor(hold), token=None, lesson_id=kept.lesson_id)
            completed.extend(waiting)
        await changes.complete(conn, ids=[hold.request_id], actor=_actor(hold), token=hold.token, lesson_id=kept.lesson_id)
        await jobs.close(conn, request_ids=completed)
    return tuple(completed)


async def ask(pool: Pool, *, hold: Hold, clarification: Clarification) -> None:
    """The kitchen must ask back. NotPossible("asked_enough") after two rounds: it must state an assumption instead."""
    async with transaction(pool) as conn:
        request = await _mine(conn, hold)
        if request.rounds >= MAX_ROUNDS:
            raise NotPossible("asked_enough", "This question has been asked back often enough.")
        await changes.ask(conn, request=request, clarification=clarification, actor=_actor(hold), token=hold.token)
        await jobs.close(conn, request_ids=[hold.request_id])


async def decline(pool: Pool, *, hold: Hold, code: str, message: str) -> None:
    """The kitchen will not answer; `message` is for the student."""
    async with transaction(pool) as conn:
        request = await _mine(conn, hold)
        verdict = TurnAway(code=code, message=message)
        await changes.decline(conn, request=request, verdict=verdict, actor=_actor(hold), token=hold.token)
        await jobs.close(conn, request_ids=[hold.request_id])


async def fail_for_good(
    pool: Pool, *, hold: Hold, code: FailureCode, step: str = "", message: str = "", error: str = ""
) -> None:
    """Give up: job dead, request failed. `message` is shown to people (a stock sentence if empty), `error` to operators."""
    async with transaction(pool) as conn:
        await _mine(conn, hold)
        await _bury(conn, hold.request_id, code, step=step, message=message, error=error, token=hold.token)


async def try_later(
    pool: Pool,
    *,
    hold: Hold,
    after: float,
    step: str = "",
    error: str = "",
    limit: int = MAX_ATTEMPTS,
    code: FailureCode = FailureCode.ATTEMPTS_USED_UP,
) -> bool:
    """Count an attempt and free the job for `after` seconds from now; with the last attempt used up it fails with `code`.

    True: it will be tried again.
    """
    async with transaction(pool) as conn:
        job = await jobs.held(conn, hold=hold)
        if job is None:
            raise LeaseLost(str(hold.request_id))
        if job.attempt + 1 >= limit:
            await _mine(conn, hold)
            await _bury(conn, hold.request_id, code, step=step, message="", error=error, token=hold.token)
            return False
        return await jobs.put_back(conn, hold=hold, after=after, attempts=1, error=error)


async def postpone(pool: Pool, *, hold: Hold, after: float, error: str = "") -> bool:
    """Nothing could be tried: free the job for `after` seconds from now, and count no attempt. False: it was not ours any more."""
    async with transaction(pool) as conn:
        return await jobs.put_back(conn, hold=hold, after=after, attempts=0, error=error)


async def give_back(pool: Pool, *, hold: Hold) -> bool:
    """We are shutting down: somebody else may take it now. No attempt is counted. False: it was not ours any more."""
    async with transaction(pool) as conn:
        return await jobs.put_back(conn, hold=hold, after=0.0, attempts=0, error="given back at shutdown")


async def bury(
    pool: Pool, *, request_id: RequestId, code: FailureCode, hold: Hold | None = None, step: str = "", error: str = ""
) -> bool:
    """Stop a job for good, whatever the schema takes: at least the job is dead, so that nothing loops.

    With `hold` only if the ticket is still good, without one only if nobody has a live lease (else LeaseLost). False: the request could not be told; `sweep` tells it when it can.
    """
    try:
        async with transaction(pool) as conn:
            await _still_mine(conn, request_id, hold)
            await _bury(conn, request_id, code, step=step, message="", error=error, token=hold.token if hold else None)
    except ContractBroken:
        async with transaction(pool) as conn:
            await _still_mine(conn, request_id, hold)
            await jobs.close(conn, request_ids=[request_id], state="dead", error=error or str(code))
        return False
    return True


async def _bury(
    conn: Conn, request_id: RequestId, code: FailureCode, *, step: str, message: str, error: str, token: int | None
) -> None:
    request = await store.read(conn, request_id=request_id, lock=True)
    await jobs.close(conn, request_ids=[request_id], state="dead", error=error or str(code))
    if request is None or request.status in TERMINAL or not may_become(request.status, Status.FAILED):
        return
    await changes.fail(
        conn,
        request_id=request_id,
        actor="worker",
        token=token,
        code=code,
        step=step or (str(request.step) if request.step else ""),
        message=message or _WORDS.get(code, _WORDS[FailureCode.STAGE_FAILED]),
    )


async def _mine(conn: Conn, hold: Hold) -> Snapshot:
    """The request, if the ticket is good; job and request are locked."""
    job = await jobs.held(conn, hold=hold)
    request = await store.read(conn, request_id=hold.request_id, lock=True) if job else None
    if request is None or request.over:
        raise LeaseLost(str(hold.request_id))
    return request


async def _still_mine(conn: Conn, request_id: RequestId, hold: Hold | None) -> None:
    job = await (jobs.lock(conn, request_id=request_id) if hold is None else jobs.held(conn, hold=hold))
    if (hold is not None and job is None) or (hold is None and job is not None and job.held):
        raise LeaseLost(str(request_id))


def _actor(hold: Hold) -> str:
    return f"worker, lease {hold.token}"
