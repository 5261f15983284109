"""One searchable index of all packs and topics: sentence vectors (if there is an embedder) and BM25, cached as plain data.

Built once per content hash and embedder; a change of one pack embeds that pack's changed texts only.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from vividly.curriculum.kept import Drawer, write_whole
from vividly.curriculum.lexical import Bm25, Postings, postings_of, tokens, words_in
from vividly.curriculum.loader import load_all, pack_texts, topics
from vividly.curriculum.schema import Facet, Pack
from vividly.curriculum.vectors import file_name, key_of, shipped
from vividly.providers.port import Embedder, Vectors

_FORMAT = 7
_BATCH = 24
_TERMS_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that may be found; `kind`: phrasing, name, hint, terms, answer, misconception, passage, situation, or the caller's own."""

    kind: str
    topic_id: str
    facet: str
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class FacetCard:
    """What a facet is called, without opening its pack; `formulas`: of each, the units of its symbols, by pint's names."""

    topic_id: str
    facet: str
    name: str
    label: str
    core: bool
    formulas: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicCard:
    """What a topic is called; `blurb` is empty and `facets` too when no pack is written yet."""

    topic_id: str
    subject: str
    name: str
    blurb: str
    grades: tuple[int, int]
    facets: tuple[FacetCard, ...]

    @property
    def ready(self) -> bool:
        return bool(self.facets)

    @property
    def core(self) -> str:
        """Id of the facet that answers a question naming only the topic; "" when there is none yet."""
        return next((card.facet for card in self.facets if card.core), "")


@dataclass(frozen=True)
class Index:
    """Entries in order, a unit vector for each (None without an embedder), their stems, and the cards of all topics."""

    entries: tuple[Entry, ...]
    vectors: Vectors | None
    stems: tuple[str, ...]
    topics: dict[str, TopicCard]
    vocabulary: dict[str, int]
    drawer: Drawer

    @cached_property
    def bm25(self) -> Bm25:
        made: list[Postings] = []  # built at most once, and only if an array of it is not kept

        def part(choose: Callable[[Postings], NDArray[Any]]) -> Callable[[], NDArray[Any]]:
            def make() -> NDArray[Any]:
                if not made:
                    made.append(postings_of([text.split() for text in self.stems]))
                return choose(made[0])

            return make

        return Bm25(
            Postings(
                tokens=self.drawer.array("tokens", part(lambda all_of: all_of.tokens)),
                starts=self.drawer.array("starts", part(lambda all_of: all_of.starts)),
                documents=self.drawer.array("documents", part(lambda all_of: all_of.documents)),
                times=self.drawer.array("times", part(lambda all_of: all_of.times)),
                lengths=self.drawer.array("lengths", part(lambda all_of: all_of.lengths)),
            )
        )

    def facet(self, topic_id: str, facet: str) -> FacetCard | None:
        """The card of a facet; None if there is no such facet."""
        return next((card for card in self.topics[topic_id].facets if card.facet == facet), None)


def open_index(*, cache: Path | None, embedder: Embedder | None, extra: Sequence[Entry] = ()) -> Index:
    """The index of everything installed, from `cache` if it is there (well under a second), else built and kept there.

    `extra` are the caller's own entries (exemplars of questions that belong to no topic). Without `cache` nothing is kept.
    """
    name = embedder.name if embedder else "none"
    drawer = Drawer(cache, _content_hash(extra, name))
    data = drawer.table(lambda: _describe(extra))
    entries = tuple(Entry(*row) for row in data["entries"])

    def embedded() -> Vectors:
        assert embedder
        return _VectorShelf(cache, name).vectors([entry.text for entry in entries], embedder)

    return Index(
        entries=entries,
        vectors=drawer.array("vectors", embedded) if embedder else None,
        stems=tuple(data["stems"]),
        topics={topic_id: _topic_card(card) for topic_id, card in data["topics"].items()},
        vocabulary=data["vocabulary"],
        drawer=drawer,
    )


def _topic_card(card: dict[str, Any]) -> TopicCard:
    facets = tuple(FacetCard(**{**facet, "formulas": tuple(map(tuple, facet["formulas"]))}) for facet in card["facets"])
    return TopicCard(**{**card, "grades": tuple(card["grades"]), "facets": facets})


