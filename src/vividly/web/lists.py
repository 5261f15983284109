"""The pages with lists: a student's own lessons, and a teacher's class."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vividly import delivery
from vividly.accounts import actions as accounts
from vividly.accounts.model import Person
from vividly.api.doors import Doors
from vividly.api.identity import Identity, allowed
from vividly.api.permissions import Permission
from vividly.errors import NotPossible
from vividly.requests import actions
from vividly.requests.model import Snapshot
from vividly.requests.states import Status
from vividly.steps import Role
from vividly.web import showing, store, views, words
from vividly.web.session import DoorsHere, RoomHere, Sent
from vividly.web.showing import Names

router = APIRouter(include_in_schema=False)

Seer = Annotated[Identity, Depends(allowed(Permission.SEE_REQUESTS))]

_PAGE = 24
# A search looks through at most this many of the newest requests, and says so when there are more.
_SEARCHED, _CHUNK = 500, 100


def names_of(doors: Doors) -> Names:
    """Names of topics and interests by id."""
    return Names(
        topics={topic.topic_id: topic.name for topic in doors.topics},
        interests={interest.id: interest.name for interest in doors.interests},
    )


def cards(doors: Doors, items: Iterable[Snapshot], *, students: dict[UUID, str] | None = None) -> tuple[views.Card, ...]:
    """Requests as cards; `students`: names by id, where a list shows those of several."""
    names, now = names_of(doors), time.time()

    def poster(item: Snapshot) -> str:
        return delivery.links(item.lesson, signer=doors.signer, now=now).poster if item.lesson else ""

    return tuple(
        showing.card(item, names=names, poster=poster(item), student=(students or {}).get(item.student_id, ""))
        for item in items
    )


@router.get("/lessons")
async def lessons(
    request: Request,
    doors: DoorsHere,
    room: RoomHere,
    who: Seer,
    search: str = "",
    topic: str = "",
    since: str = "",
    after: str | None = None,
) -> Response:
    """A student's own requests, newest first; searched by words, topic and date."""
    search, first_day = search.strip()[:100], _date(since)
    looked = bool(search or topic or first_day)
    me = who.person.person_id
    found: Sequence[Snapshot]
    if looked:
        found, partial = await _searched(doors, me, search=search, topic=topic, since=first_day)
        older = ""
    else:
        page = await actions.own(doors.pool, student_id=me, after=after, limit=_PAGE)
        found, partial = page.items, False
        older = f"/lessons?{urlencode({'after': page.next})}" if page.next else ""
    view = views.Lessons(
        frame=room.frame(request, who.person, title="My lessons", here="lessons"),
        search=search,
        since=first_day.isoformat() if first_day else "",
        topics=tuple(
            views.TopicChoice(item.topic_id, item.name, item.topic_id == topic) for item in doors.topics if item.ready
        ),
        cards=cards(doors, found),
        looked=looked,
        older=older,
        partial=partial,
    )
    return room.show(request, view)


@router.get("/class")
async def school_class(
    request: Request, doors: DoorsHere, room: RoomHere, who: Seer, student: UUID | None = None, after: str | None = None
) -> Response:
    """What a teacher's students asked, theirs only; and whom to look after."""
    students = await _students(doors, who)
    chosen = [person for person in students if person.person_id == student]
    if student is not None and not chosen:
        raise NotPossible("unknown_student", "There is no such student in your classes.", field="student")
    ids = [person.person_id for person in chosen or students]
    page = await actions.of_students(doors.pool, student_ids=ids, after=after, limit=_PAGE) if ids else None
    called = {UUID(str(person.person_id)): _name(person) for person in students}
    alerts = await store.alerts_of(doors.pool, student_ids=list(called)) if called else ()
    more = {"after": page.next, **({"student": str(student)} if student else {})} if page and page.next else {}
    view = views.Class(
        frame=room.frame(request, who.person, title="My class", here="class"),
        students=tuple(
            views.StudentRow(
                name=_name(person),
                grade=f"Grade {person.grade_level}" if person.grade_level else "",
                url=f"/class?{urlencode({'student': str(person.person_id)})}",
                chosen=person.person_id == student,
            )
            for person in students
        ),
        chosen=_name(chosen[0]) if chosen else "",
        alerts=tuple(
            views.AlertRow(
                alert_id=str(alert.alert_id),
                student=called[alert.student_id],
                words=words.alert(alert.kind),
                at=alert.created_at.isoformat(timespec="seconds"),
                when=words.day(alert.created_at),
            )
            for alert in alerts
        ),
        cards=cards(doors, page.items if page else (), students=called),
        older=f"/class?{urlencode(more)}" if more else "",
    )
    return room.show(request, view)


@router.post("/class/alerts/{alert_id}")
async def take_on(alert_id: UUID, doors: DoorsHere, who: Seer, form: Sent) -> Response:  # noqa: ARG001 - the token
    """A teacher has seen an alert and takes care of it; a colleague may have been faster."""
    students = await _students(doors, who)
    await store.take_on(doors.pool, alert_id=alert_id, student_ids=[person.person_id for person in students])
    return RedirectResponse("/class", status_code=303)


async def _students(doors: Doors, who: Identity) -> tuple[Person, ...]:
    if who.person.role is not Role.TEACHER:
        raise NotPossible("not_allowed", "This page is for teachers and their own classes.")
    return await accounts.students_of_teacher(doors.pool, teacher_id=who.person.person_id)


async def _searched(
    doors: Doors, student_id: UUID, *, search: str, topic: str, since: date | None
) -> tuple[list[Snapshot], bool]:
    """What fits among the newest requests, and whether there are more than were looked through."""
    names = names_of(doors)
    found: list[Snapshot] = []
    after: str | None = None
    for _ in range(_SEARCHED // _CHUNK):
        page = await actions.own(doors.pool, student_id=student_id, after=after, limit=_CHUNK)
        found += [item for item in page.items if _fits(item, names, search=search, topic=topic, since=since)]
        after = page.next
        if after is None:
            return found, False
    return found, True


def _fits(item: Snapshot, names: Names, *, search: str, topic: str, since: date | None) -> bool:
    if item.status is Status.CANCELLED or (topic and item.topic_id != topic):
        return False
    if since and item.created_at < datetime(since.year, since.month, since.day, tzinfo=UTC):
        return False
    told = " ".join((item.question, item.lesson.title if item.lesson else "", names.topics.get(item.topic_id, ""))).lower()
    return all(word in told for word in search.lower().split())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}"
