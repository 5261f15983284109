"""Part "watch": event streams in one API process, from the commit of a change to the frame at the watcher, p99."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final, Self
from uuid import uuid4

from calling import Caller
from children import child
from filing import file
from ground import Ground, Student
from psycopg import AsyncConnection
from report import Figure, percentile

from vividly.db.engine import Pool, open_pool
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import Claimed, RequestId
from vividly.requests.notify import Notifier
from vividly.steps import Step

WATCHERS: Final = 2000
PER_SECOND: Final = 100  # changes of all lessons together
WANTED_MS: Final = 300.0
_AT_ONCE: Final = 32

Moments = dict[tuple[RequestId, int], int]


async def watch(ground: Ground, *, seconds: float, rounds: int, watchers: int = WATCHERS) -> list[Figure]:
    if seconds < 2:
        watchers = 100  # a rehearsal
    floors, ours = list[list[float]](), list[list[float]]()
    url = ground.database()
    students = await asyncio.to_thread(ground.students, url, schools=20, each=watchers // 20)
    order: dict[str, object] = {"url": url, "data": str(ground.data), "intake": "fixed"}
    async with (
        await open_pool(url, min_size=4, max_size=16, name="bench") as pool,
        child("a_door.py", order, logs=ground.logs) as door,
    ):
        port = int(await door.until("port"))
        claims = await _begun(pool, students)
        async with Watchers(port) as crowd:
            await crowd.join(students, claims)
            for _ in range(rounds):
                floors.append(await _floor(ground, url, seconds=seconds))
                ours.append(await _round(pool, claims, crowd, seconds=seconds))
    ground.drop(url)
    note = f"{watchers} streams, each of its own student and request; {PER_SECOND} changes/s; {sum(map(len, ours))} seen"

    def figure(what: str, share: float, want: float | None) -> Figure:
        of = [tuple(percentile(one, share) for one in rounds_of) for rounds_of in (floors, ours)]
        return Figure("watch", what, "ms", "NOTIFY heard by one listener", of[0], of[1], want, "less", "ours", note)

    return [figure("commit → watcher, p99", 0.99, WANTED_MS), figure("commit → watcher, p50", 0.5, None)]


async def _begun(pool: Pool, students: Sequence[Student]) -> list[Claimed]:
    """One lesson in the making for each student, in our hands."""
    gate, owner = asyncio.Semaphore(_AT_ONCE), uuid4()

    async def one(student: Student) -> None:
        async with gate:
            await file(pool, student, rung=True)

    await asyncio.gather(*(one(student) for student in students))
    claims = list[Claimed]()
    while claimed := await jobs.claim(pool, owner=owner, lease=3600.0):
        await jobs.generate(pool, hold=claimed.hold)
        claims.append(claimed)
    return claims


class Watchers:
    """Open streams; notes the moment each numbered event arrives."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []
        self._callers: list[Caller] = []
        self.arrived: Moments = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for caller in self._callers:
            caller.close()

    async def join(self, students: Sequence[Student], claims: Sequence[Claimed]) -> None:
        tokens = {student.person_id: student.token for student in students}
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(claimed: Claimed) -> None:
            caller = Caller(self._port, tokens[claimed.request.student_id])
            self._callers.append(caller)
            async with gate:
                stream = await caller.follow(f"/api/v1/content/request/{claimed.hold.request_id}/events")
            self._tasks.append(asyncio.create_task(self._read(stream, claimed.hold.request_id)))

        await asyncio.gather(*(one(claimed) for claimed in claims))
        await asyncio.sleep(1.0)  # the histories have been read
        self.arrived.clear()

    async def _read(self, stream: asyncio.StreamReader, request_id: RequestId) -> None:
        while line := await stream.readline():
            if line.startswith(b"id: "):
                self.arrived[request_id, int(line[4:])] = time.monotonic_ns()


async def _round(pool: Pool, claims: Sequence[Claimed], crowd: Watchers, *, seconds: float) -> list[float]:
    """Changes of random lessons, `PER_SECOND` of them; milliseconds from each commit to its frame."""
    notifier, stop = Notifier(pool), asyncio.Event()
    telling = asyncio.create_task(notifier.run(stop))
    committed: Moments = {}
    changing = set[asyncio.Task[None]]()
    free = list(claims)
    random.shuffle(free)

    async def change(claimed: Claimed) -> None:
        hold = claimed.hold
        await jobs.progress(pool, hold=hold, step=Step.DRAWING, percent=50, partial={})
        now = time.monotonic_ns()
        notifier.touch(hold.request_id)
        async with pool.connection() as conn:
            found = await (await conn.execute("SELECT seq FROM content_requests WHERE id = %s", (hold.request_id,))).fetchone()
        assert found is not None
        committed[hold.request_id, found["seq"]] = now
        free.insert(0, claimed)

    ends = time.monotonic() + seconds
    due = time.monotonic()
    while time.monotonic() < ends:
        due += 1 / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if free:
            task = asyncio.create_task(change(free.pop()))
            changing.add(task)
            task.add_done_callback(changing.discard)
    await asyncio.gather(*changing)
    async with asyncio.timeout(10):
        while not committed.keys() <= crowd.arrived.keys():  # noqa: ASYNC110 - two thousand tasks write there
            await asyncio.sleep(0.01)
    stop.set()
    await telling
    return [(crowd.arrived[one] - at) / 1e6 for one, at in committed.items()]


async def _floor(ground: Ground, url: str, *, seconds: float) -> list[float]:
    """The same number of notifications, heard by one listener: what Postgres and the kernel take of it."""
    async with child("a_floor.py", {"what": "hear", "url": url}, logs=ground.logs) as ear:
        await ear.until("ready")
        async with await AsyncConnection.connect(url, autocommit=True) as conn:
            ends = due = time.monotonic()
            ends += seconds
            while time.monotonic() < ends:
                due += 1 / PER_SECOND
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await conn.execute("SELECT pg_notify('floor', %s)", (str(time.monotonic_ns()),))
        ear.process.terminate()
        took: list[float] = await ear.until("took")
        return took
