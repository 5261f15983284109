"""Loads what lessons are made with, in the background, and says what could not be loaded. Knows no model by name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from vividly import logs
from vividly.errors import Misconfigured

_log = logs.get("warming")


class Warming:
    """`loads`: name -> what loads it, blocking; each is tried once, in order, in a thread."""

    def __init__(self, loads: Mapping[str, Callable[[], object]]) -> None:
        self._loads = dict(loads)
        self._problems = dict.fromkeys(loads, "is being loaded")

    def problems(self) -> list[str]:
        """What is not loaded, by name, in words for an operator."""
        return [f"{name}: {problem}" for name, problem in self._problems.items()]

    async def probe(self) -> list[str]:
        return self.problems()

    async def run(self) -> None:
        """Load everything. Never raises: what is missing is said, and whoever needs it will fail by itself."""
        for name, load in self._loads.items():
            began = time.monotonic()
            try:
                await asyncio.to_thread(load)
            except Misconfigured as error:
                self._problems[name] = error.message
                _log.error("warming.not_loaded", what=name, problem=error.message)
            except Exception as error:  # noqa: BLE001 - whatever it is, the process lives and says so
                self._problems[name] = f"could not be loaded ({type(error).__name__})"
                _log.exception("warming.not_loaded", what=name)
            else:
                del self._problems[name]
                _log.info("warming.loaded", what=name, seconds=round(time.monotonic() - began, 2))
