"""Whatever breaks with a student's words in its mouth, they are not in the log, nor in what operators are shown."""

import io
import sys

import pytest
import structlog

from vividly import logs
from vividly.errors import Misconfigured, NotPossible, Refused, TryAgainLater
from vividly.requests import oversight
from vividly.requests.states import Status

CANARY = "why does my canary sing"


@pytest.fixture
def log(monkeypatch):
    before, written = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure(form="json", level="debug")
    yield written.getvalue
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


FAULTS = {
    "a bug": lambda words: ValueError(f"cannot parse {words!r}"),
    "a bug with a cause": lambda words: RuntimeError(words).with_traceback(None),
    "a key": KeyError,
    "a group": lambda words: ExceptionGroup(words, [ValueError(words)]),
    "a neighbor": lambda words: TryAgainLater(f"the voice could not say {words}", after=0.01),
    "a setting": lambda words: Misconfigured("VIVIDLY_X", words),
    "not possible": lambda words: NotPossible("no", words),
    "refused": lambda words: Refused("unsafe", words),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_kitchen_that_breaks_with_words(pool, file, kit, log, fault):
    filed = await file(question=CANARY)

    async def kitchen(inquiry, bench):
        assert inquiry.question == CANARY
        raise fault(inquiry.question)

    async with kit.service(pool, kitchen, limits=kit.limits(attempts=2, wait=0.01)):
        await kit.until(pool, filed.request_id, Status.FAILED, Status.DECLINED)
    assert "worker.stage_failed" in log()
    assert str(filed.request_id) in log()
    assert "canary" not in log()
    story = await oversight.story(pool, request_id=filed.request_id)
    assert "canary" not in story.job
    assert "canary" not in str(story.history) + str(story.acts)
    assert "canary" not in str(await oversight.failed(pool))
