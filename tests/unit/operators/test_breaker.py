"""A breaker opens after failures in a row, rests, and lets one call find out; the clock is the test's own."""

import itertools

import pytest

from vividly.errors import NotPossible, TryAgainLater
from vividly.providers import breaker
from vividly.providers.breaker import Breaker, State


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


_names = (f"voice-{number}" for number in itertools.count())


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guarded(clock):
    return Breaker(next(_names), failures=3, rest=30.0, clock=clock)


def fail(guarded, error=None):
    with pytest.raises(TryAgainLater) as raised, guarded.call():
        raise error or TryAgainLater("away")
    return raised.value


def succeed(guarded):
    with guarded.call():
        pass


def test_it_opens_after_failures_in_a_row_only(guarded):
    for _ in range(5):
        fail(guarded)
        fail(guarded)
        succeed(guarded)
    assert guarded.state is State.CLOSED
    for _ in range(3):
        assert guarded.state is State.CLOSED
        assert fail(guarded).tried
    assert guarded.state is State.OPEN


def test_while_open_nobody_is_asked_and_nothing_was_tried(guarded, clock):
    for _ in range(3):
        fail(guarded)
    clock.now += 10
    asked = []
    with pytest.raises(TryAgainLater) as raised, guarded.call():
        asked.append(1)
    assert asked == []
    assert (raised.value.tried, raised.value.after) == (False, 20.0)
    assert guarded.resting in breaker.resting()
    assert "another 20 s" in guarded.resting


def test_one_probe_decides(guarded, clock):
    for _ in range(3):
        fail(guarded)
    clock.now += 30
    assert guarded.state is State.HALF_OPEN
    with guarded.call():
        assert not fail(guarded).tried  # a second caller while the probe is under way
        assert guarded.state is State.HALF_OPEN
    assert guarded.state is State.CLOSED
    assert guarded.resting not in breaker.resting()


def test_a_probe_that_fails_opens_it_for_another_rest(guarded, clock):
    for _ in range(3):
        fail(guarded)
    clock.now += 31
    assert fail(guarded).tried
    assert guarded.state is State.OPEN
    clock.now += 29
    assert guarded.state is State.OPEN
    clock.now += 1
    succeed(guarded)
    assert guarded.state is State.CLOSED


def test_a_probe_that_is_cancelled_leaves_room_for_the_next(guarded, clock):
    for _ in range(3):
        fail(guarded)
    clock.now += 31
    with pytest.raises(KeyboardInterrupt), guarded.call():
        raise KeyboardInterrupt
    succeed(guarded)
    assert guarded.state is State.CLOSED


def test_an_answer_we_do_not_like_is_an_answer(guarded):
    for _ in range(2):
        fail(guarded)
    with pytest.raises(NotPossible), guarded.call():
        raise NotPossible("no", "The provider refuses.")
    for _ in range(2):
        fail(guarded)
    assert guarded.state is State.CLOSED


def test_advice_of_another_breaker_is_no_failure_of_this_one(guarded):
    for _ in range(9):
        fail(guarded, TryAgainLater("resting", tried=False))
    assert guarded.state is State.CLOSED
