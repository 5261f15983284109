"""What people do in a simulated history: ask, ask again, cancel, answer, watch; over the real verbs and the real streams."""

from __future__ import annotations

import contextlib
import hashlib
from types import SimpleNamespace
from uuid import uuid4

from proof.actors import Actor
from proof.fleet import seen_in
from proof.world import World
from vividly.accounts.model import Person, SessionId
from vividly.api import asking
from vividly.api.happenings import HEARTBEAT, RETRY
from vividly.api.identity import Identity
from vividly.errors import NotPossible, TryAgainLater
from vividly.requests import actions
from vividly.requests.model import MAX_ROUNDS, Answer, AskBack, Clarification, Go, NewRequest, Option, RequestId

ASKED = AskBack(Clarification(("Which of these?",), (Option("a", "A", "topic", "facet"),), "two fit"))


class People:
    """The lives of clients, of somebody who interferes, and of watchers."""

    def __init__(self, world: World) -> None:
        self.w = world

    async def client(self, me: Actor) -> None:
        while self.w.questions < self.w.plan.questions and not self.w.calm:
            self.w.questions += 1
            new = self.a_question()
            if self.w.keys and self.w.luck(0.3):
                old = self.w.keys[self.w.chance.choice(sorted(self.w.keys))]
                new = old if self.w.luck(0.5) else self.a_question(old)
            await self.file(me, new)
            await me.turn("told")
        me.point = "idle"

    async def file(self, me: Actor, new: NewRequest) -> None:
        while True:
            try:
                accepted = await actions.submit(me.pool, new=new)
            except TryAgainLater:
                await me.turn("submit again")
                continue
            except NotPossible:
                return
            if new.idempotency_key is not None and self.w.luck(0.2):
                await me.turn("the answer was lost")
                continue
            break
        request_id = accepted.snapshot.request_id
        await self.w.note(
            "INSERT INTO witness.told VALUES (%s, %s, %s, %s)",
            request_id,
            new.filed_by,
            new.idempotency_key,
            new.body_hash.hex(),
        )
        if new.idempotency_key is not None:
            self.w.keys.setdefault(new.idempotency_key, new)
        owner = next(one for one in self.w.students if one.person_id == new.student_id)
        if (request_id, owner) not in self.w.filed:
            self.w.filed.append((request_id, owner))

    def a_question(self, like: NewRequest | None = None) -> NewRequest:
        who = self.w.chance.choice(self.w.students)
        lesson = f"lesson {self.w.chance.randint(0, 1)}" if self.w.luck(self.w.plan.same_lesson) else ""
        question = f"question {self.w.chance.getrandbits(60):x}"
        facts = {
            "school_id": like.school_id if like else who.school_id,
            "student_id": like.student_id if like else who.person_id,
            "filed_by": like.filed_by if like else who.person_id,
            "idempotency_key": like.idempotency_key if like else (f"key {self.w.questions}" if self.w.luck(0.6) else None),
        }
        verdict = ASKED if self.w.luck(0.1) else Go("topic", "facet", lesson)
        body = hashlib.sha256(question.encode()).digest()
        return NewRequest(question=question, grade_level=9, interest="music", verdict=verdict, body_hash=body, **facts)

    async def somebody(self, me: Actor) -> None:
        """Cancels, tries again, answers: whenever it suits least."""
        while not self.w.calm:
            await me.turn()
            if not self.w.filed or not self.w.luck(0.5):
                continue
            request_id, _ = self.w.chance.choice(self.w.filed)
            verb = self.w.chance.choice(["cancel", "retry", "retry", "answer", "answer"])
            try:
                if verb == "cancel" and self.w.luck(0.3):
                    await actions.cancel(me.pool, request_id=request_id, actor="student")
                elif verb == "retry":
                    await actions.retry(me.pool, request_id=request_id, actor="student")
                elif verb == "answer":
                    now = await actions.snapshot(me.pool, request_id=request_id)
                    verdict = ASKED if now.rounds < MAX_ROUNDS and self.w.luck(0.3) else Go("topic", "facet", "")
                    told = {"request_id": request_id, "epoch": now.epoch, "actor": "student"}
                    await actions.answer(me.pool, answer=Answer("", "x"), verdict=verdict, **told)
            except (NotPossible, TryAgainLater):
                pass
        me.point = "idle"

    async def watcher(self, me: Actor) -> None:
        """Watches one request after the other, sometimes not its own, and loses its connection now and then."""
        watched = 0
        while True:
            await me.turn("idle")
            if not self.w.filed or watched >= 3:
                if self.w.calm:
                    return
                continue
            request_id, owner = self.w.chance.choice(self.w.filed)
            who = owner if self.w.luck(0.7) or self.w.calm else self.w.chance.choice(self.w.students)
            try:
                await asking.seen(SimpleNamespace(pool=me.pool), who=a_session(who), request_id=request_id)
            except (NotPossible, TryAgainLater):
                continue
            watched += 1
            await self.watch(me, who, request_id, stream=f"{me.name} no. {watched}")

    async def watch(self, me: Actor, who: Person, request_id: RequestId, *, stream: str) -> None:
        last, tries = 0, 0
        while tries < 60:
            tries += 1
            frames = self.w.happenings.frames(request_id, after=last, person_id=who.person_id, welcome=_always)
            async for frame in frames:
                if frame in (RETRY, HEARTBEAT):
                    with contextlib.suppress(TryAgainLater):  # whoever listens opens its source again
                        await self.w.happenings._look_at(frozenset())
                    await me.turn("idle" if frame == HEARTBEAT else "")
                for seq, ended in seen_in(frame):
                    last = seq
                    await self.w.note(
                        "INSERT INTO witness.sightings (stream, school, request_id, seq, ended) VALUES (%s, %s, %s, %s, %s)",
                        *(stream, who.school_id, request_id, seq, ended),
                    )
                    if ended:
                        await frames.aclose()
                        return
                if self.w.luck(0.1):
                    break
            await frames.aclose()
            await me.turn("comes back")
            now = await self.w.look("SELECT status FROM content_requests WHERE id = %s", request_id)
            if self.w.calm and now == "clarification_needed":
                return


async def _always() -> bool:
    return True


def a_session(who: Person) -> Identity:
    return Identity(who, SessionId(uuid4()), by_cookie=False)
