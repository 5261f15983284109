"""The bundled voice: hibari's "heart", with word times read from the model itself. Knows sentences, nothing of lessons.

The network predicts how long every phoneme lasts but does not export it. Appending one `graph.output` entry to the
serialized model makes those durations an extra output (protobuf merges appended fields), so word times are exact.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vividly.errors import Misconfigured
from vividly.providers.port import Samples, Speech, WordTime

RATE = 24_000
_DURATIONS = "/Clip_output_0"  # phoneme durations in half frames of 600 samples, hibari-tts 0.2.1
_SEED = 1  # of the noise in breathy sounds: the same text gives the same samples
_MAX_PHONEMES = 400  # longer input was not seen in training
_QUIET = 0.004  # of full scale; hibari's own silence lies below 0.001
_LEAD_S = 0.03
_TAIL_S = 0.08
_PUNCTUATION = frozenset(';:,.!?—…"()“”')
# An upper-case letter that stands alone is its own name, a lower-case one is a word: "a" the article, "A" the letter.
_LETTER_A = "ˈA"
_INITIAL = re.compile(r"(?:^|\s)[A-Z][.?!]$")


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of the spoken form and the phonemes it is said with."""

    text: str
    phonemes: str


class Hibari:
    """Plug of Voice. Loads on first use (about half a second, 150 MB), safe to share between threads, one core."""

    def __init__(self, *, speed: float = 1.0) -> None:
        self._speed = speed
        self._lock = threading.Lock()
        self._engine: Any = None
        self._session: Any = None

    @property
    def name(self) -> str:
        return f"hibari-{_version()}-heart-{self._speed:g}-1"

    @property
    def times_are_exact(self) -> bool:
        """Whether the model gave its durations; False means that word times are shared out by length."""
        self._load()
        return any(o.name == _DURATIONS for o in self._session.get_outputs())

    def speak(self, spoken: str) -> Speech:
        """Samples at 24 kHz without the long silences around them, and the times of `spoken.split()`."""
        with self._lock:
            self._load()
            words = self._words(spoken)
            parts = [self._synthesize(part) for part in _portions(words)]
        offset, samples, times = 0.0, [np.zeros(0, np.float32)], list[WordTime]()
        for audio, heard in parts:
            times += [WordTime(w.text, w.start + offset, w.end + offset) for w in heard]
            samples.append(audio)
            offset += len(audio) / RATE
        return Speech(np.concatenate(samples), RATE, tuple(times))

    def _load(self) -> None:
        if self._session is not None:
            return
        if importlib.util.find_spec("hibari") is None:
            raise Misconfigured("voice", "The bundled voice is not installed: pip install hibari-tts==0.2.1")
        import hibari  # noqa: PLC0415  # half a second, only when something is really said
        import onnxruntime  # noqa: PLC0415

        engine = hibari.Hibari()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        graph = Path(engine.model_path).read_bytes()
        try:
            session = onnxruntime.InferenceSession(
                graph + _extra_output(_DURATIONS), options, providers=["CPUExecutionProvider"]
            )
        except Exception:  # noqa: BLE001  # onnxruntime has no common error type; another hibari: times are shared out
            session = engine.sess
        self._engine, self._session = engine, session

    def _words(self, spoken: str) -> list[_Word]:
        """The phonemes of each word, chosen in the context of the sentence (which "read"? which "the"?)."""
        g2p = self._engine.g2p
        said = " ".join(spoken.split())
        # "equals A." would be read as an initial, without the fall of a sentence's end: the mark is put back below.
        mark = said[-1] if len(said) > 1 and said[-1] in ".?!" and _INITIAL.search(said) else ""
        tokens = g2p.tokenize(said.removesuffix(mark) if mark else said)
        for token in tokens:
            if token.text == "A":
                token.phonemes, token.rating = _LETTER_A, 5
        words: list[_Word] = []
        text = phonemes = ""
        for token in g2p.phonemize_tokens(tokens):
            text += token.text
            phonemes += "".join(c for c in token.phonemes or "" if c in self._engine.vocab)
            if token.whitespace:
                words.append(_Word(text, phonemes))
                text = phonemes = ""
        if text:
            words.append(_Word(text + mark, phonemes + mark))
        return _resplit(words, spoken.split())

    def _synthesize(self, words: Sequence[_Word]) -> tuple[Samples, list[WordTime]]:
        from hibari import dsp  # noqa: PLC0415

        vocab = self._engine.vocab
        text, spans = _joined(words)
        if not text:
            return np.zeros(0, np.float32), [WordTime(w.text, 0.0, 0.0) for w in words]
        ids = np.array([[0, *(vocab[c] for c in text), 0]], np.int64)
        *spectra, last = self._session.run(None, {"ids": ids, "speed": np.array([self._speed], np.float32)})
        exact = self._session.get_outputs()[-1].name == _DURATIONS
        if not exact:
            spectra.append(last)
        audio = np.asarray(dsp.synth(*(s[0] for s in spectra), np.random.default_rng(_SEED)), np.float32)
        lengths = np.asarray(last, np.float64).reshape(-1) if exact else _guessed(text)
        edges = np.concatenate([[0.0], np.cumsum(lengths)]) * (len(audio) / RATE / lengths.sum())
        audio, cut = _trimmed(audio)
        limit = len(audio) / RATE
        times = [
            WordTime(w.text, *(float(min(max(edges[i + 1] - cut, 0.0), limit)) for i in span))
            for w, span in zip(words, spans, strict=True)
        ]
        return audio, times


