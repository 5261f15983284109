"""A small service around a real database and real HTTP: people, a relay, a push door and runners, with a small kitchen."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
import uvicorn

from vividly.db.engine import Pool, transaction
from vividly.library.model import Lesson
from vividly.pipeline.artifacts import Finished, Inquiry, Outcome
from vividly.requests import actions
from vividly.requests.model import Go, NewRequest, RequestId, Snapshot, Verdict
from vividly.requests.states import Status
from vividly.steps import Step
from vividly.transport.embedded import EmbeddedTransport
from vividly.transport.relay import Relay
from vividly.worker.bench import Bench
from vividly.worker.push import Desk, create_push_app
from vividly.worker.runner import Kitchen, Rhythm, Runner
from vividly.worker.settle import Limits

QUICK = Rhythm(lease=4.0, poll=0.05, recover=0.1, sweep=0.2, lost_after=0.5, stall=30.0)


@dataclass(frozen=True)
class People:
    school: UUID
    student: UUID
    other_school: UUID
    other_student: UUID


@pytest.fixture
async def people(pool: Pool) -> People:
    return await _people_in(pool)


async def _people_in(pool: Pool) -> People:
    someone = People(uuid4(), uuid4(), uuid4(), uuid4())
    async with transaction(pool) as conn:
        for school, student in ((someone.school, someone.student), (someone.other_school, someone.other_student)):
            await conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'A school')", (school,))
            await conn.execute(
                "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                "VALUES (%s, %s, %s, '-', 'Ada', 'B', 'student')",
                (student, school, f"{student}@example.org"),
            )
    return someone


def go(work_key: str = "", **more: object) -> Go:
    return Go(topic_id="topic_phys_mech_newton_3", facet="force pairs", work_key=work_key, **more)


Filing = Callable[..., Awaitable[Snapshot]]


def a_request(people: People, verdict: Verdict | None = None, **changes: object) -> NewRequest:
    question = "why does the floor push back?"
    facts = {
        "school_id": people.school,
        "student_id": people.student,
        "filed_by": people.student,
        "question": question,
        "grade_level": 9,
        "interest": "basketball",
        "verdict": verdict or go(),
        "body_hash": hashlib.sha256(question.encode()).digest(),
    }
    return NewRequest(**{**facts, **changes})


@pytest.fixture
def people_in() -> Callable[[Pool], Awaitable[People]]:
    return _people_in


@pytest.fixture
def new_for() -> Callable[..., NewRequest]:
    return a_request


@pytest.fixture
def new(people: People) -> Callable[..., NewRequest]:
    return lambda verdict=None, **changes: a_request(people, verdict, **changes)


@pytest.fixture
def file(pool: Pool, people: People) -> Filing:
    async def filing(verdict: Verdict | None = None, **changes: object) -> Snapshot:
        return (await actions.submit(pool, new=a_request(people, verdict, **changes))).snapshot

    return filing


STAGES = ("storyboard", "narration", "drawing")


@dataclass
class Cook:
    """A small kitchen with three checkpointed stages; it counts what it really did."""

    done: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, Inquiry, Bench], Awaitable[None]] | None = None

    async def __call__(self, inquiry: Inquiry, bench: Bench) -> Outcome:
        for number, stage in enumerate(STAGES):
            if await bench.recall(stage, "input") is None:
                if self.before is not None:
                    await self.before(stage, inquiry, bench)
                self.done.append((stage, inquiry.interest))
                await bench.keep(stage, "input", stage.encode())
            await bench.progress(list(Step)[number + 2], 1, 1)
        return finished(inquiry)


def finished(inquiry: Inquiry) -> Finished:
    lesson_id = f"lesson-{uuid4()}"
    return Finished(
        lesson_id=lesson_id,
        prefix=f"lessons/{lesson_id}",
        title="Force pairs",
        topic_id=inquiry.topic_id,
        facet=inquiry.facet,
        interest=inquiry.interest,
        grade=inquiry.grade,
        seconds=61.5,
        files=("lesson.mp4", "captions.vtt"),
    )


def a_lesson(lesson_id: str, work_key: str = "k") -> Lesson:
    return Lesson(lesson_id, work_key, f"lessons/{lesson_id}", "T", "topic", "facet", "music", 9, 60.0, ("lesson.mp4",))


@contextlib.asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[str]:
    """A real HTTP server with the push door; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_push_app(desk), port=port, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def running(pool: Pool, kitchen: Kitchen, **more: object) -> AsyncIterator[Runner]:
    runner = Runner(**{"pool": pool, "kitchen": kitchen, "rhythm": QUICK, "limits": Limits(wait=0.05), **more})
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop(within=2.0)
        await task


@contextlib.asynccontextmanager
async def a_relay(pool: Pool, url: str, *, dead_letter_after: int = 20, **more: object) -> AsyncIterator[Relay]:
    facts = {"urls": [f"{url}/push"], "subscription": "projects/local/subscriptions/worker", **more}
    transport = EmbeddedTransport(**facts)
    try:
        yield Relay(pool=pool, transport=transport, poll=0.05, dead_letter_after=dead_letter_after)
    finally:
        await transport.close()


@contextlib.asynccontextmanager
async def relaying(pool: Pool, url: str, **more: object) -> AsyncIterator[Relay]:
    async with a_relay(pool, url, **more) as relay:
        stop = asyncio.Event()
        task = asyncio.create_task(relay.run(stop))
        try:
            yield relay
        finally:
            stop.set()
            await task


@contextlib.asynccontextmanager
async def service(pool: Pool, kitchen: Kitchen, **more: object) -> AsyncIterator[Runner]:
    """Outbox to lesson: a relay, a door and one runner."""
    async with running(pool, kitchen, **more) as runner:
        desk = Desk(pool=pool, wake=runner.wake)
        async with serving(desk) as url, relaying(pool, url):
            yield runner


async def eventually(check: Callable[[], object], within: float = 30.0) -> None:
    """Until `check` (plain or async) says something true."""
    async with asyncio.timeout(within):
        while True:
            found = check()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


async def until(pool: Pool, request_id: RequestId, *statuses: Status, within: float = 30.0) -> Snapshot:
    """Poll until the request has one of these statuses."""
    async with asyncio.timeout(within):
        while True:
            found = await actions.snapshot(pool, request_id=request_id)
            if found.status in statuses:
                return found
            await asyncio.sleep(0.01)


async def count(pool: Pool, query: str, **values: object) -> int:
    async with transaction(pool) as conn:
        row = await (await conn.execute(f"SELECT count(*) AS n FROM {query}", values)).fetchone()
    return row["n"] if row else 0


class Kit:
    """What the tests of this folder share, given as one fixture."""

    go = staticmethod(go)
    desk = Desk
    runner = Runner
    limits = Limits
    stages = STAGES
    cook = Cook
    finished = staticmethod(finished)
    lesson = staticmethod(a_lesson)
    serving = staticmethod(serving)
    running = staticmethod(running)
    relay = staticmethod(a_relay)
    relaying = staticmethod(relaying)
    service = staticmethod(service)
    eventually = staticmethod(eventually)
    until = staticmethod(until)
    count = staticmethod(count)
    quick = QUICK


@pytest.fixture
def kit() -> type[Kit]:
    return Kit
