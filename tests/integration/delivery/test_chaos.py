"""Workers killed, frozen and stopped, and a database that goes away: nothing is lost, nothing finished is repeated."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import open_pool, transaction
from vividly.db.migrate import migrate
from vividly.errors import LeaseLost, NotPossible, TryAgainLater
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs.sweep import free_expired
from vividly.requests.model import Answer, AskBack, Clarification
from vividly.requests.notify import Notifier, listen
from vividly.requests.states import FailureCode, Status
from vividly.steps import Step

STAGES = ["storyboard", "narration", "drawing"]


@contextlib.asynccontextmanager
async def worker(url, diary, *, crash="", seconds=0.0):
    script = Path(__file__).with_name("a_worker.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        url,
        diary,
        crash,
        str(seconds),
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def diary_of(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("point", ["claimed", "kept:storyboard", "kept:drawing", "before_settle", "settled"])
async def test_after_a_kill_the_next_worker_goes_on_and_repeats_nothing_finished(pool, database, file, kit, tmp_path, point):
    filed = await file(interest="music")
    await jobs.ring(pool, request_id=filed.request_id)
    diary = tmp_path / "diary"
    async with worker(database, diary, crash=point) as doomed:
        assert await asyncio.wait_for(doomed.wait(), 60) == -signal.SIGKILL
    before = diary_of(diary)
    assert len(before) == {"claimed": 0, "kept:storyboard": 1}.get(point, 3)
    async with worker(database, diary):
        done = await kit.until(pool, filed.request_id, Status.COMPLETED)
    assert diary_of(diary) == [f"music {stage}" for stage in STAGES]
    assert done.lesson is not None
    assert await kit.count(pool, "content_request_events WHERE terminal") == 1


async def test_a_frozen_worker_wakes_too_late_and_writes_nothing(pool, database, file, kit, tmp_path):
    filed = await file(interest="music")
    await jobs.ring(pool, request_id=filed.request_id)
    diary = tmp_path / "diary"
    async with worker(database, diary, seconds=0.5) as frozen:
        await kit.eventually(lambda: diary_of(diary))
        frozen.send_signal(signal.SIGSTOP)
        async with kit.running(pool, kit.cook()):
            done = await kit.until(pool, filed.request_id, Status.COMPLETED)
        frozen.send_signal(signal.SIGCONT)
        frozen.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(frozen.wait(), 30) == 0
    after = await actions.snapshot(pool, request_id=filed.request_id)
    assert (after.seq, after.lesson) == (done.seq, done.lesson)
    assert await kit.count(pool, "stage_results WHERE lease_token = 1") == 0


async def test_a_stopped_worker_gives_back_at_its_checkpoint(pool, database, file, kit, tmp_path):
    filed = await file(interest="music")
    await jobs.ring(pool, request_id=filed.request_id)
    diary = tmp_path / "diary"
    async with worker(database, diary, seconds=0.3) as stopped:
        await kit.eventually(lambda: diary_of(diary))
        stopped.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(stopped.wait(), 30) == 0
    assert await kit.count(pool, "jobs WHERE state = 'ready' AND crashes = 0 AND attempt = 0") == 1
    kept = await kit.count(pool, "stage_results")
    assert kept >= 1
    async with worker(database, diary):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
    assert Counter(diary_of(diary))["music storyboard"] == 1


async def test_a_database_that_goes_away_under_load_loses_nothing_accepted(tmp_path, kit, people_in, new_for):
    server = EmbeddedPostgres(tmp_path / "postgres")
    url = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(migrate, url)
        async with await open_pool(url, min_size=1, max_size=10, name="tests", patience=2.0) as pool:
            people = await people_in(pool)
            accepted, stop = [], asyncio.Event()

            async def student(name):
                number = 0
                while not stop.is_set():
                    number += 1
                    new = new_for(people, interest=f"{name} {number}", idempotency_key=f"{name} {number}")
                    while True:
                        try:
                            accepted.append((await actions.submit(pool, new=new)).snapshot.request_id)
                            break
                        except TryAgainLater:
                            await asyncio.sleep(0.05)
                    await asyncio.sleep(0.05)

            cook = kit.cook()
            async with kit.service(pool, cook, slots=3, rhythm=replace(kit.quick, lease=60.0)):
                students = [asyncio.create_task(student(f"student {n}")) for n in range(3)]
                for _ in range(2):
                    enough = len(accepted) + 10
                    await kit.eventually(lambda enough=enough: len(accepted) >= enough)
                    await asyncio.to_thread(server.stop)
                    assert await asyncio.to_thread(server.start) == url
                stop.set()
                await asyncio.gather(*students)
                for request_id in accepted:
                    await kit.until(pool, request_id, Status.COMPLETED, within=90)
            assert len(accepted) == len(set(accepted)) == await kit.count(pool, "content_requests")
            assert await kit.count(pool, "content_request_events WHERE terminal") == len(accepted)
            assert await kit.count(pool, "jobs WHERE state <> 'done'") == 0
            # The workers lived on, and so did their leases: nobody was taken for dead.
            assert await kit.count(pool, "jobs WHERE crashes > 0 OR attempt > 0") == 0
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_lost_knock_is_noticed_by_the_sweep(pool, file, kit):
    filed = await file()
    async with transaction(pool) as conn:
        await conn.execute("DELETE FROM outbox")
    async with kit.running(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)


async def test_listeners_hear_of_changes_and_look_by_themselves(pool, database, file):
    notifier, stop = Notifier(pool), asyncio.Event()
    task = asyncio.create_task(notifier.run(stop))
    heard = listen(database, poll=0.2)
    assert await anext(heard) == frozenset()
    ids = {uuid4() for _ in range(450)}
    for request_id in ids:
        notifier.touch(request_id)
    got, looks = set(), 0
    async with asyncio.timeout(20):
        while got != ids or not looks:
            news = await anext(heard)
            got |= news
            looks += not news
    assert got == ids
    async with transaction(pool) as conn:
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%%'"
        )
    async with asyncio.timeout(20):
        while await anext(heard):
            pass
        again = uuid4()
        while True:
            notifier.touch(again)
            if again in await anext(heard):
                break
    await heard.aclose()
    stop.set()
    await task


@pytest.mark.parametrize("seed", range(4))
async def test_random_lives_keep_every_invariant(pool, file, kit, seed):
    chance = random.Random(seed)
    holds, requests, question = [], [], AskBack(Clarification(("?",), ()))

    async def anything():
        request_id = chance.choice(requests)
        hold = chance.choice(holds) if holds else None
        verbs = {
            "ring": lambda: jobs.ring(pool, request_id=request_id),
            "claim": lambda: jobs.claim(pool, owner=uuid4(), lease=chance.choice([0.0, 60.0])),
            "free": lambda: free_expired(pool),
            "cancel": lambda: actions.cancel(pool, request_id=request_id, actor="s"),
            "retry": lambda: actions.retry(pool, request_id=request_id, actor="s"),
            "answer": lambda: actions.answer(
                pool,
                request_id=request_id,
                epoch=chance.choice([1, 2]),
                answer=Answer("", "x"),
                verdict=chance.choice([kit.go("k"), question]),
                actor="s",
            ),
        }
        if hold is not None:
            writes = {
                "generate": lambda: jobs.generate(pool, hold=hold),
                "progress": lambda: jobs.progress(
                    pool, hold=hold, step=Step.WRITING, percent=chance.randint(0, 120), partial={}
                ),
                "finish": lambda: jobs.finish(pool, hold=hold, lesson=kit.lesson(str(uuid4()))),
                "ask": lambda: jobs.ask(pool, hold=hold, clarification=question.clarification),
                "fail": lambda: jobs.fail_for_good(pool, hold=hold, code=FailureCode.STAGE_FAILED),
                "later": lambda: jobs.try_later(pool, hold=hold, after=0.0),
                "back": lambda: jobs.give_back(pool, hold=hold),
                "decline": lambda: jobs.decline(pool, hold=hold, code="c", message="m"),
                "bury": lambda: jobs.bury(pool, request_id=request_id, code=FailureCode.CRASHED_TOO_OFTEN),
            }
            verbs |= writes
        with contextlib.suppress(NotPossible, LeaseLost):
            done = await verbs[chance.choice(sorted(verbs))]()
            if hasattr(done, "hold"):
                holds.append(done.hold)

    verdicts = [kit.go("k"), kit.go(), question]
    requests.extend([(await file(chance.choice(verdicts))).request_id for _ in range(5)])
    for _ in range(40):
        await asyncio.gather(*(anything() for _ in range(4)))
        async with transaction(pool) as conn:
            for name, query in INVARIANTS.items():
                broken = await (await conn.execute(query)).fetchall()
                assert broken == [], f"{name}, seed {seed}"


INVARIANTS = {
    "I3 one terminal event per epoch": "SELECT request_id FROM content_request_events WHERE terminal GROUP BY 1, epoch HAVING count(*) > 1",
    "I4 history without gaps": "SELECT request_id FROM content_request_events GROUP BY 1 HAVING max(seq) <> count(*)",
    "I4 the row is the last event": "SELECT r.id FROM content_requests r JOIN content_request_events e ON e.request_id = r.id "
    "AND e.seq = r.seq WHERE (r.status, r.epoch, r.progress) <> (e.to_status, e.epoch, e.progress)",
    "I4 never backward": "SELECT request_id FROM (SELECT request_id, epoch, s.ord, progress, lag(s.ord) OVER w AS was, "
    "lag(progress) OVER w AS had FROM content_request_events e JOIN content_request_status s ON s.code = e.to_status "
    "WINDOW w AS (PARTITION BY request_id, epoch ORDER BY seq)) h WHERE ord < was OR progress < had",
    "I6 no write under an old token": "SELECT request_id FROM (SELECT request_id, lease_token, max(lease_token) OVER "
    "(PARTITION BY request_id ORDER BY seq) AS highest FROM content_request_events) h WHERE lease_token < highest",
    "I7 work only where something is to do": "SELECT j.request_id FROM jobs j JOIN content_requests r ON r.id = j.request_id "
    "WHERE j.state = 'leased' AND j.epoch = r.epoch AND r.status NOT IN ('validating', 'generating')",
    "one maker per lesson": "SELECT r.cache_key FROM jobs j JOIN content_requests r ON r.id = j.request_id "
    "WHERE j.state = 'leased' AND j.lease_until > now() AND r.cache_key <> '' GROUP BY 1 HAVING count(*) > 1",
    "every new epoch has its knock": "SELECT r.id FROM content_requests r WHERE (SELECT count(*) FROM outbox o "
    "WHERE o.payload ->> 'request_id' = r.id::text) <> (SELECT count(*) FROM content_request_events e "
    "WHERE e.request_id = r.id AND e.to_status = 'pending')",
}
