"""Says algebra and code in words, so that a question written in symbols can be matched at all. Pure."""

from __future__ import annotations

import re

# What the symbols are called by those who would ask in words. The square and a plain term must be of the same letter:
# a^2 + b^2 = c^2 and v^2 = u^2 + 2as are none of it.
_SAID = (
    (re.compile(r"(?<![a-z])([a-z])\s*(?:\^\s*2|²|\s+squared\b)(?=.*[+\-−]\s*\d*\s*\1(?![a-z^²]|\s*squared))"), "quadratic equation"),
    (re.compile(r"(?<![a-z])([a-z])\s*(?:\^\s*2|²|\s+squared\b)\s*[+\-−]\s*\d+(?:\.\d+)?\s*(?:=\s*0|$)"), "quadratic equation"),
    (re.compile(r"^(?!.*(?:[a-z]\(|\bsquared\b|[²^]))[^=]*(?<![a-z.])-?\d*[xyn](?![a-z^²(])[^=^²a-z]*=\s*-?\d+[^=]*$"), "linear equation"),
    (re.compile(r"[a-z_]\s*(?:\+=|-=|\*=|==|!=|\+\+)|\b(?:print|range|input)\s*\(|\belif\b|=\s*(?:vs|and|or)\s*=="), "code variable programming"),
)  # fmt: skip


def said(text: str) -> str:
    """The names of the notations in `text`, "" when there are none."""
    lower = text.lower()
    return " ".join(dict.fromkeys(words for pattern, words in _SAID if pattern.search(lower)))
