"""Waiting for something that real processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def eventually(check: Callable[[], object], *, within: float = 60.0, every: float = 0.02) -> None:
    """Until `check` (plain or async) says something true; TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            found = check()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(every)
