"""Who did what to what, and why: the operators' diary, written in the transaction of the deed. Knows no deed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vividly.db.engine import Conn, rows


@dataclass(frozen=True, slots=True)
class Act:
    """One deed of an operator."""

    at: datetime
    actor: str
    act: str
    subject: str
    reason: str


async def record(conn: Conn, *, actor: str, act: str, subject: str, reason: str) -> None:
    """`reason` may not be empty: the table refuses it."""
    await conn.execute(
        "INSERT INTO operator_acts (actor, act, subject, reason) VALUES (%(actor)s, %(act)s, %(subject)s, %(reason)s)",
        {"actor": actor, "act": act, "subject": subject, "reason": reason},
    )


async def about(conn: Conn, *, subject: str) -> tuple[Act, ...]:
    """What was done to this, oldest first."""
    found = await rows(
        conn,
        "SELECT at, actor, act, subject, reason FROM operator_acts WHERE subject = %(subject)s ORDER BY id",
        {"subject": subject},
    )
    return tuple(Act(**one) for one in found)
