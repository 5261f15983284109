"""The least HTTP client that will do, so that what is measured is the door and not who knocks: one kept connection each."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Caller:
    """One keep-alive connection to a door, used by one task."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._head = port, f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        return int(answer[9:12]), await self._reader.readexactly(_length(answer))

    async def ask(self, question: str, **more: object) -> dict[str, Any]:
        """File a question; what was answered. RuntimeError unless it was 202."""
        status, said = await self.post("/api/v1/content/generate", json.dumps({"student_query": question, **more}).encode())
        if status != 202:
            raise RuntimeError(f"the door answered {status}: {said[:300]!r}")
        found: dict[str, Any] = json.loads(said)
        return found

    async def follow(self, path: str) -> asyncio.StreamReader:
        """Open an event stream; the reader stands behind its headers."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._head}Accept: text/event-stream\r\n\r\n".encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if int(answer[9:12]) != 200:
            raise RuntimeError(f"the stream answered {answer!r}")
        return self._reader

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise RuntimeError(f"no length in {head!r}")
