"""Turns a finished work into what a browser can play: signed links that end soon, and everything a player shows.

It must not know who asks (the doors decide that before they hand out a link) nor how a lesson was made.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import quote

from vividly.errors import NotPossible
from vividly.shelf.port import Shelf

LINK_SECONDS = 600
# Ends are rounded down to whole minutes, so that a playlist read twice names its segments alike and caches can work.
_ROUND_SECONDS = 60
_PURPOSE = b"vividly media link v1\n"

Json = Mapping[str, object]


class Lesson(Protocol):
    """What delivery needs of a catalogue entry; `files` are relative to `prefix`."""

    @property
    def prefix(self) -> str: ...

    @property
    def files(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Links:
    """Signed paths (they begin with "/media/"), empty where the lesson has no such file."""

    video: str = ""
    audio: str = ""
    captions: str = ""
    subtitles: str = ""
    chapters: str = ""
    poster: str = ""
    transcript: str = ""
    stream: str = ""
    script: str = ""
    quiz: str = ""
    sources: str = ""
    manifest: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A timed line of a WebVTT file: seconds from the start of the lesson."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    correct: bool
    why: str


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """`starts_at`: seconds into the lesson to which "see it again" jumps, None if unknown."""

    question: str
    choices: tuple[Choice, ...]
    starts_at: float | None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage a sentence stands on, and where it comes from."""

    id: str
    text: str
    book: str
    section: str
    licence: str
    link: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the script; `sources` are ids of the lesson's sources, `picture` says in words what is to be seen."""

    title: str
    content: str
    seconds: float
    sources: tuple[str, ...]
    starts_at: float = 0.0
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Player:
    """Everything the player page shows of one lesson."""

    title: str
    hook: str
    topic_name: str
    sections: tuple[Section, ...]
    takeaways: tuple[str, ...]
    assumptions: tuple[str, ...]
    author: str
    chapters: tuple[Cue, ...]
    captions: tuple[Cue, ...]
    quiz: tuple[QuizQuestion, ...]
    sources: tuple[Source, ...]
    script_text: str
    links: Links


class MediaSigner:
    """Signs links to items of the shelf, for one method and one object, until a moment. Pure: the time is passed in."""

    def __init__(self, keys: Sequence[bytes], *, seconds: int = LINK_SECONDS) -> None:
        """`keys`: the first one signs, all are accepted, so that a key can be replaced without breaking open players."""
        if not keys or any(len(key) < 16 for key in keys):
            raise ValueError("a media signer needs at least one key of 16 bytes or more")
        self._keys = tuple(keys)
        self._seconds = seconds

    def path(self, key: str, *, now: float) -> str:
        """A path a browser may GET (or HEAD) until at most `seconds` from `now` (seconds since 1970)."""
        return f"/media/{quote(key)}?token={self.token(key, now=now)}"

    def token(self, key: str, *, now: float, method: str = "GET") -> str:
        end = int(now + self._seconds) // _ROUND_SECONDS * _ROUND_SECONDS
        return f"{end}.{_text(self._mac(self._keys[0], method=method, key=key, end=end))}"

    def check(self, token: str, *, key: str, method: str, now: float) -> None:
        """Raises NotPossible("link_not_valid") for a forged or foreign token, NotPossible("link_ended") for an old one."""
        end_text, _, mac_text = token.partition(".")
        try:
            end, mac = int(end_text), _bytes(mac_text)
        except (ValueError, binascii.Error):
            raise _not_valid() from None
        # HEAD asks for less than GET, so a link to GET serves both.
        asked = "GET" if method == "HEAD" else method
        if not any(hmac.compare_digest(self._mac(known, method=asked, key=key, end=end), mac) for known in self._keys):
            raise _not_valid()
        if now >= end:
            raise NotPossible("link_ended", "This link has ended. Open the lesson again to get a fresh one.", field="token")

    def _mac(self, secret: bytes, *, method: str, key: str, end: int) -> bytes:
        return hmac.new(secret, _PURPOSE + f"{method}\n{end}\n{key}".encode(), hashlib.sha256).digest()


def links(lesson: Lesson, *, signer: MediaSigner, now: float) -> Links:
    """Signed links to the files the lesson really has; nothing is read."""
    have = set(lesson.files)

    def link(*names: str) -> str:
        name = next((name for name in names if name in have), "")
        return signer.path(f"{lesson.prefix.rstrip('/')}/{name}", now=now) if name else ""

    return Links(
        video=link("lesson.mp4"),
        audio=link("narration.m4a"),
        captions=link("captions.vtt"),
        subtitles=link("captions.srt"),
        chapters=link("chapters.vtt"),
        poster=link("poster.png"),
        transcript=link("transcript.md"),
        stream=link(*sorted((name for name in have if name.endswith(".m3u8")), key=_playlist_rank)),
        script=link("script.json"),
        quiz=link("quiz.json"),
        sources=link("sources.json"),
        manifest=link("manifest.json"),
    )


async def script_text(lesson: Lesson, *, shelf: Shelf) -> str:
    """The lesson's words as plain text, empty if its script is not on the shelf."""
    return _script_text(_object(await _read(lesson, "script.json", shelf=shelf)))


