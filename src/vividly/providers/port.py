"""What we ask of models, local or remote: a voice and an embedder. (The author speaks storyboards, so its port is upstairs.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordTime:
    """A spoken word and when it is heard, in seconds from the start of its speech."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono samples in [-1, 1] at `rate` Hz, and the words of the spoken form in order."""

    samples: Samples
    rate: int
    words: tuple[WordTime, ...]


class Voice(Protocol):
    """Says one sentence. Deterministic for the same text; blocking; raises TryAgainLater if a remote voice is away."""

    @property
    def name(self) -> str:
        """Model and version, part of every cache key."""
        ...

    def speak(self, spoken: str) -> Speech:
        """Speak the spoken form (no symbols or digits left). Word texts are those of `spoken`, split at spaces."""
        ...


class Embedder(Protocol):
    """Turns sentences into unit vectors. Deterministic, blocking, no network unless the plug says so."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), size), rows of length 1."""
        ...
