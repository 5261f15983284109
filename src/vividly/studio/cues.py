"""When does a part appear? When the narrator names it: cue words are looked up among the timed words of the scene.

Pure: words and seconds in, seconds out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from vividly.providers.port import WordTime

ANTICIPATION = 0.15  # seconds: the eye should arrive with the word, not after it
LATEST = 0.75  # share of the scene after which nothing new appears
_FIRST = 0.35  # seconds before the first part that nobody names
_APART = 0.12
_ENOUGH = 0.5  # share of a cue's words that must be said near each other
_SMALL = frozenset(
    "a an the of to in on at by for and or is are was were be it its this that these those with as from than so if not "
    "you your we our they their he she his her i me my do does will can has have had there then".split()
)


@lru_cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=8192)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's words: compatibility forms folded (CO₂ = CO2), lower case, punctuation gone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(_stemmer().stemWord(word) for word in re.findall(r"[^\W_]+", folded))


def _wanted(cue: str) -> frozenset[str]:
    """The stems that matter; small words only count when there are no others."""
    found = stems(cue)
    small = {s for word in _SMALL for s in stems(word)}
    return frozenset(s for s in found if s not in small) or frozenset(found)


def _mentions(cue: str, said: Sequence[tuple[str, float]]) -> list[tuple[float, int]]:
    """(share of the cue's words said there, index of the first of them) for every place that is good enough."""
    wanted = _wanted(cue)
    if not wanted:
        return []
    window, found = max(3, 2 * len(wanted) + 1), []
    for i, (stem, _) in enumerate(said):
        if stem in wanted:
            share = len({s for s, _ in said[i : i + window]} & wanted) / len(wanted)
            if share >= _ENOUGH:
                found.append((share, i))
    return found


def _best_order(options: list[list[tuple[float, int]]]) -> list[int | None]:
    """Choose one place per part, in order, so that as much as possible is named; a part may go unnamed.

    Dynamic programming over (parts so far, last place): most shares named first, then the earliest places.
    """
    states: dict[int, tuple[float, list[int | None]]] = {-1: (0.0, [])}
    for places in options:
        following: dict[int, tuple[float, list[int | None]]] = {}
        for last, (score, chosen) in states.items():
            steps: list[tuple[int, float, int | None]] = [(last, score, None)]
            steps += [(i, score + share - i * 1e-4, i) for share, i in places if i > last]
            for key, value, pick in steps:
                if key not in following or value > following[key][0]:
                    following[key] = (value, [*chosen, pick])
        states = following
    return max(states.values(), key=lambda s: s[0])[1]


def cue_times(
    *, words: Sequence[WordTime], cues: Sequence[str], seconds: float, ordered: bool = True, first: float = _FIRST
) -> tuple[float, ...]:
    """Seconds at which each part appears.

    words    display words with their times in the scene
    cues     the words that name each part, in order of appearance; "" for a part nobody names
    ordered  parts come one after the other; False lets each come at its own first mention (symbols of a formula)
    Never before `first` nor after LATEST of the scene; parts nobody names are spread evenly between their neighbors.
    """
    said = [(stem, word.start) for word in words for stem in stems(word.text)]
    options = [_mentions(cue, said) for cue in cues]
    if ordered:
        places = _best_order(options)
    else:
        places = [max(found, key=lambda f: (f[0], -f[1]))[1] if found else None for found in options]
    latest = max(first, LATEST * seconds)
    known = [None if p is None else min(max(first, said[p][1] - ANTICIPATION), latest) for p in places]
    return _spread(known, first=first, latest=latest) if ordered else _fill(known, first=first, latest=latest)


def _spread(known: list[float | None], *, first: float, latest: float) -> tuple[float, ...]:
    """Fill the unknown evenly between known neighbors, then keep all in order and a little apart."""
    count, times = len(known), list(known)
    i = 0
    while i < count:
        if times[i] is not None:
            i += 1
            continue
        end = next((j for j in range(i, count) if times[j] is not None), count)
        before = times[i - 1] if i else None
        after = times[end] if end < count else None
        times[i:end] = _between(before, after, end - i, first=first, latest=latest)
        i = end
    result: list[float] = []
    for time in times:
        floor = result[-1] + _APART if result else first
        result.append(max(floor, time if time is not None else floor))
    # Keeping apart may have pushed past the end: then squeeze from the back.
    for k in range(count - 1, -1, -1):
        result[k] = max(0.0, min(result[k], latest - (count - 1 - k) * _APART if result[k] > latest - 1e-9 else result[k]))
    return tuple(round(t, 3) for t in result)


def _between(before: float | None, after: float | None, count: int, *, first: float, latest: float) -> list[float | None]:
    """`count` moments between two known ones, or from the first moment, or towards the last."""
    if before is None and after is None:
        gap = (latest - first) / max(1, count)
        return [first + gap * k for k in range(count)]
    if before is None:
        assert after is not None
        gap = max(0.0, after - first) / count
        return [first + gap * k for k in range(count)]
    if after is None:
        gap = max(0.0, latest - before) / count
        return [before + gap * (k + 1) for k in range(count)]
    gap = (after - before) / (count + 1)
    return [before + gap * (k + 1) for k in range(count)]


def _fill(known: list[float | None], *, first: float, latest: float) -> tuple[float, ...]:
    """Times in no order: the unknown ones are spread over the scene."""
    unknown = [i for i, t in enumerate(known) if t is None]
    times = list(known)
    for rank, i in enumerate(unknown):
        times[i] = first + (latest - first) * (rank + 1) / (len(unknown) + 1)
    return tuple(round(t, 3) if t is not None else first for t in times)
