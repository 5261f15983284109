"""The kitchen as the runner sees it: opened in the background, so that the door need not wait for models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from vividly.pipeline.artifacts import Inquiry, Outcome
from vividly.pipeline.bench import Bench
from vividly.pipeline.tools import Tools


class LateKitchen:
    """`opened` brings the tools, blocking, and is called once; who needs them earlier waits. If it raises, the next tries again."""

    def __init__(self, opened: Callable[[], Tools]) -> None:
        self._opened, self._one = opened, threading.Lock()
        self._tools: Tools | None = None

    def tools(self) -> Tools:
        """Blocking. Raises what `opened` raises."""
        with self._one:
            if self._tools is None:
                self._tools = self._opened()
            return self._tools

    async def __call__(self, inquiry: Inquiry, bench: Bench) -> Outcome:
        tools = await asyncio.to_thread(self.tools)
        from vividly.pipeline import line  # noqa: PLC0415  # a second, which `opened` has spent already

        return await line.run(inquiry, tools=tools, bench=bench)
