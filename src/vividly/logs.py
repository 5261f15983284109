"""Structured logs: events named `room.what_happened`, ids bound once, never a sentence, never a student's words.

A library's message and an exception's text may hold somebody's words, so only what code wrote is let through: an
exception is its type and the lines it passed, a library's message is its template without the values.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import TracebackType
from typing import Final, Literal

import structlog

# Names under which somebody's words could slip into a log; they are refused by the last processor, not trusted to habit.
WORDS_OF_PEOPLE = frozenset(
    {"question", "query", "student_query", "answer", "text", "prompt", "email", "password", "name", "body"}
)
REQUEST, CORRELATION = "request_id", "correlation_id"
_FRAMES: Final = 6
_LONGEST_TEMPLATE: Final = 160

Form = Literal["auto", "json", "text"]


def configure(*, form: Form = "auto", level: str = "info", process: str = "") -> None:
    """Set up logging of this process to standard error, libraries' too. Call once, at its start."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _named(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_where_it_broke,
            _no_words_of_people,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    if process:
        _hear_libraries()
        if not text:
            _hear_the_end()


def get(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return logger


def bind(*, request_id: object, correlation_id: str) -> None:
    """From here on, every event of this task and of what it starts names the request."""
    structlog.contextvars.bind_contextvars(**{REQUEST: str(request_id), CORRELATION: correlation_id})


@contextlib.contextmanager
def about(*, request_id: object, correlation_id: str) -> Iterator[None]:
    """The same for a block."""
    with structlog.contextvars.bound_contextvars(**{REQUEST: str(request_id), CORRELATION: correlation_id}):
        yield


def bound() -> dict[str, str]:
    """The ids that are bound here: request_id and correlation_id, or nothing."""
    here = structlog.contextvars.get_contextvars()
    return {key: str(here[key]) for key in (REQUEST, CORRELATION) if key in here}


def where(fault: BaseException) -> str:
    """The last lines of code a fault passed through, "file:line" each; its message stays out, it may hold people's words."""
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES:]
    return " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)


def _named(process: str) -> structlog.typing.Processor:
    """Not a bound variable: threads begin without those."""

    def add(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if process:
            event["process"] = process
        return event

    return add


def _no_words_of_people(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in WORDS_OF_PEOPLE & event.keys():
        event[key] = "[withheld]"
    return event


def _only_where_it_broke(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """`exc_info` becomes `faults`: type and lines of the exception and of what caused it, without their texts."""
    info = event.pop("exc_info", None)
    event.pop("exception", None)
    fault = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if isinstance(info, tuple):
        fault = info[1]
    chain = list[str]()
    while fault is not None and len(chain) < _FRAMES:
        chain.append(f"{type(fault).__module__}.{type(fault).__qualname__} at {where(fault) or 'no line'}")
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if chain:
        event["faults"] = chain
    return event


class _Libraries(logging.Handler):
    """What libraries log, as events of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        # The template, not the message: the values in it are not ours to show. Some write the values into the template
        # after a line break, asyncio for one.
        template = str(record.msg).partition("\n")[0][:_LONGEST_TEMPLATE]
        log = get("library")
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, level)("library.spoke", library=record.name, template=template, exc_info=record.exc_info or None)


def _hear_libraries() -> None:
    root = logging.getLogger()
    root.handlers = [_Libraries(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _hear_the_end() -> None:
    """What nobody caught ends a process or a thread; it is told like everything else."""

    def broke(_kind: type[BaseException], fault: BaseException, _trace: TracebackType | None) -> None:
        if isinstance(fault, KeyboardInterrupt):
            return
        get("process").error("process.broke", exc_info=fault)

    def thread_broke(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            get("process").error("process.thread_broke", exc_info=args.exc_value)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            get("process").error("process.broke_unseen", exc_info=args.exc_value)

    sys.excepthook = broke
    threading.excepthook = thread_broke
    sys.unraisablehook = unraisable
