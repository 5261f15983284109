"""Seeded histories of the whole delivery on a real database with a clock of its own: whatever happens, all fourteen hold.

And none of them is idle: a mistake is planted for every one, and the same histories find it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from proof import seeds, simulation, witness
from proof.bugs import BUGS
from proof.invariants import INVARIANTS, broken

from vividly.db.engine import Pool, open_pool


@pytest.fixture
async def stage(database: str) -> AsyncIterator[tuple[Pool, str]]:
    """A database with a witness and a clock that stands still, and a pool that sees them."""
    witness.install(database, clock=True)
    url = witness.on_the_clock(database)
    async with await open_pool(url, min_size=1, max_size=4, name="simulation") as pool:
        yield pool, url


async def holds(stage, seed):
    run, world = await simulation.live(*stage, seed, simulation.plan_of(seed))
    if wrong := broken(run):
        print(f"seed {seed}", *world.diary, sep="\n")
        seeds.remember("simulation", seed, ", ".join(wrong))
    assert wrong == {}, f"seed {seed}; it is written down in {seeds.FILE.name}"
    return run, world


async def test_what_failed_once_and_some_other_histories(stage):
    for seed in [*seeds.remembered("simulation"), *range(1, 6)]:
        await holds(stage, seed)


async def test_a_seed_is_a_history(stage):
    """Else a seed that failed would tell nothing."""
    _, first = await simulation.live(*stage, 8, simulation.plan_of(8))
    _, second = await simulation.live(*stage, 8, simulation.plan_of(8))
    assert len(first.diary) > 100
    assert first.diary == second.diary


@pytest.mark.prove
@pytest.mark.timeout(1200)
async def test_hundreds_of_histories(stage, told):
    first, began, sums = int(time.time()), time.monotonic(), Counter()
    for seed in [*seeds.remembered("simulation"), *range(first, first + 400)]:
        run, world = await holds(stage, seed)
        sums["accepted"] += len(run.requests)
        sums["events"] += len(run.events)
        sums["deliveries"] += len(run.pushes)
        sums["leases"] += len(run.grants)
        sums["kills"] += sum(actor.kills for actor in world.actors) - len(world.actors)
        sums.update(one.status for one in run.requests.values())
    print(
        f"\nsimulation: 400 histories, seeds {first} to {first + 399}, {dict(sums)}, {time.monotonic() - began:.0f} s: all hold"
    )


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.invariant} {bug.words}")
async def test_a_planted_mistake_is_found(stage, monkeypatch, bug, told):
    pool, url = stage
    async with pool.connection() as conn:
        for change in bug.schema:
            await conn.execute(change)
    bug.plant(monkeypatch)
    for seed in range(bug.first, bug.first + 40):
        run, _ = await simulation.live(pool, url, seed, simulation.plan_of(seed, **bug.changes))
        if bug.invariant in (found := broken(run)):
            told(f"planted: {bug.words}; found by seed {seed}: {bug.invariant} {found[bug.invariant][0]}")
            return
    pytest.fail(f"forty histories did not find: {bug.words}")


def test_every_invariant_has_a_planted_mistake():
    assert {bug.invariant for bug in BUGS} == set(INVARIANTS)
