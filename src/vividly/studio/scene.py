"""One scene from its words, times and picture to encoded frames: the studio's front desk.

Everything here is a pure function of a SceneJob; nothing is remembered but caches. Knows no lesson, file or request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise

from vividly.providers.port import WordTime
from vividly.studio import fonts, layout
from vividly.studio.backdrop import background
from vividly.studio.canvas import WHOLE, Canvas
from vividly.studio.cues import cue_times
from vividly.studio.elements import Element
from vividly.studio.film import encoder
from vividly.studio.frames import FPS, Display, displays, frame_count
from vividly.studio.layout import CONTENT, FULL
from vividly.studio.scenes import KINDS
from vividly.studio.specs import Picture
from vividly.studio.stage import Context, chrome
from vividly.studio.theme import theme_for

VERSION = "studio-1"  # raise when drawing changes in a way that the display lists do not show


@dataclass(frozen=True, slots=True)
class SceneJob:
    """What is needed to draw one scene. Picklable.

    words       display words of the narration with seconds from the start of the scene
    line_times  (start, end) of each sentence, seconds from the start of the scene
    seconds     narration length including pauses; the scene is the next whole frame long
    interest    id of the interest whose look the lesson wears ("" for the plain one)
    number      1-based place in the lesson of `total` scenes
    """

    scene_id: str
    heading: str
    picture: Picture
    words: tuple[WordTime, ...]
    line_times: tuple[tuple[float, float], ...]
    seconds: float
    interest: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class EncodedScene:
    """data: an MP4 with one H.264 stream. frames: exact length at 24 per second. distinct: pictures that differ.

    key: hash of display lists, settings and versions; equal keys mean equal bytes.
    """

    data: bytes
    frames: int
    key: str
    distinct: int

    @property
    def seconds(self) -> float:
        return self.frames / FPS


@dataclass(frozen=True, slots=True)
class _Set:
    """A scene ready to be drawn."""

    content: list[Element]
    frame: list[Element]
    frames: int


def _built(job: SceneJob) -> _Set:
    kind, theme, picture = KINDS[job.picture.kind], theme_for(job.interest), job.picture
    at = cue_times(words=job.words, cues=kind.cues(picture), seconds=job.seconds, ordered=kind.ordered)
    context = Context(
        theme=theme,
        at=at,
        seconds=job.seconds,
        heading=job.heading,
        interest=job.interest,
        area=FULL if kind.whole else CONTENT,
    )
    frame = chrome("" if kind.whole else job.heading, theme, number=job.number, total=job.total)
    return _Set(kind.build(picture, context), frame, frame_count(job.seconds))


def problems(job: SceneJob) -> list[str]:
    """What is wrong with the layout of this scene, in words; empty when nothing is. Nothing is drawn.

    Raises maths.FormulaError when a formula cannot be set.
    """
    built = _built(job)
    return layout.problems([*built.content, *built.frame], ground=theme_for(job.interest).ground)


def _displays(job: SceneJob) -> list[Display]:
    built = _built(job)
    return displays(built.content, built.frame, frames=built.frames, curtain=job.number < job.total)


@lru_cache
def fingerprint() -> str:
    """Changes when anything that drawing depends on does: part of every scene's key."""
    tools = [f"{name}={version(name)}" for name in ("skia-python", "typst", "av", "numpy")]
    return "|".join([VERSION, *tools, fonts.fingerprint(), encoder.fingerprint()])


def _key(job: SceneJob, made: list[Display]) -> str:
    told = hashlib.sha256(f"{fingerprint()}|{theme_for(job.interest).key}".encode())
    last: Display | None = None
    for display in made:
        if display is last:
            told.update(b"=")
            continue
        for op in display:
            told.update(op.mark.key.encode())
            told.update(repr(op[1:]).encode())
        told.update(b"|")
        last = display
    return told.hexdigest()[:32]


def draw(job: SceneJob) -> EncodedScene:
    """Draw and encode the scene. Deterministic; blocking; about 30 MB while it runs.

    Raises maths.FormulaError when a formula cannot be set.
    """
    made = _displays(job)
    distinct = 1 + sum(a is not b for a, b in pairwise(made))
    data = encoder.encode(made, Canvas(background(job.interest)))
    return EncodedScene(data=data, frames=len(made), key=_key(job, made), distinct=distinct)


def still(job: SceneJob, at: float) -> bytes:
    """What is seen `at` seconds into the scene, as PNG; drawn directly, nothing is decoded."""
    built = _built(job)
    canvas = Canvas(background(job.interest))
    ops = tuple(op for e in [*built.content, *built.frame] for op in e.ops(at))
    canvas.show(ops, [WHOLE])
    return canvas.png()


def poster(job: SceneJob) -> bytes:
    """The picture with everything in place, as PNG."""
    return still(job, job.seconds * 0.93)


def describe(picture: Picture) -> str:
    """What the picture shows, in sentences, for those who cannot see it."""
    return KINDS[picture.kind].describe(picture)
