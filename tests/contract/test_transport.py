"""What every way of delivering must do, and what it may do to us: one suite for the embedded transport and for Google Pub/Sub.

Pub/Sub is Google's own emulator, as a process, pushing to a real HTTP door or pulled from.
"""

from __future__ import annotations

import random
import time
from uuid import uuid4

import pytest

from vividly.requests import actions
from vividly.worker import quarantine
from vividly.worker.answers import Outcome

OPEN = "jobs WHERE state = 'ready' AND attempt = 0 AND crashes = 0"


async def made(rig, count):
    """Has every request its job, and every knock left the outbox?"""
    return await rig.count("jobs") == count and await rig.count("outbox WHERE sent_at IS NULL") == 0


async def test_every_accepted_request_gets_its_job(rig, levers):
    await rig.file(300)
    async with rig.relaying():
        await levers.eventually(lambda: made(rig, 300))
    assert await rig.count(OPEN) == 300
    assert await rig.count("inbox WHERE outcome = 'ready'") == 300


async def test_what_is_published_twice_makes_one_job(rig, levers):
    await rig.file(20)
    knocks = await rig.knocks()
    async with rig.relaying():
        await levers.eventually(lambda: made(rig, 20))
    await rig.transport.publish(knocks)
    await levers.eventually(lambda: sum(rig.outcomes.values()) >= 40)
    assert await rig.count("jobs") == await rig.count(OPEN) == 20
    assert set(rig.outcomes) == {Outcome.READY}


async def test_order_means_nothing(rig, levers):
    ids = await rig.file(20)
    knocks = await rig.knocks()
    for request_id in ids[:10]:
        await actions.cancel(rig.pool, request_id=request_id, actor="student")
    random.Random(7).shuffle(knocks)
    for some in (knocks[:7], knocks[7:], knocks[::-1]):
        await rig.transport.publish(some)
    await levers.eventually(lambda: sum(rig.outcomes.values()) >= 40)
    assert rig.outcomes[Outcome.OVER] == rig.outcomes[Outcome.READY] == 20
    assert await rig.count("jobs") == await rig.count(OPEN) == 10


async def test_what_is_refused_comes_again(rig, levers):
    rig.fault = lambda _key, times: "refuse" if times == 1 else None
    await rig.file(5)
    async with rig.relaying():
        await levers.eventually(lambda: made(rig, 5))
        await levers.eventually(lambda: rig.outcomes[Outcome.READY] == 5)
    assert rig.outcomes[Outcome.AWAY] == 5
    assert set(rig.seen.values()) == {2}
    assert await rig.count("quarantine") == 0


async def test_who_is_silent_past_the_deadline_loses_the_message_to_another(rig, levers):
    frozen = set()

    def fault(key, times):
        if not frozen and times == 1:
            frozen.add(key)
            return "silent"
        return None

    rig.fault = fault
    await rig.file(1)
    began = time.monotonic()
    async with rig.relaying():
        await levers.eventually(lambda: rig.outcomes[Outcome.READY] == 1)
        await levers.eventually(lambda: made(rig, 1))
    assert time.monotonic() - began > 1.5
    assert max(rig.seen.values()) == 2


async def test_poison_is_kept_comes_twice_at_most_and_holds_up_nobody(rig, levers):
    await rig.post({"x": 1}, count=10)
    await rig.file(5)
    twice = rig.name != "embedded"
    async with rig.relaying():
        await levers.eventually(lambda: made(rig, 5))
        await levers.eventually(lambda: rig.outcomes[Outcome.POISON_AGAIN if twice else Outcome.POISON] >= 10)
        known = set(rig.seen)
        rig.fault = lambda key, times: "refuse" if key not in known and times <= 2 else None
        await rig.file(1)  # by its third delivery any poison would have come again, too
        await levers.eventually(lambda: made(rig, 6))
    assert rig.outcomes[Outcome.AWAY] == 2
    assert rig.outcomes[Outcome.POISON] == 10
    assert rig.outcomes[Outcome.POISON_AGAIN] == (10 if twice else 0)
    assert await rig.count("quarantine WHERE reason = 'no schema_version'") == await rig.count("quarantine") == 10
    assert await rig.count("outbox WHERE sent_at IS NULL") == 0


@pytest.mark.parametrize(
    "rig", ["embedded", pytest.param("pubsub-push", marks=pytest.mark.prove), "pubsub-pull"], indirect=True
)
async def test_what_nobody_takes_ends_in_our_quarantine_and_can_be_sent_again(rig, levers):
    rig.fault = lambda _key, _times: "refuse"
    (request_id,) = await rig.file(1)
    async with rig.relaying():
        await levers.eventually(lambda: rig.count("quarantine WHERE reason = 'too_many_attempts'"))
        assert rig.outcomes == {Outcome.AWAY: rig.dead_letter_after}
        rig.fault = lambda _key, _times: None
        (kept,) = await quarantine.shelf(rig.pool)
        knock = await quarantine.replay(rig.pool, key=kept.key, actor="operator:ann", reason="the worker is well again")
        assert knock.request_id == request_id
        await levers.eventually(lambda: made(rig, 1))
    assert await rig.count("outbox") == 2
    assert not any("DeadLetter" in name for name in kept.attributes)


async def test_a_knock_for_a_request_that_nobody_knows_is_kept_after_the_third_time(rig, levers):
    await rig.post({"schema_version": 1, "correlation_id": "req_0123456789abcdef", "request_id": str(uuid4())})
    end = Outcome.POISON if rig.name == "embedded" else Outcome.POISON_AGAIN
    async with rig.relaying():
        await levers.eventually(lambda: rig.outcomes[end])
    assert rig.outcomes[Outcome.UNKNOWN_REQUEST] == 2
    assert rig.outcomes.total() == (3 if rig.name == "embedded" else 4)
    assert await rig.count("quarantine WHERE reason = 'the request is unknown'") == await rig.count("quarantine") == 1


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_ten_thousand_messages(rig, levers):
    count = 10_000
    await rig.file(count)
    began = time.monotonic()
    async with rig.relaying():
        await levers.eventually(lambda: made(rig, count), within=800)
    seconds = time.monotonic() - began
    print(
        f"\n{rig.name}: {count} messages in {seconds:.1f} s, {count / seconds:.0f} a second, delivered {rig.seen.total()} times"
    )
    assert await rig.count(OPEN) == count
    assert await rig.count("inbox") >= count
    assert await rig.count("quarantine") == 0
