"""Part "start": from the commit of an accepted question to the commit that claims it for a worker, on an idle service."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from typing import Any
from uuid import uuid4

from calling import Caller
from children import child
from ground import Ground
from psycopg import AsyncConnection
from report import Figure, percentile

WANTED_MS = 5.0
_PAUSE = (0.02, 0.06)  # seconds between two questions, so that nothing of the last one is still running


async def start(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:
    floors: list[list[float]] = []
    claimed: list[list[float]] = []
    cooking: list[list[float]] = []
    for _ in range(rounds):
        floors.append(await _floor(ground, seconds=seconds))
        to_claim, to_kitchen = await _ours(ground, seconds=seconds)
        claimed.append(to_claim)
        cooking.append(to_kitchen)
    name, samples = "NOTIFY + two commits", f"{sum(map(len, claimed))} questions"

    def figure(what: str, share: float, ours: list[list[float]], want: float | None = None) -> Figure:
        of = [tuple(percentile(one, share) for one in rounds_of) for rounds_of in (floors, ours)]
        return Figure("start", what, "ms", name, of[0], of[1], want=want, better="less", judge="difference", note=samples)

    return [
        figure("accepted → claimed, p50", 0.5, claimed, WANTED_MS),
        figure("accepted → claimed, p95", 0.95, claimed),
        figure("accepted → kitchen called, p50", 0.5, cooking),
    ]


async def _floor(ground: Ground, *, seconds: float) -> list[float]:
    url = ground.empty()
    took: list[float] = []
    async with await AsyncConnection.connect(url) as conn:
        await conn.execute("CREATE TABLE floor (id uuid PRIMARY KEY, taken timestamptz)")
        await conn.commit()
        async with child("a_floor.py", {"what": "listen", "url": url}, logs=ground.logs) as listener:
            await listener.until("ready")
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                new = str(uuid4())
                await conn.execute("INSERT INTO floor (id) VALUES (%s)", (new,))
                await conn.commit()
                accepted = time.monotonic_ns()
                await conn.execute("SELECT pg_notify('floor', %s)", (new,))
                await conn.commit()
                took.append((await listener.until("taken") - accepted) / 1e6)
                await asyncio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - not a secret
    ground.drop(url)
    return took


async def _ours(ground: Ground, *, seconds: float) -> tuple[list[float], list[float]]:
    url = ground.database()
    student = ground.students(url, schools=1, each=1)[0]
    port = free_port()
    work: dict[str, object] = {"url": url, "data": str(ground.data), "slots": 1, "stages": 0, "door": port, "stamps": True}
    front: dict[str, object] = {"url": url, "data": str(ground.data), "intake": "fixed", "stamps": True}
    front["push_url"] = f"http://127.0.0.1:{port}/push"
    claims, cooks = list[float](), list[float]()
    async with child("a_worker.py", work, logs=ground.logs) as worker, child("a_door.py", front, logs=ground.logs) as door:
        await worker.until("started")
        caller = Caller(int(await door.until("port")), student.token)
        for warm in range(5):
            await _one(caller, door, worker, warm)
        ends = time.monotonic() + seconds
        number = 5
        while time.monotonic() < ends:
            claimed, cooking = await _one(caller, door, worker, number)
            claims.append(claimed)
            cooks.append(cooking)
            number += 1
        caller.close()
    ground.drop(url)
    return claims, cooks


async def _one(caller: Caller, door: Any, worker: Any, number: int) -> tuple[float, float]:
    """Milliseconds from accepted to claimed, and to the kitchen's call."""
    await caller.ask(f"why does the floor push back {number}")
    accepted = await door.until("accepted")
    claimed = await worker.until("claimed")
    cooking = await worker.until("cooking")
    await worker.until("settled")
    await asyncio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - not a secret
    return (claimed - accepted) / 1e6, (cooking - accepted) / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
