"""The pure parts of delivery: the answer table, the meter, waiting times, the bearer token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vividly.steps import Step
from vividly.transport import relay, signature
from vividly.transport.embedded import ACKNOWLEDGED
from vividly.worker import settle
from vividly.worker.answers import ANSWERS, Outcome
from vividly.worker.meter import Meter

STORED = {Outcome.OVER, Outcome.HELD, Outcome.READY, Outcome.BURIED, Outcome.POISON, Outcome.POISON_AGAIN}


def test_every_outcome_has_an_answer_at_every_door():
    assert set(ANSWERS) == set(Outcome)
    assert all(set(row) == {"embedded", "pubsub"} for row in ANSWERS.values())


def test_nothing_is_acknowledged_that_was_not_stored():
    for outcome, row in ANSWERS.items():
        for door, status in row.items():
            assert status not in ACKNOWLEDGED or outcome in STORED, (outcome, door)
            assert status < 500 or outcome not in STORED, (outcome, door)


def test_poison_ends_its_rounds_at_google_and_at_home():
    assert ANSWERS[Outcome.POISON]["pubsub"] == 400
    assert ANSWERS[Outcome.POISON_AGAIN]["pubsub"] in ACKNOWLEDGED


@given(st.integers(0, 99), st.lists(st.tuples(st.sampled_from(Step), st.integers(-1, 9), st.integers(-1, 7)), max_size=30))
def test_progress_never_falls_and_never_reaches_a_hundred(start, steps):
    meter, last = Meter(start), start
    for step, done, total in steps:
        percent = meter.reached(step, done=done, total=total)
        assert last <= percent <= 99
        last = percent


def test_all_steps_done_is_ninety_nine():
    meter = Meter()
    assert [meter.reached(step, done=1, total=1) for step in Step] == [2, 5, 15, 50, 94, 99]
    assert Meter().reached(Step.DRAWING, done=1, total=2) == 22


@given(st.integers(1, 200))
def test_waits_grow_to_a_limit(attempt):
    assert 2.5 <= settle.wait_before(attempt, first=5.0) <= 600
    assert settle.wait_before(attempt, first=5.0) <= 5.0 * 2 ** (attempt - 1)
    assert 0.5 <= relay.wait_before(attempt + 1) <= relay.wait_before(attempt + 2) <= 30


@given(st.binary(), st.binary(), st.binary(min_size=1), st.floats(0, 4e9))
def test_a_token_is_good_for_its_body_key_and_time_only(body, other, key, now):
    header = f"Bearer {signature.token(key, body=body, now=now)}"
    assert signature.good(key, authorization=header, body=body, now=now + 299)
    assert not signature.good(key, authorization=header, body=body, now=now + 302)
    assert not signature.good(key, authorization=header, body=body, now=now - 302)
    assert not signature.good(key + b"x", authorization=header, body=body, now=now)
    assert signature.good(key, authorization=header, body=other, now=now) == (body == other)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer v1", "Bearer v1.1.x", "Basic v1.1.x", "Bearer v1.²³.é", "Bearer v2.0.00"]
)
def test_no_header_is_too_strange(header):
    assert not signature.good(b"k", authorization=header, body=b"", now=0.0)
