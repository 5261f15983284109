"""What a bench stands on: one durable Postgres in a folder of its own, fresh databases, and people who can sign in."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from vividly.accounts.model import Person, PersonId, SchoolId, SessionId
from vividly.accounts.tokens import TokenKeys, access_token, secret_from_file
from vividly.db.embedded import EmbeddedPostgres
from vividly.db.migrate import migrate
from vividly.steps import Role


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody signed in: `token` is what a program shows."""

    person_id: UUID
    school_id: UUID
    token: str


@dataclass(slots=True)
class Ground:
    """`data`: the folder a deployment would call its data folder; `logs`: where children say what went wrong."""

    server: str
    data: Path
    logs: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def database(self) -> str:
        """URL of a fresh, migrated database."""
        return self._made("template_migrated")

    def empty(self) -> str:
        """URL of a fresh database with nothing in it."""
        return self._made("template0")

    def _made(self, template: str) -> str:
        name = f"round_{next(self._numbers)}"
        with psycopg.connect(self.server, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            conn.execute("CHECKPOINT")  # what the copy wrote is not to be paid for in the round
        return _named(self.server, name)

    def drop(self, url: str) -> None:
        """Its autovacuum must not run beside the next round."""
        with psycopg.connect(self.server, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def students(self, url: str, *, schools: int, each: int) -> list[Student]:
        """`each` students in each of `schools` schools, all signed in."""
        keys = self._keys()
        people = [(uuid4(), school, uuid4()) for school in [uuid4() for _ in range(schools)] for _ in range(each)]
        with psycopg.connect(url) as conn, conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO schools (id, name) VALUES (%s, 'A school')", [(one,) for one in {p[1] for p in people}]
            )
            cursor.executemany(
                "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role, grade_level) "
                "VALUES (%s, %s, %s, '-', 'Ada', 'B', 'student', 10)",
                [(person, school, f"{person}@example.org") for person, school, _ in people],
            )
            cursor.executemany(
                "INSERT INTO sign_in_sessions (id, person_id, expires_at) VALUES (%s, %s, now() + interval '1 day')",
                [(session, person) for person, _, session in people],
            )
        return [Student(person, school, _token(keys, person, school, session)) for person, school, session in people]

    def _keys(self) -> TokenKeys:
        folder = self.data / "keys"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return TokenKeys(secrets=(secret_from_file(folder / "tokens"),), access_seconds=24 * 3600)


@contextlib.contextmanager
def opened() -> Iterator[Ground]:
    """A server with the settings of `vividly up`, durable as there: every commit waits for the disk. Gone at the end."""
    with tempfile.TemporaryDirectory(prefix="vividly-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server's own user must be able to pass
        for one in ("data", "logs"):
            (folder / one).mkdir()
        with EmbeddedPostgres(folder / "postgres") as server:
            with psycopg.connect(server, autocommit=True) as conn:
                conn.execute("CREATE DATABASE template_migrated")
            migrate(_named(server, "template_migrated"))
            yield Ground(server, folder / "data", folder / "logs")


def _named(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"


def _token(keys: TokenKeys, person: UUID, school: UUID, session: UUID) -> str:
    now = datetime.now(UTC)
    who = Person(
        PersonId(person), SchoolId(school), f"{person}@example.org", "Ada", "B", Role.STUDENT, "active", 10, (), now, None
    )
    return access_token(keys, person=who, session_id=SessionId(session), now=now)
