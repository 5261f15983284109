"""The worker's HTTP door: reads a push request, asks whether its sender may knock, gives it to the desk, answers by the table."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vividly import metrics
from vividly.requests.figures import Figures
from vividly.worker.answers import ANSWERS, Outcome
from vividly.worker.desk import Desk, take_in, told

BODY_LIMIT: Final = 14 * 1024 * 1024  # 10 MB of data, as base64


def create_push_app(desk: Desk, figures: Figures | None = None) -> Starlette:
    """`GET /`, `GET /health` (it lives), `GET /ready` (it can make lessons), `POST /push`, `GET /metrics` with `figures`."""
    for outcome in Outcome:  # a counter that begins at nothing hides its first event from rates
        metrics.PUSHES.labels(str(outcome), str(ANSWERS[outcome][desk.door]))

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "healthy"})

    async def ready(_request: Request) -> JSONResponse:
        missing = desk.missing() or ([] if desk.fit() else ["the schema contract does not hold"])
        status = "not_ready" if missing else "ready"
        said = {"status": status, "problems": missing, "resting": desk.resting()}
        return JSONResponse(said, status_code=503 if missing else 200)

    async def push(request: Request) -> JSONResponse:
        outcome = await _answer(desk, request)
        status = ANSWERS[outcome][desk.door]
        return JSONResponse({"status": str(outcome)}, status_code=status)

    async def shown(request: Request) -> Response:
        assert figures is not None
        peer = request.client.host if request.client else ""
        forwarded = not metrics.FORWARDED.isdisjoint(request.headers.keys())
        if not figures.may_read(authorization=request.headers.get("authorization", ""), peer=peer, forwarded=forwarded):
            return JSONResponse({"status": "not_allowed"}, status_code=403)
        return Response(await figures.text(), media_type=metrics.CONTENT_TYPE)

    routes = [Route("/", health), Route("/health", health), Route("/ready", ready), Route("/push", push, methods=["POST"])]
    return Starlette(routes=[*routes, *([Route("/metrics", shown)] if figures else [])])


async def _answer(desk: Desk, request: Request) -> Outcome:
    if desk.stopping.is_set():
        told(desk, Outcome.STOPPING)
        return Outcome.STOPPING
    body, whole = await _body(request)
    authorization = request.headers.get("authorization", "")
    if desk.guard is not None and not await desk.guard(authorization, body):
        told(desk, Outcome.UNAUTHORIZED)
        return Outcome.UNAUTHORIZED
    return await take_in(desk, body, whole=whole)


async def _body(request: Request) -> tuple[bytes, bool]:
    """The body, or its first BODY_LIMIT bytes and False."""
    parts, size = list[bytes](), 0
    async for part in request.stream():
        parts.append(part[: BODY_LIMIT - size])
        size += len(part)
        if size > BODY_LIMIT:
            return b"".join(parts), False
    return b"".join(parts), True
