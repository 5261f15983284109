"""Who holds a job, who does not any more, and that the second kind writes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from vividly.db.engine import transaction
from vividly.errors import LeaseLost, Misconfigured, NotPossible, Refused, TryAgainLater
from vividly.library.model import Lesson
from vividly.pipeline.artifacts import Choice, Declined, Question
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs.sweep import free_expired, sweep
from vividly.requests.model import Clarification
from vividly.requests.states import FailureCode, Status
from vividly.steps import Step

LESSON = Lesson("lesson-1", "k", "lessons/lesson-1", "Force pairs", "topic", "facet", "basketball", 9, 60.0, ("lesson.mp4",))

WRITES = {
    "renew": lambda pool, hold: jobs.renew(pool, hold=hold),
    "keep_stage": lambda pool, hold: jobs.keep_stage(pool, hold=hold, stage="s", key="k", data=b"x"),
    "progress": lambda pool, hold: jobs.progress(pool, hold=hold, step=Step.WRITING, percent=50, partial={}),
    "generate": lambda pool, hold: jobs.generate(pool, hold=hold),
    "finish": lambda pool, hold: jobs.finish(pool, hold=hold, lesson=LESSON),
    "ask": lambda pool, hold: jobs.ask(pool, hold=hold, clarification=Clarification(("?",), ())),
    "decline": lambda pool, hold: jobs.decline(pool, hold=hold, code="c", message="m"),
    "fail_for_good": lambda pool, hold: jobs.fail_for_good(pool, hold=hold, code=FailureCode.STAGE_FAILED),
    "try_later": lambda pool, hold: jobs.try_later(pool, hold=hold, after=0.0),
    "bury": lambda pool, hold: jobs.bury(pool, request_id=hold.request_id, code=FailureCode.STAGE_FAILED, hold=hold),
}
TABLES = ("content_requests", "content_request_events", "jobs", "stage_results", "lessons")


async def everything(pool):
    async with transaction(pool) as conn:
        return {t: await (await conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2")).fetchall() for t in TABLES}


@pytest.fixture
async def claimed(pool, file):
    filed = await file()
    await jobs.ring(pool, request_id=filed.request_id)
    return await jobs.claim(pool, owner=uuid4())


async def stolen(pool, claimed):
    async with transaction(pool) as conn:
        await conn.execute("UPDATE jobs SET lease_until = now() - interval '1 second'")
    assert await free_expired(pool) == (claimed.hold.request_id,)
    thief = await jobs.claim(pool, owner=uuid4())
    assert thief.hold.token == claimed.hold.token + 1
    assert thief.crashes == 1
    return thief


async def writes_nothing(pool, hold):
    before = await everything(pool)
    for verb, write in WRITES.items():
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(write(pool, hold), 30)
        assert await everything(pool) == before, verb
    assert not await jobs.give_back(pool, hold=hold)
    assert await everything(pool) == before


async def test_an_old_ticket_writes_nothing(pool, claimed):
    await stolen(pool, claimed)
    await writes_nothing(pool, claimed.hold)


async def test_a_freed_ticket_writes_nothing_though_nobody_has_the_job_yet(pool, claimed):
    assert await jobs.give_back(pool, hold=claimed.hold)
    await writes_nothing(pool, claimed.hold)


async def test_after_a_cancel_a_worker_writes_nothing(pool, claimed):
    await actions.cancel(pool, request_id=claimed.hold.request_id, actor="student")
    await writes_nothing(pool, claimed.hold)


async def test_a_ticket_of_the_last_epoch_writes_nothing_in_the_next(pool, claimed):
    await jobs.fail_for_good(pool, hold=claimed.hold, code=FailureCode.STAGE_FAILED)
    await actions.retry(pool, request_id=claimed.hold.request_id, actor="student")
    await jobs.ring(pool, request_id=claimed.hold.request_id)
    again = await jobs.claim(pool, owner=uuid4())
    assert (again.hold.epoch, again.attempt, again.crashes) == (2, 0, 0)
    await writes_nothing(pool, claimed.hold)


async def test_many_claimers_share_many_jobs_and_nobody_gets_one_twice(pool, file):
    for _ in range(12):
        await jobs.ring(pool, request_id=(await file()).request_id)
    claims = await asyncio.gather(*(jobs.claim(pool, owner=uuid4()) for _ in range(16)))
    got = [one.hold.request_id for one in claims if one is not None]
    assert len(got) == len(set(got)) == 12


async def test_two_claims_at_once_never_make_one_lesson_twice(pool, file, kit):
    for _ in range(6):
        await jobs.ring(pool, request_id=(await file(kit.go("one lesson"))).request_id)
    claims = await asyncio.gather(*(jobs.claim(pool, owner=uuid4()) for _ in range(6)))
    assert len([one for one in claims if one is not None]) == 1


async def test_a_dead_makers_waiters_go_on(pool, file, kit):
    for _ in range(2):
        await jobs.ring(pool, request_id=(await file(kit.go("one lesson"))).request_id)
    maker = await jobs.claim(pool, owner=uuid4(), lease=0.05)
    async with kit.running(pool, kit.cook()):
        done = await kit.until(pool, maker.hold.request_id, Status.COMPLETED)
    assert done.lesson is not None
    assert await kit.count(pool, "content_requests WHERE status = 'completed'") == 2


async def test_a_quiet_school_does_not_wait_for_a_noisy_one(pool, file, people):
    for _ in range(10):
        await jobs.ring(pool, request_id=(await file()).request_id)
    quiet = await file(school_id=people.other_school, student_id=people.other_student, filed_by=people.other_student)
    await jobs.ring(pool, request_id=quiet.request_id)
    first = await jobs.claim(pool, owner=uuid4(), recent_schools=[])
    second = await jobs.claim(pool, owner=uuid4(), recent_schools=[first.request.school_id])
    # Which school comes first is open (neither was served before); ten noisy jobs must not both come before the quiet one.
    assert {first.request.school_id, second.request.school_id} == {people.school, people.other_school}
    assert quiet.request_id in (first.hold.request_id, second.hold.request_id)


async def test_a_job_that_kills_its_workers_is_buried_after_the_third(pool, file):
    filed = await file()
    await jobs.ring(pool, request_id=filed.request_id)
    for crashes in range(3):
        claimed = await jobs.claim(pool, owner=uuid4(), lease=0.0)
        assert claimed.crashes == crashes
        await free_expired(pool)
    assert await jobs.claim(pool, owner=uuid4()) is None
    assert (await sweep(pool)).buried == (filed.request_id,)
    told = await actions.snapshot(pool, request_id=filed.request_id)
    assert (told.status, told.failure.code) == (Status.FAILED, FailureCode.CRASHED_TOO_OFTEN)
    assert told.failure.message
    assert await sweep(pool) == replace(await sweep(pool), freed=(), buried=(), rung=())


async def test_a_failed_request_retried_is_made_in_a_new_epoch(pool, claimed, kit):
    await jobs.fail_for_good(pool, hold=claimed.hold, code=FailureCode.GATE_FAILED, step="drawing", message="Sorry.")
    told = await actions.snapshot(pool, request_id=claimed.hold.request_id)
    assert (told.failure.step, told.failure.message, told.over) == ("drawing", "Sorry.", True)
    again = await actions.replay(pool, request_id=claimed.hold.request_id, actor="operator:ann", reason="mended")
    assert (again.status, again.epoch, again.failure, again.progress) == (Status.PENDING, 2, None, 0)
    async with kit.service(pool, kit.cook()):
        await kit.until(pool, claimed.hold.request_id, Status.COMPLETED)


def raising(fault):
    async def kitchen(inquiry, bench):
        raise fault

    return kitchen


@pytest.mark.parametrize(
    ("fault", "status", "code", "attempts"),
    [
        (TryAgainLater("away", after=0.0), Status.FAILED, FailureCode.ATTEMPTS_USED_UP, 5),
        (RuntimeError("a student's words"), Status.FAILED, FailureCode.STAGE_FAILED, 3),
        (Misconfigured("VIVIDLY_X", "set it"), Status.FAILED, FailureCode.STAGE_FAILED, 5),
        (NotPossible("no", "It cannot be done."), Status.FAILED, FailureCode.STAGE_FAILED, 1),
        (Refused("unsafe", "Not this."), Status.DECLINED, None, 1),
    ],
)
async def test_every_fault_ends_in_words_and_never_loops(pool, file, kit, fault, status, code, attempts):
    tries = []

    async def kitchen(inquiry, bench):
        tries.append(1)
        raise fault

    filed = await file()
    async with kit.service(pool, kitchen, limits=kit.limits(wait=0.0)):
        told = await kit.until(pool, filed.request_id, Status.FAILED, Status.DECLINED)
    assert (told.status, len(tries)) == (status, attempts)
    assert (told.failure.code if told.failure else None) == code
    assert "student's words" not in (told.failure.message if told.failure else told.message)
    assert await kit.count(pool, "jobs WHERE last_error LIKE '%%student%%'") == 0


async def test_the_kitchen_may_ask_and_decline(pool, file, kit):
    async def asks(inquiry, bench):
        return Question(("Which?",), (Choice("a", "A", "topic", "facet"),), "unclear")

    async def declines(inquiry, bench):
        return Declined("unsafe", "Not this one.")

    first, second = await file(), None
    async with kit.service(pool, asks):
        told = await kit.until(pool, first.request_id, Status.CLARIFICATION_NEEDED)
    assert (told.clarification.options[0].label, told.rounds) == ("A", 1)
    second = await file()
    async with kit.service(pool, declines):
        told = await kit.until(pool, second.request_id, Status.DECLINED)
    assert told.message == "Not this one."


@pytest.mark.parametrize("missing", ["validating", "generating", "completed"])
async def test_a_status_the_database_does_not_have_ends_the_job_once_and_raises_the_alarm(pool, file, kit, missing):
    async with transaction(pool) as conn:
        await conn.execute(f"ALTER TABLE content_requests ADD CONSTRAINT drifted CHECK (status <> '{missing}')")
    filed, tries, alarms = await file(), [], []

    async def kitchen(inquiry, bench):
        tries.append(1)
        return kit.finished(inquiry)

    async with kit.service(pool, kitchen, broken=alarms.append):
        told = await kit.until(pool, filed.request_id, Status.FAILED)
    assert told.failure.code is FailureCode.CONTRACT_BROKEN
    assert len(tries) == (missing == "completed")
    assert {one.sqlstate for one in alarms} == {"23514"}
    assert await kit.count(pool, "jobs WHERE state = 'dead'") == 1


async def test_a_dead_job_tells_its_request_as_soon_as_the_schema_lets_it(pool, file, kit):
    async with transaction(pool) as conn:
        await conn.execute("ALTER TABLE content_requests ADD CONSTRAINT drifted CHECK (status NOT IN ('generating', 'failed'))")
    filed = await file()
    async with kit.service(pool, kit.cook()):
        await kit.eventually(lambda: kit.count(pool, "jobs WHERE state = 'dead'"))
        assert (await actions.snapshot(pool, request_id=filed.request_id)).status is Status.VALIDATING
        async with transaction(pool) as conn:
            await conn.execute("ALTER TABLE content_requests DROP CONSTRAINT drifted")
        await kit.until(pool, filed.request_id, Status.FAILED)


async def test_after_an_outage_workers_get_time_to_renew_before_they_are_taken_for_dead(pool, file, kit):
    await jobs.ring(pool, request_id=(await file()).request_id)
    living = await jobs.claim(pool, owner=uuid4(), lease=0.0)
    runner = kit.runner(pool=pool, kitchen=kit.cook(), rhythm=replace(kit.quick, lease=60.0))
    runner._looked -= 100  # the database was away for so long
    await runner._recover()
    await jobs.renew(pool, hold=living.hold, lease=0.0)
    await runner._recover()
    assert await kit.count(pool, "jobs WHERE state = 'leased'") == 1
    runner._patient_until = 0.0
    await runner._recover()
    assert await kit.count(pool, "jobs WHERE state = 'leased'") == 0


async def test_a_stuck_kitchen_loses_its_lease(pool, file, kit):
    stopped = asyncio.Event()

    async def stuck(inquiry, bench):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await jobs.ring(pool, request_id=(await file()).request_id)
    async with kit.running(pool, stuck, rhythm=replace(kit.quick, lease=0.4, stall=0.3)) as runner:
        await stopped.wait()
        await kit.eventually(lambda: not runner.busy)
        await kit.eventually(lambda: kit.count(pool, "jobs WHERE crashes > 0"))


async def test_stopping_waits_for_a_checkpoint_and_gives_the_lease_back(pool, file, kit):
    first_done, go_on = asyncio.Event(), asyncio.Event()

    async def stage(name, inquiry, bench):
        if name == "narration":
            first_done.set()
            await go_on.wait()

    cook = kit.cook(before=stage)
    filed = await file()
    await jobs.ring(pool, request_id=filed.request_id)
    async with kit.running(pool, cook) as runner:
        await first_done.wait()
        stopping = asyncio.create_task(runner.stop(within=5.0))
        await asyncio.sleep(0)
        go_on.set()
        await stopping
    assert [name for name, _ in cook.done][:2] == ["storyboard", "narration"]
    assert await kit.count(pool, "jobs WHERE state = 'ready' AND crashes = 0 AND attempt = 0 AND run_after <= now()") == 1
    async with kit.running(pool, cook):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
    assert len(cook.done) == 3
