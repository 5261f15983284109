"""What is known of a run when it is over: plain rows, the same from a database and from the model. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    id: str
    school: str
    status: str
    epoch: int
    seq: int
    progress: int


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a history. `valid`: was its lease the one in force when it was written? (True for rows without a lease.)"""

    request: str
    seq: int
    epoch: int
    type: str
    start: str | None
    end: str
    terminal: bool
    progress: int
    token: int | None = None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """A lease given to somebody, or taken from somebody. `live`: the old one had not run out at that moment."""

    request: str
    epoch: int
    token: int
    live: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Somebody began a stage. `n`: the moment just before they asked whether it was finished."""

    n: int
    request: str
    epoch: int
    stage: str
    token: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished stage was written, at moment `n`. `valid` as for events."""

    n: int
    request: str
    epoch: int
    stage: str
    token: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """Somebody was told that their stage, and so what was paid for it, is written down."""

    request: str
    epoch: int
    stage: str
    token: int


@dataclass(frozen=True, slots=True)
class Note:
    """A row of the outbox."""

    event: str
    request: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A message left the relay. `known`: was its row committed then? `taken`: did the transport take it?"""

    event: str
    known: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A client was told that its question is accepted."""

    request: str
    by: str
    key: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Push:
    """One delivery to `/push` and its answer. `durable`: had a commit named this message when the answer left?"""

    key: str
    poison: bool
    status: int
    durable: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a watcher saw on one stream. `ended`: the stream said that nothing more comes."""

    stream: str
    school: str
    request: str
    seq: int
    ended: bool = False


@dataclass(slots=True)
class Evidence:
    """`settled`: faults have stopped, and everybody had time. `twice`: what a poison message may cost at this door."""

    requests: dict[str, Request] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    outbox: list[Note] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    quarantined: frozenset[str] = frozenset()
    settled: bool = True
    poison_may_come: int = 2

    def histories(self) -> dict[str, list[Event]]:
        """Events by request, in order."""
        found: dict[str, list[Event]] = {one: [] for one in self.requests}
        for event in sorted(self.events, key=lambda one: (one.request, one.seq)):
            found.setdefault(event.request, []).append(event)
        return found
