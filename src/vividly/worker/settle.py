"""How a piece of work ends: the kitchen's outcome or its exception -> one verb of requests. Decides nothing about cooking."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, assert_never

from vividly import logs, metrics
from vividly.db.engine import ContractBroken, Pool
from vividly.errors import LeaseLost, Misconfigured, NotPossible, Refused, TryAgainLater
from vividly.pipeline.artifacts import Declined, Finished, Outcome, Question
from vividly.pipeline.failure import StageFailed
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import Claimed, RequestId
from vividly.requests.states import FailureCode
from vividly.worker.bench import Bench
from vividly.worker.inquiry import clarification_of, lesson_of

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 600.0
_LONGEST_REASON: Final = 500
_SURPRISES: Final = 3  # an unforeseen exception is usually a bug, which five tries do not cure

_log = logs.get("worker")


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up. `wait`: seconds before the second attempt; it doubles from there."""

    attempts: int = jobs.MAX_ATTEMPTS
    crashes: int = jobs.MAX_CRASHES
    wait: float = _FIRST_WAIT


async def settle(pool: Pool, *, claimed: Claimed, bench: Bench, outcome: Outcome) -> tuple[RequestId, ...]:
    """Write down how it went; everyone whose request changed."""
    hold = claimed.hold
    match outcome:
        case Finished():
            lesson = lesson_of(outcome, request=claimed.request)
            return await bench.persist(lambda: jobs.finish(pool, hold=hold, lesson=lesson))
        case Question():
            clarification = clarification_of(outcome)
            await bench.persist(lambda: jobs.ask(pool, hold=hold, clarification=clarification))
        case Declined(code=code, message=message):
            await bench.persist(lambda: jobs.decline(pool, hold=hold, code=code, message=message))
        case _:
            assert_never(outcome)
    return (hold.request_id,)


async def settle_fault(pool: Pool, *, claimed: Claimed, bench: Bench, fault: Exception, limits: Limits) -> None:
    """Write down what went wrong, by who must act. Raises LeaseLost if the job is not ours any more."""
    hold, step = claimed.hold, str(bench.step)
    error = f"{type(fault).__name__} while {step}"
    match fault:
        case LeaseLost():
            raise fault
        case ContractBroken():
            await bench.persist(
                lambda: jobs.bury(
                    pool,
                    request_id=hold.request_id,
                    code=FailureCode.CONTRACT_BROKEN,
                    hold=hold,
                    step=step,
                    error=f"{error}: {fault.sqlstate} {fault.constraint}",
                )
            )
        case Refused(code=code, message=message):
            await bench.persist(lambda: jobs.decline(pool, hold=hold, code=code, message=message))
        case NotPossible(message=message):
            await bench.persist(
                lambda: jobs.fail_for_good(
                    pool, hold=hold, code=FailureCode.STAGE_FAILED, step=step, message=message, error=error
                )
            )
        case StageFailed(stage=stage, reason=reason):
            # The same inputs would fail in the same way. The reason is for operators; people get a stock sentence.
            error = f"{stage}: {reason}"[:_LONGEST_REASON]
            await bench.persist(
                lambda: jobs.fail_for_good(pool, hold=hold, code=FailureCode.STAGE_FAILED, step=str(stage), error=error)
            )
        case TryAgainLater(after=after, tried=False):
            # Nobody was asked, so nothing failed: the job waits until asking makes sense again.
            await bench.persist(lambda: jobs.postpone(pool, hold=hold, after=after, error=error))
            metrics.JOBS.labels("postponed").inc()
            _log.info("worker.postponed", step=step, after=round(after, 1))
        case TryAgainLater(after=after):
            wait = max(after, wait_before(claimed.attempt + 1, first=limits.wait))
            await _later(pool, claimed, bench, wait, error, limits.attempts, FailureCode.ATTEMPTS_USED_UP)
        case Misconfigured(setting=setting):
            error = f"{error}: {setting}"
            await _later(pool, claimed, bench, 12 * limits.wait, error, limits.attempts, FailureCode.STAGE_FAILED)
        case _:
            wait = wait_before(claimed.attempt + 1, first=limits.wait)
            tries = min(limits.attempts, _SURPRISES)
            await _later(pool, claimed, bench, wait, error, tries, FailureCode.STAGE_FAILED)


async def _later(pool: Pool, claimed: Claimed, bench: Bench, after: float, error: str, limit: int, code: FailureCode) -> None:
    step = str(bench.step)
    again = await bench.persist(
        lambda: jobs.try_later(pool, hold=claimed.hold, after=after, step=step, error=error, limit=limit, code=code)
    )
    metrics.JOBS.labels("put_off" if again else "gave_up").inc()
    _log.info("worker.put_off" if again else "worker.gave_up", step=step, after=round(after, 1), attempt=claimed.attempt + 1)


def wait_before(attempt: int, *, first: float) -> float:
    """Seconds to wait after the `attempt`-th failure: doubling, at most ten minutes, somewhere in the upper half of that."""
    longest = min(first * 2 ** min(attempt - 1, 10), _LONGEST_WAIT)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, hides nothing
