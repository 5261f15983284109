"""Two scenes drawn, joined with a tone, and reopened as a stranger would: lengths, last frame, chapters, captions, bytes."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from vividly.providers.port import WordTime
from vividly.studio import scene
from vividly.studio.backdrop import background
from vividly.studio.canvas import WHOLE, Canvas
from vividly.studio.film import mux
from vividly.studio.film.audio import RATE
from vividly.studio.film.inspect import NotWatchable, inspect
from vividly.studio.frames import FPS, changes
from vividly.studio.specs import parse_picture

PUSH = {
    "kind": "vector_diagram",
    "bodies": [
        {"id": "a", "label": "You", "shape": "person", "x": 30, "y": 30},
        {"id": "b", "shape": "wall", "x": 75, "y": 30},
    ],
    "forces": [{"body": "a", "label": "push", "angle": 0}, {"body": "b", "label": "push back", "angle": 180, "tone": "second"}],
    "surface": "floor",
}
QUIZ = {"kind": "quiz_card", "question": "Which force is larger?", "options": ["Yours", "The wall's", "Neither"], "answer": 2}


def job(picture: dict, seconds: float, number: int) -> scene.SceneJob:
    words = tuple(
        WordTime(w, 0.5 + i * 0.5, 0.9 + i * 0.5) for i, w in enumerate("you push it and it gives a push back".split())
    )
    return scene.SceneJob(f"s{number}", "A wall", parse_picture(picture), words, ((0.5, 5.0),), seconds, "soccer", number, 2)


@pytest.fixture(scope="module")
def scenes() -> list[scene.EncodedScene]:
    return [scene.draw(job(PUSH, 6.03, 1)), scene.draw(job(QUIZ, 7.49, 2))]


@pytest.fixture(scope="module")
def lesson(scenes: list[scene.EncodedScene], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    assemble(scenes, out)
    return out


def assemble(scenes: list[scene.EncodedScene], out: Path) -> None:
    first, end = scenes[0].seconds, sum(s.seconds for s in scenes)
    t = np.arange(round(end * 24_000)) / 24_000
    mux.assemble(
        scenes=scenes,
        audio=(0.2 * np.sin(2 * np.pi * 440 * t)).astype(np.float32),
        rate=24_000,
        cues=[(0.5, 2.0, "You push it,"), (2.0, 4.9, "and it gives\na push <back> & more.")],
        chapters=[(0.0, first, "A wall"), (first, end, "Check: yourself")],
        title="Walls",
        out=out,
    )


def test_a_scene_is_as_long_as_it_says(scenes: list[scene.EncodedScene]) -> None:
    assert [s.frames for s in scenes] == [145, 180]
    assert all(10 < s.distinct < s.frames for s in scenes)


def test_the_lesson_is_whole(lesson: Path, scenes: list[scene.EncodedScene]) -> None:
    found = inspect(lesson)
    assert found.video_seconds == pytest.approx(325 / FPS, abs=1e-6)
    assert abs(found.video_seconds - found.audio_seconds) < 0.04
    assert (found.width, found.height, found.video_codec, found.audio_codec) == (1280, 720, "h264", "aac")
    assert found.chapters == ("A wall", "Check: yourself")
    assert found.captions == 2
    assert found.faststart
    assert found.frames < 325, "still pictures are not sent 24 times a second"


def test_times_are_those_of_the_frames(lesson: Path) -> None:
    with av.open(str(lesson)) as file:
        stream = file.streams.video[0]
        packets = [p for p in file.demux(stream) if p.size]
        at = [round(float(p.pts * p.time_base) * FPS, 6) for p in packets]
        keys = [t for t, p in zip(at, packets, strict=True) if p.is_keyframe]
        context = stream.codec_context
        assert (context.color_range, context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1, 1)
    assert at[0] == 0
    assert at[-6:] == [319, 320, 321, 322, 323, 324]
    assert max(b - a for a, b in pairwise(at)) <= 12
    assert {0, 145} <= set(keys), "every scene begins with a keyframe"
    assert all(p.pts == p.dts for p in packets)


def test_captions_are_what_was_written(lesson: Path) -> None:
    with av.open(str(lesson)) as file:
        stream = file.streams.subtitles[0]
        found = [
            (float(p.pts * p.time_base), float(p.duration * p.time_base), bytes(p)[2:].decode())
            for p in file.demux(stream)
            if p.size > 2
        ]
    assert found == [(0.5, 1.5, "You push it,"), (2.0, 2.9, "and it gives\na push <back> & more.")]


def test_the_decoded_picture_is_the_drawn_one(scenes: list[scene.EncodedScene], lesson: Path) -> None:
    """Colors and places survive: decoded by BT.709 and compared with the drawing, away from x264's small losses."""
    sample = job(PUSH, 6.03, 1)
    made = scene._displays(sample)
    canvas = Canvas(background("soccer"))
    canvas.show(made[130], [WHOLE])
    with av.open(str(lesson)) as file:
        frame = next(f for f in file.decode(video=0) if round(f.time * FPS) >= 120)
        seen = frame.to_ndarray(format="rgb24").astype(int)
    canvas.show(made[round(frame.time * FPS)], [WHOLE])
    drawn = canvas._pixels[..., [2, 1, 0]].astype(int)
    assert np.abs(seen - drawn).mean() < 2.5


