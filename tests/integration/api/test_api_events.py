"""Event streams over a real server: nothing missed, nothing twice, the true end, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from vividly.accounts import actions as accounts
from vividly.api.happenings import STREAMS_PER_PERSON


@dataclass
class Frame:
    event: str = "message"
    id: str = ""
    retry: str = ""
    data: dict = field(default_factory=dict)


async def frames(response):
    """Server-sent events as a browser would read them."""
    now = Frame()
    async for line in response.aiter_lines():
        if not line:
            if now != Frame():
                yield now
            now = Frame()
        elif line.startswith(":"):
            yield Frame(event="heartbeat")
        else:
            name, _, value = line.partition(": ")
            setattr(now, name, json.loads(value) if name == "data" else value)


def stream(door, served, request_id, *, by="student", **headers):
    path = f"/api/v1/content/request/{request_id}/events"
    return served.stream("GET", path, headers={**door.headers[by], **headers})


async def collect(door, served, request_id, *, by="student", **headers):
    """Everything to the end, without heartbeats."""
    async with stream(door, served, request_id, by=by, **headers) as response:
        assert response.status_code == 200
        return [frame async for frame in frames(response) if frame.event != "heartbeat"]


def messages(found):
    return [frame.data for frame in found if frame.event == "message" and frame.data]


async def test_a_watcher_sees_all_of_it_live_and_the_end(door, served, kitchen):
    filed = await door.ask()
    watching = asyncio.create_task(collect(door, served, filed["request_id"]))
    claimed = await kitchen.generate(filed["request_id"], 30, {"script_text": "…"})
    await kitchen.progress(claimed, 60, {"script_text": "…", "audio_key": "a"})
    await kitchen.finish(claimed)
    found = await watching
    seen = messages(found)
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    assert [event["status"] for event in seen] == [
        "pending",
        "validating",
        "generating",
        "generating",
        "generating",
        "completed",
    ]
    progress = [event["progress_percentage"] for event in seen]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert [event["terminal"] for event in seen] == [False] * 5 + [True]
    assert found[-1].event == "end"
    assert found[-1].data["status"] == "completed"
    assert found[0].retry


async def test_ready_parts_are_announced_while_it_is_made(door, served, kitchen):
    filed = await door.ask()
    claimed = await kitchen.generate(filed["request_id"], 30, {"script_text": "…", "stream_key": "a.m3u8"})
    async with stream(door, served, filed["request_id"]) as response:
        async for frame in frames(response):
            if frame.event == "ready":
                assert frame.data == {"request_id": filed["request_id"], "fields": ["script_text", "stream_url"]}
                break
    assert claimed


async def test_last_event_id_replays_what_was_missed_and_no_more(door, served, kitchen):
    filed = await door.ask()
    await kitchen.complete(filed["request_id"])
    whole = messages(await collect(door, served, filed["request_id"]))
    rest = messages(await collect(door, served, filed["request_id"], **{"Last-Event-ID": "2"}))
    assert rest == whole[2:]
    nonsense = messages(await collect(door, served, filed["request_id"], **{"Last-Event-ID": "x2"}))
    assert nonsense == whole


async def test_coming_back_after_the_end_is_told_not_to(door, served, kitchen):
    filed = await door.ask()
    await kitchen.complete(filed["request_id"])
    last = (await door.status(filed["request_id"]))["seq"]
    async with stream(door, served, filed["request_id"], **{"Last-Event-ID": str(last)}) as response:
        assert response.status_code == 204


async def test_a_retry_goes_on_in_the_same_history(door, served, kitchen):
    filed = await door.ask()
    await kitchen.fail(await kitchen.generate(filed["request_id"]))
    first = await collect(door, served, filed["request_id"])
    assert first[-1].data["status"] == "failed"
    await door.call("POST", f"/content/request/{filed['request_id']}/retry")
    watching = asyncio.create_task(collect(door, served, filed["request_id"]))
    await kitchen.complete(filed["request_id"])
    both = await watching
    assert [event["epoch"] for event in messages(both) if event["terminal"]] == [1, 2]
    assert both[-1].data["status"] == "completed"
    assert sum(frame.event == "end" for frame in both) == 1, "an old epoch's end is not the end"


async def test_a_question_back_keeps_the_stream_open_until_the_answer_is_served(door, served, kitchen):
    filed = await door.ask("explain forces")
    watching = asyncio.create_task(collect(door, served, filed["request_id"]))
    await door.call("POST", f"/content/request/{filed['request_id']}/clarify", json={"option_id": filed["options"][0]["id"]})
    await kitchen.complete(filed["request_id"])
    statuses = [event["status"] for event in messages(await watching)]
    assert statuses[0] == "clarification_needed"
    assert statuses[-1] == "completed"


async def test_a_hundred_watchers_see_the_same_history(door, served, kitchen):
    door.doors.happenings._people.clear()
    filed = await door.ask()
    watching = [
        asyncio.create_task(collect(door, served, filed["request_id"], by=by))
        for by in ("student", "teacher", "admin", "operator")
        for _ in range(STREAMS_PER_PERSON)
    ]
    claimed = await kitchen.generate(filed["request_id"])
    for percent in (50, 60, 70):
        await kitchen.progress(claimed, percent)
    await kitchen.finish(claimed)
    histories = [messages(found) for found in await asyncio.gather(*watching)]
    assert all(history == histories[0] for history in histories)
    assert histories[0][-1]["status"] == "completed"
    assert not door.doors.happenings._channels, "nothing is kept of a request that nobody watches"
    assert not door.doors.happenings._people


async def test_too_many_streams_are_refused_with_a_problem(door, served):
    filed = await door.ask()
    door.doors.happenings._people[door.people["student"].person_id] = STREAMS_PER_PERSON
    async with stream(door, served, filed["request_id"]) as response:
        assert response.status_code == 429
        assert json.loads(await response.aread())["code"] == "too_many_streams"


async def test_a_quiet_stream_beats_and_ends_when_its_watcher_is_signed_out(door, served):
    filed = await door.ask()
    async with stream(door, served, filed["request_id"]) as response:
        reading = frames(response)
        async for frame in reading:
            if frame.event == "heartbeat":
                break
        await accounts.sign_out(door.doors.pool, session_id=door.sessions["student"])
        rest = [frame async for frame in reading if frame.event != "heartbeat"]
    assert not any(frame.event == "end" for frame in rest)


async def test_a_stopping_process_closes_its_streams_with_a_hint_to_come_back(door, served):
    filed = await door.ask()
    async with stream(door, served, filed["request_id"]) as response:
        reading = frames(response)
        async for frame in reading:
            if frame.event == "heartbeat":
                break
        door.doors.happenings.close()
        rest = [frame async for frame in reading if frame.event != "heartbeat"]
    assert [frame.retry for frame in rest] == ["2000"]


async def test_a_watcher_who_leaves_leaves_nothing_behind(door, served, kitchen):
    filed = await door.ask()
    async with stream(door, served, filed["request_id"]) as response:
        async for frame in frames(response):
            if frame.data:
                break
    left = asyncio.create_task(_gone(door))
    await kitchen.generate(filed["request_id"])
    await left


async def _gone(door):
    async with asyncio.timeout(10):
        while door.doors.happenings._channels:  # noqa: ASYNC110 - the server notices when it writes
            await asyncio.sleep(0.02)


async def test_a_browser_watches_by_its_cookie(door, served):
    from vividly.api.identity import COOKIE, cookie_value

    filed = await door.ask("write my essay")
    cookie = cookie_value(door.sessions["student"], key=door.doors.cookie_key)
    path = f"/api/v1/content/request/{filed['request_id']}/events"
    async with served.stream("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        found = [frame async for frame in frames(response)]
    assert found[-1].data["status"] == "declined"


@pytest.mark.parametrize(("by", "status"), [("classmate", 403), ("foreigner", 404), ("foreign_teacher", 404)])
async def test_nobody_watches_what_is_not_theirs(door, served, by, status):
    filed = await door.ask()
    async with stream(door, served, filed["request_id"], by=by) as response:
        assert response.status_code == status
