"""Rule 1: everything that says what a request may become lives here, in one table. Pure: no I/O, no clock, no SQL.

Migrations seed the database's lookup and edge tables from this declaration, the API's schema and the diagram in the
docs are generated from it, and every process compares it with the database before it works.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The life of a content request, as the outside sees it. The order is the order of progress within an epoch."""

    PENDING = "pending"
    VALIDATING = "validating"
    GENERATING = "generating"
    CLARIFICATION_NEEDED = "clarification_needed"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Event(StrEnum):
    """What can be recorded about a request, in the past participle."""

    ACCEPTED = "accepted"
    MOVED = "moved"
    PROGRESSED = "progressed"
    ASKED = "asked"
    ANSWERED = "answered"
    RETRIED = "retried"
    REPLAYED = "replayed"


class FailureCode(StrEnum):
    """Why a request failed, for people and for operators' alarms; no code branches on the words shown for it."""

    STAGE_FAILED = "stage_failed"
    ATTEMPTS_USED_UP = "attempts_used_up"
    CRASHED_TOO_OFTEN = "crashed_too_often"
    GATE_FAILED = "gate_failed"
    CONTRACT_BROKEN = "contract_broken"
    PROVIDER_REFUSED = "provider_refused"


S = Status

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.PENDING: frozenset({S.VALIDATING, S.CANCELLED, S.FAILED}),
    S.VALIDATING: frozenset({S.GENERATING, S.CLARIFICATION_NEEDED, S.DECLINED, S.COMPLETED, S.CANCELLED, S.FAILED}),
    S.GENERATING: frozenset({S.COMPLETED, S.CLARIFICATION_NEEDED, S.DECLINED, S.CANCELLED, S.FAILED}),
    S.CLARIFICATION_NEEDED: frozenset({S.PENDING, S.CANCELLED}),
    S.FAILED: frozenset({S.PENDING}),
    S.COMPLETED: frozenset(),
    S.DECLINED: frozenset(),
    S.CANCELLED: frozenset(),
}

# A request is born in one of these: accepted, asked back at the door, or declined at the door.
BIRTHS: frozenset[Status] = frozenset({S.PENDING, S.CLARIFICATION_NEEDED, S.DECLINED})

# Nothing more happens to these by themselves (a failed one may be retried by a person).
TERMINAL: frozenset[Status] = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED, S.DECLINED})

# These transitions open a new epoch: within one, a status never moves backward.
NEW_EPOCH: frozenset[tuple[Status, Status]] = frozenset({(S.CLARIFICATION_NEEDED, S.PENDING), (S.FAILED, S.PENDING)})


def may_become(current: Status, target: Status) -> bool:
    """Is there an edge from `current` to `target`?"""
    return target in TRANSITIONS[current]


def edges() -> tuple[tuple[Status, Status], ...]:
    """Every allowed transition, in declaration order."""
    return tuple((start, end) for start in Status for end in Status if end in TRANSITIONS[start])


def order(status: Status) -> int:
    """Position within an epoch; a later status never has a lower one, but for the edges of NEW_EPOCH."""
    return list(Status).index(status)
