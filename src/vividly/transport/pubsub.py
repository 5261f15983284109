"""Google Pub/Sub as a plug: publishes what is in the outbox, hands out what a subscription holds. Knows no request.

Over the JSON interface, not with Google's library: that one retries inside and its futures may never end, which an outbox
must know; and it is 90 MB.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from vividly import logs
from vividly.errors import TryAgainLater
from vividly.transport.google import Invalid, PubSubApi
from vividly.transport.port import EVENT_ID, Delivery, Queued, Receipt
from vividly.transport.topology import subscription_path, topic_path

# The service ends a pull that finds nothing after about 90 s. To hang up before it does would waste messages: one that
# is handed out to a closed connection comes again only after its deadline.
_POLL: Final = 120.0
_ANSWER: Final = 5.0  # seconds for an answer; if it is lost, the message comes again and finds its job row

_log = logs.get("pubsub")


class PubSubTransport:
    """Publishes to one topic. A batch is one call; its deadline is the interface's."""

    def __init__(self, *, api: PubSubApi, project: str, topic: str) -> None:
        self._api, self._path = api, f"{topic_path(project, topic)}:publish"

    async def publish(self, messages: Sequence[Queued]) -> tuple[Receipt, ...]:
        """One receipt for each message, in order.

        TryAgainLater or Misconfigured when the service, not a message, is the trouble: then maybe all of them were taken, and
        publishing them again is right.
        """
        try:
            await self._api.post(self._path, {"messages": [_published(one) for one in messages]})
        except Invalid as refused:
            if len(messages) == 1:
                _log.error("pubsub.refused", event_id=str(messages[0].message.event_id), reason=refused.message)
                return (Receipt.REJECTED,)
            # One bad message spoils its batch: find it, and let the others go.
            half = len(messages) // 2
            return await self.publish(messages[:half]) + await self.publish(messages[half:])
        return (Receipt.TAKEN,) * len(messages)

    async def close(self) -> None:
        await self._api.close()


class PubSubSubscription:
    """Pulls from one subscription, call by call."""

    def __init__(self, *, api: PubSubApi, project: str, subscription: str) -> None:
        self._api, self._path = api, subscription_path(project, subscription)

    async def pull(self, *, limit: int) -> tuple[Delivery, ...]:
        """At most `limit` messages, none after a minute or two without any. TryAgainLater, Misconfigured."""
        found = await self._call("pull", {"maxMessages": limit}, deadline=_POLL)
        return tuple(_delivery(one, self._path) for one in found.get("receivedMessages", ()))

    async def acknowledge(self, tickets: Sequence[str]) -> None:
        """These are taken care of. TryAgainLater: they will come again."""
        if tickets:
            await self._call("acknowledge", {"ackIds": list(tickets)}, deadline=_ANSWER)

    async def give_back(self, tickets: Sequence[str]) -> None:
        """Not taken: the service delivers them again, after its own backoff. TryAgainLater: after the deadline, then."""
        if tickets:
            await self._call("modifyAckDeadline", {"ackIds": list(tickets), "ackDeadlineSeconds": 0}, deadline=_ANSWER)

    async def close(self) -> None:
        await self._api.close()

    async def _call(self, verb: str, body: dict[str, Any], *, deadline: float) -> dict[str, Any]:
        try:
            return await self._api.post(f"{self._path}:{verb}", body, deadline=deadline)
        except Invalid as refused:  # tickets of a subscription that was made anew meanwhile
            raise TryAgainLater(f"Pub/Sub refused {verb}: {refused.message}") from refused


def _published(queued: Queued) -> dict[str, Any]:
    message = queued.message
    data = base64.b64encode(json.dumps(message.payload).encode()).decode()
    return {"data": data, "attributes": {**message.attributes, EVENT_ID: str(message.event_id)}}


def _delivery(received: dict[str, Any], subscription: str) -> Delivery:
    """As the body of a push request: one handler reads both."""
    envelope = {"message": received.get("message", {}), "subscription": subscription}
    if "deliveryAttempt" in received:
        envelope["deliveryAttempt"] = received["deliveryAttempt"]
    return Delivery(ticket=str(received["ackId"]), body=json.dumps(envelope).encode())
