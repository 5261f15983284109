"""Programs of this folder as child processes: an order goes in as JSON, what they tell comes out as JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Nothing of the operator's environment: every run is the same run.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
LINE = 1 << 20


class Child:
    """A running program; `told` yields what it says, one object at a time."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process, self._log = process, log

    async def told(self, *, within: float = 120.0) -> dict[str, Any]:
        """Its next line. RuntimeError with its last words if it ended instead."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{self._log.name} ended:\n" + "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
            )
        found: dict[str, Any] = json.loads(line)
        return found

    async def until(self, name: str, *, within: float = 120.0) -> Any:
        """The value of the next line that has `name`."""
        async with asyncio.timeout(within):
            while True:
                said = await self.told(within=within)
                if name in said:
                    return said[name]

    def say(self, line: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    async def end(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
        try:
            async with asyncio.timeout(15):
                await self._drained()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def _drained(self) -> None:
        assert self.process.stdout is not None
        while await self.process.stdout.read(LINE):
            pass
        await self.process.wait()


@contextlib.asynccontextmanager
async def child(program: str, order: dict[str, object], *, logs: Path, python: str = sys.executable) -> AsyncIterator[Child]:
    """Start `program` with `order`, and end it with the context."""
    log = logs / f"{program}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            python,
            str(HERE / program),
            json.dumps(order),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=ENVIRONMENT,
            limit=LINE,
        )
    running = Child(process, log)
    try:
        yield running
    finally:
        await running.end()


def tell(**facts: object) -> None:
    """From a child: one line to whoever started it."""
    print(json.dumps(facts), flush=True)
