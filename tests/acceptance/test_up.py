"""`vividly up` as a user lives with it: started, stopped, killed, started again. Nothing asked is ever lost."""

import os
import signal
import subprocess
import time

import pytest

from .conftest import VIVIDLY, new_deployment
from .test_contract_program import until_terminal

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def own(tmp_path):
    mine = new_deployment(tmp_path)
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


def test_stop_start_and_kill_lose_nothing(own):
    own.start()
    with own.sign_in() as client:
        filed = client.post("/api/v1/content/generate", json={"student_query": "what is inertia", "interest": "music"}).json()
        request_id = filed["request_id"]
        # Killed in the middle of the making, with everything it started.
        status = client.get(f"/api/v1/content/request/{request_id}/status").json()
        while status["progress_percentage"] < 20 and status["status"] in ("pending", "validating", "generating"):
            time.sleep(0.05)
            status = client.get(f"/api/v1/content/request/{request_id}/status").json()
        assert status["status"] == "generating", status
    before = family(own.process.pid)
    own.process.send_signal(signal.SIGKILL)
    own.process.wait(10)
    assert not gone(before), "kill -9 of `up` must leave no process behind"

    own.start()
    with own.sign_in() as client:
        done = until_terminal(client, request_id)
        assert done["status"] == "completed", done
        assert client.get(done["video_url"]).status_code == 200

    everyone = family(own.process.pid)
    assert own.stop(signal.SIGINT) == 0
    assert not gone(everyone)
    assert "Traceback" not in own.log()

    own.start()
    with own.sign_in() as client:
        listed = client.get("/api/v1/content/requests").json()
        assert request_id in str(listed)


def test_demo_school_stays_on_this_machine(tmp_path):
    mine = new_deployment(tmp_path)
    done = subprocess.run(
        [*VIVIDLY, "up", "--port", str(mine.port), "--worker-port", str(mine.worker_port)],
        env={**mine.environment, "VIVIDLY_HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 78
    assert "--no-demo" in done.stderr


def test_a_wrong_setting_is_named(tmp_path):
    done = subprocess.run(
        [*VIVIDLY, "up"], env={**os.environ, "VIVIDLY_PORT": "many"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 78
    assert "VIVIDLY_PORT" in done.stderr
