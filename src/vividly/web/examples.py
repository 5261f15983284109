"""Questions to try: real ones, out of the packs that are installed, kept only if intake goes straight on to a lesson."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import urlencode

from vividly.curriculum.loader import load_all
from vividly.curriculum.schema import Facet, Pack
from vividly.web.views import Example

_SHORTEST, _LONGEST = 24, 72
_OPENINGS = ("why ", "how ", "what ", "if ", "do ", "does ", "is ", "can ", "when ", "who ")
# These need something that a reader of an example does not have before them.
_NEEDS_MORE = re.compile(r"^how to |\b(this|these|that)\b|\bmy (code|program|answer|graph|homework)\b")
_WORD = re.compile(r"[A-Za-z]+")
_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][a-z]{2,}|[A-Z]{2,4})\b")
_PEOPLE = (
    "Pythagoras Newton Kepler Mendel Darwin Punnett Boyle Bernoulli Hooke Lenz Faraday Snell Bohr Einstein Avogadro".split()
)
_APOSTROPHES = {
    "dont": "don't",
    "doesnt": "doesn't",
    "isnt": "isn't",
    "cant": "can't",
    "whats": "what's",
    "im": "I'm",
    "i": "I",
}

Clear = Callable[[str], bool]


class Examples:
    """Hands out questions to try. Blocking: what is not known yet is asked of intake, a few milliseconds each."""

    def __init__(self, clear: Clear) -> None:
        """`clear`: would this question become a lesson without a question back?"""
        self._clear = clear
        self._known: dict[str, bool] = {}

    def pick(self, *, count: int, seed: str) -> tuple[Example, ...]:
        """`count` questions, each from another topic while there are enough; equal for equal seeds."""
        dice = random.Random(seed)  # noqa: S311 - a choice of examples, not a secret
        topics = [(name, dice.sample(questions, len(questions))) for name, questions in _questions()]
        dice.shuffle(topics)
        picked: list[Example] = []
        for turn in range(max((len(questions) for _, questions in topics), default=0)):
            for name, questions in topics:
                if len(picked) == count:
                    return tuple(picked)
                if turn < len(questions) and self._is_clear(questions[turn]):
                    picked.append(Example(questions[turn], name, f"/ask?{urlencode({'q': questions[turn]})}"))
        return tuple(picked)

    def _is_clear(self, question: str) -> bool:
        if question not in self._known:
            self._known[question] = self._clear(question)
        return self._known[question]


@cache
def _questions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For each topic its name, and the questions that fit on a card."""
    packs = load_all().values()
    names = _names(packs)
    return tuple(
        (pack.name.partition(":")[0], tuple(_written(words, names) for facet in pack.facets for words in _fit(facet)))
        for pack in packs
    )


def _fit(facet: Facet) -> list[str]:
    return [
        words
        for words in facet.phrasings
        if _SHORTEST <= len(words) <= _LONGEST and words.startswith(_OPENINGS) and not _NEEDS_MORE.search(words)
    ]


def _names(packs: Iterable[Pack]) -> dict[str, str]:
    """How names are written (newton -> Newton, dna -> DNA): as the packs' own passages write them inside a sentence."""
    told = " ".join(passage.text for pack in packs for facet in pack.facets for passage in facet.passages)
    return _APOSTROPHES | {name.lower(): name for name in (*_NAME.findall(told), *_PEOPLE)}


def _written(words: str, names: dict[str, str]) -> str:
    """As one would write it: a capital at the start and for names, a question mark at the end."""
    fixed = _WORD.sub(lambda found: names.get(found[0], found[0]), words)
    return fixed[:1].upper() + fixed[1:].rstrip("?.! ") + "?"