async def player(lesson: Lesson, *, shelf: Shelf, signer: MediaSigner, now: float) -> Player:
    """The player's view of a finished lesson. A part that is missing on the shelf is shown as empty, never an error."""
    names = ("script.json", "quiz.json", "sources.json", "chapters.vtt", "captions.vtt")
    script_raw, quiz_raw, sources_raw, chapters_raw, captions_raw = await asyncio.gather(
        *(_read(lesson, name, shelf=shelf) for name in names)
    )
    script = _object(script_raw)
    chapters = cues(chapters_raw.decode("utf-8", "replace"))
    sections = tuple(_section(item) for item in _objects(script.get("sections")))
    return Player(
        title=_str(script.get("title")),
        hook=_str(script.get("hook")),
        topic_name=_str(script.get("topic_name")),
        sections=sections,
        takeaways=_strings(script.get("key_takeaways")),
        assumptions=_strings(script.get("assumptions")),
        author=_str(script.get("author")),
        chapters=chapters,
        captions=cues(captions_raw.decode("utf-8", "replace")),
        quiz=_quiz(quiz_raw),
        sources=tuple(_source(item) for item in _objects(_object(sources_raw).get("passages"))),
        script_text=_script_text(script),
        links=links(lesson, signer=signer, now=now),
    )


def signed_playlist(text: str, *, key: str, sign: Callable[[str], str]) -> str:
    """An HLS playlist whose relative addresses carry tokens of their own (a query string is not inherited by them).

    `key` is the playlist's own key; `sign` maps a key to a signed path. Absolute addresses and ones that climb out of the
    playlist's folder are left as they are: they will not be served.
    """
    folder = posixpath.dirname(key)

    def signed(address: str) -> str:
        target = posixpath.normpath(posixpath.join(folder, address))
        inside = "://" not in address and not address.startswith("/") and target.startswith(f"{folder}/")
        return sign(target) if inside else address

    def line(raw: str) -> str:
        if raw.startswith("#"):
            return re.sub(r'URI="([^"]+)"', lambda found: f'URI="{signed(found[1])}"', raw)
        return signed(raw.strip()) if raw.strip() else raw

    return "\n".join(line(raw) for raw in text.splitlines()) + "\n"


def cues(vtt: str) -> tuple[Cue, ...]:
    """The cues of a WebVTT text in order; settings, notes and markup are dropped, broken blocks are skipped."""
    found = []
    for block in re.split(r"\n\s*\n", vtt.replace("\r\n", "\n")):
        rows = block.strip().split("\n")
        at = next((number for number, row in enumerate(rows) if "-->" in row), None)
        if at is None:
            continue
        start, end = (_seconds(part) for part in rows[at].split("-->", 1))
        text = re.sub(r"<[^>]*>", "", "\n".join(rows[at + 1 :])).strip()
        if start is not None and end is not None and text:
            found.append(Cue(start, end, _unescaped(text)))
    return tuple(found)


async def _read(lesson: Lesson, name: str, *, shelf: Shelf) -> bytes:
    if name not in lesson.files:
        return b""
    try:
        return await asyncio.to_thread(shelf.get, f"{lesson.prefix.rstrip('/')}/{name}")
    except KeyError:
        return b""


def _playlist_rank(name: str) -> tuple[bool, int, str]:
    """The master playlist first, else the one nearest to the root."""
    return ("master" not in name, name.count("/"), name)


def _script_text(script: Json) -> str:
    parts = [_str(item.get("content")) for item in _objects(script.get("sections"))]
    return "\n\n".join(part for part in parts if part)


def _section(item: Json) -> Section:
    return Section(
        title=_str(item.get("title")),
        content=_str(item.get("content")),
        seconds=_float(item.get("duration_seconds")) or 0.0,
        sources=_strings(item.get("sources")),
        starts_at=_float(item.get("start_seconds")) or 0.0,
        picture=" ".join(_str(visual.get("description")) for visual in _objects(item.get("visuals"))).strip(),
    )


def _quiz(raw: bytes) -> tuple[QuizQuestion, ...]:
    return tuple(
        QuizQuestion(
            question=_str(item.get("question")),
            choices=tuple(
                Choice(_str(choice.get("text")), bool(choice.get("correct")), _str(choice.get("why")))
                for choice in _objects(item.get("choices"))
            ),
            starts_at=_float(item.get("explained_at_seconds")),
        )
        for item in _objects(_object(raw).get("questions"))
    )


def _source(item: Json) -> Source:
    return Source(
        id=_str(item.get("id")),
        text=_str(item.get("text")),
        book=_str(item.get("book")),
        section=_str(item.get("section")),
        licence=_str(item.get("licence")),
        link=_str(item.get("link")),
    )


def _parsed(raw: bytes) -> object:
    try:
        return cast("object", json.loads(raw)) if raw else None
    except ValueError:
        return None


def _object(raw: bytes) -> Json:
    value = _parsed(raw)
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _seconds(text: str) -> float | None:
    found = re.match(r"\s*(?:(\d+):)?(\d{1,2}):(\d{2})\.(\d{3})", text)
    if not found:
        return None
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3]) + int(found[4]) / 1000


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u00a0").replace("&amp;", "&")


def _not_valid() -> NotPossible:
    return NotPossible("link_not_valid", "This link is not valid for this file.", field="token")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
