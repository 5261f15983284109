"""What each page shows: one frozen dataclass per template, and nothing else goes into it. Pure; knows no request and no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

StepState = Literal["done", "now", "next"]


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever is signed in, as the header shows them."""

    first_name: str
    email: str
    asks: bool
    teaches: bool
    operates: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around it. `here` names the entry of the navigation that is lit; `csrf` goes into every form."""

    title: str
    here: str
    who: Who | None
    csrf: str


@dataclass(frozen=True, slots=True)
class InterestChip:
    """`yours`: it stands in the student's profile, so it is offered first."""

    id: str
    name: str
    yours: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A real question that a pack answers, and the link that puts it into the question box."""

    question: str
    subject: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One request in a list. `at` is ISO 8601 for scripts, `when` the same for people; `poster` and `length` may be empty."""

    url: str
    lesson_id: str
    title: str
    question: str
    topic: str
    interest: str
    interest_id: str
    status: str
    status_words: str
    at: str
    when: str
    length: str
    poster: str
    student: str


@dataclass(frozen=True, slots=True)
class Landing:
    template: ClassVar[str] = "landing.html"
    frame: Frame
    examples: tuple[Example, ...]
    demo: bool


@dataclass(frozen=True, slots=True)
class DemoAccount:
    email: str
    role: str
    url: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """`problem` is empty or says why the last try failed; `back` is where to go afterwards, always a path of ours."""

    template: ClassVar[str] = "sign_in.html"
    frame: Frame
    email: str
    problem: str
    back: str
    demo_accounts: tuple[DemoAccount, ...]
    demo_password: str
    filled_password: str


@dataclass(frozen=True, slots=True)
class Ask:
    """`filing_key` makes a form that is sent twice one request."""

    template: ClassVar[str] = "ask.html"
    frame: Frame
    question: str
    problem: str
    interests: tuple[InterestChip, ...]
    other_interest: str
    grade: int
    grades: tuple[int, ...]
    examples: tuple[Example, ...]
    recent: tuple[Card, ...]
    filing_key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The head of every page of one request: what was asked, by whom, and what may be done with it."""

    request_id: str
    question: str
    grade: int
    interest: str
    interest_id: str
    student: str
    status: str
    seq: int
    mine: bool
    again_url: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """`name` is what is done, `detail` one sentence about it; `state` relative to the step at work."""

    code: str
    name: str
    detail: str
    state: StepState


@dataclass(frozen=True, slots=True)
class Waiting:
    """`stream_url` and `script_text` are what is ready already, empty until then. `estimate` is in words."""

    template: ClassVar[str] = "waiting.html"
    frame: Frame
    asked: Asked
    steps: tuple[StepRow, ...]
    progress: int
    headline: str
    estimate: str
    message: str
    script_text: str
    stream_url: str
    status_url: str
    events_url: str


@dataclass(frozen=True, slots=True)
class ChoiceButton:
    id: str
    label: str
    topic: str


@dataclass(frozen=True, slots=True)
class Choose:
    """The service asks back."""

    template: ClassVar[str] = "choose.html"
    frame: Frame
    asked: Asked
    questions: tuple[str, ...]
    choices: tuple[ChoiceButton, ...]
    reasoning: str
    problem: str
    own_words: str


@dataclass(frozen=True, slots=True)
class Declined:
    template: ClassVar[str] = "declined.html"
    frame: Frame
    asked: Asked
    message: str
    caring: bool
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    template: ClassVar[str] = "failed.html"
    frame: Frame
    asked: Asked
    step: str
    message: str
    reason: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    template: ClassVar[str] = "cancelled.html"
    frame: Frame
    asked: Asked


@dataclass(frozen=True, slots=True)
class Chapter:
    """`start` in seconds; `clock` is the same as m:ss."""

    title: str
    start: float
    clock: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the transcript; `chapter` is the heading to show before it, else empty."""

    start: float
    end: float
    clock: str
    text: str
    chapter: str


@dataclass(frozen=True, slots=True)
class QuizChoice:
    text: str
    correct: bool
    why: str


@dataclass(frozen=True, slots=True)
class QuizItem:
    """`again`: seconds to jump back to, None when nobody knows the moment."""

    number: int
    question: str
    choices: tuple[QuizChoice, ...]
    again: float | None
    again_clock: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    text: str
    book: str
    section: str
    licence: str
    link: str


@dataclass(frozen=True, slots=True)
class Download:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Watch:
    template: ClassVar[str] = "watch.html"
    frame: Frame
    asked: Asked
    lesson_id: str
    title: str
    topic: str
    seconds: float
    length: str
    video_url: str
    audio_url: str
    captions_url: str
    poster_url: str
    chapters: tuple[Chapter, ...]
    transcript: tuple[Spoken, ...]
    script_text: str
    takeaways: tuple[str, ...]
    assumptions: tuple[str, ...]
    quiz: tuple[QuizItem, ...]
    sources: tuple[SourceLine, ...]
    downloads: tuple[Download, ...]
    may_rate: bool
    thanks: bool


@dataclass(frozen=True, slots=True)
class TopicChoice:
    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Lessons:
    """`looked`: whether anything was searched for; `older` is a link, empty at the end; `partial`: not all was searched."""

    template: ClassVar[str] = "lessons.html"
    frame: Frame
    search: str
    since: str
    topics: tuple[TopicChoice, ...]
    cards: tuple[Card, ...]
    looked: bool
    older: str
    partial: bool


@dataclass(frozen=True, slots=True)
class StudentRow:
    name: str
    grade: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """What a teacher must see; never the student's words."""

    alert_id: str
    student: str
    words: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class Class:
    template: ClassVar[str] = "class.html"
    frame: Frame
    students: tuple[StudentRow, ...]
    chosen: str
    alerts: tuple[AlertRow, ...]
    cards: tuple[Card, ...]
    older: str


@dataclass(frozen=True, slots=True)
class ProbeRow:
    name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """Is the service ready? The same probes as /health/ready."""

    template: ClassVar[str] = "operator.html"
    frame: Frame
    ready: bool
    probes: tuple[ProbeRow, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error page that helps: what happened, and what to do about it."""

    template: ClassVar[str] = "problem.html"
    frame: Frame
    status: int
    headline: str
    message: str
    action: str
    action_url: str


Life = Waiting | Choose | Declined | Failed | Cancelled | Watch
View = Landing | SignIn | Ask | Life | Lessons | Class | Operator | Problem
