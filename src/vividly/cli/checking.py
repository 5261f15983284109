"""`vividly check`: is this deployment ready to show? Asks like a student, over HTTP alone, and decodes the video that comes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table

from vividly.cli.printing import wide_console
from vividly.errors import VividlyError

VAGUE = "explain forces"
CLEAR = "Why does a balloon fly around the room when I let it go?"
PATIENCE = 180.0  # seconds for one lesson
TERMINAL = {"completed", "failed", "cancelled", "declined"}

Json = dict[str, Any]
Seen = tuple[str, str]


class FallsShort(VividlyError):
    """What was seen is not what a student must see; the message says what."""


def check(url: str, *, email: str, password: str) -> int:
    """Walk the whole walk; print a timed table. 0 if everything was as it must be, else 1."""
    console = wide_console()
    table = Table("step", "seconds", "seen", title=f"Is {url} ready to show?", title_justify="left")
    short = ""
    with httpx.Client(base_url=url, timeout=30, follow_redirects=True, trust_env=False) as client:
        walk = _walk(client, email, password)
        while not short:
            started = time.monotonic()
            try:
                name, seen = next(walk)
            except StopIteration:
                break
            except (FallsShort, httpx.HTTPError, KeyError, ValueError) as error:
                name, seen = "[red]falls short", f"[red]{error or type(error).__name__}"
                short = seen
            table.add_row(name, f"{time.monotonic() - started:.2f}", seen)
    console.print(table)
    console.print("[red]not ready" if short else "[green]ready to show")
    return int(bool(short))


def _walk(client: httpx.Client, email: str, password: str) -> Iterator[Seen]:
    ready = client.get("/health/ready")
    _must(ready.status_code == 200, f"/health/ready answers {ready.status_code}: {ready.text[:300]}")
    yield "health", "ready"

    signed_in = client.post("/api/v1/auth/login", json={"email": email, "password": password})
    _must(signed_in.status_code == 200, f"sign-in answers {signed_in.status_code} for {email}")
    client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    yield "sign in", signed_in.json()["user"]["role"]

    asked = _generate(client, VAGUE)
    _must(asked["status"] == "clarification_needed", f"a vague question became {asked['status']}")
    _must(len(asked["clarifying_questions"]) >= 1 and len(asked["options"]) >= 2, "no real choices came back")
    yield "vague question", f"{asked['clarifying_questions'][0]} ({len(asked['options'])} choices)"

    choice = asked["options"][0]
    answered = client.post(f"/api/v1/content/request/{asked['request_id']}/clarify", json={"option_id": choice["id"]})
    _must(answered.status_code == 202, f"the answer was met with {answered.status_code}")
    yield "answer", choice["label"]
    yield from _lesson(client, asked["request_id"], "lesson after clarification")

    asked = _generate(client, CLEAR)
    _must(asked["status"] in ("pending", "completed"), f"a clear question became {asked['status']}")
    yield "clear question", f"accepted, about {asked['estimated_completion_seconds']} s"
    yield from _lesson(client, asked["request_id"], "lesson")


def _generate(client: httpx.Client, question: str) -> Json:
    body = {"student_query": question, "grade_level": 10, "interest": "basketball"}
    answer = client.post("/api/v1/content/generate", json=body)
    _must(answer.status_code == 202, f"generate answers {answer.status_code}: {answer.text[:200]}")
    filed: Json = answer.json()
    _must(bool(filed.get("request_id")), "no request id came back")
    return filed


def _lesson(client: httpx.Client, request_id: str, name: str) -> Iterator[Seen]:
    status = _until_terminal(client, request_id)
    _must(status["status"] == "completed", f"ended as {status['status']}: {status.get('error_message') or ''}")
    _must(status["progress_percentage"] == 100, f"completed at {status['progress_percentage']} %")
    yield name, "completed"
    yield f"{name}: video", _decoded(client, status["video_url"])
    captions = client.get(status["captions_url"])
    _must(captions.status_code == 200 and captions.text.startswith("WEBVTT"), "the captions are not WebVTT")
    lesson = client.get(status["lesson_url"]).json()
    _must(len(lesson["quiz"]) >= 1 and len(lesson["sources"]) >= 1, "the lesson has no quiz or no sources")
    yield (
        f"{name}: rest",
        f"{captions.text.count('-->')} captions, {len(lesson['quiz'])} quiz questions, {len(lesson['sources'])} sources",
    )


def _until_terminal(client: httpx.Client, request_id: str) -> Json:
    """Poll as a client of the contract does; progress must never fall."""
    deadline = time.monotonic() + PATIENCE
    last, status = 0, Json()
    while time.monotonic() < deadline:
        status = dict(client.get(f"/api/v1/content/request/{request_id}/status").raise_for_status().json())
        _must(status["progress_percentage"] >= last, f"progress fell from {last} to {status['progress_percentage']}")
        last = status["progress_percentage"]
        if status["status"] in TERMINAL:
            return status
        time.sleep(0.5)
    raise FallsShort(f"no lesson after {PATIENCE:.0f} s; last status {status.get('status')} at {last} %")


def _decoded(client: httpx.Client, url: str) -> str:
    """Download the video and decode it to its last frame."""
    from vividly.studio.film.inspect import inspect

    video = client.get(url)
    _must(video.status_code == 200, f"the video's link answers {video.status_code}")
    part = client.get(url, headers={"Range": "bytes=0-99"})
    _must(part.status_code == 206 and part.content == video.content[:100], "the video cannot be fetched in parts")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.mp4"
        path.write_bytes(video.content)
        seen = inspect(path)
    gap = abs(seen.video_seconds - seen.audio_seconds)
    _must(gap <= 0.04, f"picture and sound differ by {gap * 1000:.0f} ms")
    return f"{seen.width}×{seen.height}, {seen.video_seconds:.1f} s, {seen.frames} frames decoded, {len(video.content) / 1e6:.1f} MB"


def _must(holds: bool, else_say: str) -> None:
    if not holds:
        raise FallsShort(else_say)
