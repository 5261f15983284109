"""The door itself: sign-in over HTTP, health that names what is missing, errors that tell nothing, an honest description."""

from __future__ import annotations

import json

import pytest

from vividly.accounts.demo import ensure_demo_school
from vividly.api.health import database_probe
from vividly.db.engine import ContractBroken, open_pool
from vividly.errors import Misconfigured, Refused, TryAgainLater

LOGIN = {"email": "student@demo.school", "password": "Demo-pass-2026"}


@pytest.fixture
async def demo(door):
    await ensure_demo_school(door.doors.pool)


async def test_signing_in_going_on_and_out(door, demo):
    answer = await door.call("POST", "/auth/login", by=None, json=LOGIN)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    signed_in = answer.json()
    assert set(signed_in) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (signed_in["token_type"], signed_in["expires_in"]) == ("bearer", 600)
    named = {"user_id", "email", "first_name", "last_name", "role", "status", "grade_level", "created_at", "last_login_at"}
    assert named | {"organization_id", "interests"} == set(signed_in["user"])
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    assert (await door.call("GET", "/auth/me", by=None, headers=headers)).json()["email"] == LOGIN["email"]

    fresh = (await door.call("POST", "/auth/refresh", by=None, json={"refresh_token": signed_in["refresh_token"]})).json()
    newer = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert (await door.call("GET", "/auth/me", by=None, headers=newer)).status_code == 200
    assert (await door.call("POST", "/auth/logout", by=None, headers=newer)).status_code == 204
    ended = await door.call("GET", "/auth/me", by=None, headers=newer)
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


async def test_showing_a_used_refresh_token_ends_the_family(door, demo):
    first = (await door.call("POST", "/auth/login", by=None, json=LOGIN)).json()
    second = (await door.call("POST", "/auth/refresh", by=None, json={"refresh_token": first["refresh_token"]})).json()
    stolen = await door.call("POST", "/auth/refresh", by=None, json={"refresh_token": first["refresh_token"]})
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_reused")
    victim = await door.call("POST", "/auth/refresh", by=None, json={"refresh_token": second["refresh_token"]})
    assert victim.status_code == 401


async def test_a_wrong_password_and_an_unknown_name_look_alike(door, demo):
    wrong = await door.call("POST", "/auth/login", by=None, json={**LOGIN, "password": "wrong"})
    unknown = await door.call("POST", "/auth/login", by=None, json={**LOGIN, "email": "nobody@demo.school"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_leaving_everywhere_ends_every_session(door):
    assert (await door.call("POST", "/auth/logout-all")).status_code == 204
    assert (await door.call("GET", "/auth/me")).status_code == 401


async def test_a_newcomer_waits_for_their_school(door):
    school = str(door.people["student"].school_id)
    body = {
        "email": " New@School.Test ",
        "password": "a long enough phrase",
        "first_name": "Nia",
        "last_name": "O",
        "grade_level": 9,
        "organization_id": school,
    }
    answer = await door.call("POST", "/auth/register", by=None, json=body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["role"], answer.json()["email"]) == ("pending", "student", "new@school.test")
    waiting = await door.call("POST", "/auth/login", by=None, json={"email": "new@school.test", "password": body["password"]})
    assert (waiting.status_code, waiting.json()["code"]) == (403, "not_active")
    again = await door.call("POST", "/auth/register", by=None, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    weak = await door.call("POST", "/auth/register", by=None, json={**body, "email": "b@school.test", "password": "short"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")


async def test_health_is_alive_and_ready(door):
    assert (await door.client.get("/health/live")).json() == {"status": "alive"}
    ready = await door.client.get("/health/ready")
    assert ready.status_code == 200
    assert {check["name"] for check in ready.json()["checks"]} == {"database", "shelf"}
    assert (await door.client.get("/api/v1/health/ready")).status_code == 200


async def test_not_ready_names_what_is_missing(door):
    async def missing() -> list[str]:
        return ["content_request_status lacks 'generating': run vividly db migrate"]

    async def broken() -> list[str]:
        raise RuntimeError("secret details")

    away = await open_pool("postgresql://nobody@127.0.0.1:1/none", min_size=0, max_size=1, name="away")
    door.doors.probes.update(contract=missing, models=broken, elsewhere=database_probe(away))
    answer = await door.client.get("/health/ready")
    await away.close()
    assert answer.status_code == 503
    wrong = {check["name"]: check["problems"] for check in answer.json()["checks"] if not check["ok"]}
    assert "'generating'" in wrong["contract"][0]
    assert "secret" not in answer.text
    assert "DATABASE_URL" in wrong["elsewhere"][0]
    assert (await door.client.get("/health/live")).status_code == 200
    door.doors.stopping.set()
    assert "stopping" in (await door.client.get("/health/ready")).text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("a secret"), 500, "internal_error"),
        (ContractBroken("23514", "a secret"), 500, "internal_error"),
        (Misconfigured("SECRET", "a secret"), 500, "misconfigured"),
        (TryAgainLater("a secret", after=7), 503, "try_again_later"),
        (Refused("not_kind", "Please ask kindly."), 422, "not_kind"),
    ],
)
async def test_no_error_tells_its_text(door, error, status, code):
    async def fail() -> None:
        raise error

    door.app.get("/api/v1/failing")(fail)
    answer = await door.client.get("/api/v1/failing")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text.lower()
    if status == 503:
        assert (answer.headers["retry-after"], answer.json()["retry_after"]) == ("7", 7)


async def test_the_database_away_is_503_and_come_back(door, pool):
    await pool.close()
    answer = await door.call("GET", "/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again_later")
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_unknown_address_and_a_wrong_method_are_problems(door):
    for method, path, code in (("GET", "/api/v1/nothing", "not_found"), ("PUT", "/api/v1/topics", "method_not_allowed")):
        answer = await door.client.request(method, path)
        assert answer.json()["code"] == code
        assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_may_answer_their_own_errors(door):
    from fastapi.responses import HTMLResponse

    async def page(request, problem):
        return HTMLResponse(f"<h1>{problem.status}</h1>", status_code=problem.status)

    door.app.state.page_error = page
    assert (await door.client.get("/nothing")).text == "<h1>404</h1>"
    assert (await door.client.get("/api/v1/nothing")).json()["code"] == "not_found"


async def test_the_description_is_whole_and_every_reference_leads_somewhere(door):
    described = (await door.client.get("/openapi.json")).json()
    text = json.dumps(described)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in described["components"]["schemas"], reference
    assert "HTTPValidationError" not in text
    seen = set()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["operationId"] not in seen, operation["operationId"]
            seen.add(operation["operationId"])
            assert operation.get("description"), (path, method)
            for status, response in operation["responses"].items():
                if status >= "400" and path != "/health/ready":
                    assert list(response["content"]) == ["application/problem+json"], (path, method, status)


async def test_an_answer_never_has_a_status_that_is_not_described(door):
    described = (await door.client.get("/openapi.json")).json()["paths"]
    for path, operations in described.items():
        for method, operation in operations.items():
            there = path.replace("{request_id}", "6f1d2f5e-5d0c-4a57-9a44-0d3c4c1f6a10").replace("{lesson_id}", "a")
            for headers in ({}, door.headers["student"], door.headers["operator"]):
                for body in (None, {}, {"answer": "x"}):
                    more: dict[str, object] = {} if body is None else {"json": body}
                    answer = await door.client.request(method, there, headers=headers, **more)
                    assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code, answer.text)
