"""All SQL about requests, their history and alerts. Runs inside a caller's transaction; decides nothing, knows no job."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Literal, Placeholder
from psycopg.types.json import Jsonb

from vividly.db.engine import Conn, row, rows
from vividly.requests.model import Alert, Failed, Happening, NewRequest, RequestId, Snapshot
from vividly.requests.rows import as_happening, as_snapshot
from vividly.requests.states import Event, FailureCode, Status

_SELECT = "SELECT r.*, to_jsonb(l) AS lesson FROM content_requests r LEFT JOIN lessons l ON l.id = r.lesson_id "

_INSERT = """
WITH born AS (
    INSERT INTO content_requests (
        id, correlation_id, school_id, student_id, filed_by, idempotency_key, body_hash, question, grade_level, interest,
        interest_asked, modalities, preferred_modality, status, seq, topic_id, facet, cache_key, decision, clarification,
        rounds, message, estimated_seconds, finished_at)
    SELECT %(id)s, %(correlation_id)s, %(school_id)s, %(student_id)s, %(filed_by)s, %(idempotency_key)s, %(body_hash)s,
        %(question)s, %(grade_level)s, %(interest)s, %(interest_asked)s, %(modalities)s, %(preferred_modality)s, s.code, 1,
        %(topic_id)s, %(facet)s, %(cache_key)s, %(decision)s,
        %(clarification)s::jsonb || jsonb_build_object('requested_at', now()), %(rounds)s, %(message)s,
        %(estimated_seconds)s, CASE WHEN s.terminal THEN now() END
    FROM (SELECT %(status)s::text AS code, %(terminal)s::boolean AS terminal) s
    ON CONFLICT (filed_by, idempotency_key) DO NOTHING
    RETURNING *
), told AS (
    INSERT INTO content_request_events (request_id, seq, epoch, type, to_status, terminal, progress, actor)
    SELECT id, seq, epoch, %(event)s, status, %(terminal)s, progress, %(actor)s FROM born
)
SELECT born.*, NULL::jsonb AS lesson FROM born
"""

# The status, the history and the sequence number change in one statement: none of them can be seen without the others.
_CHANGE = """
WITH old AS (
    SELECT id, status FROM content_requests WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
), new AS (
    UPDATE content_requests r SET seq = r.seq + 1{sets}
    FROM old WHERE r.id = old.id
    RETURNING r.id, r.seq, r.epoch, r.status, r.step, r.progress, old.status AS was
), told AS (
    INSERT INTO content_request_events
        (request_id, seq, epoch, type, from_status, to_status, terminal, step, progress, lease_token, actor)
    SELECT n.id, n.seq, n.epoch, %(event)s, CASE WHEN n.was <> n.status THEN n.was END, n.status,
        n.was <> n.status AND n.status = ANY(%(terminal)s), n.step, n.progress, %(token)s, %(actor)s
    FROM new n
)
SELECT id FROM new
"""


@dataclass(frozen=True, slots=True)
class Birth:
    """What a new row says beside what the door filed; computed by the verb."""

    request_id: RequestId
    correlation_id: str
    status: Status
    terminal: bool
    event: Event
    actor: str
    columns: Mapping[str, object]


async def insert(conn: Conn, *, new: NewRequest, birth: Birth) -> Snapshot | None:
    """Write the request and its first event. None: this person has used this idempotency key before."""
    parameters = {
        "id": birth.request_id,
        "correlation_id": birth.correlation_id,
        "school_id": new.school_id,
        "student_id": new.student_id,
        "filed_by": new.filed_by,
        "idempotency_key": new.idempotency_key,
        "body_hash": new.body_hash,
        "question": new.question,
        "grade_level": new.grade_level,
        "interest": new.interest,
        "interest_asked": new.interest_asked,
        "modalities": [str(modality) for modality in new.modalities],
        "preferred_modality": str(new.preferred_modality),
        "estimated_seconds": new.estimated_seconds,
        "status": str(birth.status),
        "terminal": birth.terminal,
        "event": str(birth.event),
        "actor": birth.actor,
        **birth.columns,
    }
    found = await row(conn, _INSERT, parameters)
    return None if found is None else as_snapshot(found)


async def filed_before(conn: Conn, *, filed_by: UUID, idempotency_key: str) -> tuple[Snapshot, bytes] | None:
    """The request filed under this key, and the hash of its body."""
    query = _SELECT + "WHERE r.filed_by = %(by)s AND r.idempotency_key = %(key)s"
    found = await row(conn, query, {"by": filed_by, "key": idempotency_key})
    return None if found is None else (as_snapshot(found), bytes(found["body_hash"]))


async def read(conn: Conn, *, request_id: RequestId, lock: bool = False) -> Snapshot | None:
    """The request as it stands; with `lock` nobody else changes it before this transaction ends."""
    query = _SELECT + "WHERE r.id = %(id)s" + (" FOR NO KEY UPDATE OF r" if lock else "")
    found = await row(conn, query, {"id": request_id})
    return None if found is None else as_snapshot(found)


async def change(
    conn: Conn,
    *,
    ids: Collection[UUID],
    event: Event,
    actor: str,
    sets: Mapping[str, object],
    token: int | None = None,
    terminal: Sequence[Status],
) -> tuple[RequestId, ...]:
    """Change columns of these requests and append one event to each. A Composable value is taken as SQL, not as data."""
    parts: list[Composable] = []
    parameters: dict[str, object] = {
        "ids": list(ids),
        "event": str(event),
        "token": token,
        "actor": actor,
        "terminal": [str(status) for status in terminal],
    }
    for column, value in sets.items():
        if isinstance(value, Composable):
            parts.append(SQL(", {} = {}").format(Identifier(column), value))
        else:
            parts.append(SQL(", {} = {}").format(Identifier(column), Placeholder(f"set_{column}")))
            parameters[f"set_{column}"] = value
    query = SQL(_CHANGE).format(sets=SQL("").join(parts))
    changed = await (await conn.execute(query, parameters)).fetchall()
    return tuple(RequestId(one["id"]) for one in changed)


async def page(
    conn: Conn, *, student_ids: Collection[UUID], before: tuple[datetime, UUID] | None, limit: int
) -> tuple[Snapshot, ...]:
    """Newest first, older than `before` (created_at, id)."""
    query = _SELECT + (
        "WHERE r.student_id = ANY(%(students)s) AND (%(at)s::timestamptz IS NULL OR (r.created_at, r.id) < (%(at)s, %(id)s)) "
        "ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s"
    )
    at, request_id = before or (None, None)
    found = await rows(conn, query, {"students": list(student_ids), "at": at, "id": request_id, "limit": limit})
    return tuple(as_snapshot(one) for one in found)


async def events(conn: Conn, *, request_id: RequestId, after: int, limit: int) -> tuple[Happening, ...]:
    """The history after event `after`, oldest first."""
    query = (
        "SELECT seq, epoch, type, from_status, to_status, terminal, step, progress, at FROM content_request_events "
        "WHERE request_id = %(id)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s"
    )
    found = await rows(conn, query, {"id": request_id, "after": after, "limit": limit})
    return tuple(as_happening(one) for one in found)


async def history(
    conn: Conn, *, request_id: RequestId
) -> tuple[tuple[datetime, int, str, str, str, int, int | None, str], ...]:
    """All events with who did them: (at, epoch, what, status, step, progress, lease token, actor), oldest first."""
    query = (
        "SELECT at, epoch, type, to_status, coalesce(step, '') AS step, progress, lease_token, actor "
        "FROM content_request_events WHERE request_id = %(id)s ORDER BY seq"
    )
    found = await rows(conn, query, {"id": request_id})
    return tuple(
        (e["at"], e["epoch"], e["type"], e["to_status"], e["step"], e["progress"], e["lease_token"], e["actor"]) for e in found
    )


async def failed(conn: Conn, *, code: str | None, since: timedelta, limit: int) -> tuple[Failed, ...]:
    """What failed within `since` and still stands so, newest first."""
    query = """
        SELECT r.id AS request_id, r.correlation_id, r.failure_code AS code, coalesce(r.failure_step, '') AS step, r.epoch,
            r.finished_at, coalesce(j.last_error, '') AS error
        FROM content_requests r LEFT JOIN jobs j ON j.request_id = r.id
        WHERE r.status = 'failed' AND (%(code)s::text IS NULL OR r.failure_code = %(code)s) AND r.finished_at > now() - %(since)s
        ORDER BY r.finished_at DESC, r.id LIMIT %(limit)s"""
    found = await rows(conn, query, {"code": code, "since": since, "limit": limit})
    return tuple(Failed(**{**one, "code": FailureCode(one["code"])}) for one in found)


async def heads(conn: Conn, *, request_ids: Collection[RequestId]) -> dict[RequestId, int]:
    """The newest event number of each request that exists."""
    found = await rows(conn, "SELECT id, seq FROM content_requests WHERE id = ANY(%(ids)s)", {"ids": list(request_ids)})
    return {RequestId(one["id"]): int(one["seq"]) for one in found}


async def median_seconds(conn: Conn, *, last: int) -> float | None:
    """Median seconds from start to end of the newest `last` lessons that were really made for their request."""
    query = """
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median FROM (
            SELECT extract(epoch FROM r.finished_at - r.started_at) AS seconds
            FROM lessons l JOIN content_requests r ON r.lesson_id = l.id AND r.finished_at = l.created_at
            WHERE r.started_at IS NOT NULL
            ORDER BY l.created_at DESC LIMIT %(last)s) made"""
    found = await row(conn, query, {"last": last})
    return None if found is None or found["median"] is None else float(found["median"])


async def watchers(conn: Conn, *, lesson_id: str) -> frozenset[tuple[UUID, UUID]]:
    """(school, student) of everyone who was given this lesson."""
    query = "SELECT DISTINCT school_id, student_id FROM content_requests WHERE lesson_id = %(lesson)s"
    found = await rows(conn, query, {"lesson": lesson_id})
    return frozenset((one["school_id"], one["student_id"]) for one in found)


async def alert(conn: Conn, *, alert_id: UUID, about: Snapshot, what: Alert) -> None:
    """Tell the student's teachers, without the student's words."""
    await conn.execute(
        "INSERT INTO alerts (id, school_id, student_id, request_id, tier, kind) "
        "VALUES (%(id)s, %(school)s, %(student)s, %(request)s, %(tier)s, %(kind)s)",
        {
            "id": alert_id,
            "school": about.school_id,
            "student": about.student_id,
            "request": about.request_id,
            "tier": what.tier,
            "kind": what.kind,
        },
    )


def json(value: object) -> Jsonb:
    """A value for a JSONB column."""
    return Jsonb(value)


def asked_now(clarification: Mapping[str, object]) -> Composable:
    """The `clarification` column with the database's time of asking."""
    return SQL("{} || jsonb_build_object('requested_at', now())").format(Literal(Jsonb(dict(clarification))))


NOW = SQL("now()")
FIRST_START = SQL("coalesce(r.started_at, now())")
NEXT_EPOCH = SQL("r.epoch + 1")


CHANNEL = "vividly_requests"


async def notify(conn: Conn, *, request_ids: Collection[RequestId]) -> None:
    """Tell listeners that something happened to these (at most 200). A transaction of its own: see `notify.py`."""
    payload = " ".join(str(one) for one in request_ids)
    await conn.execute("SELECT pg_notify(%(channel)s, %(payload)s)", {"channel": CHANNEL, "payload": payload})


async def listen(conn: Conn) -> None:
    """Hear what `notify` tells, on an autocommit connection."""
    await conn.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
