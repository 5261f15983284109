"""Finished units of work -> percent. Pure; a figure never falls, and 100 is not its to say."""

from __future__ import annotations

from typing import Final

from vividly.steps import Step

# Shares of the time a lesson takes, measured roughly; narrating and drawing take turns, scene by scene.
_SHARES: Final[dict[Step, int]] = {
    Step.UNDERSTANDING: 2,
    Step.RETRIEVING: 3,
    Step.WRITING: 10,
    Step.NARRATING: 35,
    Step.DRAWING: 44,
    Step.PACKAGING: 6,
}


class Meter:
    """Sums the shares of what is done. `start`: what an earlier worker has reached already."""

    def __init__(self, start: int = 0) -> None:
        self._percent = start
        self._done = dict.fromkeys(Step, 0.0)

    def reached(self, step: Step, *, done: int, total: int) -> int:
        """Percent, 0 to 99, after `done` of `total` units of this step (a total of 0: nothing to do, so all is done)."""
        part = 1.0 if total <= 0 else min(max(done / total, 0.0), 1.0)
        self._done[step] = max(self._done[step], part)
        percent = int(sum(_SHARES[one] * part for one, part in self._done.items()))
        self._percent = max(self._percent, min(percent, 99))
        return self._percent
