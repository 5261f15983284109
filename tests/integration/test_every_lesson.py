"""Every facet of every pack as a lesson on paper: written, verified, of the right length, and each scene fit to be drawn.

One facet of each pack is a test; which one changes with the pack. The others are proofs: all of them take minutes.
"""

import zlib

import pytest

from vividly.curriculum.loader import interests, load_all, pack_texts
from vividly.pipeline import verify
from vividly.pipeline.artifacts import Inquiry, Material
from vividly.pipeline.author.offline import OfflineAuthor
from vividly.providers.port import WordTime
from vividly.studio import scene
from vividly.studio.specs import parse_picture

NAMES = {interest.id: interest.name for interest in interests()}
FACETS = [(pack, facet) for pack in load_all().values() for facet in pack.facets]
TODAY = {topic_id: zlib.crc32(text) for topic_id, text in pack_texts().items()}
SECONDS_A_WORD = 0.37  # the voice's pace, near enough for a layout


def material(pack, facet, number: int) -> Material:
    serving = [analogy for analogy in pack.analogies if facet.id in analogy.facets]
    analogy = serving[number % len(serving)]
    situation = facet.situations[number % len(facet.situations)]
    return Material(pack, facet, situation, analogy, analogy.interest, NAMES[analogy.interest], ())


def board(pack, facet, number: int, grade: int = 10):
    found = material(pack, facet, number)
    return verify.run(OfflineAuthor().write(Inquiry("a question", grade, found.interest), found))


def job(storyboard, index: int) -> scene.SceneJob:
    one, words, times, at = storyboard.scenes[index], [], [], 0.0
    for line in one.lines:
        began = at
        for word in line.text.split():
            words.append(WordTime(word, at, at + SECONDS_A_WORD * 0.9))
            at += SECONDS_A_WORD
        times.append((began, at))
        at += 0.35
    total = len(storyboard.scenes)
    picture = parse_picture(one.picture)
    return scene.SceneJob(
        one.scene_id, one.heading, picture, tuple(words), tuple(times), at + 0.5, storyboard.interest, index + 1, total
    )


def each_facet():
    for pack, facet in FACETS:
        tested = pack.facets.index(facet) == TODAY[pack.topic_id] % len(pack.facets)
        marks = () if tested else (pytest.mark.prove,)
        yield pytest.param(pack, facet, id=f"{pack.topic_id}-{facet.id}", marks=marks)


@pytest.mark.parametrize(("pack", "facet"), list(each_facet()))
def test_lesson_on_paper(pack, facet):
    for number, grade in enumerate((9, 12)):
        written = board(pack, facet, FACETS.index((pack, facet)) + number, grade)
        assert written.checks["dropped_sentences"] == 0
        assert written.checks["has_analogy"]
        assert {"hook", "answer", "idea", "analogy", "misconception", "recap"} <= {one.role for one in written.scenes}
        words = sum(len(line.text.split()) for one in written.scenes for line in one.lines)
        assert 120 <= words <= 365, "a lesson lasts between 45 and 150 seconds"
        for index in range(len(written.scenes)):
            assert scene.problems(job(written, index)) == []


def test_two_interests_make_two_lessons():
    pack, facet = FACETS[0]
    first, second = (board(pack, facet, number) for number in (0, 1))
    assert first.hook != second.hook
    told = [next(one for one in written.scenes if one.role == "analogy").lines for written in (first, second)]
    assert told[0] != told[1]
    assert first.takeaways == second.takeaways


def test_the_same_inquiry_makes_the_same_lesson():
    pack, facet = FACETS[-1]
    assert board(pack, facet, 3) == board(pack, facet, 3)
