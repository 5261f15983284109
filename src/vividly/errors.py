"""The errors of the house, sorted by who must act. HTTP codes belong to the doors, exit codes to the command line.

VividlyError
├── NotPossible    the caller must change something       (code, message safe to show)
├── TryAgainLater  nobody: the same call works later      (after, seconds)
├── Refused        the student should be told why         (code, message safe to show)
├── Misconfigured  the operator must change a setting     (setting, message)
└── LeaseLost      this worker no longer owns the job: stop, write nothing
"""

from __future__ import annotations


class VividlyError(Exception):
    """Root of the house's own errors."""


class NotPossible(VividlyError):
    """The caller asked for something that cannot be done as asked. `message` is written for the caller and safe to show."""

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.field = code, message, field


class TryAgainLater(VividlyError):
    """A neighbour is away for a moment; the same call may succeed after `after` seconds.

    `tried`: False when nothing was attempted (the neighbour is being left alone), so that no attempt is counted.
    """

    def __init__(self, reason: str, *, after: float = 5.0, tried: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.after, self.tried = reason, after, tried


class Refused(VividlyError):
    """We will not answer this, and the student is told so kindly. `message` is written for the student."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class Misconfigured(VividlyError):
    """The operator must change `setting` before this can work."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f"{setting}: {message}")
        self.setting, self.message = setting, message


class LeaseLost(VividlyError):
    """Another worker owns the job now; whoever sees this stops and writes nothing."""
