"""What carries a doorbell from the door to a worker, and the keys both ends know."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from vividly.settings import Settings

if TYPE_CHECKING:
    from vividly.transport.port import Transport
    from vividly.transport.relay import Relay


def open_transport(settings: Settings) -> Transport:
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
        transport = open_transport(settings)
        yield Relay(pool=pool, transport=transport)
        await transport.close()


def push_guard(settings: Settings) -> Callable[[str, bytes], Awaitable[bool]]:
    """Who may knock at /push: `guard(authorization header, body)`."""
    from vividly.transport import signature

    key = _push_key(settings)

    async def guard(authorization: str, body: bytes) -> bool:
        return signature.good(key, authorization=authorization, body=body, now=time.time())

    return guard
