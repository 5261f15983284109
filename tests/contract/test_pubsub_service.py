"""Where Google's service differs from its emulator: tokens, quotas, refusals, empty pulls, copies. A double that differs that way."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vividly.errors import Misconfigured, TryAgainLater
from vividly.transport import credentials
from vividly.transport.credentials import GoogleCredentials
from vividly.transport.ensure import ensure
from vividly.transport.google import PubSubApi
from vividly.transport.port import EVENT_ID, REQUESTS_TOPIC, Message, Queued, Receipt
from vividly.transport.pubsub import PubSubSubscription, PubSubTransport
from vividly.transport.relay import Relay
from vividly.transport.topology import Topology
from vividly.worker import dead_letters
from vividly.worker.answers import Outcome
from vividly.worker.pull import PullDoor


@dataclass
class Service:
    """A Pub/Sub that asks for tokens, counts quotas, refuses long attributes, answers empty pulls at once, and hands out copies."""

    url: str = ""
    good: set[str] = field(default_factory=set)
    minted: int = 0
    answers: list[Callable[[], Response]] = field(default_factory=list)
    published: list[dict[str, object]] = field(default_factory=list)
    waiting: list[dict[str, object]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    silence: asyncio.Event = field(default_factory=asyncio.Event)

    async def mint(self, request: Request) -> Response:
        """The token endpoint of a service account: a signed assertion comes in, an access token goes out."""
        form = (await request.body()).decode()
        assert "assertion=" in form
        self.minted += 1
        self.good = {f"token-{self.minted}"}
        return JSONResponse({"access_token": f"token-{self.minted}", "expires_in": 3600, "token_type": "Bearer"})

    async def call(self, request: Request) -> Response:
        path, verb = request.path_params["path"], request.path_params["path"].rpartition(":")[2]
        self.calls.append(verb)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return problem(401, "Request had invalid authentication credentials.")
        if self.answers:
            return self.answers.pop(0)()
        body = await request.json() if await request.body() else {}
        match verb:
            case "publish":
                if any(len(name) > 256 for one in body["messages"] for name in one["attributes"]):
                    return problem(400, "An attribute key is too long.")
                self.published += body["messages"]
                return JSONResponse({"messageIds": [str(uuid4().int)[:16] for _ in body["messages"]]})
            case "pull":
                handed, self.waiting = self.waiting[: body["maxMessages"]], self.waiting[body["maxMessages"] :]
                return JSONResponse({"receivedMessages": handed} if handed else {})
            case "acknowledge":
                self.acknowledged += body["ackIds"]
                return JSONResponse({})
            case "modifyAckDeadline":
                self.given_back += body["ackIds"]
                return JSONResponse({})
        return problem(404, f"Resource not found (resource={path}).")


def problem(status: int, message: str, **headers: str) -> Response:
    return JSONResponse({"error": {"code": status, "message": message}}, status_code=status, headers=headers)


@pytest.fixture
async def service(levers) -> AsyncIterator[Service]:
    double = Service()
    routes = [
        Route("/token", double.mint, methods=["POST"]),
        Route("/v1/{path:path}", double.call, methods=["POST", "GET", "PUT"]),
    ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(Starlette(routes=routes), port=port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await levers.eventually(lambda: server.started)
    double.url = f"http://127.0.0.1:{port}"
    try:
        yield double
    finally:
        double.silence.set()
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


@pytest.fixture
async def api(service: Service, private_key, tmp_path, monkeypatch) -> AsyncIterator[PubSubApi]:
    """With credentials as an operator gives them: a service account's key file."""
    said = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "k",
        "private_key": private_key,
        "client_email": "relay@p.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{service.url}/token",
    }
    (tmp_path / "key.json").write_text(json.dumps(said))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    opened = PubSubApi(root=service.url, deadline=5.0)
    yield opened
    await opened.close()


def queued(number: int = 1, **attributes: str) -> Queued:
    return Queued(number, Message(uuid4(), REQUESTS_TOPIC, {"n": number}, attributes), 1)


def transport_of(api: PubSubApi, *, project: str = "p", topic: str = "requests") -> PubSubTransport:
    return PubSubTransport(api=api, project=project, topic=topic)


async def test_a_token_is_fetched_once_and_renewed_when_it_is_refused(service, api):
    transport = transport_of(api)
    for _ in range(3):
        assert await transport.publish([queued()]) == (Receipt.TAKEN,)
    assert service.minted == 1
    service.good = set()  # withdrawn before its time
    assert await transport.publish([queued()]) == (Receipt.TAKEN,)
    assert (service.minted, len(service.published)) == (2, 4)


