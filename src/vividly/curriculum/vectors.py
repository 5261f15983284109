"""Sentence vectors that ship with the packs, so that no first start waits minutes for what never changes.

`python -m vividly.curriculum.vectors` writes them anew after a pack has changed; a test says when that is needed.
Stored as one signed byte per dimension: 0.4 % of error on a cosine, a quarter of the size.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import numpy as np

from vividly.providers.port import Vectors


def key_of(text: str) -> str:
    """Under which a text's vector is found."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def file_name(embedder: str) -> str:
    safe = "".join(letter if letter.isalnum() else "-" for letter in embedder)
    return f"vectors-{safe}.npz"


def shipped(embedder: str, size: int) -> dict[str, Vectors]:
    """Unit vectors by key; empty for an embedder for which none are shipped."""
    place = files("vividly.curriculum") / file_name(embedder)
    if not place.is_file():
        return {}
    with np.load(io.BytesIO(place.read_bytes()), allow_pickle=False) as data:
        keys, rows = data["keys"], data["rows"].astype(np.float32)
    if rows.ndim != 2 or rows.shape[1] != size:
        return {}
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip((bytes(key).hex() for key in keys), rows, strict=True))


def write(path: Path, known: dict[str, Vectors], wanted: Iterable[str]) -> int:
    """Write the vectors of `wanted` keys, sorted, so that the same packs give the same file. How many there are."""
    keys = sorted(set(wanted))
    rows = np.stack([known[key] for key in keys])
    scaled = np.round(rows / np.abs(rows).max(axis=1, keepdims=True) * 127).astype(np.int8)
    raw = np.array([list(bytes.fromhex(key)) for key in keys], np.uint8)
    np.savez_compressed(path, keys=raw, rows=scaled)
    return len(keys)
