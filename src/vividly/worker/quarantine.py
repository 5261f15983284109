"""What an operator does with messages that nobody could take. Knows no HTTP; the worker's door fills the quarantine."""

from __future__ import annotations

from uuid import uuid4

from vividly.db import acts
from vividly.db.engine import Conn, Pool, transaction
from vividly.errors import NotPossible
from vividly.transport import store
from vividly.transport.port import REQUESTS_TOPIC, SCHEMA_VERSION, Message
from vividly.transport.store import Poison
from vividly.worker.envelope import Knock, Malformed, Newer, read


async def shelf(pool: Pool, *, limit: int = 50) -> tuple[Poison, ...]:
    """What lies in quarantine, newest first."""
    async with transaction(pool) as conn:
        return await store.poisoned(conn, limit=limit)


async def show(pool: Pool, *, key: str) -> Poison:
    """One message, body and all. NotPossible("unknown_message")."""
    async with transaction(pool) as conn:
        return await _one(conn, key)


async def diary(pool: Pool, *, key: str) -> tuple[acts.Act, ...]:
    """What operators did with it, oldest first."""
    async with transaction(pool) as conn:
        return await acts.about(conn, subject=key)


async def readable(pool: Pool, *, key: str) -> Knock:
    """What `replay` would send again; changes nothing. NotPossible: "unknown_message", "still_malformed"."""
    return _knock(await show(pool, key=key))


async def replay(pool: Pool, *, key: str, actor: str, reason: str) -> Knock:
    """Send it again as a new message, if this version can read it; the diary says who and why.

    NotPossible: "unknown_message", "still_malformed", "no_reason".
    """
    async with transaction(pool) as conn:
        poison = await _one(conn, key)
        knock = _knock(poison)
        payload: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "request_id": str(knock.request_id),
            "correlation_id": knock.correlation_id,
        }
        message = Message(event_id=uuid4(), topic=REQUESTS_TOPIC, payload=payload, attributes=poison.attributes)
        await store.post(conn, message=message)
        await store.mark_replayed(conn, key=key, actor=actor)
        await acts.record(conn, actor=actor, act="replay message", subject=key, reason=_given(reason))
        return knock


async def drop(pool: Pool, *, key: str, actor: str, reason: str) -> None:
    """Forget it for good; that it was there, and who dropped it why, stays. NotPossible: "unknown_message", "no_reason"."""
    async with transaction(pool) as conn:
        if not await store.drop(conn, key=key):
            raise NotPossible("unknown_message", "There is no such message in quarantine.")
        await acts.record(conn, actor=actor, act="drop message", subject=key, reason=_given(reason))


def _knock(poison: Poison) -> Knock:
    match read(poison.body):
        case Malformed(reason=reason):
            raise NotPossible("still_malformed", f"This message cannot be read: {reason}.")
        case Newer(version=version):
            raise NotPossible("still_malformed", f"This message has schema version {version}; this is {SCHEMA_VERSION}.")
        case Knock() as knock:
            return knock


def _given(reason: str) -> str:
    if not reason.strip():
        raise NotPossible("no_reason", "Say why, for whoever reads the history.", field="reason")
    return reason.strip()


async def _one(conn: Conn, key: str) -> Poison:
    poison = await store.poison(conn, key=key)
    if poison is None:
        raise NotPossible("unknown_message", "There is no such message in quarantine.")
    return poison
