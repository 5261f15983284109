"""Every installed pack is right: algebra, coverage, pictures and typst. Run one with `-k topic_id`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typst
from pydantic import BaseModel, ValidationError

from vividly.curriculum.checks import problems, problems_between
from vividly.curriculum.loader import load_all, load_pack, pack_ids
from vividly.curriculum.schema import Pack
from vividly.studio.specs import parse_picture


@pytest.mark.parametrize("topic_id", pack_ids())
def test_pack_has_no_problems(topic_id: str) -> None:
    assert problems(load_pack(topic_id)) == []


def test_no_two_facets_claim_the_same_words() -> None:
    assert problems_between(load_all().values()) == []


@pytest.mark.parametrize("topic_id", pack_ids())
def test_pictures_are_drawable(topic_id: str) -> None:
    wrong = []
    for facet in load_pack(topic_id).facets:
        for number, picture in enumerate(facet.pictures, 1):
            try:
                parse_picture(picture)
            except ValidationError as error:
                wrong += [f"{facet.id}/pictures/{number}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    assert wrong == []


@pytest.mark.parametrize("topic_id", pack_ids())
def test_maths_compiles(topic_id: str) -> None:
    wrong = [f"{where}: {text}: {error}" for where, text in maths_of(load_pack(topic_id)) if (error := typst_error(text))]
    assert wrong == []


@pytest.mark.parametrize("topic_id", pack_ids())
def test_formula_parts_are_written_in_their_formula(topic_id: str) -> None:
    wrong = []
    for facet in load_pack(topic_id).facets:
        for picture in facet.pictures:
            if picture.get("kind") == "formula":
                parts = picture["parts"]
                assert isinstance(parts, list)
                wrong += [
                    f"{facet.id}: {p['symbol']} not in {picture['math']}"
                    for p in parts
                    if p["symbol"] not in str(picture["math"])
                ]
    assert wrong == []


def maths_of(pack: Pack) -> Iterator[tuple[str, str]]:
    for facet in pack.facets:
        yield from ((f"{facet.id}/formulas/{formula.id}", formula.typst) for formula in facet.formulas)
        yield from ((f"{facet.id}/worked_example", step.math) for step in facet.worked_example.steps if step.math)
        for number, picture in enumerate(facet.pictures, 1):
            yield from ((f"{facet.id}/pictures/{number}", text) for text in maths_in(parse_picture(picture)))


def maths_in(part: object) -> Iterator[str]:
    if isinstance(part, BaseModel):
        for name, value in part:
            if name in {"math", "symbol"} and isinstance(value, str):
                yield value
            else:
                yield from maths_in(value)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from maths_in(item)


def typst_error(text: str) -> str:
    page = f"#set page(width: auto, height: auto)\n$ {text} $\n"
    try:
        typst.compile(page.encode(), format="svg")
    except Exception as error:  # noqa: BLE001 - typst has one error type and it is not public
        return str(error)
    return ""


def test_the_typst_check_can_fail() -> None:
    assert typst_error("F = m a") == ""
    assert typst_error("F = undefinedname") != ""
