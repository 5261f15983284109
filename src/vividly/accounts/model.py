"""People, schools and sessions as frozen data. Knows no SQL, no HTTP and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from vividly.errors import NotPossible
from vividly.steps import Role

PersonId = NewType("PersonId", UUID)
SchoolId = NewType("SchoolId", UUID)
SessionId = NewType("SessionId", UUID)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `status` is `active`, `pending` (waits for the school) or `disabled`."""

    person_id: PersonId
    school_id: SchoolId
    email: str
    first_name: str
    last_name: str
    role: Role
    status: str
    grade_level: int | None
    interests: tuple[str, ...]
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a program keeps: `expires_in` is the life of the access token in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Present:
    """A person who has shown that they are signed in, and by which session."""

    person: Person
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who has just signed in or been refreshed."""

    person: Person
    session_id: SessionId
    tokens: TokenPair


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody says of themselves when they register; always a student."""

    email: str
    password: str
    first_name: str
    last_name: str
    grade_level: int | None = None
    interests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account of the demo school, to be shown on its sign-in page."""

    email: str
    password: str
    role: Role


class Throttled(NotPossible):
    """Tried too often; the same call may work after `retry_after` seconds."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__("throttled", f"Too many tries. Please wait {max(1, round(retry_after / 60))} minutes and try again.")
        self.retry_after = retry_after
