"""One word that changes with anything that shapes a lesson. Read from files: importing the kitchen would cost a second."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

_ROOMS: Final = ("pipeline", "studio")
_LIBRARIES: Final = ("av", "hibari-tts", "skia-python", "sympy", "typst")


@cache
def kitchen() -> str:
    """Hash of the kitchen's and the studio's own files and of the libraries they work with."""
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for room in _ROOMS:
        for file in sorted(path for path in (package / room).rglob("*.*") if path.suffix != ".pyc"):
            digest.update(f"{file.relative_to(package)}:".encode() + hashlib.sha256(file.read_bytes()).digest())
    digest.update(repr([version(name) for name in _LIBRARIES]).encode())
    return digest.hexdigest()[:16]
