"""What every change of a request writes, in one place: status, columns, event. Knows no job; the verbs decide when."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from vividly.db.engine import Conn
from vividly.requests import store
from vividly.requests.model import AskBack, Clarification, Go, RequestId, Snapshot, TurnAway, Verdict
from vividly.requests.rows import clarification_json, decision_of
from vividly.requests.states import TERMINAL, Event, FailureCode, Status
from vividly.steps import Step

_TERMINAL = tuple(sorted(TERMINAL))

# A new epoch begins with nothing reached and nothing failed.
_AFRESH: dict[str, object] = {
    "status": str(Status.PENDING),
    "epoch": store.NEXT_EPOCH,
    "progress": 0,
    "step": None,
    "failure_code": None,
    "failure_step": None,
    "failure_message": None,
    "started_at": None,
    "finished_at": None,
}


async def _change(
    conn: Conn, ids: Collection[UUID], event: Event, actor: str, token: int | None = None, **sets: object
) -> tuple[RequestId, ...]:
    return await store.change(conn, ids=ids, event=event, actor=actor, sets=sets, token=token, terminal=_TERMINAL)


async def begin(conn: Conn, *, ids: Collection[UUID], actor: str, token: int | None = None) -> tuple[RequestId, ...]:
    """Pending -> validating: somebody works on it."""
    sets = {"status": str(Status.VALIDATING), "started_at": store.FIRST_START, "step": str(Step.UNDERSTANDING)}
    return await _change(conn, ids, Event.MOVED, actor, token, **sets)


async def generate(conn: Conn, *, request_id: RequestId, actor: str, token: int) -> None:
    """Validating -> generating."""
    await _change(conn, [request_id], Event.MOVED, actor, token, status=str(Status.GENERATING))


async def progress(
    conn: Conn, *, request_id: RequestId, actor: str, token: int, step: Step, percent: int, partial: dict[str, str]
) -> None:
    """Percent never falls within an epoch; the caller keeps it below 100."""
    sets = {"progress": percent, "step": str(step), "partial": store.json(partial)}
    await _change(conn, [request_id], Event.PROGRESSED, actor, token, **sets)


async def complete(conn: Conn, *, ids: Collection[UUID], actor: str, token: int | None, lesson_id: str) -> None:
    """Validating or generating -> completed, with its lesson."""
    sets: dict[str, object] = {
        "status": str(Status.COMPLETED),
        "progress": 100,
        "step": str(Step.PACKAGING),
        "lesson_id": lesson_id,
        "finished_at": store.NOW,
    }
    await _change(conn, ids, Event.MOVED, actor, token, **sets)


async def fail(
    conn: Conn, *, request_id: RequestId, actor: str, token: int | None, code: FailureCode, step: str, message: str
) -> None:
    """-> failed, with a reason that is safe to show."""
    sets: dict[str, object] = {
        "status": str(Status.FAILED),
        "failure_code": str(code),
        "failure_step": step,
        "failure_message": message,
        "finished_at": store.NOW,
    }
    await _change(conn, [request_id], Event.MOVED, actor, token, **sets)


async def cancel(conn: Conn, *, request_id: RequestId, actor: str) -> None:
    """-> cancelled."""
    sets: dict[str, object] = {"status": str(Status.CANCELLED), "finished_at": store.NOW}
    await _change(conn, [request_id], Event.MOVED, actor, None, **sets)


async def ask(
    conn: Conn, *, request: Snapshot, clarification: Clarification, actor: str, token: int | None, **more: object
) -> None:
    """-> clarification_needed, or there already: asked once more."""
    sets: dict[str, object] = {
        "status": str(Status.CLARIFICATION_NEEDED),
        "clarification": store.asked_now(clarification_json(clarification)),
        "rounds": request.rounds + 1,
        **more,
    }
    await _change(conn, [request.request_id], Event.ASKED, actor, token, **sets)


async def decline(conn: Conn, *, request: Snapshot, verdict: TurnAway, actor: str, token: int | None) -> None:
    """-> declined, kindly."""
    sets: dict[str, object] = {
        "status": str(Status.DECLINED),
        "message": verdict.message,
        "decision": store.json(decision_of(verdict, request.decision)),
        "finished_at": store.NOW,
    }
    await _change(conn, [request.request_id], Event.MOVED, actor, token, **sets)


async def begin_epoch(conn: Conn, *, request_id: RequestId, event: Event, actor: str, **more: object) -> None:
    """clarification_needed or failed -> pending, in a new epoch, with what was answered."""
    await _change(conn, [request_id], event, actor, None, **{**_AFRESH, "partial": store.json({}), **more})


def understood(verdict: Go, request: Snapshot) -> dict[str, object]:
    """The columns that say what a question turned out to mean."""
    return {
        "topic_id": verdict.topic_id,
        "facet": verdict.facet,
        "cache_key": verdict.work_key,
        "message": verdict.message,
        "decision": store.json(decision_of(verdict, request.decision)),
    }


def birth_columns(verdict: Verdict, decision: dict[str, object]) -> dict[str, object]:
    """The columns of a new row that follow from what the door decided."""
    columns: dict[str, object] = {
        "topic_id": "",
        "facet": "",
        "cache_key": "",
        "clarification": None,
        "rounds": 0,
        "message": verdict.message,
        "decision": store.json(decision_of(verdict, decision)),
    }
    match verdict:
        case Go():
            columns |= {"topic_id": verdict.topic_id, "facet": verdict.facet, "cache_key": verdict.work_key}
        case AskBack():
            columns |= {"clarification": store.json(clarification_json(verdict.clarification)), "rounds": 1}
        case TurnAway():
            pass
    return columns
