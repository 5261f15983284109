"""Is a push request Google's, and meant for us? Verifies the bearer token that Pub/Sub signs with OpenID Connect.

Keys are cached and fetched in a thread: the event loop never waits for a network. Knows no message.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
import jwt

from vividly import logs
from vividly.errors import Misconfigured

if TYPE_CHECKING:
    from jwt import PyJWK

GOOGLE_CERTS: Final = "https://www.googleapis.com/oauth2/v3/certs"
GOOGLE_ISSUER: Final = "https://accounts.google.com"
SKEW: Final = 30.0  # seconds that two clocks may differ
ASK_AGAIN: Final = 60.0  # seconds between two fetches: whoever invents key ids must not make us call Google
ASK_AGAIN_WITHOUT_KEYS: Final = 5.0
# While the key server is away, the keys we have are good; but not for ever: one may have been withdrawn meanwhile.
LONGEST_LIFE: Final = 24 * 3600.0
_SHORTEST_LIFE, _USUAL_LIFE = 300.0, 3600.0
_PATIENCE: Final = 5.0

_log = logs.get("push")


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys by id; `life`: seconds after which to look for newer ones."""

    keys: Mapping[str, PyJWK]
    life: float = _USUAL_LIFE


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token must say: for whom it is made, and whose it is."""

    audience: str
    email: str
    issuer: str = GOOGLE_ISSUER


@dataclass(slots=True)
class KeyRing:
    """The key server's keys. `fetch`: blocking, raises whatever it likes; `now`: seconds of a clock that never goes back."""

    fetch: Callable[[], KeySet]
    now: Callable[[], float] = time.monotonic
    _held: KeySet | None = None
    _fetched_at: float = 0.0
    _asked_at: float = field(default=float("-inf"))
    _fetching: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None. An unknown one makes us look again, at most once a minute."""
        held, age = self._held, self.now() - self._fetched_at
        known = held is not None and age < LONGEST_LIFE and key_id in held.keys
        if held is not None and known:
            if age > held.life:
                self._look()  # meanwhile the one we have is good
            return held.keys[key_id]
        if (fetching := self._look()) is not None:
            await asyncio.shield(fetching)
        fresh = self._held
        return None if fresh is None or self.now() - self._fetched_at >= LONGEST_LIFE else fresh.keys.get(key_id)

    def _look(self) -> asyncio.Task[None] | None:
        """The fetch that is under way, or a new one, if it is time for one."""
        if self._fetching is None:
            wait = ASK_AGAIN_WITHOUT_KEYS if self._held is None else ASK_AGAIN
            if self.now() - self._asked_at < wait:
                return None
            self._asked_at = self.now()
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            self._held = await asyncio.to_thread(self.fetch)
            self._fetched_at = self.now()
        except Exception as error:  # noqa: BLE001 - whatever a key server answers, the door stands
            _log.warning("push.no_keys", fault=type(error).__name__)
        finally:
            self._fetching = None


class OidcGuard:
    """The guard of a push door: `await guard(authorization header, body)`."""

    def __init__(self, *, ring: KeyRing, claims: Claims) -> None:
        self._ring, self._claims = ring, claims

    async def __call__(self, authorization: str, _body: bytes) -> bool:
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise jwt.InvalidTokenError("no bearer token")
            header = jwt.get_unverified_header(token)
            key = await self._ring.key(str(header.get("kid", "")))
            if key is None:
                raise jwt.InvalidTokenError("unknown key")
            self._check(token, key)
        except (jwt.PyJWTError, ValueError) as error:
            _log.warning("push.refused", reason=type(error).__name__)
            return False
        return True

    def _check(self, token: str, key: PyJWK) -> None:
        said = jwt.decode(
            token,
            key,
            algorithms=["RS256"],  # never what the token itself proposes
            audience=self._claims.audience,
            issuer=self._claims.issuer,
            leeway=SKEW,
            options={"require": ["exp", "iat", "aud", "iss", "email", "email_verified"]},
        )
        if said["email"] != self._claims.email or said["email_verified"] is not True:
            raise jwt.InvalidTokenError("somebody else's token")


def fetch_from(url: str) -> Callable[[], KeySet]:
    """Fetches a JWKS document; keys that are not for RS256 signatures are passed over. Blocking."""

    def fetch() -> KeySet:
        response = httpx.get(url, timeout=_PATIENCE, follow_redirects=False)
        response.raise_for_status()
        found = [one for one in response.json()["keys"] if one.get("kty") == "RSA" and one.get("use", "sig") == "sig"]
        keys = {str(one["kid"]): jwt.PyJWK(one, algorithm="RS256") for one in found if one.get("kid")}
        if not keys:
            raise ValueError("no keys")
        return KeySet(keys, _life(response.headers.get("cache-control", "")))

    return fetch


def google_guard(*, audience: str, email: str, certs_url: str = GOOGLE_CERTS) -> OidcGuard:
    """Misconfigured, with the setting's name, when the door cannot tell Google's requests from others."""
    if not audience:
        raise Misconfigured("VIVIDLY_PUSH_AUDIENCE", "which audience do the push subscription's tokens name?")
    if not email:
        raise Misconfigured("VIVIDLY_PUSH_SERVICE_ACCOUNT", "as which service account does the push subscription call?")
    if "RS256" not in jwt.algorithms.get_default_algorithms():
        raise Misconfigured("VIVIDLY_TRANSPORT", "to verify tokens takes a package that is missing: pip install cryptography")
    return OidcGuard(ring=KeyRing(fetch_from(certs_url)), claims=Claims(audience, email))


def _life(cache_control: str) -> float:
    found = re.search(r"max-age=(\d{1,9})", cache_control)
    return min(max(float(found[1]), _SHORTEST_LIFE), LONGEST_LIFE) if found else _USUAL_LIFE
