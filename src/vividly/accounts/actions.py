"""What people do with accounts: register, sign in and out, and who may see whom. Knows no HTTP and no request."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from vividly.accounts import store
from vividly.accounts.model import Newcomer, Person, PersonId, Present, SchoolId, SessionId, SignedIn, Throttled, TokenPair
from vividly.accounts.passwords import LONGEST, hashed, must_be_strong, outdated, verified
from vividly.accounts.tokens import TokenKeys, access_token, new_refresh_token, read_access_token, refresh_hash
from vividly.db.engine import Pool, statement, transaction
from vividly.errors import NotPossible
from vividly.steps import Role

WINDOW: Final = 15 * 60  # seconds
TRIES_PER_EMAIL: Final = 10
TRIES_PER_CLIENT: Final = 200  # a whole school may share one address
REGISTRATIONS_PER_CLIENT: Final = 60

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]+")


async def register(
    pool: Pool, *, who: Newcomer, client: str, open_registration: bool, school_id: SchoolId | None = None
) -> Person:
    """A new student: active at once where registration is open, else pending until their school approves.

    Without `school_id` it is the only school there is. NotPossible: "invalid_input", "weak_password", "email_taken",
    "unknown_school", "throttled".
    """
    email = _plain(who.email)
    if email is None:
        raise NotPossible("invalid_input", "This does not look like an e-mail address.", field="email")
    if not who.first_name.strip() or not who.last_name.strip():
        raise NotPossible("invalid_input", "Please give a first and a last name.", field="first_name")
    must_be_strong(who.password, email=email)
    await _count(pool, {_key("register:client", client): REGISTRATIONS_PER_CLIENT})
    password_hash = await hashed(who.password)
    async with transaction(pool) as conn:
        school = _the_one(await store.schools(conn, school_id=school_id))
        added = await store.add_person(
            conn,
            person_id=PersonId(uuid4()),
            school_id=school,
            who=replace(who, email=email, first_name=who.first_name.strip(), last_name=who.last_name.strip()),
            password_hash=password_hash,
            role=Role.STUDENT,
            status="active" if open_registration else "pending",
        )
    if added is None:
        raise NotPossible("email_taken", "There is an account with this e-mail already.", field="email")
    return added


async def approve(pool: Pool, *, by: Person, person_id: UUID, status: str = "active") -> Person:
    """Let somebody of the same school in, or out with `disabled`, which also ends their sessions.

    NotPossible: "not_allowed", "unknown_student".
    """
    if by.role is not Role.ADMIN:
        raise NotPossible("not_allowed", "Only an administrator of the school may do this.")
    async with transaction(pool) as conn:
        changed = await store.set_status(conn, person_id=person_id, school_id=by.school_id, status=status)
        if changed is None:
            raise NotPossible("unknown_student", "There is nobody with this id at your school.")
        if status != "active":
            await store.revoke_sessions_of(conn, person_id=person_id)
        return changed


async def waiting(pool: Pool, *, by: Person) -> tuple[Person, ...]:
    """Who waits to be approved at this administrator's school. NotPossible("not_allowed")."""
    if by.role is not Role.ADMIN:
        raise NotPossible("not_allowed", "Only an administrator of the school may do this.")
    async with transaction(pool) as conn:
        return await store.pending(conn, school_id=by.school_id)


async def sign_in(
    pool: Pool, *, keys: TokenKeys, email: str, password: str, client: str, now: datetime | None = None
) -> SignedIn:
    """Check the password and open a session. `client` is the caller's address; tries are counted per e-mail and per client.

    An unknown e-mail takes as long and answers as a wrong password does. NotPossible: "wrong_credentials", "not_active",
    and Throttled with `retry_after` seconds.
    """
    plain = _plain(email)
    by_email = _key("sign_in:email", plain or email)
    by_client = _key("sign_in:client", client)
    await _count(pool, {by_email: TRIES_PER_EMAIL, by_client: TRIES_PER_CLIENT})
    async with transaction(pool) as conn:
        found = await store.person_by_email(conn, email=plain) if plain else None
    person, known_hash = found or (None, None)
    right = await verified(password[: LONGEST + 1], known_hash=known_hash)  # no connection is held while this takes time
    if person is None or known_hash is None or not right:
        raise NotPossible("wrong_credentials", "E-mail and password do not fit.")
    if person.status != "active":
        raise NotPossible("not_active", _not_active(person))
    new_hash = await hashed(password) if outdated(known_hash) else None
    session_id, token = SessionId(uuid4()), new_refresh_token()
    async with transaction(pool) as conn:
        await store.forgive(conn, key=by_client, all_of_it=False)  # in the order of `_count`, so that nobody deadlocks
        await store.forgive(conn, key=by_email, all_of_it=True)
        if new_hash is not None:
            await store.set_password_hash(conn, person_id=person.person_id, password_hash=new_hash)
        person = await store.open_session(
            conn,
            session_id=session_id,
            person_id=person.person_id,
            token_hash=refresh_hash(token),
            seconds=keys.refresh_seconds,
        )
    return _signed_in(keys, person, session_id, token, now)


