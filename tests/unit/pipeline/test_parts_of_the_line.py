"""The small parts of the kitchen, each by itself: keys, units, gate, papers, streams, drawers."""

import asyncio
import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from vividly.errors import LeaseLost
from vividly.library import keys
from vividly.pipeline import drawers, gate, papers, stream, write
from vividly.pipeline.artifacts import CaptionCue, Inquiry, Line, Narration, QuizChoice, QuizQuestion, Scene, Source, Storyboard
from vividly.pipeline.bench import Units, unit_key
from vividly.pipeline.failure import StageFailed
from vividly.pipeline.papers import Timed
from vividly.pipeline.understand import run as understand
from vividly.providers.port import WordTime
from vividly.steps import Step

SOURCE = Source("t/f/answer", "Push a wall and it pushes back.", "Book", "One", "CC BY 4.0", "https://example.org")
PICTURE = {"kind": "key_points", "points": [{"text": "one"}, {"text": "two"}]}
BOARD = Storyboard(
    title="Pushes",
    hook="Push.",
    topic_id="topic_t",
    topic_name="Pushing",
    facet="f",
    interest="soccer",
    interest_name="Soccer",
    grade=10,
    author="a/1",
    scenes=(
        Scene("s1", "hook", "", (Line("Push a wall.", ("t/f/answer",)),), PICTURE),
        Scene("s2", "idea", "It pushes back", (Line("Push a wall.", ("t/f/answer",)), Line("So there.", (), False)), PICTURE),
    ),
    takeaways=("1", "2", "3"),
    quiz=(QuizQuestion("Who?", (QuizChoice("Both", True, "yes"), QuizChoice("One", False, "no")), "s2"),),
    sources=(SOURCE,),
    assumptions=("We took it that you mean a brick wall.",),
)
TIMED = [Timed(BOARD.scenes[0], 0.0, 5.5, "A list."), Timed(BOARD.scenes[1], 5.5, 12.0, "A list.")]


# keys


def work(**changes):
    about = keys.about(numbers=[(3.0, "kilogram")])
    whole = {
        "topic_id": "t",
        "facet": "f",
        "about": about,
        "interest": "soccer",
        "grade": 10,
        "style": "standard",
        "versions": {"v": "1"},
    }
    return keys.work_key(**(whole | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"topic_id": "u"},
        {"facet": "g"},
        {"about": ""},
        {"interest": "music"},
        {"grade": 11},
        {"style": "simple"},
        {"versions": {"v": "2"}},
    ],
)
def test_whatever_shapes_a_lesson_is_in_its_key(change):
    assert work() != work(**change)


def test_the_same_wish_has_the_same_key():
    assert work() == work()
    assert work(versions={"a": "1", "b": "2"}) == work(versions={"b": "2", "a": "1"})
    assert work(grade=6) == work(grade=9)
    assert keys.about(numbers=[(3.0, "kg"), (2.0, "N")]) == keys.about(numbers=[(2, "N"), (3, "kg")])
    assert keys.about() == ""
    assert keys.about(question="What is  INERTIA") == keys.about(question="what is inertia")


def test_a_lesson_is_named_by_content():
    first = keys.lesson_id(storyboard=b"{}", versions={"v": "1"})
    assert first == keys.lesson_id(storyboard=b"{}", versions={"v": "1"})
    assert (
        len({first, keys.lesson_id(storyboard=b"{ }", versions={"v": "1"}), keys.lesson_id(storyboard=b"{}", versions={})}) == 3
    )
    assert first.replace("_", "").isalnum()


# units of work


class MemoryShelf(dict):
    def touch(self, key):
        return key in self

    def put(self, key, data):
        self[key] = data

    def get(self, key):
        return self[key]


class Bench:
    def __init__(self):
        self.kept, self.ours = {}, True

    async def recall(self, stage, key):
        return self.kept.get((stage, key))

    async def keep(self, stage, key, data):
        self.kept[stage, key] = data

    def alive(self):
        return self.ours


def do(units, make, **more):
    return asyncio.run(units.do(Step.DRAWING, "key", TypeAdapter(int), make, **more))


