"""Part "noisy": nine quiet schools, alone and beside one that asks for more than the workers can make."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from filing import file
from ground import Ground, Student
from poisoning import carried
from report import Figure, percentile

from vividly.db.engine import Pool, open_pool

QUIET, QUIET_PER_SECOND = 9, 0.7  # questions of each
SLOTS, JOB_SECONDS = 2, 0.1  # what workers can make: twenty a second at best
NOISY_PER_SECOND, NOISY_AT_ONCE = 25, 100  # and a whole school at once to begin with
WANTED: Final = 2.0


async def noisy(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:
    alone, beside = list[list[float]](), list[list[float]]()
    for _ in range(rounds):
        alone.append(await _round(ground, seconds=seconds, with_noise=False))
        beside.append(await _round(ground, seconds=seconds, with_noise=True))
    note = f"{QUIET} × {QUIET_PER_SECOND}/s; noisy: {NOISY_AT_ONCE} at once, then {NOISY_PER_SECOND}/s; {len(beside[0])} quiet ones a round"

    def figure(what: str, share: float, want: float | None) -> Figure:
        of = [tuple(percentile(one, share) for one in rounds_of) for rounds_of in (alone, beside)]
        return Figure("noisy", what, "ms", "alone", of[0], of[1], want, "less", "ratio", note)

    return [figure("a quiet school's question, p99", 0.99, WANTED), figure("a quiet school's question, p50", 0.5, None)]


async def _round(ground: Ground, *, seconds: float, with_noise: bool) -> list[float]:
    """Milliseconds from filed to done of every quiet question."""
    url = ground.database()
    async with (
        carried(ground, url, slots=SLOTS, job_seconds=JOB_SECONDS) as ring,
        await open_pool(url, min_size=2, max_size=12, name="bench") as pool,
    ):
        *quiet, loud = ground.students(url, schools=QUIET + 1, each=1)

        async def ask(student: Student) -> None:
            await file(pool, student, wake=ring)

        await ask(quiet[0])  # what a first question loads is not the neighbors' fault
        await _times(pool, quiet)
        filing = set[asyncio.Task[None]]()
        if with_noise:
            filing |= {asyncio.create_task(ask(loud)) for _ in range(NOISY_AT_ONCE)}
            filing.add(asyncio.create_task(_steadily(ask, [loud], NOISY_PER_SECOND, seconds)))
        filing.add(asyncio.create_task(_steadily(ask, quiet, QUIET * QUIET_PER_SECOND, seconds)))
        await asyncio.gather(*filing)
        found = (await _times(pool, quiet))[1:]
    ground.drop(url)
    return found


async def _steadily(
    ask: Callable[[Student], Coroutine[None, None, None]], students: Sequence[Student], per_second: float, seconds: float
) -> None:
    """Questions at random moments, `per_second` on average."""
    due = time.monotonic()
    ends = due + seconds
    filing = set[asyncio.Task[None]]()
    while due < ends:
        filing.add(asyncio.create_task(ask(random.choice(students))))  # noqa: S311 - not a secret
        due += random.expovariate(per_second)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.gather(*filing)


async def _times(pool: Pool, students: Sequence[Student]) -> list[float]:
    """When all questions of these students are done: milliseconds of each, by the database's clock."""
    query = "SELECT extract(epoch FROM finished_at - created_at) * 1000 AS took FROM content_requests WHERE student_id = ANY(%s) ORDER BY created_at"
    ids = [student.person_id for student in students]
    async with asyncio.timeout(120):
        while True:
            async with pool.connection() as conn:
                found = await (await conn.execute(query, (ids,))).fetchall()
            if all(one["took"] is not None for one in found):
                return [float(one["took"]) for one in found]
            await asyncio.sleep(0.1)
