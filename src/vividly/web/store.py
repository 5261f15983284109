"""The SQL of pages: what teachers must see about their students. Everything else is asked of the rooms downstairs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vividly.db.engine import Pool, rows, transaction


@dataclass(frozen=True, slots=True)
class Alert:
    """`kind` is a word such as "self_harm", never the student's words."""

    alert_id: UUID
    student_id: UUID
    tier: str
    kind: str
    created_at: datetime


async def alerts_of(pool: Pool, *, student_ids: Collection[UUID]) -> tuple[Alert, ...]:
    """The alerts about these students that nobody has taken on yet: urgent ones first, newest first."""
    async with transaction(pool) as conn:
        found = await rows(
            conn,
            "SELECT id AS alert_id, student_id, tier, kind, created_at FROM alerts "
            "WHERE student_id = ANY(%(student_ids)s) AND seen_at IS NULL "
            "ORDER BY tier = 'urgent' DESC, created_at DESC LIMIT 50",
            {"student_ids": list(student_ids)},
        )
    return tuple(Alert(**row) for row in found)


async def take_on(pool: Pool, *, alert_id: UUID, student_ids: Collection[UUID]) -> bool:
    """Mark an alert about one of these students as taken care of; False if there is no such open alert."""
    async with transaction(pool) as conn:
        found = await rows(
            conn,
            "UPDATE alerts SET seen_at = now() "
            "WHERE id = %(alert_id)s AND student_id = ANY(%(student_ids)s) AND seen_at IS NULL RETURNING id",
            {"alert_id": alert_id, "student_ids": list(student_ids)},
        )
    return bool(found)
