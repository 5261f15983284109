"""Retrieval over the installed packs: the facet, its situation, the analogy of the student's world."""

import pytest
from pydantic import TypeAdapter

from vividly.curriculum.loader import load_pack
from vividly.errors import NotPossible
from vividly.pipeline.artifacts import Inquiry, Source
from vividly.pipeline.retrieve import Found, PackRetriever

TOPIC = "topic_phys_mech_newton_3"


def inquiry(question="what is newtons third law", *, interest="basketball", facet="", asked="", grade=10):
    return Inquiry(question, grade, interest, topic_id=TOPIC, facet=facet, interest_asked=asked)


def test_no_facet_named_means_the_core_one():
    found = PackRetriever().find(inquiry())
    assert found.facet == next(f.id for f in load_pack(TOPIC).facets if f.core)
    assert found.sources[0].passage_id == f"{TOPIC}/{found.facet}/answer"
    assert all(source.licence and source.book for source in found.sources)


def test_the_analogy_is_the_interests_own():
    retriever = PackRetriever()
    for interest in ("basketball", "music", "cooking"):
        material = retriever.fetch(retriever.find(inquiry(interest=interest)))
        assert material.analogy.interest == material.interest == interest
        assert material.facet.id in material.analogy.facets
        assert material.interest_name.lower().startswith(interest[:4])


def test_an_unknown_interest_gets_one_that_serves_the_facet():
    retriever = PackRetriever()
    material = retriever.fetch(retriever.find(inquiry(interest="", asked="quantum knitting of the seventh kind")))
    assert material.analogy is not None
    assert material.facet.id in material.analogy.facets


def test_every_situation_is_found_by_its_own_words():
    retriever = PackRetriever()
    for facet in load_pack(TOPIC).facets:
        for situation in facet.situations:
            found = retriever.find(inquiry(f"what about {' '.join(situation.words)}", facet=facet.id))
            assert found.situation == situation.id
            assert retriever.fetch(found).situation == situation


def test_what_was_found_can_be_kept():
    found = PackRetriever().find(inquiry())
    adapter = TypeAdapter(Found)
    data = adapter.dump_json(found)
    assert adapter.validate_json(data) == found
    assert len(data) < 50_000


def test_passages_of_books_are_added():
    extra = Source("book/1", "A passage.", "Physics", "4.1", "CC BY 4.0", "https://example.org")
    assert PackRetriever(more=lambda _: [extra]).find(inquiry()).sources[-1] == extra


def test_what_is_not_there_is_said():
    with pytest.raises(NotPossible, match="facet_unknown"):
        PackRetriever().find(inquiry(facet="no_such_facet"))
    with pytest.raises(NotPossible, match="topic_not_ready"):
        PackRetriever().find(Inquiry("x", 10, "music", topic_id="topic_none"))
