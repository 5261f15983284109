"""Words for people: what a status, a step, a failure, a length and a day are called on a page. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from vividly.requests.states import FailureCode, Status
from vividly.steps import Step

STATUS: Final[dict[Status, str]] = {
    Status.PENDING: "In line",
    Status.VALIDATING: "Being made",
    Status.GENERATING: "Being made",
    Status.CLARIFICATION_NEEDED: "Needs your answer",
    Status.COMPLETED: "Ready",
    Status.FAILED: "Did not work",
    Status.CANCELLED: "Stopped",
    Status.DECLINED: "Not for us",
}

# Step -> (what is done, one sentence about it).
STEP: Final[dict[Step, tuple[str, str]]] = {
    Step.UNDERSTANDING: ("Understanding your question", "Which part of which topic it is about."),
    Step.RETRIEVING: ("Finding the facts", "The passages that every sentence has to stand on."),
    Step.WRITING: ("Writing your lesson", "An explanation for your grade, told through something you like."),
    Step.NARRATING: ("Recording the voice", "Scene by scene, so that the pictures can follow the words."),
    Step.DRAWING: ("Drawing the scenes", "Every line appears when the voice gets to it."),
    Step.PACKAGING: ("Putting it together", "Captions, chapters and a quiz, and one last check of it all."),
}

FAILURE: Final[dict[FailureCode, str]] = {
    FailureCode.STAGE_FAILED: "A step could not be finished",
    FailureCode.ATTEMPTS_USED_UP: "It was tried several times, and failed every time",
    FailureCode.CRASHED_TOO_OFTEN: "The machine making it stopped several times",
    FailureCode.GATE_FAILED: "The lesson was made, but did not pass our checks",
    FailureCode.CONTRACT_BROKEN: "A fault inside our service",
    FailureCode.PROVIDER_REFUSED: "A service we rely on would not do its part",
}

IN_LINE: Final = "Your question is in line"

ALERT: Final[dict[str, str]] = {
    "self_harm": "wrote something that may be about hurting themselves. Please talk to them today.",
    "harm_to_student": "wrote something that may mean somebody is hurting them. Please talk to them today.",
}
# Declined with a message that is about the student, not about their question.
CARING: Final = frozenset({"self_harm", "harm_to_student"})
_ALERT_OTHERWISE: Final = "wrote something that a grown-up should talk with them about."


def status(code: Status, *, declined_code: str = "", for_teacher: bool = False) -> str:
    """What has become of a request, in a word or two."""
    if declined_code in CARING:
        return "Answered with care" if for_teacher else "A message for you"
    return STATUS[code]


def alert(kind: str) -> str:
    """What a teacher is told; never the student's own words."""
    return ALERT.get(kind, _ALERT_OTHERWISE)


def clock(seconds: float) -> str:
    """92.4 -> "1:32"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def day(at: datetime) -> str:
    """A date without a clock: the browser puts the reader's own in its place."""
    return f"{at:%b} {at.day}, {at.year}"


def estimate(seconds: int | None) -> str:
    """What may be expected, from measured history; empty if nobody knows."""
    if seconds is None:
        return ""
    if seconds >= 90:
        return f"Usually ready in about {round(seconds / 60)} minutes."
    return f"Usually ready in about {max(1, seconds)} second{'s' if seconds > 1 else ''}."


def step_name(code: str) -> str:
    """The name of a step as it stands in a sentence, e.g. "drawing the scenes"; unknown ones as they are."""
    if code in set(Step):
        name = STEP[Step(code)][0]
        return name[:1].lower() + name[1:]
    return code.replace("_", " ")
