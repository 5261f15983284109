"""Part "accept": questions accepted per second by two API processes, against the same rows by raw commits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from typing import Final, Literal

from calling import Caller
from children import child
from ground import Ground, Student
from report import Figure

PROCESSES: Final = 2
CONNECTIONS: Final = 16  # of each process, as `serve` opens them
WANTED: Final = 0.6
QUESTIONS: Final = (
    "why does the floor push back on me when I stand",
    "how do I find the acceleration of a {n} kg cart pulled with 12 N",
    "what is the difference between speed and velocity",
    "how does photosynthesis turn light into sugar",
    "why is the sky blue and not green",
    "how do I balance a chemical equation with {n} atoms",
    "what does the slope of a line with rise {n} mean",
    "how do vaccines teach the immune system",
    "how far does a ball fly if I throw it at {n} m/s",
    "what is a covalent bond",
    "why do we have seasons",
    "how do I solve x squared minus {n} x plus 6 = 0",
)

Intake = Literal["fixed", "real"]


async def accept(ground: Ground, *, seconds: float, rounds: int) -> list[Figure]:
    floor: list[float] = []
    ours: dict[Intake, list[float]] = {"fixed": [], "real": []}
    for _ in range(rounds):
        for intake, rates in ours.items():
            floor.append(await _floor(ground, seconds=seconds))
            rates.append(await _ours(ground, intake=intake, seconds=seconds))
    name = f"raw commits, {PROCESSES * CONNECTIONS} connections"
    delivery, whole = tuple(ours["fixed"]), tuple(ours["real"])
    return [
        Figure("accept", "delivery alone (intake fixed)", "1/s", name, tuple(floor[0::2]), delivery, want=WANTED),
        Figure("accept", "with the real intake", "1/s", name, tuple(floor[1::2]), whole, want=WANTED),
    ]


async def _floor(ground: Ground, *, seconds: float) -> float:
    url = ground.database()
    student = ground.students(url, schools=1, each=1)[0]
    order: dict[str, object] = {"what": "accept", "url": url, "seconds": seconds, "connections": CONNECTIONS}
    order |= {"school": str(student.school_id), "student": str(student.person_id)}
    async with contextlib.AsyncExitStack() as ends:
        writers = [await ends.enter_async_context(child("a_floor.py", order, logs=ground.logs)) for _ in range(PROCESSES)]
        for writer in writers:
            await writer.until("ready")
        for writer in writers:
            writer.say()
        done = sum([await writer.until("done") for writer in writers])
    ground.drop(url)
    return float(done) / seconds


async def _ours(ground: Ground, *, intake: Intake, seconds: float) -> float:
    url = ground.database()
    students = ground.students(url, schools=1, each=PROCESSES * CONNECTIONS)
    order: dict[str, object] = {"url": url, "data": str(ground.data), "intake": intake}
    async with contextlib.AsyncExitStack() as ends:
        opened = [await ends.enter_async_context(child("a_door.py", order, logs=ground.logs)) for _ in range(PROCESSES)]
        ports = [int(await door.until("port")) for door in opened]
        rate = await _pressed(ports, students, seconds=seconds)
    ground.drop(url)
    return rate


async def _pressed(ports: list[int], students: list[Student], *, seconds: float) -> float:
    callers = [Caller(port, student.token) for port, student in zip(itertools.cycle(ports), students, strict=False)]
    numbers = itertools.count(2)
    for one in callers[: len(ports)]:  # what first questions load: packs, units of measure
        for question in QUESTIONS:
            await one.ask(question.format(n=2))
    for one in callers:
        await one.ask(QUESTIONS[0])
    ends = time.monotonic() + seconds

    async def press(one: Caller) -> int:
        done = 0
        while time.monotonic() < ends:
            number = next(numbers)
            await one.ask(QUESTIONS[number % len(QUESTIONS)].format(n=number))
            done += 1
        return done

    began = time.monotonic()
    done = sum(await asyncio.gather(*(press(one) for one in callers)))
    took = time.monotonic() - began
    for one in callers:
        one.close()
    return done / took
