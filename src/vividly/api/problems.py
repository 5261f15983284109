"""The one place where an error becomes an HTTP answer: problem+json (RFC 9457) with a stable code, never an exception's text."""

from __future__ import annotations

import http
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from vividly import logs
from vividly.errors import Misconfigured, NotPossible, Refused, TryAgainLater

log = logs.get("api")

MEDIA_TYPE = "application/problem+json"
_MACHINE_PATHS = ("/api/", "/media/", "/health/", "/metrics", "/openapi.json")

# What a code means in HTTP. Codes that are not listed are conflicts: the call is fine, the state is not.
_STATUS = {
    "wrong_credentials": 401,
    "not_signed_in": 401,
    "session_ended": 401,
    "token_expired": 401,
    "token_not_valid": 401,
    "refresh_not_valid": 401,
    "refresh_reused": 401,
    "not_active": 403,
    "not_allowed": 403,
    "not_yours": 403,
    "registration_closed": 403,
    "cross_site": 403,
    "link_not_valid": 403,
    "link_ended": 403,
    "unknown_request": 404,
    "unknown_lesson": 404,
    "unknown_file": 404,
    "unknown_student": 404,
    "not_found": 404,
    "idempotency_mismatch": 422,
    "invalid_input": 422,
    "unknown_option": 422,
    "answer_missing": 422,
    "bad_cursor": 404,
    "unknown_school": 422,
    "weak_password": 422,
    "throttled": 429,
    "too_many_streams": 429,
}

# What to do about a field, by pydantic's error type. pydantic's own texts quote what was sent, ours do not.
_ADVICE = {
    "missing": "is required",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "may have at most {max_length} characters",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "string_pattern_mismatch": "does not have the expected form",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "too_short": "needs at least {min_length}",
    "too_long": "may have at most {max_length}",
    "list_type": "must be a list",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "json_invalid": "is not JSON",
}


class TooLarge(HTTPException):
    """A body over the limit. An HTTPException, because FastAPI turns anything else raised while it reads a body into 400."""

    def __init__(self) -> None:
        super().__init__(413)


class FieldProblem(BaseModel):
    """Which part of the call is wrong, and what it must be."""

    field: Annotated[str, Field(examples=["student_query"])]
    message: Annotated[str, Field(examples=["must have at least 3 characters"])]


class Problem(BaseModel):
    """An error for programs: branch on `code`, show `detail`."""

    type: str = "about:blank"
    title: Annotated[str, Field(examples=["Unprocessable Content"])]
    status: Annotated[int, Field(examples=[422])]
    code: Annotated[str, Field(description="stable; never changes its meaning", examples=["invalid_input"])]
    detail: Annotated[str, Field(description="written for people, safe to show")]
    errors: list[FieldProblem] = []
    retry_after: Annotated[int | None, Field(description="seconds, when the same call may work later")] = None


PageError = Callable[[Request, Problem], Awaitable[Response]]

_DESCRIPTIONS = {
    400: "The call cannot be read",
    401: "Not signed in, or the token has ended",
    403: "Signed in, but not allowed",
    404: "There is no such thing",
    409: "Not possible in the present state",
    413: "The body is too large",
    416: "The range lies outside the file",
    422: "A field is wrong; `errors` says which, and what to do",
    429: "Too often; try again after `retry_after` seconds",
    503: "Away for a moment; try again after `retry_after` seconds",
}


# What may go wrong with any body, before its fields are looked at.
BODY = (400, 413)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: these statuses answer with a Problem. 422 and 503 always may, so they need not be named."""
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {MEDIA_TYPE: reference}}
        for status in sorted({*statuses, 422, 503})
    }


def status_of(code: str) -> int:
    """The HTTP status of a NotPossible's code."""
    return _STATUS.get(code, 409)


