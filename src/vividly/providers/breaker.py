"""Leaves a failing neighbour alone for a while instead of asking it again and again. Pure: the clock is given, nothing sleeps.

For calls over a network only: what runs in this process does not get better by waiting.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from enum import IntEnum
from threading import Lock
from weakref import WeakSet

from vividly import logs, metrics
from vividly.errors import TryAgainLater

_log = logs.get("breaker")
_all: WeakSet[Breaker] = WeakSet()


def resting() -> list[str]:
    """Every provider of this process that is left alone just now, and for how long."""
    return [one.resting for one in sorted(_all, key=lambda one: one.name) if one.state is State.OPEN]


class State(IntEnum):
    """As the metric shows it."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Opens after `failures` transient failures in a row, rests `rest` seconds, then lets one call through to find out.

    While it rests, `call` raises TryAgainLater(tried=False) at once: whoever asked comes back later and has lost no attempt.
    One per provider and process; safe between threads.
    """

    def __init__(
        self, name: str, *, failures: int = 5, rest: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._limit, self._rest, self._clock = failures, rest, clock
        self._failed, self._open_until, self._probing = 0, 0.0, False
        self._lock = Lock()
        _all.add(self)
        metrics.BREAKER.labels(name).set(State.CLOSED)
        metrics.BREAKER_OPENED.labels(name)

    @property
    def state(self) -> State:
        """Closed: calls go through. Open: none does. Half open: one does, or may."""
        if self._failed < self._limit:
            return State.CLOSED
        return State.OPEN if self._clock() < self._open_until else State.HALF_OPEN

    @property
    def resting(self) -> str:
        """For health pages, while it is open."""
        return f"{self.name}: left alone for another {max(self._open_until - self._clock(), 0.0):.0f} s"

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Around one call. TryAgainLater from inside counts as a failure; every other end says that the provider answers."""
        self._enter()
        try:
            yield
        except TryAgainLater as error:
            # Advice not to come at all (from a breaker further down) is no news of this provider.
            self._leave(failed=error.tried)
            raise
        except Exception:
            self._leave(failed=False)
            raise
        except BaseException:  # cancelled: nothing was learned, but the probe is over
            with self._lock:
                self._probing = False
            raise
        else:
            self._leave(failed=False)

    def _enter(self) -> None:
        with self._lock:
            state = self.state
            if state is State.OPEN or (state is State.HALF_OPEN and self._probing):
                after = max(self._open_until - self._clock(), 1.0)
                raise TryAgainLater(f"{self.name} is left alone", after=after, tried=False)
            self._probing = state is State.HALF_OPEN
            metrics.BREAKER.labels(self.name).set(state)

    def _leave(self, *, failed: bool) -> None:
        with self._lock:
            was = self.state
            self._probing = False
            self._failed = self._failed + 1 if failed else 0
            if self._failed >= self._limit:
                self._open_until = self._clock() + self._rest
            now = self.state
            metrics.BREAKER.labels(self.name).set(now)
            if now is State.OPEN and was is not State.OPEN:
                metrics.BREAKER_OPENED.labels(self.name).inc()
                _log.warning("breaker.opened", provider=self.name, seconds=self._rest)
            elif now is State.CLOSED and was is not State.CLOSED:
                _log.info("breaker.closed", provider=self.name)
