"""The one table of what a request may become: what holds for every edge and every walk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vividly.requests.states import BIRTHS, NEW_EPOCH, TERMINAL, TRANSITIONS, Status, edges, may_become, order


def test_the_table_speaks_of_every_status():
    assert set(TRANSITIONS) == set(Status)
    assert set(edges()) == {(start, end) for start in Status for end in TRANSITIONS[start]}
    assert set(edges()) >= NEW_EPOCH
    assert all(may_become(start, end) == (end in TRANSITIONS[start]) for start in Status for end in Status)


def test_within_an_epoch_no_edge_goes_backward():
    assert all(order(end) > order(start) for start, end in edges() if (start, end) not in NEW_EPOCH)
    assert all(end is Status.PENDING for _, end in NEW_EPOCH)


def test_terminal_means_that_only_a_person_opens_it_again():
    assert all(not TRANSITIONS[one] or one is Status.FAILED for one in TERMINAL)
    assert all(TRANSITIONS[one] for one in set(Status) - TERMINAL)


def test_every_status_is_reachable_from_a_birth_and_can_come_to_an_end():
    reached = set(BIRTHS)
    while more := {end for start, end in edges() if start in reached} - reached:
        reached |= more
    assert reached == set(Status)
    ends = set(TERMINAL)
    while more := {start for start, end in edges() if end in ends} - ends:
        ends |= more
    assert ends == set(Status)


def test_everything_that_works_can_be_cancelled_and_can_fail():
    for status in (Status.PENDING, Status.VALIDATING, Status.GENERATING):
        assert {Status.CANCELLED, Status.FAILED} <= TRANSITIONS[status]


@given(st.sampled_from(sorted(BIRTHS)), st.lists(st.integers(0, 9), max_size=40))
def test_on_every_walk_the_epoch_and_the_status_never_fall(birth, choices):
    status, epoch, ends = birth, 1, 0
    for choice in choices:
        ways = sorted(TRANSITIONS[status])
        if not ways:
            break
        target = ways[choice % len(ways)]
        before = (epoch, order(status))
        epoch += (status, target) in NEW_EPOCH
        assert (epoch, order(target)) > before
        ends = (ends if (status, target) not in NEW_EPOCH else 0) + (target in TERMINAL)
        assert ends <= 1
        status = target
