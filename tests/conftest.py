"""Real PostgreSQL for every test that asks for it: one server per test process, one fresh database per test."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import Pool, open_pool
from vividly.db.migrate import migrate

_numbers = itertools.count(1)


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real server, started by the first test that needs one; forgetful, because its files end with the session."""
    with tempfile.TemporaryDirectory(prefix="vividly-tests-", dir=_fast_folder()) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        try:
            yield server.start()
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """Name of a database migrated once, for copies."""
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("CREATE DATABASE template_migrated")
    migrate(with_database(postgres, "template_migrated"))
    return "template_migrated"


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """URL of a database of the test's own with nothing in it."""
    yield from _fresh(postgres, "template0")


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[str]:
    """URL of a migrated database of the test's own."""
    yield from _fresh(postgres, template)


@pytest.fixture(scope="session")
def shared_database(postgres: str, template: str) -> Iterator[str]:
    """URL of a migrated database for tests that roll back whatever they do."""
    yield from _fresh(postgres, template)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    async with await open_pool(database, min_size=1, max_size=8, name="tests") as opened:
        yield opened


def _fast_folder() -> str | None:
    """Memory where there is plenty: copying a database is a matter of hundreds of small files."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3 else None


def _fresh(postgres: str, source: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
        try:
            yield with_database(postgres, name)
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")  # also when the test left something connected
