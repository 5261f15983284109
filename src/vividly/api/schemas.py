"""The shapes that cross the JSON door. pydantic lives here and in the routes, nowhere deeper."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from vividly.api.words import Answer, Email, Name, NewPassword, Note, Password, Query, ShortText
from vividly.requests.states import Event, Status
from vividly.steps import Modality, Role, Step


class Body(BaseModel):
    """What comes in: unknown fields are ignored, as they always were."""

    model_config = ConfigDict(extra="ignore")


# --- sign-in ------------------------------------------------------------------------------------------------------------


class LoginBody(Body):
    email: Annotated[Email, Field(examples=["student@demo.school"])]
    password: Annotated[Password, Field(examples=["Demo-pass-2026"])]


class RegisterBody(Body):
    email: Email
    password: Annotated[NewPassword, Field(description="at least 10 characters, at least 4 different ones")]
    first_name: Name
    last_name: Name
    grade_level: Annotated[int | None, Field(ge=1, le=12)] = None
    interests: Annotated[list[ShortText], Field(max_length=12)] = []
    organization_id: Annotated[UUID | None, Field(description="the school; not needed where there is only one")] = None


class RefreshBody(Body):
    refresh_token: Annotated[str, Field(min_length=1, max_length=512)]


class User(BaseModel):
    user_id: UUID
    email: str
    first_name: str
    last_name: str
    role: Role
    status: str
    grade_level: int | None
    interests: list[str]
    created_at: datetime
    last_login_at: datetime | None
    organization_id: UUID


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a word, not a secret
    expires_in: Annotated[int, Field(description="seconds until the access token ends")]


class SignedIn(Tokens):
    user: User


# --- questions ----------------------------------------------------------------------------------------------------------


class GenerateBody(Body):
    student_query: Annotated[
        Query,
        Field(
            description="3 to 500 characters after trimming",
            examples=["Why does a book not fall through a table?"],
        ),
    ]
    student_id: Annotated[UUID | None, Field(description="a student may only name themselves")] = None
    grade_level: Annotated[int | None, Field(ge=1, le=12, description="below 9 is served at the 9th-grade level")] = None
    interest: Annotated[ShortText | None, Field(examples=["basketball"])] = None
    requested_modalities: Annotated[list[Modality], Field(min_length=1, max_length=4)] = [Modality.VIDEO]
    preferred_modality: Modality = Modality.VIDEO


class ClarifyBody(Body):
    """One of the two: an option's id, or words of one's own. If both come, the option decides."""

    option_id: Annotated[str | None, Field(max_length=200)] = None
    answer: Answer | None = None


class OptionOut(BaseModel):
    """One way the question could be meant."""

    id: str
    label: str
    topic_id: str
    facet: str


class Accepted(BaseModel):
    """The answer to a filed question; every field is always there."""

    status: Status
    request_id: UUID
    cache_key: str | None
    message: str
    content_url: str | None
    estimated_completion_seconds: int | None
    clarifying_questions: list[str]
    options: list[OptionOut]
    status_url: str
    events_url: str


class ClarificationOut(BaseModel):
    clarifying_questions: list[str]
    options: list[OptionOut]
    reasoning: str
    requested_at: datetime | None


class Metadata(BaseModel):
    """What older clients read."""

    clarification: ClarificationOut | None = None


class StatusOut(BaseModel):
    """Everything about one request; fields that do not belong to its status are null."""

    request_id: UUID
    correlation_id: Annotated[str, Field(pattern=r"^req_[0-9a-f]{16}$")]
    status: Status
    progress_percentage: Annotated[int, Field(ge=0, le=100, description="never falls; 100 exactly when completed")]
    current_stage: Step | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    student_id: UUID
    student_query: str
    grade_level: int
    interest: str
    message: str
    estimated_completion_seconds: int | None
    epoch: int
    seq: Annotated[int, Field(description="number of the newest event")]
    topic_id: str | None
    facet: str | None
    video_url: str | None = None
    audio_url: str | None = None
    script_text: str | None = None
    thumbnail_url: str | None = None
    captions_url: str | None = None
    lesson_url: str | None = None
    lesson_id: str | None = None
    stream_url: Annotated[str | None, Field(description="HLS; grows while the lesson is made")] = None
    error_message: str | None = None
    error_stage: str | None = None
    error_details: dict[str, str] | None = None
    failed_at: datetime | None = None
    clarifying_questions: list[str] = []
    options: list[OptionOut] = []
    reasoning: str | None = None
    requested_at: datetime | None = None
    request_metadata: Metadata = Metadata()


class RequestLine(BaseModel):
    """One line of the list of requests."""

    request_id: UUID
    status: Status
    student_id: UUID
    student_query: str
    progress_percentage: int
    created_at: datetime
    completed_at: datetime | None
    topic_id: str | None
    lesson_id: str | None
    title: str | None
    status_url: str


class RequestPage(BaseModel):
    items: list[RequestLine]
    next: Annotated[str | None, Field(description="`after` of the next page; null on the last")]


class EventOut(BaseModel):
    """The `data` of one event of the stream; its `id` is `seq`."""

    request_id: UUID
    seq: int
    event: Event
    status: Status
    epoch: int
    progress_percentage: int
    current_stage: Step | None
    terminal: bool
    at: datetime


# --- lessons ------------------------------------------------------------------------------------------------------------


class SectionOut(BaseModel):
    title: str
    content: str
    duration_seconds: float
    start_seconds: float
    picture: Annotated[str, Field(description="what is to be seen, in words")]
    sources: list[str]


class CueOut(BaseModel):
    start: float
    end: float
    text: str


class QuizChoiceOut(BaseModel):
    text: str
    correct: bool
    why: str


class QuizOut(BaseModel):
    question: str
    choices: list[QuizChoiceOut]
    starts_at: Annotated[float | None, Field(description="seconds into the lesson where it is explained")]


class SourceOut(BaseModel):
    id: str
    text: str
    book: str
    section: str
    licence: str
    link: str


class Urls(BaseModel):
    """Signed for ten minutes; read the lesson again for fresh ones."""

    video: str | None
    audio: str | None
    captions: str | None
    subtitles: str | None
    chapters: str | None
    poster: str | None
    transcript: str | None
    stream: str | None
    script: str | None
    quiz: str | None
    sources: str | None
    manifest: str | None


class LessonOut(BaseModel):
    lesson_id: str
    title: str
    hook: str
    topic_id: str
    topic_name: str
    facet: str
    interest: str
    grade_level: int
    duration_seconds: float
    author: str
    assumptions: list[str]
    script: list[SectionOut]
    script_text: str
    key_takeaways: list[str]
    chapters: list[CueOut]
    captions: list[CueOut]
    quiz: list[QuizOut]
    sources: list[SourceOut]
    urls: Urls


class FeedbackBody(Body):
    rating: Annotated[int, Field(ge=1, le=5)]
    kind: Literal["helpful", "confusing", "inaccurate", "inappropriate", "technical_issue"]
    note: Note = ""


class TopicOut(BaseModel):
    topic_id: str
    subject: str
    name: str
    grades: tuple[int, int]
    ready: Annotated[bool, Field(description="lessons can be made on it")]


class TopicsOut(BaseModel):
    items: list[TopicOut]


class InterestOut(BaseModel):
    interest_id: str
    name: str


class InterestsOut(BaseModel):
    items: list[InterestOut]


# --- health -------------------------------------------------------------------------------------------------------------


class Live(BaseModel):
    status: Literal["alive"] = "alive"


class Check(BaseModel):
    name: str
    ok: bool
    problems: Annotated[list[str], Field(description="what is missing, by name, and what to do")]


class Ready(BaseModel):
    status: Literal["ready", "not_ready"]
    checks: list[Check]
