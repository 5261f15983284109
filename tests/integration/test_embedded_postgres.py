"""Our own PostgreSQL: whoever dies, and however, no acknowledged row is lost and the next start is warm."""

import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from vividly.db import binaries
from vividly.db.binaries import RunAs, run_as
from vividly.db.embedded import EmbeddedPostgres, running_url
from vividly.errors import Misconfigured

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to run as somebody else")

OWNER = """
import sys
from pathlib import Path
import psycopg
from vividly.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
with server as url, psycopg.connect(url, autocommit=True) as conn:
    conn.execute("CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY)")
    print(server._server.pid, server._watch.pid, flush=True)
    for number in range(1_000_000):
        conn.execute("INSERT INTO kept VALUES (%s)", (number,))
        print(number, flush=True)
"""


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    yield server
    server.stop()


def test_what_was_written_is_there_after_a_restart_at_the_same_address(server):
    url = server.start()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS id")
        assert conn.execute("SELECT upper('größe')").fetchone() == ("GRÖßE",)
    server.stop()
    assert server.start() == url
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT id FROM kept").fetchall() == [(7,)]


def test_others_find_it_while_it_runs_and_only_then(server):
    assert running_url(server.root) is None
    url = server.start()
    assert running_url(server.root) == url
    for secret in ("url", "password"):
        assert stat.S_IMODE((server.root / secret).stat().st_mode) == 0o600
    server.stop()
    assert running_url(server.root) is None
    assert not (server.root / "url").exists()


def test_an_address_left_by_a_crash_is_not_believed(server):
    url = server.start()
    left = (server.data / "postmaster.pid").read_text()
    server.stop()
    (server.root / "url").write_text(url)
    (server.data / "postmaster.pid").write_text(left)  # says "ready" about a process that is gone
    assert running_url(server.root) is None
    (server.data / "postmaster.pid").write_text(left.replace(left.splitlines()[0], str(os.getpid()), 1))
    assert running_url(server.root) is None


def test_nobody_comes_in_without_the_password(server):
    url = server.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace((server.root / "password").read_text(), "guess"))


@pytest.mark.parametrize("name", ["with space", "größe & 'mehr'", "x" * 120])
def test_any_folder_name_will_do(tmp_path, name):
    with EmbeddedPostgres(tmp_path / name, durable=False) as url:
        assert psycopg.connect(url).close() is None


def test_a_second_owner_is_refused_and_told_who_the_first_is(server):
    url = server.start()
    second = EmbeddedPostgres(server.root, durable=False)
    with pytest.raises(Misconfigured, match=f"in use by process {os.getpid()}"):
        second.start()
    second.stop()
    assert running_url(server.root) == url
    assert psycopg.connect(url).close() is None


def test_a_half_made_folder_is_made_anew(server):
    (server.root / "data.new" / "base").mkdir(parents=True)
    assert psycopg.connect(server.start()).close() is None
    assert not (server.root / "data.new").exists()


def test_a_server_that_cannot_start_says_why_and_lets_go_of_the_folder(server):
    server.start()
    server.stop()
    settings = server.data / "postgresql.conf"
    good = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(Misconfigured, match="no_such_setting"):
        server.start()
    settings.write_text(good)
    assert psycopg.connect(server.start()).close() is None


def test_a_taken_port_is_exchanged(server):
    first = server.start()
    server.stop()
    with EmbeddedPostgres(server.root.with_name("other"), durable=False) as other:
        port = other.rpartition(":")[2].partition("/")[0]
        (server.root / "port").write_text(port)
        assert f":{port}/" not in server.start()
    assert first


@pytest.mark.parametrize("killed", ["owner", "owner and server", "watch and owner"])
def test_whoever_is_killed_no_acknowledged_row_is_lost(tmp_path, killed):
    root = tmp_path / "pg"
    with _owner(root) as (owner, server, watch):
        acknowledged = [int(owner.stdout.readline()) for _ in range(50)]
        if "watch" in killed:
            os.kill(watch, signal.SIGKILL)
        owner.kill()
        if "server" in killed:
            os.kill(server, signal.SIGKILL)
        acknowledged += [int(line) for line in owner.stdout if line.endswith("\n")]
    with EmbeddedPostgres(root) as url, psycopg.connect(url) as conn:
        kept = {number for (number,) in conn.execute("SELECT id FROM kept")}
    assert set(acknowledged) <= kept
    assert len(acknowledged) >= 50


