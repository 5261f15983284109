"""procrastinate and pgqueuer doing the same work. Runs in the peers' own environment: it must not import ours.

Order: which, url, jobs, stages, slots. A stage is looked up and then kept, each in its own commit: the same durable rows.
"""

# ruff: noqa: PLC0415 - each peer is imported when it is the one

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

TABLE = "CREATE TABLE stages (job bigint, stage text, input_hash text, data bytea, at timestamptz DEFAULT now(), PRIMARY KEY (job, stage, input_hash))"
DATA = b"x" * 100
BATCH = 1000


def tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


async def procrastinate_jobs(order: dict[str, Any]) -> None:
    from procrastinate import App, PsycopgConnector
    from psycopg_pool import AsyncConnectionPool

    slots, left = order["slots"], order["jobs"]
    app = App(connector=PsycopgConnector(conninfo=order["url"], min_size=2, max_size=slots + 2))
    pool = AsyncConnectionPool(order["url"], min_size=slots, max_size=slots, kwargs={"autocommit": True}, open=False)
    await pool.open(wait=True)

    @app.task(name="work")
    async def work(number: int) -> None:
        for stage in range(order["stages"]):
            async with pool.connection() as conn:
                found = await conn.execute("SELECT data FROM stages WHERE job = %s AND stage = %s", (number, f"stage{stage}"))
                if await found.fetchone() is None:
                    await conn.execute(
                        "INSERT INTO stages (job, stage, input_hash, data) VALUES (%s, %s, 'input', %s)",
                        (number, f"stage{stage}", DATA),
                    )

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        async with pool.connection() as conn:
            await conn.execute(TABLE)
        for first in range(0, left, BATCH):
            await work.batch_defer_async(*({"number": one} for one in range(first, min(first + BATCH, left))))
        began = time.monotonic()
        await app.run_worker_async(concurrency=slots, wait=False, install_signal_handlers=False, listen_notify=False)
        took = time.monotonic() - began
        done = await app.connector.execute_query_one_async(
            "SELECT count(*) AS n FROM procrastinate_jobs WHERE status = 'succeeded'"
        )
    async with pool.connection() as conn:
        kept = await (await conn.execute("SELECT count(*) FROM stages")).fetchone()
    await pool.close()
    tell(took=took, done=done["n"], kept=kept[0] if kept else 0)


async def pgqueuer_jobs(order: dict[str, Any]) -> None:
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.models import Job
    from pgqueuer.queries import Queries
    from pgqueuer.types import QueueExecutionMode

    slots, left = order["slots"], order["jobs"]
    own = await asyncpg.create_pool(order["url"], min_size=2, max_size=slots + 2)
    pool = await asyncpg.create_pool(order["url"], min_size=slots, max_size=slots)
    await pool.execute(TABLE)
    runs = PgQueuer.from_asyncpg_pool(own)
    assert isinstance(runs.queries, Queries)
    await runs.queries.install()
    done = 0

    @runs.entrypoint("work", concurrency_limit=slots)
    async def work(job: Job) -> None:
        nonlocal done
        for stage in range(order["stages"]):
            if await pool.fetchrow("SELECT data FROM stages WHERE job = $1 AND stage = $2", job.id, f"stage{stage}") is None:
                await pool.execute(
                    "INSERT INTO stages (job, stage, input_hash, data) VALUES ($1, $2, 'input', $3)",
                    job.id,
                    f"stage{stage}",
                    DATA,
                )
        done += 1

    for first in range(0, left, BATCH):
        many = min(BATCH, left - first)
        await runs.queries.enqueue(["work"] * many, [None] * many, [0] * many)
    began = time.monotonic()
    await runs.run(batch_size=slots, mode=QueueExecutionMode.drain, max_concurrent_tasks=2 * slots)
    took = time.monotonic() - began
    kept = await pool.fetchval("SELECT count(*) FROM stages")
    await pool.close()
    await own.close()
    tell(took=took, done=done, kept=kept)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    asyncio.run({"procrastinate": procrastinate_jobs, "pgqueuer": pgqueuer_jobs}[asked["which"]](asked))
