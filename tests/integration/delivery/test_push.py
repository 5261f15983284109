"""Every row of the answer table of `/push`, asked over real HTTP: what is answered, and what is stored before."""

from __future__ import annotations

import base64
import json
import time
from uuid import uuid4

import httpx
import pytest

from vividly.db import acts
from vividly.db.engine import open_pool, transaction
from vividly.errors import NotPossible
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.states import FailureCode, Status
from vividly.transport import signature
from vividly.worker import quarantine

DOORS = ("embedded", "pubsub")
SUBSCRIPTION = "projects/local/subscriptions/worker"


def envelope(request_id="", *, message_id="m-1", data=None, **changes):
    facts = {
        "schema_version": 1,
        "request_id": request_id and str(request_id),
        "correlation_id": "req_0123456789abcdef",
        **changes,
    }
    payload = {name: value for name, value in facts.items() if value is not None}
    encoded = base64.b64encode(json.dumps(payload).encode()).decode() if data is None else data
    return json.dumps(
        {"message": {"data": encoded, "attributes": {"a": "b"}, "messageId": message_id}, "subscription": SUBSCRIPTION}
    ).encode()


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


async def statuses(url, bodies, **headers):
    async with httpx.AsyncClient(trust_env=False) as client:
        return [(await client.post(f"{url}/push", content=body, headers=headers)).status_code for body in bodies]


async def test_health_is_told_in_the_words_of_the_contract(pool, kit):
    async with kit.serving(kit.desk(pool=pool)) as url, httpx.AsyncClient(trust_env=False) as client:
        for path in ("/", "/health"):
            answer = await client.get(url + path)
            assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})
        assert (await client.get(f"{url}/push")).status_code == 405


async def test_a_new_request_gets_its_job_before_it_is_acknowledged(pool, file, kit, door):
    filed = await file()
    woken = []
    async with kit.serving(kit.desk(pool=pool, door=door, wake=lambda: woken.append(1))) as url:
        assert await statuses(url, [envelope(filed.request_id)]) == [200]
    assert await kit.count(pool, "jobs WHERE state = 'ready' AND request_id = %(id)s", id=filed.request_id) == 1
    assert await kit.count(pool, "inbox WHERE outcome = 'ready' AND subscription = %(s)s", s=SUBSCRIPTION) == 1
    assert woken == [1]


async def test_held_and_finished_requests_are_acknowledged_and_change_nothing(pool, file, kit, door):
    held, over = await file(), await file()
    await jobs.ring(pool, request_id=held.request_id)
    claimed = await jobs.claim(pool, owner=uuid4())
    await actions.cancel(pool, request_id=over.request_id, actor="student")
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        bodies = [envelope(held.request_id, message_id="1"), envelope(over.request_id, message_id="2")] * 2
        assert await statuses(url, bodies) == [200] * 4
    await jobs.renew(pool, hold=claimed.hold)
    assert await kit.count(pool, "inbox WHERE seen = 2 AND outcome IN ('held', 'over')") == 2
    assert await kit.count(pool, "jobs WHERE state = 'leased'") == 1


async def test_a_knock_frees_an_expired_lease(pool, file, kit):
    filed = await file()
    await jobs.ring(pool, request_id=filed.request_id)
    await jobs.claim(pool, owner=uuid4(), lease=0.0)
    async with kit.serving(kit.desk(pool=pool)) as url:
        assert await statuses(url, [envelope(filed.request_id)]) == [200]
    assert await kit.count(pool, "jobs WHERE state = 'ready' AND crashes = 1") == 1


POISON = {
    "the body is not JSON": b"{",
    "no message": b'{"subscription": "s"}',
    "no message id": b'{"message": {"data": "e30="}}',
    "no data": b'{"message": {"messageId": "m-1"}}',
    "the data are not base64": envelope(data="%%%", message_id="m-2"),
    "the data are not JSON": envelope(data="AAAA", message_id="m-3"),
    "no schema_version": envelope(uuid4(), schema_version=None, message_id="m-4"),
    "schema_version is too old": envelope(uuid4(), schema_version=0, message_id="m-5"),
    "no correlation_id": envelope(uuid4(), correlation_id=None, message_id="m-6"),
    "no request_id": envelope(None, message_id="m-7"),
    "request_id is not a UUID": envelope("not-a-uuid", message_id="m-8"),
    "the body is too large": b" " * (14 * 1024 * 1024 + 1),
}


