"""What a door does with a question, free of HTTP: whose is it, what does intake say, which one verb is called.

The JSON door and the pages both come through here, so that neither can forget a rule. It never sees the kitchen.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from uuid import UUID

from vividly import logs, metrics, tracing
from vividly.accounts import actions as accounts
from vividly.accounts.model import Person
from vividly.api.doors import Doors
from vividly.api.identity import Identity
from vividly.api.verdicts import LOWEST_GRADE, Profile, verdict_of, verdict_of_option
from vividly.errors import NotPossible
from vividly.library import catalogue
from vividly.library.model import Lesson
from vividly.requests import actions
from vividly.requests.model import (
    MAX_ROUNDS,
    Accepted,
    Answer,
    AskBack,
    Go,
    NewRequest,
    Page,
    RequestId,
    Snapshot,
    TurnAway,
    Verdict,
)
from vividly.steps import Modality, Role

_CACHED_SECONDS = 1
_ESTIMATE_LIVES_SECONDS = 30.0
_DEFAULT_GRADE = 9
_log = logs.get("door")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came in; what is None comes from the student's profile."""

    question: str
    student_id: UUID | None = None
    grade: int | None = None
    interest: str | None = None
    modalities: tuple[Modality, ...] = (Modality.VIDEO,)
    preferred: Modality = Modality.VIDEO


async def ask(doors: Doors, *, who: Identity, asked: Asked, idempotency_key: str | None = None) -> Accepted:
    """File a question: accepted, asked back or declined, all of them with a request.

    NotPossible: "not_yours" (not their student), "idempotency_mismatch".
    """
    student = await _student(doors, who.person, asked.student_id)
    profile = Profile(
        grade=asked.grade or student.grade_level or _DEFAULT_GRADE,
        interest_asked=asked.interest or "",
        interests=tuple(student.interests),
    )
    understood = await asyncio.to_thread(verdict_of, doors.intake, asked.question, profile=profile, key_of=doors.key_of)
    estimate = await _estimate(doors, understood.verdict)
    new = NewRequest(
        school_id=student.school_id,
        student_id=student.person_id,
        filed_by=who.person.person_id,
        question=asked.question,
        grade_level=max(profile.grade, LOWEST_GRADE),
        interest=understood.interest,
        interest_asked=profile.interest_asked,
        verdict=understood.verdict,
        body_hash=_body_hash(asked),
        modalities=asked.modalities,
        preferred_modality=asked.preferred,
        idempotency_key=idempotency_key,
        estimated_seconds=estimate,
        decision=_decision(understood.verdict, estimate),
    )
    with tracing.span("ask", kind="server"):
        accepted = await actions.submit(doors.pool, new=new)
    decision = "replayed" if accepted.replayed else _DECIDED[type(understood.verdict)]
    metrics.ACCEPTED.labels(decision).inc()
    _told(decision, accepted.snapshot)
    if not accepted.replayed:
        _ring(doors, accepted.snapshot.request_id, understood.verdict)
    return accepted


async def answer(
    doors: Doors, *, who: Identity, request_id: UUID, option_id: str | None = None, text: str | None = None
) -> Snapshot:
    """Take the answer to a clarifying question. NotPossible: "answer_missing", "unknown_option", "not_waiting_for_an_answer"."""
    now = await seen(doors, who=who, request_id=request_id)
    if now.clarification is None or now.status != "clarification_needed":
        raise NotPossible("not_waiting_for_an_answer", "This question is not waiting for an answer.")
    profile = Profile(grade=now.grade_level, interest_asked=now.interest_asked, interest=now.interest)
    if option_id:
        option = next((option for option in now.clarification.options if option.id == option_id), None)
        if option is None:
            raise NotPossible("unknown_option", "Choose one of the options of this question.", field="option_id")
        given = Answer(option.id, option.label)
        understood = await asyncio.to_thread(
            verdict_of_option, doors.intake, now.question, option, profile=profile, key_of=doors.key_of
        )
    elif text:
        given = Answer("", text)
        earlier = (*(before.option_id or before.text for before in now.answers), text)
        understood = await asyncio.to_thread(
            verdict_of,
            doors.intake,
            now.question,
            profile=profile,
            key_of=doors.key_of,
            earlier=earlier,
            rounds=min(now.rounds, MAX_ROUNDS),
        )
    else:
        raise NotPossible("answer_missing", "Send option_id, or answer with words of your own.", field="answer")
    with tracing.span("answer", kind="server"):
        after = await actions.answer(
            doors.pool,
            request_id=now.request_id,
            epoch=now.epoch,
            answer=given,
            verdict=understood.verdict,
            actor=who.actor,
        )
    _told(_DECIDED[type(understood.verdict)], after)
    _ring(doors, after.request_id, understood.verdict)
    return after


async def cancel(doors: Doors, *, who: Identity, request_id: UUID) -> Snapshot:
    """Stop a request. NotPossible: "not_cancellable", and those of `seen`."""
    now = await seen(doors, who=who, request_id=request_id)
    after = await actions.cancel(doors.pool, request_id=now.request_id, actor=who.actor)
    _told("cancelled", after)
    doors.notifier.touch(after.request_id)
    return after


