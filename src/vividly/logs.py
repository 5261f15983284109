"""Structured logs: events named `room.what_happened`, ids bound once, never a sentence, never a student's words."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

# Names under which somebody's words could slip into a log; they are refused by the last processor, not trusted to habit.
WORDS_OF_PEOPLE = frozenset(
    {"question", "query", "student_query", "answer", "text", "prompt", "email", "password", "name", "body"}
)


def _no_words_of_people(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in WORDS_OF_PEOPLE & event.keys():
        event[key] = "[withheld]"
    return event


def configure(*, form: Literal["auto", "json", "text"] = "auto", level: str = "info", process: str = "") -> None:
    """Set up logging of this process to standard error. Call once, at its start."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _no_words_of_people,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    if process:
        structlog.contextvars.bind_contextvars(process=process)


def get(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return logger
