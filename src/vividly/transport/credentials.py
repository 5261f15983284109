"""Access tokens for Google's interfaces, by Application Default Credentials. Nothing of it is imported for the emulator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import httpx

from vividly.errors import Misconfigured, TryAgainLater

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPE: Final = "https://www.googleapis.com/auth/pubsub"
_PATIENCE: Final = 10.0


class GoogleCredentials:
    """Finds credentials at the first token; refreshes them in a thread, so that the event loop never waits for a network."""

    def __init__(self) -> None:
        self._credentials: Credentials | None = None
        self._lock = threading.Lock()

    async def token(self, *, refused: str = "") -> str:
        """A token that is good for some minutes, and not `refused`, which the service has just turned down.

        Misconfigured, TryAgainLater.
        """
        held = self._credentials
        if held is not None and held.valid and held.token != refused:
            return str(held.token)
        return await asyncio.to_thread(self._fresh, refused)

    def _fresh(self, refused: str) -> str:
        try:
            import google.auth  # noqa: PLC0415 optional package
            from google.auth import exceptions  # noqa: PLC0415
        except ImportError as error:
            message = "Pub/Sub needs a package that is missing: pip install google-auth"
            raise Misconfigured("VIVIDLY_TRANSPORT", message) from error
        with self._lock:
            try:
                if self._credentials is None:
                    self._credentials, _project = google.auth.default(scopes=[SCOPE])
                held = self._credentials
                if not held.valid or held.token == refused:
                    held.refresh(_ask)  # type: ignore[no-untyped-call]
                return str(held.token)
            except exceptions.DefaultCredentialsError as error:
                message = "no Google credentials were found: give the process a service account, or name a key file"
                raise Misconfigured("GOOGLE_APPLICATION_CREDENTIALS", message) from error
            except exceptions.GoogleAuthError as error:
                if error.retryable:
                    raise TryAgainLater(f"no Google access token: {type(error).__name__}") from error
                message = f"Google gave no access token for these credentials ({type(error).__name__})"
                raise Misconfigured("GOOGLE_APPLICATION_CREDENTIALS", message) from error


class _Answer:
    """What google-auth wants to know of an HTTP response."""

    def __init__(self, response: httpx.Response) -> None:
        self.status, self.headers, self.data = response.status_code, response.headers, response.content


def _ask(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    **_more: Any,
) -> _Answer:
    """google-auth's transport, on the HTTP client that the project has already. Blocking."""
    from google.auth.exceptions import TransportError  # noqa: PLC0415 optional package

    try:
        return _Answer(httpx.request(method, url, content=body, headers=headers, timeout=timeout or _PATIENCE))
    except httpx.HTTPError as error:
        raise TransportError(f"{type(error).__name__} at {httpx.URL(url).host}", retryable=True) from error  # type: ignore[no-untyped-call]
