"""The figures operators see are those of the rows, cost one look in five seconds, and are only for operators."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from vividly import metrics
from vividly.db import figures
from vividly.db.engine import open_pool, transaction
from vividly.requests.figures import Figures
from vividly.requests.jobs import actions as jobs
from vividly.requests.jobs.sweep import free_expired
from vividly.requests.states import FailureCode, Status
from vividly.worker.push import create_push_app


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def read(text):
    """{name: value} and {(name, label): value}."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found[(sample.name, *sample.labels.values())] = sample.value
    return found


async def shown(pool, tmp_path):
    return read(await Figures(pool, disk=tmp_path).text())


async def test_every_figure_is_that_of_the_rows(pool, file, kit, tmp_path):
    held, overdue, later, ready, failed, _unrung = [await file(interest=str(n)) for n in range(6)]
    for one in (held, overdue, later, failed):
        await jobs.ring(pool, request_id=one.request_id)
        claimed = await jobs.claim(pool, owner=uuid4(), lease=0.0 if one is overdue else 60.0)
        assert claimed.hold.request_id == one.request_id
        if one is later:
            await jobs.try_later(pool, hold=claimed.hold, after=600.0)
        if one is failed:
            await jobs.fail_for_good(pool, hold=claimed.hold, code=FailureCode.GATE_FAILED)
    await jobs.ring(pool, request_id=ready.request_id)
    async with transaction(pool) as conn:
        await conn.execute("UPDATE jobs SET run_after = now() - interval '90 s' WHERE request_id = %s", (ready.request_id,))
        await conn.execute("UPDATE outbox SET sent_at = now() WHERE id <= 4")
        await conn.execute("UPDATE outbox SET created_at = now() - interval '30 s' WHERE id = 5")
        await conn.execute(
            "INSERT INTO quarantine (key, reason, body, replayed_at) VALUES ('a', '', '', NULL), ('b', '', '', now())"
        )
    seen = await shown(pool, tmp_path)
    assert {key[1]: value for key, value in seen.items() if key[0] == "vividly_requests" and value} == {
        "pending": 2.0,
        "validating": 3.0,
        "failed": 1.0,
    }
    assert {key[1] for key in seen if key[0] == "vividly_requests"} == set(Status)
    assert seen["vividly_requests_failed", "gate_failed"] == 1
    assert {key[1] for key in seen if key[0] == "vividly_requests_failed"} == set(FailureCode)
    names = (
        "queue_depth",
        "queue_later",
        "leases_held",
        "leases_overdue",
        "outbox_unsent",
        "quarantine_messages",
        "database_up",
    )
    assert [seen[f"vividly_{name}",] for name in names] == [1, 1, 1, 1, 2, 1, 1]
    assert 90 <= seen["vividly_queue_age_seconds",] < 120
    assert 30 <= seen["vividly_outbox_age_seconds",] < 60
    assert seen["vividly_disk_free_bytes",] > 0


async def test_an_empty_service_has_zeros_and_no_gaps(pool, tmp_path):
    seen = await shown(pool, tmp_path)
    for name in metrics.Shown.FAMILIES.keys() - {"vividly_database_up", "vividly_requests", "vividly_requests_failed"}:
        assert seen[name,] == 0
    assert seen["vividly_database_up",] == 1


async def test_however_many_ask_the_database_is_asked_once_in_five_seconds(pool, tmp_path, monkeypatch):
    looks, look = [], figures.read

    async def counted(conn):
        looks.append(1)
        return await look(conn)

    monkeypatch.setattr(figures, "read", counted)
    clock = Clock()
    shown_here = Figures(pool, disk=tmp_path, clock=clock)
    await asyncio.gather(*(shown_here.text() for _ in range(20)))
    clock.now = 4.9
    await shown_here.text()
    assert len(looks) == 1
    clock.now = 5.0
    await shown_here.text()
    assert len(looks) == 2


async def test_while_the_database_is_away_that_is_what_is_shown(tmp_path):
    async with await open_pool("postgresql://nobody@127.0.0.1:1/x", min_size=0, max_size=1, name="t", patience=0.2) as pool:
        seen = await shown(pool, tmp_path / "not" / "there")
    assert seen["vividly_database_up",] == 0
    assert ("vividly_queue_depth",) not in seen
    assert seen["vividly_disk_free_bytes",] > 0


async def test_everything_that_grows_is_read_from_indexes(pool):
    """With few rows a database reads the table; the point is that it need not when there are millions."""
    plan = ""
    async with transaction(pool) as conn:
        await conn.execute("SET LOCAL enable_seqscan = off")
        for query in (figures._NOW, figures._COUNTS):
            plan += "\n".join(one["QUERY PLAN"] for one in await (await conn.execute("EXPLAIN " + query)).fetchall())
    for index in ("jobs_runnable", "jobs_leased", "outbox_unsent"):
        assert f"ix_{index}" in plan
    assert "Index Only Scan using ix_content_requests_status_failure_code" in plan


async def test_counting_that_takes_too_long_hides_the_counts_and_nothing_else(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "_COUNTS", "SELECT pg_sleep(5)")
    monkeypatch.setattr(figures, "_PATIENCE", "50")
    seen = await shown(pool, tmp_path)
    assert (seen["vividly_database_up",], seen["vividly_queue_depth",]) == (1, 0)
    assert not [name for name in seen if name[0] == "vividly_requests"]


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "8.8.8.8"}, 403),
        ("secret", {}, 403),
        ("secret", {"Authorization": "Bearer secret"}, 200),
        ("secret", {"Authorization": "Bearer other"}, 403),
    ],
)
async def test_the_worker_shows_them_to_operators_only(pool, kit, tmp_path, token, headers, status):
    app = create_push_app(kit.desk(pool=pool), Figures(pool, disk=tmp_path, token=token))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("vividly_push_answers_total" in answer.text) is (status == 200)


def value(counter, **labels):
    return counter.labels(**labels)._value.get() if labels else counter._value.get()


async def test_answers_redeliveries_and_leases_are_counted(pool, file, kit):
    filed = await file()
    before = {
        "ready": value(metrics.PUSHES, outcome="ready", status="200"),
        "again": value(metrics.REDELIVERIES, outcome="held") + value(metrics.REDELIVERIES, outcome="ready"),
        "poison": value(metrics.PUSHES, outcome="poison", status="400"),
        "poison_again": value(metrics.REDELIVERIES, outcome="poison_again"),
        "expired": value(metrics.LEASES_EXPIRED),
        "carried": value(metrics.RELAYED, receipt="taken"),
    }
    async with kit.serving(kit.desk(pool=pool)) as url, kit.relay(pool, url, duplicates=1.0) as relay:
        await relay.once()
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(2):
                await client.post(f"{url}/push", content=b"{")
    await jobs.claim(pool, owner=uuid4(), lease=0.0)
    assert await free_expired(pool) == (filed.request_id,)
    assert value(metrics.PUSHES, outcome="ready", status="200") == before["ready"] + 2
    assert value(metrics.REDELIVERIES, outcome="held") + value(metrics.REDELIVERIES, outcome="ready") == before["again"] + 1
    assert value(metrics.PUSHES, outcome="poison", status="400") == before["poison"] + 1
    assert value(metrics.REDELIVERIES, outcome="poison_again") == before["poison_again"] + 1
    assert value(metrics.LEASES_EXPIRED) == before["expired"] + 1
    assert value(metrics.RELAYED, receipt="taken") == before["carried"] + 1
