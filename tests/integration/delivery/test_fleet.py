"""A fleet on one host, as real processes: two doors, a relay, three workers, one PostgreSQL, and what carries the knocks.

Any of them is killed with -9 and started again while students ask: every request that was accepted ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from vividly.accounts.demo import PASSWORD, ensure_demo_school
from vividly.cli import processes
from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import open_pool
from vividly.db.migrate import migrate
from vividly.errors import Misconfigured, TryAgainLater
from vividly.transport.ensure import ensure
from vividly.transport.google import PubSubApi
from vividly.transport.topology import Terms, Topology

QUESTION = "Why does the floor push back on my feet when I stand, by Newton's third law?"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class Member:
    """One process of the fleet; `health`: where it says that it is well, "" if it has no door."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    health: str = ""
    process: asyncio.subprocess.Process | None = None
    kills: int = 0

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *self.arguments, env={**os.environ, **self.environment}, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        assert self.process is not None
        assert self.process.returncode is None, f"{self.name} ended by itself; see {self.log}"
        self.process.kill()
        await self.process.wait()
        self.kills += 1

    async def stop(self) -> float:
        """SIGTERM; how many seconds it took to end."""
        assert self.process is not None
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()
        return time.monotonic() - began


@dataclass
class Fleet:
    """`doors`: addresses of the serve processes. `set_up_again`: makes topics and subscriptions at an emulator that forgot them."""

    members: dict[str, Member]
    doors: list[str]
    diary: Path
    set_up_again: list[Callable[[], Awaitable[None]]]
    accepted: list[str] = field(default_factory=list)

    async def well(self, *names: str, within: float = 150.0) -> None:
        """Until these (all, if none is named) say that they are well."""
        chosen = [self.members[name] for name in names or self.members]
        async with asyncio.timeout(within), httpx.AsyncClient(trust_env=False) as client:
            for member in chosen:
                while member.health:
                    assert member.process is not None
                    assert member.process.returncode is None, f"{member.name}: {member.log.read_text()[-2000:]}"
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(member.health)).is_success:
                            break
                    await asyncio.sleep(0.1)

    async def kill_and_start(self, name: str) -> None:
        await self.members[name].kill()
        await self.members[name].start()

    async def students_ask(self, count: int, *, pause: float = 0.0) -> None:
        """`count` different questions, each until one of the doors accepts it: as a client with an idempotency key does."""
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            headers = {"Authorization": f"Bearer {await self._signed_in(client)}"}
            for _ in range(count):
                key = uuid4().hex
                body = {"student_query": QUESTION, "interest": f"hobby {key[:12]}"}
                while True:
                    url = f"{random.choice(self.doors)}/api/v1/content/generate"
                    try:
                        answer = await client.post(url, json=body, headers={**headers, "Idempotency-Key": key})
                    except httpx.HTTPError:
                        await asyncio.sleep(0.05)
                        continue
                    if answer.status_code == 202:
                        break
                    assert answer.status_code in {429, 503}, answer.text
                    await asyncio.sleep(0.2)
                assert answer.json()["status"] in {"pending", "completed"}, answer.text
                self.accepted.append(answer.json()["request_id"])
                await asyncio.sleep(pause)

    async def _signed_in(self, client: httpx.AsyncClient) -> str:
        said = {"email": "student@demo.school", "password": PASSWORD}
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post(f"{random.choice(self.doors)}/api/v1/auth/login", json=said)
                if answer.status_code == 200:
                    return answer.json()["access_token"]
            await asyncio.sleep(0.1)

    def repeated(self) -> list[str]:
        """Stages that were begun again after they had been kept."""
        kept, again = set(), []
        for line in self.diary.read_text().splitlines() if self.diary.exists() else []:
            what, _, stage = line.rpartition(" ")
            who, _, verb = what.rpartition(" ")
            if verb == "kept":
                kept.add((who, stage))
            elif (who, stage) in kept:
                again.append(line)
        return again


