"""Pub/Sub's JSON interface, or its emulator's: one call, its deadline, its errors by who must act. Knows no message of ours."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx

from vividly.errors import Misconfigured, TryAgainLater, VividlyError
from vividly.transport.credentials import GoogleCredentials

SERVICE: Final = "https://pubsub.googleapis.com"
_PASSING: Final = frozenset({408, 425, 429, 499})
_LONGEST_PAUSE: Final = 60.0


class Invalid(VividlyError):
    """The service will never take this call as it is (400). `message`: the service's own words, for the log."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PubSubApi:
    """`emulator`: host:port of an emulator, which asks for no token. `deadline`: seconds for a call that does not say its own."""

    def __init__(
        self,
        *,
        emulator: str = "",
        credentials: GoogleCredentials | None = None,
        root: str = SERVICE,
        deadline: float = 10.0,
    ) -> None:
        self._credentials = None if emulator else credentials or GoogleCredentials()
        self._deadline = deadline
        # An emulator is a neighbor: never by way of a proxy.
        self._client = httpx.AsyncClient(
            base_url=f"http://{emulator}/v1/" if emulator else f"{root}/v1/", trust_env=not emulator
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, path: str, body: dict[str, Any], *, deadline: float | None = None) -> dict[str, Any]:
        return await self.call("POST", path, body, deadline=deadline)

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, deadline: float | None = None
    ) -> dict[str, Any]:
        """The answer's JSON. TryAgainLater (away, slow, over quota), Misconfigured (names, rights), Invalid."""
        response = await self.send(method, path, body, deadline=deadline)
        if response.is_success:
            return _object(response)
        raise meaning(response, path)

    async def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, deadline: float | None = None
    ) -> httpx.Response:
        """The answer, whatever its status. A token that is refused is renewed once. TryAgainLater, Misconfigured."""
        token = "" if self._credentials is None else await self._credentials.token()
        response = await self._once(method, path, body, token, deadline)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._credentials is not None:
            token = await self._credentials.token(refused=token)
            response = await self._once(method, path, body, token, deadline)
        return response

    async def _once(
        self, method: str, path: str, body: dict[str, Any] | None, token: str, deadline: float | None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        seconds = deadline or self._deadline
        timeout = httpx.Timeout(seconds, connect=min(seconds, self._deadline))
        try:
            async with asyncio.timeout(seconds):  # of the whole call: httpx counts from one byte to the next
                return await self._client.request(method, path, json=body, headers=headers, timeout=timeout)
        except (httpx.HTTPError, TimeoutError) as error:
            raise TryAgainLater(f"Pub/Sub is away: {type(error).__name__}") from error


def meaning(response: httpx.Response, path: str) -> VividlyError:
    """Who must act on this answer?"""
    status, said = response.status_code, _said(response)
    if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return TryAgainLater(f"Pub/Sub answered {status}", after=_pause(response))
    match status:
        case httpx.codes.NOT_FOUND:
            return Misconfigured(_setting(path), f"Pub/Sub does not know {path.partition(':')[0]}")
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            message = f"this account may not use {path}: {said}"
            return Misconfigured("GOOGLE_APPLICATION_CREDENTIALS", message)
        case httpx.codes.BAD_REQUEST:
            return Invalid(said)
        case _:
            return Misconfigured("VIVIDLY_TRANSPORT", f"Pub/Sub answered {status} to {path}: {said}")


def _setting(path: str) -> str:
    return "VIVIDLY_SUBSCRIPTION" if "/subscriptions/" in path else "VIVIDLY_TOPIC"


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError as error:
        raise TryAgainLater("Pub/Sub answered something that is not JSON") from error
    return found if isinstance(found, dict) else {}


def _said(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase


def _pause(response: httpx.Response) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else 5.0
