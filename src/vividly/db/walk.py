"""Every birth and every edge once, on real rows that are rolled back: what no look at a catalog can promise.

Also that what is no edge is refused. Knows the columns that go with a status, and nothing else of the domain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from uuid import UUID, uuid4

import psycopg
from psycopg.sql import SQL, Composed, Literal

from vividly.db.engine import Conn

FAILED: Final = "failed"  # has a failure code, by the table's own checks
COMPLETED: Final = "completed"  # has a lesson and full progress, likewise

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Declared:
    """The words and edges that this build may write."""

    statuses: tuple[str, ...]
    transitions: tuple[Edge, ...]
    new_epoch: frozenset[Edge]
    births: frozenset[str]
    terminal: frozenset[str]
    steps: tuple[str, ...]
    roles: tuple[str, ...]
    event_types: tuple[str, ...]
    failure_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which code and database differ. `message` names the thing and says what to do."""

    what: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """Rows that the walk's requests hang on."""

    declared: Declared
    school: UUID
    student: UUID
    lesson: str


async def walk(conn: Conn, declared: Declared) -> list[Problem]:
    """Problems met on the way. Runs in the caller's transaction, which the caller rolls back."""
    scene = _Scene(declared, uuid4(), uuid4(), f"walk-{uuid4()}")
    problems: list[Problem] = []
    async with _step(conn, problems, "walk", "people and lessons"):
        await conn.execute(_people(scene))
    if problems:
        return problems
    for birth in sorted(declared.births):
        async with _step(conn, problems, "birth", birth):
            await conn.execute(_birth(scene, uuid4(), birth))
    for edge in declared.transitions:
        way = _way_to(declared, edge[0])
        if way is None:
            problems.append(
                Problem("transition", " -> ".join(edge), f"{edge[0]} cannot be reached from any birth: fix the declaration")
            )
            continue
        async with _step(conn, problems, "transition", " -> ".join(edge)):
            await conn.execute(_along(scene, uuid4(), [*way, edge[1]]))
    async with _step(conn, problems, "walk", "words"):
        await conn.execute(_every_word(scene))
    for name, statement in _forbidden(scene):
        await _must_refuse(conn, problems, name, statement)
    return problems


@asynccontextmanager
async def _step(conn: Conn, problems: list[Problem], what: str, name: str) -> AsyncIterator[None]:
    try:
        async with conn.transaction():
            yield
    except psycopg.Error as error:
        if conn.broken or error.sqlstate is None:
            raise
        problems.append(
            Problem(what, name, f"the database refuses {what} {name}: {error.diag.message_primary} ({error.sqlstate})")
        )


async def _must_refuse(conn: Conn, problems: list[Problem], name: str, statement: Composed) -> None:
    try:
        async with conn.transaction(force_rollback=True):
            await conn.execute(statement)
    except psycopg.errors.CheckViolation:
        return
    problems.append(
        Problem(
            "refusal",
            name,
            f"the database does not refuse {name}: its triggers were replaced; restore them from the migrations",
        )
    )


def _way_to(declared: Declared, target: str) -> list[str] | None:
    """The shortest way from a birth."""
    ways = deque([birth] for birth in sorted(declared.births))
    seen = set(declared.births)
    while ways:
        way = ways.popleft()
        if way[-1] == target:
            return way
        for start, end in declared.transitions:
            if start == way[-1] and end not in seen:
                seen.add(end)
                ways.append([*way, end])
    return None


def _people(scene: _Scene) -> Composed:
    """A school with one person per role, the first of whom asks, and a lesson."""
    ids = [scene.student, *(uuid4() for _ in scene.declared.roles[1:])]
    return SQL("").join(
        [
            SQL("INSERT INTO schools (id, name) VALUES ({}, 'walk');").format(scene.school),
            *(
                SQL(
                    "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role)"
                    " VALUES ({}, {}, {}, '', '', '', {});"
                ).format(person, scene.school, f"{person}@walk.invalid", role)
                for person, role in zip(ids, scene.declared.roles, strict=True)
            ),
            SQL(
                "INSERT INTO lessons (id, work_key, prefix, title, topic_id, facet, interest, grade_level, seconds, files)"
                " VALUES ({0}, {0}, '', '', '', '', '', 9, 0, '{{}}');"
            ).format(scene.lesson),
        ]
    )


