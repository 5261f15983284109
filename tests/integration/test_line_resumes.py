"""A run that is broken off at any point, by any cause, is taken up again and repeats nothing that was finished."""

import asyncio
import io
from collections import Counter
from datetime import UTC, datetime
from functools import cache

import av
import numpy as np
import pytest

from vividly.errors import LeaseLost, TryAgainLater
from vividly.pipeline import line
from vividly.pipeline.artifacts import (
    Declined,
    Finished,
    Inquiry,
    Line,
    Question,
    QuizChoice,
    QuizQuestion,
    Scene,
    Source,
    Storyboard,
)
from vividly.pipeline.drawers import Drawing
from vividly.pipeline.failure import StageFailed
from vividly.pipeline.retrieve import Found
from vividly.pipeline.tools import Tools
from vividly.providers.port import Speech, WordTime
from vividly.shelf.disk import DiskShelf
from vividly.studio.scene import EncodedScene

SAID = ("Push a wall.", "The wall pushes back.")
SOURCE = Source("demo/push/answer", " ".join(SAID), "Book", "One", "CC BY 4.0")
PICTURE = {
    "kind": "vector_diagram",
    "bodies": [{"id": "one", "label": "wall", "x": 40, "y": 45}],
    "forces": [{"body": "one", "label": "push", "angle": 0, "cue": "push"}],
}
BOARD = Storyboard(
    title="Pushes",
    hook="Push.",
    topic_id="topic_demo",
    topic_name="Pushing",
    facet="push",
    interest="basketball",
    interest_name="Basketball",
    grade=9,
    author="double",
    scenes=tuple(Scene(f"s{i}", "idea", "Push", (Line(text, (SOURCE.passage_id,)),), PICTURE) for i, text in enumerate(SAID)),
    takeaways=("One.", "Two.", "Three."),
    quiz=(QuizQuestion("Who?", (QuizChoice("Both", True, "yes"), QuizChoice("One", False, "no")), "s1"),),
    sources=(SOURCE,),
)
INQUIRY = Inquiry("why", 9, "basketball")


class Killed(BaseException):
    """What a `kill -9` looks like from inside: nothing catches it."""


class Bench:
    """Remembers like a database; breaks at the `fatal`-th call, before it takes effect."""

    def __init__(self, kept, *, fatal=0):
        self.kept, self.fatal, self.calls = kept, fatal, 0
        self.shown, self.again = {}, []

    def _call(self, take_effect=lambda: None):
        self.calls += 1
        if self.calls == self.fatal:
            raise Killed
        take_effect()

    async def recall(self, stage, key):
        self._call()
        return self.kept.get((stage, key))

    async def keep(self, stage, key, data):
        if (stage, key) in self.kept:
            self.again.append(stage)
        assert len(data) < 100_000
        self._call(lambda: self.kept.update({(stage, key): data}))

    async def progress(self, step, done, total):
        assert 0 <= done <= total
        self._call()

    async def ready(self, name, value):
        self._call(lambda: self.shown.update({name: value}))

    def alive(self):
        self._call()
        return True


class Kitchen:
    """Doubles that count. The voice beeps, the drawers encode gray; mux, captions and gate are the real ones."""

    name = "double"

    def __init__(self, root):
        self.count, self.root = Counter(), root
        self.answer = Inquiry("why", 9, "basketball", topic_id="topic_demo", facet="push")
        self.error = None

    def tools(self):
        return Tools(
            understand=self.understand,
            retriever=self,
            author=self,
            voice=self,
            drawers=self,
            shelf=DiskShelf(self.root / "shelf"),
            clock=lambda: datetime(2026, 1, 2, tzinfo=UTC),
            scratch=self.root / "scratch",
        )

    def understand(self, inquiry):
        self.count["understand"] += 1
        return self.answer

    def find(self, inquiry):
        self.count["find"] += 1
        return Found("topic_demo", "push", "", "basketball", (SOURCE,))

    def fetch(self, found):
        return found

    def write(self, inquiry, material):
        self.count["write"] += 1
        return BOARD

    def speak(self, spoken):
        self.count["speak", spoken] += 1
        words = spoken.split()
        samples = (0.2 * np.sin(np.arange(len(words) * 4800) / 20)).astype(np.float32)
        return Speech(samples, 24_000, tuple(WordTime(w, i * 0.2, i * 0.2 + 0.18) for i, w in enumerate(words)))

    async def draw(self, job):
        self.count["draw", job.scene_id] += 1
        if self.error:
            raise self.error
        await asyncio.sleep(0)
        frames = round(job.seconds * 24)
        return Drawing(EncodedScene(gray(frames), frames, job.scene_id, 1), 0.1)


