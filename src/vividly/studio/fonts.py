"""The typefaces of the studio: only from installed font packages, so that the same words give the same pixels everywhere.

Knows files and glyphs; nothing of scenes or colors.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

import skia

from vividly.errors import Misconfigured

Face = Literal["display", "body", "medium", "bold", "italic", "code", "math"]

_WESTERN, _FREDOKA = "justmytype-western-core", "font-fredoka-one"
_FILES: dict[Face, tuple[str, str, dict[str, float]]] = {
    "display": (_FREDOKA, "FredokaOne-Regular.ttf", {}),
    "body": (_WESTERN, "Inter[opsz,wght].ttf", {"wght": 480, "opsz": 24}),
    "medium": (_WESTERN, "Inter[opsz,wght].ttf", {"wght": 600, "opsz": 26}),
    "bold": (_WESTERN, "Inter[opsz,wght].ttf", {"wght": 740, "opsz": 28}),
    "italic": (_WESTERN, "Inter-Italic[opsz,wght].ttf", {"wght": 480, "opsz": 24}),
    "code": (_WESTERN, "JetBrainsMono[wght].ttf", {"wght": 560}),
    "math": (_WESTERN, "STIXTwoMath-Regular.ttf", {}),
}
_SYMBOLS = "NotoSansSymbols2-Regular.ttf"
# No face falls back by itself: these families are tried in this order when a glyph is not in the face asked for.
_FALLBACK: dict[Face, tuple[Face | Literal["symbols"], ...]] = {
    "display": ("bold", "math", "symbols"),
    "body": ("math", "symbols"),
    "medium": ("math", "symbols"),
    "bold": ("math", "symbols"),
    "italic": ("body", "math", "symbols"),
    "code": ("body", "math", "symbols"),
    "math": ("body", "symbols"),
}


@lru_cache
def path_of(package: str, name: str) -> Path:
    """Where an installed font package keeps a file; raises Misconfigured when the package or the file is not there."""
    try:
        found = [f for f in distribution(package).files or () if f.name == name]
    except PackageNotFoundError:
        found = []
    if not found:
        raise Misconfigured("fonts", f"{package} with {name} is not installed; run `make setup`")
    return Path(str(found[0].locate()))


def math_folder() -> Path:
    """The folder of the maths typeface, for the typesetter of formulas."""
    package, name, _ = _FILES["math"]
    return path_of(package, name).parent


def _instance(face: skia.Typeface, axes: dict[str, float]) -> skia.Typeface:
    """A weight of a variable font: a clone at a place in its design space."""
    if not axes:
        return face
    position = skia.FontArguments.VariationPosition
    # Skia keeps pointers to all three: each must live until the clone is made.
    wanted = position.Coordinates([position.Coordinate(int.from_bytes(t.encode(), "big"), v) for t, v in axes.items()])
    place = position(wanted)
    arguments = skia.FontArguments()
    arguments.setVariationDesignPosition(place)
    return face.makeClone(arguments)


@lru_cache
def typefaces() -> dict[str, skia.Typeface]:
    """Every face by name, weights instantiated."""
    # A manager of its own: the default one would read this machine's font configuration.
    manager = skia.FontMgr.New_Custom_Empty()
    faces: dict[str, skia.Typeface] = {}
    for name, (package, file, axes) in _FILES.items():
        faces[name] = _instance(manager.makeFromFile(str(path_of(package, file))), axes)
    faces["symbols"] = manager.makeFromFile(str(path_of(_WESTERN, _SYMBOLS)))
    return faces


@lru_cache
def collection() -> skia.textlayout.FontCollection:
    """The faces as the paragraph module wants them: one family per face."""
    provider = skia.textlayout.TypefaceFontProvider()
    for name, face in typefaces().items():
        provider.registerTypeface(face, skia.String(name))
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(provider)
    return fonts


def families(face: Face) -> list[str]:
    """The face and what stands in for glyphs it lacks."""
    return [face, *_FALLBACK[face]]


@lru_cache(maxsize=4096)
def _covered(face: Face, letter: str) -> bool:
    return any(typefaces()[name].unicharToGlyph(ord(letter)) != 0 for name in families(face))


def missing(text: str, face: Face) -> str:
    """The letters of `text` that would come out as empty boxes."""
    return "".join(sorted({c for c in text if not c.isspace() and not _covered(face, c)}))


@lru_cache
def fingerprint() -> str:
    """Changes when a font package does; part of a scene's key."""
    names = sorted({package for package, _, _ in _FILES.values()})
    told = "|".join(f"{n}={distribution(n).version}" for n in names) + repr(sorted(_FILES.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]
