"""The check before a frame is drawn finds what a viewer would stumble over."""

import pytest

from vividly.studio.elements import Item
from vividly.studio.layout import CAPTIONS, CONTENT, Area, problems
from vividly.studio.marks import rect
from vividly.studio.text import Style, Words, fit, measure, widest_word

INK, PAPER = "#222222", "#ffffff"


def text(words: str, x: float, y: float, *, color: str = INK, **more: object) -> Item:
    return Item(mark=Words(words, Style("body", 28, color)), at=(x, y), role="text", on=PAPER, **more)


def test_a_clean_scene_has_no_problems() -> None:
    assert problems([text("One", 100, 200), text("Two", 100, 260)], ground=PAPER) == []


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([text("Over", 100, 200), text("lapping", 110, 210)], "overlap"),
        ([text("Outside", 1250, 200)], "cut off"),
        ([text("Too low", 100, CAPTIONS - 10)], "captions"),
        ([text("Pale", 100, 200, color="#bbbbbb")], "hard to read"),
        ([text("Box \U0001f9ff", 100, 200)], "no typeface"),
        ([Item(mark=rect(200, 200, fill=INK), at=(90, 190), role="solid"), text("On it", 100, 200)], "stands on"),
        ([Item(mark=rect(200, 200, fill=INK), at=(1200, 190), role="figure")], "cut off"),
    ],
)
def test_what_is_wrong_is_said(items: list[Item], says: str) -> None:
    found = problems(items, ground=PAPER)
    assert len(found) == 1
    assert says in found[0]


def test_two_things_at_different_times_do_not_overlap() -> None:
    assert problems([text("First", 100, 200, leave=2.0), text("Second", 100, 200, enter=2.5)], ground=PAPER) == []


def test_labels_may_stand_on_shapes_and_decor_is_free() -> None:
    label = Item(mark=Words("On it", Style("body", 28, PAPER)), at=(100, 200), role="label", on=INK)
    decor = Item(mark=rect(2000, 2000, fill=INK), at=(0, 0), role="decor")
    assert problems([decor, Item(mark=rect(200, 200, fill=INK), at=(90, 190), role="solid"), label], ground=PAPER) == []


def test_words_that_fit_nowhere_are_reported() -> None:
    words = fit("incomprehensibilities", Style("body", 40, INK), width=60, height=30)
    item = Item(mark=words, at=(100, 100), role="text", on=PAPER)
    assert any("does not fit" in p for p in problems([item], ground=PAPER))


def test_words_shrink_until_they_fit_and_no_word_is_broken() -> None:
    style = Style("medium", 60, INK)
    words = fit("Displacement over time", style, width=220, height=90)
    assert words.width <= 221
    assert words.height <= 91
    assert not words.overflows
    assert widest_word(words.text, words.style) <= 220


def test_lines_are_balanced() -> None:
    long = "The two forces of a pair act on two different things, so they never cancel"
    words = fit(long, Style("medium", 35, INK), width=730, height=120)
    assert words.width < 720
    assert words.height == pytest.approx(measure(long, words.style, 730)[1], abs=1)


def test_rows_and_columns_share_the_area() -> None:
    area = Area(0, 0, 100, 100)
    rows = area.rows(3, gap=5)
    assert rows[0].height == pytest.approx(30)
    assert rows[2].bottom == pytest.approx(100)
    left, right = area.columns(3, 1, gap=20)
    assert (left.width, right.width) == pytest.approx((60, 20))
    assert CONTENT.bottom <= CAPTIONS
