"""When are two requests the same lesson, and what is a lesson called? Pure: text in, hashes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

YOUNGEST = 9  # younger students get the 9th-grade level, and are told so
_WORDS = 24  # hex digits of an id: 96 bits, no two lessons meet


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def about(*, numbers: Iterable[tuple[float, str]] = (), situation: str = "", question: str = "") -> str:
    """What in a question makes its lesson its own: its quantities (value, unit) and the situation it names.

    `question` only where the author writes from the student's words; then two wordings are two lessons.
    """
    quantities = sorted((f"{value:.12g}", unit) for value, unit in numbers)
    wording = " ".join(question.lower().split())
    return "" if not (quantities or situation or wording) else _digest(quantities, situation, wording)


def work_key(
    *, topic_id: str, facet: str, about: str, interest: str, grade: int, style: str = "standard", versions: Mapping[str, str]
) -> str:
    """Names what was asked for: requests with the same key share one lesson. `versions` are those of everything that makes one."""
    return _digest("work", topic_id, facet, about, interest, max(grade, YOUNGEST), style, dict(versions))


def lesson_id(*, storyboard: bytes, versions: Mapping[str, str]) -> str:
    """Names a lesson by its content: the same storyboard made by the same versions is the same lesson."""
    return f"lesson_{_digest('lesson', hashlib.sha256(storyboard).hexdigest(), dict(versions))[:_WORDS]}"
