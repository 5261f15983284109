"""Part "poison": ten poison messages for every good one, through relay, /push and worker; the good ones' time with and without."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Final
from uuid import uuid4

from children import child
from filing import file
from ground import Ground
from psycopg.types.json import Jsonb
from report import Figure, percentile
from starting import free_port

from vividly.db.engine import Pool, open_pool
from vividly.settings import read
from vividly.wiring.links import open_relay

GOOD_PER_SECOND: Final = 20
POISON_FOR_EACH: Final = 10
FULL: Final = 1000  # good messages of a round of fifty seconds; longer ones have no more
WANTED: Final = 1.2


async def poison(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:
    good = min(FULL, max(10, int(seconds * GOOD_PER_SECOND)))
    spans: dict[bool, list[float]] = {False: [], True: []}
    middles: dict[bool, list[float]] = {False: [], True: []}
    tails: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for poisoned in (False, True):
            span, took = await _round(ground, good=good, poisoned=poisoned)
            spans[poisoned].append(span)
            middles[poisoned].append(percentile(took, 0.5))
            tails[poisoned].append(percentile(took, 0.95))
    note = f"{good} good at {GOOD_PER_SECOND}/s, {good * POISON_FOR_EACH} poison among them"

    def figure(what: str, unit: str, of: dict[bool, list[float]], want: float | None = None) -> Figure:
        return Figure("poison", what, unit, "without poison", tuple(of[False]), tuple(of[True]), want, "less", "ratio", note)

    return [
        figure("first filed → all good ones done", "s", spans, WANTED),
        figure("filed → done, p50", "ms", middles),
        figure("filed → done, p95", "ms", tails),
    ]


async def _round(ground: Ground, *, good: int, poisoned: bool) -> tuple[float, list[float]]:
    """Seconds from the first good one filed to the last one done, and milliseconds of each."""
    url = ground.database()
    async with (
        carried(ground, url, slots=4, job_seconds=0.0) as ring,
        await open_pool(url, min_size=2, max_size=8, name="bench") as pool,
    ):
        student = ground.students(url, schools=1, each=1)[0]
        filing = set[asyncio.Task[object]]()
        due = time.monotonic()
        for _ in range(good):
            due += 1 / GOOD_PER_SECOND
            if poisoned:
                filing.add(asyncio.create_task(_poison(pool, POISON_FOR_EACH)))
            filing.add(asyncio.create_task(file(pool, student, wake=ring)))
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*filing)
        found = await times(pool, expected=good)
        if poisoned:
            await _quarantined(pool, good * POISON_FOR_EACH)
    ground.drop(url)
    return found


@contextlib.asynccontextmanager
async def carried(ground: Ground, url: str, *, slots: int, job_seconds: float) -> AsyncIterator[Callable[[], None]]:
    """A worker with its door in another process, and the relay here, beside what files, as `vividly up` has it. Yields `ring`."""
    port = free_port()
    work: dict[str, object] = {"url": url, "data": str(ground.data), "slots": slots, "stages": 0, "seconds": job_seconds}
    settings = read(data=ground.data, push_url=f"http://127.0.0.1:{port}/push")
    stop = asyncio.Event()
    async with (
        child("a_worker.py", {**work, "door": port}, logs=ground.logs) as worker,
        open_relay(settings, url) as relay,
        asyncio.TaskGroup() as group,
    ):
        await worker.until("started")
        group.create_task(relay.run(stop))
        yield relay.ring
        stop.set()


async def times(pool: Pool, *, expected: int) -> tuple[float, list[float]]:
    """When all of them are done: seconds from first to last, and milliseconds of each; by the database's clock."""
    query = (
        "SELECT extract(epoch FROM finished_at - created_at) * 1000 AS took, extract(epoch FROM created_at) AS at, "
        "extract(epoch FROM finished_at) AS ended FROM content_requests WHERE status = 'completed'"
    )
    async with asyncio.timeout(300):
        while True:
            async with pool.connection() as conn:
                done = await (await conn.execute(query)).fetchall()
            if len(done) == expected:
                break
            await asyncio.sleep(0.25)
    span = max(float(one["ended"]) for one in done) - min(float(one["at"]) for one in done)
    return span, [float(one["took"]) for one in done]


async def _poison(pool: Pool, many: int) -> None:
    """Knocks that nobody will ever be able to take, in one commit."""
    kinds: list[dict[str, object]] = [
        {"schema_version": 1},
        {"schema_version": 1, "correlation_id": "c", "request_id": "not-a-uuid"},
        {"schema_version": 0, "correlation_id": "c", "request_id": str(uuid4())},
        {"words": "x" * 500},
    ]
    async with pool.connection() as conn, conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO outbox (event_id, topic, payload, attributes) VALUES (%s, 'content-generation-requests', %s, '{}')",
            [(uuid4(), Jsonb(random.choice(kinds))) for _ in range(many)],  # noqa: S311 - not a secret
        )


async def _quarantined(pool: Pool, expected: int) -> None:
    """RuntimeError if a poison message came through more than twice, or was lost."""
    async with asyncio.timeout(300):
        while True:
            async with pool.connection() as conn:
                found = await (await conn.execute("SELECT count(*) AS n, max(count) AS most FROM quarantine")).fetchone()
            assert found is not None
            if found["n"] == expected:
                break
            await asyncio.sleep(0.25)
    if found["most"] > 2:
        raise RuntimeError(f"a poison message was delivered {found['most']} times")
