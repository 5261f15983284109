"""`/media/…?token=`: bytes of the shelf for whoever holds a signed link. It must not know people: the link is the right."""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from vividly.api.doors import Doors, doors_of
from vividly.api.identity import declared
from vividly.api.permissions import Permission
from vividly.api.problems import Problem, answer, documented
from vividly.delivery import signed_playlist
from vividly.errors import NotPossible

router = APIRouter(tags=["media"])

CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".m4a": "audio/mp4",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole item", "content": {"application/octet-stream": {}}},
    206: {"description": "The part asked for", "content": {"application/octet-stream": {}}},
    304: {"description": "Unchanged"},
    **documented(403, 404, 416),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes [start, end) of an item of `size` bytes; `partial` if a range was asked for, even one of all bytes."""

    start: int
    end: int
    size: int
    partial: bool = False


@router.head(
    "/media/{key:path}",
    dependencies=[Depends(declared(Permission.SIGNED_LINK))],
    responses=_RESPONSES,
    response_class=Response,
    summary="What a file is like, by signed link",
    operation_id="mediaHead",
)
@router.get(
    "/media/{key:path}",
    dependencies=[Depends(declared(Permission.SIGNED_LINK))],
    responses=_RESPONSES,
    response_class=Response,
    summary="A file of a lesson, by signed link",
    operation_id="media",
)
async def media(
    request: Request,
    key: Annotated[str, Path(max_length=400)],
    token: Annotated[str, Query(max_length=200, description="signed for this file and GET, good for ten minutes")],
    doors: Annotated[Doors, Depends(doors_of)],
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
    download: Annotated[bool, Query(description="save it instead of showing it")] = False,
) -> Response:
    """Supports one byte range, `If-Range`, `If-None-Match` and HEAD. Addresses in playlists get tokens of their own."""
    doors.signer.check(token, key=key, method=request.method, now=time.time())
    if key.endswith(".m3u8"):
        return await _playlist(request, key, doors)
    size = await asyncio.to_thread(doors.shelf.size, key)
    if size is None:
        raise _unknown()
    etag = f'"{hashlib.sha256(f"{key}:{size}".encode()).hexdigest()[:24]}"'
    headers = _headers(key, download=download) | {"ETag": etag, "Accept-Ranges": "bytes"}
    if _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    span = span_of(wanted if if_range in {None, etag} else None, size=size)
    if span is None:
        return _outside(size)
    headers["Content-Length"] = str(span.end - span.start)
    if span.partial:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    status = 206 if span.partial else 200
    kind = CONTENT_TYPES.get(posixpath.splitext(key)[1], "application/octet-stream")
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=kind)
    return StreamingResponse(_bytes(doors, key, span), status_code=status, headers=headers, media_type=kind)


def span_of(header: str | None, *, size: int) -> Span | None:
    """The bytes to send for a Range header; None if it lies outside. A header we do not serve (several ranges) is ignored."""
    found = _RANGE.match(header.strip()) if header else None
    if found is None or found[0] == "bytes=-":
        return Span(0, size, size)
    first, last = found[1], found[2]
    if not first:
        length = min(int(last), size)
        return Span(size - length, size, size, partial=True) if length else None
    if last and int(last) < int(first):
        return Span(0, size, size)
    end = min(int(last) + 1, size) if last else size
    return Span(int(first), end, size, partial=True) if int(first) < size else None


async def _playlist(request: Request, key: str, doors: Doors) -> Response:
    try:
        raw = await asyncio.to_thread(doors.shelf.get, key)
    except KeyError:
        raise _unknown() from None
    now = time.time()
    text = signed_playlist(raw.decode("utf-8", "replace"), key=key, sign=lambda target: doors.signer.path(target, now=now))
    # It grows while the lesson is made, so nobody may keep it.
    headers = _headers(key, download=False) | {"Cache-Control": "no-store"}
    body = text.encode()
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(len(body))}, media_type=CONTENT_TYPES[".m3u8"])
    return Response(body, headers=headers, media_type=CONTENT_TYPES[".m3u8"])


async def _bytes(doors: Doors, key: str, span: Span) -> AsyncIterator[bytes]:
    if span.size:
        async for chunk in doors.shelf.stream(key, start=span.start, end=span.end):
            yield chunk


def _headers(key: str, *, download: bool) -> dict[str, str]:
    """A finished item never changes under its key; and nothing in it may act as a page of ours."""
    manner = "attachment" if download else "inline"
    name = re.sub(r"[^A-Za-z0-9._-]", "_", posixpath.basename(key))
    return {
        "Cache-Control": "private, max-age=540, immutable",
        "Content-Disposition": f'{manner}; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _matches(header: str | None, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}
    return etag in tags or "*" in tags


def _outside(size: int) -> Response:
    problem = Problem(title="Range Not Satisfiable", status=416, code="range_outside", detail=f"The file has {size} bytes.")
    return answer(problem, {"Content-Range": f"bytes */{size}"})


def _unknown() -> NotPossible:
    return NotPossible("unknown_file", "There is no such file (any more).", field="key")
