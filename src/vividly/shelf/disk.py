"""The shelf in a folder: a file per key, written beside its place and renamed into it. Knows keys and bytes, nothing of lessons."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from vividly.errors import TryAgainLater
from vividly.shelf.keys import CHUNK, checked
from vividly.shelf.port import Item

_INCOMING = ".incoming"  # on the same file system as the rest, and no valid key
_LEFT_OVER = 86_400.0  # seconds: nothing takes that long to be written


class DiskShelf:
    """Plug of Shelf. Safe between threads and processes of one machine; a crash leaves old content or new, never a part."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, data: bytes) -> Item:
        place = self._place(key)
        with self._incoming() as (file, path):
            file.write(data)
            _settle(file, path, place)
        return Item(key, len(data), hashlib.sha256(data).hexdigest())

    def put_file(self, key: str, path: Path) -> Item:
        place = self._place(key)
        with path.open("rb") as source, self._incoming() as (file, temporary):
            shutil.copyfileobj(source, file, CHUNK)
            _settle(file, temporary, place)
        with place.open("rb") as stored:
            return Item(key, place.stat().st_size, hashlib.file_digest(stored, "sha256").hexdigest())

    def get(self, key: str) -> bytes:
        with _missing_is_key_error(key):
            return self._place(key).read_bytes()

    def size(self, key: str) -> int | None:
        place = self._place(key)
        try:
            return place.stat().st_size if place.is_file() else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The file stays open while it is read: a replacement meanwhile does not mix old and new."""
        with _missing_is_key_error(key):
            file = await asyncio.to_thread(self._place(key).open, "rb")
        with file:
            await asyncio.to_thread(file.seek, start)
            left = None if end is None else max(0, end - start)
            while left is None or left > 0:
                chunk = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk

    def delete(self, keys: Iterable[str]) -> int:
        gone = 0
        for key in keys:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
                self._place(key).unlink()
                gone += 1
        return gone

    def touch(self, key: str) -> bool:
        try:
            os.utime(self._place(key))
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def forget(self, prefix: str, *, older_than: float, spare: Collection[str] = ()) -> int:
        before = time.time() - older_than
        _forget_leftovers(self._root / _INCOMING, before=time.time() - _LEFT_OVER)
        try:
            found = list(os.scandir(self._place(prefix)))
        except (FileNotFoundError, NotADirectoryError):
            return 0
        return sum(_forgotten(Path(one.path), before=before) for one in found if f"{prefix}/{one.name}" not in spare)

    def healthy(self) -> bool:
        try:
            with self._incoming() as (file, _):
                file.write(b"?")
                file.flush()
        except (OSError, TryAgainLater):
            return False
        return True

    def _place(self, key: str) -> Path:
        """Where `key` lies: never out of the root, and never in the incoming folder."""
        return self._root.joinpath(*checked(key).split("/"))

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[tuple[BinaryIO, Path]]:
        folder = self._root / _INCOMING
        path = folder / secrets.token_hex(12)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                yield file, path
        except OSError as error:
            raise TryAgainLater(f"the shelf cannot be written: {error.strerror}", after=30) from error
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _forgotten(place: Path, *, before: float) -> int:
    """A file, or a folder with all that is in it, if nothing of it was written since `before`; how many files went."""
    folder = place.is_dir()
    files = [one for one in place.rglob("*") if one.is_file()] if folder else [place]
    if any(not _old(one, before) for one in files):
        return 0
    gone = 0
    for one in files:
        if _old(one, before):  # asked once more: somebody may have come to need it meanwhile
            one.unlink(missing_ok=True)
            gone += 1
    for empty in sorted((one for one in [*place.rglob("*"), place] if one.is_dir()), reverse=True) if folder else []:
        with contextlib.suppress(OSError):
            empty.rmdir()
    return gone


def _old(place: Path, before: float) -> bool:
    try:
        return place.stat().st_mtime < before
    except FileNotFoundError:
        return True


def _forget_leftovers(folder: Path, *, before: float) -> None:
    """What a killed process was just writing: no key names it."""
    with contextlib.suppress(FileNotFoundError):
        for one in os.scandir(folder):
            if _old(Path(one.path), before):
                Path(one.path).unlink(missing_ok=True)


def _settle(file: BinaryIO, path: Path, place: Path) -> None:
    """On the disk before it has its name, and the name on the disk before anyone is told."""
    file.flush()
    os.fsync(file.fileno())
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _missing_is_key_error(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise KeyError(key) from error
