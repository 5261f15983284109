"""Sound as numbers: joining speech to whole frames, loudness by ITU-R BS.1770-4, a peak limit, 48 kHz.

Knows samples; nothing of words, voices or files. All signals are mono float32 in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, log10

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import lfilter, resample_poly

from vividly.providers.port import Samples
from vividly.studio.frames import FPS

RATE = 48_000  # samples per second of everything we publish: 2000 per frame, exactly
TARGET = -16.0  # LUFS
PEAK = 10 ** (-1.5 / 20)
_QUIETEST = -70.0  # LUFS, the absolute gate of BS.1770


def silence(seconds: float, *, rate: int) -> Samples:
    """Nothing, for a while."""
    return np.zeros(round(seconds * rate), np.float32)


def resampled(samples: Samples, *, rate: int, to: int = RATE) -> Samples:
    """The same sound at another rate; length is the ceiling of the exact one."""
    if rate == to or not samples.size:
        return samples.astype(np.float32)
    shared = gcd(rate, to)
    return np.asarray(resample_poly(samples, to // shared, rate // shared), np.float32)


def joined(pieces: Sequence[tuple[Samples, int]], *, rate: int) -> Samples:
    """Scene by scene at 48 kHz, each padded with silence (or cut) to its number of frames: sound and picture stay in step."""
    made = []
    for samples, frames in pieces:
        long = frames * RATE // FPS
        sound = resampled(samples, rate=rate)[:long]
        made.append(np.pad(sound, (0, long - sound.size)))
    return np.concatenate(made) if made else silence(0, rate=RATE)


def _weighted(samples: Samples) -> Samples:
    """K-weighting at 48 kHz: the two filters of BS.1770-4, annex 1, with their published coefficients."""
    shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
    high_pass = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
    return np.asarray(lfilter(*high_pass, lfilter(*shelf, samples)), np.float32)


def loudness(samples: Samples, *, rate: int = RATE) -> float:
    """Integrated loudness in LUFS (BS.1770-4: blocks of 400 ms, three quarters overlapping, both gates); -inf for silence."""
    sound = _weighted(resampled(samples, rate=rate))
    block, hop = RATE * 4 // 10, RATE // 10
    if sound.size < block:
        sound = np.pad(sound, (0, block - sound.size))
    sums = np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
    starts = np.arange(0, sound.size - block + 1, hop)
    power = (sums[starts + block] - sums[starts]) / block
    loud = power[_lufs(power) > _QUIETEST]
    if not loud.size:
        return float("-inf")
    relative = float(_lufs(np.array([loud.mean()]))[0]) - 10
    return float(_lufs(np.array([loud[_lufs(loud) > relative].mean()]))[0])


def _lufs(power: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))


def limited(samples: Samples, *, rate: int = RATE, peak: float = PEAK) -> Samples:
    """Nothing above `peak`: the gain goes down before a loud place and comes back after it, 5 ms on either side."""
    needed = np.minimum(1.0, peak / np.maximum(np.abs(samples), 1e-9)).astype(np.float32)
    if needed.min(initial=1.0) >= 1:
        return samples
    window = rate // 200 * 2 + 1
    # The mean of minima over the same window never exceeds what a sample needs.
    gain = uniform_filter1d(minimum_filter1d(needed, window), window)
    return np.asarray(np.clip(samples * gain, -peak, peak), np.float32)


def leveled(samples: Samples, *, rate: int = RATE, target: float = TARGET) -> Samples:
    """The sound at `target` LUFS with peaks limited; silence stays silence."""
    present = loudness(samples, rate=rate)
    if present < _QUIETEST:
        return samples
    return limited((samples * np.float32(10 ** ((target - present) / 20))).astype(np.float32), rate=rate)


def decibels(samples: Samples) -> float:
    """The highest peak in dBFS."""
    return 20 * log10(max(1e-9, float(np.max(np.abs(samples), initial=0.0))))
