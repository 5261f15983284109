"""What has been made before: look it up, keep it, hide it. Knows no request and no shelf."""

from __future__ import annotations

from uuid import UUID

from vividly.db.engine import Conn, Pool, statement, transaction
from vividly.library import store
from vividly.library.model import Lesson


async def find(pool: Pool, *, work_key: str) -> Lesson | None:
    """The finished lesson for this key, unless it is hidden. An empty key names nothing."""
    if not work_key:
        return None
    async with statement(pool) as conn:
        return await store.by_work_key(conn, work_key=work_key)


async def lesson(pool: Pool, *, lesson_id: str) -> Lesson | None:
    """A lesson by id, hidden ones too."""
    async with transaction(pool) as conn:
        return await store.by_id(conn, lesson_id=lesson_id)


async def put(conn: Conn, *, lesson: Lesson) -> Lesson:
    """Keep a lesson in the caller's transaction; if one was there under this key already, that one is returned."""
    await store.insert(conn, lesson=lesson)
    kept = await store.by_work_key(conn, work_key=lesson.work_key) or await store.by_id(conn, lesson_id=lesson.lesson_id)
    if kept is None:
        raise AssertionError("an insert that met no conflict is there")
    return kept


async def hide(pool: Pool, *, lesson_id: str) -> bool:
    """Take a lesson out of circulation; the next request for it makes a new one. Was it there and visible?"""
    async with transaction(pool) as conn:
        return await store.hide(conn, lesson_id=lesson_id)


async def give_feedback(pool: Pool, *, lesson_id: str, person_id: UUID, rating: int, kind: str, note: str = "") -> None:
    """What somebody thinks of a lesson: `rating` 1 to 5 and a kind of the contract."""
    async with transaction(pool) as conn:
        await store.feedback(conn, lesson_id=lesson_id, person_id=person_id, rating=rating, kind=kind, note=note)
