"""The state of one simulated history, and whose turn it is. Knows nobody's life: those are `people`, `mail` and `work`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from proof import witness
from proof.actors import Actor, WayToDatabase, Weather
from proof.evidence import Evidence
from vividly.accounts.model import Person
from vividly.api.happenings import Happenings
from vividly.db.engine import Pool
from vividly.requests.model import NewRequest, RequestId

_ALL_OVER = (
    "SELECT NOT EXISTS (SELECT FROM content_requests WHERE status IN ('pending', 'validating', 'generating')) "
    "AND NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)"
)


@dataclass
class Plan:
    """How long and how bad a history is; all by the seed, unless a test says otherwise."""

    steps: int = 160
    questions: int = 7
    workers: int = 3
    relays: int = 2
    watchers: int = 2
    door: str = "pubsub"
    kills: float = 0.03
    lost: float = 0.05
    doubled: float = 0.15
    poison: int = 2
    cut: float = 0.01
    unknown: float = 0.01
    same_lesson: float = 0.4
    kitchen_fails: float = 0.12
    frozen: float = 0.3


@dataclass
class Letter:
    """A message in the broker's hands."""

    key: str
    body: bytes
    poison: bool = False
    attempts: int = 0


@dataclass
class World:
    """Everything of one history."""

    pool: Pool
    url: str
    seed: int
    plan: Plan
    chance: random.Random = field(init=False)
    weather: Weather = field(init=False)
    actors: list[Actor] = field(default_factory=list)
    pile: list[Letter] = field(default_factory=list)
    doors: list[object] = field(default_factory=list)
    students: list[Person] = field(default_factory=list)
    filed: list[tuple[RequestId, Person]] = field(default_factory=list)
    keys: dict[str, NewRequest] = field(default_factory=dict)
    diary: list[str] = field(default_factory=list)
    book: psycopg.AsyncConnection = field(init=False)
    happenings: Happenings = field(init=False)
    now: Actor | None = None
    questions: int = 0
    poisoned: int = 0
    interrupted: int = 0
    calm: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.weather = Weather(cut=self.plan.cut, unknown=self.plan.unknown)

    def luck(self, share: float) -> bool:
        return not self.calm and self.chance.random() < share

    def id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    async def note(self, query: str, *values: object) -> psycopg.AsyncCursor:
        return await self.book.execute(query, values)

    async def look(self, query: str, *values: object) -> object:
        found = await (await self.book.execute(query, values)).fetchone()
        return found[0] if found else None

    def add(self, name: str, life: Callable[[Actor], Awaitable[None]]) -> None:
        self.actors.append(Actor(name, life, lambda: WayToDatabase(self.pool, self.weather, self.chance)))

    async def close(self) -> None:
        for actor in self.actors:
            await actor.kill()
        await self.book.close()

    # --- the run ---------------------------------------------------------------------------------------------------------

    async def run(self) -> Evidence:
        """Faults for a while, then quiet; the evidence of it."""
        for _ in range(self.plan.steps):
            await self.one_step()
        self.calm = True
        self.weather.calm()
        await self.settle()
        # An embedded relay that is interrupted has not heard what became of its messages, and sends them again.
        may = 2 if self.plan.door == "pubsub" else 1 + self.interrupted
        return await asyncio.to_thread(witness.evidence_of, self.url, poison_may_come=may)

    async def one_step(self) -> None:
        luck = self.chance.random()
        if luck < 0.05:
            await self.pass_time(self.chance.choice([1, 10, 20, 45, 70]))
        elif luck < 0.06:
            self.weather.away = not self.weather.away
        else:
            actor = self.chance.choice(self.actors)
            await self.step(actor)
            if not actor.name.startswith(("watcher", "client")) and self.luck(self.plan.kills):
                self.diary.append(f"kill {actor.name} at {actor.point}")
                self.interrupted += actor.name.startswith("relay")
                await actor.kill()

    async def step(self, actor: Actor) -> None:
        self.now = actor
        await actor.step()
        self.diary.append(f"{actor.name}: {'over' if actor.over else actor.point}")

    async def pass_time(self, seconds: float) -> None:
        # A relay that is so slow that its hold on a message ran out shares it with the next one.
        self.interrupted += sum(actor.point == "publishing" for actor in self.actors if actor.name.startswith("relay"))
        await self.note("UPDATE sim.clock SET at = at + make_interval(secs => %s)", seconds)

    async def settle(self) -> None:
        """Nobody fails any more; everybody works until nothing is left, or until it is clear that it never ends."""
        for _ in range(40):
            for actor in self.actors:
                for _ in range(60):
                    await self.step(actor)
                    if actor.point == "idle" or actor.over:
                        break
            quiet = not self.pile and all(actor.over or actor.point == "idle" for actor in self.actors)
            if quiet and await self.look(_ALL_OVER):
                return
            await self.pass_time(700)
