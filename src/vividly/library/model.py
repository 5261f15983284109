"""A finished lesson as the catalogue knows it. Pure data; knows no request and no student."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lesson:
    """`work_key` names what was asked for, `prefix` where the bundle lies on the shelf, `files` its names below the prefix."""

    lesson_id: str
    work_key: str
    prefix: str
    title: str
    topic_id: str
    facet: str
    interest: str
    grade_level: int
    seconds: float
    files: tuple[str, ...]
    hidden: bool = False
    created_at: datetime | None = None
