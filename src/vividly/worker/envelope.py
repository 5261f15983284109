"""What a push request's body says. Pure: bytes in, one of three answers out; knows no database and no HTTP."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from vividly import tracing
from vividly.requests.model import RequestId
from vividly.transport.port import SCHEMA_VERSION

_LONGEST_ID: Final = 255
_UUID_LENGTH: Final = 36


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody is at the door for this request. The row is the truth: nothing else of the message matters."""

    request_id: RequestId
    correlation_id: str
    message_id: str
    subscription: str
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Nobody will ever be able to take this. `key`: the message's id, or the body's hash where it has none."""

    reason: str
    key: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Newer:
    """Written by a later version of this service: a later worker will take it."""

    version: int
    message_id: str


class _Bad(Exception):
    """Why a message is malformed; never leaves this module."""


def read(body: bytes) -> Knock | Malformed | Newer:
    """Understand the wrapped envelope of Pub/Sub. Never raises."""
    key, attributes = hash_key(body), dict[str, str]()
    try:
        envelope = _object(body, "the body is not JSON")
        message = _message(envelope)
        attributes = text_attributes(message.get("attributes"))
        message_id = _message_id(message)
        key = message_id
        return _knock(message, message_id, envelope.get("subscription", ""), tracing.parent_in(attributes))
    except _Bad as bad:
        return Malformed(reason=str(bad), key=key, attributes=attributes)


def hash_key(body: bytes) -> str:
    """The quarantine's key for a body whose message id cannot be read."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _knock(message: dict[str, Any], message_id: str, subscription: object, traceparent: str) -> Knock | Newer:
    payload = _object(_decoded(message.get("data")), "the data are not JSON")
    version = payload.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise _Bad("no schema_version")
    if version > SCHEMA_VERSION:
        return Newer(version=version, message_id=message_id)
    if version < SCHEMA_VERSION:
        raise _Bad("schema_version is too old")
    correlation_id = payload.get("correlation_id")
    if not _usable(correlation_id):
        raise _Bad("no correlation_id")
    return Knock(
        request_id=_request_id(payload.get("request_id")),
        correlation_id=str(correlation_id),
        message_id=message_id,
        subscription=str(subscription) if _usable(subscription) else "",
        traceparent=traceparent,
    )


def _object(body: bytes, complaint: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not JSON, absurdly long numbers
        raise _Bad(complaint) from error
    if not isinstance(found, dict):
        raise _Bad(complaint)
    return found


def _message(envelope: dict[str, Any]) -> dict[str, Any]:
    message = envelope.get("message")
    if not isinstance(message, dict):
        raise _Bad("no message")
    return message


def _decoded(data: object) -> bytes:
    if not isinstance(data, str) or not data:
        raise _Bad("no data")
    try:
        return base64.b64decode(data.encode(), validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise _Bad("the data are not base64") from error


def _message_id(message: dict[str, Any]) -> str:
    for spelling in ("messageId", "message_id"):
        if _usable(message.get(spelling)):
            return str(message[spelling])
    raise _Bad("no message id")


def _request_id(value: object) -> RequestId:
    if not isinstance(value, str):
        raise _Bad("no request_id")
    try:
        found = UUID(value)
    except ValueError as error:
        raise _Bad("request_id is not a UUID") from error
    if len(value) != _UUID_LENGTH:
        raise _Bad("request_id is not a UUID")
    return RequestId(found)


def text_attributes(value: object) -> dict[str, str]:
    """What of the attributes can be stored."""
    return {k: v for k, v in value.items() if _usable(k) and _usable(v, 1024)} if isinstance(value, dict) else {}


def _usable(value: object, longest: int = _LONGEST_ID) -> bool:
    """A short string that a database can store: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
