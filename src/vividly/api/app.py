"""The JSON door as one FastAPI app: its routes, its errors, its description. Wiring gives it everything it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vividly import __version__
from vividly.api import auth, content, health, lessons, media, observed, problems
from vividly.api.doors import Doors
from vividly.api.statuses import API

# JSON bodies here are small; anything larger is a mistake or an attack, refused before it is read.
BODY_LIMIT = 64 * 1024

_DESCRIPTION = """Short video lessons for high-school STEM questions, made for one student.

Every error is `application/problem+json` (RFC 9457): branch on `code`, show `detail`."""


def create_app(doors: Doors) -> FastAPI:
    """The app behind port 8000. Pages are mounted on the same app, by wiring."""
    app = FastAPI(
        title="Vividly",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=_lifespan(doors),
        responses=problems.documented(),
        docs_url=None,
        redoc_url=None,
        # The framework's own spans hold whole addresses, and with them signed tokens; ours are in `tracing`.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.doors = doors
    problems.install(app)
    for router in (auth.router, content.router, lessons.router):
        app.include_router(router, prefix=API)
    app.include_router(health.router)
    app.include_router(health.router, prefix=API, include_in_schema=False)
    app.include_router(media.router)
    app.include_router(observed.router)
    app.add_middleware(BodyLimit)
    app.add_middleware(observed.Observed)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


class BodyLimit:
    """Refuses bodies over the limit, announced or not, with 413."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:18]) > self._limit:
            problem, _ = problems.problem_of(problems.TooLarge())
            await problems.answer(problem)(scope, receive, send)
            return
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._limit:
                raise problems.TooLarge
            return message

        await self._app(scope, counted, send)


def _lifespan(doors: Doors) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        streams = asyncio.create_task(doors.happenings.run(doors.stopping), name="happenings")
        try:
            yield
        finally:
            doors.stopping.set()
            await streams

    return lifespan


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the shapes that no signature shows: problems and the stream's events."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        shapes = [(shape, "serialization") for shape in (problems.Problem, *content.STREAM_SHAPES)]
        _, extra = models_json_schema(shapes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(extra["$defs"])
        # FastAPI's own error shapes are never sent.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = described
    return app.openapi_schema
