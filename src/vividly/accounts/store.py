"""All SQL about people, classes, sessions and tries. Runs inside a caller's transaction; decides nothing."""

# ruff: noqa: S608 - what is put into the statements is this module's own list of columns

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg.rows import DictRow

from vividly.accounts.model import Newcomer, Person, PersonId, SchoolId, SessionId
from vividly.db.engine import Conn, row, rows
from vividly.steps import Role

_PERSON: Final = """
    p.id, p.school_id, p.email, p.first_name, p.last_name, p.role, p.status, p.grade_level, p.interests, p.created_at,
    p.last_login_at
"""

# One window's row per key; counting is one atomic statement, so two processes share one count.
_COUNT: Final = """
    INSERT INTO throttle AS t (key, window_start, count)
    VALUES (%(key)s, to_timestamp(floor(extract(epoch FROM now()) / %(seconds)s) * %(seconds)s), 1)
    ON CONFLICT (key, window_start) DO UPDATE SET count = t.count + 1
    RETURNING count, ceil(extract(epoch FROM window_start) + %(seconds)s - extract(epoch FROM now()))::integer AS left
"""

_OPEN_SESSION: Final = """
    WITH opened AS (
        INSERT INTO sign_in_sessions (id, person_id, expires_at)
        VALUES (%(session_id)s, %(person_id)s, now() + make_interval(secs => %(seconds)s))
    )
    UPDATE people p SET last_login_at = now() WHERE id = %(person_id)s RETURNING
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What became of a refresh token that was shown: `fresh` ones are used up by being shown."""

    session_id: SessionId
    fresh: bool


async def person(conn: Conn, *, person_id: UUID) -> Person | None:
    found = await row(conn, f"SELECT {_PERSON} FROM people p WHERE p.id = %(id)s", {"id": person_id})
    return _person(found) if found else None


async def person_by_email(conn: Conn, *, email: str) -> tuple[Person, str] | None:
    """The person and their password's hash."""
    query = f"SELECT {_PERSON}, p.password_hash FROM people p WHERE p.email = %(email)s"
    found = await row(conn, query, {"email": email})
    return (_person(found), found["password_hash"]) if found else None


async def person_of_session(conn: Conn, *, session_id: UUID) -> Person | None:
    """Whose session this is, if it has neither been revoked nor ended."""
    query = f"""
        SELECT {_PERSON} FROM sign_in_sessions s JOIN people p ON p.id = s.person_id
        WHERE s.id = %(id)s AND s.revoked_at IS NULL AND s.expires_at > now()
    """
    found = await row(conn, query, {"id": session_id})
    return _person(found) if found else None


async def add_person(
    conn: Conn, *, person_id: PersonId, school_id: SchoolId, who: Newcomer, password_hash: str, role: Role, status: str
) -> Person | None:
    """None if the e-mail is taken."""
    query = f"""
        INSERT INTO people AS p
            (id, school_id, email, password_hash, first_name, last_name, role, status, grade_level, interests)
        VALUES (%(id)s, %(school_id)s, %(email)s, %(password_hash)s, %(first_name)s, %(last_name)s, %(role)s, %(status)s,
            %(grade_level)s, %(interests)s)
        ON CONFLICT DO NOTHING RETURNING {_PERSON}
    """
    values = {
        "id": person_id,
        "school_id": school_id,
        "email": who.email,
        "password_hash": password_hash,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "role": role.value,
        "status": status,
        "grade_level": who.grade_level,
        "interests": list(who.interests),
    }
    added = await row(conn, query, values)
    return _person(added) if added else None


async def set_status(conn: Conn, *, person_id: UUID, school_id: SchoolId, status: str) -> Person | None:
    """None if the school has nobody with this id."""
    query = f"UPDATE people p SET status = %(status)s WHERE id = %(id)s AND school_id = %(school_id)s RETURNING {_PERSON}"
    changed = await row(conn, query, {"id": person_id, "school_id": school_id, "status": status})
    return _person(changed) if changed else None


async def set_password_hash(conn: Conn, *, person_id: PersonId, password_hash: str) -> None:
    values = {"id": person_id, "hash": password_hash}
    await conn.execute("UPDATE people SET password_hash = %(hash)s WHERE id = %(id)s", values)


async def pending(conn: Conn, *, school_id: SchoolId) -> tuple[Person, ...]:
    query = f"SELECT {_PERSON} FROM people p WHERE school_id = %(id)s AND status = 'pending' ORDER BY created_at, id"
    return tuple(map(_person, await rows(conn, query, {"id": school_id})))


# --- schools and classes -----------------------------------------------------------------------------------------------


async def schools(conn: Conn, *, school_id: SchoolId | None = None) -> tuple[SchoolId, ...]:
    """The school with this id, or any: at most two, which is enough to know whether there is exactly one."""
    query = "SELECT id FROM schools WHERE %(id)s::uuid IS NULL OR id = %(id)s ORDER BY created_at, id LIMIT 2"
    found = await rows(conn, query, {"id": school_id})
    return tuple(SchoolId(each["id"]) for each in found)


async def add_school(conn: Conn, *, school_id: SchoolId, name: str, demo: bool) -> None:
    query = "INSERT INTO schools (id, name, demo) VALUES (%(id)s, %(name)s, %(demo)s) ON CONFLICT DO NOTHING"
    await conn.execute(query, {"id": school_id, "name": name, "demo": demo})


async def demo_school_exists(conn: Conn) -> bool:
    found = await row(conn, "SELECT EXISTS (SELECT FROM schools WHERE demo) AS yes", {})
    return found is not None and bool(found["yes"])


