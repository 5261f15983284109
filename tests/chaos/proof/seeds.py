"""Seeds that failed once, kept beside the tests: whoever runs them later begins with these."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parents[1] / "seeds.txt"


def remembered(kind: str) -> list[int]:
    """The seeds of this kind, oldest first."""
    lines = [line.split() for line in FILE.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    return [int(seed) for name, seed, *_ in lines if name == kind]


def remember(kind: str, seed: int, why: str) -> None:
    """Write a failing seed down, once."""
    if seed not in remembered(kind):
        with FILE.open("a", encoding="utf-8") as file:
            file.write(f"{kind} {seed}  {datetime.now(UTC):%Y-%m-%d} {why}\n")