@contextlib.asynccontextmanager
async def balancer(targets: list[int]) -> AsyncIterator[int]:
    """What stands before push workers in production: takes turns among those that answer. Its port."""
    turns = itertools.count()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while part := await source.read(65536):
                sink.write(part)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(turns)
        for number in range(len(targets)):
            try:
                there, back = await asyncio.open_connection("127.0.0.1", targets[(first + number) % len(targets)])
            except OSError:
                continue
            await asyncio.gather(pump(reader, back), pump(there, writer))
            return
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@contextlib.asynccontextmanager
async def fleet(
    folder: Path, url: str, *, how: str, emulator: str = "", serve: int = 2, work: int = 3, seconds: float = 0.05
) -> AsyncIterator[Fleet]:
    """`how`: embedded, push or pull. `serve`, `work`: how many. The database is migrated and has the demo school."""
    diary, mine = folder / "diary", uuid4().hex[:8]
    workers = [free_port() for _ in range(work)]
    doors = [free_port() for _ in range(serve)]
    environment = {
        "DATABASE_URL": url,
        "VIVIDLY_DATA": str(folder / "data"),
        "VIVIDLY_LEASE_SECONDS": "3",
        "VIVIDLY_MAX_CRASHES": "50",
        "VIVIDLY_SLOTS": "4",
        "VIVIDLY_LOG": "json",
        "VIVIDLY_DEMO": "false",
    }
    again = list[Callable[[], Awaitable[None]]]()
    async with contextlib.AsyncExitStack() as opened:
        if how == "embedded":
            environment["VIVIDLY_PUSH_URL"] = ",".join(f"http://127.0.0.1:{port}/push" for port in workers)
        else:
            port = await opened.enter_async_context(balancer(workers))
            place = Topology(
                "test-project", f"topic-{mine}", f"worker-{mine}", f"dead-{mine}", f"drain-{mine}",
                push_endpoint=f"http://127.0.0.1:{port}/push" if how == "push" else "",
                terms=Terms(ack_deadline=10, first_backoff=0.1, longest_backoff=1.0, retention=600),
            )  # fmt: skip
            await stand_up(emulator, place)
            opened.push_async_callback(tear_down, emulator, place)
            again.append(functools.partial(stand_up, emulator, place))
            environment |= {
                "VIVIDLY_TRANSPORT": "pubsub",
                "PUBSUB_EMULATOR_HOST": emulator,
                "GOOGLE_CLOUD_PROJECT": place.project,
                "VIVIDLY_TOPIC": place.topic,
                "VIVIDLY_SUBSCRIPTION": place.subscription,
                "VIVIDLY_DEAD_LETTER_TOPIC": place.dead_letter_topic,
                "VIVIDLY_DEAD_LETTER_SUBSCRIPTION": place.dead_letter_subscription,
                "VIVIDLY_PUSH_AUTH": "off",
            }
        script = [str(Path(__file__).with_name("a_process.py")), str(diary), str(seconds)]

        def member(name: str, *arguments: str, health: str = "") -> Member:
            return Member(name, [*script, *arguments], environment, folder / f"{name}.log", health)

        members = [
            *(
                member(f"serve-{n}", "serve", "--port", str(port), health=f"http://127.0.0.1:{port}/health/ready")
                for n, port in enumerate(doors, 1)
            ),
            member("relay", "relay"),
            *(
                member(
                    f"work-{n}", "work", "--port", str(port), *(["--pull"] if how == "pull" else []),
                    health=f"http://127.0.0.1:{port}/ready",
                )
                for n, port in enumerate(workers, 1)
            ),
        ]  # fmt: skip
        one = Fleet({one.name: one for one in members}, [f"http://127.0.0.1:{port}" for port in doors], diary, again)
        try:
            for member_ in members:
                await member_.start()
            await one.well()
            yield one
        finally:
            for member_ in members:
                if member_.process is not None and member_.process.returncode is None:
                    member_.process.kill()
                    await member_.process.wait()


async def stand_up(emulator: str, place: Topology) -> None:
    api = PubSubApi(emulator=emulator)
    await ensure(api, topology=place)
    await api.close()


async def tear_down(emulator: str, place: Topology) -> None:
    api = PubSubApi(emulator=emulator)
    for name in place.subscriptions():
        await api.send("DELETE", name)
    await api.close()


async def all_ended(pool, kit, one: Fleet, within: float) -> None:
    """Everything that was accepted is completed, once."""

    async def ended() -> bool:
        with contextlib.suppress(TryAgainLater):  # connections from before the database was killed
            return await kit.count(pool, "content_requests WHERE status = 'completed'") == len(one.accepted)
        return False

    try:
        await kit.eventually(ended, within=within)
    except TimeoutError:
        async with pool.connection() as conn:
            stuck = await (
                await conn.execute(
                    "SELECT r.id, r.status, j.state, j.attempt, j.crashes, j.last_error, o.sent_at, o.attempts FROM content_requests r "
                    "LEFT JOIN jobs j ON j.request_id = r.id LEFT JOIN outbox o ON o.payload ->> 'request_id' = r.id::text "
                    "WHERE r.status <> 'completed'"
                )
            ).fetchall()
        pytest.fail(f"{len(stuck)} of {len(one.accepted)} did not end: {stuck[:5]}")
    assert len(set(one.accepted)) == len(one.accepted)
    assert await kit.count(pool, "content_requests") == len(one.accepted)
    assert await kit.count(pool, "content_request_events WHERE terminal") == len(one.accepted)
    assert one.repeated() == []


async def ends_in_time(one: Fleet) -> None:
    """Everybody leaves within ten seconds of SIGTERM, of their own accord."""
    took = await asyncio.gather(*(member.stop() for member in one.members.values()))
    assert max(took) < 10, dict(zip(one.members, took, strict=True))
    assert {name: member.process.returncode for name, member in one.members.items()} == dict.fromkeys(one.members, 0)


def test_a_port_in_use_is_named_before_anything_is_opened():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"127.0.0.1:{port}") as raised:
            processes._bound("VIVIDLY_WORKER_PORT", "127.0.0.1", port)
    assert raised.value.setting == "VIVIDLY_WORKER_PORT"
    processes._bound("VIVIDLY_WORKER_PORT", "127.0.0.1", port).close()


