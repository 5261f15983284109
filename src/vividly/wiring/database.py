"""What is asked of a database before anything runs on it."""

from __future__ import annotations

from vividly.accounts.demo import ensure_demo_school
from vividly.db.engine import open_pool
from vividly.requests.watch import broken


async def contract_problems(url: str, *, exact: bool = False) -> list[str]:
    """What code can write and the database does not take, in words for an operator. Empty when the contract holds."""
    async with await open_pool(url, min_size=1, max_size=1, name="contract") as pool:
        return await broken(pool, exact=exact)


async def make_demo_school(url: str) -> None:
    async with await open_pool(url, min_size=1, max_size=1, name="demo") as pool:
        await ensure_demo_school(pool)
