"""The interests that carry analogies, and the nearest one to what a student typed. Knows no pack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz, process

_SCORE_SURE = 88.0


@dataclass(frozen=True, slots=True)
class Interest:
    """`words` are what students say for it; `near` are other hobbies that it serves, said honestly as a neighbor."""

    id: str
    name: str
    words: tuple[str, ...]
    near: tuple[str, ...] = ()


@cache
def interests() -> tuple[Interest, ...]:
    """All interests, in the order in which they are offered."""
    folder = files("vividly.curriculum")
    near = dict(_rows((folder / "interests_near.tsv").read_text(encoding="utf-8")))
    rows = (folder / "interests.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple(_interest(row.split("\t"), near=near) for row in rows if row.strip())


def nearest_interest(text: str) -> tuple[Interest | None, bool]:
    """(interest, True) if `text` names it, (interest, False) if it is only its neighbor, (None, False) if nothing is near."""
    wanted = _plain(text)
    if not wanted:
        return None, False
    own = {_plain(name): interest for interest in interests() for name in _own_names(interest)}
    near = {_plain(word): interest for interest in interests() for word in interest.near}
    for names, exact in ((own, True), (near, False)):
        found = names.get(wanted) or _named_inside(wanted, names) or _spelled_almost(wanted, names)
        if found:
            return found, exact
    return None, False


def _own_names(interest: Interest) -> tuple[str, ...]:
    return (interest.id, interest.name, *re.split(r" and ", interest.name), *interest.words)


def _named_inside(wanted: str, names: dict[str, Interest]) -> Interest | None:
    """'I love playing the guitar' names music; the longest name wins, so that 'video games' beats 'games'."""
    inside = [name for name in names if f" {name} " in f" {wanted} "]
    return names[max(inside, key=len)] if inside else None


def _spelled_almost(wanted: str, names: dict[str, Interest]) -> Interest | None:
    best = process.extractOne(wanted, names.keys(), scorer=fuzz.ratio, score_cutoff=_SCORE_SURE)
    return names[best[0]] if best else None


def _interest(row: list[str], *, near: dict[str, tuple[str, ...]]) -> Interest:
    interest_id, name, words = row
    return Interest(interest_id, name, tuple(word.strip() for word in words.split(",")), near.get(interest_id, ()))


def _rows(text: str) -> list[tuple[str, tuple[str, ...]]]:
    lines = [line.split("\t") for line in text.splitlines()[1:] if line.strip()]
    return [(interest_id, tuple(word.strip() for word in words.split(","))) for interest_id, words in lines]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("_", " ")))
