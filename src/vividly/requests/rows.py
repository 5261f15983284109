"""Database rows <-> the request's data. Pure: no I/O; a row that does not fit raises, it is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vividly.library.model import Lesson
from vividly.requests.model import (
    Answer,
    AskBack,
    Clarification,
    Failure,
    Go,
    Happening,
    Option,
    Quantity,
    RequestId,
    Snapshot,
    TurnAway,
    Understanding,
    Verdict,
)
from vividly.requests.states import Event, FailureCode, Status
from vividly.steps import Modality, Step


def as_snapshot(row: Mapping[str, Any]) -> Snapshot:
    """From a row of content_requests with `lesson` (JSON or None) beside it."""
    decision = row["decision"]
    failure = row["failure_code"]
    return Snapshot(
        request_id=RequestId(row["id"]),
        correlation_id=row["correlation_id"],
        school_id=row["school_id"],
        student_id=row["student_id"],
        filed_by=row["filed_by"],
        question=row["question"],
        grade_level=row["grade_level"],
        interest=row["interest"],
        interest_asked=row["interest_asked"],
        modalities=tuple(Modality(word) for word in row["modalities"]),
        preferred_modality=Modality(row["preferred_modality"]),
        status=Status(row["status"]),
        epoch=row["epoch"],
        seq=row["seq"],
        progress=row["progress"],
        step=None if row["step"] is None else Step(row["step"]),
        topic_id=row["topic_id"],
        facet=row["facet"],
        cache_key=row["cache_key"],
        understanding=_understanding(decision.get("understood", {})),
        declined_code=decision.get("declined", ""),
        decision=decision.get("door", {}),
        clarification=None if row["clarification"] is None else _clarification(row["clarification"]),
        rounds=row["rounds"],
        answers=tuple(Answer(option_id=one["option_id"], text=one["text"]) for one in row["answers"]),
        partial=dict(row["partial"]),
        message=row["message"],
        estimated_seconds=row["estimated_seconds"],
        lesson=None if row["lesson"] is None else _lesson(row["lesson"]),
        failure=None
        if failure is None
        else Failure(code=FailureCode(failure), step=row["failure_step"] or "", message=row["failure_message"] or ""),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def as_happening(row: Mapping[str, Any]) -> Happening:
    """From a row of content_request_events."""
    return Happening(
        seq=row["seq"],
        epoch=row["epoch"],
        type=Event(row["type"]),
        from_status=None if row["from_status"] is None else Status(row["from_status"]),
        to_status=Status(row["to_status"]),
        terminal=row["terminal"],
        step=None if row["step"] is None else Step(row["step"]),
        progress=row["progress"],
        at=row["at"],
    )


def decision_of(verdict: Verdict, door: Mapping[str, object]) -> dict[str, object]:
    """The `decision` column: what was understood, why it was declined, and the door's own facts."""
    facts: dict[str, object] = {"door": dict(door)}
    match verdict:
        case Go():
            facts["understood"] = {
                "topic_name": verdict.topic_name,
                "confidence": verdict.confidence,
                "numbers": [{"value": n.value, "unit": n.unit, "text": n.text} for n in verdict.numbers],
                "repaired": verdict.repaired,
                "assumptions": list(verdict.assumptions),
            }
        case TurnAway():
            facts["declined"] = verdict.code
        case AskBack():
            pass
    return facts


def clarification_json(asked: Clarification) -> dict[str, object]:
    """The `clarification` column, but for `requested_at`, which is the database's to say."""
    return {
        "questions": list(asked.questions),
        "options": [{"id": o.id, "label": o.label, "topic_id": o.topic_id, "facet": o.facet} for o in asked.options],
        "reasoning": asked.reasoning,
    }


def answers_json(answers: tuple[Answer, ...]) -> list[dict[str, str]]:
    """The `answers` column."""
    return [{"option_id": answer.option_id, "text": answer.text} for answer in answers]


def _understanding(facts: Mapping[str, Any]) -> Understanding:
    return Understanding(
        topic_name=facts.get("topic_name", ""),
        confidence=float(facts.get("confidence", 0.0)),
        numbers=tuple(Quantity(value=n["value"], unit=n["unit"], text=n["text"]) for n in facts.get("numbers", ())),
        repaired=facts.get("repaired", ""),
        assumptions=tuple(facts.get("assumptions", ())),
    )


def _clarification(facts: Mapping[str, Any]) -> Clarification:
    return Clarification(
        questions=tuple(facts["questions"]),
        options=tuple(Option(id=o["id"], label=o["label"], topic_id=o["topic_id"], facet=o["facet"]) for o in facts["options"]),
        reasoning=facts["reasoning"],
        requested_at=datetime.fromisoformat(facts["requested_at"]),
    )


def _lesson(facts: Mapping[str, Any]) -> Lesson:
    return Lesson(
        lesson_id=facts["id"],
        work_key=facts["work_key"],
        prefix=facts["prefix"],
        title=facts["title"],
        topic_id=facts["topic_id"],
        facet=facts["facet"],
        interest=facts["interest"],
        grade_level=facts["grade_level"],
        seconds=facts["seconds"],
        files=tuple(facts["files"]),
        hidden=facts["hidden"],
        created_at=datetime.fromisoformat(facts["created_at"]),
    )