@pytest.mark.timeout(240)
@pytest.mark.prove
async def test_separate_processes_with_the_embedded_transport_outlive_kills(database, pool, kit, tmp_path):
    await ensure_demo_school(pool)
    async with fleet(tmp_path, database, how="embedded", serve=1, work=2) as one:
        await one.students_ask(4)
        await one.kill_and_start("work-1")
        await one.students_ask(4)
        await one.kill_and_start("relay")
        await one.students_ask(4)
        await all_ended(pool, kit, one, within=60)
        await ends_in_time(one)


@pytest.mark.timeout(240)
async def test_workers_that_pull_outlive_kills(database, pool, kit, tmp_path, pubsub_emulator, file):
    async with fleet(tmp_path, database, how="pull", emulator=pubsub_emulator, serve=0, work=1) as one:
        for round_ in range(3):
            one.accepted += [str((await file(interest_asked=f"hobby {round_} {n}")).request_id) for n in range(4)]
            await kit.eventually(lambda: kit.count(pool, "jobs"))
            if round_ == 0:
                await one.kill_and_start("work-1")
        await all_ended(pool, kit, one, within=60)
        assert await kit.count(pool, "inbox WHERE subscription LIKE 'projects/test-project/subscriptions/%%'") >= 12
        await ends_in_time(one)


@pytest.mark.prove
@pytest.mark.timeout(240)
async def test_work_that_outlasts_the_deadline_is_done_once(database, pool, kit, tmp_path, pubsub_emulator, file):
    """The acknowledgement deadline is 10 s; this lesson takes 15. The row is the job, so the knock was answered long before."""
    async with fleet(tmp_path, database, how="push", emulator=pubsub_emulator, serve=0, work=2, seconds=5.0) as one:
        one.accepted += [str((await file(interest_asked=f"hobby {n}")).request_id) for n in range(4)]
        await all_ended(pool, kit, one, within=90)
        assert sorted(one.diary.read_text().splitlines()) == sorted(
            f"hobby {n} {verb} {stage}"
            for n in range(4)
            for verb in ("began", "kept")
            for stage in ("storyboard", "narration", "drawing")
        )
        assert await kit.count(pool, "inbox WHERE seen = 1 AND outcome = 'ready'") == 4
        assert await kit.count(pool, "inbox") == 4


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["embedded", "push", "pull"])
async def test_any_of_them_is_killed_at_random_and_everything_accepted_ends(how, kit, tmp_path, request):
    """Two doors, a relay, three workers, PostgreSQL and the emulator: each is killed with -9 at least once."""
    seed = int(os.environ.get("VIVIDLY_SEED", "0")) or random.randrange(10**6)
    chance, address = random.Random(seed), f"127.0.0.1:{free_port()}"
    server, began = EmbeddedPostgres(tmp_path / "postgres"), time.monotonic()
    url = await asyncio.to_thread(server.start)
    async with contextlib.AsyncExitStack() as opened:
        opened.push_async_callback(asyncio.to_thread, server.stop)
        await asyncio.to_thread(migrate, url)
        pool = await opened.enter_async_context(await open_pool(url, min_size=1, max_size=4, name="tests", patience=20))
        await ensure_demo_school(pool)
        emulators = contextlib.ExitStack()
        opened.callback(emulators.close)
        if how != "embedded":
            emulator_at = request.getfixturevalue("emulator_at")
            broker = await asyncio.to_thread(emulators.enter_context, emulator_at(address))
        one = await opened.enter_async_context(fleet(tmp_path, url, how=how, emulator=address, seconds=0.3))

        async def kill_postgres() -> None:
            os.kill(int((tmp_path / "postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            await asyncio.to_thread(server.stop)
            assert await asyncio.to_thread(server.start) == url

        async def kill_broker() -> None:
            broker.kill()
            await asyncio.to_thread(emulators.close)
            await asyncio.to_thread(emulators.enter_context, emulator_at(address))
            for again in one.set_up_again:
                await again()

        victims = {name: functools.partial(one.kill_and_start, name) for name in one.members} | {"postgres": kill_postgres}
        if how != "embedded":
            victims["broker"] = kill_broker
        order = [*victims, *chance.choices(list(one.members), k=8)]
        chance.shuffle(order)
        asking = [asyncio.create_task(one.students_ask(40, pause=0.2)) for _ in range(3)]
        for name in order:
            await asyncio.sleep(chance.uniform(0.2, 1.5))  # when is the dice's business
            await victims[name]()
        await asyncio.gather(*asking)
        await all_ended(pool, kit, one, within=300)
        await ends_in_time(one)
        killed = ", ".join(f"{name} {order.count(name)}" for name in victims)
    seconds = time.monotonic() - began
    print(f"\n{how}, seed {seed}: {len(one.accepted)} accepted, all completed once; kills: {killed}; {seconds:.0f} s")
