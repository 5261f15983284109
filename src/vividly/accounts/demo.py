"""The demo school: five people with a password everybody knows. Never made in production; the doors ask if it exists."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from vividly.accounts import store
from vividly.accounts.model import Credentials, Newcomer, PersonId, SchoolId
from vividly.accounts.passwords import hashed
from vividly.db.engine import Pool, transaction
from vividly.steps import Role

PASSWORD: Final = "Demo-pass-2026"  # noqa: S105 - known to everybody, which is why the doors stay on loopback

# Names made into ids, so that making the school twice makes the same school.
_NAMESPACE: Final = UUID("6f1d2f5e-5d0c-4a57-9a44-0d3c4c1f6a10")
SCHOOL: Final = SchoolId(uuid5(_NAMESPACE, "school"))
CLASS: Final = uuid5(_NAMESPACE, "class")

PEOPLE: Final = (
    (Role.STUDENT, Newcomer("student@demo.school", PASSWORD, "Maya", "Lindqvist", 10, ("Basketball", "Music"))),
    (Role.STUDENT, Newcomer("student2@demo.school", PASSWORD, "Leo", "Adeyemi", 11, ("Cooking", "Video games"))),
    (Role.TEACHER, Newcomer("teacher@demo.school", PASSWORD, "Ines", "Carvalho")),
    (Role.ADMIN, Newcomer("admin@demo.school", PASSWORD, "Samir", "Haddad")),
    (Role.SUPER_ADMIN, Newcomer("operator@demo.school", PASSWORD, "Robin", "Castell")),
)


def person_id(email: str) -> PersonId:
    """The id of a person of the demo school."""
    return PersonId(uuid5(_NAMESPACE, email))


async def ensure_demo_school(pool: Pool) -> list[Credentials]:
    """Make the school, its people and their class, or what is missing of them; what people changed since stays."""
    password_hash = await hashed(PASSWORD)
    async with transaction(pool) as conn:
        await store.add_school(conn, school_id=SCHOOL, name="Demo School", demo=True)
        for role, who in PEOPLE:
            await store.add_person(
                conn,
                person_id=person_id(who.email),
                school_id=SCHOOL,
                who=who,
                password_hash=password_hash,
                role=role,
                status="active",
            )
        teacher = person_id("teacher@demo.school")
        await store.add_class(conn, class_id=CLASS, school_id=SCHOOL, name="Physics 10b", teacher_id=teacher)
        for role, who in PEOPLE:
            if role is Role.STUDENT:
                await store.add_member(conn, class_id=CLASS, person_id=person_id(who.email))
    return [Credentials(who.email, PASSWORD, role) for role, who in PEOPLE]


async def demo_exists(pool: Pool) -> bool:
    """Is there a school whose passwords everybody knows?"""
    async with transaction(pool) as conn:
        return await store.demo_school_exists(conn)
