"""The only file that knows which plug is in which socket. Opens things, in order, and closes them again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vividly import __version__
from vividly.errors import VividlyError
from vividly.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from vividly.api.doors import Doors
    from vividly.api.verdicts import KeyOf, Subject
    from vividly.curriculum.index import Index
    from vividly.db.engine import Pool
    from vividly.intake.service import Intake
    from vividly.pipeline.drawers import DrawerPool
    from vividly.pipeline.tools import Tools
    from vividly.pipeline.understand import Understand
    from vividly.providers.port import Embedder, Voice
    from vividly.requests.notify import Notifier
    from vividly.shelf.port import Shelf
    from vividly.transport.port import Transport
    from vividly.transport.relay import Relay
    from vividly.worker.runner import Runner

# How long the schema contract may be broken before a running process notices, in seconds.
CONTRACT_EVERY = 15.0
CONTRACT_EXIT = 78


# --- models and data ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def open_embedder() -> Embedder | None:
    """The sentence encoder, None where its weights are not installed (then intake works with words alone)."""
    from vividly.providers import minilm

    return minilm.MiniLM() if minilm.available() else None


@lru_cache(maxsize=1)
def open_voice() -> Voice:
    from vividly.providers.hibari import Hibari

    return Hibari()


def open_shelf(settings: Settings) -> Shelf:
    from vividly.shelf.disk import DiskShelf

    return DiskShelf(settings.data / "shelf")


@lru_cache(maxsize=1)
def _index(cache: Path) -> Index:
    from vividly.curriculum.index import open_index
    from vividly.intake.service import exemplars

    return open_index(cache=cache, embedder=open_embedder(), extra=exemplars())


def open_intake(settings: Settings) -> Intake:
    from vividly.intake.service import Intake

    return Intake(_index(settings.data / "cache"), open_embedder())


# --- the kitchen ----------------------------------------------------------------------------------------------------------


def open_drawers(settings: Settings) -> DrawerPool:
    from vividly.pipeline.drawers import DrawerPool

    return DrawerPool(processes=settings.drawers)


def open_tools(settings: Settings, *, drawers: DrawerPool, shelf: Shelf) -> Tools:
    """What lessons are made with: the offline author, hibari's voice, the drawing processes, the shelf."""
    from vividly.pipeline.author.offline import OfflineAuthor
    from vividly.pipeline.retrieve import PackRetriever
    from vividly.pipeline.tools import Tools

    scratch = settings.data / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return Tools(
        understand=_understanding(settings),
        retriever=PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder()),
        author=OfflineAuthor(),
        voice=open_voice(),
        drawers=drawers,
        shelf=shelf,
        clock=lambda: datetime.now(UTC),
        scratch=scratch,
        versions={"vividly": __version__, "packs": _packs_version()},
    )


def _understanding(settings: Settings) -> Understand:
    """Intake as the kitchen sees it: for inquiries that come without a topic."""
    from dataclasses import replace

    from vividly.intake.decisions import Clarify, Decline, Proceed
    from vividly.pipeline.artifacts import Choice, Declined, Inquiry, Number, Question

    intake = open_intake(settings)

    def understand(inquiry: Inquiry) -> Inquiry | Question | Declined:
        match intake.decide(inquiry.question, grade=inquiry.grade, rounds=inquiry.rounds):
            case Proceed() as found:
                numbers = tuple(Number(one.value, one.unit, one.text) for one in found.numbers)
                notes = (*inquiry.assumptions, found.assumption) if found.assumption else inquiry.assumptions
                return replace(inquiry, topic_id=found.topic_id, facet=found.facet, numbers=numbers, assumptions=notes)
            case Clarify() as vague:
                choices = tuple(Choice(one.id, one.label, one.topic_id, one.facet) for one in vague.choices)
                return Question(vague.questions, choices, vague.reasoning)
            case Decline() as declined:
                return Declined(declined.code, declined.message)

    return understand


