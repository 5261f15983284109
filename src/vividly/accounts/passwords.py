"""Hashing and checking passwords without blocking the event loop. Knows nobody's name."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vividly.errors import NotPossible

SHORTEST: Final = 10
LONGEST: Final = 200  # hashing work does not grow with it, but nobody types more

# OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Two at a time: each holds 19 MiB and a core, so a burst of tries waits here instead of taking the machine.
_THREADS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")

# Nobody's: checked when an e-mail is unknown, so that knowing and not knowing take the same time.
NOBODYS_HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$dZVR/6qHY8rhuiirtHA5Vw$qABLKDmsfKfVZERMm25VzfkgVpQVWJN9kcNnheeybDU"


def must_be_strong(password: str, *, email: str) -> None:
    """Length is what counts. Errors: NotPossible("weak_password") saying what to do."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotPossible("weak_password", f"Choose a password of {SHORTEST} to {LONGEST} characters.", field="password")
    if password.strip().lower() == email or len(set(password)) < 4:
        raise NotPossible("weak_password", "Choose a password that is harder to guess.", field="password")


async def hashed(password: str) -> str:
    """argon2id in its standard form, salt inside."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def verified(password: str, *, known_hash: str | None) -> bool:
    """Does the password fit? `None` (nobody by that name) takes as long and never does."""
    fits = await asyncio.get_running_loop().run_in_executor(_THREADS, _fits, known_hash or NOBODYS_HASH, password)
    return fits and known_hash is not None


def outdated(known_hash: str) -> bool:
    """Was it made with weaker settings than today's? Then hash again at the next sign-in."""
    return _HASHER.check_needs_rehash(known_hash)


def _fits(known_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(known_hash, password)
    except (VerificationError, InvalidHashError):
        return False
