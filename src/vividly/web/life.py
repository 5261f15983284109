"""The pages of one request: one address for its whole life, whatever has become of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vividly import delivery
from vividly.accounts import actions as accounts
from vividly.api import asking
from vividly.api.identity import Identity, allowed
from vividly.api.permissions import Permission, may
from vividly.errors import NotPossible
from vividly.library import catalogue
from vividly.requests.model import Snapshot
from vividly.requests.states import Status
from vividly.web import showing, views, words
from vividly.web.lists import names_of
from vividly.web.room import Room
from vividly.web.session import DoorsHere, RoomHere, Sent
from vividly.web.showing import Viewer

router = APIRouter(prefix="/requests", include_in_schema=False)

Seer = Annotated[Identity, Depends(allowed(Permission.SEE_REQUESTS))]
Changer = Annotated[Identity, Depends(allowed(Permission.CHANGE_REQUESTS))]
Critic = Annotated[Identity, Depends(allowed(Permission.GIVE_FEEDBACK))]

_KINDS = frozenset({"helpful", "confusing", "inaccurate", "inappropriate", "technical_issue"})
_LONGEST_ANSWER, _LONGEST_NOTE = 300, 500


@router.get("/{request_id}")
async def show(
    request_id: UUID, request: Request, doors: DoorsHere, room: RoomHere, who: Seer, thanks: bool = False
) -> Response:
    """Whatever this request is now: being made, a question back, an ending, or the lesson itself."""
    now = await asking.seen(doors, who=who, request_id=request_id)
    return room.show(request, await _life(request, doors, room, who, now, thanks=thanks))


@router.post("/{request_id}/answer")
async def answer(request_id: UUID, request: Request, doors: DoorsHere, room: RoomHere, who: Changer, form: Sent) -> Response:
    """A choice, or the student's own words. Whoever was faster in another window has answered already."""
    option, own = form.get("option_id") or None, form.get("answer", "")
    if not option and not 2 <= len(own) <= _LONGEST_ANSWER:
        now = await asking.seen(doors, who=who, request_id=request_id)
        if now.status is Status.CLARIFICATION_NEEDED and now.clarification is not None:
            view = showing.choose(
                now,
                now.clarification,
                frame=room.frame(request, who.person, title="One question back", here="ask"),
                names=names_of(doors),
                viewer=await _viewer(doors, who, now),
                problem=f"Pick one of these, or say it in 2 to {_LONGEST_ANSWER} characters.",
                own_words=own[:_LONGEST_ANSWER],
            )
            return room.show(request, view, status=422)
    try:
        await asking.answer(doors, who=who, request_id=request_id, option_id=option, text=own or None)
    except NotPossible as error:
        if error.code not in {"not_waiting_for_an_answer", "unknown_option"}:
            raise
    return _back_to(request_id)


@router.post("/{request_id}/cancel")
async def cancel(request_id: UUID, doors: DoorsHere, who: Changer, form: Sent) -> Response:  # noqa: ARG001
    """Stop making it. One that is over already is shown as it is."""
    try:
        await asking.cancel(doors, who=who, request_id=request_id)
    except NotPossible as error:
        if error.code != "not_cancellable":
            raise
    return _back_to(request_id)


@router.post("/{request_id}/retry")
async def retry(request_id: UUID, doors: DoorsHere, who: Changer, form: Sent) -> Response:  # noqa: ARG001
    """Try a failed one again. One that is on its way already is shown as it is."""
    try:
        await asking.retry(doors, who=who, request_id=request_id)
    except NotPossible as error:
        if error.code != "not_retryable":
            raise
    return _back_to(request_id)


@router.post("/{request_id}/feedback")
async def feedback(request_id: UUID, doors: DoorsHere, who: Critic, form: Sent) -> Response:
    """Keep what somebody says of a lesson; saying it again replaces it."""
    now = await asking.seen(doors, who=who, request_id=request_id)
    rating, kind = form.get("rating", ""), form.get("kind", "")
    if now.lesson is None or rating not in {"1", "2", "3", "4", "5"} or kind not in _KINDS:
        raise NotPossible("invalid_input", "Choose a number from 1 to 5, then send it again.", field="rating")
    await catalogue.give_feedback(
        doors.pool,
        lesson_id=now.lesson.lesson_id,
        person_id=who.person.person_id,
        rating=int(rating),
        kind=kind,
        note=form.get("note", "")[:_LONGEST_NOTE],
    )
    return RedirectResponse(f"/requests/{request_id}?thanks=1#feedback", status_code=303)


def _back_to(request_id: UUID) -> Response:
    return RedirectResponse(f"/requests/{request_id}", status_code=303)


async def _life(request: Request, doors: DoorsHere, room: Room, who: Identity, now: Snapshot, *, thanks: bool) -> views.Life:
    names, viewer = names_of(doors), await _viewer(doors, who, now)

    def frame(title: str) -> views.Frame:
        return room.frame(request, who.person, title=title, here="ask" if viewer.mine else "class")

    head = showing.asked(now, names=names, viewer=viewer)
    match now.status:
        case Status.PENDING | Status.VALIDATING | Status.GENERATING:
            moment = time.time()
            return showing.waiting(
                now,
                frame=frame("Making your lesson"),
                names=names,
                viewer=viewer,
                sign=lambda key: doors.signer.path(key, now=moment),
            )
        case Status.CLARIFICATION_NEEDED:
            assert now.clarification is not None, "asked requests have questions: a constraint of the database"
            return showing.choose(now, now.clarification, frame=frame("One question back"), names=names, viewer=viewer)
        case Status.DECLINED:
            caring = now.declined_code in words.CARING
            tries = () if caring else await asyncio.to_thread(room.examples.pick, count=3, seed=str(now.request_id))
            title = "A message for you" if caring else "Not for us"
            return views.Declined(frame(title), head, message=now.message, caring=caring, examples=tries)
        case Status.FAILED:
            assert now.failure is not None, "failed requests have a reason: a constraint of the database"
            return showing.failed(now, now.failure, frame=frame("Did not work"), names=names, viewer=viewer)
        case Status.CANCELLED:
            return views.Cancelled(frame("Stopped"), head)
        case Status.COMPLETED:
            return await _watch(doors, now, frame, names, viewer, thanks=thanks)


async def _watch(
    doors: DoorsHere, now: Snapshot, frame: Callable[[str], views.Frame], names: showing.Names, viewer: Viewer, *, thanks: bool
) -> views.Watch:
    lesson = now.lesson
    if lesson is None or lesson.hidden:
        raise NotPossible(
            "unknown_lesson", "This lesson was taken back because something in it was wrong. Ask again for a new one."
        )
    player = await delivery.player(lesson, shelf=doors.shelf, signer=doors.signer, now=time.time())
    return showing.watch(now, lesson, player, frame=frame(lesson.title), names=names, viewer=viewer, thanks=thanks)


async def _viewer(doors: DoorsHere, who: Identity, now: Snapshot) -> Viewer:
    me = who.person
    mine = now.student_id == me.person_id
    if mine:
        name = me.first_name
    else:
        student = await accounts.person(doors.pool, person_id=now.student_id)
        name = f"{student.first_name} {student.last_name}" if student else "A student"
    return Viewer(student=name, mine=mine, may_rate=may(me.role, Permission.GIVE_FEEDBACK))
