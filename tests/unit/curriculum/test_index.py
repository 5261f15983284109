"""The index: cached, incremental, honest about damage; and retrieval over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vividly.curriculum.index import Entry, open_index
from vividly.curriculum.lexical import Bm25, postings_of, tokens
from vividly.curriculum.retrieval import retrieve
from vividly.errors import NotPossible
from vividly.providers.port import Vectors


class Letters:
    """Embeds a text as its letter counts; counts what it was asked."""

    name = "letters"
    size = 26

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        rows = np.array([[text.lower().count(chr(97 + i)) + 0.01 for i in range(26)] for text in texts], np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_second_opening_embeds_nothing_and_a_change_embeds_the_change(tmp_path: Path) -> None:
    first, again, more = Letters(), Letters(), Letters()
    index = open_index(cache=tmp_path, embedder=first)
    same = open_index(cache=tmp_path, embedder=again)
    assert first.asked > 1000
    assert again.asked == 0
    assert index.vectors is not None
    assert same.vectors is not None
    assert np.array_equal(index.vectors, same.vectors)
    assert same.entries == index.entries
    assert same.topics == index.topics
    open_index(cache=tmp_path, embedder=more, extra=[Entry("vague", "", "", "what was that about")])
    assert more.asked == 1


def test_a_damaged_cache_is_built_anew(tmp_path: Path) -> None:
    open_index(cache=tmp_path, embedder=Letters())
    for path in tmp_path.iterdir():
        path.write_bytes(b"broken")
    repaired = Letters()
    assert open_index(cache=tmp_path, embedder=repaired).vectors is not None
    assert repaired.asked > 1000


def test_without_an_embedder_words_do() -> None:
    index = open_index(cache=None, embedder=None)
    assert index.vectors is None
    best = index.entries[int(np.argmax(index.bm25.score(tokens("boyles law"))))]
    assert best.topic_id == "topic_chem_gas_laws"


def test_every_topic_has_entries() -> None:
    index = open_index(cache=None, embedder=None)
    assert {entry.topic_id for entry in index.entries} == set(index.topics)
    assert sum(topic.ready for topic in index.topics.values()) >= 1
    assert all(topic.core for topic in index.topics.values() if topic.ready)


def test_bm25_prefers_the_document_with_the_rare_word() -> None:
    scores = Bm25(postings_of([["force", "mass"], ["force", "osmosi"], ["force"]])).score(["force", "osmosi"])
    assert int(np.argmax(scores)) == 1
    assert float(Bm25(postings_of([["a"]])).score([])[0]) == 0.0


def test_retrieval_puts_the_answer_first_and_finds_the_situation() -> None:
    found = retrieve(
        topic_id="topic_phys_mech_newton_3",
        facet="force_pairs",
        question="why does my hand hurt when i slap the table",
        grade=9,
    )
    assert found.passages[0].id == "topic_phys_mech_newton_3/force_pairs/answer"
    assert found.situation is not None
    assert found.situation.id.endswith("/slap")
    assert all(passage.licence == "CC BY 4.0" for passage in found.passages)


def test_deeper_passages_are_for_the_older() -> None:
    young, old = (
        retrieve(topic_id="topic_phys_mech_newton_3", facet="force_pairs", question="x", grade=grade).passages
        for grade in (9, 12)
    )
    assert len(old) > len(young)


def test_an_unknown_facet_is_not_possible() -> None:
    with pytest.raises(NotPossible, match="facet_unknown"):
        retrieve(topic_id="topic_phys_mech_newton_3", facet="nothing", question="x")
    with pytest.raises(NotPossible, match="topic_not_ready"):
        retrieve(topic_id="topic_none", facet="nothing", question="x")
