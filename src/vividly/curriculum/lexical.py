"""Words as a search engine sees them: tokens, English stems and BM25 scores. Pure; knows no topic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

Scores = NDArray[np.float32]

_TOKEN = re.compile(r"[a-z0-9]+(?:=[a-z0-9]+)*")
_SAME = {
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "newtons": "newton", "maths": "math",
    "vs": "versus", "mitochondrion": "mitochondria", "bacterium": "bacteria", "nuclei": "nucleus", "vertices": "vertex",
}  # fmt: skip
STOP_WORDS = frozenset(
    """a about again all also am an and any are as at be because been being but by can could cuz did do does doing don done dont
    dumb else even ever every explain for from get gets getting give go going got had has have having he hello help her hey hi
    him his how i idk if im in into is isn it its just kinda know let like lol lot make makes me mean means more much my need of
    ok okay on one or our out please pls plz really s she should show simple so some something still stuff t tell than thank
    thanks that the their them then there these they thing things this those to too u understand up ur us very want was way we
    were what whats when where which while who whose why will with work works would ya yo you your""".split()
)

# Okapi BM25 (Robertson and Zaragoza, 2009) with the values recommended there for short texts.
_K1, _B = 1.2, 0.6


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def words_in(text: str) -> list[str]:
    """Lower-case words without possessive endings: "Newton's 3rd law" -> newton, third, law."""
    plain = re.sub(r"['’`](?:s\b)?", "", text.lower())
    return [_SAME.get(word, word) for word in _TOKEN.findall(re.sub(r"\s*=\s*", "=", plain))]


def tokens(text: str) -> list[str]:
    """Stems of the words that carry meaning."""
    return [_stem(word) for word in words_in(text) if word not in STOP_WORDS]


@dataclass(frozen=True, slots=True)
class Postings:
    """Where each token stands: `documents[starts[i]:starts[i + 1]]` for the i-th of the sorted `tokens`, and how often (`times`).

    `lengths`: tokens in each document. All are flat arrays, fit to be kept in files.
    """

    tokens: NDArray[np.str_]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    times: NDArray[np.float32]
    lengths: NDArray[np.float32]


def postings_of(documents: Sequence[Sequence[str]]) -> Postings:
    """Postings of token lists."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, document in enumerate(documents):
        for token, times in Counter(document).items():
            found.setdefault(token, []).append((number, times))
    names = sorted(found)
    pairs = [pair for name in names for pair in found[name]]
    return Postings(
        tokens=np.array(names, np.str_),
        starts=np.cumsum([0, *(len(found[name]) for name in names)], dtype=np.int64),
        documents=np.array([number for number, _ in pairs], np.int32),
        times=np.array([times for _, times in pairs], np.float32),
        lengths=np.array([len(document) for document in documents], np.float32),
    )


class Bm25:
    """BM25 over postings, all documents scored at once."""

    def __init__(self, postings: Postings) -> None:
        lengths = np.asarray(postings.lengths)
        self._postings = postings
        self._count = len(lengths)
        self._norm = _K1 * (1 - _B + _B * lengths / max(float(lengths.mean()), 1.0)) if self._count else lengths
        self._place = {token: place for place, token in enumerate(postings.tokens.tolist())}

    def knows(self, token: str) -> bool:
        return token in self._place

    def rarity(self, token: str) -> float:
        """Inverse document frequency; for a token never seen, as if it stood in half a document."""
        seen = len(self._where(token)) if token in self._place else 0.5
        return float(np.log(1 + (self._count - seen + 0.5) / (seen + 0.5)))

    def score(self, query: Sequence[str]) -> Scores:
        """One score per document, as a share of the best that this query could reach: 0 to about 1."""
        total = np.zeros(self._count, np.float32)
        best = 0.0
        for token in sorted(set(query)):
            rarity = self.rarity(token)
            best += rarity
            if token in self._place:
                span = self._span(token)
                where, times = self._postings.documents[span], self._postings.times[span]
                total[where] += rarity * times * (_K1 + 1) / (times + self._norm[where])
        return total / np.float32(best) if best else total

    def _span(self, token: str) -> slice:
        place = self._place[token]
        return slice(int(self._postings.starts[place]), int(self._postings.starts[place + 1]))

    def _where(self, token: str) -> NDArray[np.int32]:
        return self._postings.documents[self._span(token)]
