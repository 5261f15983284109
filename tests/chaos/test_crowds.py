"""Many at once, on a real database with real concurrency: a class that asks the same thing, and a school that asks too much."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from uuid import UUID, uuid4

import pytest
from proof import witness
from proof.invariants import broken
from proof.waiting import eventually

from vividly.db.engine import open_pool, transaction
from vividly.pipeline.artifacts import Finished
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import Go, NewRequest
from vividly.steps import Step
from vividly.worker.runner import Rhythm, Runner

QUICK = Rhythm(lease=4.0, poll=0.05, recover=0.2, sweep=0.5, lost_after=1.0)


async def a_school(pool, students):
    school, people = uuid4(), [uuid4() for _ in range(students)]
    async with transaction(pool) as conn:
        await conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'A school')", (school,))
        for person in people:
            await conn.execute(
                "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                "VALUES (%s, %s, %s, '-', 'A', 'B', 'student')",
                (person, school, f"{person}@example.org"),
            )
    return school, people


def a_question(school: UUID, student: UUID, work: str = "") -> NewRequest:
    return NewRequest(
        school_id=school,
        student_id=student,
        filed_by=student,
        question="why does the floor push back?",
        grade_level=9,
        interest="music",
        verdict=Go("topic", "facet", work),
        body_hash=hashlib.sha256(student.bytes).digest(),
    )


def kitchen_of(made, pool, wait):
    async def kitchen(inquiry, bench):
        made.append(bench._hold.request_id)
        if await bench.recall("storyboard", "k") is None:
            await wait()
            await bench.keep("storyboard", "k", b"x")
        await bench.progress(Step.WRITING, 1, 1)
        name = f"lesson-{uuid4()}"
        return Finished(name, f"lessons/{name}", "T", "topic", "facet", inquiry.interest, 9, 1.0, ("lesson.mp4",))

    return kitchen


async def sql(pool, query, **values):
    async with transaction(pool) as conn:
        return await (await conn.execute(query, values)).fetchall()


async def all_are_completed(pool):
    return not await sql(pool, "SELECT FROM content_requests WHERE status <> 'completed'")


async def test_thirty_students_ask_the_same_and_one_lesson_is_made_for_all_by_one_commit(database):
    witness.install(database)
    async with await open_pool(database, min_size=4, max_size=24, name="class") as pool:
        school, students = await a_school(pool, 30)
        made, everybody = [], asyncio.Event()
        runners = [Runner(pool=pool, kitchen=kitchen_of(made, pool, everybody.wait), slots=2, rhythm=QUICK) for _ in range(3)]
        working = [asyncio.create_task(runner.run()) for runner in runners]

        async def student(person):
            filed = (await actions.submit(pool, new=a_question(school, person, "the same lesson"))).snapshot
            await jobs.ring(pool, request_id=filed.request_id)
            random.choice(runners).wake()

        await asyncio.gather(*(student(person) for person in students))
        everybody.set()
        await eventually(lambda: all_are_completed(pool))
        ends = await sql(pool, "SELECT DISTINCT xmin::text, lesson_id, finished_at FROM content_requests")
        history = await sql(pool, "SELECT DISTINCT xmin::text FROM content_request_events WHERE terminal")
        await asyncio.gather(*(runner.stop(within=2.0) for runner in runners))
        await asyncio.gather(*working)
    assert len(made) == 1
    assert len(ends) == len(history) == 1, "one transaction wrote all thirty"
    run = await asyncio.to_thread(witness.evidence_of, database)
    assert len(run.grants) == 1
    run.settled = False  # nobody relays here
    assert broken(run) == {}


async def test_a_maker_that_dies_or_fails_leaves_the_class_to_the_next_one(database):
    witness.install(database)
    async with await open_pool(database, min_size=4, max_size=16, name="class") as pool:
        school, students = await a_school(pool, 10)
        for person in students:
            filed = (await actions.submit(pool, new=a_question(school, person, "the same lesson"))).snapshot
            await jobs.ring(pool, request_id=filed.request_id)
        dead = await jobs.claim(pool, owner=uuid4(), lease=0.05)
        assert await jobs.claim(pool, owner=uuid4()) is None
        made, fails = [], [RuntimeError("a bug")]

        async def once():
            if fails:
                raise fails.pop()

        runner = Runner(pool=pool, kitchen=kitchen_of(made, pool, once), slots=3, rhythm=QUICK)
        working = asyncio.create_task(runner.run())
        await eventually(lambda: all_are_completed(pool))
        await runner.stop(within=2.0)
        await working
    run = await asyncio.to_thread(witness.evidence_of, database)
    run.settled = False
    assert broken(run) == {}
    assert len(made) == 2
    assert dead is not None


async def test_a_noisy_school_beside_nine_quiet_ones(pool):
    """One slot, two hundred noisy questions before everybody else's: no quiet one waits for more than one round of schools."""
    noisy, shouting = await a_school(pool, 1)
    quiet = [await a_school(pool, 1) for _ in range(9)]
    for _ in range(60):
        await jobs.ring(pool, request_id=(await actions.submit(pool, new=a_question(noisy, shouting[0]))).snapshot.request_id)
    for _ in range(2):
        for school, (person,) in quiet:
            await jobs.ring(pool, request_id=(await actions.submit(pool, new=a_question(school, person))).snapshot.request_id)
    served: list[UUID] = []
    for _ in range(20):
        recent = list(dict.fromkeys(reversed(served)))[::-1]
        claimed = await jobs.claim(pool, owner=uuid4(), recent_schools=recent)
        served.append(claimed.request.school_id)
    # Two rounds of ten schools, each school once in each.
    assert set(served[:10]) == set(served[10:]) == {noisy, *(school for school, _ in quiet)}
    assert Counter(served) == dict.fromkeys(served, 2)


@pytest.mark.parametrize("processes", [3])
async def test_every_worker_process_is_fair_by_itself(pool, processes):
    """Whom it served lately is the memory of one process: with n of them a quiet school waits for n claims at most, not one."""
    noisy, shouting = await a_school(pool, 1)
    for _ in range(30):
        await jobs.ring(pool, request_id=(await actions.submit(pool, new=a_question(noisy, shouting[0]))).snapshot.request_id)
    memories: list[list[UUID]] = [[] for _ in range(processes)]

    async def serve(memory):
        claimed = await jobs.claim(pool, owner=uuid4(), recent_schools=memory)
        memory[:] = [*(one for one in memory if one != claimed.request.school_id), claimed.request.school_id]
        return claimed.request.school_id

    for memory in memories:
        await serve(memory)
    school, (person,) = await a_school(pool, 1)
    await jobs.ring(pool, request_id=(await actions.submit(pool, new=a_question(school, person))).snapshot.request_id)
    # Every process has served the noisy one last, so whichever comes first takes the quiet one.
    assert await serve(random.choice(memories)) == school