def topic_hints() -> dict[str, list[str]]:
    """How students ask for each of the topics, by topic id: for topics without a pack all that intake knows of them."""
    text = _hints_file().decode()
    hints: dict[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return hints


def topic_terms() -> dict[str, tuple[str, ...]]:
    """Words that belong to each topic, by topic id: what a question may mention without naming its topic."""
    rows = (line.split("\t") for line in _terms_file().decode().splitlines()[1:] if line.strip())
    return {topic_id: tuple(term.strip() for term in terms.split(";")) for topic_id, terms in rows}


def _parts(terms: Sequence[str]) -> Iterator[Sequence[str]]:
    """A few terms at a time: a long list is near to everything and to nothing."""
    return (terms[start : start + _TERMS_TOGETHER] for start in range(0, len(terms), _TERMS_TOGETHER))


def _hints_file() -> bytes:
    return (files("vividly.curriculum") / "topic_hints.yaml").read_bytes()


def _terms_file() -> bytes:
    return (files("vividly.curriculum") / "topic_terms.tsv").read_bytes()


def _content_hash(extra: Sequence[Entry], name: str) -> str:
    digest = hashlib.sha256(f"{_FORMAT}\0{name}\0".encode())
    digest.update((files("vividly.curriculum") / "outline.tsv").read_bytes())
    digest.update(_hints_file())
    digest.update(_terms_file())
    for topic_id, text in pack_texts().items():
        digest.update(topic_id.encode() + hashlib.sha256(text).digest())
    for entry in extra:
        digest.update(json.dumps(asdict(entry)).encode())
    return digest.hexdigest()[:24]


def _describe(extra: Sequence[Entry]) -> dict[str, Any]:
    packs = load_all()
    entries = [*_topic_entries(packs), *extra]
    for pack in packs.values():
        for facet in pack.facets:
            entries += _facet_entries(pack.topic_id, facet)
    return {
        "entries": [[entry.kind, entry.topic_id, entry.facet, entry.text, entry.key] for entry in entries],
        "stems": [" ".join(tokens(entry.text)) for entry in entries],
        "topics": {topic.topic_id: asdict(_card(topic.topic_id, packs.get(topic.topic_id))) for topic in topics()},
        "vocabulary": _vocabulary(entries, packs),
    }


def _topic_entries(packs: dict[str, Pack]) -> Iterator[Entry]:
    hints, terms = topic_hints(), topic_terms()
    for topic in topics():
        pack = packs.get(topic.topic_id)
        names = dict.fromkeys([topic.name, *(pack.aliases if pack else [])])
        yield from (Entry("name", topic.topic_id, "", name) for name in names)
        yield from (Entry("hint", topic.topic_id, "", hint) for hint in hints.get(topic.topic_id, []))
        yield from (Entry("terms", topic.topic_id, "", ", ".join(some)) for some in _parts(terms.get(topic.topic_id, ())))


def _facet_entries(topic_id: str, facet: Facet) -> list[Entry]:
    named = dict.fromkeys([*facet.phrasings, facet.name, facet.title, facet.label])
    return [
        *(Entry("phrasing", topic_id, facet.id, text) for text in named),
        Entry("answer", topic_id, facet.id, facet.answer, "answer"),
        Entry("misconception", topic_id, facet.id, f"{facet.misconception.wrong} {facet.misconception.right}", "misconception"),
        *(Entry("passage", topic_id, facet.id, passage.text, passage.id) for passage in facet.passages),
        *(Entry("situation", topic_id, facet.id, situation.text, situation.id) for situation in facet.situations),
    ]


def _card(topic_id: str, pack: Pack | None) -> TopicCard:
    topic = next(topic for topic in topics() if topic.topic_id == topic_id)
    facets = tuple(_facet_card(topic_id, facet) for facet in pack.facets) if pack else ()
    return TopicCard(topic_id, topic.subject, topic.name, pack.blurb if pack else "", topic.grades, facets)


def _facet_card(topic_id: str, facet: Facet) -> FacetCard:
    formulas = tuple(tuple(quantity.unit for quantity in formula.symbols.values()) for formula in facet.formulas)
    return FacetCard(topic_id, facet.id, facet.name, facet.label, facet.core, formulas)


def _vocabulary(entries: Sequence[Entry], packs: dict[str, Pack]) -> dict[str, int]:
    """Words of the subject and how often they are said: what a misspelled word may have meant."""
    counts: dict[str, int] = {}
    terms = [term.term for pack in packs.values() for facet in pack.facets for term in facet.key_terms]
    for text in [*(entry.text for entry in entries if entry.topic_id), *terms]:
        for word in words_in(text):
            if word.isalpha() and len(word) > 3:
                counts[word] = counts.get(word, 0) + 1
    return counts


class _VectorShelf:
    """Vectors by the hash of their text, one file per embedder: what was embedded once is never embedded again."""

    def __init__(self, cache: Path | None, name: str) -> None:
        self._name = name
        self._path = cache / file_name(name) if cache else None

    def vectors(self, texts: Sequence[str], embedder: Embedder) -> Vectors:
        """Shape (len(texts), embedder.size)."""
        known = self._load(embedder.size)
        wanted = [key_of(text) for text in texts]
        missing = {key: text for key, text in zip(wanted, texts, strict=True) if key not in known}
        if missing:
            # Sentences of like length in one batch: padding is paid for.
            order = sorted(missing, key=lambda key: len(missing[key]))
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                known.update(zip(batch, embedder.embed([missing[key] for key in batch]), strict=True))
            if self._path:
                _write_vectors(self._path, {key: known[key] for key in wanted})
        return np.stack([known[key] for key in wanted]).astype(np.float32)

    def _load(self, size: int) -> dict[str, Vectors]:
        """What ships with the packs, and what was embedded here since; the shipped ones win, so that all machines agree."""
        kept = _read_vectors(self._path.read_bytes(), size) if self._path and self._path.exists() else {}
        return kept | shipped(self._name, size)


def _read_vectors(data: bytes, size: int) -> dict[str, Vectors]:
    """Vectors by key; nothing at all when the file is damaged or of another size."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            keys, rows = arrays["keys"], arrays["rows"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    return dict(zip(keys.tolist(), rows, strict=True)) if rows.ndim == 2 and rows.shape[1] == size else {}


def _write_vectors(path: Path, known: dict[str, Vectors]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, keys=np.array(list(known)), rows=np.stack(list(known.values())).astype(np.float32))
    write_whole(path, buffer.getvalue())
