"""All SQL about messages: outbox, inbox, quarantine. Runs inside a caller's transaction; knows no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from vividly.db.engine import Conn, row, rows
from vividly.transport.port import Message, Queued


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that nobody could take, with its body as it came."""

    key: str
    reason: str
    body: bytes
    attributes: dict[str, str]
    count: int
    first_seen: datetime
    last_seen: datetime
    replayed_at: datetime | None
    replayed_by: str


async def post(conn: Conn, *, message: Message) -> None:
    """Put a message into the outbox, in the transaction of what it tells."""
    await conn.execute(
        "INSERT INTO outbox (event_id, topic, payload, attributes) VALUES (%(id)s, %(topic)s, %(payload)s, %(attributes)s)",
        {
            "id": message.event_id,
            "topic": message.topic,
            "payload": Jsonb(message.payload),
            "attributes": Jsonb(message.attributes),
        },
    )


async def take(conn: Conn, *, limit: int, hold: float) -> tuple[Queued, ...]:
    """Claim up to `limit` unsent messages for `hold` seconds. Never "newer than the last seen": ids commit out of order."""
    found = await rows(
        conn,
        """
        UPDATE outbox o SET attempts = o.attempts + 1, claimed_until = now() + make_interval(secs => %(hold)s)
        FROM (SELECT id FROM outbox WHERE sent_at IS NULL AND (claimed_until IS NULL OR claimed_until < now())
              ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) free
        WHERE o.id = free.id
        RETURNING o.id, o.event_id, o.topic, o.payload, o.attributes, o.attempts""",
        {"limit": limit, "hold": hold},
    )
    return tuple(
        Queued(
            outbox_id=one["id"],
            message=Message(event_id=one["event_id"], topic=one["topic"], payload=one["payload"], attributes=one["attributes"]),
            attempts=one["attempts"],
        )
        for one in sorted(found, key=lambda one: int(one["id"]))
    )


async def sent(conn: Conn, *, outbox_ids: Sequence[int]) -> None:
    """These need no relay any more."""
    await conn.execute("UPDATE outbox SET sent_at = now() WHERE id = ANY(%(ids)s)", {"ids": list(outbox_ids)})


async def later(conn: Conn, *, outbox_id: int, after: float) -> None:
    """Not to be taken again before `after` seconds."""
    await conn.execute(
        "UPDATE outbox SET claimed_until = now() + make_interval(secs => %(after)s) WHERE id = %(id)s AND sent_at IS NULL",
        {"id": outbox_id, "after": after},
    )


async def let_go(conn: Conn, *, outbox_ids: Sequence[int]) -> None:
    """Free what was taken and not tried: the next relay takes it at once, and no attempt is counted."""
    await conn.execute(
        "UPDATE outbox SET claimed_until = NULL, attempts = attempts - 1 WHERE id = ANY(%(ids)s) AND sent_at IS NULL",
        {"ids": list(outbox_ids)},
    )


async def unsent(conn: Conn, *, older_than: float) -> int:
    """How many messages have been waiting for longer than `older_than` seconds."""
    found = await row(
        conn,
        "SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL AND created_at < now() - make_interval(secs => %(age)s)",
        {"age": older_than},
    )
    return 0 if found is None else int(found["n"])


async def note(conn: Conn, *, subscription: str, message_id: str, outcome: str) -> int:
    """Write down that a message came and what was decided; how often it has come, this time included."""
    found = await row(
        conn,
        """
        INSERT INTO inbox AS i (subscription, message_id, outcome) VALUES (%(subscription)s, %(message)s, %(outcome)s)
        ON CONFLICT (subscription, message_id) DO UPDATE SET seen = i.seen + 1, outcome = excluded.outcome
        RETURNING seen""",
        {"subscription": subscription, "message": message_id, "outcome": outcome},
    )
    return 1 if found is None else int(found["seen"])


async def quarantine(conn: Conn, *, key: str, reason: str, body: bytes, attributes: dict[str, str]) -> int:
    """Keep a poison message; how often it has come, this time included."""
    found = await row(
        conn,
        """
        INSERT INTO quarantine AS q (key, reason, body, attributes) VALUES (%(key)s, %(reason)s, %(body)s, %(attributes)s)
        ON CONFLICT (key) DO UPDATE SET count = q.count + 1, last_seen = now()
        RETURNING count""",
        {"key": key, "reason": reason, "body": body, "attributes": Jsonb(attributes)},
    )
    return 1 if found is None else int(found["count"])


async def keep_dead_letter(conn: Conn, *, key: str, reason: str, body: bytes, attributes: dict[str, str]) -> None:
    """Keep a message that a transport gives up; a worker that has quarantined it already has said why better."""
    await conn.execute(
        "INSERT INTO quarantine (key, reason, body, attributes) VALUES (%(key)s, %(reason)s, %(body)s, %(attributes)s) "
        "ON CONFLICT (key) DO NOTHING",
        {"key": key, "reason": reason, "body": body, "attributes": Jsonb(attributes)},
    )


async def prune_outbox(conn: Conn, *, days: float, limit: int) -> int:
    """Forget up to `limit` messages that were acknowledged more than `days` ago; how many. What is unsent stays."""
    query = """
        DELETE FROM outbox WHERE id IN (
            SELECT id FROM outbox WHERE sent_at < now() - make_interval(secs => %(seconds)s) ORDER BY id LIMIT %(limit)s)"""
    return (await conn.execute(query, {"seconds": days * 86_400, "limit": limit})).rowcount


async def prune_inbox(conn: Conn, *, days: float, limit: int) -> int:
    """Forget up to `limit` messages that first came more than `days` ago; a broker must not deliver them for longer."""
    query = """
        DELETE FROM inbox WHERE (subscription, message_id) IN (
            SELECT subscription, message_id FROM inbox WHERE first_at < now() - make_interval(secs => %(seconds)s)
            LIMIT %(limit)s)"""
    return (await conn.execute(query, {"seconds": days * 86_400, "limit": limit})).rowcount


_POISON = "SELECT key, reason, body, attributes, count, first_seen, last_seen, replayed_at, replayed_by FROM quarantine "


async def poisoned(conn: Conn, *, limit: int) -> tuple[Poison, ...]:
    """What lies in quarantine, newest first."""
    found = await rows(conn, _POISON + "ORDER BY last_seen DESC, key LIMIT %(limit)s", {"limit": limit})
    return tuple(_poison(one) for one in found)


async def poison(conn: Conn, *, key: str) -> Poison | None:
    """One message in quarantine."""
    found = await row(conn, _POISON + "WHERE key = %(key)s", {"key": key})
    return None if found is None else _poison(found)


async def mark_replayed(conn: Conn, *, key: str, actor: str) -> None:
    """Somebody has sent it again; it stays as a record."""
    await conn.execute(
        "UPDATE quarantine SET replayed_at = now(), replayed_by = %(actor)s WHERE key = %(key)s", {"key": key, "actor": actor}
    )


async def drop(conn: Conn, *, key: str) -> bool:
    """Forget it for good; was there such a message?"""
    return await row(conn, "DELETE FROM quarantine WHERE key = %(key)s RETURNING key", {"key": key}) is not None


def _poison(one: dict[str, Any]) -> Poison:
    return Poison(**{**one, "body": bytes(one["body"])})
