"""The door that goes and gets its messages: pulls, gives each to a taker, answers by the same table as `/push`.

Extends no deadline: taking a message in is a commit, the row is the job.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vividly import logs
from vividly.errors import Misconfigured, TryAgainLater
from vividly.transport.port import Delivery, Subscription
from vividly.worker.answers import ANSWERS, Outcome

AT_ONCE: Final = 8  # transactions of one pull at the same time: runner and door share the pool
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_NOT_BEFORE: Final = 0.05  # seconds between two pulls that found nothing, should a server not wait by itself
_NOT_OURS: Final = frozenset({Outcome.AWAY, Outcome.STOPPING})  # says nothing about the message

_log = logs.get("pull")


@dataclass(frozen=True, slots=True)
class PullDoor:
    """`take`: what a push door does with a body. `fit`: while it is not, nothing is asked for, so that no attempt is used up.

    `limit`: messages of one pull.
    """

    subscription: Subscription
    take: Callable[[bytes], Awaitable[Outcome]]
    stopping: asyncio.Event
    fit: Callable[[], bool] = lambda: True
    limit: int = 100

    async def run(self) -> None:
        """Pull until `stopping`; what has been handed out is answered before it returns."""
        troubles = 0
        while not self.stopping.is_set():
            well = self.fit() and await self._round()
            troubles = 0 if well else troubles + 1
            if troubles:
                await self._rest(min(_FIRST_WAIT * 2.0 ** min(troubles - 1, 10), _LONGEST_WAIT))

    async def _round(self) -> bool:
        """One pull and its answers; False if somebody is away."""
        try:
            deliveries = await self._pulled()
            if deliveries:
                return await self._answer(deliveries)
            await self._rest(_NOT_BEFORE)
        except TryAgainLater as away:
            _log.warning("pull.away", problem=away.reason)
            return False
        except Misconfigured as wrong:
            _log.error("pull.misconfigured", setting=wrong.setting, problem=wrong.message)
            return False
        return True

    async def _pulled(self) -> Sequence[Delivery]:
        """A pull waits for a minute or two; when we stop, nobody waits for it. What it might still bring comes again."""
        pulling = asyncio.ensure_future(self.subscription.pull(limit=self.limit))
        stopping = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({pulling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return await pulling if pulling.done() else ()
        finally:
            stopping.cancel()
            if not pulling.done():
                pulling.cancel()
                with contextlib.suppress(asyncio.CancelledError, TryAgainLater, Misconfigured):
                    await pulling

    async def _answer(self, deliveries: Sequence[Delivery]) -> bool:
        gate = asyncio.Semaphore(AT_ONCE)

        async def taken(delivery: Delivery) -> Outcome:
            async with gate:
                return await self.take(delivery.body)

        outcomes = await asyncio.gather(*(taken(one) for one in deliveries))
        good, bad = list[str](), list[str]()
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            (good if ANSWERS[outcome]["pubsub"] < 300 else bad).append(delivery.ticket)
        _log.info("pull.answered", **Counter(map(str, outcomes)))
        await self.subscription.acknowledge(good)
        await self.subscription.give_back(bad)
        return not _NOT_OURS & set(outcomes)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)
