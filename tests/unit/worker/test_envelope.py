"""Whatever comes as a body, the answer is one of three, and nothing in it can upset a database."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vividly.transport.envelope import wrap
from vividly.transport.port import Message
from vividly.worker.envelope import Knock, Malformed, Newer, read

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ODD = st.sampled_from(
    ["\0", "\ud800", "", "x" * 256, "not-a-uuid", "{" + str(uuid4()) + "}", str(uuid4()), 1, 0, 2, True, None]
)
FIELDS = ("schema_version", "request_id", "correlation_id")


def body_of(payload, message=None, **outer):
    data = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": "m-1", **(message or {})}, **outer}).encode()


def storable(text):
    return len(text.encode()) > 0 and "\0" not in text  # encode() raises for half a surrogate pair


def check(answer):
    match answer:
        case Knock():
            assert isinstance(answer.request_id, UUID)
            assert storable(answer.message_id)
            assert storable(answer.correlation_id)
            assert answer.subscription == "" or storable(answer.subscription)
        case Malformed():
            assert storable(answer.key)
            assert storable(answer.reason)
            assert all(storable(k) and storable(v) for k, v in answer.attributes.items())
        case Newer():
            assert answer.version > 1


@given(st.binary())
def test_any_bytes_are_understood_or_malformed(body):
    check(read(body))


@given(ANYTHING)
def test_any_json_is_understood_or_malformed(value):
    check(read(json.dumps(value).encode()))


@given(
    payload=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ODD)) | ANYTHING,
    message=st.fixed_dictionaries({}, optional={"messageId": ODD, "message_id": ODD, "attributes": ANYTHING, "data": ODD}),
    outer=st.fixed_dictionaries({}, optional={"subscription": ODD}),
)
def test_nearly_right_envelopes_are_understood_or_malformed(payload, message, outer):
    check(read(body_of(payload, message, **outer)))


@given(request_id=st.uuids(), attempt=st.integers(1, 100), attributes=st.dictionaries(st.text(), st.text(), max_size=3))
def test_what_the_embedded_transport_sends_is_understood(request_id, attempt, attributes):
    payload = {"schema_version": 1, "request_id": str(request_id), "correlation_id": "req_1", "further": "fields"}
    message = Message(event_id=uuid4(), topic="t", payload=payload, attributes=attributes)
    body = wrap(message, subscription="projects/local/subscriptions/s", attempt=attempt, now=NOW)
    assert read(body) == Knock(request_id, "req_1", str(message.event_id), "projects/local/subscriptions/s")
    outer = json.loads(body)
    assert outer["deliveryAttempt"] == attempt
    assert outer["message"]["publishTime"] == outer["message"]["publish_time"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize("hostile", [b"[" * 100_000, b'{"message": ' + b"9" * 10_000 + b"}", b"\xff\xfe", b'"\\ud800"', b"NaN"])
def test_hostile_bodies_are_malformed(hostile):
    answer = read(hostile)
    assert isinstance(answer, Malformed)
    assert answer.key.startswith("sha256:")


def test_both_spellings_of_the_id_are_read_and_one_is_needed():
    payload = {"schema_version": 1, "request_id": str(uuid4()), "correlation_id": "req_1"}
    assert read(body_of(payload, {"messageId": "a", "message_id": "b"})).message_id == "a"
    assert read(body_of(payload, {"messageId": "", "message_id": "b"})).message_id == "b"
    assert read(body_of(payload, {"messageId": ""})).reason == "no message id"
    assert read(body_of({**payload, "schema_version": 2})) == Newer(2, "m-1")
    assert read(body_of({**payload, "schema_version": True})).reason == "no schema_version"
