"""The offline author's sentences and the check that stands between them and the voice."""

from dataclasses import replace

import pytest

from vividly.curriculum.loader import load_pack
from vividly.pipeline import verify
from vividly.pipeline.artifacts import Inquiry, Line, Material, Number
from vividly.pipeline.author.offline import OfflineAuthor
from vividly.pipeline.author.pictures import clipped
from vividly.pipeline.author.sentences import split

PACK = load_pack("topic_phys_mech_newton_2")
FACET = next(facet for facet in PACK.facets if facet.core)


def material(**changes) -> Material:
    analogy = next(one for one in PACK.analogies if one.interest == "basketball" and FACET.id in one.facets)
    return Material(**{
        "pack": PACK, "facet": FACET, "situation": None, "analogy": analogy, "interest": "basketball", "interest_name": "Basketball",
        "sources": (), **changes,
    })  # fmt: skip


def write(question="what is f = ma", **inquiry):
    return OfflineAuthor().write(
        Inquiry(**{"question": question, "grade": 10, "interest": "basketball", **inquiry}), material()
    )


def test_own_numbers_are_answered_first_and_solved():
    asked = (Number(3, "kilogram", "3 kg"), Number(12, "newton", "12 N"))
    board = verify.run(write("a 3 kg cart is pushed with 12 N", numbers=asked))
    roles = [scene.role for scene in board.scenes]
    answer = board.scenes[roles.index("answer")]
    assert "4 m/s²" in answer.lines[0].text
    assert "numbers" in roles
    assert board.checks["dropped_sentences"] == 0


def test_an_interest_we_only_come_near_to_is_said():
    board = write(interest_asked="falconry")
    assert any("falconry" in said for said in board.assumptions)
    assert "falconry" in board.hook
    assert not any("hoops" in said for said in write(interest_asked="hoops").assumptions)


def test_older_students_get_the_deeper_passage():
    deeper = next(passage.text for passage in FACET.passages if passage.level == "deeper")
    told = {grade: " ".join(line.text for scene in write(grade=grade).scenes for line in scene.lines) for grade in (9, 12)}
    assert split(deeper)[0] not in told[9]


def test_every_factual_line_names_a_source_that_is_there():
    board = write()
    known = {source.passage_id for source in board.sources}
    for scene in board.scenes:
        for line in scene.lines:
            assert not line.factual or set(line.sources) <= known, line


@pytest.mark.parametrize(
    "false",
    [
        Line("Force equals mass times acceleration.", ()),
        Line("Force equals mass times acceleration.", ("no/such/passage",)),
        Line("Penguins migrate south during winter months.", None),
        Line("A force of 77 newtons always equals mass times acceleration.", None),
    ],
    ids=["cites nothing", "cites what is not there", "says something else", "says another number"],
)
def test_what_its_passage_does_not_support_is_dropped(false):
    board = write()
    index = next(i for i, scene in enumerate(board.scenes) if scene.role == "idea")
    idea = board.scenes[index]
    if false.sources is None:
        false = replace(false, sources=idea.lines[0].sources)
    scenes = [*board.scenes[:index], replace(idea, lines=(*idea.lines, false)), *board.scenes[index + 1 :]]
    checked = verify.run(replace(board, scenes=tuple(scenes)))
    assert checked.checks["dropped_sentences"] == 1
    assert false.text not in [line.text for line in checked.scenes[index].lines] or idea.lines[0].text == false.text


def test_a_scene_with_nothing_true_left_is_an_error():
    board = write()
    empty = replace(board.scenes[1], lines=(Line("Nobody knows this.", ()),))
    with pytest.raises(ValueError, match="answer"):
        verify.run(replace(board, scenes=(board.scenes[0], empty, *board.scenes[2:])))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two.", 2),
        ("It is 9.8 m/s² here. Yes.", 2),
        ("Things, e.g. apples, fall. They do.", 2),
        ("Dr. Lee said so. Why?", 2),
        ("No end mark", 1),
    ],
)
def test_sentences_end_where_people_end_them(text, count):
    assert len(split(text)) == count
    assert " ".join(split(text)) == text


def test_long_texts_are_cut_at_a_clause():
    assert clipped("A short one.") == "A short one"
    cut = clipped("The first part is here, and the second part goes on and on until nobody can read it any more at all", 60)
    assert cut == "The first part is here"
