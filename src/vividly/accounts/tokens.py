"""Access tokens for programs (signed, ten minutes) and refresh tokens (random, stored as hashes). Knows no SQL."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import jwt

from vividly.accounts.model import Person, PersonId, SessionId
from vividly.errors import Misconfigured, NotPossible

ALGORITHM: Final = "HS256"
SHORTEST_SECRET: Final = 32  # bytes, as long as the signature
REQUIRED: Final = ["iss", "aud", "sub", "sid", "iat", "exp", "type"]


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """How tokens are signed and how long they live, in seconds. The first secret signs, all are accepted: put a new one in
    front, and drop the old one when its last token has ended.
    """

    secrets: tuple[str, ...]
    issuer: str = "vividly"
    audience: str = "vividly-api"
    access_seconds: int = 600
    refresh_seconds: int = 30 * 24 * 3600

    def __post_init__(self) -> None:
        if not self.secrets or any(len(secret.encode()) < SHORTEST_SECRET for secret in self.secrets):
            raise Misconfigured("token_key", f"needs at least {SHORTEST_SECRET} bytes")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good access token says. Who the person is today stands in the database."""

    person_id: PersonId
    session_id: SessionId


def secret_from_file(path: Path) -> str:
    """The secret kept in `path` (mode 0600), made at the first call; processes that start at once agree on one."""
    with suppress(FileExistsError):
        half = path.with_name(f"{path.name}.{os.getpid()}.new")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(half, path)  # whole, and only if nobody was faster
        finally:
            half.unlink()
    if path.stat().st_mode & 0o077:
        raise Misconfigured("token_key", f"{path} can be read by others: chmod 600 it")
    return path.read_text("ascii").strip()


def access_token(keys: TokenKeys, *, person: Person, session_id: SessionId, now: datetime) -> str:
    """A signed token for one session of one person."""
    claims = {
        "iss": keys.issuer,
        "aud": keys.audience,
        "sub": str(person.person_id),
        "sid": str(session_id),
        "iat": now,
        "exp": now + timedelta(seconds=keys.access_seconds),
        "type": "access",
        "role": person.role.value,
        "org": str(person.school_id),
    }
    return jwt.encode(claims, keys.secrets[0], algorithm=ALGORITHM, headers={"kid": _name(keys.secrets[0])})


def read_access_token(keys: TokenKeys, token: str, *, now: datetime) -> Claims:
    """Check signature, issuer, audience, time and type. Errors: NotPossible("token_expired" | "token_not_valid")."""
    try:
        secret = _named(keys, str(jwt.get_unverified_header(token).get("kid", "")))
        options: jwt.types.Options = {"require": REQUIRED, "verify_exp": False, "verify_iat": False}
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], issuer=keys.issuer, audience=keys.audience, options=options)
        if claims["type"] != "access":
            raise _not_valid()
        if float(claims["exp"]) <= now.timestamp():
            raise NotPossible("token_expired", "The access token has ended; refresh it.")
        return Claims(PersonId(UUID(claims["sub"])), SessionId(UUID(claims["sid"])))
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise _not_valid() from error


def new_refresh_token() -> str:
    """256 random bits; only `refresh_hash` of it is stored."""
    return secrets.token_urlsafe(32)


def refresh_hash(token: str) -> bytes:
    """Random enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _not_valid() -> NotPossible:
    return NotPossible("token_not_valid", "This is not an access token of ours; sign in again.")


def _name(secret: str) -> str:
    return hashlib.sha256(b"kid:" + secret.encode()).hexdigest()[:12]


def _named(keys: TokenKeys, name: str) -> str:
    for secret in keys.secrets:
        if _name(secret) == name:
            return secret
    raise _not_valid()
