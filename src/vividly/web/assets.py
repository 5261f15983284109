"""The stylesheet, the modules and the two typefaces, at addresses that change with their content. Knows no person."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import secrets
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import structlog

log = structlog.get_logger()

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff": "font/woff",
}

# Latin with its accents, punctuation, and the signs that questions and lessons are written with.
_LETTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2032, 0x2033, 0x2070, 0x2190, 0x2192),
    *range(0x2074, 0x208F),
    *range(0x391, 0x3CA),
    *(0x2202, 0x2206, 0x2211, 0x2212, 0x221A, 0x221E, 0x222B, 0x2248, 0x2260, 0x2264, 0x2265, 0x22C5, 0x2103),
)


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file inside an installed package; the features and the axes to keep of it (axis -> one value, or a range)."""

    name: str
    package: str
    distribution: str
    path: str
    features: tuple[str, ...]
    axes: tuple[tuple[str, float | tuple[float, float]], ...] = ()

    def file(self) -> Traversable:
        return files(self.package).joinpath(self.path)


TYPEFACES = (
    Typeface("display.woff", "font_fredoka_one", "font-fredoka-one", "files/FredokaOne-Regular.ttf", ("kern",)),
    Typeface(
        "text.woff",
        "justmytype_western_core",
        "justmytype-western-core",
        "fonts/ofl/inter/Inter[opsz,wght].ttf",
        # Its kerning alone takes five times as long to cut as all the rest, and is hardly seen at this size.
        ("tnum",),
        (("opsz", 14.0), ("wght", (400.0, 700.0))),
    ),
)


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    content_type: str


class Assets:
    """What `/static/{version}/{name}` serves. Typefaces are cut to size once, and kept in `cache` between starts."""

    def __init__(self, *, cache: Path | None = None) -> None:
        self._folder = files("vividly.web") / "static"
        self._small = {item.name: _asset(item.name, item.read_bytes()) for item in self._folder.iterdir() if item.is_file()}
        self._typefaces = {face.name: face for face in TYPEFACES}
        self._cut: dict[str, Asset] = {}
        self._cutting = asyncio.Lock()
        self._cache = cache
        self.version = _version(self._small)

    def address(self, name: str) -> str:
        """The path of an asset. Raises KeyError for a name that does not exist: a template's mistake."""
        if name not in self._small and name not in self._typefaces:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    async def get(self, name: str) -> Asset | None:
        """The asset, None if there is no such thing. The first call for a typeface may take half a second."""
        if name in self._small:
            return self._small[name]
        if name not in self._typefaces:
            return None
        async with self._cutting:
            if name not in self._cut:
                self._cut[name] = await asyncio.to_thread(self._typeface, self._typefaces[name])
        return self._cut[name]

    async def warm(self) -> None:
        """Cut the typefaces before anybody asks for them."""
        for name in self._typefaces:
            await self.get(name)

    def _typeface(self, face: Typeface) -> Asset:
        kept = None if self._cache is None else self._cache / f"{_fingerprint(face)}-{face.name}"
        if kept is not None and kept.is_file():
            return _asset(face.name, kept.read_bytes())
        body = cut(face)
        if kept is not None:
            _keep(kept, body)
        return _asset(face.name, body)


def cut(face: Typeface) -> bytes:
    """The typeface as WOFF, with only the letters and axes that pages use (Inter: 876 kB become 34)."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options()
    options.flavor = "woff"
    options.hinting = False
    options.layout_features = list(face.features)
    options.drop_tables += ["FFTM"]
    # It reports every table it drops; that is what it is for.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    with io.BytesIO(face.file().read_bytes()) as raw, TTFont(raw) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=list(_LETTERS))
        cutter.subset(font)
        if face.axes:
            instancer.instantiateVariableFont(font, dict(face.axes), inplace=True)
        font.flavor = "woff"
        small = io.BytesIO()
        font.save(small)
        return small.getvalue()


def _asset(name: str, body: bytes) -> Asset:
    return Asset(body, CONTENT_TYPES[Path(name).suffix])


def _version(small: dict[str, Asset]) -> str:
    """Changes when any file, typeface or the letters kept of one change, so that browsers may keep each for ever."""
    digest = hashlib.sha256(repr((_LETTERS, TYPEFACES)).encode())
    for name, asset in sorted(small.items()):
        digest.update(name.encode() + b"\0" + asset.body)
    for face in TYPEFACES:
        digest.update(version(face.distribution).encode())
    return digest.hexdigest()[:12]


def _fingerprint(face: Typeface) -> str:
    return hashlib.sha256(repr((_LETTERS, face, version(face.distribution))).encode()).hexdigest()[:12]


def _keep(path: Path, body: bytes) -> None:
    """Beside, then renamed: two processes may start at once. A cache that cannot be written is only slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{secrets.token_hex(4)}.new")
        beside.write_bytes(body)
        beside.replace(path)
    except OSError as error:
        log.warning("web.typeface_not_kept", kind=type(error).__name__)
