"""Signing in and out in a browser, and the token that every form carries. What a good password is, `accounts` knows."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from vividly.accounts import actions as accounts
from vividly.accounts import demo
from vividly.accounts.model import Person
from vividly.api.auth import client_of
from vividly.api.doors import Doors, doors_of
from vividly.api.identity import COOKIE, cookie_value, declared, identify, session_of
from vividly.api.permissions import Permission
from vividly.api.problems import status_of
from vividly.errors import NotPossible
from vividly.steps import Role
from vividly.web.room import Room, room_of
from vividly.web.views import DemoAccount, SignIn

VISIT = "vividly_visit"
_PURPOSE = b"vividly form v1\n"
_FORM_FIELDS = 40
_DEMO_ROLES = {
    "student@demo.school": "Student",
    "student2@demo.school": "Another student",
    "teacher@demo.school": "Their teacher",
    "admin@demo.school": "School administrator",
    "operator@demo.school": "Operator",
}
_OUR_PATH = re.compile(r"/(?![/\\])[\x21-\x5B\x5D-\x7E]*")

router = APIRouter(include_in_schema=False)

DoorsHere = Annotated[Doors, Depends(doors_of)]
RoomHere = Annotated[Room, Depends(room_of)]
OPEN = [Depends(declared(Permission.PUBLIC))]


def csrf_token(*, key: bytes, visit: str, session: str) -> str:
    """Bound to this browser's visit and, once signed in, to the session; both are hex."""
    return hmac.new(key, _PURPOSE + f"{visit}\n{session}".encode(), hashlib.sha256).hexdigest()


def visit_of(request: Request) -> str:
    """The browser's visit: the one of its cookie, or a new one, which the answer must set."""
    known = request.cookies.get(VISIT, "")
    if re.fullmatch(r"[0-9a-f]{32}", known):
        return known
    fresh: str | None = getattr(request.state, "visit", None)
    if fresh is None:
        fresh = request.state.visit = secrets.token_hex(16)
    return fresh


def token_for(request: Request, doors: Doors) -> str:
    """The token that forms of this page carry."""
    session = session_of(request.cookies.get(COOKIE, ""), key=doors.cookie_key)
    return csrf_token(key=doors.cookie_key, visit=visit_of(request), session=session.hex if session else "")


def keep_visit(request: Request, response: Response, doors: Doors) -> None:
    """Give the browser its visit cookie if it has none yet."""
    if getattr(request.state, "visit", None):
        secure = doors.settings.secure_cookies
        response.set_cookie(VISIT, visit_of(request), httponly=True, samesite="lax", secure=secure, path="/")


async def sent(request: Request, doors: DoorsHere) -> Mapping[str, str]:
    """The fields of a form that came from one of our own pages, trimmed. NotPossible("cross_site") for any other."""
    form = await request.form(max_files=0, max_fields=_FORM_FIELDS)
    fields = {name: value.strip() for name, value in form.items() if not isinstance(value, UploadFile)}
    if not hmac.compare_digest(fields.get("csrf", "").encode("utf-8", "replace"), token_for(request, doors).encode()):
        raise NotPossible("cross_site", "This form is out of date. Open the page again and send it once more.")
    return fields


Sent = Annotated[Mapping[str, str], Depends(sent)]


def home_of(person: Person) -> str:
    """Where somebody lands after signing in."""
    return {Role.TEACHER: "/class", Role.SUPER_ADMIN: "/operator"}.get(person.role, "/ask")


def safe_back(path: str) -> str:
    """`path` if it is one of ours, else empty: a link to our sign-in page must not lead elsewhere."""
    return path if len(path) <= 500 and _OUR_PATH.fullmatch(path) and not path.startswith("/sign-") else ""


def sign_in_first(request: Request) -> Response:
    """Whoever is not signed in signs in, and comes back to the page they wanted."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = safe_back(here) if request.method == "GET" else ""
    return RedirectResponse(f"/sign-in?back={quote(back, safe='')}" if back else "/sign-in", status_code=303)


@router.get("/sign-in", dependencies=OPEN)
async def sign_in_page(request: Request, doors: DoorsHere, room: RoomHere, back: str = "", email: str = "") -> Response:
    """The form; at a demo school also its accounts. Whoever is signed in already goes on."""
    who = await identify(request)
    if who is not None:
        return RedirectResponse(safe_back(back) or home_of(who.person), status_code=303)
    return room.show(request, await _form(request, doors, room, email=email[:254], back=back))


@router.post("/sign-in", dependencies=OPEN)
async def sign_in(request: Request, doors: DoorsHere, room: RoomHere, form: Sent) -> Response:
    """Check the password, set the session's cookie, and go on to where one wanted to go."""
    email, back = form.get("email", ""), form.get("back", "")
    try:
        signed_in = await accounts.sign_in(
            doors.pool, keys=doors.keys, email=email, password=form.get("password", ""), client=client_of(request)
        )
    except NotPossible as error:
        view = await _form(request, doors, room, email=email[:254], back=back, problem=error.message)
        return room.show(request, view, status=status_of(error.code))
    response = RedirectResponse(safe_back(back) or home_of(signed_in.person), status_code=303)
    response.set_cookie(
        COOKIE,
        cookie_value(signed_in.session_id, key=doors.cookie_key),
        max_age=doors.keys.refresh_seconds,
        httponly=True,
        samesite="lax",
        secure=doors.settings.secure_cookies,
        path="/",
    )
    # A new visit for a new session: what was known before signing in is of no use after it.
    response.delete_cookie(VISIT, path="/")
    return response


@router.post("/sign-out", dependencies=OPEN)
async def sign_out(request: Request, doors: DoorsHere, form: Sent) -> Response:  # noqa: ARG001 - `form` checks the token
    """End the session, here and in the database."""
    session_id = session_of(request.cookies.get(COOKIE, ""), key=doors.cookie_key)
    if session_id is not None:
        await accounts.sign_out(doors.pool, session_id=session_id)
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    response.delete_cookie(VISIT, path="/")
    return response


async def _form(request: Request, doors: Doors, room: Room, *, email: str, back: str, problem: str = "") -> SignIn:
    is_demo = await demo.demo_exists(doors.pool)
    back = safe_back(back)
    return SignIn(
        frame=room.frame(request, None, title="Sign in", here="sign-in"),
        email=email,
        problem=problem,
        back=back,
        demo_accounts=tuple(
            DemoAccount(who, role, "/sign-in?" + urlencode({"email": who, "back": back})) for who, role in _DEMO_ROLES.items()
        )
        if is_demo
        else (),
        demo_password=demo.PASSWORD if is_demo else "",
        filled_password=demo.PASSWORD if is_demo and email in _DEMO_ROLES and not problem else "",
    )
