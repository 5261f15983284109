"""`vividly up`: the database, then serve and work as child processes; restarts what dies, and ends all of it on one Ctrl-C.

Children end when this process does, so `kill -9` of it leaves nothing on the ports; the data survives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from vividly import logs
from vividly.errors import Misconfigured
from vividly.settings import Settings, read

GRACE = 12.0  # seconds from SIGTERM to SIGKILL; processes promise 10
console = Console(stderr=True, highlight=False)


def up(*, port: int | None, worker_port: int | None, data: Path | None, workers: int | None, demo: bool | None) -> int:
    """Run until Ctrl-C or SIGTERM. Returns the exit code."""
    settings = read(port=port, worker_port=worker_port, data=data, workers=workers, demo=demo)
    logs.configure(form=settings.log, level=settings.log_level, process="up")
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    try:
        with _database(settings) as url, _children(settings, url) as children:
            _wait_until_ready(settings, children)
            _say_ready(settings, time.monotonic() - started)
            return children.watch()
    except KeyboardInterrupt:
        console.print("Vividly has stopped. Everything asked so far is kept and goes on with the next start.")
        return 0


def _interrupt(_signum: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """A migrated database whose contract holds, with the demo school if wanted: ours, or the one of DATABASE_URL."""
    from vividly.db.embedded import EmbeddedPostgres

    if settings.database_url:
        _prepare(settings, settings.database_url, demo=False)
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.data / "postgres") as url:
        _prepare(settings, url, demo=settings.demo)
        yield url


def _prepare(settings: Settings, url: str, *, demo: bool) -> None:
    from vividly.db.migrate import migrate
    from vividly.wiring import contract_problems, make_demo_school

    migrate(url)
    problems = asyncio.run(contract_problems(url))
    if problems:
        raise Misconfigured("DATABASE_URL", "; ".join(problems))
    if demo:
        _refuse_beyond_loopback(settings)
        asyncio.run(make_demo_school(url))


def _refuse_beyond_loopback(settings: Settings) -> None:
    if settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.demo_beyond_loopback:
        raise Misconfigured(
            "VIVIDLY_HOST",
            "the demo school has published passwords, so Vividly listens on this machine only; use --no-demo,"
            " or set VIVIDLY_DEMO_BEYOND_LOOPBACK=true if you know who can reach you",
        )


@dataclass
class _Child:
    """A process that is kept running; restarted with growing pauses when it dies."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    due: float = 0.0

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
        self.process = subprocess.Popen(self.command, env=self.environment, start_new_session=True)  # noqa: S603 our own module


@dataclass
class _Children:
    members: list[_Child] = field(default_factory=list)

    def watch(self) -> int:
        """Restart what dies, until interrupted; gives up on a child that cannot live."""
        while True:
            time.sleep(0.2)
            for child in self.members:
                self._tend(child)

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
        elif (code := child.process.poll()) is not None:
            child.deaths += 1
            if code == 78:
                raise Misconfigured(child.name, "this process cannot start as configured; what is wrong stands above")
            child.process, child.due = None, now + min(0.5 * 2**child.deaths, 30.0)
            console.print(f"[yellow]{child.name} ended with code {code}; starting it again")

    def end(self) -> None:
        running = [child.process for child in self.members if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def _children(settings: Settings, url: str) -> Iterator[_Children]:
    environment = _environment(settings, url)
    vividly = [sys.executable, "-m", "vividly"]
    children = _Children([_Child("serve", [*vividly, "serve", "--with-relay"], environment)])
    children.members += [
        _Child(f"work-{number}", [*vividly, "work", "--port", str(settings.worker_port if number == 1 else 0)], environment)
        for number in range(1, settings.workers + 1)
    ]
    try:
        for child in children.members:
            child.start()
        yield children
    finally:
        # A second Ctrl-C while ending must not leave a child behind.
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        children.end()


def _environment(settings: Settings, url: str) -> dict[str, str]:
    names = ("data", "host", "port", "worker_host", "worker_port")
    said = {f"VIVIDLY_{name.upper()}": str(getattr(settings, name)) for name in names}
    said["VIVIDLY_DEMO"] = str(settings.demo and settings.embedded_database)
    return {**os.environ, **said, "DATABASE_URL": url, "VIVIDLY_SUPERVISED": "true"}  # noqa: TID251 children inherit ours


def _wait_until_ready(settings: Settings, children: _Children) -> None:
    """Until the API says so itself. A child that cannot live ends the wait."""
    address = f"http://{settings.host}:{settings.port}/health/ready"
    worker = f"http://{settings.worker_host}:{settings.worker_port}/health"
    with console.status("Starting Vividly ..."), httpx.Client(timeout=5, trust_env=False) as client:
        for _ in range(1800):
            for child in children.members:
                children._tend(child)  # noqa: SLF001 same module
            with contextlib.suppress(httpx.HTTPError):
                if client.get(address).status_code == 200 and client.get(worker).status_code == 200:
                    return
            time.sleep(0.1)
    raise Misconfigured("VIVIDLY_PORT", f"nothing answered at {address} within three minutes; the lines above say why")


def _say_ready(settings: Settings, seconds: float) -> None:
    address = settings.public_url or f"http://localhost:{settings.port}"
    console.print(f"\n[bold]Vividly is ready at {address}[/bold]  ({seconds:.1f} s)   Ctrl-C stops it.\n")
    if not (settings.demo and settings.embedded_database):
        return
    from vividly.accounts.demo import PEOPLE

    table = Table("role", "e-mail", "password", title="Demo school", title_justify="left")
    for role, person in PEOPLE:
        table.add_row(role, person.email, person.password)
    console.print(table)
