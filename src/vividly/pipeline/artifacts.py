"""What the kitchen's stages hand to each other. Pure data: no I/O, no clock, no randomness, no request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vividly.curriculum.schema import Analogy, Facet, Pack, Situation
from vividly.providers.port import WordTime

SceneRole = Literal["hook", "answer", "idea", "formula", "analogy", "numbers", "misconception", "recap", "quiz"]


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity lifted out of the student's words, e.g. 3 "kilogram"; unit "" for a bare number."""

    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question, understood: what the kitchen cooks from. `facet` and `topic_id` may be empty until understood."""

    question: str
    grade: int
    interest: str
    topic_id: str = ""
    facet: str = ""
    numbers: tuple[Number, ...] = ()
    interest_asked: str = ""
    style: Literal["standard"] = "standard"
    assumptions: tuple[str, ...] = ()
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a sentence stands on."""

    passage_id: str
    text: str
    book: str
    section: str
    licence: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What retrieval found for an inquiry: all that an author may use.

    `situation`: the everyday situation of the facet that the question is about, if one fits.
    `analogy`: the one for `interest` and this facet; `interest` is the one really served, which may be the nearest to what was asked.
    `sources`: every citable passage of the facet, ids "<topic_id>/<facet>/<answer | passage id | situation id>".
    """

    pack: Pack
    facet: Facet
    situation: Situation | None
    analogy: Analogy | None
    interest: str
    interest_name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the script, as it is written on screen and in captions. Factual lines name their passages."""

    text: str
    sources: tuple[str, ...] = ()
    factual: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: what is said and the picture it is said over (data of a studio picture)."""

    scene_id: str
    role: SceneRole
    heading: str
    lines: tuple[Line, ...]
    picture: dict[str, object]


@dataclass(frozen=True, slots=True)
class QuizChoice:
    text: str
    correct: bool
    why: str


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """`scene_id`: the scene to jump back to from its explanation."""

    question: str
    choices: tuple[QuizChoice, ...]
    scene_id: str = ""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A whole lesson on paper: verified before anything is narrated."""

    title: str
    hook: str
    topic_id: str
    topic_name: str
    facet: str
    interest: str
    interest_name: str
    grade: int
    author: str
    scenes: tuple[Scene, ...]
    takeaways: tuple[str, str, str]
    quiz: tuple[QuizQuestion, ...]
    sources: tuple[Source, ...]
    assumptions: tuple[str, ...] = ()
    checks: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaptionCue:
    """One caption, seconds from the start of its scene (or of the lesson, once joined)."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Narration:
    """A scene's speech, measured. `words` are the *display* words with times; the samples lie on the shelf or beside it."""

    scene_id: str
    seconds: float
    words: tuple[WordTime, ...]
    line_times: tuple[tuple[float, float], ...]
    cues: tuple[CaptionCue, ...]
    audio_key: str
    rate: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a vague question could be meant."""

    id: str
    label: str
    topic_id: str
    facet: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The kitchen's happy end: a checked bundle lies on the shelf under `prefix`."""

    lesson_id: str
    prefix: str
    title: str
    topic_id: str
    facet: str
    interest: str
    grade: int
    seconds: float
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """The kitchen must ask back."""

    questions: tuple[str, ...]
    choices: tuple[Choice, ...]
    reasoning: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The kitchen will not answer; `message` is for the student."""

    code: str
    message: str


Outcome = Finished | Question | Declined
