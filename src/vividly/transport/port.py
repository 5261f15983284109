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
EVENT_ID: Final = "event_id"  # attribute: what stays the same when a broker makes copies with ids of their own


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


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a subscription handed out, as the body of a push request would say it; `ticket` answers it."""

    ticket: str
    body: bytes


class Transport(Protocol):
    """Carries messages. Publishing the same message twice is always allowed."""

    async def publish(self, messages: Sequence[Queued]) -> tuple[Receipt, ...]:
        """One receipt for each message, in order, after at most the transport's own deadline. Never raises for a message.

        TryAgainLater, Misconfigured: the transport itself is away or not set up; every message is to be published again.
        """
        ...

    async def close(self) -> None: ...


class Subscription(Protocol):
    """Hands messages out instead of pushing them. Each may come again, whatever was answered."""

    async def pull(self, *, limit: int) -> tuple[Delivery, ...]:
        """Waits for messages a good while, then returns none. TryAgainLater, Misconfigured."""
        ...

    async def acknowledge(self, tickets: Sequence[str]) -> None: ...

    async def give_back(self, tickets: Sequence[str]) -> None:
        """Not taken: they are to come again."""
        ...

    async def close(self) -> None: ...
