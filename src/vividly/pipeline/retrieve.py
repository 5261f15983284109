"""The stage that gathers what a lesson may say: the facet, its passages, the fitting situation and analogy. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vividly.curriculum import retrieval
from vividly.curriculum.index import Index
from vividly.curriculum.loader import interests, load_pack, nearest_interest
from vividly.curriculum.schema import Analogy, Facet, Pack
from vividly.errors import NotPossible
from vividly.pipeline.artifacts import Inquiry, Material, Source
from vividly.providers.port import Embedder

More = Callable[[Inquiry], Sequence[Source]]


@dataclass(frozen=True, slots=True)
class Found:
    """A search's result, small enough to keep: ids into the pack, and the passages in order of nearness."""

    topic_id: str
    facet: str
    situation: str
    interest: str
    sources: tuple[Source, ...]


class Retriever(Protocol):
    def find(self, inquiry: Inquiry) -> Found:
        """Search. Raises NotPossible for a topic or facet that is not there."""
        ...

    def fetch(self, found: Found) -> Material:
        """The material itself, read by id: no search."""
        ...


def run(inquiry: Inquiry, *, retriever: Retriever) -> Found:
    return retriever.find(inquiry)


class PackRetriever:
    """Retriever over the installed curriculum packs. `more` adds passages of ingested books."""

    def __init__(self, *, index: Index | None = None, embedder: Embedder | None = None, more: More | None = None) -> None:
        self._index, self._embedder, self._more = index, embedder, more

    def find(self, inquiry: Inquiry) -> Found:
        pack = load_pack(inquiry.topic_id)
        facet = _facet(pack, inquiry.facet)
        by_meaning = self._embedder is not None and self._index is not None and self._index.vectors is not None
        vector = self._embedder.embed([inquiry.question])[0] if self._embedder and by_meaning else None
        found = retrieval.retrieve(
            topic_id=pack.topic_id,
            facet=facet.id,
            question=inquiry.question,
            grade=inquiry.grade,
            index=self._index,
            vector=vector,
        )
        own = [Source(p.id, p.text, p.book, p.section, p.licence, p.link) for p in found.passages]
        analogy = _analogy(pack, facet, interest=inquiry.interest, asked=inquiry.interest_asked)
        return Found(
            topic_id=pack.topic_id,
            facet=facet.id,
            situation=found.situation.id.rpartition("/")[2] if found.situation else "",
            interest=analogy.interest if analogy else "",
            sources=(*own, *(self._more(inquiry) if self._more else ())),
        )

    def fetch(self, found: Found) -> Material:
        pack = load_pack(found.topic_id)
        facet = _facet(pack, found.facet)
        names = {interest.id: interest.name for interest in interests()}
        return Material(
            pack=pack,
            facet=facet,
            situation=next((s for s in facet.situations if s.id == found.situation), None),
            analogy=next((a for a in pack.analogies if a.interest == found.interest and facet.id in a.facets), None),
            interest=found.interest,
            interest_name=names.get(found.interest, found.interest),
            sources=found.sources,
        )


def _facet(pack: Pack, facet: str) -> Facet:
    """The named facet; the core one if none is named."""
    found = next((f for f in pack.facets if (f.id == facet if facet else f.core)), None)
    if found is None:
        raise NotPossible("facet_unknown", f"{pack.topic_id} has no part called {facet}.", field="facet")
    return found


def _analogy(pack: Pack, facet: Facet, *, interest: str, asked: str) -> Analogy | None:
    """The analogy for the interest; else for the nearest one to what was asked; else the first that serves the facet."""
    serving = {a.interest: a for a in reversed(pack.analogies) if facet.id in a.facets}
    for wanted in (interest, asked):
        near, _ = nearest_interest(wanted)
        for name in (wanted, near.id if near else ""):
            if name in serving:
                return serving[name]
    return next((a for a in pack.analogies if facet.id in a.facets), None)
