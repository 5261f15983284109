"""Counts what the doors answer, by the route's template: never by the address, which holds ids and signed tokens."""

from __future__ import annotations

import time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vividly import metrics
from vividly.api.doors import Doors, doors_of
from vividly.api.identity import declared
from vividly.api.permissions import Permission
from vividly.api.statuses import API
from vividly.errors import NotPossible

router = APIRouter(dependencies=[Depends(declared(Permission.OPERATORS_MACHINE))], include_in_schema=False)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@router.get("/metrics")
async def shown(request: Request, doors: Annotated[Doors, Depends(doors_of)]) -> Response:
    """Prometheus text, for whoever shows the token of the settings, or, without one, for this machine itself."""
    if doors.figures is None:
        raise NotPossible("not_found", "This process shows no figures.")
    peer = request.client.host if request.client else ""
    forwarded = not metrics.FORWARDED.isdisjoint(request.headers.keys())
    if not doors.figures.may_read(authorization=request.headers.get("authorization", ""), peer=peer, forwarded=forwarded):
        raise NotPossible("not_allowed", "Figures are for the operator: see VIVIDLY_METRICS_TOKEN.")
    return Response(await doors.figures.text(), media_type=metrics.CONTENT_TYPE)


class Observed:
    """Counts every answer and how long it took to begin; a stream's length says nothing about us."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route, method = _template(scope), str(scope["method"])
                metrics.HTTP.labels(method if method in _METHODS else "other", route, str(message["status"])).inc()
                metrics.HTTP_SECONDS.labels(route).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)


def _template(scope: Scope) -> str:
    """As the route is declared, with the prefix it was mounted under; "none" where nothing is."""
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return "none"
    return f"{API}{path}" if str(scope["path"]).startswith(f"{API}/") and not path.startswith(API) else path
