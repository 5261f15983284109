"""What every voice must do. A new plug is added to `voices`."""

import concurrent.futures
import socket

import numpy as np
import pytest

from vividly.errors import Misconfigured
from vividly.providers import hibari
from vividly.providers.hibari import Hibari

SENTENCES = (
    "Newton's third law says that F equals M A.",
    "A three kilogram cart, pushed with twelve newtons, speeds up at four meters per second squared.",
    "Why? Because C O two and H two O become C six H twelve O six!",
    "I plus equals one; then parse Int is called.",
    "Hi.",
)


@pytest.fixture(scope="module", params=[Hibari], ids=["hibari"])
def voice(request):
    return request.param()


@pytest.mark.parametrize("text", SENTENCES)
def test_word_times_are_those_of_the_text_in_order_and_inside_the_sound(voice, text):
    speech = voice.speak(text)
    assert [w.text for w in speech.words] == text.split()
    now = 0.0
    for word in speech.words:
        assert now - 1e-6 <= word.start < word.end
        now = word.end
    assert now <= len(speech.samples) / speech.rate + 1e-6


def test_samples_are_mono_floats_of_speech_level(voice):
    speech = voice.speak(SENTENCES[0])
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert 0.05 < np.abs(speech.samples).max() <= 1.0
    assert 1.5 < len(speech.samples) / speech.rate < 6


def test_there_is_no_long_silence_around_a_sentence(voice):
    speech = voice.speak(SENTENCES[0])
    loud = np.flatnonzero(np.abs(speech.samples) > 0.02)
    assert loud[0] / speech.rate < 0.15
    assert (len(speech.samples) - loud[-1]) / speech.rate < 0.3


def test_words_are_where_the_sound_is(voice):
    """The pause at a comma lies between the words, not inside one."""
    speech = voice.speak("First this, and then that.")
    gap = (speech.words[1].end, speech.words[2].start)
    level = [np.abs(speech.samples[int(w.start * speech.rate) : int(w.end * speech.rate)]).max() for w in speech.words]
    assert min(level) > 0.03
    assert gap[1] - gap[0] > 0.05


def test_the_same_text_gives_the_same_samples(voice):
    first, second = voice.speak(SENTENCES[1]), type(voice)().speak(SENTENCES[1])
    assert np.array_equal(first.samples, second.samples)
    assert first.words == second.words


def test_threads_may_share_a_voice(voice):
    wanted = [voice.speak(t).samples for t in SENTENCES]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda t: voice.speak(t).samples, SENTENCES))
    assert all(np.array_equal(a, b) for a, b in zip(wanted, got, strict=True))


def test_a_very_long_sentence_is_said_whole(voice):
    text = ", ".join(["the force of the wall on you is as large as the force of you on the wall"] * 12) + "."
    speech = voice.speak(text)
    assert [w.text for w in speech.words] == text.split()
    assert len(speech.samples) / speech.rate > 30


def test_it_needs_no_network(voice, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("the voice opened a socket")

    monkeypatch.setattr(socket, "socket", refused)
    assert type(voice)().speak("No network is needed.").words


def test_hibari_gives_its_own_durations():
    """The extra output is there in the pinned version; without it times are only shared out."""
    assert Hibari().times_are_exact


def test_hibari_says_the_letter_a_but_not_the_article():
    words = Hibari()
    words._load()
    said = {w.text: w.phonemes for w in words._words("A law of a thing: F equals M A")}
    assert said["A"] == "ˈA"
    assert said["a"] == "ɐ"


def test_without_durations_times_are_shared_out(monkeypatch):
    monkeypatch.setattr(hibari, "_DURATIONS", "/no_such_tensor")
    voice = Hibari()
    speech = voice.speak(SENTENCES[0])
    assert not voice.times_are_exact
    assert [w.text for w in speech.words] == SENTENCES[0].split()
    assert all(a.end <= b.start + 1e-6 for a, b in zip(speech.words, speech.words[1:], strict=False))


def test_a_missing_voice_is_the_operators_to_mend(monkeypatch):
    monkeypatch.setattr(hibari.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match="pip install hibari-tts"):
        Hibari().speak("Hello.")
