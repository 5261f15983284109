"""Who is calling: a bearer token for programs, the session cookie for browsers. The pages use the same function."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from vividly.accounts import actions as accounts
from vividly.accounts.model import Person, SessionId
from vividly.api.doors import doors_of
from vividly.api.permissions import OPEN, Permission, may
from vividly.errors import NotPossible

COOKIE = "vividly_session"
_PURPOSE = b"vividly session cookie v1\n"
_MARK = "vividly_permission"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Only for the API's description: the work is done in `identify`.
_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="The access token of /auth/login")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="Set by the sign-in page")


_Call = TypeVar("_Call", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person, their session, and which way they showed it."""

    person: Person
    session_id: SessionId
    by_cookie: bool

    @property
    def actor(self) -> str:
        """How the history of a request names them."""
        return f"{self.person.role}:{self.person.person_id}"


def cookie_value(session_id: UUID, *, key: bytes) -> str:
    """What the browser keeps: the session's id, signed, so that an id alone opens nothing."""
    return f"{session_id.hex}.{hmac.new(key, _PURPOSE + session_id.hex.encode(), hashlib.sha256).hexdigest()}"


def session_of(cookie: str, *, key: bytes) -> SessionId | None:
    """The session a cookie names, None if it is not one of ours."""
    try:
        session_id = UUID(hex=cookie.partition(".")[0])
    except ValueError:
        return None
    good = hmac.compare_digest(cookie_value(session_id, key=key).encode(), cookie.encode("utf-8", "replace"))
    return SessionId(session_id) if good else None


async def identify(request: Request) -> Identity | None:
    """Who is calling, None if nobody is signed in. A token that is shown but not good raises NotPossible (401)."""
    doors = doors_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token.strip():
            raise NotPossible("token_not_valid", "Send the access token as: Authorization: Bearer …")
        present = await accounts.person_of(doors.pool, keys=doors.keys, access_token=token.strip())
        return Identity(present.person, present.session_id, by_cookie=False)
    session_id = session_of(request.cookies.get(COOKIE, ""), key=doors.cookie_key)
    if session_id is None:
        return None
    person = await accounts.person_of_session(doors.pool, session_id=session_id)
    return None if person is None else Identity(person, session_id, by_cookie=True)


def declared(permission: Permission) -> Callable[[], None]:
    """A route that needs nobody signed in says so with this dependency."""
    assert permission in OPEN

    def permit() -> None:
        return None

    return _marked(permit, permission)


def allowed(permission: Permission) -> Callable[..., Awaitable[Identity]]:
    """The dependency of every other route: the signed-in person, if their role may do this at all."""
    assert permission not in OPEN

    async def permit(
        request: Request, _bearer: Annotated[object, Depends(_BEARER)], _cookie: Annotated[object, Depends(_COOKIE)]
    ) -> Identity:
        who = await identify(request)
        if who is None:
            raise NotPossible("not_signed_in", "Please sign in first.")
        if who.by_cookie:
            _same_site(request)
        if not may(who.person.role, permission):
            raise NotPossible("not_allowed", "Your role does not allow this.")
        return who

    return _marked(permit, permission)


def permission_of(call: object) -> Permission | None:
    """The permission a dependency declares, if it is one of ours: what the house test asks of every route."""
    found = getattr(call, _MARK, None)
    return found if isinstance(found, Permission) else None


def _same_site(request: Request) -> None:
    """A browser's cookie comes along by itself, so a change must also come from our own pages."""
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    # "null", the origin of sandboxed pages, has no host: an unset public address must not make it ours.
    ours = {request.url.netloc, urlsplit(doors_of(request).settings.public_url).netloc} - {""}
    if site in {"same-origin", "none"} or (site is None and (origin is None or urlsplit(origin).netloc in ours)):
        return
    raise NotPossible("cross_site", "This call did not come from one of our own pages.")


def _marked(call: _Call, permission: Permission) -> _Call:
    setattr(call, _MARK, permission)
    return call
