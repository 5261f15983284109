"""Traces: off they cost nothing and import nothing; on they carry a question over a message, without its words."""

import subprocess
import sys

import pytest

from vividly import tracing
from vividly.errors import Misconfigured


@pytest.fixture
def spans():
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    tracing.start(process="test", exporter=exporter)
    yield exporter.get_finished_spans
    tracing.stop()


def test_off_nothing_happens_and_nothing_is_carried():
    with tracing.span("ask", about={"request_id": "1"}):
        assert tracing.carrier() == {}


def test_a_span_goes_on_where_its_message_arrives(spans):
    with tracing.span("ask", kind="server"):
        carried = tracing.carrier()
    assert list(carried) == ["traceparent"]
    with tracing.span("push", parent=tracing.parent_in(carried), kind="consumer", about={"request_id": "r"}):
        pass
    ask, push = spans()
    assert push.context.trace_id == ask.context.trace_id
    assert push.parent.span_id == ask.context.span_id
    assert dict(push.attributes) == {"vividly.request_id": "r"}


@pytest.mark.parametrize("nonsense", ["", "x", "00-zz-zz-00", "\udcff", "0" * 65, "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_nonsense_for_a_parent_begins_a_trace(spans, nonsense):
    with tracing.span("push", parent=tracing.parent_in({"traceparent": nonsense})):
        pass
    assert spans()[0].parent is None


def test_a_fault_is_marked_by_its_type_alone(spans):
    with pytest.raises(ValueError, match="canary"), tracing.span("ask"):
        raise ValueError("the canary sang")
    (span,) = spans()
    assert span.status.description == "ValueError"
    assert span.events == ()
    assert "canary" not in span.to_json()


def test_without_the_extra_the_operator_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(Misconfigured, match=r"pip install 'vividly\[telemetry\]'"):
        tracing.start(process="test", endpoint="http://127.0.0.1:1/v1/traces")


def test_a_worker_imports_nothing_of_it_while_it_is_off():
    program = (
        "import sys, vividly.wiring.back as back; back.prepare_back(); from vividly import tracing\n"
        "with tracing.span('x', parent='00-' + '1' * 32 + '-' + '2' * 16 + '-01'): tracing.carrier()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
