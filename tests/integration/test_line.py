"""The whole kitchen with its real voice and its real studio: a small storyboard becomes a bundle that decodes."""

import asyncio
import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from vividly.pipeline import line
from vividly.pipeline.artifacts import Finished, Inquiry, Line, QuizChoice, QuizQuestion, Scene, Source, Storyboard
from vividly.pipeline.drawers import DrawerPool
from vividly.pipeline.retrieve import Found
from vividly.pipeline.tools import Tools
from vividly.providers.hibari import Hibari
from vividly.shelf.disk import DiskShelf

SAID = (
    "You push on a wall.",
    "The wall pushes back with 5.9 N.",
    "A 3 kg cart rolls: F = ma. So a = 4 m/s².",
    "Why? Because x < y, and CO2 & H2O are small.",
)
SOURCE = Source("demo/push/answer", " ".join(SAID), "Book", "One", "CC BY 4.0")


def _picture(body, label, cue):
    force = {"body": "one", "label": label, "angle": 0, "length": 1.0, "cue": cue}
    return {"kind": "vector_diagram", "bodies": [{"id": "one", "label": body, "x": 40, "y": 45}], "forces": [force]}


def _scene(scene_id, heading, lines, picture):
    return Scene(scene_id, "idea", heading, tuple(Line(text, (SOURCE.passage_id,)) for text in lines), picture)


BOARD = Storyboard(
    title="Pushes come in pairs",
    hook="Push a wall.",
    topic_id="topic_demo",
    topic_name="Pushing",
    facet="push",
    interest="basketball",
    interest_name="Basketball",
    grade=9,
    author="test",
    scenes=(
        _scene("hook", "Push a wall", SAID[:2], _picture("wall", "push", "push")),
        _scene("idea", "Two objects", SAID[2:3], _picture("cart", "force", "F")),
        _scene("end", "A < B & more", SAID[3:], _picture("ball", "weight", "small")),
    ),
    takeaways=("One.", "Two.", "Three."),
    quiz=(QuizQuestion("Who pushes?", (QuizChoice("Both", True, "yes"), QuizChoice("One", False, "no")), "idea"),),
    sources=(SOURCE,),
    checks={"factual_sentences": 4},
)


class Notebook:
    """A bench in memory."""

    def __init__(self):
        self.kept, self.steps, self.shown = {}, {}, {}

    async def recall(self, stage, key):
        return self.kept.get((stage, key))

    async def keep(self, stage, key, data):
        self.kept[stage, key] = data

    async def progress(self, step, done, total):
        self.steps.setdefault(step, []).append((done, total))

    async def ready(self, name, value):
        self.shown[name] = value

    def alive(self):
        return True


class Finder:
    def find(self, inquiry):
        return Found("topic_demo", "push", "", "basketball", (SOURCE,))

    def fetch(self, found):
        return found


class Writer:
    name = "test"

    def write(self, inquiry, material):
        return BOARD


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    root = tmp_path_factory.mktemp("kitchen")
    bench, drawers = Notebook(), DrawerPool(processes=2)
    tools = Tools(
        understand=lambda inquiry: inquiry,
        retriever=Finder(),
        author=Writer(),
        voice=Hibari(),
        drawers=drawers,
        shelf=DiskShelf(root / "shelf"),
        clock=lambda: datetime(2026, 1, 2, tzinfo=UTC),
        scratch=root / "scratch",
    )
    drawers.warm()
    try:
        inquiry = Inquiry("why does a wall push back", 9, "basketball", topic_id="topic_demo", facet="push")
        finished = asyncio.run(line.run(inquiry, tools=tools, bench=bench))
        again = asyncio.run(line.run(inquiry, tools=tools, bench=Notebook()))
    finally:
        drawers.close()
    assert isinstance(finished, Finished)
    assert again == finished
    assert not list((root / "scratch").iterdir())
    return finished, root / "shelf" / finished.prefix, bench