async def test_poison_is_kept_and_costs_two_deliveries_at_most(pool, kit, door):
    again = {"embedded": 400, "pubsub": 200}[door]
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        for reason, body in POISON.items():
            assert await statuses(url, [body] * 3) == [400, again, again], reason
    kept = await quarantine.shelf(pool)
    with pytest.raises(NotPossible, match="still_malformed"):
        await quarantine.replay(pool, key="m-2", actor="operator:ann", reason="mended")
    assert {one.reason: one.count for one in kept} == dict.fromkeys(POISON, 3)
    assert {one.reason: one.body for one in kept} == {reason: body[: 64 * 1024] for reason, body in POISON.items()}
    assert await kit.count(pool, "jobs") == 0


async def test_no_answer_repeats_what_was_sent(pool, kit):
    async with kit.serving(kit.desk(pool=pool)) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{url}/push", content=b"my secret words")
    assert answer.json() == {"status": "poison"}


async def test_a_newer_schema_waits_for_a_newer_worker_and_stores_nothing(pool, kit, door):
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        assert await statuses(url, [envelope(uuid4(), schema_version=2)] * 2) == [503, 503]
    assert await kit.count(pool, "quarantine") == await kit.count(pool, "inbox") == 0


async def test_an_unknown_request_is_quarantined_after_the_third_time(pool, kit, door):
    last = {"embedded": 400, "pubsub": 200}[door]
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        assert await statuses(url, [envelope(uuid4())] * 4) == [503, 503, 400, last]
    assert (await quarantine.show(pool, key="m-1")).reason == "the request is unknown"


async def test_only_who_has_the_key_is_let_in(pool, file, kit, door):
    key, body = b"k" * 32, envelope((await file()).request_id)

    async def guard(authorization, sent):
        return signature.good(key, authorization=authorization, body=sent, now=time.time())

    good = f"Bearer {signature.token(key, body=body, now=time.time())}"
    old = f"Bearer {signature.token(key, body=body, now=time.time() - 400)}"
    forged = f"Bearer {signature.token(b'other', body=body, now=time.time())}"
    async with kit.serving(kit.desk(pool=pool, door=door, guard=guard)) as url:
        assert await statuses(url, [body]) == [401]
        for header, status in ((old, 401), (forged, 401), ("Bearer v1.²³.x", 401), (good, 200)):
            assert await statuses(url, [body], authorization=header.encode()) == [status]
        assert await statuses(url, [b"{"], authorization=good.encode()) == [401]
    assert await kit.count(pool, "quarantine") == 0


async def test_a_worker_that_stops_or_is_not_fit_takes_nothing(pool, file, kit, door):
    body = envelope((await file()).request_id)
    desk = kit.desk(pool=pool, door=door)
    async with kit.serving(kit.desk(pool=pool, door=door, fit=lambda: False)) as unfit, kit.serving(desk) as url:
        desk.stopping.set()
        assert await statuses(url, [body]) + await statuses(unfit, [body]) == [503, 503]
    assert await kit.count(pool, "jobs") == 0


async def test_without_a_database_nothing_is_acknowledged(kit, door):
    nowhere = "postgresql://nobody@127.0.0.1:9/nothing"
    pool = await open_pool(nowhere, min_size=0, max_size=1, name="tests", patience=0.2)
    async with pool, kit.serving(kit.desk(pool=pool, door=door)) as url:
        assert await statuses(url, [envelope(uuid4()), b"{"]) == [503, 503]


async def test_an_exhausted_pool_is_no_reason_to_acknowledge(database, kit, door):
    pool = await open_pool(database, min_size=1, max_size=1, name="tests", patience=0.2)
    async with pool, kit.serving(kit.desk(pool=pool, door=door)) as url:
        async with pool.connection():
            assert await statuses(url, [envelope(uuid4())]) == [503]
        assert await statuses(url, [envelope(uuid4())]) == [503]


