"""Push without a broker: posts the envelope of Pub/Sub over HTTP, and is as unpleasant as Pub/Sub. Knows no request."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import httpx

from vividly.transport import signature
from vividly.transport.envelope import wrap
from vividly.transport.port import Queued, Receipt

# Everything else is "not acknowledged", 4xx too: that is what Google's service does.
ACKNOWLEDGED: Final = frozenset({102, 200, 201, 202, 204})


class EmbeddedTransport:
    """Posts to each of `urls` in turn, to the next if nobody listens there. `deadline` (seconds) is the HTTP timeout; `duplicates` the share delivered twice."""

    def __init__(
        self,
        *,
        urls: Sequence[str],
        subscription: str,
        key: bytes = b"",
        deadline: float = 10.0,
        duplicates: float = 0.0,
        at_once: int = 16,
    ) -> None:
        self._urls, self._turns = tuple(urls), itertools.count()
        self._subscription, self._key, self._duplicates = subscription, key, duplicates
        self._client = httpx.AsyncClient(timeout=deadline, trust_env=False)
        self._gate = asyncio.Semaphore(at_once)

    async def publish(self, messages: Sequence[Queued]) -> tuple[Receipt, ...]:
        """One receipt for each message, in order."""
        return tuple(await asyncio.gather(*(self._deliver(one) for one in messages)))

    async def close(self) -> None:
        await self._client.aclose()

    async def _deliver(self, queued: Queued) -> Receipt:
        async with self._gate:
            receipt = await self._post(queued)
            if random.random() < self._duplicates:  # noqa: S311 - not a secret: a nuisance, on purpose
                await self._post(queued)
            return receipt

    async def _post(self, queued: Queued) -> Receipt:
        body = wrap(queued.message, subscription=self._subscription, attempt=queued.attempts, now=datetime.now(UTC))
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {signature.token(self._key, body=body, now=time.time())}"
        answer = await self._answer(body, headers)
        if answer is None:
            return Receipt.NOT_YET
        if answer.status_code in ACKNOWLEDGED:
            return Receipt.TAKEN
        return Receipt.REJECTED if answer.status_code == httpx.codes.BAD_REQUEST else Receipt.NOT_YET

    async def _answer(self, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        first = next(self._turns) % len(self._urls)
        for url in self._urls[first:] + self._urls[:first]:
            try:
                return await self._client.post(url, content=body, headers=headers)
            except httpx.ConnectError:  # never delivered: another worker may have it at once
                continue
            except httpx.HTTPError:
                break
        return None