def test_every_file_is_there(bundle):
    finished, folder, _ = bundle
    assert set(finished.files) == {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["lesson"]["lesson_id"] == finished.lesson_id
    assert set(manifest["files"]) == set(finished.files) - {"manifest.json"}
    assert set(manifest["seconds_per_step"]) == {"retrieving", "writing", "narrating", "drawing"}


def test_the_video_decodes_and_is_as_long_as_its_scenes(bundle):
    finished, folder, _ = bundle
    with av.open(str(folder / "lesson.mp4")) as file:
        video, sound = file.streams.video[0], file.streams.audio[0]
        assert abs(float(video.duration * video.time_base) - finished.seconds) < 0.002
        assert abs(float(sound.duration * sound.time_base) - finished.seconds) < 0.04
        assert sum(1 for _ in file.decode(video=0)) > 20
    with av.open(str(folder / "narration.m4a")) as file:
        assert abs(sum(f.samples for f in file.decode(audio=0)) / 48_000 - finished.seconds) < 0.1


def test_the_stream_plays_like_the_file(bundle):
    finished, folder, _ = bundle
    text = (folder / "stream/index.m3u8").read_text()
    lengths = [float(x) for x in re.findall(r"#EXTINF:([\d.]+),", text)]
    assert len(lengths) == 3
    assert abs(sum(lengths) - finished.seconds) < 0.002
    whole = (folder / "stream/init.mp4").read_bytes()
    for i in range(3):
        whole += (folder / f"stream/seg-{i}.m4s").read_bytes()
    joined = folder.parent / "joined.mp4"
    joined.write_bytes(whole)
    with av.open(str(joined)) as file:
        keyframes = [float(p.pts * p.time_base) for p in file.demux(file.streams.video[0]) if p.size and p.is_keyframe]
    for start in (0, lengths[0], lengths[0] + lengths[1]):
        assert min(abs(start - at) for at in keyframes) < 0.002
    with av.open(str(joined)) as file:
        frames = sum(1 for _ in file.decode(video=0))
    with av.open(str(folder / "lesson.mp4")) as file:
        assert frames == sum(1 for _ in file.decode(video=0))
    with av.open(str(joined)) as file, av.open(str(folder / "lesson.mp4")) as lesson:
        heard = list(file.decode(audio=0))
        assert heard[0].pts == 0
        assert abs(sum(f.samples for f in heard) - sum(f.samples for f in lesson.decode(audio=0))) <= 1024


def test_captions_show_what_is_written(bundle):
    _, folder, _ = bundle
    text = (folder / "captions.vtt").read_text()
    assert "5.9 N." in text
    assert "x &lt; y" in text
    assert "CO2 &amp; H2O" in text
    assert "A &lt; B &amp; more" in (folder / "chapters.vtt").read_text()
    assert "-->" in (folder / "captions.srt").read_text()


def test_the_script_keeps_the_keys_of_the_contract(bundle):
    finished, folder, _ = bundle
    script = json.loads((folder / "script.json").read_text())
    assert {
        "script_id", "topic_id", "interest", "title", "hook", "sections", "key_takeaways", "duration_estimate_seconds", "generated_at",
        "topic_name", "facet", "grade_level", "author", "quiz", "assumptions",
    } <= set(script)  # fmt: skip
    assert len(script["key_takeaways"]) == 3
    assert abs(sum(s["duration_seconds"] for s in script["sections"]) - finished.seconds) < 0.01
    assert all({"title", "content", "duration_seconds", "visuals", "sources"} <= set(s) for s in script["sections"])
    assert script["quiz"][0]["explained_at_seconds"] > 0


def test_progress_counts_finished_units_and_the_script_is_shown_early(bundle):
    _, _, bench = bundle
    assert bench.steps == {
        "retrieving": [(1, 1)],
        "writing": [(1, 1)],
        "narrating": [(1, 3), (2, 3), (3, 3)],
        "drawing": [(1, 3), (2, 3), (3, 3)],
        "packaging": [(1, 1)],
    }
    assert "5.9 N" in bench.shown["script_text"]


def test_the_growing_stream_is_whole_at_the_end(bundle):
    finished, folder, bench = bundle
    assert bench.shown["stream_key"] == f"live/{finished.lesson_id}/index.m3u8"
    live = folder.parents[1] / "live" / finished.lesson_id
    text = (live / "index.m3u8").read_text()
    assert "#EXT-X-ENDLIST" in text
    lengths = [float(x) for x in re.findall(r"#EXTINF:([\d.]+),", text)]
    (live / "joined.mp4").write_bytes(
        b"".join((live / n).read_bytes() for n in ("init.mp4", "seg-0.m4s", "seg-1.m4s", "seg-2.m4s"))
    )
    with av.open(str(live / "joined.mp4")) as file:
        seen = [float(p.pts * p.time_base) for p in file.demux(file.streams.video[0]) if p.size and p.is_keyframe]
    for start in (0, lengths[0], lengths[0] + lengths[1]):
        assert min(abs(start - at) for at in seen) < 0.002
    with av.open(str(live / "joined.mp4")) as file:
        frames = list(file.decode(video=0))
        assert frames[-1].time < finished.seconds
    with av.open(str(folder / "lesson.mp4")) as file:
        assert len(frames) == sum(1 for _ in file.decode(video=0))
    with av.open(str(live / "joined.mp4")) as file:
        heard = [f.time for f in file.decode(audio=0)]
        assert heard[0] == 0
        assert abs(heard[-1] + 1024 / 48_000 - finished.seconds) < 0.03
        assert max(b - a for a, b in itertools.pairwise(heard)) < 0.045


def test_nothing_of_the_students_question_is_in_the_bundle(bundle):
    _, folder, _ = bundle
    for path in Path(folder).rglob("*.json"):
        assert "why does a wall" not in path.read_text()
