"""PostgreSQL as a child of ours: made, started, watched and stopped in one folder. Knows no table and no migration.

DIR/data (the server's), DIR/url (0600, for our other processes), DIR/password, DIR/port, DIR/owner.lock, DIR/server.log
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg

from vividly.db.binaries import RunAs, programs, run_as
from vividly.errors import Misconfigured

if sys.platform != "win32":
    import fcntl

ROLE = DATABASE = "vividly"
LOCK_RETRY = 10.0  # seconds: a killed server's lock file lives until its process is reaped
STOP_PATIENCE = 60.0  # seconds for a checkpoint on a slow disk
POLL = 0.01
LOG_LIMIT = 1_000_000  # bytes; one older log is kept

# When the pipe's other end closes, the owner is gone, however it went: stop the server, but only the one we know.
WATCH = 'read -r _; read -r first 2>/dev/null < postmaster.pid && [ "$first" = "$0" ] && kill -INT "$0"'

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # paths longer than 107 bytes would fail, and a password guards TCP as well
    "max_connections": "100",
    "shared_buffers": "64MB",
    "io_method": "sync",  # three processes fewer
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # A refused statement is reported with its values, and these hold students' words. Whoever sent it hears all about it.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One PostgreSQL server for one folder and one owner process; other processes read its address from `running_url`.

    The server stops when its owner stops it or dies, and loses no acknowledged commit either way. `durable=False` is for
    tests only: a power cut may then lose everything.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root, self.data = root.absolute(), root.absolute() / "data"
        self.durable = durable
        self._lock: int | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> str:
        """Make the cluster if there is none, start it, and return its URL when it answers. Blocks; call it once.

        Errors: Misconfigured when another process owns the folder, or the server cannot run (with its own last words).
        """
        if sys.platform == "win32":
            raise Misconfigured("DATABASE_URL", "on Windows name a PostgreSQL server; the embedded one runs on Linux and macOS")
        self._prepare_root()
        self._lock = _own(self.root / "owner.lock")
        try:
            who = run_as(self.data)
            folder = programs(self.root, who)
            if not self.data.exists():
                self._make_cluster(folder, who)
            _settle_old_server(self.data)
            url = self._launch(folder, who)
            _ensure_database(url)
            _write_private(self.root / "url", url)
        except BaseException:
            self.stop()
            raise
        return url

    def alive(self) -> bool:
        """Does the server that `start` started still run? If not, `stop` and `start` bring it back, at the same address."""
        return self._server is not None and self._server.poll() is None

    def stop(self) -> None:
        """Stop the server after its running statements are cut and everything is on disk. Safe to call twice."""
        if self._server is not None:
            (self.root / "url").unlink(missing_ok=True)
            _end(self._server)
        if self._watch is not None and self._watch.stdin is not None:
            self._watch.stdin.close()
            self._watch.wait()
        if self._lock is not None:
            os.close(self._lock)
        self._server = self._watch = self._lock = None

    def _prepare_root(self) -> None:
        try:
            if not self.root.exists():
                self.root.mkdir(mode=0o700, parents=True)
                if os.geteuid() == 0:
                    self.root.chmod(0o711)  # ours to begin with: the server's user may pass, not look
            foreign = self.data.exists() and os.geteuid() not in {0, self.data.stat().st_uid}
        except OSError as error:
            raise Misconfigured("data", f"{self.root} cannot be used: {error.strerror}") from error
        if foreign or not os.access(self.root, os.W_OK | os.X_OK):
            raise Misconfigured("data", f"{self.root} belongs to another user: run as that user, or choose another folder")

    def _make_cluster(self, folder: Path, who: RunAs) -> None:
        """Everything is made beside and renamed, so that a cut leaves nothing half made."""
        new = self.root / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        who.own(new)
        password = secrets.token_urlsafe(32)
        _write_private(self.root / "password", password)
        with tempfile.NamedTemporaryFile(
            "w", prefix="vividly-", encoding="ascii"
        ) as told:  # private, but root's folder may not be passable
            who.own(Path(told.name))
            told.write(password)
            told.flush()
            options = ["--username", ROLE, "--auth", "scram-sha-256", "--pwfile", told.name, "--encoding", "UTF8"]
            locale = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"]
            # Stretching is for guessable passwords; ours has 256 bits, and every new connection would pay for it.
            cheap = ["--set", "scram_iterations=64", *([] if self.durable else ["--no-sync"])]
            command = [str(folder / "initdb"), "-D", _seen_by(who, new), *options, *locale, *cheap]
            done = subprocess.run(command, check=False, capture_output=True, cwd=new, env=_environment(), **who.popen())  # type: ignore[call-overload]  # noqa: S603
        if done.returncode != 0:
            raise Misconfigured("data", f"the database could not be made in {self.data}: {_last_words(done.stderr)}")
        new.rename(self.data)

    def _launch(self, folder: Path, who: RunAs) -> str:
        """Start until it stays: a killed server's lock file, or a port taken since we chose it, are gone at the next try."""
        deadline = time.monotonic() + LOCK_RETRY
        port = _free_port(self.root / "port")
        while True:
            with _log(self.root / "server.log") as log:
                began = log.tell()
                self._server = self._spawn(folder, who, port=port, log=log)
            if _became_ready(self._server, self.data / "postmaster.pid"):
                break
            with (self.root / "server.log").open("rb") as written:
                written.seek(began)
                words = written.read()
            again = any(sign in words for sign in (b"postmaster.pid", b"shared memory block", b"Address already in use"))
            if not again or time.monotonic() > deadline:
                raise Misconfigured("data", f"PostgreSQL did not start in {self.data}: {_last_words(words)}")
            port = _free_port(None)
            time.sleep(0.1)
        _write_private(self.root / "port", str(port))
        try:
            password = (self.root / "password").read_text("ascii")
        except FileNotFoundError:
            raise Misconfigured("data", f"{self.root / 'password'} is gone, so nobody can open this database") from None
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"

    def _spawn(self, folder: Path, who: RunAs, *, port: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {"port": str(port)} | ({} if self.durable else FORGETFUL)
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(folder / "postgres"), "-D", _seen_by(who, self.data), *flags]
        quiet = {"cwd": self.data, "env": _environment(), "start_new_session": True} | who.popen()
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **quiet)  # type: ignore[call-overload]  # noqa: S603
        if self._watch is not None and self._watch.stdin is not None:  # it watched an earlier try
            self._watch.stdin.close()
            self._watch.wait()
        watch = ["/bin/sh", "-c", WATCH, str(server.pid)]
        self._watch = subprocess.Popen(watch, stdin=subprocess.PIPE, stdout=log, stderr=log, **quiet)  # type: ignore[call-overload]  # noqa: S603
        return server  # type: ignore[no-any-return]


