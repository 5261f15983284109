"""All SQL about finished lessons and what people say of them. Runs inside a caller's transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from vividly.db.engine import Conn, row
from vividly.library.model import Lesson

_SELECT = (
    "SELECT id AS lesson_id, work_key, prefix, title, topic_id, facet, interest, grade_level, seconds, files, hidden, "
    "created_at FROM lessons "
)


async def by_work_key(conn: Conn, *, work_key: str) -> Lesson | None:
    """The visible lesson made under this key."""
    return _lesson(await row(conn, _SELECT + "WHERE work_key = %(key)s AND NOT hidden", {"key": work_key}))


async def by_id(conn: Conn, *, lesson_id: str) -> Lesson | None:
    return _lesson(await row(conn, _SELECT + "WHERE id = %(id)s", {"id": lesson_id}))


async def insert(conn: Conn, *, lesson: Lesson) -> None:
    """Keep a lesson; the first one under a key (or id) stays."""
    await conn.execute(
        "INSERT INTO lessons (id, work_key, prefix, title, topic_id, facet, interest, grade_level, seconds, files) "
        "VALUES (%(id)s, %(work_key)s, %(prefix)s, %(title)s, %(topic_id)s, %(facet)s, %(interest)s, %(grade)s, "
        "%(seconds)s, %(files)s) ON CONFLICT DO NOTHING",
        {
            "id": lesson.lesson_id,
            "work_key": lesson.work_key,
            "prefix": lesson.prefix,
            "title": lesson.title,
            "topic_id": lesson.topic_id,
            "facet": lesson.facet,
            "interest": lesson.interest,
            "grade": lesson.grade_level,
            "seconds": lesson.seconds,
            "files": list(lesson.files),
        },
    )


async def hide(conn: Conn, *, lesson_id: str) -> bool:
    """Hide a lesson and give its key free, so that the next request makes a new one."""
    found = await row(
        conn,
        "UPDATE lessons SET hidden = true, work_key = work_key || '#hidden:' || id WHERE id = %(id)s AND NOT hidden RETURNING id",
        {"id": lesson_id},
    )
    return found is not None


async def feedback(conn: Conn, *, lesson_id: str, person_id: UUID, rating: int, kind: str, note: str) -> None:
    """One opinion per person and lesson; the latest counts."""
    await conn.execute(
        "INSERT INTO feedback (lesson_id, person_id, rating, kind, note) "
        "VALUES (%(lesson)s, %(person)s, %(rating)s, %(kind)s, %(note)s) ON CONFLICT (lesson_id, person_id) DO UPDATE "
        "SET rating = excluded.rating, kind = excluded.kind, note = excluded.note, at = now()",
        {"lesson": lesson_id, "person": person_id, "rating": rating, "kind": kind, "note": note},
    )


def _lesson(found: dict[str, Any] | None) -> Lesson | None:
    return None if found is None else Lesson(**{**found, "files": tuple(found["files"])})
