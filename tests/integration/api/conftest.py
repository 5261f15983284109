"""A whole JSON door on a real database and a real shelf, people of two schools, and a worker's hand to move requests on.

Only intake is scripted here, so that a test can say what it decides; the journeys in tests/acceptance use the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from vividly import logs
from vividly.accounts import store as people_store
from vividly.accounts.model import Newcomer, Person, PersonId, SchoolId, SessionId
from vividly.accounts.tokens import TokenKeys, access_token
from vividly.api.app import create_app
from vividly.api.doors import Doors
from vividly.api.happenings import Happenings
from vividly.api.health import database_probe, shelf_probe
from vividly.curriculum.loader import interests, topics
from vividly.db.engine import transaction
from vividly.delivery import MediaSigner
from vividly.intake.decisions import Choice, Clarify, Decline, Number, Proceed
from vividly.library.model import Lesson
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import Claimed, Clarification, RequestId
from vividly.requests.notify import Notifier, listen
from vividly.shelf.disk import DiskShelf
from vividly.steps import Role, Step

BASE = "http://vividly.test"
TOPIC = "topic_phys_mech_newton_3"

CHOICES = (
    Choice("topic_phys_mech_newton_3/pairs", "Why forces come in pairs", TOPIC, "pairs"),
    Choice("topic_phys_mech_newton_2/fma", "How force changes motion", "topic_phys_mech_newton_2", "fma"),
)


class ScriptedIntake:
    """Decides by a word in the question, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def decide(self, question, *, grade, rounds=0, earlier=()):
        self.asked.append({"question": question, "grade": grade, "rounds": rounds, "earlier": earlier})
        words = " ".join((question, *earlier)).lower()
        if "hurt myself" in words:
            return Decline("self_harm", "Please talk to somebody you trust. You can call or text 988.", "urgent")
        if "essay" in words:
            return Decline("out_of_scope", "I explain science and mathematics. Ask me about forces, cells or circuits.")
        if "forces" in words and rounds < 2 and "pairs" not in words:
            return Clarify(("What about forces would you like to see?",), CHOICES, "several topics are plausible")
        assumption = "I took this to be about force pairs." if rounds >= 2 else ""
        numbers = (Number(12.0, "newton", "12 N"),) if "12 N" in question else ()
        return Proceed(question, TOPIC, "Newton's third law", "pairs", "force pairs", 0.93, numbers, (), assumption)