def _birth(scene: _Scene, request: UUID, status: str) -> Composed:
    return SQL(
        "INSERT INTO content_requests (id, correlation_id, school_id, student_id, filed_by, body_hash, question, grade_level,"
        " interest, modalities, preferred_modality, status, clarification, lesson_id, failure_code, progress)"
        " VALUES ({id}, {correlation}, {school}, {student}, {student}, '', '', 9, '', '{{}}', '', {status}, '{{}}', {lesson}, {code},"
        " {progress});"
    ).format(
        id=request,
        correlation=f"walk-{request}",
        school=scene.school,
        student=scene.student,
        status=status,
        **_companions(scene, status),
    )


def _along(scene: _Scene, request: UUID, way: list[str]) -> Composed:
    moves = [_move(scene, request, edge) for edge in pairwise(way)]
    return SQL("").join([_birth(scene, request, way[0]), *moves])


def _move(scene: _Scene, request: UUID, edge: Edge, *, declared: bool = True) -> Composed:
    start, end = edge
    event = SQL(
        "INSERT INTO content_request_events (request_id, seq, epoch, type, from_status, to_status, terminal, progress)"
        " SELECT id, seq, epoch, {type}, {start}, status, {terminal}, progress FROM content_requests WHERE id = {id};"
    ).format(type=scene.declared.event_types[0], start=start, terminal=end in scene.declared.terminal, id=request)
    update = SQL(
        "UPDATE content_requests SET status = {end}, epoch = epoch + {more}, seq = seq + 1, lesson_id = {lesson},"
        " failure_code = {code}, progress = {progress} WHERE id = {id};"
    ).format(end=end, more=int(edge in scene.declared.new_epoch), id=request, **_companions(scene, end))
    return update + event if declared else Composed([update])


def _companions(scene: _Scene, status: str) -> dict[str, Literal]:
    return {
        "lesson": Literal(scene.lesson if status == COMPLETED else None),
        "code": Literal(scene.declared.failure_codes[0] if status == FAILED else None),
        "progress": Literal(100 if status == COMPLETED else 0),
    }


def _every_word(scene: _Scene) -> Composed:
    """Each step and each event type on one request, each failure code on a failed one, and a lease on a job."""
    words, request, failed = scene.declared, uuid4(), uuid4()
    birth = min(words.births - words.terminal)
    parts = [_birth(scene, request, birth)]
    parts += [SQL("UPDATE content_requests SET step = {} WHERE id = {};").format(step, request) for step in words.steps]
    parts += [
        SQL(
            "INSERT INTO content_request_events (request_id, seq, epoch, type, to_status, terminal, progress)"
            " VALUES ({}, {}, 1, {}, {}, false, 0);"
        ).format(request, seq, kind, birth)
        for seq, kind in enumerate(words.event_types)
    ]
    way = _way_to(words, FAILED)
    if way is not None:
        parts.append(_along(scene, failed, way))
        change = SQL("UPDATE content_requests SET failure_code = {} WHERE id = {};")
        parts += [change.format(code, failed) for code in words.failure_codes]
    parts.append(
        SQL(
            "INSERT INTO jobs (request_id, school_id, epoch, state) VALUES ({0}, {1}, 1, 'ready');"
            "UPDATE jobs SET state = 'leased', lease_owner = {0}, lease_until = now(), lease_token = 1 WHERE request_id = {0};"
        ).format(request, scene.school)
    )
    return SQL("").join(parts)


def _forbidden(scene: _Scene) -> Iterator[tuple[str, Composed]]:
    """What the triggers are there to refuse, one of each."""
    words = scene.declared
    unborn = next((status for status in words.statuses if status not in words.births), None)
    if unborn is not None:
        yield f"birth {unborn}", _birth(scene, uuid4(), unborn)
    request = uuid4()
    stranger = next(
        (
            (start, end)
            for start in sorted(words.births)
            for end in words.statuses
            if start != end and (start, end) not in words.transitions
        ),
        None,
    )
    if stranger is not None:
        jump = _birth(scene, request, stranger[0]) + _move(scene, request, stranger, declared=False)
        yield f"transition {' -> '.join(stranger)}", jump
    birth = _birth(scene, request, min(words.births - words.terminal))
    back = SQL("UPDATE content_requests SET progress = {} WHERE id = {};")
    yield "falling progress", birth + back.format(50, request) + back.format(49, request)
    yield "an epoch without a reason", birth + SQL("UPDATE content_requests SET epoch = 2 WHERE id = {};").format(request)
    token = SQL(
        "INSERT INTO jobs (request_id, school_id, epoch, state, lease_token) VALUES ({0}, {1}, 1, 'ready', 2);"
        "UPDATE jobs SET lease_token = 1 WHERE request_id = {0};"
    ).format(request, scene.school)
    yield "a falling lease token", birth + token
