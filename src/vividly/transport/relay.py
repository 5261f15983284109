"""Takes messages out of the outbox and publishes them, each at least once. Any number of processes may run one."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Final

from vividly import logs, metrics
from vividly.db.engine import ContractBroken, Pool, statement, transaction
from vividly.errors import Misconfigured, TryAgainLater
from vividly.transport import store
from vividly.transport.envelope import wrap
from vividly.transport.port import Queued, Receipt, Transport

DEAD_LETTER_AFTER: Final = 20
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_log = logs.get("relay")


class Relay:
    """`ring()` after a commit in the same process makes it look at once; otherwise it looks every `poll` seconds.

    `hold`: seconds for which a taken message is left alone by other relays; longer than the transport's deadline.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        transport: Transport,
        poll: float = 0.5,
        batch: int = 50,
        hold: float = 40.0,
        dead_letter_after: int = DEAD_LETTER_AFTER,
    ) -> None:
        self._pool, self._transport = pool, transport
        self._poll, self._batch, self._hold, self._dead_letter_after = poll, batch, hold, dead_letter_after
        self._rung = asyncio.Event()
        self._troubles = 0  # of the transport, one after another

    def ring(self) -> None:
        """There is something in the outbox. Never blocks; from the event loop's thread only."""
        self._rung.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; what has been taken is delivered or let go before it returns."""
        while not stop.is_set():
            self._rung.clear()
            try:
                if await self.once() == self._batch and not self._troubles:
                    continue
            except TryAgainLater as away:
                _log.warning("relay.database_away", after=away.after)
            except ContractBroken as broken:
                _log.error("relay.contract_broken", sqlstate=broken.sqlstate)
            await self._rest(stop)

    async def once(self) -> int:
        """Relay one batch; how many messages it had."""
        async with statement(self._pool) as conn:
            taken = await store.take(conn, limit=self._batch, hold=self._hold)
        if not taken:
            return 0
        receipts = await self._published(taken)
        if receipts is not None:
            await self._settle(list(zip(taken, receipts, strict=True)))
        return len(taken)

    async def _published(self, taken: tuple[Queued, ...]) -> tuple[Receipt, ...] | None:
        """Receipts, or None when the transport itself is the trouble: that is no message's fault, so no attempt is counted."""
        try:
            receipts = await self._transport.publish(taken)
        except Misconfigured as wrong:
            _log.error("relay.misconfigured", setting=wrong.setting, problem=wrong.message)
            await self._let_go(taken)
        except TryAgainLater as away:
            _log.warning("relay.transport_away", problem=away.reason)
            await self._let_go(taken)
        except BaseException:  # cancelled, or a bug: another relay may have them at once
            await self._let_go(taken)
            raise
        else:
            self._troubles = 0
            return receipts
        self._troubles += 1
        return None

    async def _let_go(self, taken: tuple[Queued, ...]) -> None:
        with contextlib.suppress(TryAgainLater, ContractBroken):
            async with transaction(self._pool) as conn:
                await store.let_go(conn, outbox_ids=[one.outbox_id for one in taken])

    async def _settle(self, published: list[tuple[Queued, Receipt]]) -> None:
        async with transaction(self._pool) as conn:
            gone = [one for one, receipt in published if receipt is Receipt.TAKEN]
            for one, receipt in published:
                if receipt is Receipt.REJECTED or (receipt is Receipt.NOT_YET and one.attempts >= self._dead_letter_after):
                    reason = "rejected" if receipt is Receipt.REJECTED else "too_many_attempts"
                    body = wrap(one.message, subscription="", attempt=one.attempts, now=datetime.now(UTC))
                    await store.keep_dead_letter(
                        conn, key=str(one.message.event_id), reason=reason, body=body, attributes=one.message.attributes
                    )
                    metrics.DEAD_LETTERS.labels(reason).inc()
                    _log.error("relay.dead_lettered", **_told(one), reason=reason)
                    gone.append(one)
                elif receipt is Receipt.NOT_YET:
                    await store.later(conn, outbox_id=one.outbox_id, after=wait_before(one.attempts + 1))
            await store.sent(conn, outbox_ids=[one.outbox_id for one in gone])

        for one, receipt in published:
            metrics.RELAYED.labels(str(receipt)).inc()
            _log.info("relay.carried", **_told(one), receipt=str(receipt), attempt=one.attempts)

    async def _rest(self, stop: asyncio.Event) -> None:
        if self._troubles:  # more messages do not bring a broker back: nobody is let to ring
            waits, seconds = {asyncio.create_task(stop.wait())}, wait_before(self._troubles + 1)
        else:
            waits, seconds = {asyncio.create_task(stop.wait()), asyncio.create_task(self._rung.wait())}, self._poll
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _told(one: Queued) -> dict[str, str]:
    """The ids of a message, for the log."""
    said = {key: str(one.message.payload.get(key, "")) for key in (logs.REQUEST, logs.CORRELATION)}
    return {"event_id": str(one.message.event_id), **said}


def wait_before(attempt: int) -> float:
    """Seconds before the `attempt`-th try (the second waits 0.5 s, then twice as long each time, at most 30 s)."""
    return float(min(_FIRST_WAIT * 2 ** min(max(attempt - 2, 0), 10), _LONGEST_WAIT))
