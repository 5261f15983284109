"""The least that any service would have to do, with the same driver on the same database. Order: what, url, and what it needs.

`accept`: the three rows of an accepted question, one commit each. `listen`: NOTIFY heard, work claimed in one commit.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import Any
from uuid import uuid4

from children import tell
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

REQUEST = """
INSERT INTO content_requests (id, correlation_id, school_id, student_id, filed_by, body_hash, question, grade_level, interest,
    interest_asked, modalities, preferred_modality, status, seq, topic_id, facet, cache_key, decision, message, estimated_seconds)
VALUES (%s, %s, %s, %s, %s, %s, %s, 10, 'music', '', '{video}', 'video', 'pending', 1, %s, %s, %s, %s, %s, 20)"""
EVENT = """
INSERT INTO content_request_events (request_id, seq, epoch, type, to_status, terminal, progress, actor)
VALUES (%s, 1, 1, 'accepted', 'pending', false, 0, %s)"""
OUTBOX = "INSERT INTO outbox (event_id, topic, payload, attributes) VALUES (%s, 'content-generation-requests', %s, %s)"
DECISION = {
    "door": {
        "first_answer": {"status": "pending", "message": "Your lesson is being made.", "cache_key": "k" * 64, "estimate": 20}
    },
    "understood": {"topic_name": "Newton's third law", "confidence": 0.9, "numbers": [], "repaired": "", "assumptions": []},
}


async def accept(order: dict[str, Any]) -> None:
    """Rows as fast as `connections` can commit them, for `seconds`."""
    conns = [await AsyncConnection.connect(order["url"]) for _ in range(order["connections"])]
    tell(ready=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    ends = time.monotonic() + order["seconds"]

    async def one(conn: AsyncConnection[Any]) -> int:
        done = 0
        while time.monotonic() < ends:
            await _rows(conn, order["school"], order["student"])
            done += 1
        return done

    tell(done=sum(await asyncio.gather(*(one(conn) for conn in conns))))
    for conn in conns:
        await conn.close()


async def _rows(conn: AsyncConnection[Any], school: str, student: str) -> None:
    request, correlation = uuid4(), f"req_{uuid4().hex[:16]}"
    payload = {"schema_version": 1, "request_id": str(request), "correlation_id": correlation}
    understood = ("topic_phys_mech_newton_3", "force pairs", str(uuid4()), Jsonb(DECISION), "Your lesson is being made.")
    who = (request, correlation, school, student, student, b"x" * 32)
    await conn.execute(REQUEST, (*who, "why does the floor push back on me?", *understood))
    await conn.execute(EVENT, (request, f"person:{student}"))
    await conn.execute(OUTBOX, (uuid4(), Jsonb(payload), Jsonb({"correlation_id": correlation})))
    await conn.commit()


async def listen(order: dict[str, Any]) -> None:
    """Hear of an id, claim it in a commit, tell when that was done."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ear = await AsyncConnection.connect(order["url"], autocommit=True)
    hand = await AsyncConnection.connect(order["url"])
    await ear.execute("LISTEN floor")
    tell(ready=True)
    while not stop.is_set():
        async for note in ear.notifies(timeout=0.5):
            await hand.execute("UPDATE floor SET taken = now() WHERE id = %s AND taken IS NULL", (note.payload,))
            await hand.commit()
            tell(taken=time.monotonic_ns())
    await ear.close()
    await hand.close()


async def hear(order: dict[str, Any]) -> None:
    """Hear notifications, and tell how long each was on its way: its payload is the moment of its commit."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ear = await AsyncConnection.connect(order["url"], autocommit=True)
    await ear.execute("LISTEN floor")
    tell(ready=True)
    took = list[float]()
    while not stop.is_set():
        took += [(time.monotonic_ns() - int(note.payload)) / 1e6 async for note in ear.notifies(timeout=0.2)]
    tell(took=took)
    await ear.close()


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    asyncio.run({"accept": accept, "listen": listen, "hear": hear}[asked["what"]](asked))
