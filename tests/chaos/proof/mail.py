"""The way of a message in a simulated history: the real relay, an unpleasant wire or broker, the real `/push`."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

from proof.actors import Actor, Killed
from proof.world import Letter, World
from vividly.errors import TryAgainLater
from vividly.transport.port import Queued, Receipt
from vividly.transport.relay import Relay
from vividly.worker.push import Desk, create_push_app


class Mail:
    """The lives of relays and of the broker, and the workers' doors."""

    def __init__(self, world: World) -> None:
        self.w = world

    async def relay(self, me: Actor) -> None:
        relay = Relay(pool=me.pool, transport=_Wire(self, me), hold=40.0, batch=3)
        while True:
            try:
                while await relay.once():
                    await me.turn("relayed")
            except TryAgainLater:
                self.w.interrupted += 1
            await me.turn("idle")

    async def carry(self, me: Actor, queued: Queued, body: bytes) -> Receipt:
        """One message of a relay, over the embedded transport or into the broker's hands."""
        event = queued.message.event_id
        known = await self.w.look("SELECT EXISTS (SELECT FROM outbox WHERE event_id = %s)", event)
        await me.turn("publishing")
        if self.w.luck(self.w.plan.lost):
            receipt = Receipt.NOT_YET
        elif self.w.plan.door == "pubsub":
            self.w.pile.extend(Letter(str(event), body) for _ in range(1 + self.w.luck(self.w.plan.doubled)))
            receipt = Receipt.TAKEN
        else:
            letter = Letter(str(event), body, poison="request_id" not in queued.message.payload)
            receipt = _receipt(await self.deliver(letter))
            if self.w.luck(self.w.plan.doubled) and not letter.poison:
                await self.deliver(letter)
            if receipt is Receipt.TAKEN and self.w.luck(self.w.plan.lost):
                receipt = Receipt.NOT_YET
        await self.w.note("INSERT INTO witness.published VALUES (%s, %s, %s)", event, known, receipt is Receipt.TAKEN)
        return receipt

    async def broker(self, me: Actor) -> None:
        """Google's: delivers in any order, again until it is acknowledged, sometimes twice, and now and then never."""
        while True:
            if self.w.poisoned < self.w.plan.poison and self.w.luck(0.1):
                await self.poison()
            if not self.w.pile:
                await me.turn("idle")
                continue
            letter = self.w.pile.pop(self.w.chance.randrange(len(self.w.pile)))
            if not (self.w.luck(0.02) and not letter.poison):
                letter.attempts += 1
                status = await self.deliver(letter)
                if (status >= 300 and letter.attempts < 20) or (status < 300 and not letter.poison and self.w.luck(0.05)):
                    self.w.pile.append(letter)
            await me.turn("delivered")

    async def poison(self) -> None:
        self.w.poisoned += 1
        key = f"poison {self.w.poisoned}"
        if self.w.plan.door == "pubsub":
            body = json.dumps({"message": {"messageId": key, "data": self.w.chance.choice(["", "%%", "e30="])}}).encode()
            self.w.pile.append(Letter(key, body, poison=True))
        else:
            await self.w.note(
                "INSERT INTO outbox (event_id, topic, payload) VALUES (%s, 't', '{\"schema_version\": 1}')", self.w.id()
            )

    async def deliver(self, letter: Letter) -> int:
        """POST it to one of the workers' doors; 599 when the connection broke."""
        app = self.w.chance.choice(self.w.doors)
        status, durable = 599, False

        async def send(message: dict) -> None:
            nonlocal status, durable
            if message["type"] == "http.response.start":
                status = message["status"]
                durable = bool(
                    await self.w.look(
                        "SELECT EXISTS (SELECT FROM inbox WHERE message_id = %s) OR EXISTS (SELECT FROM quarantine WHERE key = %s)",
                        *(letter.key, letter.key),
                    )
                )

        await post(app, letter.body, send)
        await self.w.note("INSERT INTO witness.pushes VALUES (%s, %s, %s, %s)", letter.key, letter.poison, status, durable)
        return status

    def push_door(self, actor: Actor) -> object:
        """The worker's door; it dies between its commit and its answer, now and then."""

        def crash(_point: str) -> None:
            if self.w.luck(self.w.plan.kills):
                raise Killed

        def connection():  # of whoever lives there at the moment
            return actor.pool.connection()

        pool = SimpleNamespace(connection=connection, check=actor.pool.check)
        return create_push_app(Desk(pool=pool, door=self.w.plan.door, crash=crash))


class _Wire:
    """The relay's transport: every message may be the last thing a relay does."""

    def __init__(self, mail: Mail, me: Actor) -> None:
        self._mail, self._me = mail, me

    async def publish(self, messages: list[Queued]) -> tuple[Receipt, ...]:
        return tuple([await self._mail.carry(self._me, one, envelope(one)) for one in messages])

    async def close(self) -> None:
        return


def envelope(queued: Queued) -> bytes:
    message = queued.message
    data = base64.b64encode(json.dumps(message.payload).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": str(message.event_id)}, "subscription": "s"}).encode()


async def post(app: object, body: bytes, send: Callable[[dict], Awaitable[None]]) -> None:
    """A POST to /push in this process. A door that is killed breaks the connection."""
    scope = {"type": "http", "method": "POST", "path": "/push", "raw_path": b"/push", "headers": [], "query_string": b""}
    scope |= {"http_version": "1.1", "scheme": "http", "server": ("test", 80), "client": ("test", 1), "root_path": ""}

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        await app(scope, receive, send)
    except Killed:
        return


def _receipt(status: int) -> Receipt:
    if status < 300:
        return Receipt.TAKEN
    return Receipt.REJECTED if status == 400 else Receipt.NOT_YET