@dataclasses.dataclass
class Door:
    """The door under test and what a test needs beside it."""

    app: object
    doors: Doors
    client: httpx.AsyncClient
    intake: ScriptedIntake
    people: dict[str, Person]
    headers: dict[str, dict[str, str]]
    sessions: dict[str, SessionId]
    woken: list[int]

    async def call(self, method, path, *, by="student", **more):
        headers = {**(self.headers[by] if by else {}), **more.pop("headers", {})}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def ask(self, question="Why does a table push back on a book?", *, by="student", headers=None, **more):
        answer = await self.call(
            "POST", "/content/generate", by=by, json={"student_query": question, **more}, headers=headers or {}
        )
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def status(self, request_id, *, by="student"):
        answer = await self.call("GET", f"/content/request/{request_id}/status", by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """As in production; the library's own default draws tracebacks for seconds."""
    logs.configure(form="json", level="warning")


@pytest.fixture
async def doors(pool, database, tmp_path) -> Doors:
    shelf = DiskShelf(tmp_path / "shelf")
    intake = ScriptedIntake()
    intake.woken = []
    return Doors(
        pool=pool,
        keys=TokenKeys(secrets=("a secret only these tests know, long enough",)),
        cookie_key=b"another secret of the tests",
        intake=intake,
        key_of=lambda subject: f"key-{subject.topic_id}-{subject.facet}-{subject.interest}-{subject.question}",
        shelf=shelf,
        signer=MediaSigner([b"a media key of the tests"]),
        happenings=Happenings(pool, source=lambda: listen(database, poll=0.2), heartbeat=0.3),
        notifier=Notifier(pool),
        wake=lambda: intake.woken.append(1),
        topics=topics(),
        interests=interests(),
        probes={"database": database_probe(pool), "shelf": shelf_probe(shelf)},
    )


@pytest.fixture
async def door(doors, pool) -> AsyncIterator[Door]:
    """The app called in process; its background work runs as in production."""
    people = await _people(pool)
    headers, sessions = await _signed_in(pool, doors.keys, people)
    app = create_app(doors)
    notifying = asyncio.create_task(doors.notifier.run(doors.stopping))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Door(app, doors, client, doors.intake, people, headers, sessions, doors.intake.woken)
    await notifying


class Announced(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def served(door) -> AsyncIterator[httpx.AsyncClient]:
    """The same app behind a real server, for what streams."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(door.app, lifespan="off", log_level="critical", timeout_graceful_shutdown=2)
        server = Announced(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await server.ready.wait()
        port = listener.getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client
        door.doors.happenings.close()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await running


class Kitchen:
    """A worker's hand: claims and moves requests by the real verbs of workers."""

    def __init__(self, door: Door) -> None:
        self._pool, self._door = door.doors.pool, door

    async def take(self, request_id: str) -> Claimed:
        await jobs.ring(self._pool, request_id=RequestId(UUID(request_id)))
        claimed = await jobs.claim(self._pool, owner=uuid4())
        assert claimed is not None
        assert str(claimed.hold.request_id) == request_id
        self.told(request_id)
        return claimed

    async def generate(self, request_id: str, percent: int = 40, partial: dict[str, str] | None = None) -> Claimed:
        claimed = await self.take(request_id)
        await jobs.generate(self._pool, hold=claimed.hold)
        await self.progress(claimed, percent, partial)
        return claimed

    async def progress(self, claimed: Claimed, percent: int, partial: dict[str, str] | None = None) -> None:
        await jobs.progress(self._pool, hold=claimed.hold, step=Step.DRAWING, percent=percent, partial=partial or {})
        self.told(str(claimed.hold.request_id))

    async def finish(self, claimed: Claimed, lesson_id: str | None = None) -> Lesson:
        lesson = bundle(self._door.doors.shelf, lesson_id or uuid4().hex[:16], work_key=claimed.request.cache_key)
        await jobs.finish(self._pool, hold=claimed.hold, lesson=lesson)
        self.told(str(claimed.hold.request_id))
        return lesson

    async def complete(self, request_id: str) -> Lesson:
        return await self.finish(await self.generate(request_id))

    async def fail(self, claimed: Claimed) -> None:
        await jobs.fail_for_good(
            self._pool, hold=claimed.hold, code="gate_failed", step="packaging", message="The sound ran away from the picture."
        )
        self.told(str(claimed.hold.request_id))

    async def ask(self, claimed: Claimed, clarification: Clarification) -> None:
        await jobs.ask(self._pool, hold=claimed.hold, clarification=clarification)
        self.told(str(claimed.hold.request_id))

    def told(self, request_id: str) -> None:
        self._door.doors.notifier.touch(RequestId(UUID(request_id)))


@pytest.fixture
def kitchen(door) -> Kitchen:
    return Kitchen(door)


def bundle(shelf, lesson_id: str, *, work_key: str) -> Lesson:
    """A small but whole bundle on the shelf."""
    script = {
        "title": "Why the table pushes back",
        "hook": "Dunk, and the floor pushes you up.",
        "topic_id": TOPIC,
        "topic_name": "Newton's third law",
        "sections": [
            {"title": "Pairs", "content": "Forces come in pairs.", "duration_seconds": 4.0, "sources": ["p1"], "visuals": []},
            {"title": "Recap", "content": "Equal and opposite.", "duration_seconds": 3.0, "sources": [], "visuals": []},
        ],
        "key_takeaways": ["one", "two", "three"],
        "author": "offline",
        "assumptions": [],
    }
    choice = {"text": "Both", "correct": True, "why": "Forces come in pairs."}
    quiz = {"questions": [{"question": "Who pushes?", "choices": [choice], "explained_at_seconds": 4.0}]}
    sources = {"passages": [{"id": "p1", "text": "…", "book": "Vividly curriculum", "section": "", "licence": "CC BY 4.0"}]}
    vtt = "WEBVTT\n\n00:00.000 --> 00:04.000\nForces come in pairs.\n"
    files = {
        "lesson.mp4": bytes(range(256)) * 40,
        "narration.m4a": b"sound" * 100,
        "captions.vtt": vtt.encode(),
        "chapters.vtt": vtt.encode(),
        "poster.png": b"\x89PNG",
        "transcript.md": b"# Why the table pushes back",
        "script.json": json.dumps(script).encode(),
        "quiz.json": json.dumps(quiz).encode(),
        "sources.json": json.dumps(sources).encode(),
        "stream/index.m3u8": b'#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2.0,\nseg-0.m4s\n#EXTINF:2.0,\n../../secret.m4s\n',
        "stream/init.mp4": b"init",
        "stream/seg-0.m4s": b"segment",
    }
    for name, data in files.items():
        shelf.put(f"lessons/{lesson_id}/{name}", data)
    return Lesson(
        lesson_id=lesson_id,
        work_key=work_key,
        prefix=f"lessons/{lesson_id}",
        title=script["title"],
        topic_id=TOPIC,
        facet="pairs",
        interest="basketball",
        grade_level=10,
        seconds=7.0,
        files=tuple(files),
    )


async def _people(pool) -> dict[str, Person]:
    """School A: two students in the teacher's class, one outside it, an admin. School B: a student and a teacher."""
    ours, theirs = SchoolId(uuid4()), SchoolId(uuid4())
    folk = {
        "student": (ours, Role.STUDENT),
        "classmate": (ours, Role.STUDENT),
        "outsider": (ours, Role.STUDENT),
        "teacher": (ours, Role.TEACHER),
        "admin": (ours, Role.ADMIN),
        "foreigner": (theirs, Role.STUDENT),
        "foreign_teacher": (theirs, Role.TEACHER),
        "foreign_admin": (theirs, Role.ADMIN),
        "operator": (theirs, Role.SUPER_ADMIN),
    }
    people: dict[str, Person] = {}
    async with transaction(pool) as conn:
        for school in (ours, theirs):
            await people_store.add_school(conn, school_id=school, name="A school", demo=False)
        for name, (school, role) in folk.items():
            grade, likes = (10, ("Basketball", "Music")) if role is Role.STUDENT else (None, ())
            who = Newcomer(f"{name}@school.test", "", name, "Person", grade, likes)
            people[name] = await people_store.add_person(
                conn, person_id=PersonId(uuid4()), school_id=school, who=who, password_hash="!", role=role, status="active"
            )
        klass = uuid4()
        await people_store.add_class(conn, class_id=klass, school_id=ours, name="10b", teacher_id=people["teacher"].person_id)
        for name in ("student", "classmate"):
            await people_store.add_member(conn, class_id=klass, person_id=people[name].person_id)
    return people


async def _signed_in(pool, keys, people):
    headers, sessions = {}, {}
    async with transaction(pool) as conn:
        for name, person in people.items():
            sessions[name] = SessionId(uuid4())
            await people_store.open_session(
                conn, session_id=sessions[name], person_id=person.person_id, token_hash=uuid4().bytes, seconds=3600
            )
            token = access_token(keys, person=person, session_id=sessions[name], now=datetime.now(UTC))
            headers[name] = {"Authorization": f"Bearer {token}"}
    return headers, sessions
