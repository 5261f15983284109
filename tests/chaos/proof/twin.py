"""The real verbs on a real database, under the names of the model's: what one says, the other must say."""

from __future__ import annotations

from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from proof import witness
from proof.core import Core, Ticket
from vividly.db.engine import Pool, transaction
from vividly.errors import LeaseLost, NotPossible
from vividly.library.model import Lesson
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs.sweep import sweep
from vividly.requests.model import (
    Answer,
    AskBack,
    Clarification,
    Go,
    Hold,
    NewRequest,
    Option,
    RequestId,
    TurnAway,
)
from vividly.requests.states import FailureCode
from vividly.steps import Step

_ASK = AskBack(Clarification(("Which?",), (Option("a", "A", "topic", "facet"),)))
_STATE = """
SELECT r.id, r.status, r.epoch, r.seq, r.progress, r.rounds, j.epoch AS of, j.state, j.attempt, j.crashes, j.lease_token,
    extract(epoch FROM j.lease_until - sim.now())::int AS left, extract(epoch FROM j.run_after - sim.now())::int AS wait,
    (SELECT array_agg(e.type || ':' || e.to_status ORDER BY e.seq) FROM content_request_events e WHERE e.request_id = r.id) AS told,
    (SELECT count(*) FROM outbox o WHERE o.payload ->> 'request_id' = r.id::text) AS knocks,
    (SELECT array_agg(s.stage || s.epoch || '/' || s.lease_token ORDER BY s.stage, s.epoch) FROM stage_results s
     WHERE s.request_id = r.id) AS stages
FROM content_requests r LEFT JOIN jobs j ON j.request_id = r.id
"""


