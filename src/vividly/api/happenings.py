"""Event streams: one source per process, any number of watchers. Each request's events are read and written down once.

The table of events is the truth; a notification or a poll only says where to look. It knows no person and no HTTP.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from psycopg import Error as DatabaseError

from vividly import logs
from vividly.api.schemas import EventOut
from vividly.db.engine import Pool
from vividly.errors import NotPossible, VividlyError
from vividly.requests import actions
from vividly.requests.model import Happening, RequestId, Snapshot

log = logs.get("api")

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2000
STREAMS_PER_PERSON = 20
STREAMS_PER_PROCESS = 5000
_READERS = 4

RETRY = f"retry: {RETRY_MILLISECONDS}\n\n".encode()
HEARTBEAT = b": still here\n\n"

Source = Callable[[], AsyncIterator[frozenset[RequestId]]]
Welcome = Callable[[], Awaitable[bool]]


class _Channel:
    """What is known of one watched request: its history as ready-made frames, and whether more may come."""

    __slots__ = ("changed", "frames", "latest", "lock", "over", "parts", "request_id", "seqs", "watchers")

    def __init__(self, request_id: RequestId) -> None:
        self.request_id = request_id
        self.seqs: list[int] = []
        self.frames: list[bytes] = []
        self.latest: Snapshot | None = None
        self.parts = b""
        self.over = False
        self.watchers = 0
        self.changed = asyncio.Event()
        self.lock = asyncio.Lock()

    @property
    def head(self) -> int:
        return self.seqs[-1] if self.seqs else 0

    def wake(self) -> None:
        """Wake everyone who waits, and let the next ones wait on a new event."""
        self.changed, old = asyncio.Event(), self.changed
        old.set()


class Happenings:
    """Hands every watcher the same history in the same order, to its true end."""

    def __init__(self, pool: Pool, *, source: Source, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        """`source` yields the requests that changed; an empty set means: look at everything that is watched."""
        self._pool = pool
        self._source = source
        self._heartbeat = heartbeat
        self._channels: dict[RequestId, _Channel] = {}
        self._people: Counter[UUID] = Counter()
        self._stopping = False
        self._readers = asyncio.Semaphore(_READERS)

    @property
    def watching(self) -> int:
        """How many streams are open."""
        return self._people.total()

    def make_room(self, person_id: UUID) -> None:
        """Raises NotPossible("too_many_streams") if this person, or this process, has as many as it may."""
        if self._people[person_id] >= STREAMS_PER_PERSON or self._people.total() >= STREAMS_PER_PROCESS:
            raise NotPossible("too_many_streams", "Too many open event streams. Close one, or ask the status instead.")

    async def frames(
        self, request_id: RequestId, *, after: int, person_id: UUID, welcome: Welcome
    ) -> AsyncGenerator[bytes, None]:
        """The stream as bytes: every event after number `after`, then what comes, then `end`.

        `welcome` is asked at each heartbeat: somebody signed out or moved must not go on watching.
        """
        channel = self._channels.setdefault(request_id, _Channel(request_id))
        channel.watchers += 1
        self._people[person_id] += 1
        try:
            yield RETRY
            async for frame in self._follow(channel, after=after, welcome=welcome):
                yield frame
        finally:
            self._leave(channel, person_id)

    async def _follow(self, channel: _Channel, *, after: int, welcome: Welcome) -> AsyncGenerator[bytes, None]:
        # Joining reads once more: between the last look and now something may have happened.
        if not await self._look(channel):
            return
        position, parts = bisect_right(channel.seqs, after), b""
        while True:
            changed = channel.changed
            batch, position = b"".join(channel.frames[position:]), len(channel.frames)
            if channel.parts != parts:
                parts = channel.parts
                batch += parts
            if batch:
                yield batch
                continue  # more may have come while this was on its way
            if channel.over:
                yield _end(channel)
                return
            if self._stopping:
                yield RETRY
                return
            try:
                async with asyncio.timeout(self._heartbeat):
                    await changed.wait()
            except TimeoutError:
                if not await _welcome(welcome):
                    return
                yield HEARTBEAT

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`; then every stream ends with a hint to come back. A source that breaks is opened again."""
        listening = asyncio.create_task(self._listen(), name="happenings.listen")
        try:
            await stop.wait()
        finally:
            self.close()
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    def close(self) -> None:
        """End every stream now, with a hint to come back."""
        self._stopping = True
        for channel in self._channels.values():
            channel.wake()

    async def _listen(self) -> None:
        while True:
            try:
                async for changed in self._source():
                    await self._look_at(changed)
            except (DatabaseError, VividlyError, OSError) as error:
                log.warning("happenings.source_broke", kind=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _look_at(self, changed: frozenset[RequestId]) -> None:
        wanted = [self._channels[key] for key in changed if key in self._channels] if changed else await self._behind()
        await asyncio.gather(*(self._look(channel) for channel in wanted))

    async def _behind(self) -> list[_Channel]:
        """The watched requests that have newer events than we have shown: one query for all of them."""
        if not self._channels:
            return []
        heads = await actions.heads(self._pool, request_ids=list(self._channels))
        return [channel for key, channel in list(self._channels.items()) if heads.get(key, 0) != channel.head]

    async def _look(self, channel: _Channel) -> bool:
        """Read what is new. False if it could not be read: the stream ends, and its watcher comes back."""
        async with channel.lock, self._readers:
            try:
                await self._read(channel)
            except (DatabaseError, VividlyError) as error:
                log.warning("happenings.read_failed", kind=type(error).__name__, request_id=str(channel.request_id))
                return False
        channel.wake()
        return True

    async def _read(self, channel: _Channel) -> None:
        while True:
            news = await actions.events_since(self._pool, request_id=channel.request_id, seq=channel.head)
            for happening in news:
                channel.seqs.append(happening.seq)
                channel.frames.append(_frame(channel.request_id, happening))
            now = await actions.snapshot(self._pool, request_id=channel.request_id)
            # The end is told only by a snapshot that is no newer than the events: else one of them would be missed.
            if now.seq <= channel.head:
                channel.latest, channel.over, channel.parts = now, now.over, _parts(now)
                return

    def _leave(self, channel: _Channel, person_id: UUID) -> None:
        channel.watchers -= 1
        if channel.watchers == 0:
            self._channels.pop(channel.request_id, None)
        self._people[person_id] -= 1
        if self._people[person_id] <= 0:
            del self._people[person_id]


async def _welcome(welcome: Welcome) -> bool:
    try:
        return await welcome()
    except (DatabaseError, VividlyError):
        # Whoever cannot be checked may come back when it can be.
        return False


def _frame(request_id: RequestId, happening: Happening) -> bytes:
    event = EventOut(
        request_id=request_id,
        seq=happening.seq,
        event=happening.type,
        status=happening.to_status,
        epoch=happening.epoch,
        progress_percentage=happening.progress,
        current_stage=happening.step,
        terminal=happening.terminal,
        at=happening.at,
    )
    return f"id: {happening.seq}\ndata: {event.model_dump_json()}\n\n".encode()


def _parts(snapshot: Snapshot) -> bytes:
    """`ready`: names of the status fields that have something to show before the lesson is complete."""
    names = {"script_text": "script_text", "audio_key": "audio_url", "stream_key": "stream_url"}
    ready = [shown for name, shown in names.items() if snapshot.partial.get(name)]
    if not ready or snapshot.over:
        return b""
    fields = ",".join(f'"{name}"' for name in ready)
    return f'event: ready\ndata: {{"request_id":"{snapshot.request_id}","fields":[{fields}]}}\n\n'.encode()


def _end(channel: _Channel) -> bytes:
    assert channel.latest is not None
    now = channel.latest
    fields = f'"request_id":"{now.request_id}","seq":{now.seq},"status":"{now.status}","progress_percentage":{now.progress}'
    return f"event: end\ndata: {{{fields}}}\n\n".encode()
