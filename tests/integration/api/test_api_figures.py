"""What the doors count, and who may see it."""

import asyncio
import io
import sys
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from vividly import logs, metrics
from vividly.api.app import create_app
from vividly.api.happenings import Happenings
from vividly.requests.figures import Figures


def counted(method, route, status):
    return metrics.HTTP.labels(method, route, str(status))._value.get()


@pytest.mark.parametrize(
    ("method", "path", "body", "route", "status"),
    [
        ("POST", "/api/v1/content/generate", {"student_query": "Why does a table push back?"}, "/api/v1/content/generate", 202),
        (
            "GET",
            "/api/v1/content/request/00000000-0000-0000-0000-000000000000/status",
            None,
            "/api/v1/content/request/{request_id}/status",
            404,
        ),
        ("GET", "/api/v1/content/request/my-secret-words/status", None, "/api/v1/content/request/{request_id}/status", 422),
        ("DELETE", "/api/v1/content/generate", None, "/api/v1/content/generate", 405),
        ("GET", "/media/lessons/x/lesson.mp4?token=a-secret", None, "/media/{key:path}", 403),
        ("GET", "/my-secret-words", None, "none", 404),
        ("GET", "/api/v1/topics", None, "/api/v1/topics", 200),
        ("GET", "/health/ready", None, "/health/ready", 200),
    ],
)
async def test_answers_are_counted_by_route_and_never_by_address(door, method, path, body, route, status):
    before = counted(method, route, status)
    answer = await door.client.request(method, path, headers=door.headers["student"], json=body)
    assert answer.status_code == status
    assert counted(method, route, status) == before + 1
    assert "secret" not in metrics.text().decode()


async def test_a_made_up_method_gets_no_label_of_its_own(door):
    before = metrics.HTTP.labels("other", "/api/v1/topics", "405")._value.get()
    await door.client.request("BREW", "/api/v1/topics")
    assert metrics.HTTP.labels("other", "/api/v1/topics", "405")._value.get() == before + 1
    assert "BREW" not in metrics.text().decode()


async def test_what_was_decided_is_counted_once_per_question(door):
    def filed():
        return {one: metrics.ACCEPTED.labels(one)._value.get() for one in ("proceed", "clarify", "decline", "replayed")}

    before = filed()
    await door.ask(headers={"Idempotency-Key": "k"})
    await door.ask(headers={"Idempotency-Key": "k"})
    await door.ask("Tell me about forces")
    await door.ask("write my essay")
    assert {name: count - before[name] for name, count in filed().items()} == {
        "proceed": 1,
        "clarify": 1,
        "decline": 1,
        "replayed": 1,
    }


@pytest.fixture
async def shown(doors, pool, tmp_path):
    """Asks a door with figures and the given token."""

    async def ask(*, token, headers):
        app = create_app(replace(doors, figures=Figures(pool, disk=tmp_path, token=token)))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://vividly.test") as client:
            return await client.get("/metrics", headers=headers)

    return ask


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "8.8.8.8"}, 403),
        ("secret", {}, 403),
        ("secret", {"Authorization": "Bearer secret"}, 200),
        ("secret", {"Authorization": "Bearer other"}, 403),
    ],
)
async def test_figures_are_for_operators(shown, token, headers, status):
    answer = await shown(token=token, headers=headers)
    assert answer.status_code == status
    if status == 200:
        names = {family.name for family in text_string_to_metric_families(answer.text)}
        assert {"vividly_queue_depth", "vividly_http_requests", "vividly_requests"} <= names
    else:
        assert answer.json()["code"] == "not_allowed"
        assert "vividly_queue" not in answer.text


async def test_a_process_without_figures_has_none(door):
    assert (await door.client.get("/metrics")).status_code == 404
    assert "/metrics" not in (await door.client.get("/openapi.json")).json()["paths"]


async def test_open_streams_are_counted_while_they_are_open(door, pool):
    filed = await door.ask()
    happenings = door.doors.happenings
    assert isinstance(happenings, Happenings)
    before = happenings.watching

    async def welcome():
        return True

    stream = happenings.frames(filed["request_id"], after=0, person_id=door.people["student"].person_id, welcome=welcome)
    await anext(stream)
    assert happenings.watching == before + 1
    await stream.aclose()
    assert happenings.watching == before
    await asyncio.sleep(0)


async def test_a_door_that_breaks_with_words_does_not_repeat_them(door, monkeypatch):
    words, written = "why does my canary sing", io.StringIO()

    def broken(question, **_more):
        raise ValueError(f"cannot decide on {question}") from KeyError(question)

    monkeypatch.setattr(sys, "stderr", written)
    logs.configure(form="json")
    monkeypatch.setattr(door.intake, "decide", broken)
    answer = await door.call("POST", "/content/generate", json={"student_query": words})
    assert answer.status_code == 500
    assert "api.broke" in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()
    assert "canary" not in written.getvalue() + answer.text
