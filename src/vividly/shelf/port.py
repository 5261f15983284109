"""Where finished bytes are kept: write once under a key, read whole or in part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """A thing on the shelf: its key ("lessons/…/lesson.mp4"), size in bytes, and SHA-256 as hex."""

    key: str
    size: int
    sha256: str


class Shelf(Protocol):
    """Keys are relative POSIX paths of [A-Za-z0-9._/-]; anything else raises NotPossible. Puts are atomic and idempotent."""

    def put(self, key: str, data: bytes) -> Item:
        """Store under `key`; a reader sees the whole new content or the old one, never a part."""
        ...

    def put_file(self, key: str, path: Path) -> Item: ...

    def get(self, key: str) -> bytes:
        """Raises KeyError if there is no such item."""
        ...

    def size(self, key: str) -> int | None:
        """Bytes stored under `key`, None if there is no such item."""
        ...

    def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes [start, end) in chunks of at most 256 KiB. Raises KeyError."""
        ...

    def delete(self, keys: Iterable[str]) -> int:
        """Remove what is there of `keys`; how many were."""
        ...

    def touch(self, key: str) -> bool:
        """Somebody needs it: its age counts from now. False if there is no such item."""
        ...

    def forget(self, prefix: str, *, older_than: float, spare: Collection[str] = ()) -> int:
        """Remove what lies under `prefix` ("work") and was neither stored nor touched for `older_than` seconds.

        What lies in one folder below the prefix goes together, when the youngest of it is old enough. `spare`: items
        ("work/a.pcm") or folders ("live/x") that stay however old. Returns how many items went.
        """
        ...

    def healthy(self) -> bool:
        """Can something be written just now?"""
        ...
