"""All SQL about jobs and checkpoints. Runs inside a caller's transaction. Every worker's write names its lease token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from vividly.db.engine import Conn, row, rows
from vividly.requests.model import Hold, RequestId
from vividly.requests.states import TERMINAL, Status

_OPEN = [str(Status.PENDING), str(Status.VALIDATING), str(Status.GENERATING)]


@dataclass(frozen=True, slots=True)
class Job:
    """A job row. `held`: a live lease."""

    request_id: RequestId
    epoch: int
    state: str
    attempt: int
    crashes: int
    token: int
    held: bool
    traceparent: str = ""


async def lock(conn: Conn, *, request_id: RequestId) -> Job | None:
    """The job, which nobody else changes before this transaction ends."""
    found = await row(
        conn,
        "SELECT request_id, epoch, state, attempt, crashes, lease_token AS token, "
        "coalesce(lease_until > now(), false) AS held FROM jobs WHERE request_id = %(id)s FOR UPDATE",
        {"id": request_id},
    )
    return None if found is None else Job(**found)


async def described(conn: Conn, *, request_id: RequestId) -> str:
    """The job in one line for an operator, "" if there is none."""
    found = await row(
        conn,
        "SELECT state, epoch, attempt, crashes, lease_token, last_error, run_after, lease_until FROM jobs WHERE request_id = %(id)s",
        {"id": request_id},
    )
    if found is None:
        return ""
    when = {"ready": found["run_after"], "leased": found["lease_until"]}.get(found["state"])
    until = f" until {when:%H:%M:%S} UTC" if found["state"] == "leased" else f" from {when:%H:%M:%S} UTC" if when else ""
    facts = f"{found['state']}{until}, epoch {found['epoch']}, attempts {found['attempt']}, crashes {found['crashes']}"
    return f"{facts}, lease {found['lease_token']}" + (f", last error: {found['last_error']}" if found["last_error"] else "")


async def held(conn: Conn, *, hold: Hold) -> Job | None:
    """The job if this ticket is still good; locked."""
    job = await lock(conn, request_id=hold.request_id)
    return job if job and (job.state, job.token, job.epoch) == ("leased", hold.token, hold.epoch) else None


async def make_runnable(conn: Conn, *, request_id: RequestId, traceparent: str = "") -> None:
    """A job row for the request's present epoch, if there is work to do and no such row yet. The trace goes on in the worker."""
    await conn.execute(
        """
        INSERT INTO jobs (request_id, school_id, epoch, state, traceparent)
        SELECT id, school_id, epoch, 'ready', %(trace)s FROM content_requests WHERE id = %(id)s AND status = ANY(%(open)s)
        ON CONFLICT (request_id) DO UPDATE
        SET epoch = excluded.epoch, state = 'ready', run_after = now(), attempt = 0, crashes = 0, last_error = '',
            lease_owner = NULL, lease_until = NULL, traceparent = excluded.traceparent
        WHERE jobs.epoch < excluded.epoch""",
        {"id": request_id, "open": _OPEN, "trace": traceparent},
    )


async def schools_waiting(conn: Conn, *, max_crashes: int) -> frozenset[UUID]:
    """Schools with a runnable job."""
    found = await rows(
        conn,
        "SELECT DISTINCT school_id FROM jobs WHERE state = 'ready' AND run_after <= now() AND crashes < %(max_crashes)s",
        {"max_crashes": max_crashes},
    )
    return frozenset(one["school_id"] for one in found)


async def next_ready(conn: Conn, *, school_id: UUID, max_crashes: int) -> tuple[RequestId, int, str] | None:
    """A school's longest waiting runnable job, locked: its request, its epoch, and what it would make.

    A job whose lesson somebody is making right now is left alone: it will be completed by that maker's commit.
    """
    found = await row(
        conn,
        """
        SELECT j.request_id, j.epoch, r.cache_key
        FROM jobs j JOIN content_requests r ON r.id = j.request_id
        WHERE j.state = 'ready' AND j.run_after <= now() AND j.crashes < %(max_crashes)s AND j.school_id = %(school)s
          AND (r.cache_key = '' OR NOT EXISTS (
              SELECT FROM jobs t JOIN content_requests tr ON tr.id = t.request_id
              WHERE t.state = 'leased' AND t.lease_until > now() AND tr.cache_key = r.cache_key))
        ORDER BY j.run_after LIMIT 1 FOR UPDATE OF j SKIP LOCKED""",
        {"school": school_id, "max_crashes": max_crashes},
    )
    return None if found is None else (RequestId(found["request_id"]), found["epoch"], found["cache_key"])


