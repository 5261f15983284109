"""Thousands of malformed messages at the real door over real HTTP: the answers are those of the table, and nobody is harmed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from uuid import uuid4

import httpx
import psycopg
import pytest
import uvicorn
from proof import fleet, witness
from proof.envelopes import Forge
from proof.waiting import eventually
from psycopg.rows import dict_row

from vividly.db.engine import open_pool
from vividly.worker.push import Desk, create_push_app

AT_ONCE = 16
# What each may be answered, delivery by delivery; the last one is repeated.
COMES = {"poison": 3, "newer": 2, "unknown": 5, "any": 3}  # at most, as long as it is not acknowledged
MAY = {
    "pubsub": {"poison": (400, 200), "newer": (503,), "unknown": (503, 503, 400, 200)},
    "embedded": {"poison": (400,), "newer": (503,), "unknown": (503, 503, 400)},
}


@contextlib.asynccontextmanager
async def the_door(url, door):
    port = fleet.a_port()
    async with await open_pool(url, min_size=2, max_size=8, name="door") as pool:
        app = create_push_app(Desk(pool=pool, door=door))
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
        task = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            try:
                yield pool, client
            finally:
                server.should_exit = True
                await task


async def rows(url):
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as conn:
        found = {}
        for table in ("content_requests", "content_request_events", "stage_results", "lessons", "outbox"):
            found[table] = await (await conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2")).fetchall()
        keys = await (await conn.execute("SELECT key, count FROM quarantine")).fetchall()
    return found, {one["key"]: one["count"] for one in keys}


async def bombard(url, door, *, seed, number):
    """As a broker does: what is not acknowledged comes again; embedded, a 400 ends it."""
    statuses, costs = Counter(), Counter()
    async with the_door(url, door) as (pool, client):
        load = fleet.Load(pool, url, random.Random(seed))
        await load.open()
        real = []
        for n in range(20):
            await load.ask(n)
        real = load.accepted
        before, _ = await rows(url)
        forge, gate = Forge(seed, real), asyncio.Semaphore(AT_ONCE)

        async def deliver(bad):
            async with gate:
                for attempt in range(COMES[bad.kind]):
                    status = (await client.post("/push", content=bad.body)).status_code
                    statuses[status] += 1
                    may = MAY[door].get(bad.kind, (200, 400, 503))
                    want = may[min(attempt, len(may) - 1)]
                    assert status == want if bad.kind != "any" else status in may, (
                        door,
                        bad.way,
                        attempt,
                        status,
                        bad.body[:300],
                    )
                    costs[bad.kind] = max(costs[bad.kind], attempt + 1)
                    if status == 200 or (status == 400 and door == "embedded"):
                        return

        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                group.create_task(deliver(forge.one()))
        after, quarantined = await rows(url)
        assert after == before, "a request was harmed"
        assert costs["poison"] == (2 if door == "pubsub" else 1)
        assert max(quarantined.values()) <= 2
        for request_id in real:
            good = forge.whole(data=forge.data(forge.payload() | {"request_id": str(request_id)}))
            assert (await client.post("/push", content=good.replace(b"forged", uuid4().hex.encode()))).status_code == 200
    return statuses, quarantined


@pytest.fixture
def witnessed(database):
    witness.install(database)
    return database


@pytest.mark.parametrize("door", ["embedded", "pubsub"])
async def test_two_hundred_malformed_messages_at_each_door(witnessed, door):
    statuses, _ = await bombard(witnessed, door, seed=7, number=200)
    assert set(statuses) == {200, 400, 503}


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("door", ["embedded", "pubsub"])
async def test_ten_thousand_malformed_messages_half_at_each_door(witnessed, door, told):
    seed, began = int(time.time()), time.monotonic()
    statuses, quarantined = await bombard(witnessed, door, seed=seed, number=5_000)
    told(
        f"envelopes, {door}, seed {seed}: 5000 malformed, {statuses.total()} deliveries {dict(statuses)}, "
        f"{len(quarantined)} in quarantine, 0 requests harmed, {time.monotonic() - began:.0f} s"
    )
