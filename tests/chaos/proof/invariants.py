"""The fourteen promises of the delivery, checked on the evidence of a run. Pure; shares nothing with the code it judges.

The table of what may follow what is written out here a second time, from the contract, so that a mistake in one is seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise, zip_longest

from proof.evidence import Event, Evidence

MAY_BECOME = {
    None: {"pending", "clarification_needed", "declined"},
    "pending": {"validating", "cancelled", "failed"},
    "validating": {"generating", "clarification_needed", "declined", "completed", "cancelled", "failed"},
    "generating": {"completed", "clarification_needed", "declined", "cancelled", "failed"},
    "clarification_needed": {"pending", "cancelled"},
    "failed": {"pending"},
    "completed": set(),
    "declined": set(),
    "cancelled": set(),
}
HOW_FAR = {"pending": 0, "validating": 1, "generating": 2, "clarification_needed": 3}
ENDS = {"completed", "failed", "cancelled", "declined"}
WAITS = ENDS | {"clarification_needed"}


def every_acceptance_has_its_row(run: Evidence) -> Iterator[str]:
    for told in run.told:
        if told.request not in run.requests:
            yield f"{told.request} was accepted and is nowhere"


def everything_accepted_ends(run: Evidence) -> Iterator[str]:
    for one in run.requests.values():
        if run.settled and one.status not in WAITS:
            yield f"{one.id} is still {one.status} in epoch {one.epoch}"


def an_epoch_ends_once(run: Evidence) -> Iterator[str]:
    ends = Counter((event.request, event.epoch) for event in run.events if event.terminal)
    yield from (f"{request} ends {times} times in epoch {epoch}" for (request, epoch), times in ends.items() if times > 1)
    for one in run.requests.values():
        if (one.status in ENDS) != ((one.id, one.epoch) in ends):
            yield f"{one.id} is {one.status}, and epoch {one.epoch} has {ends[one.id, one.epoch]} ends"


def nothing_goes_backward(run: Evidence) -> Iterator[str]:
    for request, history in run.histories().items():
        if [event.seq for event in history] != list(range(1, len(history) + 1)):
            yield f"{request} has gaps in its history"
        for before, after in pairwise(history):
            same = before.epoch == after.epoch
            if after.epoch < before.epoch or after.epoch > before.epoch + 1:
                yield f"{request} goes from epoch {before.epoch} to {after.epoch}"
            if same and (HOW_FAR.get(after.end, 9) < HOW_FAR.get(before.end, 9) or after.progress < before.progress):
                yield f"{request} goes from {before.end} {before.progress} % back to {after.end} {after.progress} %"
        if history and request in run.requests:
            one, last = run.requests[request], history[-1]
            if (one.status, one.epoch, one.seq, one.progress) != (last.end, last.epoch, last.seq, last.progress):
                yield f"{request} is {one.status} at {one.seq}, its history says {last.end} at {last.seq}"


def every_transition_is_an_edge(run: Evidence) -> Iterator[str]:
    for request, history in run.histories().items():
        status = None
        for event in history:
            moved = event.start is not None or event.seq == 1
            if moved and (event.start != status or event.end not in MAY_BECOME[status]):
                yield f"{request}: {status} (as told: {event.start}) -> {event.end}"
            if not moved and event.end != status:
                yield f"{request} became {event.end} without a transition"
            status = event.end


def nothing_is_written_under_an_old_lease(run: Evidence) -> Iterator[str]:
    for event in run.events:
        if not event.valid:
            yield f"{event.request} event {event.seq} ({event.end}) was written under lease {event.token}, not in force"
    for kept in run.kept:
        if not kept.valid:
            yield f"{kept.request} {kept.stage} was kept under lease {kept.token}, not in force"


def a_job_has_one_live_lease(run: Evidence) -> Iterator[str]:
    for grant in run.grants:
        if grant.live:
            yield f"{grant.request}: lease {grant.token} was given or taken while the one before was live"
    tokens = Counter((grant.request, grant.token) for grant in run.grants)
    yield from (f"{request}: lease {token} was given {n} times" for (request, token), n in tokens.items() if n > 1)


def an_effect_is_charged_once(run: Evidence) -> Iterator[str]:
    charges = Counter((one.request, one.epoch, one.stage) for one in run.charges)
    yield from (f"{effect} was charged {times} times" for effect, times in charges.items() if times > 1)
    runs = Counter((one.request, one.epoch, one.stage) for one in run.runs)
    leases = Counter((grant.request, grant.epoch) for grant in run.grants)
    for effect, times in runs.items():
        if times > max(1, leases[effect[0], effect[1]]):
            yield f"{effect} was begun {times} times under {leases[effect[0], effect[1]]} leases"


def a_finished_stage_is_never_run_again(run: Evidence) -> Iterator[str]:
    kept = {(one.request, one.epoch, one.stage): one.n for one in run.kept}
    for again in run.runs:
        finished = kept.get((again.request, again.epoch, again.stage))
        if finished is not None and again.n > finished:
            yield f"{again.request} {again.stage} was finished at {finished} and begun again at {again.n}"


def an_acknowledgement_follows_a_commit(run: Evidence) -> Iterator[str]:
    for push in run.pushes:
        if push.status < 300 and not push.durable:
            yield f"{push.key} was answered {push.status} before anything was committed"


def what_is_committed_is_published_and_nothing_else(run: Evidence) -> Iterator[str]:
    out = {published.event for published in run.published}
    taken = {published.event for published in run.published if published.taken}
    for note in run.outbox:
        if note.sent and note.event not in taken and note.event not in run.quarantined:
            why = "nobody took it" if note.event in out else "it never went out"
            yield f"message {note.event} counts as sent, and {why}"
        if run.settled and not note.sent:
            yield f"message {note.event} was never sent"
    for published in run.published:
        if not published.known:
            yield f"message {published.event} went out before it was committed"
    knocks = Counter(note.request for note in run.outbox)
    begun = Counter(
        one.request
        for history in run.histories().values()
        for one, then, end in zip_longest(history, history[1:], history[2:])
        # An answer that is declined passes through pending in one commit: there is no work to knock for.
        if _begins(one) and not (then and end and then.token is None and end.end == "declined")
    )
    yield from (f"{one} began {begun[one]} times with {knocks[one]} knocks" for one in begun if knocks[one] < begun[one])


def _begins(event: Event) -> bool:
    return event.end == "pending" and (event.start is not None or event.seq == 1)


def poison_costs_two_deliveries_at_most(run: Evidence) -> Iterator[str]:
    # A worker that is away (503) or dies before it answers has not had the message: only what was judged counts.
    came = Counter(push.key for push in run.pushes if push.poison and push.status < 500)
    for key, times in came.items():
        if times > run.poison_may_come:
            yield f"poison {key} was delivered {times} times"
        if run.settled and key not in run.quarantined:
            yield f"poison {key} is not in quarantine"


def one_key_is_one_request(run: Evidence) -> Iterator[str]:
    by_key: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for told in run.told:
        if told.key is not None:
            by_key[told.by, told.key].add((told.request, told.body))
    yield from (f"key {key[1]} became {sorted(ids)}" for key, ids in by_key.items() if len(ids) > 1)


def watchers_see_the_history_and_only_their_own(run: Evidence) -> Iterator[str]:
    histories = run.histories()
    streams: dict[str, int] = {}
    for seen in run.sightings:
        one = run.requests.get(seen.request)
        if one is None or one.school != seen.school:
            yield f"somebody of {seen.school} saw {seen.request} of {one.school if one else 'nobody'}"
            continue
        last = streams.get(seen.stream, 0)
        if seen.ended:
            history = histories[seen.request]
            end, more = history[seen.seq - 1], history[seen.seq :]
            if seen.seq != last or end.end not in ENDS or (more and more[0].epoch == end.epoch):
                yield f"{seen.stream} of {seen.request} ended at {seen.seq} ({end.end}) having seen {last}"
        elif seen.seq != last + 1 or seen.seq > len(histories[seen.request]):
            yield f"{seen.stream} of {seen.request} saw {seen.seq} after {last}"
        streams[seen.stream] = seen.seq


INVARIANTS: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "I1": every_acceptance_has_its_row,
    "I2": everything_accepted_ends,
    "I3": an_epoch_ends_once,
    "I4": nothing_goes_backward,
    "I5": every_transition_is_an_edge,
    "I6": nothing_is_written_under_an_old_lease,
    "I7": a_job_has_one_live_lease,
    "I8": an_effect_is_charged_once,
    "I9": a_finished_stage_is_never_run_again,
    "I10": an_acknowledgement_follows_a_commit,
    "I11": what_is_committed_is_published_and_nothing_else,
    "I12": poison_costs_two_deliveries_at_most,
    "I13": one_key_is_one_request,
    "I14": watchers_see_the_history_and_only_their_own,
}


def broken(run: Evidence) -> dict[str, list[str]]:
    """What does not hold, by invariant, in words. Empty when all fourteen do."""
    found = {name: list(check(run)) for name, check in INVARIANTS.items()}
    return {name: wrongs for name, wrongs in found.items() if wrongs}
