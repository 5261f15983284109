"""`vividly up` as a user lives with it: started, stopped, killed, started again. Nothing asked is ever lost."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from .conftest import VIVIDLY, new_deployment
from .test_contract_program import until_terminal

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def own(tmp_path):
    # Sixty seconds as a rule; who waits for leases to end is a test, and in a hurry.
    mine = new_deployment(tmp_path, VIVIDLY_LEASE_SECONDS="8")
    yield mine
    if mine.process and mine.process.poll() is None:
        mine.stop()


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    rows = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split("\n")
    parents = {int(pid): int(parent) for pid, parent in (row.split() for row in rows if row.strip())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def gone(pids: set[int], *, patience: float = 20) -> set[int]:
    """Those of `pids` that still run after `patience` seconds (a zombie does not run)."""
    deadline = time.monotonic() + patience
    left = pids
    while left and time.monotonic() < deadline:
        states = subprocess.run(
            ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, left))], capture_output=True, text=True, check=False
        )
        left = {int(row.split()[0]) for row in states.stdout.splitlines() if not row.split()[1].startswith("Z")}
        time.sleep(0.1)
    return left


def file_and_wait_for(client, *, percent, question="what is inertia", interest="music"):
    """A request that is being made and has come this far; its id."""
    filed = client.post("/api/v1/content/generate", json={"student_query": question, "interest": interest}).json()
    while True:
        status = client.get(f"/api/v1/content/request/{filed['request_id']}/status").json()
        assert status["status"] in ("pending", "validating", "generating"), status
        if status["progress_percentage"] >= percent:
            return filed["request_id"]
        time.sleep(0.05)


def sql(deployment, query):
    url = subprocess.run(
        [*VIVIDLY, "db", "url", "--data", str(deployment.data)], capture_output=True, text=True, check=True
    ).stdout.strip()
    with psycopg.connect(url) as connection:
        connection.read_only = True
        return connection.execute(query).fetchall()


def finished_stages(deployment, request_id):
    """Every finished stage with the moment it was kept: one that is done again gets another moment."""
    query = f"SELECT stage, input_hash, finished_at FROM stage_results WHERE request_id = '{request_id}'"
    return set(sql(deployment, query))


def the_postmaster(deployment):
    return int((deployment.data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def the_worker(deployment):
    """The child of `up` whose command says `work`."""
    for pid in family(deployment.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"vividly" in words and b"work" in words:
            return pid
    raise AssertionError("no worker runs")


def test_a_life_of_accidents_loses_nothing(own):
    """One deployment, one accident after the other; every question asked becomes a lesson, and nothing is left running."""
    own.start()
    # Everything at once killed, in the middle of making a lesson.
    with own.sign_in() as client:
        request_id = file_and_wait_for(client, percent=20)
    before = family(own.process.pid)
    own.process.send_signal(signal.SIGKILL)
    own.process.wait(10)
    assert not gone(before, patience=10), "kill -9 of `up` must leave no process behind"

    print(f"warm start in {own.start():.1f} s")
    with own.sign_in() as client:
        kept = finished_stages(own, request_id)
        assert kept, "what was finished before is kept"
        began = time.monotonic()
        done = until_terminal(client, request_id)
        assert done["status"] == "completed", done
        print(f"after kill -9 of everything: completed {time.monotonic() - began:.1f} s after the start")
        assert kept < finished_stages(own, request_id), "the successor goes on where the killed worker was"
        assert client.get(done["video_url"]).status_code == 200

        # The database stopped under load, as an operator or a full machine would: `up` brings it back.
        request_id = file_and_wait_for(client, percent=20, question="what is mitosis")
        postmaster = the_postmaster(own)
        began = time.monotonic()
        os.kill(postmaster, signal.SIGINT)
        assert not gone({postmaster}, patience=10)
        own.until_ready(patience=30)
        print(f"database back and ready in {time.monotonic() - began:.1f} s")
        assert the_postmaster(own) != postmaster
        assert until_terminal(client, request_id)["status"] == "completed"
        assert own.process.poll() is None

        # A worker killed has a successor, which takes the job over as soon as the lease has ended.
        request_id = file_and_wait_for(client, percent=20, question="what is photosynthesis")
        worker, kept = the_worker(own), finished_stages(own, request_id)
        os.kill(worker, signal.SIGKILL)
        began = time.monotonic()
        assert until_terminal(client, request_id)["status"] == "completed"
        print(f"after kill -9 of the worker: completed in {time.monotonic() - began:.1f} s")
        assert the_worker(own) != worker
        assert kept < finished_stages(own, request_id)

        # Ctrl-C in the middle of a lesson: the lease is given back, so the next start goes on at once.
        request_id = file_and_wait_for(client, percent=20, question="why does a balloon fly around the room when I let it go")
    everyone = family(own.process.pid)
    began = time.monotonic()
    assert own.stop(signal.SIGINT) == 0
    print(f"stopped under load in {time.monotonic() - began:.1f} s")
    assert not gone(everyone, patience=2)
    own.start()
    assert "Traceback" not in own.log()
    with own.sign_in() as client:
        assert sql(own, f"SELECT crashes FROM jobs WHERE request_id = '{request_id}'")[0][0] == 0, "given back is no crash"
        assert until_terminal(client, request_id)["status"] == "completed"


def test_a_port_in_use_is_named_and_nothing_is_left(tmp_path):
    mine = new_deployment(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", mine.worker_port))
        taken.listen()
        done = mine.run()
    assert done.returncode == 78
    assert str(mine.worker_port) in done.stderr
    assert "--worker-port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (mine.data / "postgres").exists(), "nothing was started"


def test_demo_school_stays_on_this_machine(tmp_path):
    done = new_deployment(tmp_path).run(VIVIDLY_HOST="0.0.0.0")
    assert done.returncode == 78
    assert "--no-demo" in done.stderr


def test_a_wrong_setting_is_named(tmp_path):
    done = new_deployment(tmp_path).run(VIVIDLY_LEASE_SECONDS="many")
    assert done.returncode == 78
    assert "VIVIDLY_LEASE_SECONDS" in done.stderr
