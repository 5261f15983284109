"""What every shelf must do: the one in a folder, the one in a bucket of Google's, the one in a bucket of S3.

The buckets are those of real servers in processes of their own, spoken to over real HTTP.
"""

import concurrent.futures
import hashlib
import itertools
import os
import time
from datetime import timedelta

import httpx
import pytest

from vividly.errors import Misconfigured, NotPossible, TryAgainLater
from vividly.shelf.bucket import open_bucket
from vividly.shelf.disk import DiskShelf

from .google_storage import storage

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def gs_server():
    with storage("lessons") as address:
        yield address


@pytest.fixture(scope="session")
def s3_server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.put(f"http://{host}:{port}/lessons", trust_env=False).raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["disk", "gs", "s3"])
def shelf(request, tmp_path, monkeypatch):
    if request.param == "disk":
        return DiskShelf(tmp_path / "shelf")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    endpoint = request.getfixturevalue(f"{request.param}_server")
    return open_bucket(f"{request.param}://lessons/school/{next(_numbers)}", endpoint=endpoint)


async def whole(shelf, key, **span):
    return b"".join([chunk async for chunk in shelf.stream(key, **span)])


def test_what_was_put_is_got(shelf):
    item = shelf.put("lessons/one/lesson.mp4", b"pictures")
    assert (item.key, item.size) == ("lessons/one/lesson.mp4", 8)
    assert item.sha256 == hashlib.sha256(b"pictures").hexdigest()
    assert shelf.get(item.key) == b"pictures"
    assert shelf.size(item.key) == 8


def test_a_file_is_put_like_bytes(shelf, tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 700_000)
    item = shelf.put_file("a/big.bin", tmp_path / "big")
    assert item == shelf.put("a/big.bin", b"x" * 700_000)


def test_putting_again_replaces_and_the_same_twice_is_fine(shelf):
    shelf.put("k", b"old")
    shelf.put("k", b"new")
    assert shelf.put("k", b"new").size == 3
    assert shelf.get("k") == b"new"


def test_nothing_may_be_empty(shelf):
    shelf.put("empty", b"")
    assert shelf.get("empty") == b""
    assert shelf.size("empty") == 0


async def test_what_is_not_there(shelf):
    shelf.put("folder/thing", b"1")
    for key in ("nothing", "folder", "folder/other", "folder/thing/below"):
        assert shelf.size(key) is None
        with pytest.raises(KeyError):
            shelf.get(key)
        with pytest.raises(KeyError):
            await whole(shelf, key)


async def test_parts_are_streamed_in_small_chunks(shelf):
    data = bytes(range(256)) * 4000
    shelf.put("v.mp4", data)
    chunks = [chunk async for chunk in shelf.stream("v.mp4")]
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= 256 * 1024
    assert await whole(shelf, "v.mp4", start=1000, end=1010) == data[1000:1010]
    assert await whole(shelf, "v.mp4", start=len(data) - 5) == data[-5:]
    assert await whole(shelf, "v.mp4", start=5, end=10**9) == data[5:]
    assert await whole(shelf, "v.mp4", start=len(data) + 5) == b""
    assert await whole(shelf, "v.mp4", start=9, end=9) == b""


async def test_who_reads_while_it_is_replaced_sees_one_content(shelf):
    shelf.put("v", b"a" * 600_000)
    stream = shelf.stream("v")
    first = await anext(stream)
    shelf.put("v", b"b" * 600_000)
    rest = b"".join([chunk async for chunk in stream])
    assert set(first + rest) == {ord("a")}


def test_delete_counts_what_was_there(shelf):
    shelf.put("a/1", b"1")
    shelf.put("a/2", b"2")
    assert shelf.delete(["a/1", "a/2", "a/3", "a"]) == 2
    assert shelf.size("a/1") is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a b",
        "ä",
        "a\\b",
        "a\0b",
        "a\nb",
        "x" * 600,
    ],
)
def test_a_key_never_leads_elsewhere(shelf, tmp_path, key):
    before = sorted(tmp_path.rglob("*"))
    for use in (lambda: shelf.put(key, b"x"), lambda: shelf.get(key), lambda: shelf.size(key), lambda: shelf.delete([key])):
        with pytest.raises(NotPossible):
            use()
    assert sorted(tmp_path.rglob("*")) == before


def test_many_writers_of_one_key_leave_one_whole_content(shelf):
    contents = [bytes([65 + i]) * 200_000 for i in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: shelf.put("same", data), contents))
    assert shelf.get("same") in contents


def test_it_says_whether_it_can_be_written(shelf):
    assert shelf.healthy()


def test_disk_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path, monkeypatch):
    shelf = DiskShelf(tmp_path)
    shelf.put("k", b"old")

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vividly.shelf.disk.os.fsync", full)
    with pytest.raises(TryAgainLater, match="No space left"):
        shelf.put("k", b"new")
    assert shelf.get("k") == b"old"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["k"]