def problem_of(error: Exception) -> tuple[Problem, dict[str, str]]:
    """The problem and the headers that an exception becomes. Unknown exceptions become a 500 that tells nothing."""
    match error:
        case RequestValidationError():
            return _invalid(error), {}
        case NotPossible():
            return _not_possible(error)
        case Refused():
            return _problem(422, error.code, error.message), {}
        case TryAgainLater():
            wait = max(1, round(error.after))
            text = "The service is busy for a moment. Nothing was lost; please try again."
            return _problem(503, "try_again_later", text, retry_after=wait), {"Retry-After": str(wait)}
        case HTTPException():
            return _problem(error.status_code, _http_code(error.status_code), _http_detail(error.status_code)), _headers(error)
        case Misconfigured():
            return _problem(500, "misconfigured", "The service is not set up completely. Its operator can see why."), {}
        case _:
            text = "Something went wrong on our side. It has been recorded; please try again."
            return _problem(500, "internal_error", text), {}


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an HTTP answer."""
    body = problem.model_dump(exclude_none=True, exclude=None if problem.errors else {"errors"})
    return JSONResponse(body, status_code=problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Every error of `app` is answered here. Pages may set `app.state.page_error` to answer theirs with a page."""

    async def handle(request: Request, error: Exception) -> Response:
        problem, headers = problem_of(error)
        _record(error, problem)
        page_error: PageError | None = getattr(app.state, "page_error", None)
        if page_error is not None and not request.url.path.startswith(_MACHINE_PATHS):
            return await page_error(request, problem)
        return answer(problem, headers)

    for kind in (RequestValidationError, HTTPException, NotPossible, Refused, TryAgainLater, Misconfigured, Exception):
        app.add_exception_handler(kind, handle)


def _record(error: Exception, problem: Problem) -> None:
    """Log what an operator must see: our own mistakes with their traceback, absences without."""
    if problem.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("api.neighbor_away", reason=getattr(error, "reason", ""))
    elif problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("api.broke", code=problem.code, exc_info=error)


def _problem(status: int, code: str, detail: str, *, retry_after: int | None = None) -> Problem:
    return Problem(title=_title(status), status=status, code=code, detail=detail, retry_after=retry_after)


def _not_possible(error: NotPossible) -> tuple[Problem, dict[str, str]]:
    status = status_of(error.code)
    wait = getattr(error, "retry_after", None) or getattr(error, "after", None)
    problem = _problem(status, error.code, error.message, retry_after=max(1, round(wait)) if wait else None)
    if error.field:
        problem = problem.model_copy(update={"errors": [FieldProblem(field=error.field, message=error.message)]})
    headers = {"WWW-Authenticate": "Bearer"} if status == http.HTTPStatus.UNAUTHORIZED else {}
    if problem.retry_after:
        headers["Retry-After"] = str(problem.retry_after)
    return problem, headers


def _invalid(error: RequestValidationError) -> Problem:
    wrongs = [_field_problem(wrong) for wrong in error.errors()]
    detail = "; ".join(f"{wrong.field} {wrong.message}" for wrong in wrongs[:3]) or "The call cannot be read"
    return _problem(422, "invalid_input", detail).model_copy(update={"errors": wrongs})


def _field_problem(wrong: Mapping[str, Any]) -> FieldProblem:
    loc: Sequence[object] = wrong.get("loc", ())
    kind = str(wrong.get("type"))
    # ("body", 17) is a position inside broken JSON, not a field.
    parts = [] if kind == "json_invalid" else [str(part) for part in loc[1:]]
    known = _ADVICE.get(kind, "is not valid")
    try:
        message = known.format_map(wrong.get("ctx") or {})
    except (KeyError, IndexError):
        message = "is not valid"
    return FieldProblem(field=".".join(parts) or str(loc[0] if loc else "body"), message=message)


def _title(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _headers(error: HTTPException) -> dict[str, str]:
    return dict(error.headers or {})


def _http_code(status: int) -> str:
    codes = {400: "unreadable", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed"}
    codes |= {413: "too_large", 415: "not_json"}
    return codes.get(status, "http_error" if status < 500 else "internal_error")


def _http_detail(status: int) -> str:
    details = {
        400: "The call cannot be read.",
        404: "There is nothing at this address.",
        405: "This address exists, but not for this method.",
        413: "The body is too large.",
    }
    return details.get(status, "The call cannot be answered.")
