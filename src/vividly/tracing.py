"""One trace per question, from the door over the message into the worker. Off unless wiring switches it on; then OpenTelemetry.

Attributes are ids and words of this code. No exception's text is recorded: it may hold a student's words.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from vividly.errors import Misconfigured

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

Kind = Literal["internal", "server", "producer", "consumer"]

TRACEPARENT: Final = "traceparent"
INSTALL: Final = "OpenTelemetry is not installed; run: pip install 'vividly[telemetry]'"
_LONGEST: Final = 64  # a traceparent of today has 55 characters


class _Tracing:
    """The tracer of this process, None while tracing is off."""

    def __init__(self) -> None:
        self.tracer: Any = None
        self.provider: Any = None


_here = _Tracing()


def start(*, process: str, endpoint: str = "", exporter: SpanExporter | None = None) -> None:
    """Send spans of this process to an OTLP collector at `endpoint` (http…/v1/traces), or to `exporter`.

    Misconfigured when the packages of the extra `telemetry` are not installed.
    """
    try:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

            processor: Any = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))
        else:
            processor = SimpleSpanProcessor(exporter)
    except ImportError as error:
        raise Misconfigured("VIVIDLY_TRACES", INSTALL) from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"vividly-{process}"}))
    provider.add_span_processor(processor)
    _here.provider, _here.tracer = provider, provider.get_tracer("vividly")


def stop() -> None:
    """Send what is left, and be off again."""
    if _here.provider is not None:
        _here.provider.shutdown()
    _here.provider = _here.tracer = None


@contextlib.contextmanager
def span(name: str, *, parent: str = "", kind: Kind = "internal", about: Mapping[str, str] | None = None) -> Iterator[None]:
    """What happens inside belongs together. `parent`: the traceparent of a span elsewhere; "" for the one around us here.

    A traceparent that is none is ignored: it came over the wire.
    """
    if _here.tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    context = TraceContextTextMapPropagator().extract({TRACEPARENT: parent}) if parent else None
    opened = _here.tracer.start_as_current_span(
        name,
        context=context,
        kind=SpanKind[kind.upper()],
        attributes={f"vividly.{key}": value for key, value in (about or {}).items()},
        record_exception=False,
        set_status_on_exception=False,
    )
    with opened as current:
        try:
            yield
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def carrier() -> dict[str, str]:
    """{"traceparent": …} of the span around us, for a message's attributes; empty while tracing is off."""
    if _here.tracer is None:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carried = dict[str, str]()
    TraceContextTextMapPropagator().inject(carried)
    return {key: value for key, value in carried.items() if key == TRACEPARENT}


def parent_in(attributes: Mapping[str, str]) -> str:
    """The traceparent among a message's attributes, "" if there is none worth storing."""
    found = attributes.get(TRACEPARENT, "")
    return found if found.isascii() and len(found) <= _LONGEST else ""
