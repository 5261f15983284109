"""Ordinary English words, which spelling must leave alone. They come from the pronouncing lexicon of the voice's package."""

from __future__ import annotations

import gzip
import importlib.util
import json
from functools import cache
from pathlib import Path

_PACKAGE = "hibari"
_LEXICONS = ("lexicon_us_gold.json.gz", "lexicon_us_silver.json.gz")


@cache
def ordinary_words() -> frozenset[str]:
    """About 170 000 words in lower case; empty when the package is missing (then only long words are repaired)."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = [Path(place) / "assets" for place in (spec.submodule_search_locations or [])] if spec else []
    found = [place / name for place in places for name in _LEXICONS if (place / name).is_file()]
    return frozenset(word.lower() for path in found for word in _lexicon(path))


def _lexicon(path: Path) -> dict[str, object]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        words: dict[str, object] = json.load(file)
    return words
