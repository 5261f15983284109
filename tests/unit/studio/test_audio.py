"""Loudness by the standard's own test signals, limits that hold, lengths that are exact."""

import numpy as np
import pytest

from vividly.studio.film.audio import PEAK, RATE, joined, leveled, limited, loudness, resampled, silence


def tone(hertz: float, seconds: float, level: float, *, rate: int = RATE) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def test_a_full_scale_kilohertz_tone_has_the_standards_loudness() -> None:
    assert loudness(tone(997, 3, 1.0)) == pytest.approx(-3.01, abs=0.05)  # BS.1770-4: 0 dBFS at 997 Hz, one channel


def test_pauses_do_not_count() -> None:
    loud = tone(997, 4, 0.1)
    padded = np.concatenate([loud, silence(6, rate=RATE)])
    assert loudness(padded) == pytest.approx(loudness(loud), abs=0.4)


def test_speech_is_leveled_and_its_peaks_are_limited() -> None:
    spiky = tone(300, 4, 0.05)
    spiky[RATE :: RATE // 2] = 0.9
    done = leveled(spiky)
    assert loudness(done) == pytest.approx(-16, abs=1.0)
    assert np.abs(done).max() <= PEAK + 1e-6


def test_what_is_quiet_enough_is_not_touched_by_the_limiter() -> None:
    quiet = tone(300, 1, 0.5)
    assert limited(quiet) is quiet


def test_silence_stays_silent() -> None:
    assert not leveled(silence(1, rate=RATE)).any()


def test_scenes_are_joined_on_whole_frames() -> None:
    pieces = [(tone(300, 1.01, 0.2, rate=24_000), 30), (tone(300, 3.0, 0.2, rate=24_000), 48)]
    assert joined(pieces, rate=24_000).size == (30 + 48) * 2000


def test_resampling_keeps_the_tone() -> None:
    up = resampled(tone(440, 1, 0.3, rate=24_000), rate=24_000)
    assert up.size == RATE
    assert np.argmax(np.abs(np.fft.rfft(up))) == 440
