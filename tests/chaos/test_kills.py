"""Real processes, really killed: at random, at every named point, frozen past their lease; nothing is lost, nothing done twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time

import pytest
from proof import fleet, seeds, witness
from proof.invariants import broken

from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import open_pool
from vividly.db.migrate import migrate


async def survives(database, told, *, seed, **load):
    witness.install(database)
    async with await open_pool(database, min_size=1, max_size=4, name="load") as pool:
        run, report = await fleet.survive(pool, database, seed=seed, **load)
    told(f"kill -9: {report}")
    if wrong := broken(run):
        seeds.remember("kills", seed, ", ".join(wrong))
    assert wrong == {}, report
    return report


async def test_ten_kills_over_forty_requests(database, told):
    await survives(database, told, seed=11, requests=40, kills=10, pace=0.12)


@pytest.mark.prove
@pytest.mark.timeout(1200)
async def test_two_hundred_kills_over_five_hundred_requests(database, told):
    await survives(database, told, seed=int(time.time()), requests=500, kills=200, pace=0.25)


@pytest.mark.parametrize(
    "point", [point if point == "rung" else pytest.param(point, marks=pytest.mark.prove) for point in fleet.POINTS]
)
async def test_every_named_point_is_a_good_place_to_die(database, point):
    """All workers die there, each once; their successors go on."""
    witness.install(database)
    async with await open_pool(database, min_size=1, max_size=4, name="load") as pool:
        load = fleet.Load(pool, database, random.Random(1))
        await load.open()
        async with fleet.Fleet(database, 1, doomed=point, lease=1.5) as members:
            for number in range(4):
                await load.ask(number)
            async with asyncio.timeout(60):
                while await load.open_requests() or members.kills.total() < 1:
                    await members.tend(quiet=True)
                    await asyncio.sleep(0.02)
    assert set(members.kills) == {f"at {point}"}
    run = await asyncio.to_thread(witness.evidence_of, database)
    assert broken(run) == {}
    assert "completed" in {one.status for one in run.requests.values()}


@pytest.mark.prove
@pytest.mark.timeout(600)
async def test_postgres_killed_at_random(tmp_path, told):
    """The server itself dies like a cut cable, while processes die around it; what was accepted is there when it is back."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    url, seed, began = await asyncio.to_thread(server.start), int(time.time()), time.monotonic()
    try:
        await asyncio.to_thread(migrate, url)
        witness.install(url)
        async with await open_pool(url, min_size=1, max_size=4, name="load", patience=2.0) as pool:
            load = fleet.Load(pool, url, random.Random(seed))
            await load.open()
            async with fleet.Fleet(url, seed) as members:
                stop = asyncio.Event()

                async def ask():
                    number = 0
                    while not stop.is_set():
                        await load.ask(number)
                        number += 1
                        await asyncio.sleep(0.05)

                asking = asyncio.create_task(ask())
                for death in range(6):
                    await asyncio.sleep(members.chance.uniform(0.5, 2.5))
                    os.kill(server._server.pid, signal.SIGKILL)
                    if death % 2:
                        await members.kill_somebody()
                    await asyncio.sleep(members.chance.uniform(0.0, 1.5))
                    await asyncio.to_thread(server.stop)
                    assert await asyncio.to_thread(server.start) == url
                    await members.tend()
                stop.set()
                await asking
                await members.calm()
                async with asyncio.timeout(180):
                    while await load.open_requests():
                        await members.tend(quiet=True)
                        await asyncio.sleep(0.1)
            run = await asyncio.to_thread(witness.evidence_of, url)
        told(
            f"Postgres killed 6 times, seed {seed}, and {members.kills.total()} processes: {len(load.accepted)} accepted, "
            f"{len(set(map(str, load.accepted)) - set(run.requests))} lost, {time.monotonic() - began:.0f} s"
        )
        assert broken(run) == {}
    finally:
        await asyncio.to_thread(server.stop)
