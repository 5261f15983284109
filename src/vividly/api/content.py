"""Questions over HTTP: file, answer, look, watch, stop, try again. Parses, calls one verb, and shows what came of it."""

from __future__ import annotations

import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from vividly.accounts import actions as accounts
from vividly.api import asking, statuses
from vividly.api.addresses import Absolute, absolute
from vividly.api.doors import Doors, doors_of
from vividly.api.identity import Identity, allowed
from vividly.api.permissions import Permission
from vividly.api.problems import BODY, documented
from vividly.api.schemas import Accepted, ClarifyBody, EventOut, GenerateBody, RequestPage, StatusOut
from vividly.delivery import links, script_text
from vividly.requests.model import Snapshot

router = APIRouter(prefix="/content", tags=["content"])

DoorsHere = Annotated[Doors, Depends(doors_of)]
Whole = Annotated[Absolute, Depends(absolute)]
Asker = Annotated[Identity, Depends(allowed(Permission.ASK))]
Changer = Annotated[Identity, Depends(allowed(Permission.CHANGE_REQUESTS))]
Viewer = Annotated[Identity, Depends(allowed(Permission.SEE_REQUESTS))]

_REPLAYED = {"Idempotent-Replayed": {"description": "true if this key and body came before", "schema": {"type": "string"}}}
_GENERATED: dict[int | str, dict[str, Any]] = {
    202: {"description": "Accepted, asked back, or declined: see `status`", "headers": _REPLAYED},
    **documented(*BODY, 401, 403),
}
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events. Unnamed ones are EventOut with `id` = `seq`; `ready` names status fields that have"
        " something to show; `end` says that nothing more comes.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    204: {"description": "Over, and everything has been seen: do not come back"},
    **documented(401, 403, 404, 429),
}


@router.post("/generate", status_code=202, responses=_GENERATED, operation_id="generate")
async def generate(
    body: GenerateBody,
    response: Response,
    doors: DoorsHere,
    who: Asker,
    whole: Whole,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Accepted:
    """File a question. The decision to go on, to ask back, or to decline is made before this answers."""
    asked = asking.Asked(
        question=body.student_query,
        student_id=body.student_id,
        grade=body.grade_level,
        interest=body.interest or None,
        modalities=tuple(body.requested_modalities),
        preferred=body.preferred_modality,
    )
    accepted = await asking.ask(doors, who=who, asked=asked, idempotency_key=idempotency_key)
    if accepted.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return statuses.accepted(accepted.snapshot, absolute=whole)


@router.post(
    "/request/{request_id}/clarify", status_code=202, responses=documented(*BODY, 401, 403, 404, 409), operation_id="clarify"
)
async def clarify(request_id: UUID, body: ClarifyBody, doors: DoorsHere, who: Changer, whole: Whole) -> Accepted:
    """Answer a clarifying question by an option or in own words: the same request goes on in its next epoch."""
    after = await asking.answer(doors, who=who, request_id=request_id, option_id=body.option_id, text=body.answer)
    return statuses.now(after, absolute=whole)


@router.get("/request/{request_id}/status", responses=documented(401, 403, 404), operation_id="status")
async def status(request_id: UUID, response: Response, doors: DoorsHere, who: Viewer, whole: Whole) -> StatusOut:
    """Everything about one request, with fresh links to what is ready."""
    response.headers["Cache-Control"] = "no-store"
    return await _shown(doors, await asking.seen(doors, who=who, request_id=request_id), whole)


@router.get("/request/{request_id}/events", responses=_STREAMED, response_class=StreamingResponse, operation_id="events")
async def events(
    request_id: UUID,
    doors: DoorsHere,
    who: Viewer,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="as Last-Event-ID, for those who cannot send it")] = 0,
) -> Response:
    """The request's history from after `Last-Event-ID`, then what happens, to its true end."""
    now = await asking.seen(doors, who=who, request_id=request_id)
    # Last-Event-ID is the newer of the two: a browser sends it when it comes back to the same address.
    seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    if now.over and seen >= now.seq:
        return Response(status_code=204)
    doors.happenings.make_room(who.person.person_id)

    async def welcome() -> bool:
        person = await accounts.person_of_session(doors.pool, session_id=who.session_id)
        return person is not None and (person.role, person.school_id) == (who.person.role, who.person.school_id)

    frames = doors.happenings.frames(now.request_id, after=seen, person_id=who.person.person_id, welcome=welcome)
    # Proxies must neither keep nor collect a stream.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


@router.post("/request/{request_id}/cancel", responses=documented(401, 403, 404, 409), operation_id="cancel")
async def cancel(request_id: UUID, doors: DoorsHere, who: Changer, whole: Whole) -> StatusOut:
    """Stop a request that is not over. Cancelling twice is fine."""
    return await _shown(doors, await asking.cancel(doors, who=who, request_id=request_id), whole)


@router.post("/request/{request_id}/retry", status_code=202, responses=documented(401, 403, 404, 409), operation_id="retry")
async def retry(request_id: UUID, doors: DoorsHere, who: Changer, whole: Whole) -> StatusOut:
    """Try a failed request again, in its next epoch; what was finished is not made twice."""
    return await _shown(doors, await asking.retry(doors, who=who, request_id=request_id), whole)


@router.get("/requests", responses=documented(401, 403, 404), operation_id="requests")
async def requests(
    doors: DoorsHere,
    who: Viewer,
    whole: Whole,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> RequestPage:
    """A student's own requests, a teacher's own and those of their classes; newest first."""
    page = await asking.visible(doors, who=who, after=after, limit=limit)
    return RequestPage(items=[statuses.line(item, absolute=whole) for item in page.items], next=page.next)


async def _shown(doors: Doors, snapshot: Snapshot, whole: Absolute) -> StatusOut:
    now = time.time()
    # A lesson that was taken back is not handed out again, not even to those who had it.
    lesson = None if snapshot.lesson is None or snapshot.lesson.hidden else snapshot.lesson
    return statuses.status(
        snapshot,
        absolute=whole,
        sign=lambda key: doors.signer.path(key, now=now),
        links=links(lesson, signer=doors.signer, now=now) if lesson else None,
        script_text=await script_text(lesson, shelf=doors.shelf) if lesson else None,
    )


# The stream's `data` is described, though FastAPI cannot see it: app.py adds this shape to the components.
STREAM_SHAPES = (EventOut,)
