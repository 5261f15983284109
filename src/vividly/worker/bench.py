"""The kitchen's place to work: checkpoints, progress, and whether its work is still wanted. Knows no stage by name."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from vividly.db.engine import Pool
from vividly.errors import LeaseLost, TryAgainLater
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import Claimed, RequestId
from vividly.steps import Step
from vividly.worker.meter import Meter

_PATIENCE: Final = 120.0  # seconds a database may be away before a worker gives its job up
T = TypeVar("T")


class Bench:
    """One claimed job. After the lease is lost every method raises LeaseLost, and `alive()` is False."""

    def __init__(
        self,
        *,
        pool: Pool,
        claimed: Claimed,
        touch: Callable[[RequestId], None] = lambda _id: None,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._pool, self._hold, self._touch, self._crash = pool, claimed.hold, touch, crash
        self._meter = Meter(claimed.request.progress)
        self._told = (claimed.request.step, claimed.request.progress)
        self._partial = dict(claimed.request.partial)
        self._one_at_a_time = asyncio.Lock()
        self._lost = False
        self._sign = time.monotonic()
        self.step = claimed.request.step or Step.UNDERSTANDING
        self.checkpoint = asyncio.Event()

    async def recall(self, stage: str, key: str) -> bytes | None:
        """What this stage gave for this input before, in this epoch, here or in a worker that is gone."""
        self._still_ours()
        return await self.persist(lambda: jobs.recall_stage(self._pool, hold=self._hold, stage=stage, key=key))

    async def keep(self, stage: str, key: str, data: bytes) -> None:
        """The stage is finished: from here on nobody repeats it."""
        self._still_ours()
        await self.persist(lambda: jobs.keep_stage(self._pool, hold=self._hold, stage=stage, key=key, data=data))
        self._crash(f"kept:{stage}")
        self._crash("stage_kept")
        self.checkpoint.set()

    async def progress(self, step: Step, done: int, total: int) -> None:
        """`done` of `total` units of this step are finished. Cheap to call often: only news is written."""
        self._still_ours()
        async with self._one_at_a_time:
            self.step = step
            percent = self._meter.reached(step, done=done, total=total)
            if (step, percent) != self._told:
                await self._tell(step, percent)

    async def ready(self, name: str, value: str) -> None:
        """Something can be looked at already: "script_text" (the text), "audio_key", "stream_key" (keys of the shelf)."""
        self._still_ours()
        async with self._one_at_a_time:
            if self._partial.get(name) != value:
                self._partial[name] = value
                await self._tell(self.step, self._meter.reached(self.step, done=0, total=1))

    def alive(self) -> bool:
        """Is the work still wanted? From any thread; asking is a sign of life, too."""
        self._sign = time.monotonic()
        return not self._lost

    def lose(self) -> None:
        """The lease is gone: nothing more may be written."""
        self._lost = True

    @property
    def lost(self) -> bool:
        return self._lost

    def silent_for(self) -> float:
        """Seconds since the kitchen last showed a sign of life."""
        return time.monotonic() - self._sign

    async def persist(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write in spite of a database that is away for a while. LeaseLost when it stays away too long, or was ours."""
        until = time.monotonic() + _PATIENCE
        wait = 0.1
        while True:
            try:
                return await write()
            except LeaseLost:
                self.lose()
                raise
            except TryAgainLater as away:
                if self._lost or time.monotonic() > until:
                    raise LeaseLost(str(self._hold.request_id)) from away
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing
                wait = min(wait * 2, 3.0)

    async def _tell(self, step: Step, percent: int) -> None:
        try:
            await jobs.progress(self._pool, hold=self._hold, step=step, percent=percent, partial=dict(self._partial))
        except LeaseLost:
            self.lose()
            raise
        except TryAgainLater:
            return  # news that is not vital: the next one brings it along
        self._told = (step, percent)
        self._touch(self._hold.request_id)

    def _still_ours(self) -> None:
        self._sign = time.monotonic()
        if self._lost:
            raise LeaseLost(str(self._hold.request_id))
