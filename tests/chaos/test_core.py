"""The delivery's core as a model: whatever sequence of verbs, faults and waits, the fourteen hold, and the real verbs agree."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from proof import evidence, witness
from proof.core import LOST, Core, Ticket
from proof.invariants import broken
from proof.twin import Twin, state_of

from vividly.db.engine import open_pool
from vividly.requests.states import NEW_EPOCH, TERMINAL, edges

WORKS = st.sampled_from(["", "", "lesson a", "lesson b"])
VERDICTS = st.sampled_from(["go", "go", "go", "go", "ask", "decline"])
STAGES = st.sampled_from(["storyboard", "narration", "drawing"])


class Delivery(RuleBasedStateMachine):
    """Verbs in any order; tickets are kept by workers that are alive, frozen or dead, and tried again whenever it suits least."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.core = Core()
        self.begun: set[tuple[Ticket, str]] = set()

    def both(self, verb, *args, **facts):
        return getattr(self.core, verb)(*args, **facts)

    def some(self, number):
        return number % len(self.core.requests)

    filed = precondition(lambda self: self.core.requests)

    @rule(by=st.integers(0, 1), verdict=VERDICTS, work=WORKS, key=st.none() | st.sampled_from("kl"), body=st.sampled_from("xy"))
    def submit(self, by, verdict, work, key, body):
        self.both("submit", by=by, school=by, verdict=verdict, work=work, key=key, body=body)

    @filed
    @rule(number=st.integers(0, 20), times=st.integers(1, 2))
    def ring(self, number, times):
        for _ in range(times):
            self.both("ring", self.some(number))

    @rule(target=tickets, lease=st.sampled_from([0, 60, 60]), number=st.integers(0, 20))
    def claim(self, lease, number):
        free = self.core.claimable()
        return multiple(*[self.core.claim(free[number % len(free)], lease=lease)] if free else [])

    @rule(ticket=tickets, verb=st.sampled_from(["generate", "finish", "finish", "ask", "decline", "fail", "give_back"]))
    def settle(self, ticket, verb):
        self.worker(verb, ticket)

    @rule(ticket=tickets, after=st.sampled_from([0, 5, 100]))
    def try_later(self, ticket, after):
        self.worker("try_later", ticket, after=after)

    @rule(ticket=tickets, percent=st.integers(0, 120))
    def progress(self, ticket, percent):
        self.worker("progress", ticket, percent=percent)

    @rule(ticket=tickets)
    def renew(self, ticket):
        self.worker("renew", ticket, lease=60)

    @rule(ticket=tickets, stage=STAGES)
    def cook(self, ticket, stage):
        """Ask, cook, keep, once for each ticket; who is too late has cooked for nothing, but has written nothing."""
        moment = next(self.core.moments)
        if (ticket, stage) in self.begun or self.worker("recall", ticket, stage=stage):
            return
        self.begun.add((ticket, stage))
        facts = (str(ticket.request), ticket.epoch, stage, ticket.token)
        found = self.core.found
        found.runs.append(evidence.Run(moment, *facts))
        if self.worker("keep", ticket, stage=stage) != LOST:
            found.kept.append(evidence.Kept(next(self.core.moments), *facts, valid=True))
            found.charges.append(evidence.Charge(*facts))

    @rule(ticket=consumes(tickets))
    def crash(self, ticket):
        """Nobody has this ticket any more; its lease runs out by itself."""

    @filed
    @rule(number=st.integers(0, 20), verb=st.sampled_from(["cancel", "retry", "retry"]))
    def person(self, number, verb):
        self.both(verb, self.some(number))

    @filed
    @rule(number=st.integers(0, 20), back=st.integers(0, 1), verdict=VERDICTS, work=WORKS)
    def answer(self, number, back, verdict, work):
        request = self.some(number)
        self.both("answer", request, epoch=self.core.requests[request].epoch - back, verdict=verdict, work=work)

    @rule(seconds=st.sampled_from([1, 31, 61]))
    def wait(self, seconds):
        self.core.now += seconds

    @rule()
    def sweep(self):
        self.both("sweep")

    @rule(times=st.integers(1, 5), way=st.sampled_from(["dies", "fails"]))
    def again_and_again(self, times, way):
        """A job that takes its workers down, or never succeeds."""
        for _ in range(times):
            tickets = self.claim(60, 0)
            for ticket in tickets.values:
                if way == "dies":
                    self.wait(61)
                    self.sweep()
                else:
                    self.worker("try_later", ticket, after=0)

    def worker(self, verb, ticket, **facts):
        args = [facts.pop("stage")] if "stage" in facts else [facts.pop("percent")] if "percent" in facts else []
        return getattr(self.core, verb)(ticket, *args, **facts)

    @invariant()
    def all_fourteen_hold(self):
        assert broken(self.core.evidence(settled=False)) == {}

    def teardown(self):
        """Faults stop: everybody gets a worker that lives."""
        until_quiet(self.core)
        assert broken(self.core.evidence(settled=True)) == {}


