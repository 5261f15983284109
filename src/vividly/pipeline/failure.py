"""How the kitchen says that a lesson cannot be made: which stage, and why. Never an empty success."""

from __future__ import annotations

from vividly.errors import VividlyError
from vividly.steps import Step


class StageFailed(VividlyError):
    """Trying again will not help: what was written or drawn is not good enough. `reason` is for operators, without student words."""

    def __init__(self, stage: Step, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage, self.reason = stage, reason

    def __reduce__(self) -> tuple[type[StageFailed], tuple[Step, str]]:
        """It travels between processes: a drawing process raises it, the line sees it."""
        return StageFailed, (self.stage, self.reason)