def key_of(settings: Settings) -> KeyOf:
    """When two questions are one lesson: same facet, interest, grade, numbers, and the same everyday situation."""
    from vividly.library import keys
    from vividly.pipeline.artifacts import Inquiry, Number
    from vividly.pipeline.author.offline import OfflineAuthor
    from vividly.pipeline.retrieve import PackRetriever
    from vividly.studio import scene

    retriever = PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder())
    versions = {"vividly": __version__, "packs": _packs_version(), "author": OfflineAuthor.name, "studio": scene.fingerprint()}

    def of(subject: Subject) -> str:
        numbers = tuple(Number(one.value, one.unit, one.text) for one in subject.numbers)
        inquiry = Inquiry(
            question=subject.question,
            grade=subject.grade,
            interest=subject.interest,
            topic_id=subject.topic_id,
            facet=subject.facet,
            numbers=numbers,
            interest_asked=subject.interest_asked,
        )
        found = retriever.find(inquiry)
        # The words matter where they say which number is which, and where they name an interest we only come near to.
        wording = " ".join([subject.question if numbers else "", subject.interest_asked, *subject.assumptions])
        about = keys.about(numbers=[(one.value, one.unit) for one in numbers], situation=found.situation, question=wording)
        return keys.work_key(
            topic_id=subject.topic_id,
            facet=subject.facet,
            about=about,
            interest=subject.interest,
            grade=subject.grade,
            versions=versions,
        )

    return of


@lru_cache(maxsize=1)
def _packs_version() -> str:
    import hashlib

    from vividly.curriculum.loader import pack_texts

    digest = hashlib.sha256()
    for topic_id, text in sorted(pack_texts().items()):
        digest.update(topic_id.encode() + hashlib.sha256(text).digest())
    return digest.hexdigest()[:16]


# --- the database ---------------------------------------------------------------------------------------------------------


async def contract_problems(url: str, *, exact: bool = False) -> list[str]:
    """What code can write and the database does not take, in words for an operator. Empty when the contract holds."""
    from vividly.db.engine import open_pool

    async with await open_pool(url, min_size=1, max_size=1, name="contract") as pool:
        return await _contract(pool, exact=exact)


async def _contract(pool: Pool, *, exact: bool = False) -> list[str]:
    from vividly.db import contract
    from vividly.db.engine import transaction
    from vividly.requests.declared import declared

    async with transaction(pool) as conn:
        return [problem.message for problem in await contract.check(conn, declared(), exact=exact)]


async def make_demo_school(url: str) -> None:
    from vividly.accounts.demo import ensure_demo_school
    from vividly.db.engine import open_pool

    async with await open_pool(url, min_size=1, max_size=1, name="demo") as pool:
        await ensure_demo_school(pool)


class ContractWatch:
    """Looks at the schema contract at the start and every CONTRACT_EVERY seconds; `problems` is what it saw last."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.problems: list[str] = ["the schema contract has not been looked at yet"]

    def fit(self) -> bool:
        return not self.problems

    async def look(self) -> None:
        try:
            self.problems = await _contract(self._pool)
        except VividlyError:
            # Whether the database can be reached is another question, with an answer of its own.
            return

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), CONTRACT_EVERY)

    async def probe(self) -> list[str]:
        return list(self.problems)


# --- processes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Front:
    """The API and pages, with what runs beside them until `doors.stopping` is set."""

    app: Starlette
    doors: Doors


@contextlib.asynccontextmanager
async def open_front(settings: Settings, url: str, *, with_relay: bool) -> AsyncIterator[Front]:
    """The door's process: pool, intake, event streams, and the relay if it is to run here."""
    from vividly.api.app import create_app
    from vividly.db.engine import open_pool
    from vividly.requests.notify import Notifier
    from vividly.transport.relay import Relay
    from vividly.web.pages import mount

    async with await open_pool(url, min_size=2, max_size=16, name="serve") as pool:
        watch, notifier = ContractWatch(pool), Notifier(pool)
        transport = _transport(settings)
        relay = Relay(pool=pool, transport=transport) if with_relay else None
        doors = await _doors(settings, url, pool=pool, notifier=notifier, relay=relay, watch=watch)
        app = create_app(doors)
        assets = mount(app, doors, cache=settings.data / "cache")
        beside = [watch.run(doors.stopping), notifier.run(doors.stopping), assets.warm()]
        if relay:
            beside.append(relay.run(doors.stopping))
        async with asyncio.TaskGroup() as group:
            for task in beside:
                group.create_task(task)
            try:
                yield Front(app, doors)
            finally:
                doors.stopping.set()
        await transport.close()