@pytest.mark.parametrize(("picture", "seconds"), [(PUSH, 6.03), (QUIZ, 7.49)])
def test_drawing_only_what_changed_gives_the_same_picture(picture: dict, seconds: float) -> None:
    made = scene._displays(job(picture, seconds, 1))
    part, whole = Canvas(background("soccer")), Canvas(background("soccer"))
    shown = ()
    for i, display in enumerate(made):
        part.show(display, [WHOLE] if i == 0 else changes(shown, display))
        shown = display
        if i % 9 == 0 or i > len(made) - 7:
            whole.show(display, [WHOLE])
            # A few edge pixels differ by how a clipped path is smoothed; a stale rectangle would be hundreds.
            differing = (np.abs(part._pixels.astype(int) - whole._pixels).max(axis=2) > 8).sum()
            assert differing < 40, i


def test_the_same_job_gives_the_same_bytes(scenes: list[scene.EncodedScene], lesson: Path, tmp_path: Path) -> None:
    again = scene.draw(job(PUSH, 6.03, 1))
    assert again == scenes[0]
    assemble(scenes, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == lesson.read_bytes()


def test_a_half_written_lesson_is_never_seen(scenes: list[scene.EncodedScene], tmp_path: Path) -> None:
    broken = scene.EncodedScene(data=scenes[1].data[:3000], frames=180, key="x", distinct=1)
    with pytest.raises(av.FFmpegError):
        assemble([scenes[0], broken], tmp_path / "lesson.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_cut_off_file_is_not_watchable(lesson: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    data = lesson.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(NotWatchable):
        inspect(cut)


def test_sound_that_is_too_short_is_noticed(scenes: list[scene.EncodedScene], tmp_path: Path) -> None:
    mux.narration(audio=np.zeros(RATE, np.float32), rate=RATE, title="x", out=tmp_path / "n.m4a")
    with pytest.raises(NotWatchable, match="lacks pictures"):
        inspect(tmp_path / "n.m4a")


def test_stills_and_posters_are_pictures() -> None:
    sample = job(QUIZ, 7.49, 2)
    for data in (scene.still(sample, 1.0), scene.poster(sample)):
        assert data.startswith(b"\x89PNG")
    assert scene.still(sample, 0.0) != scene.poster(sample)


def test_a_contact_sheet_shows_the_lesson(lesson: Path) -> None:
    from vividly.studio.film.sheet import contact_sheet

    assert contact_sheet(lesson, count=6, columns=3).startswith(b"\x89PNG")