async def add_class(conn: Conn, *, class_id: UUID, school_id: SchoolId, name: str, teacher_id: PersonId) -> None:
    query = """
        INSERT INTO classes (id, school_id, name, teacher_id)
        VALUES (%(id)s, %(school_id)s, %(name)s, %(teacher_id)s) ON CONFLICT DO NOTHING
    """
    await conn.execute(query, {"id": class_id, "school_id": school_id, "name": name, "teacher_id": teacher_id})


async def add_member(conn: Conn, *, class_id: UUID, person_id: PersonId) -> None:
    query = "INSERT INTO class_members (class_id, person_id) VALUES (%(class)s, %(person)s) ON CONFLICT DO NOTHING"
    await conn.execute(query, {"class": class_id, "person": person_id})


async def students_of_teacher(conn: Conn, *, teacher_id: UUID) -> tuple[Person, ...]:
    query = f"""
        SELECT {_PERSON} FROM people p WHERE p.role = 'student' AND p.id IN (
            SELECT m.person_id FROM classes c JOIN class_members m ON m.class_id = c.id
            WHERE c.teacher_id = %(id)s AND c.school_id = p.school_id)
        ORDER BY p.last_name, p.first_name, p.id
    """
    return tuple(map(_person, await rows(conn, query, {"id": teacher_id})))


async def teaches(conn: Conn, *, teacher_id: UUID, student_id: UUID) -> bool:
    query = """
        SELECT EXISTS (
            SELECT FROM classes c JOIN class_members m ON m.class_id = c.id JOIN people p ON p.id = m.person_id
            WHERE c.teacher_id = %(teacher)s AND p.id = %(student)s AND p.school_id = c.school_id) AS yes
    """
    found = await row(conn, query, {"teacher": teacher_id, "student": student_id})
    return found is not None and bool(found["yes"])


# --- sessions ----------------------------------------------------------------------------------------------------------


async def open_session(conn: Conn, *, session_id: SessionId, person_id: PersonId, token_hash: bytes, seconds: int) -> Person:
    """A new session with its first refresh token; the person as of now."""
    values = {"session_id": session_id, "person_id": person_id, "seconds": seconds}
    opened = await row(conn, _OPEN_SESSION + _PERSON, values)
    assert opened is not None
    await add_refresh_token(conn, session_id=session_id, token_hash=token_hash, seconds=seconds)
    return _person(opened)


async def add_refresh_token(conn: Conn, *, session_id: SessionId, token_hash: bytes, seconds: int) -> None:
    """The session lives as long as its newest token."""
    query = """
        WITH extended AS (
            UPDATE sign_in_sessions SET expires_at = now() + make_interval(secs => %(seconds)s) WHERE id = %(session)s
        )
        INSERT INTO refresh_tokens (token_hash, session_id, expires_at)
        VALUES (%(hash)s, %(session)s, now() + make_interval(secs => %(seconds)s))
    """
    await conn.execute(query, {"session": session_id, "hash": token_hash, "seconds": seconds})


async def spend_refresh_token(conn: Conn, *, token_hash: bytes) -> Spent | None:
    """Use it up. None if we never gave it out or its time is over; not fresh if it had been used before."""
    values = {"hash": token_hash}
    query = """
        UPDATE refresh_tokens SET used_at = now()
        WHERE token_hash = %(hash)s AND used_at IS NULL AND expires_at > now() RETURNING session_id
    """
    spent = await row(conn, query, values)
    if spent is not None:
        return Spent(SessionId(spent["session_id"]), fresh=True)
    query = "SELECT session_id FROM refresh_tokens WHERE token_hash = %(hash)s AND used_at IS NOT NULL"
    before = await row(conn, query, values)
    return Spent(SessionId(before["session_id"]), fresh=False) if before else None


async def revoke_session(conn: Conn, *, session_id: UUID) -> None:
    query = "UPDATE sign_in_sessions SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL"
    await conn.execute(query, {"id": session_id})


async def revoke_sessions_of(conn: Conn, *, person_id: UUID) -> None:
    query = "UPDATE sign_in_sessions SET revoked_at = now() WHERE person_id = %(id)s AND revoked_at IS NULL"
    await conn.execute(query, {"id": person_id})


# --- tries -------------------------------------------------------------------------------------------------------------


async def count_try(conn: Conn, *, key: str, seconds: int) -> tuple[int, int]:
    """(tries in this window with this one, seconds until the window ends). A window's first try sweeps old windows away."""
    counted = await row(conn, _COUNT, {"key": key, "seconds": seconds})
    assert counted is not None
    if counted["count"] == 1:
        await conn.execute(
            "DELETE FROM throttle WHERE (key, window_start) IN (SELECT key, window_start FROM throttle"
            " WHERE window_start < now() - interval '1 day' LIMIT 100 FOR UPDATE SKIP LOCKED)"
        )
    return int(counted["count"]), int(counted["left"])


async def forgive(conn: Conn, *, key: str, all_of_it: bool) -> None:
    """Take back one try, or all."""
    left = "0" if all_of_it else "greatest(count - 1, 0)"
    await conn.execute(f"UPDATE throttle SET count = {left} WHERE key = %(key)s", {"key": key})


def _person(found: DictRow) -> Person:
    return Person(
        person_id=PersonId(found["id"]),
        school_id=SchoolId(found["school_id"]),
        email=found["email"],
        first_name=found["first_name"],
        last_name=found["last_name"],
        role=Role(found["role"]),
        status=found["status"],
        grade_level=found["grade_level"],
        interests=tuple(found["interests"]),
        created_at=found["created_at"],
        last_login_at=found["last_login_at"],
    )
