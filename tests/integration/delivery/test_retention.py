"""What is old goes, in small bites; what an unfinished request needs stays, however old it is."""

import asyncio
import json
import os
import time
from uuid import uuid4

import pytest

from vividly.db.engine import transaction
from vividly.requests import actions
from vividly.requests.jobs import actions as jobs
from vividly.requests.states import FailureCode, Status
from vividly.shelf.disk import DiskShelf
from vividly.steps import Step
from vividly.worker import retention
from vividly.worker.retention import Keep, Retention

KEEP = Keep(messages=8, checkpoints=7, work=14, live=2)


@pytest.fixture
def shelf(tmp_path):
    return DiskShelf(tmp_path / "shelf")


@pytest.fixture
def pruning(pool, shelf, tmp_path):
    return Retention(pool=pool, shelf=shelf, keep=KEEP, scratch=tmp_path / "scratch")


@pytest.fixture
def put(shelf):
    def old(key, days):
        shelf.put(key, key.encode())
        moment = time.time() - days * 86_400
        os.utime(shelf._place(key), (moment, moment))

    return old


async def execute(pool, query, **values):
    async with transaction(pool) as conn:
        await conn.execute(query, values)


async def test_messages_go_when_they_were_acknowledged_long_ago(pool, file, kit, pruning):
    for _ in range(3):
        await file()
    await execute(
        pool,
        "UPDATE outbox SET created_at = now() - interval '30 days', "
        "sent_at = CASE id WHEN 1 THEN now() - interval '9 days' WHEN 2 THEN now() - interval '7 days' END",
    )
    await execute(
        pool,
        "INSERT INTO inbox (subscription, message_id, outcome, first_at) VALUES "
        "('s', 'old', 'ready', now() - interval '9 days'), ('s', 'young', 'ready', now() - interval '7 days')",
    )
    gone = await pruning.once()
    assert (gone["outbox"], gone["inbox"]) == (1, 1)
    assert await kit.count(pool, "outbox WHERE sent_at IS NULL") == 1, "what was never sent is never forgotten"
    assert await kit.count(pool, "outbox") == 2
    assert await kit.count(pool, "inbox WHERE message_id = 'young'") == 1
    assert sum((await pruning.once()).values()) == 0


async def test_many_go_in_small_bites(pool, kit, pruning, monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 10)
    await execute(
        pool,
        "INSERT INTO inbox (subscription, message_id, outcome, first_at) "
        "SELECT 's', n::text, 'ready', now() - interval '9 days' FROM generate_series(1, 35) n",
    )
    assert (await pruning.once())["inbox"] == 35


async def over_or_not(pool, file, *, end):
    """A request with one checkpoint, begun long ago, that ends as said."""
    filed = await file(interest=str(uuid4()))
    await jobs.ring(pool, request_id=filed.request_id)
    claimed = await jobs.claim(pool, owner=uuid4())
    name = str(filed.request_id)
    value = {"audio_key": f"work/{name}.pcm", "data_key": f"work/{name}.scene"}
    data = json.dumps({"seconds": 1.0, "value": value}).encode()
    await jobs.keep_stage(pool, hold=claimed.hold, stage="narrating", key="a" * 64, data=data)
    partial = {"stream_key": f"live/{name}/index.m3u8"}
    await jobs.progress(pool, hold=claimed.hold, step=Step.DRAWING, percent=40, partial=partial)
    if end == "failed":
        await jobs.fail_for_good(pool, hold=claimed.hold, code=FailureCode.STAGE_FAILED)
    if end == "cancelled":
        await actions.cancel(pool, request_id=filed.request_id, actor="student")
    if end == "waiting":
        await jobs.try_later(pool, hold=claimed.hold, after=3600.0)
    return filed.request_id


async def test_only_checkpoints_of_requests_that_are_over_go(pool, file, kit, pruning, put):
    ids = {end: await over_or_not(pool, file, end=end) for end in ("failed", "cancelled", "working", "waiting", "yesterday")}
    await jobs.ring(pool, request_id=ids["yesterday"])
    await actions.cancel(pool, request_id=ids["yesterday"], actor="student")
    await execute(pool, "UPDATE stage_results SET finished_at = now() - interval '90 days'")
    await execute(
        pool,
        "UPDATE content_requests SET finished_at = now() - interval '8 days' WHERE status IN ('failed', 'cancelled') AND id <> %(id)s",
        id=ids["yesterday"],
    )
    for request_id in ids.values():
        for name in (f"work/{request_id}.pcm", f"work/{request_id}.scene", f"live/{request_id}/seg-0.m4s"):
            put(name, 90)
    put(f"work/narrating-{'a' * 64}.json", 90)
    gone = await pruning.once()
    assert gone["checkpoints"] == 2
    async with transaction(pool) as conn:
        left = {one["request_id"] for one in await (await conn.execute("SELECT request_id FROM stage_results")).fetchall()}
    assert left == {ids["working"], ids["waiting"], ids["yesterday"]}
    for end, request_id in ids.items():
        stays = end in ("working", "waiting")
        for name in (f"work/{request_id}.pcm", f"work/{request_id}.scene", f"live/{request_id}/seg-0.m4s"):
            assert (pruning._shelf.size(name) is not None) is stays, (end, name)
    assert pruning._shelf.size(f"work/narrating-{'a' * 64}.json") is not None, "a checkpoint's record on the shelf"


async def test_each_kind_has_its_own_age_and_lessons_have_none(shelf, pruning, put, tmp_path):
    put("work/old.pcm", 15)
    put("work/young.pcm", 13)
    put("live/old/index.m3u8", 3)
    put("live/young/index.m3u8", 1)
    put("lessons/old/lesson.mp4", 999)
    (tmp_path / "scratch" / "lesson-dead").mkdir(parents=True)
    (tmp_path / "scratch" / "lesson-dead" / "half.mp4").write_bytes(b"x")
    os.utime(tmp_path / "scratch" / "lesson-dead", (1, 1))
    (tmp_path / "scratch" / "lesson-now").mkdir()
    gone = await pruning.once()
    assert (gone["work"], gone["live"], gone["scratch"]) == (1, 1, 1)
    assert shelf.get("work/young.pcm")
    assert shelf.get("live/young/index.m3u8")
    assert shelf.get("lessons/old/lesson.mp4")
    assert [one.name for one in (tmp_path / "scratch").iterdir()] == ["lesson-now"]


async def test_a_request_goes_on_undisturbed_while_everything_old_is_swept(pool, file, kit, shelf):
    """Zero days for everything: whatever could be forgotten is, again and again, while lessons are made."""
    forgetting = Retention(pool=pool, shelf=shelf, keep=Keep(messages=0, checkpoints=0, work=0, live=0), every=0.02)
    stop = asyncio.Event()
    sweeping = asyncio.create_task(forgetting.run(stop))

    async def with_parts(stage, inquiry, bench):
        await asyncio.to_thread(shelf.put, f"work/{inquiry.interest}-{stage}.pcm", b"sound")
        await asyncio.sleep(0.05)

    cook = kit.cook(before=with_parts)
    requests = [await file(interest=f"interest-{n}") for n in range(6)]
    async with kit.service(pool, cook, slots=2):
        for one in requests:
            await kit.until(pool, one.request_id, Status.COMPLETED)
    stop.set()
    await sweeping
    assert len(cook.done) == len(set(cook.done)) == 18, "no checkpoint of an unfinished request was forgotten"


async def test_a_database_that_is_away_is_for_the_next_hour(pool, shelf, capsys):
    sweeping = Retention(pool=pool, shelf=shelf, keep=KEEP)
    await pool.close()
    await sweeping._guarded()
