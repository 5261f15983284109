"""Lines through a voice that beeps: whole frames, order, pauses, and times of what is written."""

import numpy as np
import pytest

from vividly.pipeline.narration import speech
from vividly.providers.port import Speech, WordTime

RATE = 24_000


class Beep:
    name = "beep"

    def __init__(self, rate=RATE):
        self.rate, self.said = rate, []

    def speak(self, spoken):
        self.said.append(spoken)
        words = spoken.split()
        samples = np.full(round(len(words) * 0.25 * self.rate), 0.3, np.float32)
        return Speech(samples, self.rate, tuple(WordTime(w, i * 0.25, i * 0.25 + 0.2) for i, w in enumerate(words)))


def test_a_scene_is_a_whole_number_of_frames():
    for text in ("One.", "One two three.", "A 3 kg cart — pushed with 5.9 N."):
        said = speech.say(lines=[text], voice=Beep())
        assert len(said.samples) % (RATE // 24) == 0
        assert said.seconds >= said.words[-1].end + 0.7


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100])
def test_other_rates_are_within_a_sample_of_whole_frames(rate):
    said = speech.say(lines=["One two three."], voice=Beep(rate))
    frames = said.seconds * 24
    assert abs(frames - round(frames)) < 24 / rate


def test_words_are_what_is_written_and_times_what_is_heard():
    said = speech.say(lines=["It weighs 5.9 N — little."], voice=Beep())
    assert [w.text for w in said.words] == ["It", "weighs", "5.9", "N", "—", "little."]
    number, unit, dash = said.words[2], said.words[3], said.words[4]
    assert number.end - number.start == pytest.approx(0.7)
    assert unit.start == pytest.approx(number.start + 0.75)
    assert dash.start == dash.end == unit.end
    starts = [w.start for w in said.words]
    assert starts == sorted(starts)


def test_each_sentence_is_spoken_by_itself_with_a_pause_between():
    voice = Beep()
    said = speech.say(lines=["One thing. Is it so?", "Another, e.g. this."], voice=voice)
    assert voice.said == ["One thing.", "Is it so?", "Another, for example this."]
    gaps = [said.words[2].start - said.words[1].end, said.words[5].start - said.words[4].end]
    assert gaps[0] == pytest.approx(speech.BETWEEN_SENTENCES_S + 0.05, abs=0.01)
    assert gaps[1] == pytest.approx(speech.AFTER_QUESTION_S + 0.05, abs=0.01)
    assert len(said.line_times) == 2
    assert said.line_times[0][1] <= said.line_times[1][0]
    assert said.line_times[1] == (said.words[5].start, said.words[-1].end)


def test_silence_lies_where_nothing_is_said():
    said = speech.say(lines=["One.", "Two."], voice=Beep())
    assert not said.samples[: round(speech.LEAD_S * RATE)].any()
    assert not said.samples[-round(speech.TAIL_S * RATE) :].any()


def test_a_line_without_a_sound_takes_no_time():
    said = speech.say(lines=["One.", "—", "Two."], voice=Beep())
    assert said.line_times[1][0] == said.line_times[1][1]
    assert [w.text for w in said.words] == ["One.", "—", "Two."]


def test_a_scene_must_say_something():
    with pytest.raises(ValueError, match="say something"):
        speech.say(lines=["—"], voice=Beep())


def test_a_voice_that_loses_words_is_found_out():
    class Sloppy(Beep):
        def speak(self, spoken):
            whole = super().speak(spoken)
            return Speech(whole.samples, whole.rate, whole.words[:-1])

    with pytest.raises(ValueError, match="timed 1 words of 2"):
        speech.say(lines=["Two words."], voice=Sloppy())
