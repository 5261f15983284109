"""From a request to what the kitchen cooks from, and from its dish to the catalogue. Pure: the worker has both keys."""

from __future__ import annotations

from vividly.library.model import Lesson
from vividly.pipeline.artifacts import Finished, Inquiry, Number, Question
from vividly.requests.model import Clarification, Option, Snapshot


def inquiry_of(request: Snapshot) -> Inquiry:
    """What was understood of a request."""
    understood = request.understanding
    return Inquiry(
        question=request.question,
        grade=request.grade_level,
        interest=request.interest,
        topic_id=request.topic_id,
        facet=request.facet,
        numbers=tuple(Number(value=n.value, unit=n.unit, text=n.text) for n in understood.numbers),
        interest_asked=request.interest_asked,
        assumptions=understood.assumptions,
        rounds=request.rounds,
    )


def lesson_of(finished: Finished, *, request: Snapshot) -> Lesson:
    """The catalogue's row. Without a work key the lesson is this request's own and never given to another."""
    return Lesson(
        lesson_id=finished.lesson_id,
        work_key=request.cache_key or f"request:{request.request_id}:{request.epoch}",
        prefix=finished.prefix,
        title=finished.title,
        topic_id=finished.topic_id,
        facet=finished.facet,
        interest=finished.interest,
        grade_level=finished.grade,
        seconds=finished.seconds,
        files=finished.files,
    )


def clarification_of(question: Question) -> Clarification:
    """What the kitchen asks back, in the words of requests."""
    options = tuple(Option(id=c.id, label=c.label, topic_id=c.topic_id, facet=c.facet) for c in question.choices)
    return Clarification(questions=question.questions, options=options, reasoning=question.reasoning)
