"""What a key of the shelf may look like, for every plug alike."""

from __future__ import annotations

import re
from typing import Final

from vividly.errors import NotPossible

CHUNK: Final = 256 * 1024  # bytes: the largest piece that a stream yields
_KEY: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_LONGEST: Final = 500


def checked(key: str) -> str:
    """`key` itself. No part may begin with a dot, so no key leads out of its place. Raises NotPossible("bad_key")."""
    if len(key) > _LONGEST or not _KEY.fullmatch(key):
        raise NotPossible("bad_key", f"Not a shelf key: {key[:80]!r}")
    return key
