"""The bearer token of the embedded transport: proves that whoever knocks has the key of this installation. Pure."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

WINDOW: Final = 300  # seconds a token is good for, either way: clocks differ a little, replays are harmless but unwanted


def token(key: bytes, *, body: bytes, now: float) -> str:
    """A token of the form `v1.<seconds>.<hex>`: HMAC-SHA256 over the seconds, a dot and the body."""
    at = str(int(now))
    return f"v1.{at}.{_mac(key, at, body)}"


def good(key: bytes, *, authorization: str, body: bytes, now: float) -> bool:
    """Is this the header of somebody who has the key, for this body, made within WINDOW?"""
    scheme, _, value = authorization.partition(" ")
    version, _, rest = value.partition(".")
    at, _, mac = rest.partition(".")
    if scheme.lower() != "bearer" or version != "v1" or not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    return abs(now - int(at)) <= WINDOW and hmac.compare_digest(mac.encode(), _mac(key, at, body).encode())


def _mac(key: bytes, at: str, body: bytes) -> str:
    return hmac.new(key, at.encode() + b"." + body, hashlib.sha256).hexdigest()
