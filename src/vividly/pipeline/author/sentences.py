"""Text into sentences, and words counted. Pure."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[A-Z0-9\"“])")
_ABBREVIATIONS = ("e.g.", "i.e.", "vs.", "Dr.", "Mr.", "Mrs.", "Ms.", "St.", "approx.", "U.S.")


def split(text: str) -> list[str]:
    """Sentences of `text`, in order; abbreviations and decimal points do not end one."""
    sentences: list[str] = []
    start = 0
    for found in _END.finditer(text):
        piece = text[start : found.start() + 1].rstrip()
        if piece.endswith(_ABBREVIATIONS):
            continue
        sentences.append(text[start : found.end()].strip())
        start = found.end()
    rest = text[start:].strip()
    return [*sentences, rest] if rest else sentences


def word_count(text: str) -> int:
    return len(text.split())