async def test_what_the_schema_refuses_is_buried_and_acknowledged(pool, file, kit, door):
    filed = await file()
    async with transaction(pool) as conn:
        await conn.execute("ALTER TABLE inbox ADD CONSTRAINT drifted CHECK (outcome <> 'ready')")
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        assert await statuses(url, [envelope(filed.request_id)]) == [200]
    told = await actions.snapshot(pool, request_id=filed.request_id)
    assert (told.status, told.failure.code) == (Status.FAILED, FailureCode.CONTRACT_BROKEN)


async def test_when_not_even_the_burial_can_be_written_nothing_is_acknowledged(pool, file, kit, door):
    filed = await file()
    async with transaction(pool) as conn:
        await conn.execute("ALTER TABLE inbox ADD CONSTRAINT drifted CHECK (outcome <> 'ready')")
        await conn.execute("ALTER TABLE content_requests ADD CONSTRAINT drifted CHECK (status <> 'failed')")
    async with kit.serving(kit.desk(pool=pool, door=door)) as url:
        assert await statuses(url, [envelope(filed.request_id)]) == [503]


async def test_poison_in_the_outbox_is_delivered_once_and_healthy_messages_pass(pool, file, kit):
    filed = await file()
    async with transaction(pool) as conn:
        await conn.execute(
            "INSERT INTO outbox (event_id, topic, payload) SELECT gen_random_uuid(), 't', '{\"x\": 1}' FROM generate_series(1, 30)"
        )
    async with kit.service(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
        await kit.eventually(lambda: kit.count(pool, "outbox HAVING count(sent_at) = count(*)"))
    assert await kit.count(pool, "outbox WHERE attempts = 1") == 31
    assert await kit.count(pool, "quarantine WHERE count = 1 AND reason = 'no schema_version'") == 30


async def test_what_nobody_takes_is_tried_more_and_more_slowly_and_then_kept(pool, file, kit):
    filed = await file()
    unfit = kit.desk(pool=pool, fit=lambda: False)
    async with kit.serving(unfit) as url, kit.relay(pool, url, dead_letter_after=3) as relay:
        waits = []
        for _ in range(3):
            assert await relay.once() == 1
            assert await relay.once() == 0  # not yet
            async with transaction(pool) as conn:
                row = await (
                    await conn.execute("SELECT extract(epoch FROM claimed_until - now()) AS wait, sent_at FROM outbox")
                ).fetchone()
                waits.append(float(row["wait"]))
                await conn.execute("UPDATE outbox SET claimed_until = NULL")
        assert row["sent_at"] is not None
    assert 0.3 < waits[0] <= 0.5 < waits[1] <= 1.0
    (kept,) = await quarantine.shelf(pool)
    assert kept.reason == "too_many_attempts"
    assert (await quarantine.replay(pool, key=kept.key, actor="operator:ann", reason="mended")).request_id == filed.request_id
    assert (await quarantine.show(pool, key=kept.key)).replayed_by == "operator:ann"
    assert await kit.count(pool, "outbox WHERE sent_at IS NULL") == 1
    await quarantine.drop(pool, key=kept.key, actor="operator:ann", reason="of no use")
    with pytest.raises(NotPossible, match="unknown_message"):
        await quarantine.drop(pool, key=kept.key, actor="operator:ann", reason="again")
    with pytest.raises(NotPossible, match="unknown_message"):
        await quarantine.show(pool, key=kept.key)
    async with transaction(pool) as conn:
        diary = await acts.about(conn, subject=kept.key)
    assert [(one.actor, one.act, one.reason) for one in diary] == [
        ("operator:ann", "replay message", "mended"),
        ("operator:ann", "drop message", "of no use"),
    ]
    async with transaction(pool) as conn:
        await conn.execute("DELETE FROM outbox")
    # The knock is lost, the request is not: the sweep rings for it.
    async with kit.running(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)


async def test_a_worker_that_is_not_there_is_passed_over_at_once(pool, file, kit):
    for _ in range(4):
        await file()
    nobody = "http://127.0.0.1:9/push"
    async with kit.serving(kit.desk(pool=pool)) as url, kit.relay(pool, url, urls=[nobody, f"{url}/push"]) as relay:
        assert await relay.once() == 4
    assert await kit.count(pool, "outbox WHERE sent_at IS NOT NULL AND attempts = 1") == 4
