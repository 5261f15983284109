"""What `/push` answers, in one table. Pure: no I/O, no HTTP library."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

Door = Literal["embedded", "pubsub"]


class Outcome(StrEnum):
    """Everything that can become of one push; never a bool."""

    UNAUTHORIZED = "unauthorized"
    POISON = "poison"
    POISON_AGAIN = "poison_again"
    NEWER = "newer"
    UNKNOWN_REQUEST = "unknown_request"
    OVER = "over"
    HELD = "held"
    READY = "ready"
    BURIED = "buried"
    AWAY = "away"
    STOPPING = "stopping"


# Google's service takes every status but 102, 200, 201, 202 and 204 for "send it again", 400 too. So a message that
# nobody can take is kept, refused once as the contract says, and acknowledged when it comes again.
ANSWERS: Final[dict[Outcome, dict[Door, int]]] = {
    Outcome.UNAUTHORIZED: {"embedded": 401, "pubsub": 401},
    Outcome.POISON: {"embedded": 400, "pubsub": 400},
    Outcome.POISON_AGAIN: {"embedded": 400, "pubsub": 200},
    Outcome.NEWER: {"embedded": 503, "pubsub": 503},
    Outcome.UNKNOWN_REQUEST: {"embedded": 503, "pubsub": 503},
    Outcome.OVER: {"embedded": 200, "pubsub": 200},
    Outcome.HELD: {"embedded": 200, "pubsub": 200},
    Outcome.READY: {"embedded": 200, "pubsub": 200},
    Outcome.BURIED: {"embedded": 200, "pubsub": 200},
    Outcome.AWAY: {"embedded": 503, "pubsub": 503},
    Outcome.STOPPING: {"embedded": 503, "pubsub": 503},
}
