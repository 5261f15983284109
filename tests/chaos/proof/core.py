"""The delivery's core once more, as small as it can be said: dictionaries, a clock that is an integer, no database.

It is the oracle of the real verbs (`test_core.py` compares them step by step) and is judged by the same fourteen checks.
Every verb returns what the real one returns, or the name of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from proof import evidence
from proof.evidence import Evidence

OPEN = ("pending", "validating", "generating")
OVER = ("completed", "failed", "cancelled", "declined")
ATTEMPTS, CRASHES, ROUNDS, LOST_AFTER = 5, 3, 2, 30
LOST = "lease_lost"


@dataclass
class Ask:
    """A request."""

    id: int
    school: int
    work: str
    status: str
    by: int = 0
    key: str | None = None
    epoch: int = 1
    seq: int = 0
    progress: int = 0
    rounds: int = 0
    touched: int = 0


@dataclass
class Job:
    epoch: int
    state: str = "ready"
    run_after: int = 0
    attempt: int = 0
    crashes: int = 0
    until: int | None = None
    token: int = 0


@dataclass(frozen=True)
class Ticket:
    request: int
    token: int
    epoch: int


@dataclass
class Core:
    now: int = 0
    requests: dict[int, Ask] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    stages: dict[tuple[int, int, str], int] = field(default_factory=dict)
    lessons: set[str] = field(default_factory=set)
    knocks: list[int] = field(default_factory=list)
    told: list[evidence.Told] = field(default_factory=list)
    found: Evidence = field(default_factory=Evidence)
    moments: count = field(default_factory=count)

    # --- what people do --------------------------------------------------------------------------------------------------

    def submit(self, *, by: int, school: int, verdict: str, work: str = "", key: str | None = None, body: str = "") -> object:
        if key is not None:
            for one in self.told:
                if (one.by, one.key) == (str(by), key):
                    return int(one.request) if one.body == body else "idempotency_mismatch"
        new = Ask(len(self.requests), school, work if verdict == "go" else "", "pending", by, key)
        new.status = {"go": "pending", "ask": "clarification_needed", "decline": "declined"}[verdict]
        new.rounds = int(verdict == "ask")
        self.requests[new.id] = new
        self._tell(new, {"go": "accepted", "ask": "asked", "decline": "moved"}[verdict], None, born=True)
        if verdict == "go":
            self.knocks.append(new.id)
        self.told.append(evidence.Told(str(new.id), str(by), key, body))
        return new.id

    def cancel(self, request: int) -> object:
        one = self.requests[request]
        if one.status == "cancelled":
            return "ok"
        if one.status in OVER:
            return "not_cancellable"
        self._close(request)
        self._move(one, "cancelled")
        return "ok"

    def retry(self, request: int) -> object:
        one = self.requests[request]
        if one.status != "failed":
            return "not_retryable"
        self._new_epoch(one, "retried")
        self.knocks.append(request)
        return "ok"

    def answer(self, request: int, *, epoch: int, verdict: str, work: str = "") -> object:
        one = self.requests[request]
        if one.status != "clarification_needed" or one.epoch != epoch:
            return "not_waiting_for_an_answer"
        if verdict == "ask":
            if one.rounds >= ROUNDS:
                return "asked_enough"
            one.rounds += 1
            self._tell(one, "asked", one.status)
            return "ok"
        self._new_epoch(one, "answered")
        if verdict == "go":
            one.work = work
            self.knocks.append(request)
        else:
            self._move(one, "validating")
            self._move(one, "declined")
        return "ok"

    # --- what workers do -------------------------------------------------------------------------------------------------

    def ring(self, request: int) -> str:
        self._free(request)
        one, job = self.requests[request], self.jobs.get(request)
        if one.status in OPEN and (job is None or job.epoch < one.epoch):
            self.jobs[request] = Job(one.epoch, run_after=self.now, token=job.token if job else 0)
        if one.status not in OPEN:
            return "over"
        return "held" if self._live(self.jobs[request]) else "ready"

    def claimable(self) -> list[int]:
        """Whatever a claim may give; which of them is fairness, and judged elsewhere."""
        made = {self.requests[r].work for r, job in self.jobs.items() if self._live(job)} - {""}
        return [
            request
            for request, job in self.jobs.items()
            if (job.state, job.epoch) == ("ready", self.requests[request].epoch)
            and job.run_after <= self.now
            and job.crashes < CRASHES
            and self.requests[request].status in OPEN
            and self.requests[request].work not in made
        ]

    def claim(self, request: int, *, lease: int) -> Ticket:
        one, job = self.requests[request], self.jobs[request]
        job.state, job.until, job.token = "leased", self.now + lease, job.token + 1
        self.found.grants.append(evidence.Grant(str(request), job.epoch, job.token, live=False))
        if one.status == "pending":
            self._move(one, "validating", job.token)
        return Ticket(request, job.token, job.epoch)

    def renew(self, ticket: Ticket, *, lease: int) -> object:
        if not self._good(ticket):
            return LOST
        self.jobs[ticket.request].until = self.now + lease
        return "ok"

    def recall(self, ticket: Ticket, stage: str) -> bool:
        return (ticket.request, ticket.epoch, stage) in self.stages

    def keep(self, ticket: Ticket, stage: str) -> object:
        if not self._mine(ticket):
            return LOST
        self.stages.setdefault((ticket.request, ticket.epoch, stage), ticket.token)
        return "ok"

    def progress(self, ticket: Ticket, percent: int) -> object:
        if not self._mine(ticket):
            return LOST
        one = self.requests[ticket.request]
        one.progress = max(one.progress, min(percent, 99))
        self._tell(one, "progressed", one.status, ticket.token)
        return "ok"

    def generate(self, ticket: Ticket) -> object:
        if not self._mine(ticket):
            return LOST
        one = self.requests[ticket.request]
        if one.status == "validating":
            self._move(one, "generating", ticket.token)
        return "ok"

    def finish(self, ticket: Ticket) -> object:
        if not self._mine(ticket):
            return LOST
        maker = self.requests[ticket.request]
        together = [maker]
        if maker.work:
            self.lessons.add(maker.work)
            together += [
                self.requests[r]
                for r, job in self.jobs.items()
                if job.state == "ready"
                and r != maker.id
                and self.requests[r].work == maker.work
                and self.requests[r].status in OPEN
            ]
        for one in together:
            if one.status == "pending":
                self._move(one, "validating")
            one.progress = 100
            self._move(one, "completed", ticket.token if one is maker else None)
            self._close(one.id)
        return sorted(one.id for one in together)

    def ask(self, ticket: Ticket) -> object:
        if not self._mine(ticket):
            return LOST
        one = self.requests[ticket.request]
        if one.rounds >= ROUNDS:
            return "asked_enough"
        one.rounds += 1
        self._move(one, "clarification_needed", ticket.token, event="asked")
        self._close(one.id)
        return "ok"

    def decline(self, ticket: Ticket) -> object:
        return self._end(ticket, "declined", "done")

    def fail(self, ticket: Ticket) -> object:
        return self._end(ticket, "failed", "dead")

    def try_later(self, ticket: Ticket, *, after: int) -> object:
        if not self._good(ticket):
            return LOST
        job = self.jobs[ticket.request]
        if job.attempt + 1 >= ATTEMPTS:
            self.fail(ticket)
            return False
        job.state, job.until, job.run_after, job.attempt = "ready", None, self.now + after, job.attempt + 1
        return True

    def give_back(self, ticket: Ticket) -> bool:
        if not self._good(ticket):
            return False
        job = self.jobs[ticket.request]
        job.state, job.until, job.run_after = "ready", None, self.now
        return True

    # --- what sets things right ------------------------------------------------------------------------------------------

    def sweep(self) -> tuple[list[int], list[int], list[int]]:
        freed = [request for request in self.jobs if self._free(request)]
        hopeless = [r for r, job in self.jobs.items() if job.state == "ready" and job.crashes >= CRASHES]
        for request in hopeless:
            self._close(request, "dead")
            self._move(self.requests[request], "failed")
        silent = [
            one.id
            for one in self.requests.values()
            if one.status == "pending"
            and one.touched < self.now - LOST_AFTER
            and not (one.id in self.jobs and self.jobs[one.id].epoch == one.epoch)
        ]
        for request in silent:
            self.ring(request)
        return freed, hopeless, silent

    # --- the small print -------------------------------------------------------------------------------------------------

    def evidence(self, *, settled: bool) -> Evidence:
        """What a witness would have noted."""
        self.found.requests = {
            str(one.id): evidence.Request(str(one.id), str(one.school), one.status, one.epoch, one.seq, one.progress)
            for one in self.requests.values()
        }
        self.found.told = list(self.told)
        self.found.outbox = [evidence.Note(str(n), str(request), sent=False) for n, request in enumerate(self.knocks)]
        self.found.settled = settled
        if settled:
            self.found.outbox = [evidence.Note(note.event, note.request, sent=True) for note in self.found.outbox]
            self.found.published = [evidence.Published(note.event, known=True, taken=True) for note in self.found.outbox]
        return self.found

    def _live(self, job: Job) -> bool:
        return job.state == "leased" and job.until is not None and job.until > self.now

    def _free(self, request: int) -> bool:
        job = self.jobs.get(request)
        if job is None or job.state != "leased" or job.until is None or job.until >= self.now:
            return False
        job.state, job.until, job.run_after, job.crashes = "ready", None, self.now, job.crashes + 1
        return True

    def _good(self, ticket: Ticket) -> bool:
        job = self.jobs[ticket.request]
        return (job.state, job.token, job.epoch) == ("leased", ticket.token, ticket.epoch)

    def _mine(self, ticket: Ticket) -> bool:
        return self._good(ticket) and self.requests[ticket.request].status not in OVER

    def _end(self, ticket: Ticket, status: str, state: str) -> object:
        if not self._mine(ticket):
            return LOST
        self._move(self.requests[ticket.request], status, ticket.token)
        self._close(ticket.request, state)
        return "ok"

    def _close(self, request: int, state: str = "done") -> None:
        if request in self.jobs:
            self.jobs[request].state, self.jobs[request].until = state, None

    def _new_epoch(self, one: Ask, event: str) -> None:
        one.epoch, one.progress = one.epoch + 1, 0
        self._move(one, "pending", event=event)

    def _move(self, one: Ask, status: str, token: int | None = None, *, event: str = "moved") -> None:
        was, one.status = one.status, status
        self._tell(one, event, was, token)

    def _tell(self, one: Ask, event: str, was: str | None, token: int | None = None, *, born: bool = False) -> None:
        one.seq, one.touched = one.seq + 1, self.now
        start = None if was == one.status else was
        ends = (born or start is not None) and one.status in OVER
        job = self.jobs.get(one.id)
        valid = token is None or (job is not None and job.token == token)
        self.found.events.append(
            evidence.Event(str(one.id), one.seq, one.epoch, event, start, one.status, ends, one.progress, token, valid)
        )
