"""Repairs misspelled words of the subject (newtins, fotosynthesis), and nothing else: English words, names and numbers stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from vividly.curriculum.lexical import STOP_WORDS

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
# How students write it, when they are in a hurry. Expanded for matching; never a guess.
SHORT_FORMS = {
    "pythag": "pythagorean", "stoich": "stoichiometry", "trig": "trigonometry", "quads": "quadratics", "eq": "equation", "eqn": "equation",
    "eqns": "equations", "mito": "mitochondria", "photosynth": "photosynthesis", "photosyn": "photosynthesis", "accel": "acceleration",
    "vel": "velocity", "prob": "probability", "stats": "statistics", "diff": "difference", "btwn": "between", "bw": "between", "ppl": "people",
    "smth": "something", "sth": "something", "abt": "about", "bc": "because", "cuz": "because", "tmrw": "tomorrow", "rxn": "reaction",
    "rxns": "reactions", "exo": "exothermic", "endo": "endothermic", "antideriv": "antiderivative", "deriv": "derivative", "algo": "algorithm",
    "algos": "algorithms", "ml": "machine learning", "e=mc2": "mass energy equivalence", "wat": "what", "wut": "what", "y": "why",
    "frist": "first", "fisrt": "first", "secnd": "second", "secend": "second", "thrid": "third", "theird": "third", "teh": "the", "nuton": "newton", "nutons": "newton", "newtins": "newton", "becuase": "because", "beacuse": "because", "waht": "what", "hte": "the", "reciprocol": "reciprocal", "freq": "frequency",
    "wavelen": "wavelength", "temp": "temperature", "elec": "electricity", "perms": "permutations", "combos": "combinations",
}  # fmt: skip
_AMBIGUOUS_SHORT = {"y", "ml", "temp", "diff", "prob", "vel", "elec", "perms", "combos", "exo", "endo", "stats"}
_ENDINGS = (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("er", ""), ("ly", ""))
_COMMON = 4  # a four-letter word is only ever repaired to a word said at least this often


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired text, and (as typed, as meant) for each word changed."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


class Speller:
    """Knows the words of the packs, how often each is said, and which words are ordinary English."""

    def __init__(self, vocabulary: Mapping[str, int], ordinary: Callable[[], frozenset[str]]) -> None:
        self._ordinary = ordinary  # called when it is needed: it is large
        self._known = frozenset(vocabulary)
        self._by_length: dict[int, list[str]] = {}
        self._counts = dict(vocabulary)
        for word in vocabulary.keys() - STOP_WORDS:
            self._by_length.setdefault(len(word), []).append(word)

    def repair(self, text: str) -> Repaired:
        """Word by word; then two words that only make sense as one ("photo synthesis")."""
        changes: list[tuple[str, str]] = []
        repaired = _WORD.sub(self._fix(changes), text)
        return Repaired(self._join(repaired, changes), tuple(changes))

    def _fix(self, changes: list[tuple[str, str]]) -> Callable[[re.Match[str]], str]:
        def fix(match: re.Match[str]) -> str:
            word = match[0]
            meant = self._meant(word, first=match.start() == 0, alone=_is_alone(match))
            if meant != word:
                changes.append((word, meant))
            return meant

        return fix

    def _meant(self, word: str, *, first: bool, alone: bool) -> str:
        lower = word.lower()
        stem, possessive = (lower[:-2], lower[-2:]) if re.search(r"['’]s$", lower) else (lower, "")
        if stem in SHORT_FORMS and stem not in _AMBIGUOUS_SHORT:
            return SHORT_FORMS[stem]
        if not alone or len(stem) < 4 or word.isupper() or self._is_known(stem):
            return word
        named = word[0].isupper() and not first
        found = self._nearest(stem.replace("shun", "tion"), most=1 if named else _allowed(len(stem)))
        return found + possessive if found else word

    def _is_known(self, word: str) -> bool:
        """Known itself, or an ordinary ending on a known word (the lexicon lists continent, not continents)."""
        if word in self._known or word in self._ordinary():
            return True
        stems = [word.removesuffix(ending) + new for ending, new in _ENDINGS if word.endswith(ending)]
        return any(stem in self._known or stem in self._ordinary() for stem in stems if len(stem) > 2)

    def _nearest(self, word: str, *, most: int) -> str:
        near = [w for length in range(len(word) - most, len(word) + most + 1) for w in self._by_length.get(length, [])]
        hits = process.extract(word, near, scorer=OSA.distance, score_cutoff=most, limit=6)
        hits = [hit for hit in hits if _plausible(word, hit[0], int(hit[1]))]
        if len(word) == 4:
            hits = [hit for hit in hits if self._counts[hit[0]] >= _COMMON]
        if not hits and not self._ordinary() and len(word) < 6:
            return ""
        best = min(hits, key=lambda hit: (hit[1], -self._counts[hit[0]]), default=None)
        return best[0] if best else ""

    def _join(self, text: str, changes: list[tuple[str, str]]) -> str:
        words = text.split(" ")
        for left, right in pairwise(words):
            joined = f"{left}{right}".lower()
            if len(joined) >= 9 and joined.isalpha() and joined in self._known and len(right) > 2:
                changes.append((f"{left} {right}", joined))
                text = text.replace(f"{left} {right}", joined, 1)
        return text


def _allowed(length: int) -> int:
    """How many slips a word of this length may hold and still be recognized."""
    return 1 if length <= 6 else 2 if length <= 9 else 3


def _plausible(typed: str, meant: str, slips: int) -> bool:
    """People get first letters right, but for f and ph, k and c, and the like."""
    same_start = typed[0] == meant[0] or {typed[0], meant[0]} in (
        {"f", "p"},
        {"k", "c"},
        {"s", "c"},
        {"g", "j"},
        {"s", "p"},
        {"i", "e"},
    )
    swapped = typed[:2] == meant[1::-1]
    return slips == 0 or same_start or swapped


def _is_alone(match: re.Match[str]) -> bool:
    """Not part of a formula or of a longer token (H2O, x_max, F=ma)."""
    around = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    return not re.search(r"[\w=^+*/\\@\[\]]", around)
