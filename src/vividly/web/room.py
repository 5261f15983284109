"""What all pages share: the frame around them, the headers that go with them. It must not know any single page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from vividly.accounts.model import Person
from vividly.api.permissions import Permission, may
from vividly.steps import Role
from vividly.web.assets import Assets
from vividly.web.examples import Examples
from vividly.web.render import page
from vividly.web.views import Frame, View, Who

# Everything comes from this server; scripts and styles only as files, so an injected one never runs.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A school's computers are shared: nobody's page stays behind in a cache.
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Room:
    """`token` makes the token of a page's forms, `keep_visit` sets the cookie it is bound to."""

    jinja: Environment
    assets: Assets
    examples: Examples
    token: Callable[[Request], str]
    keep_visit: Callable[[Request, HTMLResponse], None]

    def frame(self, request: Request, person: Person | None, *, title: str, here: str) -> Frame:
        """What stands around a page for this person."""
        return Frame(title=title, here=here, who=None if person is None else who(person), csrf=self.token(request))

    def show(self, request: Request, view: View, *, status: int = 200) -> HTMLResponse:
        """The page as an answer."""
        response = HTMLResponse(page(self.jinja, view), status_code=status, headers=HEADERS)
        self.keep_visit(request, response)
        return response


def room_of(request: Request) -> Room:
    """The room of the app that answers this request."""
    return cast("Room", request.app.state.room)


def who(person: Person) -> Who:
    """Somebody as the header shows them."""
    return Who(
        first_name=person.first_name,
        email=person.email,
        asks=may(person.role, Permission.ASK),
        teaches=person.role is Role.TEACHER,
        operates=person.role is Role.SUPER_ADMIN,
    )
