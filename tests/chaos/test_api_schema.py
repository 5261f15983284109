"""The JSON door against its own description: whatever fits, or just does not fit, the OpenAPI document is answered as it says.

The app is served by uvicorn over a real database; callers are signed in as a student, a teacher, or nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from proof import fleet
from proof.waiting import eventually
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from vividly.accounts import store as people
from vividly.accounts.model import Newcomer, PersonId, SchoolId, SessionId
from vividly.accounts.tokens import TokenKeys, access_token
from vividly.api.app import create_app
from vividly.api.doors import Doors
from vividly.api.happenings import Happenings
from vividly.api.health import database_probe, shelf_probe
from vividly.curriculum.loader import interests, topics
from vividly.db.engine import open_pool, transaction
from vividly.delivery import MediaSigner
from vividly.intake.decisions import Choice, Clarify, Decline, Proceed
from vividly.requests.notify import Notifier, listen
from vividly.shelf.disk import DiskShelf
from vividly.steps import Role

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
KEYS = TokenKeys(secrets=("a secret only these tests know, long enough",))
TOPIC = "topic_phys_mech_newton_3"


class Dice:
    """Decides by the length of a question: on, ask back, or decline. What intake really decides is tested where it lives."""

    def decide(self, question, *, grade, rounds=0, earlier=()):
        if len(question) % 3 == 0 and rounds < 2:
            return Clarify(("Which?",), (Choice(f"{TOPIC}/pairs", "Pairs", TOPIC, "pairs"),), "several fit")
        if len(question) % 3 == 1:
            return Decline("out_of_scope", "I explain science.")
        return Proceed(question, TOPIC, "Newton's third law", "pairs", "force pairs", 0.9, (), (), "")


async def folk(pool):
    """A student and a teacher of one school."""
    school = SchoolId(uuid4())
    async with transaction(pool) as conn:
        await people.add_school(conn, school_id=school, name="A school", demo=False)
        return {
            role: await people.add_person(
                conn,
                person_id=PersonId(uuid4()),
                school_id=school,
                who=Newcomer(f"{role}@school.test", "", role, "Person", 10, ("Music",)),
                password_hash="!",
                role=role,
                status="active",
            )
            for role in (Role.STUDENT, Role.TEACHER)
        }


async def signed_in(pool, everybody):
    """Headers of a new session for each: some calls end sessions."""
    headers = {"nobody": {}}
    async with transaction(pool) as conn:
        for role, person in everybody.items():
            session = SessionId(uuid4())
            await people.open_session(
                conn, session_id=session, person_id=person.person_id, token_hash=uuid4().bytes, seconds=3600
            )
            token = access_token(KEYS, person=person, session_id=session, now=datetime.now(UTC))
            headers[str(role)] = {"Authorization": f"Bearer {token}"}
    return headers


async def serve(url, folder, told, stopping):
    async with await open_pool(url, min_size=2, max_size=8, name="api") as pool:
        shelf = DiskShelf(folder / "shelf")
        doors = Doors(
            pool=pool,
            keys=KEYS,
            cookie_key=b"another secret of the tests",
            intake=Dice(),
            key_of=lambda subject: f"key-{subject.topic_id}-{subject.facet}",
            shelf=shelf,
            signer=MediaSigner([b"a media key of the tests"]),
            happenings=Happenings(pool, source=lambda: listen(url, poll=0.2), heartbeat=0.1),
            notifier=Notifier(pool),
            wake=lambda: None,
            topics=topics(),
            interests=interests(),
            probes={"database": database_probe(pool), "shelf": shelf_probe(shelf)},
        )
        app = create_app(doors)
        server = uvicorn.Server(uvicorn.Config(app, port=told.port, log_level="critical", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        loop, everybody, told.document = asyncio.get_running_loop(), await folk(pool), app.openapi()
        told.sign_in = lambda: asyncio.run_coroutine_threadsafe(signed_in(pool, everybody), loop).result()
        told.ready.set()
        await asyncio.to_thread(stopping.wait)
        doors.happenings.close()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
def api(database, tmp_path) -> Iterator[SimpleNamespace]:
    """The whole JSON door in a thread of its own, at `url`."""
    told, stopping = SimpleNamespace(port=fleet.a_port(), ready=threading.Event()), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve(database, tmp_path, told, stopping)))
    thread.start()
    assert told.ready.wait(30)
    told.url = f"http://127.0.0.1:{told.port}"
    yield told
    stopping.set()
    thread.join(30)


class Explorer:
    """Calls what the document describes, as it says and not quite as it says, and compares every answer with it."""

    def __init__(self, api) -> None:
        self.api, self.calls = api, 0
        self.answered: dict[str, set[int]] = {}
        self.known: list[str] = []

    def everything(self, *, examples: int, callers=("student", "teacher", "nobody")) -> None:
        for found in schemathesis.openapi.from_dict(self.api.document).get_all_operations():
            operation = found.ok()
            # A stream goes on for as long as its request: it has tests of its own (test_api_events).
            if operation.path.endswith("/events"):
                continue
            for caller in callers:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self.one(operation, mode, caller, examples)

    def one(self, operation, mode, caller, examples) -> None:
        name, headers = f"{operation.method.upper()} {operation.path}", self.api.sign_in()[caller]

        def call(case):
            if "logout" in name:
                headers.update(self.api.sign_in()[caller])
            self.call(case, name, headers)

        run = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        with contextlib.suppress(Unsatisfiable):  # nothing of this operation can be wrong
            run(given(case=operation.as_strategy(generation_mode=mode))(call))()

    def call(self, case, name, headers) -> None:
        case.headers = {**dict(case.headers or {}), **headers}
        if case.path_parameters and "request_id" in case.path_parameters and self.known and self.calls % 2:
            case.path_parameters["request_id"] = self.known[self.calls % len(self.known)]
        answer = case.call(base_url=self.api.url, timeout=20)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 202:
            self.known.append(answer.json()["request_id"])
        self.answered.setdefault(name, set()).add(answer.status_code)
        self.calls += 1


def test_every_answer_is_what_the_document_says(api):
    explorer = Explorer(api)
    explorer.everything(examples=1, callers=("student", "nobody"))
    assert explorer.calls > 50
    assert not {status for statuses in explorer.answered.values() for status in statuses if status >= 500}


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_thousands_of_answers_are_what_the_document_says(api, told):
    explorer, began = Explorer(api), time.monotonic()
    explorer.everything(examples=40)
    told(
        f"schemathesis: {explorer.calls} calls to {len(explorer.answered)} operations, no 5xx, all as described, "
        f"{time.monotonic() - began:.0f} s"
    )
    assert not {status for statuses in explorer.answered.values() for status in statuses if status >= 500}