def _version() -> str:
    try:
        return importlib.metadata.version("hibari-tts")
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _extra_output(name: str) -> bytes:
    """ModelProto{graph{output{name, type{tensor{elem_type: FLOAT}}}}}: appended to a model, it becomes its last output."""
    tensor = _field(1, b"\x08\x01")
    return _field(7, _field(12, _field(1, name.encode()) + _field(2, tensor)))


def _resplit(words: list[_Word], wanted: list[str]) -> list[_Word]:
    """Words as the caller split them: a tokenizer that joined or cut one gives its phonemes out by length of text."""
    if [w.text for w in words] == wanted:
        return words
    phonemes = " ".join(w.phonemes for w in words)
    total = sum(len(w) for w in wanted) or 1
    out, seen, at = [], 0, 0
    for word in wanted:
        seen += len(word)
        end = round(len(phonemes) * seen / total)
        out.append(_Word(word, phonemes[at:end].strip()))
        at = end
    return out


def _portions(words: list[_Word]) -> list[list[_Word]]:
    """The sentence in portions that the model can say at once, cut after a comma where there is one."""
    portions: list[list[_Word]] = []
    rest = words
    while rest:
        size = fit = 0
        for i, word in enumerate(rest):
            size += len(word.phonemes) + 1
            if size > _MAX_PHONEMES:
                break
            fit = i + 1
        fit = max(fit, 1)
        if fit < len(rest):
            commas = [i + 1 for i in range(fit // 2, fit) if rest[i].text[-1] in ",;:"]
            fit = commas[-1] if commas else fit
        portions.append(rest[:fit])
        rest = rest[fit:]
    return portions


def _joined(words: Sequence[_Word]) -> tuple[str, list[tuple[int, int]]]:
    """One phoneme string, and for each word the span in it that is heard as the word (without its punctuation)."""
    text, spans = "", list[tuple[int, int]]()
    for word in words:
        if text and word.phonemes:
            text += " "
        heard = [i for i, c in enumerate(word.phonemes) if c not in _PUNCTUATION and c != " "]
        first, last = (heard[0], heard[-1] + 1) if heard else (0, 0)
        spans.append((len(text) + first, len(text) + last))
        text += word.phonemes
    return text, spans


def _guessed(text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Durations where the model gives none: vowels long, consonants shorter, marks nothing, pads a third of a second."""
    lengths = [0.0 if c in "ˈˌː" else 3.0 if c in _PUNCTUATION else 1.0 for c in text]
    return np.array([4.0, *lengths, 4.0])


def _trimmed(audio: Samples) -> tuple[Samples, float]:
    """Without the silence before and after, and how many seconds went at the front."""
    loud = np.flatnonzero(np.abs(audio) > _QUIET)
    if not len(loud):
        return audio, 0.0
    start = max(0, int(loud[0]) - int(_LEAD_S * RATE))
    end = min(len(audio), int(loud[-1]) + int(_TAIL_S * RATE))
    return audio[start:end], start / RATE
