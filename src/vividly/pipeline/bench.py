"""The workbench a lesson is made on: what is finished is kept there, so that a run broken off repeats none of it.

Knows stages by name and bytes, nothing of databases; the worker brings a Bench, or a folder does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from vividly import logs, metrics, tracing
from vividly.errors import LeaseLost
from vividly.shelf.port import Shelf
from vividly.steps import Step

T = TypeVar("T")
_log = logs.get("line")


class Bench(Protocol):
    """What the line asks of whoever runs it. `key` is the SHA-256 of a unit's inputs and versions, as hex."""

    async def recall(self, stage: str, key: str) -> bytes | None:
        """What was kept for this unit, None if it was never finished."""
        ...

    async def keep(self, stage: str, key: str, data: bytes) -> None:
        """Keep a finished unit: small JSON (big bytes lie on the shelf). Keeping the same twice is fine."""
        ...

    async def progress(self, step: Step, done: int, total: int) -> None:
        """`done` of `total` units of this step are finished. Steps overlap: drawing begins while narrating goes on."""
        ...

    async def ready(self, name: str, value: str) -> None:
        """A part that can be shown already: "script_text" (text), "stream_key" (shelf key). Called again when resumed."""
        ...

    def alive(self) -> bool:
        """False when somebody else owns the job now: nothing more may be written. From any thread."""
        ...


def unit_key(stage: str, inputs: object, versions: Mapping[str, str]) -> str:
    """The hash of what a unit is made from (anything pydantic can write as JSON) and by."""
    payload = TypeAdapter(Any).dump_python(inputs, mode="json")
    text = json.dumps([stage, payload, dict(versions)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Units:
    """Does each unit of work once: recalled if it was finished, else made, measured and kept.

    Units that are `shared` (a narrated or drawn scene) are also found on the shelf by the hash of their content,
    so that another lesson with the same scene does not pay for it again.
    """

    def __init__(self, bench: Bench, shelf: Shelf) -> None:
        self._bench, self._shelf = bench, shelf
        self.seconds: dict[str, float] = {}

    async def do(
        self,
        stage: Step,
        key: str,
        kind: TypeAdapter[T],
        make: Callable[[], Awaitable[T]],
        *,
        shared: bool = False,
        whole: Callable[[T], bool] = lambda _: True,
        took: Callable[[T], float] | None = None,
    ) -> T:
        """The unit's value. `whole` asks whether what a kept value points to is still there; if not, it is made again.

        `took` knows better how long the work took than a clock that counts the waiting, too.
        """
        kept = await self._bench.recall(stage, key)
        value = self._read(stage, kind, kept, whole)
        if value is None and shared:
            kept = await asyncio.to_thread(self._from_shelf, stage, key)
            value = self._read(stage, kind, kept, whole)
            if value is not None and kept is not None:
                await self._bench.keep(stage, key, kept)
        if value is not None:
            return value[0]
        return await self._made(stage, key, kind, make, shared=shared, took=took)

    async def _made(
        self,
        stage: Step,
        key: str,
        kind: TypeAdapter[T],
        make: Callable[[], Awaitable[T]],
        *,
        shared: bool,
        took: Callable[[T], float] | None,
    ) -> T:
        self.still_ours()
        began = time.perf_counter()
        with tracing.span(f"stage {stage}", about=logs.bound()):
            value = await make()
        seconds = round(took(value) if took else time.perf_counter() - began, 3)
        self._count(stage, seconds)
        metrics.STAGE_SECONDS.labels(stage).observe(seconds)
        _log.info("line.unit_made", stage=str(stage), seconds=seconds)
        data = json.dumps({"seconds": seconds, "value": kind.dump_python(value, mode="json")}, ensure_ascii=False).encode()
        self.still_ours()
        if shared:
            await asyncio.to_thread(self._shelf.put, _place(stage, key), data)
        await self._bench.keep(stage, key, data)
        return value

    def still_ours(self) -> None:
        """Raises LeaseLost when the job is not ours any more."""
        if not self._bench.alive():
            raise LeaseLost("the lease was lost while a lesson was being made")

    def _read(self, stage: Step, kind: TypeAdapter[T], data: bytes | None, whole: Callable[[T], bool]) -> tuple[T] | None:
        """What was kept, None if nothing was, or if it is of another shape or points to what is gone."""
        if data is None:
            return None
        try:
            record = json.loads(data)
            value = kind.validate_python(record["value"])
        except (ValueError, KeyError, TypeError):
            return None
        if not whole(value):
            return None
        self._count(stage, float(record["seconds"]))
        return (value,)

    def _count(self, stage: Step, seconds: float) -> None:
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + seconds, 3)

    def _from_shelf(self, stage: Step, key: str) -> bytes | None:
        try:
            return self._shelf.get(_place(stage, key))
        except KeyError:
            return None


def _place(stage: Step, key: str) -> str:
    return f"work/{stage}-{key}.json"
