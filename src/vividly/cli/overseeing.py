"""What `vividly requests …` does: shows operators which requests failed and why, and tries them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from rich.table import Column, Table

from vividly.cli.operating import actor, check_reason, with_pool
from vividly.cli.printing import wide_console
from vividly.db.engine import Pool
from vividly.errors import NotPossible
from vividly.requests import actions, oversight
from vividly.requests.model import Failed, RequestId, Story
from vividly.requests.states import FailureCode, Status

ERROR = 48  # characters of an error in a table; `show` has it whole


def failed(*, data: Path | None, code: str, hours: float, limit: int) -> int:
    found = with_pool(data, lambda pool: oversight.failed(pool, code=_code(code), since=timedelta(hours=hours), limit=limit))
    if not found:
        print(f"nothing has failed in the last {hours:g} hours")
        return 0
    wide_console().print(_table(found))
    return 0


def show(request_id: str, *, data: Path | None) -> int:
    wanted = _id(request_id)
    story = with_pool(data, lambda pool: oversight.story(pool, request_id=wanted))
    request = story.request
    print(f"request:     {request.request_id}   {request.correlation_id}")
    print(f"status:      {request.status}, epoch {request.epoch}, {request.progress} %")
    if request.failure:
        print(f"failed:      {request.failure.code} while {request.failure.step or 'starting'}")
    if request.lesson:
        print(f"lesson:      {request.lesson.lesson_id}")
    print(f"job:         {story.job or 'none'}")
    wide_console().print(_history(story))
    for at, who, act, reason in story.acts:
        print(f"{at:%Y-%m-%d %H:%M:%S} UTC  {act} by {who}: {reason!a}")
    return 0


def replay(
    request_ids: Sequence[str], *, data: Path | None, code: str, hours: float, limit: int, reason: str, yes: bool
) -> int:
    """0 when everything chosen was (or would be) tried again, 1 when some could not be."""
    check_reason(reason)
    wanted = [_id(one) for one in request_ids]

    async def run(pool: Pool) -> int:
        chosen = wanted or [
            one.request_id for one in await oversight.failed(pool, code=_code(code), since=timedelta(hours=hours), limit=limit)
        ]
        return await _replay_all(pool, chosen, reason=reason, yes=yes, alone=len(wanted) == 1)

    return with_pool(data, run)


async def _replay_all(pool: Pool, chosen: Sequence[RequestId], *, reason: str, yes: bool, alone: bool) -> int:
    refused = 0
    for request_id in chosen:
        try:
            if yes:
                again = await actions.replay(pool, request_id=request_id, actor=actor(), reason=reason)
                print(f"request {again.request_id} is {again.status} again, epoch {again.epoch}")
            else:
                story = await oversight.story(pool, request_id=request_id)
                print(_would(story))
        except NotPossible as error:
            if alone:
                raise
            refused += 1
            print(f"request {request_id} stays as it is: {error.message}")
    done = len(chosen) - refused
    print(f"{done} tried again" if yes else f"{done} would be tried again; nothing was changed. Add --yes to do it.")
    return int(refused > 0)


def _would(story: Story) -> str:
    request = story.request
    if request.status is not Status.FAILED or request.failure is None:
        raise NotPossible("not_retryable", f"Only a failed request can be tried again; this one is {request.status}.")
    where = f"{request.failure.code} while {request.failure.step or 'starting'}"
    return f"request {request.request_id} failed ({where}); it would be pending again, epoch {request.epoch + 1}"


def _table(found: Sequence[Failed]) -> Table:
    table = Table(Column("request", no_wrap=True), "failed (UTC)", "code", "step", "epoch", "error")
    for one in found:
        error = one.error if len(one.error) <= ERROR else f"{one.error[:ERROR]}…"
        table.add_row(
            str(one.request_id),
            f"{one.finished_at:%Y-%m-%d %H:%M:%S}",
            str(one.code),
            one.step,
            str(one.epoch),
            ascii(error)[1:-1],
        )
    return table


def _history(story: Story) -> Table:
    table = Table("at (UTC)", "epoch", "what", "status", "step", "%", "lease", "who")
    for at, epoch, what, status, step, percent, token, who in story.history:
        lease = "" if token is None else str(token)
        table.add_row(f"{at:%Y-%m-%d %H:%M:%S}", str(epoch), what, status, step, str(percent), lease, who)
    return table


def _id(request_id: str) -> RequestId:
    try:
        return RequestId(UUID(request_id))
    except ValueError as error:
        raise NotPossible("bad_request_id", "a request id is a UUID, as `status` shows it", field="request_id") from error


def _code(code: str) -> FailureCode | None:
    try:
        return FailureCode(code) if code else None
    except ValueError as error:
        known = ", ".join(FailureCode)
        raise NotPossible("bad_code", f"there is no such code; there are {known}", field="code") from error