def until_quiet(core: Core) -> None:
    for _ in range(12):
        for request in list(core.requests):
            core.ring(request)
        while free := core.claimable():
            ticket = core.claim(free[0], lease=60)
            core.generate(ticket)
            core.finish(ticket)
        core.now += 61
        core.sweep()


class DeliveryOnPostgres(Delivery):
    """The same machine; the real verbs do the same on a real database, and every answer and every row is compared."""

    bench: asyncio.Runner
    twin_of: object

    def __init__(self) -> None:
        super().__init__()
        self.twin: Twin = self.bench.run(self.twin_of())

    def both(self, verb, *args, **facts):
        if verb == "submit":
            real = self.bench.run(self.twin.submit(len(self.core.requests), **facts))
        else:
            real = self.bench.run(getattr(self.twin, verb)(*args, **facts))
        said = super().both(verb, *args, **facts)
        if verb == "sweep":
            said = tuple(sorted(part) for part in said)
        assert real == said, verb
        return said

    @rule(target=Delivery.tickets, lease=st.sampled_from([0, 60, 60]), number=st.integers(0, 20))
    def claim(self, lease, number):
        free = self.core.claimable()
        given = self.bench.run(self.twin.claim(lease=lease))
        assert (given in free) if free else (given is None), f"{given} of {free}"
        return multiple(*[self.core.claim(given, lease=lease)] if free else [])

    @rule(seconds=st.sampled_from([1, 31, 61]))
    def wait(self, seconds):
        super().wait(seconds)
        self.bench.run(self.twin.pass_time(seconds))

    def worker(self, verb, ticket, **facts):
        real = self.bench.run(self.twin.worker(verb, ticket, **facts))
        said = super().worker(verb, ticket, **facts)
        assert real == said, f"{verb} with {ticket}"
        return said

    @invariant()
    def the_rows_are_the_model(self):
        assert self.bench.run(self.twin.state()) == state_of(self.core)


QUICK = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
UNSHRUNK = {**QUICK, "phases": [Phase.generate]}  # a database is too slow to look for the shortest story


def test_the_model_keeps_every_promise():
    run_state_machine_as_test(Delivery, settings=settings(max_examples=40, stateful_step_count=40, **QUICK))


@pytest.fixture
def on_postgres(database):
    """The machine, bound to a database with a clock that stands still."""
    witness.install(database, clock=True)
    url = witness.on_the_clock(database)
    with asyncio.Runner() as bench:
        pool = bench.run(open_pool(url, min_size=1, max_size=2, name="model"))

        async def twin_of():
            twin = Twin(pool)
            await twin.open()
            return twin

        yield type("Bound", (DeliveryOnPostgres,), {"bench": bench, "twin_of": staticmethod(twin_of)})
        bench.run(pool.close())


def test_the_real_verbs_do_what_the_model_does(on_postgres):
    run_state_machine_as_test(on_postgres, settings=settings(max_examples=10, stateful_step_count=30, **UNSHRUNK))


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_the_model_keeps_every_promise_in_thousands_of_lives(told):
    run_state_machine_as_test(Delivery, settings=settings(max_examples=2000, stateful_step_count=60, **QUICK))
    told("model: 2000 sequences of up to 60 verbs, all fourteen hold after each verb")


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_the_real_verbs_do_what_the_model_does_for_long(on_postgres, told):
    run_state_machine_as_test(on_postgres, settings=settings(max_examples=300, stateful_step_count=60, **UNSHRUNK))
    told("model and database: 300 sequences of up to 60 verbs, every answer and every row the same")


def test_the_states_are_those_of_the_contract():
    from proof.invariants import ENDS, MAY_BECOME

    written_down = {(start, end) for start, ends in MAY_BECOME.items() if start for end in ends}
    assert {(str(start), str(end)) for start, end in edges()} == written_down
    assert {str(one) for one in TERMINAL} == ENDS
    assert {(str(start), str(end)) for start, end in NEW_EPOCH} == {("clarification_needed", "pending"), ("failed", "pending")}
