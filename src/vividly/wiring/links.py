"""What carries a doorbell from the door to a worker, and the keys both ends know."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from vividly.errors import Misconfigured
from vividly.settings import Settings

if TYPE_CHECKING:
    from vividly.db.engine import Pool
    from vividly.transport.google import PubSubApi
    from vividly.transport.port import Transport
    from vividly.transport.relay import Relay
    from vividly.transport.topology import Topology
    from vividly.worker.answers import Outcome
    from vividly.worker.desk import Desk

Guard = Callable[[str, bytes], Awaitable[bool]]


def open_transport(settings: Settings) -> Transport:
    match settings.transport:
        case "embedded":
            from vividly.transport.embedded import EmbeddedTransport

            own = f"http://{settings.worker_host}:{settings.worker_port}/push"
            urls = [url.strip() for url in settings.push_url.split(",") if url.strip()] or [own]
            return EmbeddedTransport(urls=urls, subscription=settings.subscription, key=_push_key(settings))
        case "pubsub":
            from vividly.transport.pubsub import PubSubTransport

            return PubSubTransport(api=open_pubsub(settings), project=settings.google_project, topic=settings.topic)


def open_pubsub(settings: Settings) -> PubSubApi:
    from vividly.transport.google import PubSubApi

    return PubSubApi(emulator=settings.pubsub_emulator_host)


def topology_of(settings: Settings, *, push_endpoint: str) -> Topology:
    """What must stand at Pub/Sub for this deployment. An empty `push_endpoint`: workers pull."""
    from vividly.transport.topology import Topology

    return Topology(
        project=settings.google_project,
        topic=settings.topic,
        subscription=settings.subscription,
        dead_letter_topic=settings.dead_letter_topic,
        dead_letter_subscription=settings.dead_letter_subscription,
        push_endpoint=push_endpoint,
        push_audience=settings.push_audience,
        push_service_account=settings.push_service_account,
    )


@contextlib.asynccontextmanager
async def open_relay(settings: Settings, url: str) -> AsyncIterator[Relay]:
    """The relay alone, for a process of its own."""
    from vividly.db.engine import open_pool
    from vividly.transport.relay import Relay

    async with await open_pool(url, min_size=1, max_size=4, name="relay") as pool:
        transport = open_transport(settings)
        yield Relay(pool=pool, transport=transport)
        await transport.close()


def push_guard(settings: Settings, *, pull: bool) -> Guard | None:
    """Who may knock at /push: `guard(authorization header, body)`; None: everybody. Misconfigured."""
    if settings.transport == "embedded":
        if pull:
            raise Misconfigured("VIVIDLY_TRANSPORT", "there is nothing to pull from: set it to pubsub, or leave out --pull")
        return _embedded_guard(_push_key(settings))
    if not settings.google_project:
        raise Misconfigured("GOOGLE_CLOUD_PROJECT", "Pub/Sub needs the id of a project")
    if pull:
        return _nobody
    if settings.push_auth == "off":
        if not settings.pubsub_emulator_host:
            raise Misconfigured("VIVIDLY_PUSH_AUTH", "only an emulator may knock without a token: the internet could, too")
        return None
    from vividly.transport.oidc import google_guard

    return google_guard(audience=settings.push_audience, email=settings.push_service_account, certs_url=settings.push_certs_url)


@contextlib.asynccontextmanager
async def open_pulling(settings: Settings, *, pool: Pool, desk: Desk, pull: bool) -> AsyncIterator[None]:
    """What a worker fetches from Pub/Sub while it runs: dead letters always, requests if it is to `pull`."""
    if settings.transport == "embedded":
        yield
        return
    from vividly.transport.pubsub import PubSubSubscription
    from vividly.worker import dead_letters
    from vividly.worker.desk import take_in
    from vividly.worker.pull import PullDoor

    api, project = open_pubsub(settings), settings.google_project

    def door(name: str, take: Callable[[bytes], Awaitable[Outcome]]) -> PullDoor:
        subscription = PubSubSubscription(api=api, project=project, subscription=name)
        return PullDoor(subscription=subscription, take=take, stopping=desk.stopping, fit=desk.fit)

    doors = [door(settings.dead_letter_subscription, partial(dead_letters.keep, pool))]
    if pull:
        doors.append(door(settings.subscription, partial(take_in, desk)))
    try:
        async with asyncio.TaskGroup() as group:
            for one in doors:
                group.create_task(one.run())
            try:
                yield
            finally:
                desk.stopping.set()
    finally:
        await api.close()


def _push_key(settings: Settings) -> bytes:
    from vividly.accounts.tokens import secret_from_file

    keys = settings.data / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    return secret_from_file(keys / "push").encode()


def _embedded_guard(key: bytes) -> Guard:
    from vividly.transport import signature

    async def guard(authorization: str, body: bytes) -> bool:
        return signature.good(key, authorization=authorization, body=body, now=time.time())

    return guard


async def _nobody(_authorization: str, _body: bytes) -> bool:
    """A worker that pulls takes no push: whoever knocks is not Pub/Sub."""
    return False