def test_a_finished_unit_is_not_made_again_and_its_seconds_still_count():
    made, bench, shelf = [], Bench(), MemoryShelf()

    async def make():
        made.append(1)
        return 7

    first = Units(bench, shelf)
    assert do(first, make) == 7
    second = Units(bench, shelf)
    assert do(second, make) == 7
    assert len(made) == 1
    assert second.seconds == first.seconds


def test_a_shared_unit_is_found_by_another_bench():
    made, shelf = [], MemoryShelf()

    async def make():
        made.append(1)
        return 7

    other = Bench()
    assert do(Units(Bench(), shelf), make, shared=True) == 7
    assert do(Units(other, shelf), make, shared=True) == 7
    assert len(made) == 1
    assert list(other.kept)


def test_a_lost_lease_keeps_nothing():
    bench, shelf = Bench(), MemoryShelf()

    async def make():
        bench.ours = False
        return 7

    with pytest.raises(LeaseLost):
        do(Units(bench, shelf), make, shared=True)
    assert not bench.kept
    assert not shelf


def test_a_unit_key_names_inputs_and_versions():
    inquiry = Inquiry("why", 9, "soccer")
    one = unit_key("drawing", inquiry, {"v": "1"})
    assert one == unit_key("drawing", Inquiry("why", 9, "soccer"), {"v": "1"})
    assert len({one, unit_key("drawing", inquiry, {"v": "2"}), unit_key("writing", inquiry, {"v": "1"})}) == 3
    assert one != unit_key("drawing", replace(inquiry, grade=10), {"v": "1"})


def test_a_storyboard_survives_being_kept():
    adapter = TypeAdapter(Storyboard)
    assert adapter.validate_json(adapter.dump_json(BOARD)) == BOARD


# stages


def test_what_the_door_understood_is_not_asked_again():
    def never(inquiry):
        raise AssertionError

    inquiry = Inquiry("why", 9, "soccer", topic_id="t", facet="f")
    assert understand(inquiry, understand=never) is inquiry


class Writes:
    name = "w"

    def __init__(self, board):
        self.board = board

    def write(self, inquiry, material):
        return self.board


def test_a_good_storyboard_is_verified_and_counted():
    board = write.run(Inquiry("why", 9, "soccer"), None, author=Writes(BOARD))
    assert board.checks["grounded_sentences"] == 2


def unfit(**changes):
    return replace(BOARD, scenes=(replace(BOARD.scenes[0], **changes), BOARD.scenes[1]))


@pytest.mark.parametrize(
    ("board", "reason"),
    [
        (replace(BOARD, scenes=()), "no scenes"),
        (unfit(scene_id="s2"), "the same id"),
        (unfit(picture={"kind": "poem"}), "scene s1, picture"),
        (unfit(picture={**PICTURE, "points": [{"text": ""}]}), "scene s1, picture: key_points.points"),
        (unfit(lines=(Line("Cows fly to Mars.", ("t/f/answer",)),)), "no line of it is supported"),
    ],
)
def test_an_unfit_storyboard_names_what_is_wrong(board, reason):
    with pytest.raises(StageFailed, match=reason) as failed:
        write.run(Inquiry("why", 9, "soccer"), None, author=Writes(board))
    assert failed.value.stage == Step.WRITING


def test_a_failure_travels_between_processes():
    error = pickle.loads(pickle.dumps(StageFailed(Step.DRAWING, "two labels overlap")))
    assert (error.stage, error.reason) == (Step.DRAWING, "two labels overlap")


def test_what_the_studio_refuses_comes_back_with_the_scene(monkeypatch):
    class Job:
        scene_id = "s7"

    monkeypatch.setattr(drawers.scene, "problems", lambda job: ["“force” overlaps “push”"])
    with pytest.raises(StageFailed, match="scene s7: “force” overlaps"):
        drawers.drawn(Job())

    def broken(job):
        raise RuntimeError("no such symbol")

    monkeypatch.setattr(drawers.scene, "problems", broken)
    with pytest.raises(StageFailed, match="scene s7: RuntimeError: no such symbol"):
        drawers.drawn(Job())


# the gate


@pytest.mark.parametrize(
    ("planned", "video", "audio", "passes"),
    [(10, 10, 10, True), (10, 10.04, 10, True), (10, 10.05, 10.02, False), (10, 10.03, 9.97, False), (10, 9.9, 9.9, False)],
)
def test_lengths_agree_to_forty_milliseconds(planned, video, audio, passes):
    if passes:
        gate.lengths(planned=planned, video=video, audio=audio)
    else:
        with pytest.raises(StageFailed):
            gate.lengths(planned=planned, video=video, audio=audio)


