"""Claims jobs, carries them to the kitchen under a lease, writes down how it went. Nothing clever; knows no message."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from vividly import logs, metrics, tracing
from vividly.db.engine import ContractBroken, Pool
from vividly.errors import LeaseLost, TryAgainLater
from vividly.library import catalogue
from vividly.pipeline.artifacts import Inquiry, Outcome
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs.sweep import free_expired, reach, sweep
from vividly.requests.model import Claimed, RequestId
from vividly.worker.bench import Bench
from vividly.worker.inquiry import inquiry_of
from vividly.worker.settle import Limits, settle, settle_fault

Kitchen = Callable[[Inquiry, Bench], Awaitable[Outcome]]

T = TypeVar("T")
_log = logs.get("worker")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds. `lease` is renewed every quarter of it; `stall`: a kitchen silent for longer loses its lease."""

    lease: float = 60.0
    poll: float = 1.0
    recover: float = 1.0
    sweep: float = 10.0
    lost_after: float = 30.0
    stall: float = 600.0


@dataclass(slots=True)
class _Work:
    claimed: Claimed
    bench: Bench
    task: asyncio.Task[None] = field(init=False)


class Runner:
    """`slots` jobs at a time. Its name is random: a process that comes after us must never be taken for us."""

    def __init__(
        self,
        *,
        pool: Pool,
        kitchen: Kitchen,
        slots: int = 1,
        rhythm: Rhythm | None = None,
        limits: Limits | None = None,
        touch: Callable[[RequestId], None] = lambda _id: None,
        broken: Callable[[ContractBroken], None] = lambda _error: None,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.owner: UUID = uuid4()
        self._pool, self._kitchen, self._slots = pool, kitchen, slots
        self._rhythm, self._limits = rhythm or Rhythm(), limits or Limits()
        self._touch, self._broken, self._crash = touch, broken, crash
        self._stopping = asyncio.Event()
        self._rung = asyncio.Event()
        self._active: dict[RequestId, _Work] = {}
        self._schools: deque[UUID] = deque(maxlen=64)
        self._looked, self._patient_until = time.monotonic(), 0.0

    def wake(self) -> None:
        """A job may be runnable now. Never blocks; from the event loop's thread only."""
        self._rung.set()

    @property
    def busy(self) -> int:
        """How many jobs are being worked on."""
        return len(self._active)

    async def run(self) -> None:
        """Work until `stop` is called."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots):
                group.create_task(self._slot())
            group.create_task(self._every(self._rhythm.recover, self._recover))
            group.create_task(self._every(self._rhythm.sweep, self._sweep))

    async def stop(self, *, within: float = 8.0) -> None:
        """Take nothing new, let running work reach a checkpoint, give the leases back. Ends after `within` seconds at most."""
        self._stopping.set()
        self._rung.set()
        ends = time.monotonic() + within
        works = list(self._active.values())
        for work in works:
            work.bench.checkpoint.clear()
        if works:
            waits = [asyncio.create_task(self._checkpoint(work)) for work in works]
            await asyncio.wait(waits, timeout=0.7 * within)
            for wait in waits:
                wait.cancel()
        for work in works:
            work.bench.lose()
            work.task.cancel()
            with contextlib.suppress(TryAgainLater, ContractBroken, TimeoutError):
                async with asyncio.timeout(max(0.1, ends - time.monotonic())):
                    if await jobs.give_back(self._pool, hold=work.claimed.hold):
                        metrics.JOBS.labels("given_back").inc()
                        _log.info("worker.gave_back", request_id=str(work.claimed.hold.request_id))

    @staticmethod
    async def _checkpoint(work: _Work) -> None:
        kept = asyncio.create_task(work.bench.checkpoint.wait())
        await asyncio.wait({kept, work.task}, return_when=asyncio.FIRST_COMPLETED)
        kept.cancel()

    async def _slot(self) -> None:
        while not self._stopping.is_set():
            self._rung.clear()
            claimed = await self._guarded(self._claim)
            if claimed is None:
                await self._rest(self._rhythm.poll)
                continue
            self._rung.set()  # there may be more where this came from: another slot looks, too
            await self._serve(claimed)

    async def _claim(self) -> Claimed | None:
        claimed = await jobs.claim(
            self._pool,
            owner=self.owner,
            lease=self._rhythm.lease,
            recent_schools=list(self._schools),
            max_crashes=self._limits.crashes,
        )
        if claimed is not None:
            school = claimed.request.school_id
            if school in self._schools:
                self._schools.remove(school)
            self._schools.append(school)
            self._touch(claimed.hold.request_id)
            self._crash("claimed")
        return claimed

    async def _serve(self, claimed: Claimed) -> None:
        request_id = claimed.hold.request_id
        bench = Bench(pool=self._pool, claimed=claimed, touch=self._touch, crash=self._crash)
        work = _Work(claimed, bench)
        work.task = asyncio.create_task(self._work(claimed, bench))
        self._active[request_id] = work
        metrics.BUSY.set(len(self._active))
        keeper = asyncio.create_task(self._keep_lease(work))
        try:
            await asyncio.wait({work.task})
        finally:
            keeper.cancel()
            work.task.cancel()
            del self._active[request_id]
            metrics.BUSY.set(len(self._active))
        self._touch(request_id)

    async def _work(self, claimed: Claimed, bench: Bench) -> None:
        logs.bind(request_id=claimed.hold.request_id, correlation_id=claimed.request.correlation_id)
        _log.info("worker.began", attempt=claimed.attempt, crashes=claimed.crashes, epoch=claimed.hold.epoch)
        try:
            try:
                with tracing.span("lesson", parent=claimed.traceparent, kind="consumer", about=logs.bound()):
                    await self._cook(claimed, bench)
            except Exception as fault:  # noqa: BLE001 - whatever a kitchen raises must be written down
                await self._fault(claimed, bench, fault)
        except LeaseLost:
            metrics.LEASES_LOST.inc()
            _log.warning("worker.lease_lost")
        except ContractBroken as broken:
            self._broken(broken)
            _log.error("worker.contract_broken", sqlstate=broken.sqlstate, constraint=broken.constraint)

    async def _cook(self, claimed: Claimed, bench: Bench) -> None:
        hold = claimed.hold
        made = await bench.persist(lambda: catalogue.find(self._pool, work_key=claimed.request.cache_key))
        if made is not None:
            done = await bench.persist(lambda: jobs.finish(self._pool, hold=hold, lesson=made))
            metrics.JOBS.labels("found").inc()
            _log.info("worker.found_in_library", lesson_id=made.lesson_id)
        else:
            await bench.persist(lambda: jobs.generate(self._pool, hold=hold))
            self._touch(hold.request_id)
            outcome = await self._kitchen(inquiry_of(claimed.request), bench)
            self._crash("before_settle")
            done = await settle(self._pool, claimed=claimed, bench=bench, outcome=outcome)
            self._crash("settled")
            metrics.JOBS.labels(type(outcome).__name__.lower()).inc()
            _log.info("worker.settled", outcome=type(outcome).__name__, together=len(done))
        for request_id in done:
            self._touch(request_id)
        for other in done[1:]:  # whoever follows one of them must see its end, too
            _log.info("worker.completed_together", also=str(other))

    async def _fault(self, claimed: Claimed, bench: Bench, fault: Exception) -> None:
        if isinstance(fault, ContractBroken):
            self._broken(fault)
            _log.error("worker.contract_broken", sqlstate=fault.sqlstate, constraint=fault.constraint)
        elif not isinstance(fault, LeaseLost) and getattr(fault, "tried", True):
            _log.warning("worker.stage_failed", step=str(bench.step), fault=type(fault).__name__, where=logs.where(fault))
        await settle_fault(self._pool, claimed=claimed, bench=bench, fault=fault, limits=self._limits)

    async def _keep_lease(self, work: _Work) -> None:
        """Renew the lease; when it is lost, or the kitchen is stuck, stop the work: nothing of it will be written."""
        hold, lease = work.claimed.hold, self._rhythm.lease
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(lease / 4)
            stuck = work.bench.silent_for() > self._rhythm.stall
            try:
                if not stuck:
                    await jobs.renew(self._pool, hold=hold, lease=lease)
                    renewed = time.monotonic()
                    continue
            except TryAgainLater:
                if time.monotonic() - renewed < 2 * lease:
                    continue  # a database that is away cannot give our job to anybody else
            except (LeaseLost, ContractBroken):
                pass
            _log.warning("worker.work_stopped", request_id=str(hold.request_id), stuck=stuck)
            work.bench.lose()
            work.task.cancel()
            return

    async def _recover(self) -> None:
        await reach(self._pool)
        now, half = time.monotonic(), self._rhythm.lease / 2
        if now - self._looked > half:
            # The database was away, so nobody could renew, but most workers live: they get time to say so.
            self._patient_until = now + half
        self._looked = now
        if now < self._patient_until:
            return
        if freed := await free_expired(self._pool):
            for one in freed:
                _log.warning("worker.lease_freed", request_id=str(one))
            self._rung.set()

    async def _sweep(self) -> None:
        swept = await sweep(self._pool, lost_after=self._rhythm.lost_after, max_crashes=self._limits.crashes, free=False)
        for request_id in (*swept.buried, *swept.rung):
            self._touch(request_id)
        if swept.buried or swept.rung or swept.unsent:
            _log.warning(
                "worker.swept",
                buried=len(swept.buried),
                rung=len(swept.rung),
                unsent=swept.unsent,
            )
            self._rung.set()

    async def _every(self, seconds: float, chore: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while not self._stopping.is_set():
            await self._guarded(chore)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _guarded(self, verb: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """A loop survives a database that is away, and raises the alarm when the schema is not ours."""
        try:
            return await verb()
        except TryAgainLater:
            _log.warning("worker.database_away")
        except ContractBroken as broken:
            self._broken(broken)
            _log.error("worker.contract_broken", sqlstate=broken.sqlstate, constraint=broken.constraint)
        return None

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
