"""Part "jobs": jobs that do nothing but keep five stages, per second, by one worker process; beside procrastinate and pgqueuer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from children import HERE, child
from filing import filed
from ground import Ground
from report import Figure

from vividly.db.engine import open_pool

SLOTS: Final = 10
STAGES: Final = 5
PEERS: Final = ("procrastinate", "pgqueuer")
PEERS_PYTHON: Final = HERE.parent / ".venv" / "bin" / "python"
_STAGED_PER_SECOND, _PLAIN_PER_SECOND = 100, 400  # how many jobs make a round of about `seconds`


async def jobs(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:
    found: list[Figure] = []
    for stages, pace in ((STAGES, _STAGED_PER_SECOND), (0, _PLAIN_PER_SECOND)):
        many = max(50, int(seconds * pace))
        rates: dict[str, list[float]] = {"ours": [], **({one: [] for one in PEERS} if PEERS_PYTHON.exists() else {})}
        for _ in range(rounds):
            for who, of in rates.items():
                of.append(await (_ours(ground, many, stages) if who == "ours" else _peer(ground, who, many, stages)))
        ours = tuple(rates.pop("ours"))
        best = tuple(max(each) for each in zip(*rates.values(), strict=True)) if rates else ()
        what = f"no-op jobs with {stages} checkpointed stages" if stages else "plain no-op jobs"
        note = "" if rates else f"peers not installed: see benchmarks/README.md ({Path('benchmarks/requirements.txt')})"
        found.append(Figure("jobs", what, "1/s", "the best peer", best, ours, want=1.0 if stages else None, note=note))
        found += [Figure("jobs", f"  ours against {who}", "1/s", who, tuple(of), ours) for who, of in rates.items()]
    return found


async def _ours(ground: Ground, many: int, stages: int) -> float:
    url = ground.database()
    async with await open_pool(url, min_size=4, max_size=16, name="bench") as pool:
        await filed(pool, ground.students(url, schools=10, each=1), many=many, rung=True)
    order: dict[str, object] = {"url": url, "slots": SLOTS, "stages": stages, "jobs": many, "wait": True}
    async with child("a_worker.py", order, logs=ground.logs) as worker:
        await worker.until("ready")
        worker.say()
        began = await worker.until("started")
        took = float(await worker.until("drained", within=300) - began) / 1e9
    ground.drop(url)
    return many / took


async def _peer(ground: Ground, who: str, many: int, stages: int) -> float:
    url = ground.empty()
    order: dict[str, object] = {"which": who, "url": url, "jobs": many, "stages": stages, "slots": SLOTS}
    async with child("a_peer.py", order, logs=ground.logs, python=str(PEERS_PYTHON)) as peer:
        said = await peer.told(within=300)
    await asyncio.sleep(0)
    ground.drop(url)
    if (said["done"], said["kept"]) != (many, many * stages):
        raise RuntimeError(f"{who} did not do its work: {said}")
    return many / float(said["took"])