async def is_being_made(conn: Conn, *, cache_key: str) -> bool:
    """Does somebody make this lesson now? The answer holds until this transaction ends: claimers of one key queue up."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 7))", {"key": cache_key})
    found = await row(
        conn,
        "SELECT EXISTS (SELECT FROM jobs t JOIN content_requests tr ON tr.id = t.request_id "
        "WHERE t.state = 'leased' AND t.lease_until > now() AND tr.cache_key = %(key)s) AS made",
        {"key": cache_key},
    )
    return found is not None and bool(found["made"])


async def lease(conn: Conn, *, request_id: RequestId, owner: UUID, seconds: float) -> Job:
    """Take the (locked, ready) job under a new token."""
    found = await row(
        conn,
        """
        UPDATE jobs SET state = 'leased', lease_owner = %(owner)s, lease_token = lease_token + 1,
            lease_until = now() + make_interval(secs => %(seconds)s)
        WHERE request_id = %(id)s AND state = 'ready'
        RETURNING request_id, epoch, state, attempt, crashes, lease_token AS token, true AS held, traceparent""",
        {"id": request_id, "owner": owner, "seconds": seconds},
    )
    if found is None:
        raise AssertionError("a job that is locked and ready can be leased")
    return Job(**found)


async def renew(conn: Conn, *, hold: Hold, seconds: float) -> bool:
    """Prolong a lease; False if it is another's by now."""
    found = await row(
        conn,
        "UPDATE jobs SET lease_until = now() + make_interval(secs => %(seconds)s) WHERE request_id = %(id)s "
        "AND lease_token = %(token)s AND epoch = %(epoch)s AND state = 'leased' RETURNING 1 AS ok",
        {"id": hold.request_id, "token": hold.token, "epoch": hold.epoch, "seconds": seconds},
    )
    return found is not None


async def put_back(conn: Conn, *, hold: Hold, after: float, attempts: int, error: str) -> bool:
    """Free a job under this ticket, to run again after `after` seconds; `attempts` is added. False: not ours any more."""
    found = await row(
        conn,
        """
        UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until = NULL, attempt = attempt + %(attempts)s,
            run_after = now() + make_interval(secs => %(after)s), last_error = %(error)s
        WHERE request_id = %(id)s AND lease_token = %(token)s AND epoch = %(epoch)s AND state = 'leased' RETURNING 1 AS ok""",
        {
            "id": hold.request_id,
            "token": hold.token,
            "epoch": hold.epoch,
            "after": after,
            "attempts": attempts,
            "error": error,
        },
    )
    return found is not None


async def close(conn: Conn, *, request_ids: Collection[UUID], state: str = "done", error: str = "") -> None:
    """Nothing is left to do ("done"), or nothing can be done ("dead"). The token stays: old tickets are void."""
    await conn.execute(
        "UPDATE jobs SET state = %(state)s, lease_owner = NULL, lease_until = NULL, "
        "last_error = CASE WHEN %(error)s = '' THEN last_error ELSE %(error)s END WHERE request_id = ANY(%(ids)s)",
        {"ids": list(request_ids), "state": state, "error": error},
    )


async def waiting_for(conn: Conn, *, cache_key: str, maker: RequestId) -> dict[RequestId, Status]:
    """Requests for the same lesson that nobody works on, locked, with their statuses; busy rows are passed over."""
    found = await rows(
        conn,
        """
        SELECT j.request_id, r.status FROM jobs j JOIN content_requests r ON r.id = j.request_id
        WHERE j.state = 'ready' AND r.cache_key = %(key)s AND r.status = ANY(%(open)s) AND r.id <> %(maker)s
        ORDER BY j.request_id FOR UPDATE OF j, r SKIP LOCKED""",
        {"key": cache_key, "open": _OPEN, "maker": maker},
    )
    return {RequestId(one["request_id"]): Status(one["status"]) for one in found}


async def free_expired(conn: Conn, *, request_id: RequestId | None = None) -> tuple[RequestId, ...]:
    """Free every job whose lease has run out, in one conditional statement; each counts as a crash of its worker."""
    found = await rows(
        conn,
        """
        UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until = NULL, crashes = crashes + 1, run_after = now(),
            last_error = 'the lease ran out'
        WHERE state = 'leased' AND lease_until < now() AND (%(id)s::uuid IS NULL OR request_id = %(id)s)
        RETURNING request_id""",
        {"id": request_id},
    )
    return tuple(RequestId(one["request_id"]) for one in found)


async def probe(conn: Conn) -> None:
    """Ask the database for nothing; it must be there to give it."""
    await conn.execute("SELECT 1")


async def hopeless(conn: Conn, *, max_crashes: int, limit: int) -> tuple[RequestId, ...]:
    """Jobs that took too many workers down with them."""
    found = await rows(
        conn,
        "SELECT request_id FROM jobs WHERE state = 'ready' AND crashes >= %(max)s LIMIT %(limit)s",
        {"max": max_crashes, "limit": limit},
    )
    return tuple(RequestId(one["request_id"]) for one in found)