def running_url(root: Path) -> str | None:
    """The URL of the server that runs in `root` at this moment, or None. For processes of the same user."""
    try:
        url = (root / "url").read_text("ascii")
        lines = (root / "data" / "postmaster.pid").read_text("utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return None
    alive = len(lines) >= 8 and lines[7].strip() == "ready" and _whose(int(lines[0]), root / "data") in {"ours", "unknown"}
    return url if alive else None


def _own(path: Path) -> int:
    """Hold `path` until the process ends, however it ends. Errors: Misconfigured, naming the owner."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(handle, 20).decode().strip() or "unknown"
        os.close(handle)
        message = f"{path.parent} is in use by process {owner}: stop it first, or choose another folder"
        raise Misconfigured("data", message) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def _seen_by(who: RunAs, folder: Path) -> str:
    """The server's name for its working folder. A dropped user may be unable to walk there from the top, but it stands in it."""
    return "/proc/self/cwd" if who.uid is not None and sys.platform == "linux" else str(folder)


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}  # no PG* of the operator's


def _free_port(last: Path | None) -> int:
    """The port of last time if it is free, so that addresses survive a restart; else any."""
    wanted = int(last.read_text("ascii")) if last is not None and last.exists() else 0
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Misconfigured("data", "no free TCP port on 127.0.0.1")


def _became_ready(server: subprocess.Popen[bytes], pid_file: Path) -> bool:
    """Wait until the file says that *this* server is ready (an old file says so too), or the server has ended."""
    while server.poll() is None:
        with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
            lines = pid_file.read_text("utf-8").splitlines()
            if len(lines) >= 8 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return True
        time.sleep(POLL)
    return False


def _whose(pid: int, data: Path) -> str:
    """Of a process named in a lock file: `gone`, `dead` (unreaped), `ours`, `foreign` (number used again) or `unknown`."""
    process = Path("/proc") / str(pid)
    if sys.platform != "linux":
        return "unknown"
    try:
        state = (process / "stat").read_text("ascii", errors="replace").rpartition(")")[2].split()[0]
        if state in {"Z", "X"}:
            return "dead"
        return "ours" if (process / "cwd").samefile(data) else "foreign"  # a postmaster lives in its data folder
    except FileNotFoundError:
        return "gone"
    except PermissionError:
        return "foreign"


def _settle_old_server(data: Path) -> None:
    """We own the folder, so a server that still runs here lost its owner: stop it. A file about nobody is taken away."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + STOP_PATIENCE
    asked = False
    while time.monotonic() < deadline:
        try:
            pid = int(pid_file.read_text("utf-8").splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        whose = _whose(pid, data)
        if whose in {"dead", "foreign"}:
            pid_file.unlink(missing_ok=True)
        if whose != "ours":
            return
        if not asked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            asked = True
        time.sleep(POLL)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # fast: cut clients, checkpoint, leave
    try:
        server.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)  # immediate: the log replays at the next start; SIGKILL would leave orphans
        server.wait()


def _ensure_database(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=30).close()
    except psycopg.OperationalError as error:
        if f'database "{DATABASE}" does not exist' not in str(error):
            raise Misconfigured("data", f"the database does not let us in: {error}") from error
        with psycopg.connect(url, dbname="postgres", autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {DATABASE}")


def _write_private(path: Path, words: str) -> None:
    """Readable by its owner alone from the first byte on, and whole or not there."""
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(words)
    half.rename(path)


@contextlib.contextmanager
def _log(path: Path) -> Iterator[IO[bytes]]:
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.rename(path.with_name(f"{path.name}.1"))
    with path.open("ab") as log:
        log.seek(0, os.SEEK_END)
        yield log


def _last_words(written: bytes) -> str:
    lines = [line for line in written.decode("utf-8", "replace").splitlines() if line.strip()]
    return " | ".join(lines[-3:]) or "it said nothing"