class Twin:
    """A database beside the model; ids are translated."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.ids: dict[int, RequestId] = {}
        self.students: dict[int, tuple[UUID, UUID]] = {}

    async def open(self) -> None:
        async with transaction(self.pool) as conn:
            await conn.execute(f"TRUNCATE {witness.RUN_TABLES}, people, schools CASCADE")
            for number in range(2):
                school, person = uuid4(), uuid4()
                self.students[number] = (school, person)
                await conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'A school')", (school,))
                await conn.execute(
                    "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                    "VALUES (%s, %s, %s, '-', 'A', 'B', 'student')",
                    (person, school, f"{person}@example.org"),
                )

    async def pass_time(self, seconds: int) -> None:
        async with transaction(self.pool) as conn:
            await conn.execute("UPDATE sim.clock SET at = at + make_interval(secs => %s)", (seconds,))

    async def submit(self, new_id: int, *, by: int, school: int, verdict: str, work: str, key: str | None, body: str) -> object:
        school_id, student = self.students[school]
        new = NewRequest(
            school_id=school_id,
            student_id=student,
            filed_by=self.students[by][1],
            question="a question",
            grade_level=9,
            interest="music",
            verdict=_verdict(verdict, work),
            body_hash=body.encode(),
            idempotency_key=key,
        )
        done = await _said(actions.submit(self.pool, new=new))
        if isinstance(done, str):
            return done
        request_id = done.snapshot.request_id
        known = {real: one for one, real in self.ids.items()}
        if request_id not in known:
            self.ids[new_id] = request_id
        return known.get(request_id, new_id)

    async def cancel(self, request: int) -> object:
        return _ok(await _said(actions.cancel(self.pool, request_id=self.ids[request], actor="s")))

    async def retry(self, request: int) -> object:
        return _ok(await _said(actions.retry(self.pool, request_id=self.ids[request], actor="s")))

    async def answer(self, request: int, *, epoch: int, verdict: str, work: str) -> object:
        told = {"request_id": self.ids[request], "epoch": epoch, "actor": "s", "answer": Answer("", "x")}
        return _ok(await _said(actions.answer(self.pool, verdict=_verdict(verdict, work), **told)))

    async def ring(self, request: int) -> str:
        return str((await jobs.ring(self.pool, request_id=self.ids[request]))[0])

    async def claim(self, *, lease: int) -> int | None:
        """The request that was given, by the model's number."""
        claimed = await jobs.claim(self.pool, owner=uuid4(), lease=lease)
        return None if claimed is None else next(n for n, real in self.ids.items() if real == claimed.hold.request_id)

    async def worker(self, verb: str, ticket: Ticket, **facts: Any) -> object:
        hold = Hold(self.ids[ticket.request], ticket.token, ticket.epoch)
        match verb:
            case "renew":
                return _ok(await _said(jobs.renew(self.pool, hold=hold, lease=facts["lease"])))
            case "keep":
                return _ok(await _said(jobs.keep_stage(self.pool, hold=hold, stage=facts["stage"], key="k", data=b"x")))
            case "recall":
                return await jobs.recall_stage(self.pool, hold=hold, stage=facts["stage"], key="k") is not None
            case "progress":
                told = {"step": Step.WRITING, "percent": facts["percent"], "partial": {}}
                return _ok(await _said(jobs.progress(self.pool, hold=hold, **told)))
            case "generate":
                return _ok(await _said(jobs.generate(self.pool, hold=hold)))
            case "finish":
                done = await _said(jobs.finish(self.pool, hold=hold, lesson=await self._lesson(hold)))
                names = {real: one for one, real in self.ids.items()}
                return done if isinstance(done, str) else sorted(names[one] for one in done)
            case "ask":
                return _ok(await _said(jobs.ask(self.pool, hold=hold, clarification=_ASK.clarification)))
            case "decline":
                return _ok(await _said(jobs.decline(self.pool, hold=hold, code="c", message="m")))
            case "fail":
                return _ok(await _said(jobs.fail_for_good(self.pool, hold=hold, code=FailureCode.STAGE_FAILED)))
            case "try_later":
                return await _said(jobs.try_later(self.pool, hold=hold, after=facts["after"]))
            case "give_back":
                return await jobs.give_back(self.pool, hold=hold)
        raise AssertionError(verb)

    async def sweep(self) -> tuple[list[int], list[int], list[int]]:
        swept = await sweep(self.pool)
        names = {real: one for one, real in self.ids.items()}
        return tuple(sorted(names[one] for one in part) for part in (swept.freed, swept.buried, swept.rung))

    async def state(self) -> dict[int, dict[str, object]]:
        names = {real: one for one, real in self.ids.items()}
        async with transaction(self.pool) as conn:
            found = await (await conn.execute(_STATE)).fetchall()
        return {names[one.pop("id")]: one for one in found}

    async def _lesson(self, hold: Hold) -> Lesson:
        now = await actions.snapshot(self.pool, request_id=hold.request_id)
        name = f"lesson-{uuid4()}"
        key = now.cache_key or f"request:{hold.request_id}:{hold.epoch}"
        return Lesson(name, key, f"lessons/{name}", "T", "topic", "facet", "music", 9, 60.0, ("lesson.mp4",))


def state_of(core: Core) -> dict[int, dict[str, object]]:
    """The model's state in the words of `Twin.state`."""
    found: dict[int, dict[str, object]] = {}
    for one in core.requests.values():
        job = core.jobs.get(one.id) or SimpleNamespace(
            epoch=None, state=None, attempt=None, crashes=None, token=None, until=None, run_after=None
        )
        stages = sorted((stage, epoch, token) for (request, epoch, stage), token in core.stages.items() if request == one.id)
        found[one.id] = {
            "status": one.status,
            "epoch": one.epoch,
            "seq": one.seq,
            "progress": one.progress,
            "rounds": one.rounds,
            "of": job.epoch,
            "state": job.state,
            "attempt": job.attempt,
            "crashes": job.crashes,
            "lease_token": job.token,
            "left": None if job.until is None else job.until - core.now,
            "wait": None if job.run_after is None else job.run_after - core.now,
            "told": [f"{event.type}:{event.end}" for event in core.found.events if event.request == str(one.id)],
            "knocks": core.knocks.count(one.id),
            "stages": [f"{stage}{epoch}/{token}" for stage, epoch, token in stages] or None,
        }
    return found


def _verdict(word: str, work: str) -> Go | AskBack | TurnAway:
    return {"go": Go("topic", "facet", work), "ask": _ASK, "decline": TurnAway("c", "m")}[word]


async def _said(verb: Awaitable[Any]) -> Any:
    try:
        return await verb
    except LeaseLost:
        return "lease_lost"
    except NotPossible as no:
        return no.code


def _ok(said: object) -> object:
    return said if isinstance(said, str) else "ok"
