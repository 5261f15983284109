"""One API process as `vividly serve` opens it. Order: url, data, intake ("real" | "fixed"), push_url ("" = no relay), stamps.

`fixed`: every question proceeds to one topic at once, under a key of its own, so that delivery alone is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from children import tell

from vividly import logs
from vividly.api.doors import Doors
from vividly.curriculum.loader import load_pack, pack_ids
from vividly.intake.decisions import Proceed
from vividly.settings import read
from vividly.wiring.front import open_front, prepare_front


class FixedIntake:
    """Decides at once, and always the same."""

    def __init__(self) -> None:
        pack = load_pack(min(pack_ids()))
        facet = pack.facets[0]
        self._decision = Proceed("why", pack.topic_id, pack.name, facet.id, facet.name, 0.9)

    def decide(self, question: str, *, grade: int, rounds: int = 0, earlier: tuple[str, ...] = ()) -> Proceed:  # noqa: ARG002
        return self._decision


def fixed(doors: Doors) -> Doors:
    numbers = itertools.count()
    return dataclasses.replace(doors, intake=FixedIntake(), key_of=lambda _subject: f"bench-{os.getpid()}-{next(numbers)}")


def stamped(doors: Doors) -> Doors:
    """Tells the moment after each commit, just before the relay is woken."""

    def wake() -> None:
        accepted = time.monotonic_ns()
        doors.wake()
        tell(accepted=accepted)

    return dataclasses.replace(doors, wake=wake)


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def main(order: dict[str, Any]) -> None:
    logs.configure(form="json", level="info", process="serve")
    settings = read(data=Path(order["data"]), push_url=order.get("push_url", ""))
    prepare_front(settings)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    with bound:
        async with open_front(settings, order["url"], with_relay=bool(order.get("push_url"))) as front:
            doors = fixed(front.doors) if order["intake"] == "fixed" else front.doors
            front.app.state.doors = stamped(doors) if order.get("stamps") else doors
            while await doors.probes["models"]():  # noqa: ASYNC110 - a probe can only be asked
                await asyncio.sleep(0.05)
            server = Server(
                uvicorn.Config(front.app, log_config=None, access_log=False, timeout_graceful_shutdown=2, backlog=4096)
            )
            serving = asyncio.create_task(server.serve([bound]))
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
            tell(port=bound.getsockname()[1], pid=os.getpid())
            await stop.wait()
            front.doors.stopping.set()
            server.should_exit = True
            await serving


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
