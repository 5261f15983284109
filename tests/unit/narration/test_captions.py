"""Captions: what is written, when it is heard, no more than can be read."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vividly.pipeline.artifacts import CaptionCue
from vividly.pipeline.narration import captions
from vividly.providers.port import WordTime

TEXT = (
    "When you push on a wall, the wall pushes back on you just as hard. Say you push a 3 kg cart with 12 N. By F = ma, its "
    "acceleration is 12 ÷ 3 = 4 m/s². Why don't the two forces cancel? Because they act on different objects."
)


def spoken(text, *, word=0.32, pause=0.4):
    words, now = [], 0.3
    for one in text.split():
        words.append(WordTime(one, now, now + word * 0.9))
        now += word + (pause if one[-1] in ".?!" else 0)
    return words


def test_the_limits_hold_for_a_normal_voice():
    words = spoken(TEXT)
    made = captions.cues(words)
    assert captions.uncovered(made, words) == []
    for cue in made:
        lines = cue.text.split("\n")
        assert len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)
        assert len(cue.text) / (cue.end - cue.start) <= 20
        assert 0.7 <= cue.end - cue.start <= 7
    assert all(a.end <= b.start for a, b in pairwise(made))


def test_sentences_begin_captions_and_units_stay_with_their_numbers():
    made = captions.cues(spoken(TEXT))
    starts = [c.text.split()[0] for c in made]
    assert {"When", "Say", "By", "Why", "Because"} <= set(starts)
    assert not any(re.match(r"(kg|N\.|=|÷|m/s²)", c.text) for c in made)


def test_a_caption_comes_with_its_first_word_and_stays_to_its_last():
    words = spoken(TEXT)
    at = 0
    for cue in captions.cues(words):
        count = len(cue.text.split())
        first, last = words[at], words[at + count - 1]
        assert first.start - 0.1 <= cue.start <= first.start
        assert last.end <= cue.end + 1e-3
        at += count
    assert at == len(words)


@given(st.lists(st.tuples(st.text("abc,.?9é", min_size=1, max_size=18), st.floats(0.05, 0.9)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_words_are_covered_without_overlap(parts):
    words, now = [], 0.0
    for text, long in parts:
        words.append(WordTime(text, now, now + long))
        now += long + 0.05
    made = captions.cues(words)
    assert captions.uncovered(made, words) == []
    assert all(len(line) <= 42 for c in made for line in c.text.split("\n"))
    assert all(c.text.count("\n") <= 1 for c in made)


def test_uncovered_finds_what_is_planted():
    words = spoken("One two three. Four five six.")
    good = captions.cues(words)
    assert captions.uncovered(good, words) == []
    late = (CaptionCue(good[0].start + 0.5, good[0].end, good[0].text), *good[1:])
    assert "outside its caption" in captions.uncovered(late, words)[0]
    assert captions.uncovered(good[:-1], words) == ["the captions do not say what is said"]
    double = (CaptionCue(good[0].start, good[1].start + 0.3, good[0].text), *good[1:])
    assert "overlap" in captions.uncovered(double, words)[0]


def test_no_words_no_captions():
    assert captions.cues(()) == ()


def test_a_scene_never_reaches_into_the_next():
    one, two = captions.cues(spoken("One two three.")), captions.cues(spoken("Four five."))
    made = captions.joined([(0.0, one), (one[-1].end - 0.4, two)])
    assert made[-1].text == "Four five."
    assert all(a.end <= b.start for a, b in pairwise(made))


def test_files_escape_what_players_would_misread():
    cues = (CaptionCue(0.0, 1.25, "x < y & z > 2\n--> a<b"), CaptionCue(3661.5, 3662.0, "end"))
    vtt = captions.vtt(cues)
    assert vtt.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.250\nx &lt; y &amp; z &gt; 2\n--&gt; a&lt;b\n\n2\n")
    assert "01:01:01.500 --> 01:01:02.000\nend\n" in vtt
    srt = captions.srt(cues)
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,250\n")
    assert srt.count("-->") == 2
    assert "a<b" not in srt
    chapters = captions.chapters_vtt([(0, 1.5, "A & B"), (1.5, 3, "C\nD")])
    assert "00:00:00.000 --> 00:00:01.500\nA &amp; B\n" in chapters
    assert "C D" in chapters
