"""`vividly up`: the database, then serve and work as child processes; restarts what dies, and ends all of it on one Ctrl-C.

Children end when this process does, so `kill -9` of it leaves nothing on the ports; the data survives.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vividly import logs
from vividly.errors import Misconfigured
from vividly.settings import Settings, read

if TYPE_CHECKING:
    from vividly.db.embedded import EmbeddedPostgres

GRACE = 12.0  # seconds from SIGTERM to SIGKILL; processes promise 10
READY_PATIENCE = 180.0
PORT_PATIENCE = 5.0  # seconds: the children of an `up` that was killed a moment ago need some to leave
STEADY = 60.0  # seconds after which a process is forgiven its earlier deaths
CANNOT_START = 78
LOAD = "load"
_log = logs.get("up")


def up(*, port: int | None, worker_port: int | None, data: Path | None, workers: int | None, demo: bool | None) -> int:
    """Run until Ctrl-C or SIGTERM. Returns the exit code."""
    settings = read(port=port, worker_port=worker_port, data=data, workers=workers, demo=demo)
    logs.configure(form=settings.log, level=settings.log_level, process="up")
    # Set by hand: a shell that starts us in the background has told us to ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    started = time.monotonic()
    try:
        _refuse_beyond_loopback(settings)
        _claim_ports(settings)
        starting = contextlib.closing(_children(settings))
        # Started together, ended one after the other: first the children, then what they write to.
        with starting as children, _database(settings) as database, contextlib.closing(children):
            children.tell(database.url)
            _wait_until_ready(settings, children, database)
            children.tell(LOAD)
            _say_ready(settings, time.monotonic() - started)
            _watch(children, database)
    except KeyboardInterrupt:
        print("\nVividly has stopped. Everything asked so far is kept and goes on with the next start.", file=sys.stderr)
    return 0


def _interrupt(_signum: int, _frame: object) -> None:
    # Once is enough: a second Ctrl-C while ending must not leave a process behind.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _refuse_beyond_loopback(settings: Settings) -> None:
    beyond = settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.demo_beyond_loopback
    if settings.demo and settings.embedded_database and beyond:
        raise Misconfigured(
            "VIVIDLY_HOST",
            "the demo school has published passwords, so Vividly listens on this machine only; use --no-demo,"
            " or set VIVIDLY_DEMO_BEYOND_LOOPBACK=true if you know who can reach you",
        )


def _claim_ports(settings: Settings) -> None:
    """Misconfigured, naming the port, when somebody else listens there."""
    wanted = [("VIVIDLY_PORT", "--port", settings.host, settings.port)]
    wanted += [("VIVIDLY_WORKER_PORT", "--worker-port", settings.worker_host, settings.worker_port)]
    if settings.port == settings.worker_port:
        raise Misconfigured("VIVIDLY_WORKER_PORT", f"the pages and the worker cannot both have port {settings.port}")
    deadline = time.monotonic() + PORT_PATIENCE
    for setting, option, host, port in wanted:
        if not port:
            raise Misconfigured(setting, f"choose a port above 0 with {option}")
        while (error := _taken(host, port)) is not None:
            if time.monotonic() > deadline:
                message = (
                    f"port {port} of {host} cannot be had ({error}): stop what runs there, or choose another with {option}"
                )
                raise Misconfigured(setting, message)
            time.sleep(0.2)


def _taken(host: str, port: int) -> str | None:
    """Why nobody can listen there now, or None."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


# --- the database ---------------------------------------------------------------------------------------------------------


@dataclass
class _Database:
    """The database of this deployment: ours, kept running, or the one of DATABASE_URL, which is somebody else's care."""

    url: str
    server: EmbeddedPostgres | None = None
    deaths: int = 0
    due: float = 0.0
    since: float = 0.0

    def tend(self, children: _Children) -> None:
        """Start our server again if it has ended. Children wait for it meanwhile; they know a new address at once."""
        now = time.monotonic()
        if self.server is None or self.server.alive() or now < self.due:
            return
        self.deaths = 1 if now - self.since > STEADY else self.deaths + 1
        _log.warning("up.database_ended", deaths=self.deaths)
        try:
            self.server.stop()
            url = self.server.start()
        except Misconfigured as error:
            if self.deaths >= 5:
                raise
            _log.error("up.database_not_started", problem=error.message)
            self.due = now + _pause(self.deaths)
            return
        self.since = time.monotonic()
        _log.warning("up.database_started", seconds=round(self.since - now, 2))
        if url != self.url:
            self.url = url
            children.restart(url)


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[_Database]:
    """A migrated database whose contract holds, with the demo school if wanted: ours, or the one of DATABASE_URL."""
    from vividly.db.embedded import EmbeddedPostgres

    if settings.database_url:
        _prepare(settings.database_url, demo=False)
        yield _Database(settings.database_url)
        return
    server = EmbeddedPostgres(settings.data / "postgres")
    try:
        url = server.start()
        _prepare(url, demo=settings.demo)
        yield _Database(url, server, since=time.monotonic())
    finally:
        server.stop()


