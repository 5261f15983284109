"""Real PostgreSQL for every test that asks for it: one server per test process, one fresh database per test.

And Google's own Pub/Sub emulator, for those that ask for that.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from hypothesis import settings

from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import Pool, open_pool
from vividly.db.migrate import migrate

settings.register_profile("house", deadline=None)  # nothing here is timed
settings.load_profile("house")

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


Emulator = Callable[[str], contextlib.AbstractContextManager["subprocess.Popen[bytes]"]]


@pytest.fixture(scope="session")
def emulator_at() -> Emulator:
    """Starts Google's emulator at host:port, for as long as the context lasts. Skips where it is not installed, unless it must be."""
    command = _emulator_command()
    if command is None:
        missing = "Google's Pub/Sub emulator is not here: gcloud components install pubsub-emulator, and Java"
        if os.environ.get("REQUIRE_PUBSUB_EMULATOR"):
            pytest.fail(missing)
        pytest.skip(missing)
    return lambda address: _emulator(command, address)


@pytest.fixture(scope="session")
def pubsub_emulator(emulator_at: Emulator) -> Iterator[str]:
    """host:port of an emulator for this test session."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with emulator_at(address):
        yield address


@contextlib.contextmanager
def _emulator(command: list[str], address: str) -> Iterator[subprocess.Popen[bytes]]:
    host, port = address.split(":")
    process = subprocess.Popen(
        [*command, f"--host={host}", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, "the emulator ended"
            assert time.monotonic() < deadline, "the emulator does not answer"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://{address}/", trust_env=False).is_success:
                    break
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def _emulator_command() -> list[str] | None:
    """Java on the jar that the Google Cloud SDK has as a component, beside `gcloud`."""
    java, gcloud = shutil.which("java"), shutil.which("gcloud")
    if not java or not gcloud:
        return None
    folder = Path(gcloud).resolve().parents[1] / "platform" / "pubsub-emulator" / "lib"
    jars = sorted(folder.glob("cloud-pubsub-emulator-*.jar"))
    return [java, "-Xmx256m", "-jar", str(jars[-1])] if jars else None


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