def test_the_server_leaves_when_its_owner_is_killed(tmp_path):
    with _owner(tmp_path / "pg") as (owner, server, _watch):
        owner.stdout.readline()
        before = os.pidfd_open(server)
        owner.kill()
        owner.wait()
        with os.fdopen(before) as gone:  # readable when the process has ended; the test's own time limit guards it
            assert select.select([gone], [], [], 60)[0]
    assert not (tmp_path / "pg/data/postmaster.pid").exists()


def test_a_lock_file_about_somebody_else_does_not_keep_it_down(server):
    """After a reboot the old process number belongs to any program, here one of the server's own user."""
    server.start()
    left = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    stranger = subprocess.Popen(["sleep", "600"], cwd="/", **run_as(server.data).popen())
    try:
        (server.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *left[1:]]) + "\n")
        assert psycopg.connect(server.start()).close() is None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_dead_server_nobody_has_buried_does_not_keep_it_down(server):
    """Where process 1 reaps nothing, a killed server's number stays for ever."""
    server.start()
    left = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    body = subprocess.Popen(["true"], cwd="/", **run_as(server.data).popen())
    os.waitid(os.P_PID, body.pid, os.WEXITED | os.WNOWAIT)  # ended, and still there
    (server.data / "postmaster.pid").write_text("\n".join([str(body.pid), *left[1:]]) + "\n")
    assert psycopg.connect(server.start()).close() is None
    body.wait()


@root_only
def test_root_runs_it_as_somebody_else_without_opening_any_folder(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = {folder: folder.stat().st_mode for folder in (closed, *closed.parents)}
    with EmbeddedPostgres(closed / "pg", durable=False) as url, psycopg.connect(url) as conn:
        backend = conn.info.backend_pid
        assert Path(f"/proc/{backend}").stat().st_uid not in {0, os.geteuid()}
    assert {folder: folder.stat().st_mode for folder in before} == before


@root_only
def test_programs_that_the_servers_user_cannot_reach_are_copied(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    monkeypatch.setattr(binaries, "_installed", _copied_to(closed))
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "CACHE", Path("/var/tmp") / f"vividly-test-{os.getpid()}")
    try:
        server = EmbeddedPostgres(tmp_path / "pg", durable=False)
        with server as url:
            assert psycopg.connect(url).close() is None
        with server as url:  # the copy is used again
            assert psycopg.connect(url).close() is None
    finally:
        shutil.rmtree(binaries.CACHE, ignore_errors=True)


@root_only
def test_an_ordinary_user_can_own_it(server):
    """In a fork, because the interpreter itself may stand where other users cannot start it."""
    psycopg.connect(server.start()).close()  # everything is imported by now
    who = run_as(Path("/nowhere"))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        who.own(Path(folder))
        child = os.fork()
        if child == 0:
            _as(who, lambda: _start_and_stop(Path(folder, "pg")))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert Path(folder, "pg/data").stat().st_uid == who.uid
        with EmbeddedPostgres(Path(folder, "pg")) as url:  # and root may take it over without changing whose it is
            psycopg.connect(url).close()
        assert Path(folder, "pg/data").stat().st_uid == who.uid


@root_only
def test_a_folder_of_somebody_else_is_refused_kindly():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        _start_and_stop(Path(folder, "pg"))
        child = os.fork()
        if child == 0:
            _as(RunAs(12345, 12345), lambda: _is_refused(Path(folder, "pg")))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _start_and_stop(root):
    with EmbeddedPostgres(root, durable=False) as url:
        psycopg.connect(url).close()


def _is_refused(root):
    with pytest.raises(Misconfigured, match="another user"):
        EmbeddedPostgres(root).start()


def _as(who, act):
    """In a fork: do it as somebody else and end, whatever happens."""
    try:
        os.setgroups([])
        os.setgid(who.gid)
        os.setuid(who.uid)
        act()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a fork must never return into pytest
        traceback.print_exc()
    finally:
        os._exit(1)


@contextmanager
def _owner(root):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = owner.stdout.readline()
        assert line, owner.stderr.read()
        server, watch = map(int, line.split())
        yield owner, server, watch
    finally:
        owner.kill()
        owner.stdout.close()
        owner.stderr.close()
        owner.wait()


def _copied_to(folder):

    package = binaries._installed().parent.parent
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return lambda: folder / package.name / "pginstall" / "bin"
