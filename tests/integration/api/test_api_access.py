"""Who may do what to whose: every route as every kind of person, and what a browser's cookie may not do alone."""

from __future__ import annotations

import uuid

import jwt
import pytest

from vividly.accounts import actions as accounts
from vividly.api.identity import COOKIE, cookie_value

OURS = {"student", "teacher", "admin", "operator"}
MATES = {"classmate", "outsider"}
STRANGERS = {"foreigner", "foreign_teacher", "foreign_admin"}


@pytest.mark.parametrize("by", sorted(OURS | MATES | STRANGERS))
async def test_a_request_is_seen_by_its_student_their_teacher_their_school_and_the_operator(door, by):
    filed = await door.ask()
    answer = await door.call("GET", f"/content/request/{filed['request_id']}/status", by=by)
    assert answer.status_code == (200 if by in OURS else 403 if by in MATES else 404)


@pytest.mark.parametrize("verb", ["cancel", "retry", "clarify"])
@pytest.mark.parametrize("by", sorted(MATES | STRANGERS | {"operator"}))
async def test_a_request_is_changed_by_nobody_else(door, by, verb):
    filed = await door.ask("explain forces")
    path = f"/content/request/{filed['request_id']}/{verb}"
    answer = await door.call("POST", path, by=by, json={"option_id": filed["options"][0]["id"]})
    assert answer.status_code == (404 if by in STRANGERS else 403)
    assert (await door.status(filed["request_id"]))["status"] == "clarification_needed"


@pytest.mark.parametrize("by", sorted(OURS | MATES | STRANGERS))
async def test_a_lesson_is_watched_by_those_who_may_see_somebody_it_was_made_for(door, kitchen, by):
    filed = await door.ask()
    lesson = await kitchen.complete(filed["request_id"])
    answer = await door.call("GET", f"/content/lessons/{lesson.lesson_id}", by=by)
    assert answer.status_code == (200 if by in OURS else 404)


async def test_lists_never_hold_what_is_not_ones_own(door):
    await door.ask()
    for by in sorted(MATES | STRANGERS):
        page = (await door.call("GET", "/content/requests", by=by)).json()
        assert page["items"] == [], by


# Fixed: the names of tests must be the same in every test process.
NOBODYS = uuid.UUID("5b6d6c0e-2f53-4d0f-9d54-0c9f6f1f7a11")
PRIVATE = [
    ("GET", "/auth/me"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/logout-all"),
    ("POST", "/content/generate"),
    ("GET", "/content/requests"),
    ("GET", f"/content/request/{NOBODYS}/status"),
    ("GET", f"/content/request/{NOBODYS}/events"),
    ("POST", f"/content/request/{NOBODYS}/clarify"),
    ("POST", f"/content/request/{NOBODYS}/cancel"),
    ("POST", f"/content/request/{NOBODYS}/retry"),
    ("GET", "/content/lessons/abc"),
    ("POST", "/content/lessons/abc/feedback"),
]


@pytest.mark.parametrize(("method", "path"), PRIVATE)
async def test_nothing_private_answers_without_a_sign_in(door, method, path):
    answer = await door.call(method, path, by=None)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def _forged(door, **changes):
    token = door.headers["student"]["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims | changes


async def test_forged_old_and_foreign_tokens_open_nothing(door):
    secret, good = door.doors.keys.secrets[0], _forged(door)
    kid = jwt.get_unverified_header(door.headers["student"]["Authorization"].removeprefix("Bearer "))["kid"]
    headers = {"kid": kid}
    tokens = [
        "nonsense",
        "a.b.c",
        "",
        jwt.encode(good, "another secret, long enough for the algorithm", algorithm="HS256", headers=headers),
        jwt.encode(good, "", algorithm="none", headers=headers),
        jwt.encode(_forged(door, exp=1), secret, algorithm="HS256", headers=headers),
        jwt.encode(_forged(door, type="refresh"), secret, algorithm="HS256", headers=headers),
        jwt.encode(_forged(door, aud="elsewhere"), secret, algorithm="HS256", headers=headers),
        jwt.encode(_forged(door, sid=str(uuid.uuid4())), secret, algorithm="HS256", headers=headers),
        jwt.encode(_forged(door, sub=str(door.people["teacher"].person_id)), secret, algorithm="HS256", headers=headers),
        jwt.encode(_forged(door, role="super_admin"), "x" * 40, algorithm="HS256", headers=headers),
    ]
    for token in tokens:
        answer = await door.call("GET", "/auth/me", by=None, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
        assert answer.json()["code"] in {"token_not_valid", "token_expired", "session_ended"}


async def test_a_role_in_the_token_is_not_believed(door):
    kid = jwt.get_unverified_header(door.headers["student"]["Authorization"].removeprefix("Bearer "))["kid"]
    token = jwt.encode(_forged(door, role="super_admin"), door.doors.keys.secrets[0], algorithm="HS256", headers={"kid": kid})
    me = await door.call("GET", "/auth/me", by=None, headers={"Authorization": f"Bearer {token}"})
    assert me.json()["role"] == "student"


def _cookie(door, name="student"):
    return {"Cookie": f"{COOKIE}={cookie_value(door.sessions[name], key=door.doors.cookie_key)}"}


async def test_a_cookie_signs_in_until_the_session_ends(door):
    me = await door.call("GET", "/auth/me", by=None, headers=_cookie(door))
    assert me.json()["email"] == "student@school.test"
    await accounts.sign_out(door.doors.pool, session_id=door.sessions["student"])
    assert (await door.call("GET", "/auth/me", by=None, headers=_cookie(door))).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "zz.zz", f"{NOBODYS.hex}.{'0' * 64}", NOBODYS.hex, "é.é"])
async def test_a_session_id_alone_is_no_cookie(door, value):
    headers = {"Cookie": f"{COOKIE}={value}".encode()}
    assert (await door.call("GET", "/auth/me", by=None, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("more", "good"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://vividly.test"}, True),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://vividly.test"}, False),
    ],
)
async def test_a_cookie_changes_things_only_from_our_own_pages(door, more, good):
    body = {"student_query": "why is the sky blue?"}
    answer = await door.call("POST", "/content/generate", by=None, json=body, headers=_cookie(door) | more)
    assert answer.status_code == (202 if good else 403)
    if not good:
        assert answer.json()["code"] == "cross_site"


async def test_the_operator_looks_but_does_not_ask(door):
    answer = await door.call("POST", "/content/generate", by="operator", json={"student_query": "why is that so?"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
