"""Signing in and out over HTTP. What a good password or token is, `accounts` knows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vividly.accounts import actions as accounts
from vividly.accounts import model
from vividly.api.doors import Doors, doors_of
from vividly.api.identity import Identity, allowed, declared
from vividly.api.permissions import Permission
from vividly.api.problems import BODY, documented
from vividly.api.schemas import LoginBody, RefreshBody, RegisterBody, SignedIn, Tokens, User

router = APIRouter(prefix="/auth", tags=["auth"])

DoorsHere = Annotated[Doors, Depends(doors_of)]
Me = Annotated[Identity, Depends(allowed(Permission.SIGNED_IN))]
OPEN = [Depends(declared(Permission.PUBLIC))]


@router.post("/login", dependencies=OPEN, responses=documented(*BODY, 401, 403, 429), operation_id="login")
async def login(body: LoginBody, request: Request, response: Response, doors: DoorsHere) -> SignedIn:
    """Tokens for an e-mail and password. Tries are counted per e-mail and per caller, in the database."""
    _keep_nowhere(response)
    signed_in = await accounts.sign_in(
        doors.pool, keys=doors.keys, email=body.email, password=body.password, client=client_of(request)
    )
    return _signed_in(signed_in)


@router.post(
    "/register", status_code=201, dependencies=OPEN, responses=documented(*BODY, 403, 409, 429), operation_id="register"
)
async def register(body: RegisterBody, request: Request, doors: DoorsHere) -> User:
    """A new student account. Unless registration is open, it waits (`status: pending`) until the school lets it in."""
    newcomer = model.Newcomer(
        email=body.email,
        password=body.password,
        first_name=body.first_name,
        last_name=body.last_name,
        grade_level=body.grade_level,
        interests=tuple(interest for interest in body.interests if interest),
    )
    person = await accounts.register(
        doors.pool,
        who=newcomer,
        client=client_of(request),
        open_registration=doors.settings.open_registration,
        school_id=None if body.organization_id is None else model.SchoolId(body.organization_id),
    )
    return user(person)


@router.post("/refresh", dependencies=OPEN, responses=documented(*BODY, 401, 403), operation_id="refresh")
async def refresh(body: RefreshBody, response: Response, doors: DoorsHere) -> Tokens:
    """A new pair for a refresh token, which is used up. Showing a used one ends its whole family."""
    _keep_nowhere(response)
    signed_in = await accounts.refresh(doors.pool, keys=doors.keys, refresh_token=body.refresh_token)
    return _tokens(signed_in.tokens)


@router.post("/logout", status_code=204, responses=documented(401), operation_id="logout")
async def logout(doors: DoorsHere, who: Me) -> Response:
    """End this session: its access and refresh tokens are of no more use."""
    await accounts.sign_out(doors.pool, session_id=who.session_id)
    return Response(status_code=204)


@router.post("/logout-all", status_code=204, responses=documented(401), operation_id="logoutAll")
async def logout_all(doors: DoorsHere, who: Me) -> Response:
    """End every session of this person."""
    await accounts.sign_out_everywhere(doors.pool, person_id=who.person.person_id)
    return Response(status_code=204)


@router.get("/me", responses=documented(401), operation_id="me")
async def me(response: Response, who: Me) -> User:
    """Who is signed in."""
    _keep_nowhere(response)
    return user(who.person)


def user(person: model.Person) -> User:
    """A person as the outside sees them."""
    return User(
        user_id=person.person_id,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
        status=person.status,
        grade_level=person.grade_level,
        interests=list(person.interests),
        created_at=person.created_at,
        last_login_at=person.last_login_at,
        organization_id=person.school_id,
    )


def client_of(request: Request) -> str:
    """The caller's address, for counting tries. Behind a proxy, the server is told which hops to believe."""
    return request.client.host if request.client else "unknown"


def _signed_in(signed_in: model.SignedIn) -> SignedIn:
    return SignedIn(**_tokens(signed_in.tokens).model_dump(), user=user(signed_in.person))


def _tokens(pair: model.TokenPair) -> Tokens:
    return Tokens(access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in)


def _keep_nowhere(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