async def retry(doors: Doors, *, who: Identity, request_id: UUID) -> Snapshot:
    """Try a failed request again. NotPossible: "not_retryable", and those of `seen`."""
    now = await seen(doors, who=who, request_id=request_id)
    with tracing.span("retry", kind="server"):
        after = await actions.retry(doors.pool, request_id=now.request_id, actor=who.actor)
    _told("retried", after)
    doors.notifier.touch(after.request_id)
    doors.wake()
    return after


async def seen(doors: Doors, *, who: Identity, request_id: UUID) -> Snapshot:
    """The request, if this person may see it. NotPossible: "unknown_request" (or another school's), "not_yours"."""
    now = await actions.snapshot(doors.pool, request_id=RequestId(request_id))
    if who.person.role != Role.SUPER_ADMIN and now.school_id != who.person.school_id:
        # Other schools do not even learn that it exists.
        raise NotPossible("unknown_request", "There is no such request.", field="request_id")
    if not await accounts.may_see_student(doors.pool, viewer=who.person, student_id=now.student_id):
        raise NotPossible("not_yours", "This request belongs to another student.", field="request_id")
    return now


async def visible(doors: Doors, *, who: Identity, after: str | None = None, limit: int = 20) -> Page:
    """The requests this person may see, newest first: a student's own, a teacher's own and those of their classes."""
    me = who.person
    if me.role != Role.TEACHER:
        return await actions.own(doors.pool, student_id=me.person_id, after=after, limit=limit)
    students = await accounts.students_of_teacher(doors.pool, teacher_id=me.person_id)
    ids = [me.person_id, *(student.person_id for student in students)]
    return await actions.of_students(doors.pool, student_ids=ids, after=after, limit=limit)


async def lesson_for(doors: Doors, *, who: Identity, lesson_id: str) -> Lesson:
    """The lesson, if it was made for somebody this person may see. NotPossible("unknown_lesson") otherwise."""
    lesson = await catalogue.lesson(doors.pool, lesson_id=lesson_id)
    if lesson is not None and not lesson.hidden and await _may_watch(doors, who.person, lesson_id):
        return lesson
    raise NotPossible("unknown_lesson", "There is no such lesson among yours.", field="lesson_id")


async def _may_watch(doors: Doors, person: Person, lesson_id: str) -> bool:
    if person.role == Role.SUPER_ADMIN:
        return True
    watchers = await actions.watchers_of(doors.pool, lesson_id=lesson_id)
    schoolmates = [student_id for school_id, student_id in watchers if school_id == person.school_id]
    if person.person_id in schoolmates:
        return True
    if person.role == Role.TEACHER:
        students = await accounts.students_of_teacher(doors.pool, teacher_id=person.person_id)
        return any(student.person_id in schoolmates for student in students)
    return person.role == Role.ADMIN and bool(schoolmates)


async def _student(doors: Doors, me: Person, student_id: UUID | None) -> Person:
    if student_id is None or student_id == me.person_id:
        return me
    if me.role == Role.STUDENT or not await accounts.may_see_student(doors.pool, viewer=me, student_id=student_id):
        raise NotPossible("not_yours", "You may only ask for yourself or for a student of yours.", field="student_id")
    student = await accounts.person(doors.pool, person_id=student_id)
    if student is None or student.school_id != me.school_id:
        raise NotPossible("not_yours", "You may only ask for yourself or for a student of yours.", field="student_id")
    return student


async def _estimate(doors: Doors, verdict: Verdict) -> int:
    if not isinstance(verdict, Go):
        return 0
    if await catalogue.find(doors.pool, work_key=verdict.work_key) is not None:
        return _CACHED_SECONDS
    known = doors.estimate
    if time.monotonic() >= known.until:
        known.seconds, known.until = await actions.estimate(doors.pool), time.monotonic() + _ESTIMATE_LIVES_SECONDS
    return known.seconds


_DECIDED: dict[type[Verdict], str] = {Go: "proceed", AskBack: "clarify", TurnAway: "decline"}


def _told(decision: str, request: Snapshot) -> None:
    """From here on the log names the request; what was asked stays out of it."""
    logs.bind(request_id=request.request_id, correlation_id=request.correlation_id)
    _log.info("door.filed", decision=decision, status=str(request.status), epoch=request.epoch)


def _ring(doors: Doors, request_id: RequestId, verdict: Verdict) -> None:
    """After the commit: tell watchers, and wake the relay if there is work to be carried."""
    doors.notifier.touch(request_id)
    if isinstance(verdict, Go):
        doors.wake()


def _decision(verdict: Verdict, estimate: int) -> dict[str, object]:
    """What was answered when the question was filed, so that a repeated call gets the same answer."""
    first: dict[str, object]
    match verdict:
        case Go():
            first = {"status": "pending", "message": verdict.message, "cache_key": verdict.work_key, "estimate": estimate}
        case AskBack(clarification=asked):
            options = [
                {"id": option.id, "label": option.label, "topic_id": option.topic_id, "facet": option.facet}
                for option in asked.options
            ]
            first = {"status": "clarification_needed", "message": verdict.message}
            first |= {"questions": list(asked.questions), "options": options}
        case TurnAway():
            first = {"status": "declined", "message": verdict.message}
    return {"first_answer": first}


def _body_hash(asked: Asked) -> bytes:
    fields = [
        asked.question,
        str(asked.student_id or ""),
        asked.grade,
        asked.interest,
        [modality.value for modality in asked.modalities],
        asked.preferred.value,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()).digest()
