"""The pages for people, mounted on the door's app: landing, asking, the service's health, and what every error looks like."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from vividly.accounts import demo
from vividly.accounts.model import Person
from vividly.api import asking
from vividly.api.doors import Doors
from vividly.api.identity import Identity, allowed, declared, identify
from vividly.api.permissions import Permission
from vividly.api.problems import Problem
from vividly.curriculum.loader import nearest_interest
from vividly.errors import NotPossible, VividlyError
from vividly.intake.decisions import Proceed
from vividly.requests import actions
from vividly.steps import Role
from vividly.web import life, lists, session, views
from vividly.web.assets import Assets
from vividly.web.examples import Examples
from vividly.web.render import environment
from vividly.web.room import Room
from vividly.web.session import OPEN, DoorsHere, RoomHere, Sent

router = APIRouter(include_in_schema=False)

Asker = Annotated[Identity, Depends(allowed(Permission.ASK))]
SignedIn = Annotated[Identity, Depends(allowed(Permission.SIGNED_IN))]

_RECENT = 4
_SHORTEST, _LONGEST = 3, 500
_GRADES = (9, 10, 11, 12)
_EXAMPLE_GRADE = 10
_YEAR = 31_536_000

_HEADLINES = {
    401: "Please sign in",
    403: "This is not yours to open",
    404: "Nothing is drawn here",
    405: "This is not how this page works",
    409: "That is not possible any more",
    422: "Something in the form does not fit",
    429: "A little too fast",
    503: "Back in a moment",
}


def mount(app: FastAPI, doors: Doors, *, cache: Path | None = None) -> Assets:
    """Put the pages on the app of the JSON door. Typefaces are kept in `cache`; `await assets.warm()` cuts them ahead of time."""
    assets = Assets(cache=cache)
    app.state.room = Room(
        jinja=environment(assets.address),
        assets=assets,
        examples=Examples(lambda question: isinstance(doors.intake.decide(question, grade=_EXAMPLE_GRADE), Proceed)),
        token=lambda request: session.token_for(request, doors),
        keep_visit=lambda request, response: session.keep_visit(request, response, doors),
    )
    app.state.page_error = page_error
    for part in (router, session.router, lists.router, life.router):
        for route in part.routes:
            # Whoever can read a page may also ask for its headers alone.
            if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
                route.methods.add("HEAD")
        app.include_router(part)
    return assets


@router.get("/", dependencies=OPEN)
async def landing(request: Request, doors: DoorsHere, room: RoomHere) -> Response:
    """What this is, for whoever is not signed in; everybody else goes to where they work."""
    who = await identify(request)
    if who is not None:
        return RedirectResponse(session.home_of(who.person), status_code=303)
    view = views.Landing(
        frame=room.frame(request, None, title="Your question, drawn", here="home"),
        examples=await asyncio.to_thread(room.examples.pick, count=8, seed=_today()),
        demo=await demo.demo_exists(doors.pool),
    )
    return room.show(request, view)


@router.get("/ask")
async def ask_page(request: Request, doors: DoorsHere, room: RoomHere, who: Asker, q: str = "") -> Response:
    """The question box, with `q` in it already."""
    return room.show(request, await _ask_view(request, doors, room, who, form={"question": q[:_LONGEST]}))


@router.post("/ask")
async def ask(request: Request, doors: DoorsHere, room: RoomHere, who: Asker, form: Sent) -> Response:
    """File the question and go to its page. The same form sent twice is one request."""
    question = form.get("question", "")
    grade = form.get("grade", "")
    if not _SHORTEST <= len(question) <= _LONGEST:
        problem = f"A question has {_SHORTEST} to {_LONGEST} characters. This one has {len(question)}."
        return room.show(request, await _ask_view(request, doors, room, who, form=form, problem=problem), status=422)
    asked = asking.Asked(
        question=question,
        grade=int(grade) if grade in {str(number) for number in range(1, 13)} else None,
        interest=(form.get("other_interest") or _interest_name(doors, form.get("interest", "")))[:100] or None,
    )
    accepted = await asking.ask(doors, who=who, asked=asked, idempotency_key=_filing_key(form))
    return RedirectResponse(f"/requests/{accepted.snapshot.request_id}", status_code=303)


@router.get("/operator")
async def operator(request: Request, doors: DoorsHere, room: RoomHere, who: SignedIn) -> Response:
    """Is the service ready, and if not, what is missing?"""
    if who.person.role is not Role.SUPER_ADMIN:
        raise NotPossible("not_allowed", "This page is for the operator of the service.")
    probes = [views.ProbeRow(name, await _probed(doors, name)) for name in doors.probes]
    view = views.Operator(
        frame=room.frame(request, who.person, title="Service", here="operator"),
        ready=not any(probe.problems for probe in probes),
        probes=tuple(probes),
    )
    return room.show(request, view)


@router.get("/static/{version}/{name}", dependencies=[Depends(declared(Permission.PUBLIC))])
async def static(version: str, name: str, room: RoomHere) -> Response:
    """A file of the pages. Its address changes with its content, so a browser may keep it for ever."""
    asset = await room.assets.get(name)
    if asset is None:
        raise NotPossible("not_found", "There is no such file.")
    keep = f"public, max-age={_YEAR}, immutable" if version == room.assets.version else "no-cache"
    headers = {"Cache-Control": keep, "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(asset.body, media_type=asset.content_type, headers=headers)


async def page_error(request: Request, problem: Problem) -> Response:
    """An error as a page that says what to do. Whoever is not signed in is asked to do so, and then comes back."""
    if problem.status == 401:
        return session.sign_in_first(request)
    room: Room = request.app.state.room
    person = await _person(request)
    home = session.home_of(person) if person else "/"
    view = views.Problem(
        frame=room.frame(request, person, title=_HEADLINES.get(problem.status, "Something broke"), here=""),
        status=problem.status,
        headline=_HEADLINES.get(problem.status, "Something broke on our side"),
        message=problem.detail,
        action=_action(problem),
        action_url=str(request.url.path) if problem.status == 503 and request.method == "GET" else home,
    )
    response = room.show(request, view, status=problem.status)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


async def _person(request: Request) -> Person | None:
    """Who looks at an error page; when that cannot be found out either, nobody."""
    try:
        who = await identify(request)
    except VividlyError:
        return None
    return who.person if who else None


def _action(problem: Problem) -> str:
    return "Try again" if problem.status == 503 else "Back to the start"


async def _probed(doors: Doors, name: str) -> tuple[str, ...]:
    try:
        return tuple(await doors.probes[name]())
    except VividlyError:
        return ("could not be asked just now",)


async def _ask_view(
    request: Request, doors: Doors, room: Room, who: Identity, *, form: Mapping[str, str], problem: str = ""
) -> views.Ask:
    me = who.person
    page = await actions.own(doors.pool, student_id=me.person_id, limit=_RECENT)
    yours = {found.id for found, _ in map(nearest_interest, me.interests) if found is not None}
    given = form.get("grade", "")
    grade = int(given) if given.isdecimal() and 1 <= int(given) <= 12 else me.grade_level or _GRADES[0]
    return views.Ask(
        frame=room.frame(request, me, title="Ask", here="ask"),
        question=form.get("question", ""),
        problem=problem,
        interests=tuple(
            views.InterestChip(item.id, item.name, yours=item.id in yours, chosen=item.id == form.get("interest"))
            for item in doors.interests
        ),
        other_interest=form.get("other_interest", "")[:100],
        grade=grade,
        grades=tuple(sorted({*_GRADES, grade})),
        examples=await asyncio.to_thread(room.examples.pick, count=6, seed=f"{me.person_id}{_today()}"),
        recent=lists.cards(doors, page.items),
        filing_key=form.get("filing_key") or uuid4().hex,
    )


def _interest_name(doors: Doors, interest_id: str) -> str:
    return next((item.name for item in doors.interests if item.id == interest_id), "")


def _filing_key(form: Mapping[str, str]) -> str:
    """One form, one request; but going back and asking something else with the same form is another one."""
    told = "\n".join(form.get(name, "") for name in ("filing_key", "question", "interest", "other_interest", "grade"))
    return f"page-{hashlib.sha256(told.encode()).hexdigest()[:40]}"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