async def test_a_token_that_is_always_refused_is_for_the_operator(service, api):
    service.answers = [lambda: problem(401, "no"), lambda: problem(401, "no")]
    with pytest.raises(Misconfigured) as raised:
        await transport_of(api).publish([queued()])
    assert raised.value.setting == "GOOGLE_APPLICATION_CREDENTIALS"
    assert service.calls == ["publish", "publish"]


async def test_without_credentials_the_operator_is_told_how(service, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    with pytest.raises(Misconfigured) as raised:
        await GoogleCredentials().token()
    assert raised.value.setting == "GOOGLE_APPLICATION_CREDENTIALS"


async def test_without_the_optional_package_the_command_to_install_it_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "google.auth", None)
    with pytest.raises(Misconfigured, match="pip install"):
        await credentials.GoogleCredentials().token()


ANSWERS = {
    "over quota": (lambda: problem(429, "quota", **{"Retry-After": "17"}), TryAgainLater),
    "unavailable": (lambda: problem(503, "unavailable"), TryAgainLater),
    "a proxy's page": (lambda: Response("<html>bad gateway</html>", 502), TryAgainLater),
    "not JSON": (lambda: Response("<html>fine</html>", 200), TryAgainLater),
    "not allowed": (lambda: problem(403, "User not authorized"), Misconfigured),
    "no such topic": (lambda: problem(404, "Resource not found"), Misconfigured),
    "a switched-off interface": (lambda: problem(418, "no"), Misconfigured),
}


@pytest.mark.parametrize(("answer", "error"), ANSWERS.values(), ids=ANSWERS)
async def test_what_the_service_answers_says_who_must_act(service, api, answer, error):
    service.answers = [answer]
    with pytest.raises(error) as raised:
        await transport_of(api).publish([queued()])
    if error is TryAgainLater:
        assert raised.value.after == (17 if answer().status_code == 429 else 5)
    else:
        assert raised.value.setting in {"VIVIDLY_TOPIC", "GOOGLE_APPLICATION_CREDENTIALS", "VIVIDLY_TRANSPORT"}


async def test_a_broker_that_is_silent_or_away_costs_the_deadline_and_no_more(service, private_key):
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(8)
        for address in (f"127.0.0.1:{hole.getsockname()[1]}", "127.0.0.1:9"):
            silent = PubSubApi(emulator=address, deadline=0.3)
            async with asyncio.timeout(5):
                with pytest.raises(TryAgainLater):
                    await transport_of(silent).publish([queued()])
            await silent.close()


