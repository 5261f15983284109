"""The only file that knows which plug is in which socket. Opens things, in order, and closes them again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vividly import __version__
from vividly.errors import Misconfigured
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
    from vividly.providers.port import Embedder, Voice
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.shelf.port import Shelf
    from vividly.transport.port import Transport
    from vividly.transport.relay import Relay
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.runner import Runner
    from vividly.worker.warming import Warming


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
    from vividly.pipeline import understand
    from vividly.pipeline.author.offline import OfflineAuthor
    from vividly.pipeline.retrieve import PackRetriever
    from vividly.pipeline.tools import Tools

    scratch = settings.data / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return Tools(
        understand=understand.by(open_intake(settings)),
        retriever=PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder()),
        author=OfflineAuthor(),
        voice=open_voice(),
        drawers=drawers,
        shelf=shelf,
        clock=lambda: datetime.now(UTC),
        scratch=scratch,
        versions={"vividly": __version__, "packs": _packs_version()},
    )


def key_of(settings: Settings) -> KeyOf:
    """When two questions are one lesson: same facet, interest, grade, numbers, and the same everyday situation."""
    from vividly.library import keys
    from vividly.pipeline import version
    from vividly.pipeline.artifacts import Inquiry, Number
    from vividly.pipeline.retrieve import PackRetriever

    retriever = PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder())
    versions = {"vividly": __version__, "packs": _packs_version(), "kitchen": version.kitchen()}

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
    from vividly.requests.watch import broken

    async with await open_pool(url, min_size=1, max_size=1, name="contract") as pool:
        return await broken(pool, exact=exact)


async def make_demo_school(url: str) -> None:
    from vividly.accounts.demo import ensure_demo_school
    from vividly.db.engine import open_pool

    async with await open_pool(url, min_size=1, max_size=1, name="demo") as pool:
        await ensure_demo_school(pool)


# --- processes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Front:
    """The API and pages, with what runs beside them until `doors.stopping` is set."""

    app: Starlette
    doors: Doors


def prepare_front(settings: Settings) -> None:
    """Import and open what the door needs without a database: it comes up meanwhile."""
    import uvicorn  # noqa: F401

    import vividly.api.app
    import vividly.web.pages  # noqa: F401

    key_of(settings)
    open_intake(settings)


@contextlib.asynccontextmanager
async def open_front(settings: Settings, url: str, *, with_relay: bool) -> AsyncIterator[Front]:
    """The door's process: pool, intake, event streams, and the relay if it is to run here."""
    from vividly.api.app import create_app
    from vividly.db.engine import open_pool
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.transport.relay import Relay
    from vividly.web.pages import mount

    async with await open_pool(url, min_size=2, max_size=16, name="serve") as pool:
        watch, notifier = ContractWatch(pool), Notifier(pool)
        transport = _transport(settings)
        relay = Relay(pool=pool, transport=transport) if with_relay else None
        doors = await _doors(settings, url, pool=pool, notifier=notifier, relay=relay, watch=watch)
        app = create_app(doors)
        assets = mount(app, doors, cache=settings.data / "cache")
        warming = _front_warming(settings)
        doors.probes["models"] = warming.probe
        beside = [watch.run(doors.stopping), notifier.run(doors.stopping)]
        if relay:
            beside.append(relay.run(doors.stopping))
        async with asyncio.TaskGroup() as group:
            for one in beside:
                group.create_task(one)
            warm = [group.create_task(warming.run()), group.create_task(assets.warm())]
            try:
                yield Front(app, doors)
            finally:
                doors.stopping.set()
                for task in warm:
                    task.cancel()
        await transport.close()


def _front_warming(settings: Settings) -> Warming:
    """What the door's process needs loaded; of what only a worker loads it looks whether it is there at all."""
    from importlib.util import find_spec

    from vividly.worker.warming import Warming

    def installed(package: str, what: str) -> None:
        if find_spec(package) is None:
            raise Misconfigured(what, f"the package {package} is not installed")

    return Warming(
        {
            "packs": _load_packs,
            "understanding": lambda: open_intake(settings).decide("what is inertia", grade=10),
            "voice": lambda: installed("hibari", "voice"),
            "formulas": lambda: installed("typst", "formulas"),
        }
    )


def _load_packs() -> None:
    from vividly.curriculum.loader import load_all

    if not load_all():
        raise Misconfigured("packs", "no curriculum pack is installed")


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


def _back_warming(kitchen: LateKitchen) -> Warming:
    from vividly.worker.warming import Warming

    return Warming(
        {
            "packs": _load_packs,
            "kitchen": kitchen.tools,
            "voice": lambda: open_voice().speak("All is well."),
            "formulas": _set_formula,
        }
    )


def _set_formula() -> None:
    from vividly.studio.maths import set_formula

    set_formula("F = m a", size=40, color="#000000")


def prepare_back() -> None:
    """Import what the worker's door needs: the database comes up meanwhile. Models are loaded when the door is open."""
    import uvicorn  # noqa: F401

    import vividly.db.contract
    import vividly.requests.declared
    import vividly.worker.push
    import vividly.worker.runner  # noqa: F401


@contextlib.asynccontextmanager
async def open_back(settings: Settings, url: str, *, may_load: Callable[[], Awaitable[None]]) -> AsyncIterator[Back]:
    """The worker's process: pool, kitchen with its drawing processes, runner and push door.

    Models are loaded after `may_load`, or when the first lesson needs them.
    """
    from vividly.db.engine import open_pool
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.transport import signature
    from vividly.worker.kitchen import LateKitchen
    from vividly.worker.push import Desk, create_push_app
    from vividly.worker.runner import Rhythm, Runner
    from vividly.worker.settle import Limits

    stopping, ends = asyncio.Event(), contextlib.ExitStack()

    def opened() -> Tools:
        drawers = open_drawers(settings)
        ends.callback(drawers.close)
        drawers.warm()
        return open_tools(settings, drawers=drawers, shelf=open_shelf(settings))

    kitchen = LateKitchen(opened)
    warming = _back_warming(kitchen)

    async def load() -> None:
        await may_load()
        await warming.run()

    crash = _crash_at(settings.crash_at)
    key = _push_key(settings)

    async def guard(authorization: str, body: bytes) -> bool:
        return signature.good(key, authorization=authorization, body=body, now=time.time())

    with ends:
        async with await open_pool(url, min_size=2, max_size=10, name="work") as pool, asyncio.TaskGroup() as group:
            watch, notifier = ContractWatch(pool), Notifier(pool)
            await watch.look()
            runner = Runner(
                pool=pool,
                kitchen=kitchen,
                slots=settings.slots,
                rhythm=Rhythm(lease=settings.lease_seconds),
                limits=Limits(attempts=settings.max_attempts, crashes=settings.max_crashes),
                touch=notifier.touch,
                crash=crash,
            )
            fit, missing = watch.fit, warming.problems
            desk = Desk(pool=pool, guard=guard, fit=fit, missing=missing, wake=runner.wake, crash=crash, stopping=stopping)
            group.create_task(watch.run(stopping))
            group.create_task(notifier.run(stopping))
            warm = group.create_task(load())
            try:
                yield Back(create_push_app(desk), runner, stopping)
            finally:
                stopping.set()
                warm.cancel()


def _crash_at(point: str) -> Callable[[str], None]:
    """For tests of recovery: end this process, as `kill -9` would, when it reaches the named point."""
    if not point:
        return lambda _point: None

    def crash(reached: str) -> None:
        if reached == point:
            os._exit(137)

    return crash
