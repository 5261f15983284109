"""A request as the outside sees it: one shape for every status, the same for polling and for lists. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from vividly.api.addresses import Absolute
from vividly.api.schemas import (
    Accepted,
    ClarificationOut,
    Metadata,
    OptionOut,
    RequestLine,
    StatusOut,
)
from vividly.delivery import Links
from vividly.requests import model
from vividly.requests.model import Snapshot
from vividly.requests.states import Status

API = "/api/v1"
_TAKEN_BACK = "This lesson was taken back because something in it was wrong. Ask again for a new one."


SignKey = Callable[[str], str]


def accepted(snapshot: Snapshot, *, absolute: Absolute) -> Accepted:
    """The answer to a filed question, as it was given the first time. `absolute` makes a path a whole address."""
    first = cast("Mapping[str, object]", snapshot.decision.get("first_answer", {}))
    estimate = first.get("estimate")
    questions = first.get("questions")
    options = first.get("options")
    cache_key = first.get("cache_key")
    return Accepted(
        status=Status(str(first.get("status", snapshot.status))),
        request_id=snapshot.request_id,
        cache_key=cache_key if isinstance(cache_key, str) else None,
        message=str(first.get("message", snapshot.message)),
        content_url=None,
        estimated_completion_seconds=estimate if isinstance(estimate, int) else None,
        clarifying_questions=[str(question) for question in questions] if isinstance(questions, list) else [],
        options=[OptionOut.model_validate(option) for option in options] if isinstance(options, list) else [],
        **_addresses(snapshot, absolute),
    )


def now(snapshot: Snapshot, *, absolute: Absolute) -> Accepted:
    """The answer to a clarification: the same shape, as the request stands."""
    asked = _asked(snapshot)
    return Accepted(
        status=snapshot.status,
        request_id=snapshot.request_id,
        cache_key=snapshot.cache_key or None,
        message=snapshot.message,
        content_url=None,
        estimated_completion_seconds=snapshot.estimated_seconds,
        clarifying_questions=asked.clarifying_questions if asked else [],
        options=asked.options if asked else [],
        **_addresses(snapshot, absolute),
    )


def status(snapshot: Snapshot, *, absolute: Absolute, sign: SignKey, links: Links | None, script_text: str | None) -> StatusOut:
    """Everything about one request. `links` and `script_text` are those of its lesson, once it has one."""
    asked = _asked(snapshot)
    return StatusOut(
        request_id=snapshot.request_id,
        correlation_id=snapshot.correlation_id,
        status=snapshot.status,
        progress_percentage=snapshot.progress,
        current_stage=snapshot.step,
        created_at=snapshot.created_at,
        started_at=snapshot.started_at,
        completed_at=snapshot.finished_at if snapshot.status is Status.COMPLETED else None,
        student_id=snapshot.student_id,
        student_query=snapshot.question,
        grade_level=snapshot.grade_level,
        interest=snapshot.interest,
        message=_TAKEN_BACK if snapshot.lesson is not None and snapshot.lesson.hidden else snapshot.message,
        estimated_completion_seconds=snapshot.estimated_seconds,
        epoch=snapshot.epoch,
        seq=snapshot.seq,
        topic_id=snapshot.topic_id or None,
        facet=snapshot.facet or None,
        clarifying_questions=asked.clarifying_questions if asked else [],
        options=asked.options if asked else [],
        reasoning=asked.reasoning if asked else None,
        requested_at=asked.requested_at if asked else None,
        request_metadata=Metadata(clarification=asked),
    ).model_copy(update=_fruits(snapshot, absolute=absolute, sign=sign, links=links, script_text=script_text))


def line(snapshot: Snapshot, *, absolute: Absolute) -> RequestLine:
    """A request in a list."""
    lesson = snapshot.lesson
    return RequestLine(
        request_id=snapshot.request_id,
        status=snapshot.status,
        student_id=snapshot.student_id,
        student_query=snapshot.question,
        progress_percentage=snapshot.progress,
        created_at=snapshot.created_at,
        completed_at=snapshot.finished_at if snapshot.status is Status.COMPLETED else None,
        topic_id=snapshot.topic_id or None,
        lesson_id=lesson.lesson_id if lesson else None,
        title=lesson.title if lesson else None,
        status_url=_addresses(snapshot, absolute)["status_url"],
    )


def _fruits(
    snapshot: Snapshot, *, absolute: Absolute, sign: SignKey, links: Links | None, script_text: str | None
) -> dict[str, object]:
    """What there is to show: the lesson, the parts that are ready, or why there is none."""
    match snapshot.status:
        case Status.COMPLETED if snapshot.lesson is not None and links is not None:
            addresses = {
                "video_url": links.video,
                "audio_url": links.audio,
                "thumbnail_url": links.poster,
                "captions_url": links.captions,
                "stream_url": links.stream,
                "lesson_url": f"{API}/content/lessons/{snapshot.lesson.lesson_id}",
            }
            found: dict[str, object] = {name: absolute(path) for name, path in addresses.items() if path}
            return found | {"script_text": script_text, "lesson_id": snapshot.lesson.lesson_id}
        case Status.GENERATING:
            keys = {"audio_url": "audio_key", "stream_url": "stream_key"}
            ready = {shown: absolute(sign(snapshot.partial[key])) for shown, key in keys.items() if snapshot.partial.get(key)}
            return {**ready, "script_text": snapshot.partial.get("script_text") or None}
        case Status.FAILED if snapshot.failure is not None:
            failure = snapshot.failure
            return {
                "error_message": failure.message,
                "error_stage": failure.step or None,
                "error_details": {"code": failure.code.value},
                "failed_at": snapshot.finished_at,
            }
        case _:
            return {}


def _asked(snapshot: Snapshot) -> ClarificationOut | None:
    """The open questions; answered ones are history."""
    asked: model.Clarification | None = snapshot.clarification
    if asked is None or snapshot.status is not Status.CLARIFICATION_NEEDED:
        return None
    return ClarificationOut(
        clarifying_questions=list(asked.questions),
        options=[OptionOut(id=way.id, label=way.label, topic_id=way.topic_id, facet=way.facet) for way in asked.options],
        reasoning=asked.reasoning,
        requested_at=asked.requested_at,
    )


def _addresses(snapshot: Snapshot, absolute: Absolute) -> dict[str, str]:
    here = f"{API}/content/request/{snapshot.request_id}"
    return {"status_url": absolute(f"{here}/status"), "events_url": absolute(f"{here}/events")}
