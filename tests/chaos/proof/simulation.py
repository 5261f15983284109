"""One history of the whole delivery, from a seed: the real verbs, the real `/push`, the real relay and runner on a real
database, with a clock that is moved, messages that are lost, doubled, late and reordered, and processes killed at every pause.
"""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace

import psycopg

from proof import witness
from proof.actors import WayToDatabase
from proof.evidence import Evidence
from proof.mail import Mail
from proof.people import People
from proof.work import Work
from proof.world import Plan, World
from vividly.accounts.model import Person, PersonId, SchoolId
from vividly.api.happenings import Happenings
from vividly.db.engine import Pool
from vividly.requests import actions
from vividly.steps import Role
from vividly.worker import bench as bench_room


async def open_world(world: World) -> None:
    """An empty service with two schools of two students, everybody in place."""
    world.book = await psycopg.AsyncConnection.connect(world.url, autocommit=True)
    await world.note(f"TRUNCATE {witness.RUN_TABLES}, people, schools CASCADE")
    for _ in range(2):
        school = SchoolId(world.id())
        await world.note("INSERT INTO schools (id, name) VALUES (%s, 'A school')", school)
        for _ in range(2):
            person = PersonId(world.id())
            await world.note(
                "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role) "
                "VALUES (%s, %s, %s, '-', 'Ada', 'B', 'student')",
                *(person, school, f"{person}@example.org"),
            )
            world.students.append(a_student(person, school))
    world.happenings = Happenings(WayToDatabase(world.pool, world.weather, world.chance), source=lambda: None, heartbeat=0.0)
    add, people, mail, work = world.add, People(world), Mail(world), Work(world)
    for number in range(world.plan.workers):
        add(f"worker {number}", work.worker)
        world.doors.append(mail.push_door(world.actors[-1]))
    for number in range(world.plan.relays):
        add(f"relay {number}", mail.relay)
    add("client 0", people.client)
    add("client 1", people.client)
    add("broker", mail.broker)
    add("sweeper", work.sweeper)
    add("somebody", people.somebody)
    for number in range(world.plan.watchers):
        add(f"watcher {number}", people.watcher)


def a_student(person: PersonId, school: SchoolId) -> Person:
    empty = {"email": "", "first_name": "", "last_name": "", "status": "active", "grade_level": 9, "interests": ()}
    moment = {"created_at": None, "last_login_at": None}
    return Person(person_id=person, school_id=school, role=Role.STUDENT, **empty, **moment)


async def live(pool: Pool, url: str, seed: int, plan: Plan) -> tuple[Evidence, World]:
    """One history by its seed. `pool` and `url` see a database with the witness and the clock of `proof.witness`."""
    world = World(pool, url, seed, plan)
    random.seed(seed)  # what the code under test draws: waits

    async def sleep(_seconds: float) -> None:
        assert world.now is not None
        await world.now.turn("waiting")

    real = bench_room.asyncio, actions.uuid4
    bench_room.asyncio = SimpleNamespace(Lock=asyncio.Lock, Event=asyncio.Event, sleep=sleep)
    actions.uuid4 = world.id
    try:
        await open_world(world)
        return await world.run(), world
    finally:
        await world.close()
        bench_room.asyncio, actions.uuid4 = real


def plan_of(seed: int, **changes: object) -> Plan:
    """Half of the seeds are embedded, half Google's; some are calmer than others."""
    chance = random.Random(seed * 7919 + 1)
    facts = {
        "door": chance.choice(["embedded", "pubsub"]),
        "kills": chance.choice([0.0, 0.03, 0.08]),
        "cut": chance.choice([0.0, 0.02]),
        "unknown": chance.choice([0.0, 0.03]),
        "same_lesson": chance.choice([0.0, 0.5, 1.0]),
        "workers": chance.choice([2, 3, 4]),
    }
    return Plan(**{**facts, **changes})
