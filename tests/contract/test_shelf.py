"""What every shelf must do. A new plug is added to `shelves`: a function from a folder to a shelf of its own."""

import concurrent.futures
import hashlib

import pytest

from vividly.errors import NotPossible, TryAgainLater
from vividly.shelf.disk import DiskShelf

SHELVES = {"disk": lambda tmp_path: DiskShelf(tmp_path / "shelf")}


@pytest.fixture(params=SHELVES.values(), ids=SHELVES.keys())
def shelf(request, tmp_path):
    return request.param(tmp_path)


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
