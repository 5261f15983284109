"""The pages as browsers without scripts use them: who may open what, what forms do, and what none of them may do."""

from __future__ import annotations

import html
import re
import uuid

import httpx
import pytest

from vividly.accounts import demo
from vividly.api.identity import COOKIE, cookie_value
from vividly.db.engine import transaction
from vividly.requests import actions
from vividly.requests.model import RequestId
from vividly.web import pages
from vividly.web.room import HEADERS, Room

BASE = "http://vividly.test"
CLEAR = "Why does a table push back on a book?"


class Browser:
    """Follows links and posts forms as a browser would, cookies and tokens included."""

    def __init__(self, door, name: str = "") -> None:
        transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE)
        if name:
            self.client.cookies.set(COOKIE, cookie_value(door.sessions[name], key=door.doors.cookie_key), domain="vividly.test")
        self.page = ""

    async def open(self, path: str, *, status: int = 200) -> str:
        answer = await self.client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        self.page = answer.text
        return self.page

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Post a form of the page that is open, with its token; whoever wants another one says csrf=…"""
        token = re.search(r'name="csrf" value="([^"]*)"', self.page)
        fields.setdefault("csrf", token[1] if token else "")
        answer = await self.client.post(path, data=fields, headers={"sec-fetch-site": "same-origin"})
        self.page = answer.text if answer.status_code != 303 else self.page
        return answer

    async def ask(self, question: str = CLEAR, **fields: str) -> str:
        """Ask, and the id of the request that came of it."""
        await self.open("/ask")
        answer = await self.send("/ask", question=question, **fields)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith("/requests/")
        return answer.headers["location"].removeprefix("/requests/")


@pytest.fixture
async def browse(door, monkeypatch):
    """Opens browsers; every page they are shown must fit its view, and hold nothing but a view."""
    pages.mount(door.app, door.doors)
    shown = []
    show = Room.show

    def noted(self, request, view, **more):
        shown.append(type(view).__name__)
        return show(self, request, view, **more)

    monkeypatch.setattr(Room, "show", noted)
    opened = []

    def browser(name: str = "") -> Browser:
        opened.append(Browser(door, name))
        opened[-1].shown = shown
        return opened[-1]

    yield browser
    for one in opened:
        await one.client.aclose()


# --- who may open what ---------------------------------------------------------------------------------------------------

EVERYBODY = ["", "student", "classmate", "outsider", "teacher", "admin", "foreigner", "foreign_teacher", "operator"]
OPEN = {
    "/": dict.fromkeys(EVERYBODY, 303) | {"": 200},
    "/sign-in": dict.fromkeys(EVERYBODY, 303) | {"": 200},
    "/ask": dict.fromkeys(EVERYBODY, 200) | {"": 303, "operator": 403},
    "/lessons": dict.fromkeys(EVERYBODY, 200) | {"": 303},
    "/class": dict.fromkeys(EVERYBODY, 403) | {"": 303, "teacher": 200, "foreign_teacher": 200},
    "/operator": dict.fromkeys(EVERYBODY, 403) | {"": 303, "operator": 200},
    "/nothing/here": dict.fromkeys(EVERYBODY, 404),
}


@pytest.mark.parametrize("path", OPEN)
async def test_every_page_for_everybody(browse, path):
    for name in EVERYBODY:
        answer = await browse(name).client.get(path)
        assert answer.status_code == OPEN[path][name], (path, name)
        if answer.status_code == 303 and not name:
            assert answer.headers["location"].startswith("/sign-in")
        elif answer.status_code != 303:
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
            assert answer.headers["cache-control"] == "no-store"


SEEN = {"student": 200, "teacher": 200, "admin": 200, "operator": 200, "classmate": 403, "outsider": 403, "foreigner": 404}
SEEN |= {"foreign_teacher": 404, "": 303}


async def test_a_request_is_opened_by_those_who_may_see_it(browse, kitchen):
    request_id = await browse("student").ask("<script>alert(1)</script> pairs")
    for finished in (False, True):
        if finished:
            await kitchen.complete(request_id)
        for name, status in SEEN.items():
            answer = await browse(name).client.get(f"/requests/{request_id}")
            assert answer.status_code == status, name
            assert "<script>alert" not in answer.text
            if status == 200:
                assert html.escape("<script>alert(1)</script>") in answer.text
                assert (f'action="/requests/{request_id}/cancel"' in answer.text) == (name == "student" and not finished)


async def test_a_class_shows_its_own_students_only(browse, door):
    for name in ("student", "classmate", "outsider", "foreigner"):
        await browse(name).ask(f"Why does a table push back on {name}?")
    teacher = browse("teacher")
    await teacher.open("/class")
    assert "back on student" in teacher.page
    assert "back on classmate" in teacher.page
    assert "outsider" not in teacher.page
    assert "foreigner" not in teacher.page
    mine, other = door.people["student"].person_id, door.people["outsider"].person_id
    await teacher.open(f"/class?student={mine}")
    assert "back on student" in teacher.page
    assert "back on classmate" not in teacher.page
    await teacher.open(f"/class?student={other}", status=404)


async def test_signing_in_leads_back_to_where_one_wanted_to_go(browse):
    visitor = browse()
    answer = await visitor.client.get("/lessons?topic=x")
    assert answer.headers["location"] == "/sign-in?back=%2Flessons%3Ftopic%3Dx"
    await visitor.open(answer.headers["location"])
    assert 'name="back" value="/lessons?topic=x"' in visitor.page


# --- signing in and out ----------------------------------------------------------------------------------------------------


async def test_demo_accounts_are_told_only_where_there_is_a_demo_school(browse, pool):
    assert demo.PASSWORD not in await browse().open("/sign-in")
    await demo.ensure_demo_school(pool)
    assert demo.PASSWORD in await browse().open("/sign-in")


async def test_sign_in_and_out(browse, pool):
    await demo.ensure_demo_school(pool)
    visitor = browse()
    await visitor.open("/sign-in?email=student@demo.school")
    assert f'value="{demo.PASSWORD}"' in visitor.page, "one click fills the form, even without scripts"
    wrong = await visitor.send("/sign-in", email="student@demo.school", password="wrong")
    assert wrong.status_code == 401
    assert "do not fit" in wrong.text
    assert "wrong" not in re.findall(r'value="([^"]*)"', wrong.text)
    right = await visitor.send("/sign-in", email="student@demo.school", password=demo.PASSWORD, back="/lessons")
    assert (right.status_code, right.headers["location"]) == (303, "/lessons")
    cookie = next(value for value in right.headers.get_list("set-cookie") if value.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    await visitor.open("/ask")
    assert "Hi Maya" in visitor.page
    kept = visitor.client.cookies[COOKIE]
    out = await visitor.send("/sign-out")
    assert out.status_code == 303
    thief = browse()
    thief.client.cookies.set(COOKIE, kept, domain="vividly.test")
    assert (await thief.client.get("/ask")).status_code == 303, "the session itself has ended, not only the cookie"


@pytest.mark.parametrize("back", ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_signing_in_never_leads_elsewhere(browse, pool, back):
    await demo.ensure_demo_school(pool)
    visitor = browse()
    await visitor.open("/sign-in")
    answer = await visitor.send("/sign-in", email="teacher@demo.school", password=demo.PASSWORD, back=back)
    assert answer.headers["location"] == "/class"


async def test_too_many_tries_are_told_so(browse, pool):
    await demo.ensure_demo_school(pool)
    visitor = browse()
    await visitor.open("/sign-in")
    statuses = [(await visitor.send("/sign-in", email="student@demo.school", password="x")).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert "Please wait" in visitor.page


# --- forms: tokens ------------------------------------------------------------------------------------------------------------

FORMS = [
    "/ask",
    "/sign-out",
    "/requests/{id}/answer",
    "/requests/{id}/cancel",
    "/requests/{id}/retry",
    "/requests/{id}/feedback",
]


@pytest.mark.parametrize("path", [*FORMS, "/class/alerts/{id}", "/sign-in"])
async def test_no_form_without_its_token(browse, path):
    student = browse("student")
    request_id = await student.ask("explain forces")
    stranger = browse("classmate")
    await stranger.open("/ask")
    foreign = re.search(r'name="csrf" value="([^"]*)"', stranger.page)[1]
    fields = {"question": CLEAR, "option_id": "x", "answer": "force pairs", "email": "a@b.c", "password": "x"}
    for token in ("", "0" * 64, foreign):
        answer = await student.send(path.format(id=request_id), csrf=token, **fields)
        assert answer.status_code == 403, token
        assert "out of date" in answer.text or "teachers" in answer.text
    await student.open(f"/requests/{request_id}")
    assert "What about forces would you like to see?" in student.page, "nothing has changed"


async def test_other_sites_cannot_use_a_cookie(browse):
    student = browse("student")
    request_id = await student.ask()
    await student.open(f"/requests/{request_id}")
    token = re.search(r'name="csrf" value="([^"]*)"', student.page)[1]
    answer = await student.client.post(
        f"/requests/{request_id}/cancel", data={"csrf": token}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


# --- the life of a question ---------------------------------------------------------------------------------------------------


async def test_asking(browse, door, pool):
    student = browse("student")
    request_id = await student.ask("  Why does a table push back?  ", interest="music", grade="11")
    now = await actions.snapshot(pool, request_id=RequestId(uuid.UUID(request_id)))
    assert (now.question, now.grade_level, now.interest) == ("Why does a table push back?", 11, "music")
    await student.open(f"/requests/{request_id}")
    assert 'http-equiv="refresh"' in student.page, "works without scripts"
    assert f'data-events-url="/api/v1/content/request/{request_id}/events"' in student.page
    other = await student.ask("Why does a table push back?", other_interest="falconry")
    now = await actions.snapshot(pool, request_id=RequestId(uuid.UUID(other)))
    assert now.interest_asked == "falconry"


async def test_a_form_sent_twice_is_one_question_and_a_changed_one_another(browse):
    student = browse("student")
    await student.open("/ask")
    key = re.search(r'name="filing_key" value="([^"]*)"', student.page)[1]
    answers = [
        await student.send("/ask", question=question, filing_key=key) for question in (CLEAR, CLEAR, "Why do pairs exist?")
    ]
    first, second, third = (answer.headers["location"] for answer in answers)
    assert first == second
    assert third != first


@pytest.mark.parametrize("question", ["", "  a ", "x" * 501])
async def test_a_question_that_does_not_fit_is_kept_and_explained(browse, question):
    student = browse("student")
    await student.open("/ask")
    answer = await student.send("/ask", question=question, other_interest="chess", grade="12")
    assert answer.status_code == 422
    assert "3 to 500 characters" in answer.text
    assert 'value="chess"' in answer.text
    assert '<option value="12" selected>' in answer.text


async def test_example_questions_fill_the_box(browse):
    student = browse("student")
    await student.open("/ask")
    link = html.unescape(re.search(r'class="example" href="(/ask\?q=[^"]+)" data-question="([^"]+)"', student.page)[1])
    words = re.search(r'data-question="([^"]+)"', student.page)[1]
    await student.open(link)
    assert f">{words}</textarea>" in student.page


async def test_a_vague_question_is_asked_back_and_answered_by_one_click(browse, pool):
    student = browse("student")
    request_id = await student.ask("explain forces")
    await student.open(f"/requests/{request_id}")
    assert "Why forces come in pairs" in student.page
    option = re.search(r'name="option_id" value="([^"]+)"', student.page)[1]
    answer = await student.send(f"/requests/{request_id}/answer", option_id=option)
    assert answer.headers["location"] == f"/requests/{request_id}"
    await student.open(f"/requests/{request_id}")
    assert "life-pending" in student.page
    # A second window that still shows the choices changes nothing, and is no error.
    again = await student.send(f"/requests/{request_id}/answer", option_id=option)
    assert again.status_code == 303


async def test_a_vague_question_is_answered_in_own_words(browse):
    student = browse("student")
    request_id = await student.ask("explain forces")
    await student.open(f"/requests/{request_id}")
    short = await student.send(f"/requests/{request_id}/answer", answer="x")
    assert short.status_code == 422
    assert "Pick one of these" in short.text
    await student.send(f"/requests/{request_id}/answer", answer="the part about pairs")
    assert "life-pending" in await student.open(f"/requests/{request_id}")


async def test_progress_shows_what_is_done_now_and_next(browse, kitchen):
    student = browse("student")
    request_id = await student.ask()
    partial = {"script_text": "Forces come in pairs.", "stream_key": "works/x/stream/index.m3u8"}
    await kitchen.generate(request_id, percent=40, partial=partial)
    await student.open(f"/requests/{request_id}")
    steps = re.findall(r'<li class="frame (\w+)" data-step="(\w+)"', student.page)
    assert steps[4] == ("now", "drawing")
    assert [state for state, _ in steps] == ["done"] * 4 + ["now", "next"]
    assert '<progress id="progress" max="100" value="40"' in student.page
    assert "Forces come in pairs." in student.page
    assert 'data-stream="/media/works/x/stream/index.m3u8?token=' in student.page


async def test_cancelled_and_asked_again(browse):
    student = browse("student")
    request_id = await student.ask()
    await student.open(f"/requests/{request_id}")
    await student.send(f"/requests/{request_id}/cancel")
    await student.open(f"/requests/{request_id}")
    assert "life-cancelled" in student.page
    await student.open(html.unescape(re.search(r'href="(/ask\?q=[^"]+)"', student.page)[1]))
    assert CLEAR in student.page


async def test_a_failure_says_where_and_why_and_can_be_tried_again(browse, kitchen):
    student = browse("student")
    request_id = await student.ask()
    await kitchen.fail(await kitchen.generate(request_id))
    await student.open(f"/requests/{request_id}")
    assert "The sound ran away from the picture." in student.page
    assert "putting it together" in student.page
    assert "did not pass our checks" in student.page
    assert re.search(r"<code>req_[0-9a-f]{16}</code>", student.page)
    await student.send(f"/requests/{request_id}/retry")
    assert "life-pending" in await student.open(f"/requests/{request_id}")
    assert (await student.send(f"/requests/{request_id}/retry")).status_code == 303, "twice is no error"


async def test_declined_kindly_with_something_to_do(browse):
    student = browse("student")
    request_id = await student.ask("write my essay")
    await student.open(f"/requests/{request_id}")
    assert "I explain science and mathematics." in student.page
    assert 'class="example"' in student.page


async def test_care_first_and_a_teacher_is_told(browse):
    student = browse("student")
    request_id = await student.ask("i want to hurt myself")
    await student.open(f"/requests/{request_id}")
    assert "988" in student.page
    assert "You matter more than any lesson" in student.page
    assert 'class="example"' not in student.page
    stranger = browse("foreign_teacher")
    assert "look after" not in await stranger.open("/class")
    teacher = browse("teacher")
    await teacher.open("/class")
    assert "Please look after these students" in teacher.page
    alert = re.search(r'action="(/class/alerts/[^"]+)"', teacher.page)[1]
    await stranger.send(alert)
    assert "look after" in await teacher.open("/class"), "only their own teacher can take it on"
    await teacher.send(alert)
    assert "look after" not in await teacher.open("/class")


async def test_the_lesson(browse, kitchen):
    student = browse("student")
    request_id = await student.ask()
    await kitchen.complete(request_id)
    await student.open(f"/requests/{request_id}")
    assert "<title>Why the table pushes back · Vividly</title>" in student.page
    video = html.unescape(re.search(r'<video id="video"[^>]* src="([^"]+)"', student.page)[1])
    captions = html.unescape(re.search(r'<track kind="captions"[^>]* src="([^"]+)"', student.page)[1])
    part = await student.client.get(video, headers={"range": "bytes=0-9"})
    assert part.status_code == 206
    assert (await student.client.get(captions)).text.startswith("WEBVTT")
    assert re.search(r'class="spoken"[^>]*data-start="0.0"', student.page)
    assert re.search(r'data-correct="yes"', student.page)
    assert "Vividly curriculum" in student.page
    rated = await student.send(f"/requests/{request_id}/feedback", rating="5", kind="helpful", note="clear now")
    assert rated.headers["location"].endswith("?thanks=1#feedback")
    assert "Thank you" in await student.open(f"/requests/{request_id}?thanks=1")
    bad = await student.send(f"/requests/{request_id}/feedback", rating="9", kind="helpful")
    assert bad.status_code == 422


async def test_a_lesson_that_was_taken_back_is_not_shown(browse, kitchen, pool):
    student = browse("student")
    request_id = await student.ask()
    lesson = await kitchen.complete(request_id)
    async with transaction(pool) as conn:
        await conn.execute("UPDATE lessons SET hidden = true WHERE id = %s", (lesson.lesson_id,))
    await student.open(f"/requests/{request_id}", status=404)
    assert "taken back" in student.page


async def test_earlier_lessons_are_found(browse, kitchen):
    student = browse("student")
    assert "still empty" in await student.open("/lessons")
    await kitchen.complete(await student.ask())
    await student.ask("Why do forces come in pairs of two?")
    await student.open("/lessons")
    assert student.page.count('class="card"') == 2
    assert "Why the table pushes back" in student.page
    await student.open("/lessons?search=TABLE+back")
    assert student.page.count('class="card"') == 1
    await student.open("/lessons?topic=topic_phys_mech_newton_3&since=2020-01-01")
    assert student.page.count('class="card"') == 2
    for nothing in ("search=quasar", "topic=other", "since=2999-01-01"):
        assert "Nothing matches" in await student.open(f"/lessons?{nothing}")
    assert 'class="card"' not in await browse("classmate").open("/lessons")


async def test_lists_go_on_where_they_ended(browse, monkeypatch):
    monkeypatch.setattr("vividly.web.lists._PAGE", 2)
    student = browse("student")
    asked = [await student.ask(f"Why do pairs push number {number}?") for number in range(5)]
    path, seen = "/lessons", []
    while path:
        await student.open(path)
        seen += re.findall(r'class="card-link" href="/requests/([^"]+)"', student.page)
        more = re.search(r'class="older"><a class="button plain" href="([^"]+)"', student.page)
        path = html.unescape(more[1]) if more else ""
    assert seen == asked[::-1]


# --- all pages -----------------------------------------------------------------------------------------------------------------


async def test_no_page_needs_inline_code(browse, kitchen):
    student = browse("student")
    clear, vague = await student.ask(), await student.ask("explain forces")
    await kitchen.complete(clear)
    for path in ("/ask", "/lessons", f"/requests/{clear}", f"/requests/{vague}"):
        await student.open(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", student.page), path
    assert {"Ask", "Lessons", "Watch", "Choose"} <= set(student.shown)


async def test_files_are_kept_for_ever_and_change_their_address(browse, door):
    visitor = browse()
    await visitor.open("/")
    address = re.search(r'href="(/static/[0-9a-f]+/vividly\.css)"', visitor.page)[1]
    answer = await visitor.client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    old = await visitor.client.get(re.sub(r"/static/[^/]+/", "/static/other/", address))
    assert old.headers["cache-control"] == "no-cache"
    assert (await visitor.client.get("/static/x/../pages.py")).status_code == 404
    assert (await visitor.client.get("/static/x/missing.js")).status_code == 404
    assert (await visitor.client.head("/")).status_code == 200


async def test_programs_still_get_problems_not_pages(browse, door):
    answer = await door.client.get("/api/v1/nothing")
    assert answer.headers["content-type"].startswith("application/problem+json")
    page = await browse("student").client.get(f"/requests/{uuid.uuid4()}")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert (await browse("student").client.get("/requests/not-a-uuid")).status_code == 422


async def test_what_breaks_is_told_without_its_secrets(browse, monkeypatch):
    async def breaks(*_args, **_more):
        raise RuntimeError("password=hunter2")

    student = browse("student")
    await student.open("/ask")
    monkeypatch.setattr("vividly.web.pages.asking.ask", breaks)
    answer = await student.send("/ask", question=CLEAR)
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "hunter2" not in answer.text


async def test_the_operator_sees_what_is_missing(browse, door):
    operator = browse("operator")
    assert "is <span" in await operator.open("/operator")

    async def full() -> list[str]:
        return ["disk: 12 MB are left, 500 MB are needed"]

    door.doors.probes["disk"] = full
    assert "12 MB are left" in await operator.open("/operator")
    assert "not ready" in operator.page