def test_disk_a_folder_that_cannot_be_made_is_not_healthy(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert not DiskShelf(tmp_path / "file").healthy()


# --- forgetting ----------------------------------------------------------------------------------------------------------


def _age_file(place, seconds):
    moment = time.time() - seconds
    os.utime(place, (moment, moment))


@pytest.fixture
def aged(tmp_path):
    """Puts an item that has lain in a folder for so many seconds; `aged.shelf` is where."""
    shelf = DiskShelf(tmp_path / "shelf")

    def put(key, seconds):
        shelf.put(key, key.encode())
        _age_file(shelf._place(key), seconds)

    put.shelf = shelf
    return put


def test_what_is_old_goes_and_what_is_young_or_elsewhere_stays(aged):
    shelf = aged.shelf
    aged("work/old.pcm", 500)
    aged("work/young.pcm", 50)
    aged("lessons/one/lesson.mp4", 9_999_999)
    aged("worker", 500)
    assert shelf.forget("work", older_than=100) == 1
    assert shelf.size("work/old.pcm") is None
    for key in ("work/young.pcm", "lessons/one/lesson.mp4", "worker"):
        assert shelf.size(key) is not None
    assert shelf.forget("work", older_than=100) == 0
    assert shelf.forget("nothing", older_than=0) == 0


def test_what_is_needed_is_spared_however_old(aged):
    shelf = aged.shelf
    aged("work/needed.pcm", 500)
    aged("live/needed/seg-0.m4s", 500)
    assert shelf.forget("work", older_than=100, spare={"work/needed.pcm"}) == 0
    assert shelf.forget("live", older_than=100, spare=frozenset({"live/needed"})) == 0
    assert shelf.get("work/needed.pcm") == b"work/needed.pcm"
    assert shelf.get("live/needed/seg-0.m4s")


def test_a_touched_item_is_young_again(aged):
    shelf = aged.shelf
    aged("work/one.pcm", 500)
    assert shelf.touch("work/one.pcm")
    assert shelf.forget("work", older_than=100) == 0
    assert shelf.get("work/one.pcm") == b"work/one.pcm"
    assert not shelf.touch("work/two.pcm")
    assert not shelf.touch("work/one.pcm/below")


def test_a_folder_goes_as_a_whole_or_not_at_all(aged):
    shelf = aged.shelf
    for name in ("init.mp4", "seg-0.m4s", "deeper/one"):
        aged(f"live/old/{name}", 500)
        aged(f"live/watched/{name}", 500)
    aged("live/watched/index.m3u8", 5)
    assert shelf.forget("live", older_than=100) == 3
    assert shelf.size("live/old/deeper/one") is None
    assert shelf.get("live/watched/seg-0.m4s")


def test_what_a_killed_process_was_writing_goes_too(tmp_path):
    shelf = DiskShelf(tmp_path)
    shelf.put("a", b"1")
    for name, seconds in (("dead", 90_000), ("alive", 60)):
        (tmp_path / ".incoming" / name).write_bytes(b"half")
        _age_file(tmp_path / ".incoming" / name, seconds)
    shelf.forget("work", older_than=1)
    assert [one.name for one in (tmp_path / ".incoming").iterdir()] == ["alive"]


@pytest.mark.parametrize("kind", ["gs", "s3"])
def test_a_bucket_forgets_as_a_folder_does(kind, request, monkeypatch):
    """All of the above at once: nobody can make an object of a bucket older than it is, so real seconds must pass."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    shelf = open_bucket(f"{kind}://lessons/school/{next(_numbers)}", endpoint=request.getfixturevalue(f"{kind}_server"))
    old = ("work/old.pcm", "work/needed.pcm", "work/touched.pcm", "lessons/one/lesson.mp4", "worker")
    for key in (*old, "live/old/init.mp4", "live/old/deeper/one", "live/watched/init.mp4", "live/needed/seg-0.m4s"):
        shelf.put(key, key.encode())
    time.sleep(6)
    assert shelf.touch("work/touched.pcm")
    assert not shelf.touch("work/never.pcm")
    shelf.put("work/young.pcm", b"young")
    shelf.put("live/watched/index.m3u8", b"young")
    assert shelf.forget("work", older_than=5, spare={"work/needed.pcm"}) == 1
    assert shelf.forget("live", older_than=5, spare={"live/needed"}) == 2
    assert shelf.forget("nothing", older_than=0) == 0
    gone = {"work/old.pcm", "live/old/init.mp4", "live/old/deeper/one"}
    for key in (*old, "live/watched/init.mp4", "live/needed/seg-0.m4s", "work/young.pcm", *gone):
        assert (shelf.size(key) is None) == (key in gone), key
    assert shelf.get("work/touched.pcm") == b"work/touched.pcm"


def test_a_bucket_that_is_not_there_or_not_ours_is_named(gs_server):
    for url in ("lessons", "https://lessons", ""):
        with pytest.raises(Misconfigured, match="VIVIDLY_SHELF"):
            open_bucket(url)
    missing = open_bucket("gs://nobodys-bucket/x", endpoint=gs_server)
    assert missing.size("a") is None
    with pytest.raises(KeyError):
        missing.get("a")
    with pytest.raises(Misconfigured, match="no such bucket"):
        missing.put("a", b"1")
    assert not missing.healthy()


def test_a_bucket_out_of_reach_is_tried_again_later(monkeypatch):
    monkeypatch.setattr("vividly.shelf.bucket._PATIENCE", timedelta(seconds=1))
    away = open_bucket("gs://lessons/x", endpoint="http://127.0.0.1:9")
    with pytest.raises(TryAgainLater):
        away.put("a", b"1")
    assert not away.healthy()
