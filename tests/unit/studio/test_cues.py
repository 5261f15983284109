"""Parts appear when they are named."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vividly.providers.port import WordTime
from vividly.studio.cues import ANTICIPATION, LATEST, cue_times, stems


def said(text: str, *, step: float = 0.5, start: float = 1.0) -> tuple[WordTime, ...]:
    return tuple(WordTime(w, start + i * step, start + i * step + 0.4) for i, w in enumerate(text.split()))


def test_a_part_appears_a_moment_before_its_word() -> None:
    words = said("First the push, then the friction holds it back again and that is all of it.")
    at = cue_times(words=words, cues=["push", "friction"], seconds=12)
    assert at == pytest.approx((2.0 - ANTICIPATION, 3.5 - ANTICIPATION))


def test_inflections_and_punctuation_do_not_matter() -> None:
    words = said("It accelerates, strongly: CO₂ and forces!")
    at = cue_times(words=words, cues=["acceleration", "CO2", "force"], seconds=20)
    assert at == pytest.approx((1.5 - ANTICIPATION, 2.5 - ANTICIPATION, 3.5 - ANTICIPATION))


def test_parts_keep_their_order_even_when_an_early_word_comes_again() -> None:
    words = said("the wall pushes you and you push the wall")
    at = cue_times(words=words, cues=["wall", "you", "wall"], seconds=20)
    assert at[0] == pytest.approx(1.5 - ANTICIPATION)
    assert at[2] == pytest.approx(5.0 - ANTICIPATION)


def test_one_part_named_late_does_not_hold_back_the_others() -> None:
    words = said("mass and speed and height come before energy")
    at = cue_times(words=words, cues=["energy", "mass", "speed", "height"], seconds=20)
    assert at[1:] == pytest.approx((1.0 - ANTICIPATION, 2.0 - ANTICIPATION, 3.0 - ANTICIPATION))


def test_symbols_of_a_formula_come_in_any_order() -> None:
    words = said("acceleration is force over mass")
    at = cue_times(words=words, cues=["force", "mass", "acceleration"], seconds=20, ordered=False)
    assert at[2] < at[0] < at[1]


def test_parts_nobody_names_are_spread_between_their_neighbors() -> None:
    words = said("alpha one two three four five six seven omega", step=1.0)
    at = cue_times(words=words, cues=["alpha", "zzz", "yyy", "omega"], seconds=30)
    assert at[1] - at[0] == pytest.approx(at[2] - at[1], abs=0.01) == pytest.approx(at[3] - at[2], abs=0.01)


def test_nothing_appears_in_the_last_quarter() -> None:
    words = said("a b c d e f g h i finally", step=1.0)
    assert cue_times(words=words, cues=["finally"], seconds=10)[0] == pytest.approx(LATEST * 10)


def test_small_words_alone_do_not_name_anything() -> None:
    words = said("the of and it is gravity")
    assert cue_times(words=words, cues=["the gravity of it"], seconds=20)[0] == pytest.approx(3.5 - ANTICIPATION)


def test_half_of_a_long_cue_is_enough_a_third_is_not() -> None:
    words = said("bread is one two three four five six seven eight the quick brown fox jumps")
    at = cue_times(words=words, cues=["quick brown fox bread"], seconds=40)
    assert at[0] == pytest.approx(1.0 + 11 * 0.5 - ANTICIPATION)


def test_stems_fold_compatibility_forms() -> None:
    assert stems("CO₂ m²") == stems("CO2 m2")


@given(
    cues=st.lists(st.sampled_from(["", "alpha", "beta", "gamma", "beta gamma", "zeta"]), min_size=1, max_size=8),
    text=st.lists(st.sampled_from("alpha beta gamma delta the epsilon".split()), max_size=30),
    seconds=st.floats(3, 60),
    ordered=st.booleans(),
)
def test_times_are_in_the_scene_and_in_order(cues: list[str], text: list[str], seconds: float, ordered: bool) -> None:
    at = cue_times(words=said(" ".join(text), step=0.3), cues=cues, seconds=seconds, ordered=ordered)
    assert len(at) == len(cues)
    assert all(0 <= t <= max(0.35, LATEST * seconds) + 0.002 for t in at)
    if ordered:
        assert all(a <= b for a, b in pairwise(at))
