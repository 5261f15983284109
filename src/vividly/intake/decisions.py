"""What intake can say about a question: proceed, clarify or decline. Pure data, the room's whole vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Alert = Literal["none", "notice", "urgent"]


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity lifted out of the student's words: 3.0, "kilogram", "3 kg"; unit "" for a bare number (pint names)."""

    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a vague question could be meant. `id` is "<topic_id>/<facet>" and stays true between calls."""

    id: str
    label: str
    topic_id: str
    facet: str


@dataclass(frozen=True, slots=True)
class Proceed:
    """Clear enough to teach. `question` is what was understood: spelling repaired, personal data masked.

    `confidence` is the calibrated chance, 0 to 1, that the topic is right; `assumption` is said aloud in the lesson.
    """

    question: str
    topic_id: str
    topic_name: str
    facet: str
    facet_name: str
    confidence: float
    numbers: tuple[Number, ...] = ()
    repaired: tuple[tuple[str, str], ...] = ()
    assumption: str = ""
    reason: str = "clear"


@dataclass(frozen=True, slots=True)
class Clarify:
    """Several readings are plausible: one question in plain words and 2 to 4 real choices; free text is welcome too."""

    questions: tuple[str, ...]
    choices: tuple[Choice, ...]
    reasoning: str
    reason: str = "ambiguous"


@dataclass(frozen=True, slots=True)
class Decline:
    """No lesson, and a kind message that says why and what we can do. `alert`: who else should know ("urgent": a teacher, now).

    Codes: too_short, too_long, self_harm, harm_to_student, weapons, violence, drugs, sexual_content, hate, unkind_language,
    injection, personal_data, not_allowed, language, out_of_scope, topic_not_ready.
    """

    code: str
    message: str
    alert: Alert = "none"
    topic_id: str = ""
    topic_name: str = ""

    @property
    def reason(self) -> str:
        return self.code


Decision = Proceed | Clarify | Decline
