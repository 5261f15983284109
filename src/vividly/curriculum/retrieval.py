"""What may be said about a facet, each passage with an id to cite, the most relevant to the question first. Knows no lesson."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vividly.curriculum.index import Index
from vividly.curriculum.lexical import Bm25, postings_of, tokens
from vividly.curriculum.loader import load_pack
from vividly.curriculum.schema import Facet, Situation
from vividly.errors import NotPossible
from vividly.providers.port import Vectors

BOOK = "Vividly curriculum"
LICENCE = "CC BY 4.0"
_DEEPER_FROM_GRADE = 11
_SITUATION_NEAR = 0.45
_WORD_NAMED = 0.35


@dataclass(frozen=True, slots=True)
class Citable:
    """A passage that a sentence may stand on. `id` is "<topic_id>/<facet>/<passage id>"; `score` is its nearness to the question."""

    id: str
    kind: str
    text: str
    section: str
    book: str = BOOK
    licence: str = LICENCE
    link: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """All passages of a facet for a grade: the answer first, then by nearness. `situation`: the one asked about, if any."""

    passages: tuple[Citable, ...]
    situation: Citable | None


def retrieve(
    *, topic_id: str, facet: str, question: str, grade: int = 12, index: Index | None = None, vector: Vectors | None = None
) -> Retrieved:
    """Passages of one facet for one question; `vector` is the question's embedding, of the index's embedder.

    Raises NotPossible("topic_not_ready" | "facet_unknown"). Without index or vector, words alone decide the order.
    """
    pack = load_pack(topic_id)
    part = next((one for one in pack.facets if one.id == facet), None)
    if part is None:
        raise NotPossible("facet_unknown", f"{topic_id} has no part called {facet}.", field="facet")
    citable = list(_citable(f"{topic_id}/{facet}", f"{pack.name}: {part.name}", part, grade=grade))
    near = _nearness(citable, question, topic_id=topic_id, facet=facet, index=index, vector=vector)
    scored = [_with_score(one, score) for one, score in zip(citable, near, strict=True)]
    answer, *rest = scored
    passages = (answer, *sorted(rest, key=lambda one: (-one.score, one.id)))
    return Retrieved(passages, _situation(part, passages, question))


def _citable(prefix: str, section: str, facet: Facet, *, grade: int) -> Iterator[Citable]:
    yield Citable(f"{prefix}/answer", "answer", facet.answer, section)
    for passage in facet.passages:
        if passage.level == "core" or grade >= _DEEPER_FROM_GRADE:
            yield Citable(f"{prefix}/{passage.id}", "passage", passage.text, section)
    for situation in facet.situations:
        yield Citable(f"{prefix}/{situation.id}", "situation", situation.text, section)
    repair = facet.misconception
    yield Citable(f"{prefix}/misconception", "misconception", f"{repair.right} {repair.repair}", section)


def _nearness(
    citable: list[Citable], question: str, *, topic_id: str, facet: str, index: Index | None, vector: Vectors | None
) -> list[float]:
    lexical = Bm25(postings_of([tokens(one.text) for one in citable])).score(tokens(question))
    if index is None or index.vectors is None or vector is None:
        return [float(score) for score in lexical]
    rows = {
        entry.key: number for number, entry in enumerate(index.entries) if (entry.topic_id, entry.facet) == (topic_id, facet)
    }
    keys = [one.id.rpartition("/")[2] for one in citable]
    cosines = [float(np.dot(index.vectors[rows[key]], vector)) if key in rows else 0.0 for key in keys]
    return [0.7 * cosine + 0.3 * float(score) for cosine, score in zip(cosines, lexical, strict=True)]


def _with_score(one: Citable, score: float) -> Citable:
    return Citable(one.id, one.kind, one.text, one.section, one.book, one.licence, one.link, round(score, 4))


def _situation(facet: Facet, passages: tuple[Citable, ...], question: str) -> Citable | None:
    """The situation the student asked about: its words are named, or it is very near."""
    asked = set(tokens(question))
    by_id = {one.id.rpartition("/")[2]: one for one in passages if one.kind == "situation"}
    ranked = sorted(
        ((by_id[situation.id].score + _WORD_NAMED * _named(situation, asked), situation.id) for situation in facet.situations),
        reverse=True,
    )
    score, name = ranked[0]
    return by_id[name] if score >= _SITUATION_NEAR else None


def _named(situation: Situation, asked: set[str]) -> int:
    """How many of the situation's words the question says (a phrase of words counts when all of it is said)."""
    return sum(1 for words in situation.words if (wanted := set(tokens(words))) and wanted <= asked)