@cache
def gray(frames):
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast", "bf": "0", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for i in range(frames):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([90]) * plane.buffer_size)
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def cook(kitchen, bench):
    return asyncio.run(line.run(INQUIRY, tools=kitchen.tools(), bench=bench))


def counted_calls(tmp_path_factory):
    bench = Bench({})
    finished = cook(Kitchen(tmp_path_factory.mktemp("count")), bench)
    return finished, bench


def test_a_run_killed_at_any_point_is_resumed_and_repeats_nothing_finished(tmp_path_factory):
    wanted, whole = counted_calls(tmp_path_factory)
    assert isinstance(wanted, Finished)
    kinds = Counter(stage for stage, _ in whole.kept)
    assert kinds == {"understanding": 1, "retrieving": 1, "writing": 1, "narrating": 2, "drawing": 2, "packaging": 1}
    reached = 0
    for fatal in range(1, whole.calls + 1):
        kitchen, kept = Kitchen(tmp_path_factory.mktemp("kill")), {}
        first = Bench(kept, fatal=fatal)
        try:
            cook(kitchen, first)
            assert first.calls < fatal  # drawings that finish together save a call or two
        except Killed:
            reached += 1
        done = Counter(stage for stage, _ in kept)
        before = kitchen.count.copy()
        second = Bench(kept)
        assert cook(kitchen, second) == wanted, fatal
        assert second.again == [], fatal
        repeated = kitchen.count - before
        assert repeated["understand"] == 1 - done["understanding"]
        assert repeated["find"] == 1 - done["retrieving"]
        assert repeated["write"] == 1 - done["writing"]
        assert sum(n for k, n in repeated.items() if k[0] == "speak") <= 2 - done["narrating"]
        assert sum(n for k, n in repeated.items() if k[0] == "draw") <= 2 - done["drawing"]
        assert second.shown["script_text"]
    assert reached > whole.calls * 0.9


def test_the_same_lesson_again_costs_neither_voice_nor_drawing(tmp_path):
    kitchen = Kitchen(tmp_path)
    first = cook(kitchen, Bench({}))
    before = kitchen.count.copy()
    assert cook(kitchen, Bench({})) == first
    assert set(kitchen.count - before) == {"understand", "find", "write"}


def test_a_checkpoint_whose_bytes_are_gone_is_made_again(tmp_path):
    kitchen, kept = Kitchen(tmp_path), {}
    with pytest.raises(Killed):
        cook(kitchen, Bench(kept, fatal=22))
    for path in (tmp_path / "shelf" / "work").iterdir():
        path.unlink()
    assert isinstance(cook(kitchen, Bench(kept)), Finished)


def test_a_checkpoint_of_another_shape_is_made_again(tmp_path):
    kitchen, kept = Kitchen(tmp_path), {}
    finished = cook(kitchen, Bench(kept))
    broken = dict.fromkeys(kept, b'{"seconds": 1, "value": {"odd": true}}')
    assert cook(kitchen, Bench(broken)) == finished


@pytest.mark.parametrize("answer", [Question(("Which?",), (), "two topics"), Declined("out_of_scope", "Sorry.")])
def test_what_is_not_understood_ends_the_line(tmp_path, answer):
    kitchen = Kitchen(tmp_path)
    kitchen.answer = answer
    assert cook(kitchen, Bench({})) == answer
    assert set(kitchen.count) == {"understand"}


def test_a_lost_lease_stops_the_line_and_nothing_more_is_kept(tmp_path):
    kitchen = Kitchen(tmp_path)
    bench = Bench({})

    def alive():
        bench.calls += 1
        return not any(stage == "narrating" for stage, _ in bench.kept)

    bench.alive = alive
    with pytest.raises(LeaseLost):
        cook(kitchen, bench)
    assert Counter(stage for stage, _ in bench.kept)["drawing"] == 0
    assert not (tmp_path / "shelf" / "lessons").exists()


@pytest.mark.parametrize("error", [StageFailed("drawing", "two labels overlap"), TryAgainLater("drawers are gone")])
def test_errors_of_a_drawing_come_out_as_they_are(tmp_path, error):
    kitchen = Kitchen(tmp_path)
    kitchen.error = error
    with pytest.raises(type(error)) as raised:
        cook(kitchen, Bench({}))
    assert raised.value is error


def test_a_picture_shorter_than_its_sound_never_becomes_a_lesson(tmp_path):
    class Hasty(Kitchen):
        async def draw(self, job):
            frames = (await super().draw(job)).scene.frames - 2
            return Drawing(EncodedScene(gray(frames), frames, "short", 1), 0.1)

    with pytest.raises(StageFailed, match="the picture lasts"):
        cook(Hasty(tmp_path), Bench({}))
    assert not list((tmp_path / "shelf" / "lessons").rglob("manifest.json"))
