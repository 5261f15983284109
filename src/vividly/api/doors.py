"""What a door needs to do its work: built once by wiring, handed to the JSON door and to the pages alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from fastapi import Request

from vividly.accounts.tokens import TokenKeys
from vividly.api.happenings import Happenings
from vividly.api.verdicts import Intake, KeyOf
from vividly.curriculum.loader import Interest, TopicName
from vividly.db.engine import Pool
from vividly.delivery import MediaSigner
from vividly.requests.figures import Figures
from vividly.requests.model import RequestId
from vividly.shelf.port import Shelf

# Names of what is wrong, in words for an operator; empty when all is well.
Probe = Callable[[], Awaitable[list[str]]]


class Toucher(Protocol):
    """Tells other processes that a request changed (requests.notify.Notifier)."""

    def touch(self, request_id: RequestId) -> None: ...


@dataclass(slots=True)
class Estimate:
    """The measured seconds a lesson takes, and until when (monotonic clock) they need not be looked up again."""

    seconds: int = 0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """Values of the settings that a door uses.

    `public_url`: where the outside sees us, "" to answer with the address we were called by. `open_registration`:
    whoever registers may sign in at once; else they wait for their school.
    """

    public_url: str = ""
    secure_cookies: bool = False
    open_registration: bool = False
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything behind the doors. `wake` rings the relay after a commit; `stopping` is set when the process is to end."""

    pool: Pool
    keys: TokenKeys
    cookie_key: bytes
    intake: Intake
    key_of: KeyOf
    shelf: Shelf
    signer: MediaSigner
    happenings: Happenings
    notifier: Toucher
    wake: Callable[[], None]
    topics: tuple[TopicName, ...]
    interests: tuple[Interest, ...]
    probes: dict[str, Probe]
    settings: DoorSettings = field(default_factory=DoorSettings)
    figures: Figures | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    estimate: Estimate = field(default_factory=Estimate)


def doors_of(request: Request) -> Doors:
    """The doors of the app that answers this request."""
    return cast("Doors", request.app.state.doors)
