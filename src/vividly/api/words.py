"""Text as it may come in from outside: what is trimmed, what is refused, and how long it may be."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema


def _tidy(value: object) -> object:
    """NFC, control characters as spaces, and no space at the ends. A NUL stays what it is, to be refused below."""
    if not isinstance(value, str) or "\0" in value:
        return value
    spaced = "".join(" " if unicodedata.category(char) == "Cc" and char not in "\n\t" else char for char in value)
    return unicodedata.normalize("NFC", spaced).strip()


def _encodable(value: str) -> str:
    """What a database can keep. A NUL is no typing mistake: whoever sends one is told so, instead of being understood somehow."""
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("must be valid Unicode text")
    return value


_Tidy = BeforeValidator(_tidy)
_Encodable = AfterValidator(_encodable)


def _described(shortest: int, longest: int, pattern: str) -> WithJsonSchema:
    """What the API's description says: validators hide their constraints from it, and trimming needs a pattern."""
    return WithJsonSchema({"type": "string", "minLength": shortest, "maxLength": longest, "pattern": pattern})


_ONE = r"^[^\x00]*[^\s\x00][^\x00]*$"
_THREE = r"^[^\x00]*[^\s\x00][^\x00]+[^\s\x00][^\x00]*$"
_EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$"

Query = Annotated[str, _Tidy, StringConstraints(min_length=3, max_length=500), _Encodable, _described(3, 500, _THREE)]
Answer = Annotated[str, _Tidy, StringConstraints(min_length=1, max_length=500), _Encodable, _described(1, 500, _ONE)]
ShortText = Annotated[str, _Tidy, StringConstraints(max_length=100), _Encodable]
Name = Annotated[str, _Tidy, StringConstraints(min_length=1, max_length=100), _Encodable, _described(1, 100, _ONE)]
Note = Annotated[str, _Tidy, StringConstraints(max_length=2000), _Encodable]
Email = Annotated[
    str,
    _Tidy,
    StringConstraints(min_length=5, max_length=254, pattern=_EMAIL),
    _Encodable,
    _described(5, 254, _EMAIL),
]
# Passwords are taken as they are: trimming one would change it.
Password = Annotated[str, StringConstraints(min_length=1, max_length=256), _Encodable]
NewPassword = Annotated[str, StringConstraints(min_length=1, max_length=256), _Encodable, _described(10, 200, r"^.*$")]
