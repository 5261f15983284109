"""Numbers as English words. Pure: digits in, words out."""

from __future__ import annotations

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8)}


def _below_hundred(n: int) -> list[str]:
    if n < 20:
        return [_ONES[n]]
    tens, ones = divmod(n, 10)
    return [_TENS[tens] + (f"-{_ONES[ones]}" if ones else "")]


def _below_thousand(n: int) -> list[str]:
    hundreds, rest = divmod(n, 100)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    return words + (_below_hundred(rest) if rest or not words else [])


def cardinal(n: int) -> list[str]:
    """1250 -> one thousand two hundred fifty. Beyond quintillions digit by digit."""
    if n < 0:
        return ["negative", *cardinal(-n)]
    if n < 1000:
        return _below_thousand(n)
    groups = []
    rest = n
    while rest:
        rest, low = divmod(rest, 1000)
        groups.append(low)
    if len(groups) > len(_SCALES):
        return digits(str(n))
    words: list[str] = []
    for scale, group in reversed(list(enumerate(groups))):
        if group:
            words += _below_thousand(group) + ([_SCALES[scale]] if scale else [])
    return words


def digits(text: str) -> list[str]:
    """One word per digit."""
    return [_ONES[int(c)] for c in text if c.isdigit()]


def decimal(text: str) -> list[str]:
    """Words of "5.9", "1,250", "0.05", "-3" or ".5"; a leading zero of a whole number is said ("007")."""
    sign = ["negative"] if text[:1] in "-−–" else []
    body = text.lstrip("-−–+").replace(",", "")
    whole, _, fraction = body.partition(".")
    said_by_digits = len(whole) > 1 and whole.startswith("0")
    words = digits(whole) if said_by_digits else cardinal(int(whole or "0"))
    return sign + words + (["point", *digits(fraction)] if fraction else [])


def ordinal(n: int) -> list[str]:
    """21 -> twenty-first."""
    *front, last = cardinal(n)
    head, dash, tail = last.rpartition("-")
    tail = _ORDINALS.get(tail) or (f"{tail[:-1]}ieth" if tail.endswith("y") else f"{tail}th")
    return [*front, head + dash + tail]


def fraction(top: int, bottom: int) -> list[str]:
    """3/4 -> three quarters, 2/3 -> two thirds, 7/22 -> seven over twenty-two."""
    if not 2 <= bottom <= 20 and bottom not in {25, 50, 100, 1000}:
        return [*cardinal(top), "over", *cardinal(bottom)]
    one = abs(top) == 1
    if bottom == 2:
        parts = ["half" if one else "halves"]
    elif bottom == 4:
        parts = ["quarter" if one else "quarters"]
    else:
        *front, last = ordinal(bottom)
        parts = [*front, last if one else f"{last}s"]
    return [*cardinal(top), *parts]


def vulgar(character: str) -> list[str] | None:
    """½ -> one half; None for any other character."""
    pair = _VULGAR.get(character)
    return fraction(*pair) if pair else None


def year(n: int) -> list[str]:
    """1905 -> nineteen oh five, 2007 -> two thousand seven, 2024 -> twenty twenty-four."""
    high, low = divmod(n, 100)
    if n % 1000 < 10:
        return cardinal(n)
    if low == 0:
        return [*cardinal(high), "hundred"]
    return [*cardinal(high), *(["oh", *cardinal(low)] if low < 10 else cardinal(low))]


def decade(n: int) -> list[str]:
    """1990 -> nineteen nineties, 2000 -> two thousands."""
    *front, last = year(n)
    return [*front, f"{last[:-1]}ies" if last.endswith("y") else f"{last}s"]


def roman(text: str) -> int | None:
    """IV -> 4; None unless it is a well-formed numeral up to XXXIX."""
    values = {"I": 1, "V": 5, "X": 10}
    if not text or any(c not in values for c in text):
        return None
    total = 0
    for here, after in zip(text, [*text[1:], ""], strict=True):
        total += -values[here] if after and values[after] > values[here] else values[here]
    return total if _as_roman(total) == text else None


def _as_roman(n: int) -> str:
    tens, ones = divmod(n, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def power(exponent: list[str], value: int | None) -> list[str]:
    """What is said after the base: squared, cubed, to the fourth, to the power of negative three."""
    if value == 2:
        return ["squared"]
    if value == 3:
        return ["cubed"]
    if value is not None and 4 <= value <= 10:
        return ["to", "the", *ordinal(value)]
    return ["to", "the", "power", "of", *exponent]
