"""The shelf in a bucket of Google Cloud Storage or S3 (obstore). Knows keys and bytes, nothing of lessons.

A bucket has no folders to be in the way and no halves: an object appears when it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import GCSStore, S3Store

from vividly.errors import Misconfigured, TryAgainLater
from vividly.shelf.keys import CHUNK, checked
from vividly.shelf.port import Item

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSConfig, ObjectStore, RetryConfig, S3Config

_PROBE: Final = "health/probe"
_PROBED_FOR: Final = 60.0  # seconds: a write costs money, and health is asked for every few seconds
_PATIENCE: Final = timedelta(seconds=20)
_AT_ONCE: Final = 500  # keys in one request to delete


def open_bucket(url: str, *, endpoint: str = "") -> BucketShelf:
    """`url`: gs://bucket/prefix or s3://bucket/prefix; credentials are the platform's own (workload identity, environment).

    `endpoint`: another server that speaks the same protocol: an emulator of Google's, or an S3 of one's own (MinIO, Ceph).
    Errors: Misconfigured.
    """
    client: ClientConfig = {"timeout": "30s", "connect_timeout": "5s", "allow_http": endpoint.startswith("http://")}
    retry: RetryConfig = {"max_retries": 3, "retry_timeout": _PATIENCE}
    try:
        match url.partition("://")[0]:
            case "gs":
                google: GCSConfig = {"service_account_key": _emulated(endpoint)} if endpoint else {}
                return BucketShelf(GCSStore.from_url(url, config=google, client_options=client, retry_config=retry))
            case "s3":
                amazon: S3Config = {"endpoint": endpoint} if endpoint else {}
                return BucketShelf(S3Store.from_url(url, config=amazon, client_options=client, retry_config=retry))
            case _:
                raise Misconfigured("VIVIDLY_SHELF", f"{url!r} is neither gs://bucket/prefix nor s3://bucket/prefix")
    except BaseError as error:
        raise Misconfigured("VIVIDLY_SHELF", f"{url!r} cannot be used: {type(error).__name__}") from error


def _emulated(endpoint: str) -> str:
    """An account without keys: how the library is told of an emulator, and not to ask anybody for a token."""
    unsigned = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
    return json.dumps({"gcs_base_url": endpoint, **unsigned})


class BucketShelf:
    """Plug of Shelf. Safe between processes and machines."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._probed = 0.0

    def put(self, key: str, data: bytes) -> Item:
        self._put(key, data)
        return Item(key, len(data), hashlib.sha256(data).hexdigest())

    def put_file(self, key: str, path: Path) -> Item:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            self._put(key, file)
        return Item(key, size, digest)

    def get(self, key: str) -> bytes:
        with _named(key):
            return bytes(obstore.get(self._store, checked(key)).bytes())

    def size(self, key: str) -> int | None:
        try:
            with _named(key):
                return int(obstore.head(self._store, checked(key))["size"])
        except KeyError:
            return None

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """One request, so that a replacement meanwhile does not mix old and new."""
        with _named(key):
            size = int((await obstore.head_async(self._store, checked(key)))["size"])
            last = size if end is None else min(end, size)
            if start >= last:
                return
            found = await obstore.get_async(self._store, key, options={"range": (start, last)})
            async for piece in found.stream(min_chunk_size=CHUNK):
                whole = bytes(piece)
                for at in range(0, len(whole), CHUNK):
                    yield whole[at : at + CHUNK]

    def delete(self, keys: Iterable[str]) -> int:
        there = [key for key in keys if self.size(key) is not None]
        self._delete(there)
        return len(there)

    def touch(self, key: str) -> bool:
        """Written anew with the same content, for S3 cannot copy a thing onto itself. What is touched is named by its content."""
        try:
            self.put(key, self.get(key))
        except KeyError:
            return False
        return True

    def forget(self, prefix: str, *, older_than: float, spare: Collection[str] = ()) -> int:
        before = datetime.now(UTC) - timedelta(seconds=older_than)
        below: dict[str, dict[str, datetime]] = defaultdict(dict)
        with _named(prefix):
            for page in obstore.list(self._store, f"{checked(prefix)}/"):
                for one in page:
                    place = "/".join(one["path"].split("/")[: prefix.count("/") + 2])
                    below[place][one["path"]] = one["last_modified"]
        old = [times for place, times in below.items() if place not in spare and max(times.values()) < before]
        keys = [key for times in old for key in times]
        self._delete(keys)
        return len(keys)

    def healthy(self) -> bool:
        if time.monotonic() - self._probed < _PROBED_FOR:
            return True
        try:
            self.put(_PROBE, b"?")
        except (TryAgainLater, Misconfigured):
            return False
        self._probed = time.monotonic()
        return True

    def _put(self, key: str, data: bytes | BinaryIO) -> None:
        try:
            with _named(key):
                obstore.put(self._store, checked(key), data)
        except KeyError as error:
            raise Misconfigured("VIVIDLY_SHELF", "there is no such bucket: make it, or mend its name") from error

    def _delete(self, keys: list[str]) -> None:
        for at in range(0, len(keys), _AT_ONCE):
            # Whoever else deletes the same is welcome.
            with contextlib.suppress(KeyError), _named(keys[at]):
                obstore.delete(self._store, keys[at : at + _AT_ONCE])


@contextlib.contextmanager
def _named(key: str) -> Iterator[None]:
    """The library's errors as ours: KeyError, Misconfigured when we may not, TryAgainLater."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise KeyError(key) from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise Misconfigured("VIVIDLY_SHELF", "the bucket does not let us in: check the service account's rights") from error
    except BaseError as error:
        raise TryAgainLater(f"the bucket does not answer as it should: {type(error).__name__}", after=30) from error
