"""Acceptance: the real program, started as its users start it, spoken to as they speak to it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

PASSWORD = "Demo-pass-2026"
VIVIDLY = [sys.executable, "-m", "vividly"]


@dataclass
class Deployment:
    """A running `vividly up` with a data folder and ports of its own."""

    data: Path
    port: int
    worker_port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIVIDLY_") and name != "DATABASE_URL"}
        return {**kept, "VIVIDLY_DATA": str(self.data), "VIVIDLY_LOG": "json", **self.settings}

    @property
    def command(self) -> list[str]:
        return [*VIVIDLY, "up", "--port", str(self.port), "--worker-port", str(self.worker_port)]

    def start(self, *, patience: float = 90) -> float:
        """Seconds until it is ready."""
        began = time.monotonic()
        with (self.data.parent / "up.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        self.until_ready(patience=patience)
        return time.monotonic() - began

    def until_ready(self, *, patience: float = 90) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self.process
            assert self.process.poll() is None, self.log()[-3000:]
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(self.log()[-3000:])

    def run(self, **settings: str) -> subprocess.CompletedProcess[str]:
        """`up` that is expected to end by itself."""
        return subprocess.run(
            self.command, env={**self.environment, **settings}, capture_output=True, text=True, timeout=60, check=False
        )

    def stop(self, how: int = signal.SIGINT) -> int:
        """Send a signal and wait; the exit code."""
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(30)

    def log(self) -> str:
        return (self.data.parent / "up.log").read_text(errors="replace")

    def sign_in(self, email: str = "student@demo.school") -> httpx.Client:
        """A client with somebody's access token, not opened yet: `with deployment.sign_in() as client`."""
        answer = httpx.post(f"{self.url}/api/v1/auth/login", json={"email": email, "password": PASSWORD}, trust_env=False)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_deployment(folder: Path, **settings: str) -> Deployment:
    return Deployment(folder / "data", free_port(), free_port(), settings)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One running Vividly for all journeys of this process."""
    running = new_deployment(tmp_path_factory.mktemp("vividly"))
    running.start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="session")
def site(deployment: Deployment) -> str:
    """Address of the running pages."""
    return deployment.url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; skips with a reason where there is none, fails in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing in CI: make test installs it")
    pytest.skip("Chromium is not installed: sudo apt-get install -y chromium")
