"""The three ways a knock can travel, each behind the same few levers: a relay, doors to the real desk, faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
import uvicorn
from psycopg.types.json import Jsonb
from starlette.requests import Request
from starlette.responses import JSONResponse

from vividly.db.engine import Pool, transaction
from vividly.requests import actions
from vividly.requests.model import Go, NewRequest, RequestId
from vividly.transport.embedded import EmbeddedTransport
from vividly.transport.ensure import ensure
from vividly.transport.google import PubSubApi
from vividly.transport.port import REQUESTS_TOPIC, Message, Queued, Transport
from vividly.transport.pubsub import PubSubSubscription, PubSubTransport
from vividly.transport.relay import Relay
from vividly.transport.topology import Terms, Topology
from vividly.worker import dead_letters
from vividly.worker.answers import ANSWERS, Outcome
from vividly.worker.desk import Desk, take_in
from vividly.worker.pull import PullDoor
from vividly.worker.push import create_push_app

# What a door does with a delivery, which is the n-th of its message: take it in (None), refuse it, or be silent.
Fault = Callable[[str, int], str | None]
DEADLINE = 2
ATTEMPTS = 5  # the least that the service allows


@dataclass
class Rig:
    """A transport with its door. `seen`: how often each message came, by message id; `outcomes`: what became of it."""

    name: str
    pool: Pool
    transport: Transport
    fault: Fault = lambda _key, _times: None
    seen: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    dead_letter_after: int = ATTEMPTS

    @property
    def desk(self) -> Desk:
        return Desk(pool=self.pool, door="embedded" if self.name == "embedded" else "pubsub")

    @property
    def relay(self) -> Relay:
        return Relay(pool=self.pool, transport=self.transport, poll=0.05, batch=200, dead_letter_after=self.dead_letter_after)

    async def file(self, count: int) -> list[RequestId]:
        """Requests of one student, each with its knock in the outbox."""
        school, student = uuid4(), uuid4()
        async with transaction(self.pool) as conn:
            await conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'A school')", (school,))
            await conn.execute(
                "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                "VALUES (%s, %s, %s, '-', 'Ada', 'B', 'student')",
                (student, school, f"{student}@example.org"),
            )
        gate = asyncio.Semaphore(6)

        async def one(number: int) -> RequestId:
            new = NewRequest(
                school_id=school,
                student_id=student,
                filed_by=student,
                question=f"why does the floor push back, {number} times?",
                grade_level=9,
                interest="basketball",
                verdict=Go(topic_id="topic_phys_mech_newton_3", facet="force pairs", work_key=""),
                body_hash=hashlib.sha256(str(number).encode()).digest(),
            )
            async with gate:
                return (await actions.submit(self.pool, new=new)).snapshot.request_id

        return list(await asyncio.gather(*(one(number) for number in range(count))))

    async def post(self, payload: dict[str, object], *, count: int = 1) -> None:
        """Knocks of anybody's making."""
        async with transaction(self.pool) as conn:
            await conn.execute(
                "INSERT INTO outbox (event_id, topic, payload) SELECT gen_random_uuid(), 't', %s FROM generate_series(1, %s)",
                (Jsonb(payload), count),
            )

    async def knocks(self) -> list[Queued]:
        """Everything in the outbox, sent or not, as a relay would take it."""
        async with transaction(self.pool) as conn:
            cursor = await conn.execute("SELECT id, event_id, payload, attributes FROM outbox ORDER BY id")
            return [
                Queued(one["id"], Message(one["event_id"], REQUESTS_TOPIC, one["payload"], one["attributes"]), 1)
                for one in await cursor.fetchall()
            ]

    async def count(self, query: str) -> int:
        async with transaction(self.pool) as conn:
            row = await (await conn.execute(f"SELECT count(*) AS n FROM {query}")).fetchone()
        return row["n"] if row else 0

    async def take(self, body: bytes) -> Outcome:
        """What every door does here: the fault that was asked for, or the real desk."""
        try:
            key = json.loads(body)["message"]["messageId"]
        except (ValueError, KeyError):
            key = ""
        self.seen[key] += 1
        match self.fault(key, self.seen[key]):
            case "refuse":
                outcome = Outcome.AWAY
            case "silent":
                await self.stopping.wait()
                outcome = Outcome.STOPPING
            case _:
                outcome = await take_in(self.desk, body)
        self.outcomes[outcome] += 1
        return outcome

    @contextlib.asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(self.relay.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def eventually(check: Callable[[], Awaitable[object] | object], within: float = 60.0) -> None:
    """Until `check` says something true."""
    async with asyncio.timeout(within):
        while True:
            found = check()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def serving(take: Callable[[Rig, bytes], Awaitable[Outcome]], rig: list[Rig]) -> AsyncIterator[str]:
    """The worker's real HTTP app, with /push going by way of the rig's faults; its URL."""

    async def push(request: Request) -> JSONResponse:
        outcome = await take(rig[0], await request.body())
        return JSONResponse({"status": str(outcome)}, status_code=ANSWERS[outcome][rig[0].desk.door])

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_push_app(Desk(pool=None))
    app.router.routes[:] = [route for route in app.router.routes if route.path != "/push"]
    app.add_route("/push", push, methods=["POST"])
    config = uvicorn.Config(app, port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        rig[0].stopping.set()
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def embedded_rig(pool: Pool) -> AsyncIterator[Rig]:
    rigs: list[Rig] = []
    async with serving(Rig.take, rigs) as url:
        transport = EmbeddedTransport(
            urls=[f"{url}/push"], subscription="projects/local/subscriptions/worker", deadline=DEADLINE
        )
        rigs.append(Rig("embedded", pool, transport, dead_letter_after=3))
        try:
            yield rigs[0]
        finally:
            await transport.close()


def topology(push_endpoint: str = "") -> Topology:
    """A place of the test's own, with short terms."""
    mine = uuid4().hex[:8]
    terms = Terms(ack_deadline=DEADLINE, first_backoff=0.1, longest_backoff=0.5, retention=600, attempts=ATTEMPTS)
    return Topology(
        "test-project", f"topic-{mine}", f"worker-{mine}", f"dead-{mine}", f"drain-{mine}", push_endpoint, terms=terms
    )


@contextlib.asynccontextmanager
async def at_google(emulator: str, place: Topology) -> AsyncIterator[PubSubApi]:
    api = PubSubApi(emulator=emulator)
    await ensure(api, topology=place)
    try:
        yield api
    finally:
        for name in place.subscriptions():  # what is left would be pushed to a dead address until the emulator ends
            await api.call("DELETE", name)
        await api.close()


@contextlib.asynccontextmanager
async def draining(api: PubSubApi, rig: Rig, place: Topology) -> AsyncIterator[None]:
    async def keep(body: bytes) -> Outcome:
        return await dead_letters.keep(rig.pool, body)

    async with pulling(api, place.dead_letter_subscription, keep, rig.stopping):
        yield


@contextlib.asynccontextmanager
async def pulling(
    api: PubSubApi, subscription: str, take: Callable[[bytes], Awaitable[Outcome]], stopping: asyncio.Event, doors: int = 1
) -> AsyncIterator[None]:
    source = PubSubSubscription(api=api, project="test-project", subscription=subscription)
    runs = [asyncio.create_task(PullDoor(subscription=source, take=take, stopping=stopping).run()) for _ in range(doors)]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*runs)


@contextlib.asynccontextmanager
async def push_rig(pool: Pool, emulator: str) -> AsyncIterator[Rig]:
    rigs: list[Rig] = []
    async with serving(Rig.take, rigs) as url:
        place = topology(f"{url}/push")
        async with at_google(emulator, place) as api:
            rig = Rig("pubsub-push", pool, PubSubTransport(api=api, project="test-project", topic=place.topic))
            rigs.append(rig)
            async with draining(api, rig, place):
                yield rig


@contextlib.asynccontextmanager
async def pull_rig(pool: Pool, emulator: str) -> AsyncIterator[Rig]:
    place = topology()
    async with at_google(emulator, place) as api:
        rig = Rig("pubsub-pull", pool, PubSubTransport(api=api, project="test-project", topic=place.topic))
        # Two doors, as two workers would be: a silent one keeps what it was handed.
        async with draining(api, rig, place), pulling(api, place.subscription, rig.take, rig.stopping, doors=2):
            yield rig


@pytest.fixture(params=["embedded", "pubsub-push", "pubsub-pull"])
async def rig(request: pytest.FixtureRequest, pool: Pool) -> AsyncIterator[Rig]:
    """A transport with doors open; the relay is started by the test."""
    if request.param == "embedded":
        opened = embedded_rig(pool)
    else:
        emulator = request.getfixturevalue("pubsub_emulator")
        opened = push_rig(pool, emulator) if request.param == "pubsub-push" else pull_rig(pool, emulator)
    async with opened as ready:
        yield ready


class Levers:
    """What the tests of transports share, given as one fixture."""

    eventually = staticmethod(eventually)
    topology = staticmethod(topology)
    at_google = staticmethod(at_google)
    pulling = staticmethod(pulling)
    attempts = ATTEMPTS
    rig = Rig


@pytest.fixture
def levers() -> type[Levers]:
    return Levers