def test_captions_must_cover_every_scene():
    words = (WordTime("Hello", 0.3, 0.8),)
    narration = Narration("s", 2.0, words, ((0.3, 0.8),), (CaptionCue(0.25, 1.2, "Hello"),), "k", 24_000)
    gate.covered([CaptionCue(0.25, 1.2, "Hello"), CaptionCue(2.25, 3.2, "Hello")], [narration, narration], [0.0, 2.0])
    with pytest.raises(StageFailed, match="do not say"):
        gate.covered([CaptionCue(0.25, 1.2, "Hello")], [narration, narration], [0.0, 2.0])
    with pytest.raises(StageFailed, match="outside its caption"):
        gate.covered([CaptionCue(0.25, 1.2, "Hello"), CaptionCue(2.9, 3.2, "Hello")], [narration, narration], [0.0, 2.0])


@pytest.mark.parametrize("name", sorted(gate.FILES))
def test_no_file_may_be_missing(name):
    gate.whole(sorted(gate.FILES))
    with pytest.raises(StageFailed, match=name):
        gate.whole(sorted(gate.FILES - {name}))


# papers


def test_the_script_has_the_keys_of_the_contract():
    script = papers.script(BOARD, TIMED, lesson_id="lesson_x", made_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert json.loads(json.dumps(script)) == script
    assert script["sections"][1]["duration_seconds"] == 6.5
    assert script["sections"][1]["sources"] == ["t/f/answer"]
    assert script["duration_estimate_seconds"] == 12.0
    assert script["generated_at"] == "2026-01-02T00:00:00+00:00"
    assert papers.quiz(BOARD, TIMED)["questions"][0]["explained_at_seconds"] == 5.5


def test_every_sentence_names_its_sources():
    found = papers.sources(BOARD)
    assert [s["sources"] for s in found["sentences"]] == [["t/f/answer"], ["t/f/answer"], []]
    assert found["passages"][0]["link"] == "https://example.org"


def test_the_transcript_reads_as_text():
    text = papers.transcript(BOARD, TIMED)
    assert "## It pushes back (0:05)" in text
    assert "> In the picture: A list." in text
    assert "brick wall" in text
    assert "1. Book, One (CC BY 4.0) <https://example.org>" in text


# streams


def test_a_playlist_grows_and_ends():
    growing, whole = stream.playlist([5.25, 6.5], done=False), stream.playlist([5.25, 6.5])
    assert "EVENT" in growing
    assert "ENDLIST" not in growing
    assert whole.endswith("#EXTINF:6.500000,\nseg-1.m4s\n#EXT-X-ENDLIST\n")
    assert "#EXT-X-TARGETDURATION:7\n" in whole
    assert '#EXT-X-MAP:URI="init.mp4"' in whole


def box(name, content=b""):
    return (8 + len(content)).to_bytes(4, "big") + name + content


def test_fragments_are_split_and_moved():
    tkhd, mdhd = box(b"tkhd", bytes(12) + (2).to_bytes(4, "big")), box(b"mdhd", bytes(12) + (12_288).to_bytes(4, "big"))
    init = box(b"ftyp", b"iso5") + box(b"moov", box(b"trak", tkhd + box(b"mdia", mdhd)))
    traf = box(b"tfhd", bytes(4) + (2).to_bytes(4, "big")) + box(b"tfdt", b"\1" + bytes(3) + (512).to_bytes(8, "big"))
    moof = box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", traf))
    head, fragments = stream._split(init + moof + box(b"mdat", b"abc") + moof + box(b"mdat") + box(b"mfra"))
    assert head == init
    assert [len(f) for f in fragments] == [len(moof) + 11, len(moof) + 8]
    assert stream._timescales(init) == {2: 12_288}
    moved = stream._moved(fragments[0], start=48, scales={2: 12_288}, sequence=5)
    assert len(moved) == len(fragments[0])
    assert (512 + 2 * 12_288).to_bytes(8, "big") in moved
    assert moved[8 + 8 + 4 : 8 + 8 + 8] == (5).to_bytes(4, "big")
