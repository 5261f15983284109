"""Every kind of picture of the schema can be drawn, says what it shows, and stays in its place even when it is full."""

import pickle
from itertools import pairwise
from typing import get_args

import pytest

from vividly.providers.port import WordTime
from vividly.studio import scene
from vividly.studio.maths import FormulaError
from vividly.studio.scenes import KINDS
from vividly.studio.specs import Picture, parse_picture
from vividly.studio.theme import theme_ids

UNION = {kind.model_fields["kind"].default for kind in get_args(get_args(Picture)[0])}
LONG = "The quick electromagnetic interaction between growing organisms and their surroundings changes every measurable "
LONG += "displacement over considerable periods of time, and that matters for all of us"
QUADRATIC = "x = (-b plus.minus sqrt(b^2 - 4 a c)) / (2 a) + v_0 t"


def fill(count: int) -> str:
    return LONG[:count].rstrip() + "."[: count - len(LONG[:count].rstrip())]


LABEL = fill(34)
USUAL: dict[str, dict] = {
    "title": {"heading": "Why does a wall push back?", "subtitle": "Newton's third law", "interest": "soccer"},
    "key_points": {"points": [{"text": "Forces come in pairs"}, {"text": "They act on two things"}]},
    "definition": {"term": "Interaction", "meaning": "Two things acting on each other", "example": "A foot and a ball"},
    "formula": {
        "math": "F = m a",
        "parts": [{"symbol": "F", "name": "net force", "unit": "N"}, {"symbol": "m", "name": "mass"}],
    },
    "derivation": {"steps": [{"math": "a^2 + b^2 = c^2", "note": "the theorem"}, {"math": "c = sqrt(a^2 + b^2)"}]},
    "worked_example": {"given": ["mass: 3 kg"], "steps": [{"math": "a = F / m", "note": "solve"}], "answer": "4 m/s²"},
    "comparison": {"left_heading": "Wrong", "right_heading": "Right", "rows": [{"left": "a", "right": "b"}], "verdict": True},
    "mapping": {"interest": "music", "pairs": [{"idea": "wave", "world": "string"}, {"idea": "node", "world": "finger"}]},
    "quiz_card": {"question": "Which force is larger?", "options": ["The first", "The second", "Neither"], "answer": 2},
    "vector_diagram": {
        "bodies": [
            {"id": "a", "label": "You", "shape": "person", "x": 30, "y": 30},
            {"id": "b", "shape": "wall", "x": 75, "y": 30},
        ],
        "forces": [
            {"body": "a", "label": "push", "angle": 0},
            {"body": "b", "label": "push back", "angle": 180, "tone": "second"},
        ],
        "surface": "floor",
    },
}
FULL: dict[str, dict] = {
    "title": {"heading": fill(70), "subtitle": fill(90), "interest": "movies"},
    "key_points": {"points": [{"text": fill(90)}] * 4},
    "definition": {"term": LABEL, "meaning": fill(180), "example": fill(120)},
    "formula": {
        "math": QUADRATIC,
        "parts": [{"symbol": s, "name": LABEL, "unit": "kg m²/s² per mole"} for s in ("x", "b", "a", "c", "v_0")],
        "note": fill(100),
    },
    "derivation": {"steps": [{"math": QUADRATIC, "note": fill(60)}] * 5},
    "worked_example": {
        "given": [fill(60) + ": 12 kg m/s"] * 4,
        "steps": [{"math": QUADRATIC, "note": fill(60)}] * 4,
        "answer": fill(60),
    },
    "comparison": {"left_heading": LABEL, "right_heading": LABEL, "rows": [{"left": fill(60), "right": fill(60)}] * 4},
    "mapping": {"interest": "dance", "pairs": [{"idea": LABEL, "world": fill(52)}] * 4, "breaks": fill(110)},
    "quiz_card": {"question": fill(150), "options": [fill(70)] * 4, "answer": 1},
    "vector_diagram": {
        "bodies": [
            {"id": "a", "label": "Basketball player", "shape": "person", "x": 20, "y": 40},
            {"id": "b", "label": "The whole world", "shape": "earth", "x": 80, "y": 45},
        ],
        "forces": [
            {"body": "a", "label": "Gravity on the player", "angle": 270},
            {"body": "a", "label": "Support from the floor", "angle": 90},
            {"body": "a", "label": "Push of the other player", "angle": 0, "length": 1.5},
            {"body": "b", "label": "Gravity on the Earth", "angle": 90, "tone": "second"},
        ],
    },
}


