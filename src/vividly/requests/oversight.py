"""What an operator asks about requests: which failed, and everything about one. Never a student's words; changes nothing."""

from __future__ import annotations

from datetime import timedelta

from vividly.db import acts
from vividly.db.engine import Pool, transaction
from vividly.errors import NotPossible
from vividly.requests import store
from vividly.requests.jobs import store as jobs
from vividly.requests.model import Failed, RequestId, Story
from vividly.requests.states import FailureCode


async def failed(
    pool: Pool, *, code: FailureCode | None = None, since: timedelta = timedelta(days=1), limit: int = 100
) -> tuple[Failed, ...]:
    """Requests that are failed and became so within `since`, newest first."""
    async with transaction(pool) as conn:
        return await store.failed(conn, code=None if code is None else str(code), since=since, limit=limit)


async def story(pool: Pool, *, request_id: RequestId) -> Story:
    """One request: where it stands, its history with who did what, its job. NotPossible("unknown_request")."""
    async with transaction(pool) as conn:
        request = await store.read(conn, request_id=request_id)
        if request is None:
            raise NotPossible("unknown_request", "There is no such request.")
        return Story(
            request=request,
            history=await store.history(conn, request_id=request_id),
            job=await jobs.described(conn, request_id=request_id),
            acts=tuple((one.at, one.actor, one.act, one.reason) for one in await acts.about(conn, subject=str(request_id))),
        )
