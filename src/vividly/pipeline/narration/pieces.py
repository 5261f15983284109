"""Display words taken apart: what belongs to the word, what to the sentence, and where sentences end. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vividly.pipeline.narration import lexicon

_OPENING, _CLOSING = "\"'“‘([{*_`", "\"'”’)]}*_`,.;:!?…"


@dataclass(frozen=True, slots=True)
class Piece:
    """A display word without the punctuation around it."""

    lead: str
    core: str
    tail: str


def sentences(display: tuple[str, ...]) -> list[tuple[int, int]]:
    """The sentences in display words, as [start, end) spans; the full stops of abbreviations and initials end none."""
    spans, start = [], 0
    for i, word in enumerate(display):
        bare = word.rstrip("\"'”’)]*_`")
        last = i + 1 == len(display)
        if last or (bare[-1:] and bare[-1] in ".?!…" and _ends(display[i - 1] if i > start else "", bare, display[i + 1])):
            spans.append((start, i + 1))
            start = i + 1
    return spans


def _ends(before: str, word: str, following: str) -> bool:
    """Does the mark at the end of `word` end its sentence? Not in "e.g.", "Dr." and the initials of a name."""
    if following.lstrip(_OPENING)[:1].islower():
        return False
    bare = word.lstrip(_OPENING)
    if bare in lexicon.NEVER_LAST:
        return False
    in_a_name = not before or before[0].isupper()
    return not (re.fullmatch(r"[A-Z]\.", bare) and in_a_name and following[:1].isupper() and following not in lexicon.OPENERS)


def peeled(word: str) -> Piece:
    """Peel quotes, brackets and marks that belong to the sentence, and leave those that belong to the word: f(x), Ca(OH)2."""
    if word in lexicon.OPERATORS:
        return Piece("", word, "")
    if word.lstrip(_OPENING) in lexicon.ABBREVIATIONS:
        core = word.lstrip(_OPENING)
        return Piece(word[: len(word) - len(core)], core, "")
    lead = tail = ""
    while word and (word[0] in _OPENING and (word[0] not in "([{" or _unbalanced(word) > 0 or _wrapped(word))):
        if word[0] in "([{" and _wrapped(word):
            tail, word = word[-1] + tail, word[:-1]
        lead, word = lead + word[0], word[1:]
    while word and word[-1] in _CLOSING and not (word[-1] in ")]}" and _unbalanced(word) >= 0):
        if word in lexicon.ABBREVIATIONS:
            break
        tail, word = word[-1] + tail, word[:-1]
    return Piece(lead, word, tail)


def _unbalanced(word: str) -> int:
    return sum(word.count(c) for c in "([{") - sum(word.count(c) for c in ")]}")


def _wrapped(word: str) -> bool:
    """Is the whole word inside one pair of brackets, as in (kg)? Not states of matter: they belong to their formula."""
    depth = 0
    for i, c in enumerate(word):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0:
            return i == len(word) - 1 and len(word) > 2
    return False