def _prepare(url: str, *, demo: bool) -> None:
    from vividly.db.migrate import migrate
    from vividly.wiring.database import contract_problems, make_demo_school

    migrate(url)
    problems = asyncio.run(contract_problems(url))
    if problems:
        raise Misconfigured("DATABASE_URL", "; ".join(problems))
    if demo:
        asyncio.run(make_demo_school(url))


# --- the children ---------------------------------------------------------------------------------------------------------


@dataclass
class _Child:
    """A process that is kept running; restarted with growing pauses when it dies."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    due: float = 0.0
    since: float = 0.0

    def start(self, said: Sequence[str] = ()) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
        self.process = subprocess.Popen(  # noqa: S603 our own module
            self.command, env=self.environment, start_new_session=True, stdin=subprocess.PIPE
        )
        self.since = time.monotonic()
        for line in said:
            self.tell(line)

    def tell(self, line: str) -> None:
        """First the database's address, by a pipe, where no other user can read it; then LOAD, when the pages are there and
        there is time for a worker's models. The pipe's end says that we are gone.
        """
        assert self.process
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):  # it has ended already; `tend` will see
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class _Children:
    """They are started before the database, for they have much to import, and told its address when it is there."""

    members: list[_Child] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Tell everyone, and whoever is started later."""
        self.said.append(line)
        for child in self.members:
            child.tell(line)

    def tend(self) -> None:
        """Start again what has died. Misconfigured if one says that it cannot live."""
        now = time.monotonic()
        for child in self.members:
            if child.process is None:
                if now >= child.due:
                    child.start(self.said)
            elif (code := child.process.poll()) is not None:
                if code == CANNOT_START:
                    raise Misconfigured(child.name, "this process cannot start as configured; what is wrong stands above")
                child.deaths = 1 if now - child.since > STEADY else child.deaths + 1
                child.process, child.due = None, now + _pause(child.deaths)
                _log.warning("up.child_ended", child=child.name, code=code, again_in=round(child.due - now, 1))

    def restart(self, url: str) -> None:
        """The same lines again, with another address."""
        self.close()
        self.said[0] = url
        for child in self.members:
            child.start(self.said)

    def close(self) -> None:
        running = [child.process for child in self.members if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for process in running:
            if process.poll() is None:
                _log.error("up.child_killed", pid=process.pid)
                process.kill()
                process.wait()


def _pause(deaths: int) -> float:
    """Seconds before something that has died `deaths` times in a row is started again; the first time almost at once."""
    return min(0.1 if deaths <= 1 else 0.5 * 2.0 ** min(deaths - 2, 10), 30.0)


def _children(settings: Settings) -> _Children:
    environment = _environment(settings)
    vividly = [sys.executable, "-m", "vividly"]
    children = _Children([_Child("serve", [*vividly, "serve", "--with-relay"], environment)])
    children.members += [
        _Child(f"work-{number}", [*vividly, "work", "--port", str(settings.worker_port if number == 1 else 0)], environment)
        for number in range(1, settings.workers + 1)
    ]
    for child in children.members:
        child.start()
    return children


def _environment(settings: Settings) -> dict[str, str]:
    names = ("data", "host", "port", "worker_host", "worker_port")
    said = {f"VIVIDLY_{name.upper()}": str(getattr(settings, name)) for name in names}
    said["VIVIDLY_DEMO"] = str(settings.demo and settings.embedded_database)
    return {**os.environ, **said, "VIVIDLY_SUPERVISED": "true"}  # noqa: TID251 children inherit ours


# --- from start to stop ---------------------------------------------------------------------------------------------------


def _watch(children: _Children, database: _Database) -> None:
    """Keep everything running until we are interrupted."""
    while True:
        time.sleep(0.2)
        database.tend(children)
        children.tend()


def _wait_until_ready(settings: Settings, children: _Children, database: _Database) -> None:
    """Until API and worker say so themselves. A child that cannot live ends the wait."""
    deadline = time.monotonic() + READY_PATIENCE
    waiting = [(settings.host, settings.port, "/health/ready"), (settings.worker_host, settings.worker_port, "/health")]
    while waiting:
        if time.monotonic() > deadline:
            host, port, path = waiting[0]
            message = f"nothing good came from http://{host}:{port}{path} in {READY_PATIENCE:.0f} s; the lines above say why"
            raise Misconfigured("VIVIDLY_PORT", message)
        database.tend(children)
        children.tend()
        waiting = [one for one in waiting if not _answers(*one)]
        time.sleep(0.05)
    # Somebody else's answer at the same port must not be taken for ours.
    children.tend()
    if not all(child.running() for child in children.members):
        _wait_until_ready(settings, children, database)


def _answers(host: str, port: int, path: str) -> bool:
    """Is 200 the answer there? A wildcard is not an address to call."""
    connection = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_ready(settings: Settings, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    address = settings.public_url or f"http://localhost:{settings.port}"
    console.print(f"\n[bold]Vividly is ready at {address}[/bold]  ({seconds:.1f} s)   Ctrl-C stops it.\n")
    if not (settings.demo and settings.embedded_database):
        return
    from vividly.accounts.demo import PEOPLE

    table = Table("role", "e-mail", "password", title="Demo school", title_justify="left")
    for role, person in PEOPLE:
        table.add_row(role, person.email, person.password)
    console.print(table)