async def dead_but_open(conn: Conn, *, limit: int) -> tuple[RequestId, ...]:
    """Dead jobs whose request could not be told so at the time."""
    found = await rows(
        conn,
        "SELECT j.request_id FROM jobs j JOIN content_requests r ON r.id = j.request_id AND r.epoch = j.epoch "
        "WHERE j.state = 'dead' AND r.status = ANY(%(open)s) LIMIT %(limit)s",
        {"open": _OPEN, "limit": limit},
    )
    return tuple(RequestId(one["request_id"]) for one in found)


async def never_rung(conn: Conn, *, older_than: float, limit: int) -> tuple[RequestId, ...]:
    """Requests that have been pending for more than `older_than` seconds without a job: their knock was lost."""
    found = await rows(
        conn,
        """
        SELECT r.id FROM content_requests r
        WHERE r.status = 'pending'
          AND NOT EXISTS (SELECT FROM jobs j WHERE j.request_id = r.id AND j.epoch = r.epoch)
          AND (SELECT max(e.at) FROM content_request_events e WHERE e.request_id = r.id)
              < now() - make_interval(secs => %(age)s)
        LIMIT %(limit)s""",
        {"age": older_than, "limit": limit},
    )
    return tuple(RequestId(one["id"]) for one in found)


async def keep(conn: Conn, *, hold: Hold, stage: str, key: str, data: bytes) -> bool:
    """Store a finished stage under this ticket; the first result stays. False, and nothing written: not ours any more."""
    found = await row(
        conn,
        """
        WITH mine AS (
            SELECT j.request_id, j.epoch, j.lease_token
            FROM jobs j JOIN content_requests r ON r.id = j.request_id AND r.status = ANY(%(open)s)
            WHERE j.request_id = %(id)s AND j.lease_token = %(token)s AND j.epoch = %(epoch)s AND j.state = 'leased'
            FOR UPDATE OF j
        ), kept AS (
            INSERT INTO stage_results (request_id, epoch, stage, input_hash, data, lease_token)
            SELECT request_id, epoch, %(stage)s, %(key)s, %(data)s, lease_token FROM mine ON CONFLICT DO NOTHING
        )
        SELECT EXISTS (SELECT FROM mine) AS ours""",
        {
            "id": hold.request_id,
            "epoch": hold.epoch,
            "token": hold.token,
            "open": _OPEN,
            "stage": stage,
            "key": key,
            "data": data,
        },
    )
    return found is not None and bool(found["ours"])


async def prune_stages(conn: Conn, *, days: float, limit: int) -> int:
    """Forget up to `limit` checkpoints of requests that have been over for more than `days`; how many.

    Nothing of a request that may still be worked on: nobody recalls a checkpoint of an epoch that is over.
    """
    query = """
        DELETE FROM stage_results WHERE (request_id, epoch, stage, input_hash) IN (
            SELECT s.request_id, s.epoch, s.stage, s.input_hash
            FROM content_requests r JOIN stage_results s ON s.request_id = r.id
            WHERE r.status = ANY(%(over)s) AND r.finished_at < now() - make_interval(secs => %(seconds)s)
              AND NOT EXISTS (SELECT FROM jobs j WHERE j.request_id = r.id AND j.state IN ('ready', 'leased'))
            LIMIT %(limit)s)"""
    over = [str(status) for status in TERMINAL]
    return (await conn.execute(query, {"over": over, "seconds": days * 86_400, "limit": limit})).rowcount


async def needed(conn: Conn) -> frozenset[str]:
    """What of the shelf the checkpoints of unfinished requests point to: keys under work/, folders under live/."""
    found = await rows(
        conn,
        """
        WITH unfinished AS (SELECT id, partial FROM content_requests WHERE NOT (status = ANY(%(over)s)))
        SELECT 'work/' || s.stage || '-' || s.input_hash || '.json' AS key FROM unfinished u JOIN stage_results s ON s.request_id = u.id
        UNION
        SELECT m[1] FROM unfinished u JOIN stage_results s ON s.request_id = u.id,
            regexp_matches(convert_from(s.data, 'UTF8'), '(work/[A-Za-z0-9._-]+)', 'g') m
        UNION
        SELECT regexp_replace(partial ->> 'stream_key', '/[^/]*$', '') FROM unfinished WHERE partial ? 'stream_key'""",
        {"over": [str(status) for status in TERMINAL]},
    )
    return frozenset(one["key"] for one in found)


async def recall(conn: Conn, *, hold: Hold, stage: str, key: str) -> bytes | None:
    """A stage finished earlier in this epoch for the same input."""
    found = await row(
        conn,
        "SELECT data FROM stage_results WHERE request_id = %(id)s AND epoch = %(epoch)s AND stage = %(stage)s "
        "AND input_hash = %(key)s",
        {"id": hold.request_id, "epoch": hold.epoch, "stage": stage, "key": key},
    )
    return None if found is None else bytes(found["data"])
