"""The body of a push request, wrapped as Google's service does by default. Pure; `worker.envelope` reads what this writes."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from vividly.transport.port import Message


def wrap(message: Message, *, subscription: str, attempt: int, now: datetime) -> bytes:
    """The envelope as bytes of JSON, with both spellings of its fields. `now`: in UTC."""
    data = base64.b64encode(json.dumps(message.payload).encode()).decode()
    moment = now.isoformat().replace("+00:00", "Z")
    return json.dumps(
        {
            "message": {
                "data": data,
                "attributes": message.attributes,
                "messageId": str(message.event_id),
                "message_id": str(message.event_id),
                "publishTime": moment,
                "publish_time": moment,
            },
            "subscription": subscription,
            "deliveryAttempt": attempt,
        }
    ).encode()
