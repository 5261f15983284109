"""How near is a question to each topic and facet? Sentence vectors fused with BM25; no decision is taken here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vividly.curriculum.index import Entry, Index
from vividly.curriculum.lexical import Scores, tokens
from vividly.intake.hearing import Hearing
from vividly.providers.port import Embedder, Vectors

# How much a text of each kind says about what it belongs to: a passage mentions many things, a phrasing means one.
_TRUST = {
    "phrasing": 1.0,
    "name": 1.0,
    "hint": 1.0,
    "terms": 0.95,
    "answer": 0.92,
    "situation": 0.9,
    "passage": 0.86,
    "misconception": 0.86,
}
_VECTOR_SHARE = 0.72
_BEST_SHARE = 0.5
_CENTER_SHARE = 0.4
_CENTER_KINDS = {"name", "hint"}


@dataclass(frozen=True, slots=True)
class FacetScore:
    """`score` orders, `near` is how near the facet's own texts are, comparable with a topic's `near`."""

    topic_id: str
    facet: str
    score: float
    near: float


@dataclass(frozen=True, slots=True)
class TopicScore:
    """`score` orders, `near` is how near the topic's texts are, comparable with the exemplars of other kinds."""

    topic_id: str
    score: float
    near: float
    ready: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """Topics and facets, best first; `near` is the score of the best exemplar of each other kind (vague, outside, self_harm).

    `sounds`: how much it sounds like each kind of hearing.py, 0 to 1; empty without vectors.
    """

    topics: tuple[TopicScore, ...]
    facets: tuple[FacetScore, ...]
    near: dict[str, float]
    sounds: dict[str, float]
    known_share: float
    vector: Vectors | None


class Matcher:
    """Scores one question against every entry at once: one embedding and two products."""

    def __init__(self, index: Index, embedder: Embedder | None) -> None:
        self._index, self._embedder = index, embedder if index.vectors is not None else None
        self._trust = np.array([_TRUST.get(entry.kind, 1.0) for entry in index.entries], np.float32)
        self._topic_rows = _rows(index.entries, lambda entry: entry.topic_id)
        self._facet_rows = _rows(index.entries, lambda entry: f"{entry.topic_id}/{entry.facet}" if entry.facet else "")
        self._other_rows = _rows(index.entries, lambda entry: "" if entry.topic_id else entry.kind)
        self._hearing = Hearing(index)
        groups = [(name, rows, _CENTER_KINDS) for name, rows in self._topic_rows.items()]
        groups += [(name, rows, {"phrasing"}) for name, rows in self._facet_rows.items()]
        self._places = {name: place for place, (name, _, _) in enumerate(groups)}
        self._centers: Vectors | None = None
        if index.vectors is not None:
            made = index.drawer.array("centers", lambda: np.stack([self._center(rows, kinds) for _, rows, kinds in groups]))
            self._centers = np.asarray(made, np.float32)

    @property
    def has_vectors(self) -> bool:
        return self._embedder is not None

    def match(self, question: str) -> Matched:
        """Score `question`, which is masked and repaired already."""
        words = tokens(question)
        lexical = np.minimum(self._index.bm25.score(words), 1.0)
        vector = self._embedder.embed([question])[0] if self._embedder else None
        fused = self._fuse(lexical, vector) * self._trust
        pulls = None if vector is None or self._centers is None else self._centers @ vector
        topics, facets = [], []
        for name, rows in self._topic_rows.items():
            near = _near(fused, rows)
            topics.append(TopicScore(name, self._score(name, near, pulls), near, self._index.topics[name].ready))
        for name, rows in self._facet_rows.items():
            near, (topic_id, facet) = _near(fused, rows), _two(name)
            facets.append(FacetScore(topic_id, facet, self._score(name, near, pulls), near))
        return Matched(
            topics=tuple(sorted(topics, key=lambda topic: (-topic.score, topic.topic_id))),
            facets=tuple(sorted(facets, key=lambda facet: (-facet.score, facet.topic_id, facet.facet))),
            near={kind: _near(fused, rows) for kind, rows in self._other_rows.items()},
            sounds=self._hearing.scores(vector),
            known_share=self._known_share(words),
            vector=vector,
        )

    def _score(self, name: str, near: float, pulls: Vectors | None) -> float:
        """In part the nearest texts, in part the center of what it is about: a topic with many texts is not nearer for that."""
        pull = 0.0 if pulls is None else float(pulls[self._places[name]])
        return near if pull == 0.0 else (1 - _CENTER_SHARE) * near + _CENTER_SHARE * pull

    def _center(self, rows: NDArray[np.intp], kinds: set[str]) -> Vectors:
        """Of length 1; zeros where there is nothing to be the center of. Shape (size,)."""
        assert self._index.vectors is not None
        own = [row for row in rows.tolist() if self._index.entries[row].kind in kinds]
        if not own:
            return np.zeros(self._index.vectors.shape[1], np.float32)
        center = self._index.vectors[own].mean(axis=0)
        return np.asarray(center / np.linalg.norm(center), np.float32)

    def _fuse(self, lexical: Scores, vector: Vectors | None) -> Scores:
        if vector is None or self._index.vectors is None:
            return lexical
        return np.asarray(_VECTOR_SHARE * (self._index.vectors @ vector) + (1 - _VECTOR_SHARE) * lexical, np.float32)

    def _known_share(self, words: Sequence[str]) -> float:
        """How much of what the question says, by rarity, the curriculum has ever said."""
        total = sum(self._index.bm25.rarity(word) for word in words)
        return sum(self._index.bm25.rarity(word) for word in words if self._index.bm25.knows(word)) / total if total else 0.0


def _two(name: str) -> tuple[str, str]:
    topic_id, _, facet = name.partition("/")
    return topic_id, facet


def _rows(entries: Sequence[Entry], name: Callable[[Entry], str]) -> dict[str, NDArray[np.intp]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        groups[name(entry)].append(number)
    return {group: np.array(rows, np.intp) for group, rows in groups.items() if group}


def _near(fused: Scores, rows: NDArray[np.intp]) -> float:
    """The best entry and the two behind it, so that one odd phrasing does not decide alone."""
    values = fused[rows]
    values.sort()
    best = values[-3:].tolist()
    return float(_BEST_SHARE * best[-1] + (1 - _BEST_SHARE) * sum(best) / len(best))
