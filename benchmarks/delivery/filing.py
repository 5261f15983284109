"""Files questions as the door does after intake, without HTTP: for parts that measure what comes behind the door."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Sequence
from uuid import uuid4

from ground import Student

from vividly.db.engine import Pool
from vividly.requests import actions
from vividly.requests.jobs.actions import ring
from vividly.requests.model import Go, NewRequest, RequestId

_AT_ONCE = 16


def a_question(student: Student, words: str = "why does the floor push back?") -> NewRequest:
    """One that nobody else asks: its lesson is its own."""
    return NewRequest(
        school_id=student.school_id,
        student_id=student.person_id,
        filed_by=student.person_id,
        question=words,
        grade_level=10,
        interest="music",
        verdict=Go(topic_id="topic_phys_mech_newton_3", facet="force pairs", work_key=f"bench-{uuid4()}"),
        body_hash=hashlib.sha256(words.encode()).digest(),
    )


async def file(
    pool: Pool,
    student: Student,
    *,
    rung: bool = False,
    wake: Callable[[], None] = lambda: None,
    words: str = "why does the floor push back?",
) -> RequestId:
    """A question and its knock, then `wake` the relay. `rung`: its job is runnable at once, as if the knock had been heard."""
    accepted = await actions.submit(pool, new=a_question(student, words))
    wake()
    if rung:
        await ring(pool, request_id=accepted.snapshot.request_id)
    return accepted.snapshot.request_id


async def filed(pool: Pool, students: Sequence[Student], *, many: int, rung: bool) -> list[RequestId]:
    """`many` questions, by the students in turn."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(student: Student) -> RequestId:
        async with gate:
            return await file(pool, student, rung=rung)

    return list(await asyncio.gather(*(one(student) for student in itertools.islice(itertools.cycle(students), many))))
