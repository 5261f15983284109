"""Is this a question we may answer at all? Rules as data (rules.yaml), kind words for every no. Pure; knows no topic.

A filter, not a clinical or legal safeguard: it errs toward care for people, and its `unless` lists let science through.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from rapidfuzz.distance import OSA

from vividly.intake.decisions import Alert

SHORTEST, LONGEST = 3, 500

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_LEET_WORD = re.compile(r"(?<![\w.])(?=[\w@$!]*[a-z])(?=[\w@$!]*[013457@$!][\w@$]*[a-z])[a-z0-9@$!]+(?![\w])")
_FORMULA = re.compile(r"^(?:[a-z]{1,2}\d*)+$")
_SPACED = re.compile(r"(?<!\w)(?:[a-z][ .\-_*]){3,}[a-z](?!\w)")
_HOMOGLYPHS = str.maketrans("аеорсухіјѕһԁӏοα", "aeopcyxijshdloa")  # Cyrillic and Greek look-alikes
_SWEAR = re.compile(
    r"\b(?:(?:mother)?f+u+c*k+(?:s|ed|er|ers|ing|in|face)?|f\*+(?:k|ck|cking|king)?|fck(?:ing)?|fuk|wtf|stfu|s+h+i+t+(?:s|ty|head)?|sh\*t|bulls?hit|"
    r"bitch(?:es|y|ing)?|b\*tch|ass ?holes?|a\*\*(?:hole)?|dumb ?ass|jack ?ass|bastards?|damn(?:it|ed)?|goddamn|hell(?= (?:is|are|does|do)\b)|"
    r"crap(?:py)?|piss(?:ed)?(?: off)?|cunts?|dicks?|dickhead|douche(?:bag)?|wanker|twat|prick|slut(?:s|ty)?|whores?|retard(?:ed|s)?|ass)\b"
)
_INSULT = re.compile(
    r"\b(?:you(?: r| re| are|r)?|u(?: r)?|this (?:app|thing|bot|site|ai|teacher|class)|screw|suck|go to|eat|kiss)\b.{0,24}\b"
    r"(?:suck(?:s)?|stupid|idiot\w*|dumb\w*|useless|trash|garbage|moron\w*|loser\w*|ugly|hell|stinks?|worst|shut up)\b|^\W*shut up\b"
)
# Slurs are kept as hashes: nobody who reads this repository has to read them.
_SLURS = frozenset(
    """
    08a841e99678 120f6e5b4ea3 12e6274e4309 16ea09fc78ca 22fc75e65a0e 333f76180929 33740da8a87d 341d56384afc
    3b1e0d7c5dd4 63bd9333b1a0 6d1833779e38 886d51e97ad7 8f5083e3e5c7 98b52c4b6b7d 9915ba2d8222 a40ccba874d2
    be00f1af522e c3de533e9b7f cc02032349c8 d067075bc9d8 dc675e448132 e742d17ff490 e7b98c6aa5b9 eef3bd091670
    f64c6fad9c3c f9d0d9b18ae9
    """.split()
)
# One slip in these must not hide them: who types them may be in a hurry, or crying.
_KEY_WORDS = ("myself", "suicide", "suicidal", "overdose")
_SLUR_LENGTHS = range(3, 12)


@dataclass(frozen=True, slots=True)
class Rule:
    """Declines with `code` when one of `when` matches and none of `unless` does."""

    code: str
    alert: Alert
    when: re.Pattern[str]
    unless: re.Pattern[str] | None

    def matches(self, text: str) -> bool:
        return bool(self.when.search(text)) and not (self.unless and self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Screened:
    """`code` is "" when the text may pass; `text` is it without swearing, for matching; `rude` if there was any.

    `cleared`: codes of rules that matched but for their `unless`: alarming words in a question known to be harmless.
    """

    code: str
    alert: Alert
    text: str
    rude: bool = False
    cleared: frozenset[str] = frozenset()


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in order, compiled once."""
    data = yaml.load((files("vividly.intake") / "rules.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return tuple(
        Rule(row["code"], row.get("alert", "none"), _any(row["when"]), _any(row["unless"]) if row.get("unless") else None)
        for row in data
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@cache
def messages() -> dict[str, str]:
    """What a student reads, by code."""
    data: dict[str, str] = yaml.load((files("vividly.intake") / "messages.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return data


def screen(text: str) -> Screened:
    """Length, injection, harm, and manners, in the order of what matters most."""
    trimmed = tidy(text)
    if len(trimmed) < SHORTEST or not any(letter.isalnum() for letter in trimmed):
        return Screened("too_short", "none", trimmed)
    variants = readings(trimmed[: LONGEST * 2])
    for rule in rules():
        if any(rule.matches(variant) for variant in variants):
            return Screened(rule.code, rule.alert, trimmed)
    if any(_has_slur(variant) for variant in variants):
        return Screened("hate", "notice", trimmed)
    if len(trimmed) > LONGEST:
        return Screened("too_long", "none", trimmed)
    return _manners(trimmed, variants[0], frozenset(rule.code for rule in rules() if rule.when.search(variants[0])))


def _manners(trimmed: str, plain: str, cleared: frozenset[str]) -> Screened:
    """A swear word in a question is no reason not to answer it; an insult without a question is."""
    clean = " ".join(_SWEAR.sub(" ", trimmed.lower()).split()) if _SWEAR.search(plain) else trimmed
    return Screened("", "none", clean, rude=clean != trimmed or bool(_INSULT.search(plain)), cleared=cleared)


def tidy(text: str) -> str:
    """One line, one kind of letter width, nothing invisible."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def readings(text: str) -> tuple[str, ...]:
    """The text as a person would read it aloud: look-alikes, leet, s p a c e d and stretched letters undone."""
    plain = re.sub(r"['’`´]", " ", text.lower().translate(_HOMOGLYPHS))
    plain = re.sub(r"\b(don|can|won|isn|doesn|didn|wouldn|shouldn)t\b", r"\1 t", re.sub(r"\bim\b", "i m", plain))
    plain = " ".join(_SPACED.sub(lambda match: re.sub(r"[^a-z]", "", match[0]), _LEET_WORD.sub(_unleet, plain)).split())
    plain = re.sub(r"\b[a-z]{6,9}\b", _key_word, plain)
    twice, once = re.sub(r"([a-z])\1{2,}", r"\1\1", plain), re.sub(r"([a-z])\1{2,}", r"\1", plain)
    return tuple(dict.fromkeys((plain, twice, once)))


def _unleet(match: re.Match[str]) -> str:
    """h2o and c6h12o6 are chemistry, k1ll is not."""
    word = match[0]
    if _FORMULA.match(word) and not re.search(r"[a-z]{2,}\d[a-z]|^[a-z]\d[a-z]{2,}", word):
        return word
    return word.translate(_LEET)


def _key_word(match: re.Match[str]) -> str:
    return next((word for word in _KEY_WORDS if OSA.distance(match[0], word, score_cutoff=1) <= 1), match[0])


def _has_slur(text: str) -> bool:
    words = (word for word in re.findall(r"[a-z]+", text) if len(word) in _SLUR_LENGTHS)
    return any(
        hashlib.sha256(form.encode()).hexdigest()[:12] in _SLURS for word in words for form in (word, word.removesuffix("s"))
    )
