"""Maths, code and other runs of symbols inside one display word, as spoken words: "mv²" -> M V squared. Pure."""

from __future__ import annotations

import re

from vividly.pipeline.narration.lexicon import FUNCTIONS, GREEK, OPERATORS, PREFIXED, SHORT_WORDS
from vividly.pipeline.narration.numbers import cardinal, decimal, power, vulgar

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_SUPER_FROM, _SUPER_TO = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ", "0123456789+-nx"
_SUB_FROM, _SUB_TO = "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₙᵢⱼₘₜ", "0123456789+-aeoxnijmt"
_SUPER = str.maketrans(_SUPER_FROM, _SUPER_TO)
_SUB = str.maketrans(_SUB_FROM, _SUB_TO)
_TOKEN = re.compile(
    rf"(?P<number>{NUMBER})|(?P<super>[{_SUPER_FROM}]+)|(?P<sub>[{_SUB_FROM}]+)|(?P<vulgar>[½⅓⅔¼¾⅕⅛⅜⅝])"
    r"|(?P<op>\*\*|//|==|!=|<=|>=|->|=>|\+=|-=|\*=|/=|&&|\|\|)|(?P<word>[A-Za-zÀ-ÖØ-öø-ÿ]+)|(?P<other>\S)"
)
_CALLED = frozenset("fghPxyvsNFEV")


def letters(run: str) -> list[str]:
    """A run of letters inside an expression: a function, a word, or a product of variables spelled out."""
    if run in FUNCTIONS:
        return FUNCTIONS[run].split()
    if len(run) > 3 or (run.lower() in SHORT_WORDS and len(run) > 1 and not run.isupper()):
        return [run]
    return list(run.upper())


class _Reader:
    """Walks through the tokens of one expression and collects words; `self.prev` is the kind of what was just said."""

    def __init__(self, text: str) -> None:
        self.tokens = [(m.lastgroup or "other", m.group()) for m in _TOKEN.finditer(text)]
        self.words: list[str] = []
        self.prev = ""
        self.last = ""

    def read(self) -> list[str]:
        i = 0
        while i < len(self.tokens):
            kind, text = self.tokens[i]
            i = self._power(i) if text in {"^", "**"} and i + 1 < len(self.tokens) else self._one(i, kind, text)
        return self.words

    def _say(self, words: list[str], kind: str, text: str) -> None:
        self.words += words
        self.prev, self.last = kind, text

    def _one(self, i: int, kind: str, text: str) -> int:
        match kind:
            case "number":
                self._say(decimal(text), "value", text)
            case "vulgar":
                self._say(vulgar(text) or [], "value", text)
            case "super":
                self._say(exponent(text.translate(_SUPER)), "value", text)
            case "sub":
                self._say(subscript(text.translate(_SUB)), "value", text)
            case "word":
                after = self.tokens[i + 1][1] if i + 1 < len(self.tokens) else ""
                words = letters(text)
                if (
                    text in FUNCTIONS
                    and after
                    and after not in "=,)"
                    and text != "exp"
                    and self.tokens[i + 1][0] not in {"super", "sub"}
                ):
                    words = words if after == "(" else [*words, "of"]
                self._say(words, "value", text)
            case "op":
                self._say(OPERATORS[text].split(), "operator", text)
            case _:
                return self._symbol(i, text)
        return i + 1

    def _symbol(self, i: int, text: str) -> int:
        after = self.tokens[i + 1][1] if i + 1 < len(self.tokens) else ""
        if text in GREEK:
            self._say([GREEK[text]], "value", text)
        elif text in "-−–":
            self._say(["minus" if self.prev == "value" else "negative"], "operator", text)
        elif text == "/":
            self._say(["over"], "operator", text)
        elif text in PREFIXED and self.prev != "value":
            self._say(PREFIXED[text].split(), "operator", text)
        elif text in OPERATORS:
            self._say(OPERATORS[text].split(), "operator", text)
        elif text in PREFIXED:
            self._say(PREFIXED[text].split(), "value", text)
        elif text == "%":
            self._say(["percent"], "value", text)
        elif text == "°":
            self._say(["degree" if self.last == "1" else "degrees"], "value", text)
        elif text in "'’′" and self.prev == "value":
            self._say(["prime"], "value", self.last)
        elif text in "([":
            self._open(i, text, after)
        elif text in ")]":
            self.prev = "value"
        elif text == "," and self.words:
            self.words[-1] += ","
        elif text == "." and self.prev == "value" and after[:1].isalpha():
            self._say(["dot"], "operator", text)
        return i + 1

    def _open(self, i: int, text: str, after: str) -> None:
        if self.prev != "value" or after in ")]":
            self.prev = ""
        elif text == "[":
            self._say(["at"], "operator", text)
        else:
            inside_one = i + 2 < len(self.tokens) and self.tokens[i + 2][1] in "),"
            called = (self.last in _CALLED and inside_one) or (len(self.last) > 1 and self.last.isalpha())
            self._say(["of"] if called else ["times"], "operator", text)

    def _power(self, i: int) -> int:
        end = i + 2
        if self.tokens[i + 1][1] == "(":
            end = next((j + 1 for j in range(i + 1, len(self.tokens)) if self.tokens[j][1] == ")"), len(self.tokens))
        elif self.tokens[i + 1][1] in "-−":
            end = i + 3
        text = "".join(t for _, t in self.tokens[i + 1 : end]).strip("()")
        self._say(exponent(text), "value", text)
        return end


def exponent(text: str) -> list[str]:
    """What follows a base: "2" -> squared, "-3" -> to the power of negative three, "n" -> to the power of N."""
    plain = text.replace("−", "-")
    value = int(plain) if re.fullmatch(r"-?\d+", plain) else None
    if plain in {"+", "-"}:
        return ["plus" if plain == "+" else "minus"]
    said = ["negative", *cardinal(-value)] if value is not None and value < 0 else expression(plain)
    return power(said, value)


def subscript(text: str) -> list[str]:
    return cardinal(int(text)) if text.isdigit() else list(text.upper())


def expression(text: str) -> list[str]:
    """Words for a run of symbols without spaces; what has no sound (quotes, brackets, underscores) is silent."""
    text = re.sub(r"(?<=\d)[xX](?=\d)", "×", text)
    if inner := re.fullmatch(r"\|([^|]+)\|", text):
        return ["the", "absolute", "value", "of", *expression(inner[1])]
    if match := re.fullmatch(r"d([a-zA-Z]?)/d([a-zA-Z])", text):
        return ["D", *match[1].upper(), "D", match[2].upper()]
    if match := re.fullmatch(r"log(?:_?(\d+)|([₀₁₂₃₄₅₆₇₈₉]+))(.*)", text):
        base = (match[1] or match[2]).translate(_SUB)
        rest = expression(match[3])
        return ["log", "base", *cardinal(int(base)), *(["of", *rest] if rest else [])]
    return _Reader(text).read()