async def _doors(
    settings: Settings, url: str, *, pool: Pool, notifier: Notifier, relay: Relay | None, watch: ContractWatch
) -> Doors:
    from vividly.accounts.demo import demo_exists
    from vividly.accounts.tokens import TokenKeys, secret_from_file
    from vividly.api.doors import Doors, DoorSettings
    from vividly.api.happenings import Happenings
    from vividly.api.health import database_probe, shelf_probe
    from vividly.curriculum.loader import interests, topics
    from vividly.delivery import MediaSigner
    from vividly.requests.notify import listen

    shelf = open_shelf(settings)
    intake, key = await asyncio.to_thread(lambda: (open_intake(settings), key_of(settings)))
    keys = settings.data / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Doors(
        pool=pool,
        keys=TokenKeys(secrets=(secret_from_file(keys / "tokens"),)),
        cookie_key=secret_from_file(keys / "cookies").encode(),
        intake=intake,
        key_of=key,
        shelf=shelf,
        signer=MediaSigner([secret_from_file(keys / "media").encode()]),
        happenings=Happenings(pool, source=lambda: listen(url)),
        notifier=notifier,
        wake=relay.ring if relay else lambda: None,
        topics=topics(),
        interests=interests(),
        probes={"database": database_probe(pool), "schema contract": watch.probe, "shelf": shelf_probe(shelf)},
        settings=DoorSettings(
            public_url=settings.public_url,
            secure_cookies=settings.public_url.startswith("https://"),
            open_registration=settings.open_registration,
            demo=settings.demo and await demo_exists(pool),
        ),
    )


def _transport(settings: Settings) -> Transport:
    from vividly.transport.embedded import EmbeddedTransport

    push_url = settings.push_url or f"http://{settings.worker_host}:{settings.worker_port}/push"
    return EmbeddedTransport(urls=[push_url], subscription=settings.subscription, key=_push_key(settings))


def _push_key(settings: Settings) -> bytes:
    from vividly.accounts.tokens import secret_from_file

    keys = settings.data / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    return secret_from_file(keys / "push").encode()


@contextlib.asynccontextmanager
async def open_relay(settings: Settings, url: str) -> AsyncIterator[Relay]:
    """The relay alone, for a process of its own."""
    from vividly.db.engine import open_pool
    from vividly.transport.relay import Relay

    async with await open_pool(url, min_size=1, max_size=4, name="relay") as pool:
        transport = _transport(settings)
        yield Relay(pool=pool, transport=transport)
        await transport.close()


@dataclass(frozen=True, slots=True)
class Back:
    """The worker: what answers /push, and what makes lessons. `stopping` closes the door before the runner stops."""

    app: Starlette
    runner: Runner
    stopping: asyncio.Event


@contextlib.asynccontextmanager
async def open_back(settings: Settings, url: str) -> AsyncIterator[Back]:
    """The worker's process: pool, kitchen with its drawing processes, runner and push door."""
    from vividly.db.engine import open_pool
    from vividly.pipeline import line
    from vividly.requests.notify import Notifier
    from vividly.transport import signature
    from vividly.worker.push import Desk, create_push_app
    from vividly.worker.runner import Rhythm, Runner
    from vividly.worker.settle import Limits

    drawers, stopping = open_drawers(settings), asyncio.Event()
    drawers.warm()
    tools = await asyncio.to_thread(lambda: open_tools(settings, drawers=drawers, shelf=open_shelf(settings)))
    crash = _crash_at(settings.crash_at)
    key = _push_key(settings)

    async def guard(authorization: str, body: bytes) -> bool:
        return signature.good(key, authorization=authorization, body=body, now=time.time())

    try:
        async with await open_pool(url, min_size=2, max_size=10, name="work") as pool, asyncio.TaskGroup() as group:
            watch, notifier = ContractWatch(pool), Notifier(pool)
            await watch.look()
            runner = Runner(
                pool=pool,
                kitchen=lambda inquiry, bench: line.run(inquiry, tools=tools, bench=bench),
                slots=settings.slots,
                rhythm=Rhythm(lease=settings.lease_seconds),
                limits=Limits(attempts=settings.max_attempts, crashes=settings.max_crashes),
                touch=notifier.touch,
                crash=crash,
            )
            desk = Desk(pool=pool, guard=guard, fit=watch.fit, wake=runner.wake, crash=crash, stopping=stopping)
            group.create_task(watch.run(stopping))
            group.create_task(notifier.run(stopping))
            yield Back(create_push_app(desk), runner, stopping)
            stopping.set()
    finally:
        drawers.close()


def _crash_at(point: str) -> Callable[[str], None]:
    """For tests of recovery: end this process, as `kill -9` would, when it reaches the named point."""
    if not point:
        return lambda _point: None

    def crash(reached: str) -> None:
        if reached == point:
            os._exit(137)

    return crash
