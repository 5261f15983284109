"""Starts processes that are made to be killed, each within milliseconds: everything is loaded once, then forked.

Reads one JSON line per order from standard input, {"role": "worker" | "relay", ...}, and answers with the process id.
When its input ends, everybody ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import psycopg
import uvicorn

from vividly import logs
from vividly.db.engine import open_pool
from vividly.pipeline.artifacts import Finished
from vividly.steps import Step
from vividly.transport.embedded import EmbeddedTransport
from vividly.transport.port import Receipt
from vividly.transport.relay import Relay
from vividly.worker.push import Desk, create_push_app
from vividly.worker.runner import Rhythm, Runner
from vividly.worker.settle import Limits

STAGES = (("storyboard", Step.WRITING), ("narration", Step.NARRATING), ("drawing", Step.DRAWING))


def nursery() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    born: list[int] = []
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            be(json.loads(line))
        born.append(pid)
        print(pid, flush=True)
    for pid in born:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def be(order: dict[str, Any]) -> None:
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed(os.getpid())
        logs.configure(form="json", level="critical")
        role = order.pop("role")
        asyncio.run({"worker": a_worker, "relay": a_relay}[role](**order))
        status = 0
    except BaseException:  # noqa: BLE001 - nobody should die of anything but us
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


async def a_worker(*, url: str, port: int, lease: float, seconds: float, crash_at: str = "", crash_after: int = 0) -> None:
    """A door on `port` and a runner. With `crash_at` it kills itself when it comes to that point for the nth time."""
    left = crash_after

    def crash(point: str) -> None:
        nonlocal left
        if point == crash_at:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    book = Book(url)

    async def kitchen(inquiry, bench):
        hold = bench._hold
        facts = (hold.request_id, hold.epoch)
        for stage, step in STAGES:
            ((asked,),) = await book.ask("SELECT nextval('witness.moment')")
            if await bench.recall(stage, "input") is None:
                await book.note("runs", asked, *facts, stage, hold.token)
                await asyncio.sleep(random.uniform(0, 2 * seconds))
                await bench.keep(stage, "input", b"x")
                await book.note("charges", *facts, stage, hold.token)
            await bench.progress(step, 1, 1)
        name = f"lesson-{hold.request_id}-{hold.epoch}-{hold.token}"
        return Finished(name, f"lessons/{name}", "T", "topic", "facet", inquiry.interest, 9, 1.0, ("lesson.mp4",))

    rhythm = Rhythm(lease=lease, poll=0.05, recover=0.1, sweep=0.5, lost_after=2.0)
    async with await open_pool(url, min_size=2, max_size=6, name="worker") as pool:
        runner = Runner(pool=pool, kitchen=kitchen, slots=3, rhythm=rhythm, limits=Limits(wait=0.1), crash=crash)
        app = witnessed(create_push_app(Desk(pool=pool, wake=runner.wake, crash=crash)), book)
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
        await asyncio.gather(server.serve(), runner.run())


async def a_relay(*, url: str, ports: list[int]) -> None:
    """Carries the outbox to the workers' doors, and notes what left it."""
    book = Book(url)
    urls = [f"http://127.0.0.1:{port}/push" for port in ports]
    transport = EmbeddedTransport(urls=urls, subscription="workers", deadline=2.0, duplicates=0.1)
    real = transport.publish

    async def publish(messages):
        ids = [one.message.event_id for one in messages]
        known = {one for (one,) in await book.ask("SELECT event_id FROM outbox WHERE event_id = ANY(%s)", ids)}
        receipts = await real(messages)
        for event, receipt in zip(ids, receipts, strict=True):
            await book.note("published", event, event in known, receipt is Receipt.TAKEN)
        return receipts

    transport.publish = publish
    async with await open_pool(url, min_size=1, max_size=3, name="relay") as pool:
        await Relay(pool=pool, transport=transport, poll=0.05, hold=4.0).run(asyncio.Event())


App = Callable[[dict, Callable, Callable], Awaitable[None]]


class Book:
    """Where the witness writes, through a connection of its own that comes back when the database does. Nothing twice."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._conn: psycopg.AsyncConnection | None = None
        self._one = asyncio.Lock()

    async def note(self, table: str, *values: object) -> None:
        marks = ", ".join(["%s"] * (len(values) + 1))
        await self.ask(f"INSERT INTO witness.{table} VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING true", *values, uuid4())

    async def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self._one:
            while True:
                try:
                    if self._conn is None or self._conn.closed:
                        self._conn = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                    return await (await self._conn.execute(query, values)).fetchall()
                except psycopg.OperationalError:
                    await asyncio.sleep(0.05)


def witnessed(app: App, book: Book) -> App:
    """Before an answer leaves, looks whether a commit has named the message; on a connection that saw nothing of it."""

    async def watching(scope, receive, send):
        body = b""

        async def hear():
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        async def tell(message):
            if message["type"] == "http.response.start":
                key = key_of(body)
                looked = (
                    "SELECT EXISTS (SELECT FROM inbox WHERE message_id = %s) OR EXISTS (SELECT FROM quarantine WHERE key = %s)"
                )
                ((durable,),) = await book.ask(looked, key, key)
                await book.note("pushes", key, False, message["status"], durable)
            await send(message)

        await app(scope, hear, tell)

    return watching


def key_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"]["messageId"])
    except (ValueError, KeyError, TypeError):
        return hashlib.sha256(body).hexdigest()


if __name__ == "__main__":
    nursery()
