"""Who may knock when Google pushes: every claim of the token, keys that change, a key server that is away."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from vividly.errors import Misconfigured
from vividly.transport import oidc
from vividly.transport.oidc import Claims, KeyRing, KeySet, OidcGuard, fetch_from, google_guard

AUDIENCE, EMAIL = "https://worker.example.org/push", "push@project.iam.gserviceaccount.com"


class KeyServer:
    """A JWKS document over HTTP, with keys of its own; it can be replaced, slow, broken or away."""

    def __init__(self) -> None:
        self.private: dict[str, rsa.RSAPrivateKey] = {}
        self.asked = 0
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.broken: bytes | None = None
        self.rotate("first")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                outer.gate.wait(10)
                body = outer.broken if outer.broken is not None else outer.document()
                self.send_response(200)
                self.send_header("Cache-Control", "public, max-age=19800, must-revalidate")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/certs"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def rotate(self, *key_ids: str) -> None:
        self.private = {one: self.private.get(one) or rsa.generate_private_key(65537, 2048) for one in key_ids}

    def document(self) -> bytes:
        keys = [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) for key in self.private.values()]
        named = [{**one, "kid": key_id, "use": "sig", "alg": "RS256"} for one, key_id in zip(keys, self.private, strict=True)]
        return json.dumps({"keys": [{"kty": "EC", "kid": "other"}, *named]}).encode()

    def token(self, *, kid: str = "first", key: rsa.RSAPrivateKey | None = None, **changes: object) -> str:
        said = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "azp": "117000000000000000000",
            "sub": "117000000000000000000",
            "email": EMAIL,
            "email_verified": True,
            "iat": int(time.time()),
            "exp": int(time.time()) + 3600,
            **changes,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key or self.private[kid], algorithm="RS256", headers={"kid": kid})

    def away(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def keys():
    server = KeyServer()
    yield server
    server.away()


@pytest.fixture
def server(keys):
    keys.rotate("first")
    keys.asked, keys.broken = 0, None
    keys.gate.set()
    return keys


@pytest.fixture
def guard(server):
    return google_guard(audience=AUDIENCE, email=EMAIL, certs_url=server.url)


def as_google_posts_it(request_id):
    """Unlike the emulator, the service sends its token, counts attempts, and may name an ordering key."""
    said = {"schema_version": 1, "request_id": str(request_id), "correlation_id": "req_0123456789abcdef"}
    message = {
        "data": base64.b64encode(json.dumps(said).encode()).decode(),
        "messageId": "11223344556677",
        "message_id": "11223344556677",
        "publishTime": "2026-11-23T22:00:00.123Z",
        "publish_time": "2026-11-23T22:00:00.123Z",
        "orderingKey": "",
    }
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 3}).encode()


async def test_googles_own_request_is_let_in_and_nobody_elses(pool, file, kit, server, guard):
    body = as_google_posts_it((await file()).request_id)
    async with (
        kit.serving(kit.desk(pool=pool, door="pubsub", guard=guard)) as url,
        httpx.AsyncClient(trust_env=False) as client,
    ):

        async def answer(**headers: str) -> int:
            return (await client.post(f"{url}/push", content=body, headers=headers)).status_code

        assert await answer() == 401
        assert await answer(Authorization="Bearer " + server.token(aud="https://elsewhere.example.org")) == 401
        assert await kit.count(pool, "jobs") == await kit.count(pool, "inbox") == 0
        assert await answer(Authorization="Bearer " + server.token()) == 200
        assert await answer(Authorization="bearer " + server.token()) == 200
    assert await kit.count(pool, "jobs WHERE state = 'ready'") == 1
    assert server.asked == 1


NOW = time.time()
WRONG = {
    "another audience": {"aud": "https://elsewhere.example.org/push"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://issuer.example.org"},
    "an issuer that begins alike": {"iss": "https://accounts.google.com.example.org"},
    "no issuer": {"iss": None},
    "another account": {"email": "somebody@project.iam.gserviceaccount.com"},
    "no account": {"email": None},
    "an account that is a list": {"email": [EMAIL]},
    "not verified": {"email_verified": False},
    "verified only in words": {"email_verified": "true"},
    "not said to be verified": {"email_verified": None},
    "expired": {"iat": int(NOW) - 7200, "exp": int(NOW) - 3600},
    "expired a minute ago": {"exp": int(NOW) - 60},
    "no end": {"exp": None},
    "not yet": {"nbf": int(NOW) + 3600},
    "from the future": {"iat": int(NOW) + 3600, "exp": int(NOW) + 7200},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
async def test_every_claim_counts(server, guard, claims):
    assert await guard(f"Bearer {server.token()}", b"")
    assert not await guard(f"Bearer {server.token(**claims)}", b"")


async def test_clocks_may_differ_a_little(server, guard):
    now = int(time.time())
    assert await guard(f"Bearer {server.token(exp=now - 5)}", b"")
    assert await guard(f"Bearer {server.token(iat=now + 5)}", b"")


async def test_the_signature_counts(server, guard):
    good, forger = server.token(), rsa.generate_private_key(65537, 2048)
    head, claims, signature = good.split(".")
    other = server.token(email="somebody@example.org").split(".")[1]
    public = server.private["first"].public_key()
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"first"}').rstrip(b"=").decode()
    hmac = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}').rstrip(b"=").decode()
    assert await guard(f"Bearer {good}", b"")
    for bad in (
        server.token(key=forger),
        f"{head}.{other}.{signature}",
        f"{head}.{claims}.",
        f"{none}.{claims}.",
        f"{hmac}.{claims}.{base64.urlsafe_b64encode(str(public.public_numbers().n).encode()).decode()}",
        jwt.encode({"aud": AUDIENCE}, "k" * 32, headers={"kid": "first"}),
        "",
        "a.b.c",
        "....",
        "²" * 40,
        "v1.1700000000.00",
    ):
        assert not await guard(f"Bearer {bad}", b""), bad
    for header in ("", good, f"Basic {good}", "Bearer"):
        assert not await guard(header, b"")


def aging(server, fetch=None):
    """A guard whose clock the test turns."""
    clock = [1000.0]
    ring = KeyRing(fetch or fetch_from(server.url), now=lambda: clock[0])
    return OidcGuard(ring=ring, claims=Claims(AUDIENCE, EMAIL)), clock


async def settled(check):  # what it looks at is changed by a task
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 a thread is waited for, too
            await asyncio.sleep(0.01)


async def test_rotated_keys_are_fetched_but_an_inventor_of_key_ids_cannot_make_us_ask_often(server):
    guard, clock = aging(server)
    assert await guard(f"Bearer {server.token()}", b"")
    server.rotate("first", "second")
    clock[0] += 61
    assert await guard(f"Bearer {server.token(kid='second')}", b"")
    assert server.asked == 2
    server.rotate("third")
    for number in range(20):
        forger = server.private["third"]
        assert not await guard(f"Bearer {server.token(kid=f'invented {number}', key=forger)}", b"")
    assert not await guard(f"Bearer {server.token(kid='third')}", b"")  # within the minute
    assert server.asked == 2
    clock[0] += 60
    answers = await asyncio.gather(*(guard(f"Bearer {server.token(kid='third')}", b"") for _ in range(10)))
    assert answers == [True] * 10
    assert server.asked == 3  # one fetch for all who waited
    assert not await guard(f"Bearer {server.token(kid='first', key=server.private['third'])}", b"")


async def test_withdrawn_keys_are_refused_after_the_next_look(server):
    guard, clock = aging(server)
    withdrawn = f"Bearer {server.token()}"
    assert await guard(withdrawn, b"")
    server.rotate("second")
    clock[0] += 6 * 3600  # past the Cache-Control of the document
    assert await guard(withdrawn, b"")  # still good while newer keys are on their way
    await settled(lambda: server.asked == 2 and guard._ring._fetching is None)
    assert not await guard(withdrawn, b"")


@pytest.mark.parametrize("trouble", ["away", "nonsense", "no keys", "an error"])
async def test_while_the_key_server_is_in_trouble_the_keys_we_have_are_good(server, trouble):
    working = [True]

    def fetch() -> KeySet:
        if working[0]:
            return fetch_from(server.url)()
        if trouble == "away":
            return fetch_from("http://127.0.0.1:9/certs")()
        if trouble == "an error":
            return fetch_from(server.url.replace("/certs", "/").replace("127", "256"))()
        server.broken = b"<html>" if trouble == "nonsense" else b'{"keys": []}'
        return fetch_from(server.url)()

    guard, clock = aging(server, fetch)
    good, unknown = f"Bearer {server.token()}", f"Bearer {server.token(kid='other', key=server.private['first'])}"
    assert await guard(good, b"")
    working[0] = False
    clock[0] += 3600 * 20
    assert await guard(good, b"")
    await settled(lambda: guard._ring._fetching is None)
    assert not await guard(unknown, b"")
    assert await guard(good, b"")
    clock[0] += 3600 * 5  # for a day, not for ever
    assert not await guard(good, b"")
    working[0], server.broken = True, None
    clock[0] += 61
    assert await guard(good, b"")


async def test_at_the_start_a_key_server_that_is_away_costs_seconds_not_a_minute(server):
    server.broken = b"not yet"
    guard, clock = aging(server)
    assert not await guard(f"Bearer {server.token()}", b"")
    server.broken = None
    clock[0] += 6
    assert await guard(f"Bearer {server.token()}", b"")


async def test_the_event_loop_never_waits_for_keys(server):
    threads = set()

    def fetch() -> KeySet:
        threads.add(threading.get_ident())
        return fetch_from(server.url)()

    guard, _clock = aging(server, fetch)
    server.gate.clear()
    asking = asyncio.create_task(guard(f"Bearer {server.token()}", b""))
    await settled(lambda: server.asked == 1)
    turns = 0
    for _ in range(50):  # the key server is silent; everything else goes on
        await asyncio.sleep(0)
        turns += 1
    assert (turns, asking.done()) == (50, False)
    server.gate.set()
    assert await asking
    assert threading.get_ident() not in threads


async def test_one_who_stops_waiting_does_not_take_the_keys_from_the_others(server):
    guard, _clock = aging(server)
    server.gate.clear()
    impatient, patient = (asyncio.create_task(guard(f"Bearer {server.token()}", b"")) for _ in range(2))
    await settled(lambda: server.asked == 1)
    impatient.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await impatient
    server.gate.set()
    assert await patient
    assert server.asked == 1


def test_without_an_audience_or_an_account_the_door_does_not_open():
    for facts, setting in (
        ({"audience": "", "email": EMAIL}, "VIVIDLY_PUSH_AUDIENCE"),
        ({"audience": AUDIENCE, "email": ""}, "VIVIDLY_PUSH_SERVICE_ACCOUNT"),
    ):
        with pytest.raises(Misconfigured) as raised:
            google_guard(**facts)
        assert raised.value.setting == setting


def test_without_the_optional_package_the_command_to_install_it_is_named(monkeypatch):
    monkeypatch.setattr(oidc.jwt.algorithms, "get_default_algorithms", dict)
    with pytest.raises(Misconfigured, match="pip install"):
        google_guard(audience=AUDIENCE, email=EMAIL)


def test_ids_in_tokens_are_never_logged(capsys, server, guard):
    asyncio.run(guard(f"Bearer {server.token(email=f'{uuid4()}@canary.example.org')}", b""))
    assert "canary" not in "".join(capsys.readouterr())
