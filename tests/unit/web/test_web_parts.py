"""The pages' pure parts: templates fit their views, links stay ours, transcripts keep their times, examples are clear."""

from __future__ import annotations

import dataclasses
import io
import re
import typing
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

import vividly.web
from vividly.delivery import Cue
from vividly.requests.states import FailureCode, Status
from vividly.steps import Step
from vividly.web import views, words
from vividly.web.assets import TYPEFACES, Assets, cut
from vividly.web.examples import Examples
from vividly.web.session import csrf_token, safe_back
from vividly.web.showing import safe_link, transcript

FOLDER = Path(vividly.web.__file__).parent
TEMPLATES = FOLDER / "templates"
VIEWS = sorted(
    (*typing.get_args(views.Life), *(v for v in typing.get_args(views.View) if dataclasses.is_dataclass(v))), key=str
)
NAMES = re.compile(r"view((?:\.[a-z_]+)+)")


def used_by(template: str) -> set[str]:
    """Dotted names below `view` in a template, the ones it extends and includes among them."""
    text = (TEMPLATES / template).read_text()
    found = set(NAMES.findall(re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)))
    for other in re.findall(r'(?:extends|include) "([^"]+)"', text):
        found |= used_by(other)
    return found


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_template_uses_exactly_what_its_view_has(view):
    used = used_by(view.template)
    for name in used:
        kind = view
        for part in name.strip(".").split("."):
            fields = typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}
            if not fields:
                break
            assert part in fields, f"{view.template} uses view{name}, which {view.__name__} does not have"
            kind = next((arg for arg in typing.get_args(fields[part]) if dataclasses.is_dataclass(arg)), fields[part])
    first = {name.strip(".").split(".")[0] for name in used}
    assert {field.name for field in dataclasses.fields(view)} == first, "a view holds nothing that its page does not show"


@pytest.mark.parametrize("template", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_no_template_has_code_or_style_inside(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|\|\s*safe\b", text)


def test_every_word_of_the_contract_has_words_for_people():
    assert set(words.STATUS) == set(Status)
    assert set(words.STEP) == set(Step)
    assert set(words.FAILURE) == set(FailureCode)


@given(st.text())
def test_the_way_back_is_always_ours(path):
    back = safe_back(path)
    assert back == "" or (back == path and path.startswith("/") and not path.startswith(("//", "/\\")))


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/lessons?topic=a%20b", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("/a\nSet-Cookie: x", False),
        ("/sign-in?back=/", False),
        ("", False),
    ],
)
def test_ways_back_by_example(path, kept):
    assert safe_back(path) == (path if kept else "")


def test_a_token_belongs_to_one_visit_and_one_session():
    tokens = {csrf_token(key=b"k" * 16, visit=visit, session=session) for visit in ("a", "b") for session in ("", "c")}
    assert len(tokens) == 4
    assert csrf_token(key=b"other key of the house", visit="a", session="") not in tokens


def test_a_transcript_joins_captions_to_sentences_under_their_chapters():
    captions = (Cue(0, 2, "You jump,"), Cue(2, 4, "and the floor\npushes."), Cue(4.1, 6, "Why?"), Cue(6, 8, "no end"))
    chapters = (Cue(0, 4, "Jump"), Cue(4.0, 8, "Why"))
    spoken = transcript(captions, chapters)
    assert [(line.start, line.end, line.text, line.chapter) for line in spoken] == [
        (0, 4, "You jump, and the floor pushes.", "Jump"),
        (4.1, 6, "Why?", "Why"),
        (6, 8, "no end", ""),
    ]
    assert [line.clock for line in spoken] == ["0:00", "0:04", "0:06"]


def test_a_source_links_to_pages_only():
    assert safe_link("https://openstax.org/x") == "https://openstax.org/x"
    assert safe_link("javascript:alert(1)") == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, ""), (1, "about 1 second."), (12, "about 12 seconds."), (89, "about 89 seconds."), (150, "about 2 minutes.")],
)
def test_estimates_in_words(seconds, told):
    assert words.estimate(seconds).endswith(told)


def test_examples_are_questions_that_intake_would_go_on_with():
    asked = []

    def clear(question):
        asked.append(question)
        return "?" in question and len(asked) % 2 == 0

    shop = Examples(clear)
    picked = shop.pick(count=6, seed="today")
    assert len(picked) == 6
    assert len({example.question for example in picked}) == 6
    assert all(example.question[0].isupper() and example.question.endswith("?") for example in picked)
    assert {example.question for example in picked} <= set(asked)
    before = len(asked)
    assert shop.pick(count=6, seed="today") == picked
    assert len(asked) == before, "what is known is not asked again"
    assert Examples(lambda _question: False).pick(count=3, seed="x") == ()


def test_styles_and_modules_are_light_and_name_only_files_that_exist():
    assets = Assets()
    names = {path.name for path in (FOLDER / "static").iterdir()}
    weight = sum(path.stat().st_size for path in (FOLDER / "static").iterdir())
    assert weight < 100_000
    for module in (FOLDER / "static").glob("*.js"):
        for wanted in re.findall(r'import [^"]*"\./([^"]+)"', module.read_text()):
            assert wanted in names
    for template in TEMPLATES.iterdir():
        for wanted in re.findall(r"static\('([^']+)'\)", template.read_text()):
            assert assets.address(wanted).endswith(wanted)
    with pytest.raises(KeyError):
        assets.address("missing.js")


@pytest.mark.parametrize("face", TYPEFACES, ids=lambda face: face.name)
def test_typefaces_are_cut_to_what_pages_write(face):
    small = cut(face)
    assert len(small) < 60_000
    letters = TTFont(io.BytesIO(small)).getBestCmap()
    assert {ord(letter) for letter in "AZaz09ÄéñŁ?!“”’…–"} <= set(letters)


async def test_a_typeface_is_kept_between_starts(tmp_path, monkeypatch):
    first = await Assets(cache=tmp_path).get("display.woff")
    monkeypatch.setattr("vividly.web.assets.cut", lambda _face: pytest.fail("cut again"))
    again = await Assets(cache=tmp_path).get("display.woff")
    assert first == again
    assert [path.suffix for path in tmp_path.iterdir()] == [".woff"]
