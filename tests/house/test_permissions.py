"""Every route says who may call it, in data, or this fails: nothing is open by forgetting."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Mount

from vividly.api.app import create_app
from vividly.api.identity import allowed, declared, permission_of
from vividly.api.permissions import GRANTED, OPEN, Permission, may
from vividly.steps import Role

# What the framework itself puts there: the description of the API, and files of the pages that anybody may have.
FRAMEWORK = {"/openapi.json"}


def undeclared(app: FastAPI) -> list[str]:
    """Routes without exactly one permission."""
    return [_name(route) for route in _routes(app) if _name(route) not in FRAMEWORK and len(_permissions(route)) != 1]


def _routes(app: FastAPI) -> list[RouteContext]:
    found = iter_route_contexts(app.routes)
    return [route for route in found if not (isinstance(route.original_route, Mount) and route.name == "static")]


def _name(route: RouteContext) -> str:
    return route.path or repr(route)


def _permissions(route: RouteContext) -> set[Permission]:
    if not isinstance(route.original_route, APIRoute):
        return set()
    waiting, found = [route.dependant], set()
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        permission = permission_of(dependant.call)
        if permission is not None:
            found.add(permission)
    return found


def _app() -> FastAPI:
    doors = SimpleNamespace(stopping=asyncio.Event(), happenings=None)
    return create_app(doors)


def test_every_route_of_the_json_door_declares_its_permission():
    assert undeclared(_app()) == []


@pytest.mark.parametrize("dependencies", [[], [declared(Permission.PUBLIC), allowed(Permission.ASK)]])
def test_a_route_that_declares_none_or_two_is_found(dependencies):
    from fastapi import Depends

    app = _app()
    app.get("/api/v1/forgotten", dependencies=[Depends(dependency) for dependency in dependencies])(lambda: None)
    assert undeclared(app) == ["/api/v1/forgotten"]


def test_only_what_is_listed_is_open():
    public = {_name(route) for route in _routes(_app()) if _permissions(route) & OPEN}
    assert public == {
        "/api/v1/auth/login",
        "/api/v1/auth/register",
        "/api/v1/auth/refresh",
        "/api/v1/topics",
        "/api/v1/interests",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/api/v1/health/live",
        "/api/v1/health/ready",
        "/media/{key:path}",
    }


def test_every_role_is_granted_something_and_denied_by_default():
    assert set(GRANTED) == set(Role)
    for role in Role:
        for permission in set(Permission) - OPEN - GRANTED[role]:
            assert not may(role, permission)
