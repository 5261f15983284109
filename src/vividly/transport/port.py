"""How a knock travels from the outbox to a worker. The row is the truth: a message may be lost, doubled or late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

REQUESTS_TOPIC: Final = "content-generation-requests"
DEAD_LETTER_TOPIC: Final = "content-generation-dead-letters"
SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Message:
    """A knock: ids, never content. `event_id` stays the same however often the message is published."""

    event_id: UUID
    topic: str
    payload: dict[str, object]
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queued:
    """A message out of the outbox; `attempts` counts this one."""

    outbox_id: int
    message: Message
    attempts: int


class Receipt(StrEnum):
    """What became of one message."""

    TAKEN = "taken"
    NOT_YET = "not_yet"
    REJECTED = "rejected"


class Transport(Protocol):
    """Carries messages. Publishing the same message twice is always allowed."""

    async def publish(self, messages: Sequence[Queued]) -> tuple[Receipt, ...]:
        """One receipt for each message, in order, after at most the transport's own deadline. Never raises for a message."""
        ...

    async def close(self) -> None: ...