async def test_an_answer_that_drips_costs_the_deadline_and_no_more():
    hung_up = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with contextlib.suppress(OSError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        hung_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    slow = PubSubApi(emulator=f"127.0.0.1:{server.sockets[0].getsockname()[1]}", deadline=0.3)
    async with asyncio.timeout(5):
        with pytest.raises(TryAgainLater, match="TimeoutError"):
            await transport_of(slow).publish([queued()])
    await slow.close()
    await asyncio.wait_for(hung_up.wait(), 5)
    server.close()
    await server.wait_closed()


async def test_one_bad_message_does_not_spoil_its_batch(service, api):
    batch = [queued(number) for number in range(50)]
    for spoiled in (7, 31, 32):
        batch[spoiled] = queued(spoiled, **{"k" * 300: "v"})
    receipts = await transport_of(api).publish(batch)
    assert [number for number, receipt in enumerate(receipts) if receipt is Receipt.REJECTED] == [7, 31, 32]
    assert receipts.count(Receipt.TAKEN) == len(service.published) == 47
    sent = {one["attributes"][EVENT_ID] for one in service.published}
    assert sent == {str(one.message.event_id) for one, receipt in zip(batch, receipts, strict=True) if receipt is Receipt.TAKEN}


async def test_while_the_service_is_in_trouble_no_attempt_is_counted_and_nothing_is_given_up(service, api, pool, levers):
    rig = levers.rig("service", pool, transport_of(api))
    await rig.file(3)
    answers = [
        lambda: problem(503, "away"),
        lambda: problem(403, "no"),
        lambda: problem(404, "no"),
        lambda: problem(429, "slowly"),
    ]
    service.answers = answers * 10
    relay = Relay(pool=pool, transport=rig.transport, dead_letter_after=3)
    for _ in range(40):
        await relay.once()
    assert await rig.count("outbox WHERE sent_at IS NULL AND attempts = 0 AND claimed_until IS NULL") == 3
    assert await rig.count("quarantine") == 0
    assert await relay.once() == 3
    assert await rig.count("outbox WHERE sent_at IS NOT NULL AND attempts = 1") == 3


async def test_a_relay_waits_longer_and_longer_for_a_service_that_is_away(service, api, pool, levers):
    rig = levers.rig("service", pool, transport_of(api))
    await rig.file(1)
    service.answers = [lambda: problem(503, "away")] * 2
    relay, stop = Relay(pool=pool, transport=rig.transport, poll=0.01), asyncio.Event()
    task = asyncio.create_task(relay.run(stop))

    async def knocking():
        relay.ring()  # more questions do not bring it back
        return await rig.count("outbox WHERE sent_at IS NOT NULL")

    await levers.eventually(knocking)
    stop.set()
    await task
    assert service.calls.count("publish") == 3


def handed(ticket: str, body: dict[str, object] | None = None, **more: object) -> dict[str, object]:
    return {"ackId": ticket, "message": {"messageId": ticket, "orderingKey": "", **(body or {})}, "deliveryAttempt": 2, **more}


@contextlib.asynccontextmanager
async def door(api: PubSubApi, take, **more):
    stopping = asyncio.Event()
    source = PubSubSubscription(api=api, project="p", subscription="worker")
    task = asyncio.create_task(PullDoor(subscription=source, take=take, stopping=stopping, **more).run())
    try:
        yield stopping
    finally:
        stopping.set()
        await asyncio.wait_for(task, 10)


async def test_a_pull_answers_each_message_by_the_table(service, api, levers):
    outcomes = {"a": Outcome.READY, "b": Outcome.POISON, "c": Outcome.POISON_AGAIN, "d": Outcome.AWAY, "e": Outcome.HELD}

    async def take(body: bytes) -> Outcome:
        said = json.loads(body)
        assert (said["deliveryAttempt"], said["subscription"]) == (2, "projects/p/subscriptions/worker")
        return outcomes[said["message"]["messageId"]]

    service.waiting = [handed(ticket) for ticket in outcomes]
    async with door(api, take):
        await levers.eventually(lambda: len(service.acknowledged) + len(service.given_back) == 5)
    assert (sorted(service.acknowledged), sorted(service.given_back)) == (["a", "c", "e"], ["b", "d"])


async def test_empty_pulls_that_return_at_once_do_not_become_a_storm(service, api, levers):
    async def take(_body: bytes) -> Outcome:
        raise AssertionError("there was nothing")

    loop = asyncio.get_running_loop()
    began = loop.time()
    async with door(api, take):
        await levers.eventually(lambda: service.calls.count("pull") >= 10)
    assert loop.time() - began >= 9 * 0.05


async def test_a_lost_acknowledgement_brings_the_message_again_and_that_is_all(service, api, levers):
    taken = []

    async def take(body: bytes) -> Outcome:
        taken.append(json.loads(body)["message"]["messageId"])
        return Outcome.READY

    service.waiting = [handed("a")]
    async with door(api, take):
        await levers.eventually(lambda: service.acknowledged == ["a"])
        service.answers = [lambda: JSONResponse({"receivedMessages": [handed("b")]}), lambda: problem(503, "away")]
        await levers.eventually(lambda: not service.answers)
        service.waiting = [handed("b")]
        await levers.eventually(lambda: service.acknowledged == ["a", "b"])
    assert taken == ["a", "b", "b"]


async def test_trouble_and_unfitness_slow_the_door_and_do_not_use_up_attempts(service, api, levers):
    fit = [False]

    async def take(_body: bytes) -> Outcome:
        return Outcome.AWAY

    async with door(api, take, fit=lambda: fit[0]) as stopping:
        await asyncio.sleep(0.2)
        assert service.calls == []
        fit[0] = True
        service.waiting = [handed(str(number)) for number in range(1000)]
        await levers.eventually(lambda: service.given_back)
        stopping.set()
    assert len(service.given_back) <= 200


async def test_a_silent_service_does_not_hold_up_the_end(service, api, levers):
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(8)
        silent = PubSubApi(emulator=f"127.0.0.1:{hole.getsockname()[1]}")

        async def take(_body: bytes) -> Outcome:
            raise AssertionError("there was nothing")

        async with asyncio.timeout(5), door(silent, take):
            await asyncio.sleep(0.1)
        await silent.close()


async def test_copies_of_a_dead_letter_are_kept_once_with_what_they_were(pool, levers):
    rig = levers.rig("service", pool, None)
    event_id, attributes = str(uuid4()), {"CloudPubSubDeadLetterSourceDeliveryCount": "20", "googclient_x": "y"}
    for copy in ("9001", "9002"):
        message = {
            "data": "e30=",
            "messageId": copy,
            "attributes": {**attributes, EVENT_ID: event_id, "correlation_id": "req_1"},
        }
        body = json.dumps({"message": message, "subscription": "projects/p/subscriptions/drain"}).encode()
        assert await dead_letters.keep(pool, body) is Outcome.POISON_AGAIN
    assert await dead_letters.keep(pool, b"{") is Outcome.POISON_AGAIN
    assert await dead_letters.keep(pool, b'{"message": []}') is Outcome.POISON_AGAIN
    assert await rig.count("quarantine") == 3
    mine = f"key = '{event_id}' AND attributes = jsonb_build_object('event_id', key, 'correlation_id', 'req_1')"
    assert await rig.count(f"quarantine WHERE {mine}") == 1


async def test_setting_up_twice_changes_nothing_and_mends_what_was_changed(pubsub_emulator, levers):
    api, place = PubSubApi(emulator=pubsub_emulator), levers.topology("http://127.0.0.1:9/push")
    made = await ensure(api, topology=place)
    assert len(made) == 4
    assert await ensure(api, topology=place) == ()
    name = f"projects/{place.project}/subscriptions/{place.subscription}"
    wrong = {"subscription": {"name": name, "ackDeadlineSeconds": 33}, "updateMask": "ackDeadlineSeconds"}
    await api.call("PATCH", name, wrong)
    assert await ensure(api, topology=place) == (f"changed {name}: ackDeadlineSeconds",)
    stolen = Topology(
        place.project, "another-topic", place.subscription, place.dead_letter_topic, place.dead_letter_subscription
    )
    with pytest.raises(Misconfigured, match="listens to"):
        await ensure(api, topology=stolen)
    for one in place.subscriptions():
        await api.call("DELETE", one)
    await api.close()


async def test_the_documented_command_makes_what_the_settings_name(pubsub_emulator):
    mine = uuid4().hex[:8]
    said = {
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "GOOGLE_CLOUD_PROJECT": "test-project",
        "VIVIDLY_TOPIC": f"topic-{mine}",
        "VIVIDLY_SUBSCRIPTION": f"worker-{mine}",
        "VIVIDLY_DEAD_LETTER_TOPIC": f"dead-{mine}",
        "VIVIDLY_DEAD_LETTER_SUBSCRIPTION": f"drain-{mine}",
    }
    script = Path(__file__).parents[2] / "deploy" / "pubsub.py"

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, script], env={**os.environ, **said}, capture_output=True, text=True, check=False)

    first, second = await asyncio.to_thread(run), await asyncio.to_thread(run)
    assert (first.returncode, len(first.stdout.splitlines())) == (0, 4), first.stderr
    assert (second.returncode, second.stdout) == (0, "everything stands as it should\n")
    api = PubSubApi(emulator=pubsub_emulator)
    await transport_of(api, project="test-project", topic=f"topic-{mine}").publish([queued(7)])
    source = PubSubSubscription(api=api, project="test-project", subscription=f"worker-{mine}")
    (delivery,) = await source.pull(limit=10)
    assert json.loads(base64.b64decode(json.loads(delivery.body)["message"]["data"])) == {"n": 7}
    await source.acknowledge([delivery.ticket])
    await api.close()


def test_what_is_shipped_is_what_the_notes_ask_for():
    place = Topology(
        "p",
        "requests",
        "worker",
        "dead",
        "drain",
        "https://w.example.org/push",
        "https://aud",
        "push@p.iam.gserviceaccount.com",
    )
    worker = place.subscriptions()["projects/p/subscriptions/worker"]
    assert worker["pushConfig"]["oidcToken"] == {
        "serviceAccountEmail": "push@p.iam.gserviceaccount.com",
        "audience": "https://aud",
    }
    assert worker["ackDeadlineSeconds"] == 60
    assert worker["retryPolicy"] == {"minimumBackoff": "10s", "maximumBackoff": "600s"}
    assert worker["deadLetterPolicy"] == {"deadLetterTopic": "projects/p/topics/dead", "maxDeliveryAttempts": 20}
    assert all(one["expirationPolicy"] == {} for one in place.subscriptions().values())
    assert place.subscriptions()["projects/p/subscriptions/drain"]["topic"] == "projects/p/topics/dead"
    with pytest.raises(Misconfigured):
        Topology("", "a", "b", "c", "d").topics()
