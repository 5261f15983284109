"""Display text to the spoken form, with the map from every display word to the words said for it. Pure; knows no voice.

In the spoken form no digit and no symbol is left; a lone upper-case letter is the letter's name, a lower-case "a" the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vividly.pipeline.narration import chemistry, lexicon, numbers, units
from vividly.pipeline.narration.expression import NUMBER, expression, letters
from vividly.pipeline.narration.pieces import peeled

_NUMBER = re.compile(rf"[-−+]?(?:{NUMBER})")
_DASHES = frozenset({"-", "–", "—", "--", "---"})
_ALONE_OPERATORS = frozenset(lexicon.OPERATORS) - {"&", "~"} | {"%", "-", "–"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """`words[i]` is what is said for `display[i]`: possibly nothing (a dash), possibly many ("5.9": five point nine)."""

    display: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        return " ".join(word for group in self.words for word in group)


def spoken(text: str) -> Spoken:
    """The spoken form of one or more sentences. Total: any text gives something without digits or symbols."""
    display = tuple(text.split())
    return Spoken(display, _Sentence(display).words())


class _Sentence:
    """The words of a text with their neighbors: what a symbol means depends on what stands beside it."""

    def __init__(self, display: tuple[str, ...]) -> None:
        self.pieces = [peeled(w.replace("’", "'")) for w in display]
        self.cores = [p.core for p in self.pieces]
        self.reaction = chemistry.is_reaction(" ".join(display))

    def words(self) -> tuple[tuple[str, ...], ...]:
        out: list[list[str]] = []
        for i, piece in enumerate(self.pieces):
            said = self._say(i)
            bracket = bool(piece.lead.strip("\"'“‘*_`")) and self._at(i - 1) not in _ALONE_OPERATORS
            if i and (bracket or (piece.core in _DASHES and not said)):
                _pause(out, ",")
            if said:
                out.append([w for word in said for w in word.split()])
                if mark := _mark(piece.tail, last=i + 1 == len(self.pieces)):
                    _pause(out, mark)
            else:
                out.append([])
                if mark := _mark(piece.tail, last=i + 1 == len(self.pieces)):
                    _pause(out, mark)
        return tuple(tuple(w) for w in out)

    def _at(self, i: int) -> str:
        return self.cores[i] if 0 <= i < len(self.cores) else ""

    def _in_maths(self, i: int) -> bool:
        """Does an operator stand on either side, with nothing but the two between?"""
        before = self._at(i - 1) in _ALONE_OPERATORS and not self.pieces[i - 1].tail and self._is_operator(i - 1)
        after = self._at(i + 1) in _ALONE_OPERATORS and not self.pieces[i].tail.strip(")]") and self._is_operator(i + 1)
        return before or after

    def _is_operator(self, i: int) -> bool:
        """A hyphen, dash or percent sign between spaces is an operator only between values."""
        if self.cores[i] not in {"-", "–", "%", "/", "*"}:
            return True
        return all(_value(self._at(j)) for j in (i - 1, i + 1))

    def _number_before(self, i: int) -> bool:
        before = self._at(i - 1)
        if i == 0 or self.pieces[i - 1].tail or not before:
            return False
        if before in {"million", "billion", "thousand", "hundred"}:
            return True
        return bool(
            _NUMBER.fullmatch(before) or re.fullmatch(r"\d+/\d+|[½⅓⅔¼¾]|(.*[×x])?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|10\^-?\d+", before)
        ) or (bool(re.search(r"\d[½¼¾]?$", before)) and before[0] in "±~≈<>-−")

    def _starts_sentence(self, i: int) -> bool:
        return i == 0 or any(c in ".?!" for c in self.pieces[i - 1].tail)

    def _say(self, i: int) -> list[str]:
        core = self.cores[i]
        for way in (self._fixed, self._measured, self._chemical, self._numeric, self._lettered):
            said = way(i, core)
            if said is not None:
                return said
        return expression(core)

    def _fixed(self, i: int, core: str) -> list[str] | None:
        if not core:
            return []
        if core in lexicon.ABBREVIATIONS:
            return lexicon.ABBREVIATIONS[core].split()
        if core in _DASHES:
            return ["minus"] if len(core) == 1 and core != "—" and all(_value(self._at(j)) for j in (i - 1, i + 1)) else []
        if core == "%":
            return ["mod"] if self._is_operator(i) else ["percent"]
        if core in {"→", "⟶", "->"} and self.reaction:
            return ["yields"]
        if core in lexicon.OPERATORS and i and core != "~":
            return lexicon.OPERATORS[core].split()
        if core in lexicon.PREFIXED:
            return lexicon.PREFIXED[core].split()
        return None

    def _measured(self, i: int, core: str) -> list[str] | None:
        """A unit after its number, a unit that stands alone, or number and unit in one word."""
        if self._number_before(i) and not (self.reaction and chemistry.formula(core, reaction=True)):
            return units.unit(core, plural=not self._singular(i)) if core != "°" else units.unit(core)
        if units.stands_alone(core) and not self.reaction:
            return units.unit(core, plural=self._at(i - 1) not in {"per", "one", "each", "a"})
        match = re.fullmatch(rf"({_NUMBER.pattern})-?(°?[A-Za-zΩμµ℃%°].*)", core)
        if (
            match
            and not re.fullmatch(r"\d{3}0'?s", core)
            and not self._in_maths(i) | (self.reaction and chemistry.formula(core, reaction=True) is not None)
        ):
            hyphen = "-" in core[len(match[1]) : len(match[1]) + 1]
            said = units.unit(match[2], plural=not hyphen and match[1] not in {"1", "-1", "−1"})
            if said and not (re.fullmatch(r"[a-z]", match[2]) and match[2] not in "mgsh"):
                return [*self._number(match[1]), *said]
        return None

    def _singular(self, i: int) -> bool:
        before = self._at(i - 1).lstrip("-−")
        if before in {"1", "½", "¼", "⅓", "¾", "⅔"} or before.startswith("1/"):
            return True
        following = self._at(i + 1)
        as_adjective = (
            following.isalpha() and following.islower() and following not in lexicon.NOT_A_NOUN and not self.pieces[i].tail
        )
        return as_adjective and self._at(i - 2).lower() in lexicon.ARTICLES

    def _chemical(self, i: int, core: str) -> list[str] | None:
        said = chemistry.isotope(core) or chemistry.formula(core, reaction=self.reaction)
        if said is None and not self._in_maths(i):
            said = chemistry.element(core)
        if said is None and (match := re.fullmatch(r"([A-Za-z]+)\(([IVX]+)\)", core)) and (value := numbers.roman(match[2])):
            name = match[1] if len(match[1]) > 2 else " ".join(match[1].upper())
            said = [name, *numbers.cardinal(value)]
        if said is None and (match := re.fullmatch(r"\((aq|s|l|g)\)", self.pieces[i].lead + core + self.pieces[i].tail[:1])):
            said = {"aq": ["aqueous"], "s": ["solid"], "l": ["liquid"], "g": ["gas"]}[match[1]] if self.reaction else None
        return said

    def _number(self, text: str) -> list[str]:
        plus = ["plus"] if text.startswith("+") else []
        return plus + numbers.decimal(text)

    def _numeric(self, i: int, core: str) -> list[str] | None:
        if re.fullmatch(r"\d{4}", core) and 1500 <= int(core) <= 2099 and self._is_year(i):
            return numbers.year(int(core))
        if re.fullmatch(r"\d{1,2}", core) and self._at(i - 1) in lexicon.MONTHS and int(core) <= 31:
            return numbers.ordinal(int(core))
        if _NUMBER.fullmatch(core):
            return self._number(core)
        if match := re.fullmatch(r"(\d{3}0)'?s", core):
            return numbers.decade(int(match[1]))
        if match := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", core):
            return numbers.ordinal(int(match[1]))
        if match := re.fullmatch(r"([-−]?\d+)/(\d+)(?:-?(th|rd))?", core):
            top, bottom = abs(int(match[1].replace("−", "-"))), int(match[2])
            divided = top > bottom and self._in_maths(i)  # "8/2 = 4" is a division, "3/4 of it" a fraction
            words = [*numbers.cardinal(top), "over", *numbers.cardinal(bottom)] if divided else numbers.fraction(top, bottom)
            return (["negative"] if match[1][0] in "-−" else []) + words
        if match := re.fullmatch(r"(\d+)([½⅓⅔¼¾])", core):
            return [
                *numbers.cardinal(int(match[1])),
                "and",
                *["a" if w == "one" else w for w in numbers.vulgar(match[2]) or []],
            ]
        if match := re.fullmatch(rf"([$€£])({NUMBER})", core):
            return _money(match[1], match[2])
        if match := re.fullmatch(rf"({NUMBER})([-–—])({NUMBER})(.*)", core):
            return self._range(i, match)
        if match := re.fullmatch(r"(\d{1,2}):([0-5]\d)", core):
            minutes = [] if match[2] == "00" else ["oh", *numbers.cardinal(int(match[2]))] if match[2][0] == "0" else None
            hours = numbers.cardinal(int(match[1]))
            return hours + (numbers.cardinal(int(match[2])) if minutes is None else minutes or ["o'clock"])
        if re.fullmatch(r"\d+(?::\d+)+", core):
            parts = [numbers.cardinal(int(n)) for n in core.split(":")]
            return [w for j, p in enumerate(parts) for w in (["to", *p] if j else p)]
        if match := re.fullmatch(rf"({NUMBER})((?:-[A-Za-z]+)+)", core):
            return [*self._number(match[1]), *(p.upper() if len(p) == 1 else p for p in match[2][1:].split("-"))]
        if match := re.fullmatch(rf"([A-Za-z][A-Za-z'-]*)-({NUMBER})", core):
            return [*self._hyphenated(match[1]), *self._number(match[2])]
        return None

    def _is_year(self, i: int) -> bool:
        if units.unit(self._at(i + 1)) is not None and not self.pieces[i].tail:
            return False
        before = self._at(i - 1)
        if self.pieces[i].lead == "(" and self.pieces[i].tail.startswith(")"):
            return True
        return before.lower() in lexicon.YEAR_BEFORE or self._at(i - 2) in lexicon.MONTHS

    def _range(self, i: int, match: re.Match[str]) -> list[str]:
        low, dash, high, rest = match.groups()
        joint = "minus" if dash == "-" and self._in_maths(i) else "to"
        if all(re.fullmatch(r"1[5-9]\d\d|20\d\d", n) for n in (low, high)) and not rest:
            return [*numbers.year(int(low)), joint, *numbers.year(int(high))]
        unit = (units.unit(rest) or expression(rest)) if rest else []
        return [*self._number(low), joint, *self._number(high), *unit]

    def _lettered(self, i: int, core: str) -> list[str] | None:
        if not re.fullmatch(r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'\-_/]*", core):
            return None
        if len(core) == 1 or (self._in_maths(i) and core.isalpha()):
            return self._variable(i, core)
        if core in lexicon.FUNCTIONS and _value(self._at(i + 1)):
            return lexicon.FUNCTIONS[core].split()
        before = self._at(i - 1).lower()
        if before in lexicon.ROMAN_BEFORE and (value := numbers.roman(core)):
            return numbers.cardinal(value)
        if "/" in core:
            halves = core.split("/")
            return (
                None
                if any(len(h) < 2 for h in halves) or re.fullmatch(r"d./d.", core)
                else [w for h in halves for w in self._hyphenated(h)]
            )
        if "_" in core:
            first, *rest = core.split("_")
            return [w for part in (first, *rest) if part for w in (letters(part) if len(first) == 1 else [part])]
        if re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+", core):
            return re.findall(r"[A-Z]?[a-z]+", core)
        if re.fullmatch(r"[A-Z]'s", core):
            return [core]
        return self._hyphenated(core)

    def _variable(self, i: int, core: str) -> list[str]:
        if len(core) > 1:
            return letters(core)
        if core == "I" and self._at(i - 1).lower() in lexicon.ROMAN_BEFORE:
            return ["one"]
        if core in "aA" and not self._in_maths(i):
            ends = bool(self.pieces[i].tail) or i + 1 == len(self.cores)
            named = self._at(i - 1).lower() in lexicon.VARIABLE_AFTER - {"and", "where"}
            article = not named and not ends and (core == "a" or self._starts_sentence(i))
            return ["a" if article else "A"]
        return [core.upper()]

    def _hyphenated(self, text: str) -> list[str]:
        """x-axis -> X axis; well-known stays one word."""
        parts = [p for p in text.split("-") if p]
        if len(parts) > 1 and any(len(p) == 1 for p in parts):
            return [p.upper() if len(p) == 1 else p for p in parts]
        return ["-".join(parts)] if parts else []


def _value(core: str) -> bool:
    """Could this be an operand: a number, a variable, an expression?"""
    return bool(core) and (any(c.isdigit() for c in core) or (core.isalpha() and len(core) <= 2) or not core.isascii())


def _money(sign: str, amount: str) -> list[str]:
    name = {"$": "dollar", "€": "euro", "£": "pound"}[sign]
    whole, _, cents = amount.replace(",", "").partition(".")
    words = [*numbers.cardinal(int(whole or 0)), name if whole == "1" else f"{name}s"]
    return words + (["and", *numbers.cardinal(int(cents[:2].ljust(2, "0"))), "cents"] if cents.strip("0") else [])


def _mark(tail: str, *, last: bool) -> str:
    """The one mark that a voice hears in what follows a word."""
    for c in tail:
        if c in ".?!;:,":
            return "," if c == "." and "..." in tail and not last else c
    return "," if not last and any(c in ")]…" for c in tail) else ""


def _pause(out: list[list[str]], mark: str) -> None:
    """Put `mark` after the last word said, unless one is there."""
    for group in reversed(out):
        if group:
            if group[-1][-1] not in ".?!;:,":
                group[-1] += mark
            return
