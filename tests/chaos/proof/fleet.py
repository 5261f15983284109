"""A fleet of real processes that are killed at random, frozen, and started again, under a load of questions."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import psycopg

from proof import witness
from proof.evidence import Evidence
from proof.waiting import eventually
from vividly.api.happenings import Happenings
from vividly.db.engine import Pool
from vividly.errors import TryAgainLater
from vividly.requests import actions
from vividly.requests.model import Go, NewRequest
from vividly.requests.notify import listen

NURSERY = Path(__file__).parents[1] / "a_nursery.py"
POINTS = ("rung", "claimed", "kept:storyboard", "kept:narration", "kept:drawing", "stage_kept", "before_settle", "settled")


@dataclass
class Member:
    """One place in the fleet; whoever fills it may be killed at any time."""

    role: str
    port: int = 0
    pid: int = 0
    point: str = ""
    thawed_at: float = 0.0


@dataclass
class Fleet:
    """Three workers and a relay, in processes of their own. `doomed`: the point at which the first workers kill themselves."""

    url: str
    seed: int
    seconds: float = 0.02
    doomed: str = ""
    lease: float = 2.0
    kills: Counter[str] = field(default_factory=Counter)
    frozen: int = 0
    members: list[Member] = field(default_factory=list)
    last_words: str = ""

    async def __aenter__(self) -> Self:
        self.chance = random.Random(self.seed)
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the fleet
        self.nursery = await asyncio.create_subprocess_exec(
            sys.executable,
            NURSERY,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self.errors,
        )
        self.members = [*(Member("worker", a_port()) for _ in range(3)), Member("relay")]
        for member in self.members:
            await self.fill(member, at=self.doomed)
        return self

    async def __aexit__(self, *_: object) -> None:
        for member in self.members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGCONT)
        self.nursery.stdin.close()
        await self.nursery.wait()
        self.errors.seek(0)
        self.last_words = self.errors.read().decode()
        self.errors.close()

    async def fill(self, member: Member, *, quiet: bool = False, at: str = "") -> None:
        """A new process in this place; four in ten will kill themselves at one of the named points."""
        member.point, member.thawed_at = "", 0.0
        order: dict[str, object] = {"role": member.role, "url": self.url}
        if member.role == "worker":
            order |= {"port": member.port, "lease": self.lease, "seconds": self.seconds}
            if at:
                member.point = at
                order |= {"crash_at": at}
            elif not quiet and self.chance.random() < 0.4:
                member.point = self.chance.choice(POINTS)
                order |= {"crash_at": member.point, "crash_after": self.chance.randrange(3)}
        else:
            order["ports"] = [one.port for one in self.members if one.role == "worker"]
        self.nursery.stdin.write(dumps(order).encode() + b"\n")
        member.pid = int(await self.nursery.stdout.readline())

    async def tend(self, *, quiet: bool = False) -> None:
        """Notice who has killed itself and fill its place; thaw who was frozen for long enough."""
        for member in self.members:
            if not alive(member.pid):
                self.kills[f"at {member.point}" if member.point else "otherwise"] += 1
                await self.fill(member, quiet=quiet)
            elif 0 < member.thawed_at < time.monotonic():
                member.thawed_at = 0.0
                os.kill(member.pid, signal.SIGCONT)

    async def kill_somebody(self) -> None:
        """kill -9, at any moment of its work; or a long sleep, past its lease."""
        member = self.chance.choice([one for one in self.members if not one.thawed_at])
        if member.role == "worker" and self.chance.random() < 0.08:
            os.kill(member.pid, signal.SIGSTOP)
            member.thawed_at = time.monotonic() + self.lease + self.chance.uniform(0.5, 1.5)
            self.frozen += 1
            return
        self.kills["at random"] += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)
        await eventually(lambda: not alive(member.pid), every=0.001)
        await self.fill(member)

    async def calm(self) -> None:
        """Everybody who might still kill itself is replaced by somebody who will not."""
        for member in self.members:
            if member.thawed_at and alive(member.pid):
                os.kill(member.pid, signal.SIGCONT)
            if member.point:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.pid, signal.SIGKILL)
                await eventually(lambda pid=member.pid: not alive(pid), every=0.001)
                await self.fill(member, quiet=True)


@dataclass
class Load:
    """Questions of a few schools; whoever was told "accepted" is written down by the witness."""

    pool: Pool
    url: str
    chance: random.Random
    accepted: list[UUID] = field(default_factory=list)

    async def open(self) -> None:
        self.students = [(uuid4(), uuid4()) for _ in range(4)]
        async with await psycopg.AsyncConnection.connect(self.url) as conn:
            for school, person in self.students:
                await conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'A school')", (school,))
                await conn.execute(
                    "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                    "VALUES (%s, %s, %s, '-', 'A', 'B', 'student')",
                    (person, school, f"{person}@example.org"),
                )

    async def ask(self, number: int) -> UUID:
        """One question, filed again with its key until it is accepted; the school it came from."""
        school, person = self.chance.choice(self.students)
        lesson = f"lesson {number // 8}" if self.chance.random() < 0.3 else ""
        question = f"question {number}"
        new = NewRequest(
            school_id=school,
            student_id=person,
            filed_by=person,
            question=question,
            grade_level=9,
            interest="music",
            verdict=Go("topic", "facet", lesson),
            body_hash=sha256(question.encode()).digest(),
            idempotency_key=f"key {number}",
        )
        while True:
            try:
                request_id = (await actions.submit(self.pool, new=new)).snapshot.request_id
            except TryAgainLater:
                await asyncio.sleep(0.05)
            else:
                break
        self.accepted.append(request_id)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as conn:
                    told = (request_id, person, new.idempotency_key, new.body_hash.hex())
                    await conn.execute("INSERT INTO witness.told VALUES (%s, %s, %s, %s)", told)
            except psycopg.OperationalError:
                await asyncio.sleep(0.05)
            else:
                return school

    async def open_requests(self) -> int:
        """How many are not over. -1 while nobody can say."""
        try:
            async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as conn:
                found = await conn.execute(
                    "SELECT (SELECT count(*) FROM content_requests WHERE status IN ('pending', 'validating', 'generating')) "
                    "+ (SELECT count(*) FROM outbox WHERE sent_at IS NULL)"
                )
                return (await found.fetchone())[0]
        except psycopg.OperationalError:
            return -1


@dataclass
class Watchers:
    """Students who watch their request, on streams that are cut now and then; what they saw is written down at the end."""

    pool: Pool
    url: str
    chance: random.Random
    seen: list[tuple[str, UUID, UUID, int, bool]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self.happenings = Happenings(self.pool, source=lambda: listen(self.url, poll=0.2), heartbeat=0.5)
        self.stop, self.tasks = asyncio.Event(), list[asyncio.Task[None]]()
        self.listening = asyncio.create_task(self.happenings.run(self.stop))
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            async with asyncio.timeout(60):
                await asyncio.gather(*self.tasks)
        for task in self.tasks:
            task.cancel()
        self.stop.set()
        await self.listening
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as conn, conn.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO witness.sightings (stream, school, request_id, seq, ended) VALUES (%s, %s, %s, %s, %s)", self.seen
            )

    def watch(self, request_id: UUID, school: UUID) -> None:
        self.tasks.append(asyncio.create_task(self._watch(request_id, school)))

    async def _watch(self, request_id: UUID, school: UUID) -> None:
        last = 0
        while True:
            patience = self.chance.randrange(1, 8)
            async for frame in self.happenings.frames(request_id, after=last, person_id=uuid4(), welcome=_always):
                for seq, ended in seen_in(frame):
                    last = seq
                    self.seen.append((f"watcher of {request_id}", school, request_id, seq, ended))
                    if ended:
                        return
                    patience -= 1
                if patience <= 0:
                    break
            await asyncio.sleep(0.02)


async def _always() -> bool:
    return True


def seen_in(frame: bytes) -> list[tuple[int, bool]]:
    """(seq, was it the end) of every event in a piece of a stream."""
    found: list[tuple[int, bool]] = []
    for part in frame.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
        if "id" in lines:
            found.append((int(lines["id"]), False))
        elif lines.get("event") == "end":
            found.append((loads(lines["data"])["seq"], True))
    return found


async def survive(pool: Pool, url: str, *, seed: int, requests: int, kills: int, pace: float) -> tuple[Evidence, str]:
    """`requests` questions while `kills` processes die, about `pace` seconds apart; the evidence, and a report for people."""
    began = time.monotonic()
    load = Load(pool, url, random.Random(seed))
    await load.open()
    async with Fleet(url, seed) as fleet, Watchers(pool, url, random.Random(seed)) as watchers:
        asked = 0
        while fleet.kills.total() < kills or asked < requests:
            due = requests if fleet.kills.total() >= kills else round(requests * (fleet.kills.total() + 1) / kills)
            while asked < min(due, requests):
                school = await load.ask(asked)
                if asked % 4 == 0:
                    watchers.watch(load.accepted[-1], school)
                asked += 1
            await asyncio.sleep(fleet.chance.uniform(0, 2 * pace))
            await fleet.tend()
            if fleet.kills.total() < kills:
                await fleet.kill_somebody()
        await fleet.calm()
        async with asyncio.timeout(120):
            while await load.open_requests():
                await fleet.tend(quiet=True)
                await asyncio.sleep(0.05)
    run = await asyncio.to_thread(witness.evidence_of, url)
    lost = [one for one in load.accepted if str(one) not in run.requests]
    kept = {(one.request, one.epoch, one.stage): one.n for one in run.kept}
    repeated = sum((f := kept.get((r.request, r.epoch, r.stage))) is not None and r.n > f for r in run.runs)
    old = sum(not one.valid for one in (*run.events, *run.kept))
    report = (
        f"seed {seed}: {fleet.kills.total()} kills {dict(fleet.kills)}, {fleet.frozen} frozen past their lease; "
        f"{len(load.accepted)} accepted, {dict(Counter(one.status for one in run.requests.values()))}; "
        f"{len(lost)} lost, {repeated} finished stages repeated, {old} writes under an old lease; "
        f"{len(run.runs)} stages begun, {len(run.grants)} leases, {len(run.pushes)} deliveries, {len(run.sightings)} sightings; {time.monotonic() - began:.0f} s"
    )
    if fleet.last_words:
        report += f"\n{fleet.last_words[-3000:]}"
    return run, report


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
