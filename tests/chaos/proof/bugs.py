"""Fifteen mistakes somebody could make tomorrow, one or more for each invariant, planted in the running code of a test.

Where two walls stand before the same promise (the code and the database's own), a bug takes both down.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from vividly.api import asking, happenings
from vividly.db.engine import row, transaction
from vividly.requests import actions, changes, store
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs import store as jobs_store
from vividly.requests.model import RequestId
from vividly.transport import relay as relays
from vividly.transport import store as messages
from vividly.worker import answers, desk
from vividly.worker.answers import Outcome

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Bug:
    """`plant` changes the code, `schema` the database; `changes` makes the histories those in which it can show; the
    search begins with the seed `first`, which is known to find it soon."""

    invariant: str
    words: str
    plant: Callable[[Patch], None]
    schema: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    first: int = 1


def answers_before_it_commits(patch: Patch) -> None:
    """The door says 202, and the row is left to a later moment that may not come."""
    real = actions.submit

    async def submit(pool, *, new):
        async with transaction(pool) as conn:
            accepted = await real(SimpleNamespace(connection=lambda: contextlib.nullcontext(conn)), new=new)
            if new.question[-1] in "02468ace":
                await conn.rollback()
        return accepted

    patch.setattr(actions, "submit", submit)


def forgets_lost_knocks_and_dead_workers(patch: Patch) -> None:
    """Nobody frees expired leases."""

    async def free_expired(conn, *, request_id=None):
        return ()

    patch.setattr(jobs_store, "free_expired", free_expired)


def ends_twice(patch: Patch) -> None:
    real = changes.complete

    async def complete(conn, *, ids, actor, token, lesson_id):
        await real(conn, ids=ids, actor=actor, token=token, lesson_id=lesson_id)
        await real(conn, ids=ids, actor=actor, token=token, lesson_id=lesson_id)

    patch.setattr(changes, "complete", complete)
    patch.setattr(store, "_CHANGE", store._CHANGE.replace("n.was <> n.status AND n.status = ANY", "n.status = ANY"))


def begins_anew_after_a_crash(patch: Patch) -> None:
    """A second worker sets a request that is generating back to validating."""
    real = jobs_store.lease

    async def lease(conn, *, request_id, owner, seconds):
        job = await real(conn, request_id=request_id, owner=owner, seconds=seconds)
        request = await store.read(conn, request_id=request_id)
        if request.status == "generating":
            await changes.begin(conn, ids=[request_id], actor="worker", token=job.token)
        return job

    patch.setattr(jobs_store, "lease", lease)


def skips_a_status(patch: Patch) -> None:
    """Waiters of a lesson are completed without having begun."""
    real = changes.begin

    async def begin(conn, *, ids, actor, token=None):
        return await real(conn, ids=ids, actor=actor, token=token) if token is not None else ()

    patch.setattr(changes, "begin", begin)


def settles_without_a_token(patch: Patch) -> None:
    async def held(conn, *, hold):
        job = await jobs_store.lock(conn, request_id=hold.request_id)
        return job if job and job.state in ("leased", "ready") else None

    patch.setattr(jobs_store, "held", held)


def claims_what_is_held(patch: Patch) -> None:
    async def next_ready(conn, *, school_id, max_crashes):
        found = await row(
            conn,
            "SELECT request_id, epoch FROM jobs WHERE state IN ('ready', 'leased') AND run_after <= now() "
            "AND school_id = %(school)s ORDER BY run_after LIMIT 1 FOR UPDATE SKIP LOCKED",
            {"school": school_id},
        )
        return None if found is None else (RequestId(found["request_id"]), found["epoch"], "")

    async def lease(conn, *, request_id, owner, seconds):
        found = await row(
            conn,
            "UPDATE jobs SET state = 'leased', lease_owner = %(owner)s, lease_token = lease_token + 1, "
            "lease_until = now() + make_interval(secs => %(seconds)s) WHERE request_id = %(id)s "
            "RETURNING request_id, epoch, state, attempt, crashes, lease_token AS token, true AS held",
            {"id": request_id, "owner": owner, "seconds": seconds},
        )
        return jobs_store.Job(**found)

    async def waiting(conn, *, max_crashes):
        cursor = await conn.execute("SELECT DISTINCT school_id FROM jobs WHERE state IN ('ready', 'leased')")
        return frozenset(one["school_id"] for one in await cursor.fetchall())

    patch.setattr(jobs_store, "next_ready", next_ready)
    patch.setattr(jobs_store, "lease", lease)
    patch.setattr(jobs_store, "schools_waiting", waiting)


def frees_what_is_alive(patch: Patch) -> None:
    """Recovery that looks at the age of the job, not at its lease."""

    async def free_expired(conn, *, request_id=None):
        cursor = await conn.execute(
            "UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until = NULL, crashes = crashes + 1 "
            "WHERE state = 'leased' AND lease_until < now() + interval '40 seconds' RETURNING request_id"
        )
        return tuple(RequestId(one["request_id"]) for one in await cursor.fetchall())

    patch.setattr(jobs_store, "free_expired", free_expired)


def confirms_a_charge_that_is_not_its_own(patch: Patch) -> None:
    """A checkpoint is kept by whoever comes, lease or not."""

    async def keep_stage(pool, *, hold, stage, key, data):
        async with transaction(pool) as conn:
            await conn.execute(
                "INSERT INTO stage_results (request_id, epoch, stage, input_hash, data, lease_token) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (hold.request_id, hold.epoch, stage, key, data, hold.token),
            )

    patch.setattr(jobs, "keep_stage", keep_stage)


def forgets_checkpoints(patch: Patch) -> None:
    async def recall(conn, *, hold, stage, key):
        return None

    patch.setattr(jobs_store, "recall", recall)


def acknowledges_before_it_commits(patch: Patch) -> None:
    """The handler answers 200, and does its work afterwards."""
    later: list[Any] = []
    real = desk.ring

    async def ring(pool, **facts):
        if later:
            first = later.pop(0)
            await real(pool, **first)
        later.append(facts)
        return jobs.Rung.HELD, 1

    patch.setattr(desk, "ring", ring)


def marks_before_it_publishes(patch: Patch) -> None:
    real = messages.take

    async def take(conn, *, limit, hold):
        taken = await real(conn, limit=limit, hold=hold)
        await messages.sent(conn, outbox_ids=[one.outbox_id for one in taken])
        return taken

    patch.setattr(relays.store, "take", take)


def publishes_before_it_commits(patch: Patch) -> None:
    """The knock of a new request is written after its commit, so that a door that dies between loses it."""
    patch.setattr(actions, "_knock", _nothing)


async def _nothing(*_args: object, **_facts: object) -> None:
    return


def refuses_poison_for_ever(patch: Patch) -> None:
    patch.setitem(answers.ANSWERS, Outcome.POISON_AGAIN, {"embedded": 400, "pubsub": 400})


def ignores_the_key(patch: Patch) -> None:
    real = store.insert

    async def insert(conn, *, new, birth):
        return await real(conn, new=dataclasses.replace(new, idempotency_key=None), birth=birth)

    patch.setattr(store, "insert", insert)


def shows_everybody_everything(patch: Patch) -> None:
    async def seen(doors, *, who, request_id):
        return await actions.snapshot(doors.pool, request_id=request_id)

    patch.setattr(asking, "seen", seen)


def watchers_miss_what_happens_while_they_look(patch: Patch) -> None:
    """The history is read once, and later only what is newest."""
    real = actions.events_since

    async def events_since(pool, *, request_id, seq=0, limit=500):
        found = await real(pool, request_id=request_id, seq=seq, limit=limit)
        return found[-1:]

    patch.setattr(happenings.actions, "events_since", events_since)


_EDGE = "INSERT INTO content_request_transition VALUES ('{}', '{}', false) ON CONFLICT DO NOTHING"
FROZEN = {"kills": 0.0, "workers": 5, "kitchen_fails": 0.0, "steps": 220, "questions": 2, "frozen": 1.0, "lost": 0.0}
MUCH = {"kills": 0.08, "workers": 4, "kitchen_fails": 0.0, "steps": 220}

BUGS = (
    Bug("I1", "202 before the commit", answers_before_it_commits),
    Bug("I2", "dead workers are never noticed", forgets_lost_knocks_and_dead_workers, changes=MUCH),
    Bug(
        "I3",
        "the end is written twice",
        ends_twice,
        schema=("DROP INDEX uq_content_request_events_one_end",),
        changes={"kitchen_fails": 0.0},
    ),
    Bug(
        "I4",
        "a new worker begins anew",
        begins_anew_after_a_crash,
        schema=(_EDGE.format("generating", "validating"),),
        changes=MUCH,
    ),
    Bug(
        "I5",
        "a status is skipped",
        skips_a_status,
        schema=(_EDGE.format("pending", "completed"),),
        changes={"same_lesson": 1.0, "kitchen_fails": 0.0},
    ),
    Bug("I6", "settled without a token", settles_without_a_token, changes=MUCH),
    Bug("I7", "claimed though it is held", claims_what_is_held, changes={"kitchen_fails": 0.0}),
    Bug("I7", "freed though its worker lives", frees_what_is_alive, changes={"kitchen_fails": 0.0}, first=4),
    Bug("I8", "a checkpoint without a lease", confirms_a_charge_that_is_not_its_own, changes=FROZEN),
    Bug("I9", "checkpoints are forgotten", forgets_checkpoints, changes=MUCH, first=3),
    Bug("I10", "acknowledged before the commit", acknowledges_before_it_commits),
    Bug("I11", "marked before it is published", marks_before_it_publishes, changes={"kills": 0.08}),
    Bug("I11", "a request without its knock", publishes_before_it_commits),
    Bug("I12", "poison is refused for ever", refuses_poison_for_ever, changes={"door": "pubsub"}),
    Bug("I13", "the idempotency key is ignored", ignores_the_key),
    Bug("I14", "everybody sees everything", shows_everybody_everything, first=2),
    Bug("I14", "watchers miss what happens", watchers_miss_what_happens_while_they_look),
)
