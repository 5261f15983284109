"""Lessons, their files by signed link, feedback, what there is to choose from."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest

from vividly.db.engine import rows, transaction
from vividly.library import catalogue

SIZE = 256 * 40


@pytest.fixture
async def lesson(door, kitchen):
    filed = await door.ask()
    made = await kitchen.complete(filed["request_id"])
    return (await door.call("GET", f"/content/lessons/{made.lesson_id}")).json()


async def test_a_lesson_shows_everything_a_player_needs(door, lesson):
    assert lesson["title"] == "Why the table pushes back"
    assert lesson["duration_seconds"] == 7.0
    assert [part["content"] for part in lesson["script"]] == ["Forces come in pairs.", "Equal and opposite."]
    assert lesson["chapters"] == [{"start": 0.0, "end": 4.0, "text": "Forces come in pairs."}]
    assert lesson["quiz"][0]["choices"][0]["correct"] is True
    assert lesson["quiz"][0]["starts_at"] == 4.0
    assert lesson["sources"][0]["id"] == "p1"
    assert lesson["urls"]["subtitles"] is None, "no link to what is not there"
    kinds = {
        "video": "video/mp4",
        "audio": "audio/mp4",
        "captions": "text/vtt; charset=utf-8",
        "poster": "image/png",
        "transcript": "text/markdown; charset=utf-8",
        "stream": "application/vnd.apple.mpegurl",
        "script": "application/json",
    }
    for name, kind in kinds.items():
        answer = await door.client.get(lesson["urls"][name])
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), name
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-99999999", 10000, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=-99999999", 0, SIZE),
    ],
)
async def test_a_range_gives_that_part(door, lesson, asked, start, end):
    answer = await door.client.get(lesson["urls"]["video"], headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.content == (bytes(range(256)) * 40)[start:end]
    assert int(answer.headers["content-length"]) == end - start


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=999999999999-"])
async def test_a_range_outside_is_416_and_says_how_long_it_is(door, lesson, asked):
    answer = await door.client.get(lesson["urls"]["video"], headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=" + "9" * 400 + "-"])
async def test_a_range_we_do_not_serve_is_ignored(door, lesson, asked):
    answer = await door.client.get(lesson["urls"]["video"], headers={"Range": asked})
    assert answer.status_code == 200
    assert len(answer.content) == SIZE


async def test_head_tells_without_sending_and_etags_save_the_way(door, lesson):
    url = lesson["urls"]["video"]
    head = await door.client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(SIZE))
    assert head.headers["accept-ranges"] == "bytes"
    etag = head.headers["etag"]
    assert (await door.client.get(url, headers={"If-None-Match": etag})).status_code == 304
    stale = await door.client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (stale.status_code, len(stale.content)) == (200, SIZE)
    fresh = await door.client.get(url, headers={"Range": "bytes=0-1", "If-Range": etag})
    assert (fresh.status_code, len(fresh.content)) == (206, 2)


async def test_a_playlist_signs_what_lies_beside_it_and_nothing_else(door, lesson):
    text = (await door.client.get(lesson["urls"]["stream"])).text
    lines = [line for line in text.splitlines() if line]
    segment = next(line for line in lines if "seg-0" in line)
    assert (await door.client.get(segment)).content == b"segment"
    header = next(line for line in lines if "EXT-X-MAP" in line).split('"')[1]
    assert (await door.client.get(header)).content == b"init"
    assert "../../secret.m4s" in lines, "an address that climbs out gets no token"


async def test_a_link_is_good_for_one_file_one_method_and_ten_minutes(door, lesson):
    url = urlsplit(lesson["urls"]["video"])
    other = url.path.replace("lesson.mp4", "script.json")
    assert (await door.client.get(f"{other}?{url.query}")).json()["code"] == "link_not_valid"
    assert (await door.client.get(f"{url.path}?token=1.x")).status_code == 403
    assert (await door.client.get(url.path)).status_code == 422
    assert (await door.client.post(f"{url.path}?{url.query}")).status_code == 405
    key = url.path.removeprefix("/media/")
    signer = door.doors.signer
    old = await door.client.get(signer.path(key, now=time.time() - 601))
    assert (old.status_code, old.json()["code"]) == (403, "link_ended")
    missing = await door.client.get(signer.path("lessons/none/lesson.mp4", now=time.time()))
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_file")
    climbing = await door.client.get(signer.path("lessons/../../etc/passwd", now=time.time()))
    assert climbing.status_code in {403, 404, 409}


async def test_saying_it_again_replaces_what_was_said(door, lesson):
    path = f"/content/lessons/{lesson['lesson_id']}/feedback"
    for rating, kind in ((2, "confusing"), (5, "helpful")):
        answer = await door.call("POST", path, json={"rating": rating, "kind": kind, "note": "thanks"})
        assert answer.status_code == 204
    async with transaction(door.doors.pool) as conn:
        said = await rows(conn, "SELECT rating, kind FROM feedback", {})
    assert [(row["rating"], row["kind"]) for row in said] == [(5, "helpful")]
    assert (await door.call("POST", path, json={"rating": 6, "kind": "helpful"})).status_code == 422
    assert (await door.call("POST", path, json={"rating": 3, "kind": "boring"})).status_code == 422
    stranger = await door.call("POST", path, by="classmate", json={"rating": 3, "kind": "helpful"})
    assert stranger.status_code == 404


async def test_a_hidden_lesson_is_shown_to_nobody(door, lesson):
    await catalogue.hide(door.doors.pool, lesson_id=lesson["lesson_id"])
    assert (await door.call("GET", f"/content/lessons/{lesson['lesson_id']}")).status_code == 404
    mine = (await door.call("GET", "/content/requests")).json()["items"][0]
    now = await door.status(mine["request_id"])
    assert (now["status"], now["video_url"], now["script_text"]) == ("completed", None, None)
    assert "taken back" in now["message"]


async def test_there_is_something_to_choose_from(door):
    topics = (await door.call("GET", "/topics", by=None)).json()["items"]
    assert len(topics) == 95
    assert {"topic_id", "subject", "name", "grades", "ready"} == set(topics[0])
    interests = (await door.call("GET", "/interests", by=None)).json()["items"]
    assert {"interest_id": "basketball", "name": "Basketball"} in interests
