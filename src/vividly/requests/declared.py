"""What this build may write, gathered for the gate that compares it with the database. Pure; knows no SQL."""

from __future__ import annotations

from vividly.db.contract import Declared
from vividly.requests.states import BIRTHS, NEW_EPOCH, TERMINAL, Event, FailureCode, Status, edges
from vividly.steps import Role, Step


def declared() -> Declared:
    """Every word and every edge, as declared in `states` and `steps`; words as plain strings, in their order."""
    return Declared(
        statuses=tuple(status.value for status in Status),
        transitions=tuple((start.value, end.value) for start, end in edges()),
        new_epoch=frozenset((start.value, end.value) for start, end in NEW_EPOCH),
        births=frozenset(status.value for status in BIRTHS),
        terminal=frozenset(status.value for status in TERMINAL),
        steps=tuple(step.value for step in Step),
        roles=tuple(role.value for role in Role),
        event_types=tuple(event.value for event in Event),
        failure_codes=tuple(code.value for code in FailureCode),
    )