async def refresh(pool: Pool, *, keys: TokenKeys, refresh_token: str, now: datetime | None = None) -> SignedIn:
    """Exchange a refresh token for a new pair; each works once.

    Showing a used one again means that somebody else has it: the whole session ends, for both.
    NotPossible: "refresh_not_valid", "refresh_reused", "session_ended", "not_active".
    """
    token = new_refresh_token()
    async with transaction(pool) as conn:
        spent = await store.spend_refresh_token(conn, token_hash=refresh_hash(refresh_token))
        person: Person | None = None
        if spent is not None and spent.fresh:
            person = await store.person_of_session(conn, session_id=spent.session_id)
        elif spent is not None:
            await store.revoke_session(conn, session_id=spent.session_id)
        if spent is not None and person is not None and person.status == "active":
            await store.add_refresh_token(
                conn, session_id=spent.session_id, token_hash=refresh_hash(token), seconds=keys.refresh_seconds
            )
    # Refused only after the commit: a revocation that is rolled back would be none.
    if spent is None:
        raise NotPossible("refresh_not_valid", "Please sign in again.")
    if not spent.fresh:
        raise NotPossible("refresh_reused", "This token had been used before; please sign in again.")
    if person is None:
        raise NotPossible("session_ended", "This session has ended; please sign in again.")
    _must_be_active(person)
    return _signed_in(keys, person, spent.session_id, token, now)


async def sign_out(pool: Pool, *, session_id: UUID) -> None:
    """End one session: its tokens and its cookie stop working at once. Ending it twice is fine."""
    async with transaction(pool) as conn:
        await store.revoke_session(conn, session_id=session_id)


async def sign_out_everywhere(pool: Pool, *, person_id: UUID) -> None:
    """End every session of a person."""
    async with transaction(pool) as conn:
        await store.revoke_sessions_of(conn, person_id=person_id)


async def person_of(pool: Pool, *, keys: TokenKeys, access_token: str, now: datetime | None = None) -> Present:
    """Who shows this access token, as the database knows them now (never as the token remembers them).

    NotPossible: "token_not_valid", "token_expired", "session_ended", "not_active".
    """
    claims = read_access_token(keys, access_token, now=now or datetime.now(UTC))
    async with statement(pool) as conn:
        person = await store.person_of_session(conn, session_id=claims.session_id)
    if person is None or person.person_id != claims.person_id:
        raise NotPossible("session_ended", "This session has ended; please sign in again.")
    _must_be_active(person)
    return Present(person, claims.session_id)


async def person_of_session(pool: Pool, *, session_id: UUID) -> Person | None:
    """Whose session this is; None when it was revoked or has ended, or its person is not active."""
    async with statement(pool) as conn:
        person = await store.person_of_session(conn, session_id=session_id)
    return person if person is not None and person.status == "active" else None


async def person(pool: Pool, *, person_id: UUID) -> Person | None:
    """Somebody by id; whoever asks has checked that they may know."""
    async with transaction(pool) as conn:
        return await store.person(conn, person_id=person_id)


async def students_of_teacher(pool: Pool, *, teacher_id: UUID) -> tuple[Person, ...]:
    """The students of all classes of a teacher, by name, each once."""
    async with transaction(pool) as conn:
        return await store.students_of_teacher(conn, teacher_id=teacher_id)


async def may_see_student(pool: Pool, *, viewer: Person, student_id: UUID) -> bool:
    """Themselves; a teacher the students of their classes; an admin those of their school; the operator all. Else nobody."""
    if viewer.person_id == student_id:
        return True
    match viewer.role:
        case Role.STUDENT:
            return False
        case Role.TEACHER:
            async with transaction(pool) as conn:
                return await store.teaches(conn, teacher_id=viewer.person_id, student_id=student_id)
        case Role.ADMIN | Role.SUPER_ADMIN:
            student = await person(pool, person_id=student_id)
            if student is None or student.role is not Role.STUDENT:
                return False
            return viewer.role is Role.SUPER_ADMIN or student.school_id == viewer.school_id


async def _count(pool: Pool, limits: dict[str, int]) -> None:
    """Count first and look then, so that tries made at once cannot slip through together."""
    async with transaction(pool) as conn:
        # In the order of the keys, so that two who count the same pair never wait for each other in a circle.
        counted = {key: await store.count_try(conn, key=key, seconds=WINDOW) for key in sorted(limits)}
    for key, (tries, left) in counted.items():
        if tries > limits[key]:
            raise Throttled(retry_after=max(1, left))


def _key(kind: str, name: str) -> str:
    """Who tried is nobody's business: the table keeps a hash."""
    return f"{kind}:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()}"


def _plain(email: str) -> str | None:
    """The one way an e-mail is written here; None if it is none.

    Letters younger than our Unicode tables are none: the database knows how to write them small, we do not.
    """
    plain = email.strip().lower()
    known = all(unicodedata.category(char) != "Cn" for char in plain)
    return plain if known and len(plain) <= 254 and _EMAIL.fullmatch(plain) else None


def _the_one(schools: tuple[SchoolId, ...]) -> SchoolId:
    if len(schools) != 1:
        raise NotPossible("unknown_school", "Please register with the link of your school.", field="school_id")
    return schools[0]


def _not_active(person: Person) -> str:
    waits = "Your account waits for your school's approval."
    return waits if person.status == "pending" else "This account is not active; please ask your school."


def _must_be_active(person: Person) -> None:
    if person.status != "active":
        raise NotPossible("not_active", _not_active(person))


def _signed_in(keys: TokenKeys, person: Person, session_id: SessionId, token: str, now: datetime | None) -> SignedIn:
    access = access_token(keys, person=person, session_id=session_id, now=now or datetime.now(UTC))
    return SignedIn(person, session_id, TokenPair(access, token, keys.access_seconds))
