"""What a content request is, as frozen data. Pure: no I/O, no clock, no SQL; knows nothing of HTTP, of intake or of the kitchen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType
from uuid import UUID

from vividly.library.model import Lesson
from vividly.requests.states import TERMINAL, Event, FailureCode, Status
from vividly.steps import Modality, Step

RequestId = NewType("RequestId", UUID)

# A student is asked back at most this often; then the service goes on with a stated assumption.
MAX_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in the student's words: 3 "kilogram" as "3 kg"; unit "" for a bare number."""

    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One way a vague question could be meant."""

    id: str
    label: str
    topic_id: str
    facet: str


@dataclass(frozen=True, slots=True)
class Clarification:
    """What the student is asked. `requested_at` is set by the database."""

    questions: tuple[str, ...]
    options: tuple[Option, ...]
    reasoning: str = ""
    requested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Go:
    """The question is understood: make the lesson. `work_key` names the lesson; equal keys share one piece of work."""

    topic_id: str
    facet: str
    work_key: str
    topic_name: str = ""
    confidence: float = 1.0
    numbers: tuple[Quantity, ...] = ()
    repaired: str = ""
    assumptions: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class AskBack:
    """The question is vague: ask before anything is made."""

    clarification: Clarification
    message: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a teacher must see. `kind` is a word such as "self_harm", never the student's words."""

    tier: Literal["urgent", "notice"]
    kind: str


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Not for us, or not safe; `message` is written for the student."""

    code: str
    message: str
    alert: Alert | None = None


Verdict = Go | AskBack | TurnAway


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What the door files.

    `body_hash`: SHA-256 of the parsed body, compared when an idempotency key comes again. `decision`: the door's own
    facts, kept as given, so that a replay can answer what was answered before.
    """

    school_id: UUID
    student_id: UUID
    filed_by: UUID
    question: str
    grade_level: int
    interest: str
    verdict: Verdict
    body_hash: bytes
    interest_asked: str = ""
    modalities: tuple[Modality, ...] = (Modality.VIDEO,)
    preferred_modality: Modality = Modality.VIDEO
    idempotency_key: str | None = None
    estimated_seconds: int = 20
    decision: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood, beside `topic_id` and `facet`."""

    topic_name: str = ""
    confidence: float = 0.0
    numbers: tuple[Quantity, ...] = ()
    repaired: str = ""
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed; `message` is safe to show."""

    code: FailureCode
    step: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a student answered: an option's id and label, or words of their own."""

    option_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a status page shows, as of event `seq`. `partial`: what is ready already (shelf keys and texts by name)."""

    request_id: RequestId
    correlation_id: str
    school_id: UUID
    student_id: UUID
    filed_by: UUID
    question: str
    grade_level: int
    interest: str
    interest_asked: str
    modalities: tuple[Modality, ...]
    preferred_modality: Modality
    status: Status
    epoch: int
    seq: int
    progress: int
    step: Step | None
    topic_id: str
    facet: str
    cache_key: str
    understanding: Understanding
    declined_code: str
    decision: dict[str, object]
    clarification: Clarification | None
    rounds: int
    answers: tuple[Answer, ...]
    partial: dict[str, str]
    message: str
    estimated_seconds: int | None
    lesson: Lesson | None
    failure: Failure | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def over(self) -> bool:
        """Nothing more happens to it by itself."""
        return self.status in TERMINAL


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a filed request; `replayed`: the same key and body had been filed before."""

    snapshot: Snapshot
    replayed: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of a request's history; `seq` counts from 1 without gaps and is the `Last-Event-ID` of streams."""

    seq: int
    epoch: int
    type: Event
    from_status: Status | None
    to_status: Status
    terminal: bool
    step: Step | None
    progress: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of requests, newest first; `next` opens the following page, None on the last."""

    items: tuple[Snapshot, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A worker's claim ticket. Every write of a worker names it; a ticket that is no longer good raises LeaseLost."""

    request_id: RequestId
    token: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in a worker's hands: the request as it stands, and how often it was tried."""

    hold: Hold
    request: Snapshot
    attempt: int
    crashes: int
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed request as an operator sees it: `error` is what the last worker wrote down, for operators only."""

    request_id: RequestId
    correlation_id: str
    code: FailureCode
    step: str
    epoch: int
    finished_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Story:
    """One request for an operator. `history`: (at, epoch, what, status, step, progress, lease token, actor) each;
    `acts`: (at, actor, act, reason) each; `job`: its state in words, "" if there is none.
    """

    request: Snapshot
    history: tuple[tuple[datetime, int, str, str, str, int, int | None, str], ...]
    job: str
    acts: tuple[tuple[datetime, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep set right; every number should be 0 on a quiet day."""

    freed: tuple[RequestId, ...] = ()
    buried: tuple[RequestId, ...] = ()
    rung: tuple[RequestId, ...] = ()
    unsent: int = 0