def job(kind: str, data: dict, *, interest: str = "", number: int = 2, total: int = 8) -> scene.SceneJob:
    words = tuple(
        WordTime(w, 0.3 + i * 0.4, 0.6 + i * 0.4) for i, w in enumerate("one two three push pull mass and more".split())
    )
    return scene.SceneJob(
        scene_id="s", heading=fill(60), picture=parse_picture({"kind": kind, **data}), words=words,
        line_times=((0.3, 3.5),), seconds=8.0, interest=interest, number=number, total=total,
    )  # fmt: skip


def test_the_registry_is_the_union() -> None:
    assert set(KINDS) == UNION


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_a_usual_picture_has_no_problems(kind: str) -> None:
    assert scene.problems(job(kind, USUAL[kind])) == []


@pytest.mark.parametrize("kind", sorted(FULL))
def test_a_full_picture_has_no_problems(kind: str) -> None:
    assert scene.problems(job(kind, FULL[kind])) == []


@pytest.mark.parametrize("interest", theme_ids())
def test_every_look_is_readable_in_every_kind(interest: str) -> None:
    found = {kind: scene.problems(job(kind, data, interest=interest)) for kind, data in USUAL.items()}
    assert {kind: p for kind, p in found.items() if p} == {}


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_the_description_names_what_is_seen(kind: str) -> None:
    told = scene.describe(parse_picture({"kind": kind, **USUAL[kind]}))
    named = {
        "title": "wall push back", "key_points": "pairs", "definition": "Interaction", "formula": "net force",
        "derivation": "the theorem", "worked_example": "4 m/s²", "comparison": "Wrong", "mapping": "string",
        "quiz_card": "C: Neither", "vector_diagram": "push back",
    }  # fmt: skip
    assert named[kind] in told
    assert told.endswith(".")


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_a_cue_for_every_part_and_a_scene_never_empty(kind: str) -> None:
    sample = job(kind, USUAL[kind])
    made = scene._displays(sample)
    assert len(made) == 192
    assert all(len(display) > 8 + 1 for display in made[14:-8]), "more than dots and heading from half a second on"
    assert len({id(d) for d in made}) > 20, "it moves"


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_parts_come_one_by_one(kind: str) -> None:
    made = scene._displays(job(kind, USUAL[kind]))
    counts = [len(d) for d in made[: int(0.8 * len(made))]]
    grown = sum(b > a for a, b in pairwise(counts))
    assert grown >= 2
    assert made[-30] != made[20]


def test_the_key_depends_on_what_is_seen_and_only_on_that() -> None:
    one = job("definition", USUAL["definition"])
    key = scene._key(one, scene._displays(one))
    again = scene.SceneJob(**{name: getattr(one, name) for name in one.__dataclass_fields__} | {"scene_id": "other"})
    assert scene._key(again, scene._displays(again)) == key
    other = job("definition", USUAL["definition"] | {"term": "Reaction"})
    assert scene._key(other, scene._displays(other)) != key
    dressed = job("definition", USUAL["definition"], interest="music")
    assert scene._key(dressed, scene._displays(dressed)) != key


def test_a_job_travels_to_another_process() -> None:
    sample = job("formula", USUAL["formula"])
    assert pickle.loads(pickle.dumps(sample)) == sample


def test_maths_that_cannot_be_set_is_named() -> None:
    bad = job("derivation", {"steps": [{"math": "nonsense + 1"}, {"math": "a"}]})
    with pytest.raises(FormulaError, match="nonsense"):
        scene.problems(bad)
