"""Masks what a student should not have typed: addresses, numbers and names of real people. Pure; keeps nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with personal data replaced by "[email]" and its like, and the kinds that were found."""

    text: str
    found: tuple[str, ...] = ()


_STREET = (
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|terrace|circle|cir|parkway|pkwy)"
)
_NAME = r"(?-i:[A-Z][\w'’-]+)(?:\s+(?-i:[A-Z][\w'’-]+)){0,2}"
_LOWER_NAME = r"[a-z][a-z'’-]+(?:\s+(?!(?:and|i|im|is|my|can|could|please|what|how|why|who|from|help|but|the|a)\b)[a-z'’-]+)?"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("link", re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("social security number", re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
    ("card number", re.compile(r"\b\d(?:[ -]?\d){12,18}\b")),
    ("phone number", re.compile(r"(?<![\w.])(?:\+?1[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}\b|\+\d{1,3}(?:[ .-]?\d{2,4}){3,5}\b")),
    ("address", re.compile(rf"\b\d{{1,5}}\s+(?:[nsew]\.?\s+)?(?-i:[A-Z])[\w.'-]*(?:\s+[\w.'-]+){{0,2}}\s+{_STREET}\b\.?", re.IGNORECASE)),
    ("address", re.compile(rf"(?:(?<=live at )|(?<=address is ))\d{{1,5}}\s+\w+(?:\s+\w+){{0,2}}\s+{_STREET}\b", re.IGNORECASE)),
    ("handle", re.compile(r"(?<![\w@])@[a-z][\w.]{2,29}\b", re.IGNORECASE)),
)  # fmt: skip
_NAMED = re.compile(
    rf"\b(my name is|my name's|my full name is|i am called|i'm called|this is my name:?)\s+({_NAME}|{_LOWER_NAME})",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"\b[Ii] (?:go to|attend|study at)\s+((?:[A-Z][\w.'-]+\s+){1,4}(?:High|Middle|School|Academy|Elementary)(?:\s+School)?)"
)


def mask(text: str) -> Masked:
    """Replace personal data; questions about numbers and famous people stay as they are."""
    found: list[str] = []
    for kind, pattern in _PATTERNS:
        text = pattern.sub(_replacement(kind, found), text)
    text = _NAMED.sub(_after_words("name", found), text)
    text = _SCHOOL.sub(_group("school", found), text)
    return Masked(text, tuple(dict.fromkeys(found)))


def _replacement(kind: str, found: list[str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        if kind == "card number" and not luhn(match[0]):
            return match[0]
        found.append(kind)
        return f"[{kind}]"

    return replace


def _after_words(kind: str, found: list[str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        found.append(kind)
        return f"{match[1]} [{kind}]"

    return replace


def _group(kind: str, found: list[str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        found.append(kind)
        return match[0].replace(match[1], f"[{kind}]")

    return replace


def luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    digits = [int(letter) for letter in number if letter.isdigit()][::-1]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(digits)]
    return len(digits) >= 13 and sum(doubled) % 10 == 0
