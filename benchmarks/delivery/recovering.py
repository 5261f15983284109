"""Part "recover": a worker is killed with -9 in the middle of a stage; how long until another goes on, and what it repeats."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Final

from children import child
from filing import file
from ground import Ground
from report import Figure

from vividly.db.engine import open_pool

LEASE: Final = 4.0
STAGES, STAGE_SECONDS = 5, 0.4
WANTED: Final = 2.0


async def recover(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:  # noqa: ARG001 - a kill takes what it takes
    took, repeats = list[float](), 0
    for _ in range(rounds):
        waited, again = await _killed(ground)
        took.append(waited)
        repeats += again
    floor = (LEASE,) * len(took)
    note = f"with a lease of {LEASE:g} s, renewed every {LEASE / 4:g} s"
    return [
        Figure(
            "recover",
            "kill -9 → another worker goes on",
            "s",
            "the lease",
            floor,
            tuple(took),
            WANTED,
            "less",
            "difference",
            note,
        ),
        Figure(
            "recover", "finished stages repeated", "stages", "", (), (float(repeats),), 0.0, "less", "ours", f"{rounds} kills"
        ),
    ]


async def _killed(ground: Ground) -> tuple[float, int]:
    """Seconds from the kill to the successor's first new stage, and how many kept stages were begun again."""
    url = ground.database()
    student = ground.students(url, schools=1, each=1)[0]
    order: dict[str, object] = {
        "url": url,
        "slots": 1,
        "stages": STAGES,
        "seconds": STAGES * STAGE_SECONDS,
        "lease": LEASE,
        "stamps": True,
    }
    async with (
        child("a_worker.py", order, logs=ground.logs) as first,
        child("a_worker.py", {**order, "wait": True}, logs=ground.logs) as second,
    ):
        await first.until("started")
        await second.until("ready")
        async with await open_pool(url, min_size=1, max_size=2, name="bench") as pool:
            await file(pool, student, rung=True)
        kept: set[str] = set()
        while len(kept) < 2:
            said = await first.told()
            if "kept" in said:
                kept.add(said["kept"])
        second.say()  # it works from now on, and finds nothing to do
        # Somewhere within a stage; what the first keeps meanwhile counts as finished.
        await asyncio.sleep(random.uniform(0.0, STAGE_SECONDS / 2))  # noqa: S311 - not a secret
        first.kill()
        killed = time.monotonic_ns()
        kept |= await _last_words(first)
        began = list[dict[str, Any]]()
        while "settled" not in (said := await second.told()):
            if "began" in said:
                began.append(said)
    ground.drop(url)
    if not began:  # the first had kept all its stages: only the end was left
        return (said["settled"] - killed) / 1e9, 0
    return (began[0]["at"] - killed) / 1e9, sum(one["began"] in kept for one in began)


async def _last_words(dead: Any) -> set[str]:
    """What it had told before it died and nobody had read yet."""
    kept: set[str] = set()
    try:
        while True:
            said = await dead.told()
            if "kept" in said:
                kept.add(said["kept"])
    except RuntimeError:
        return kept
