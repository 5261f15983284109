"""What must stand at Google Pub/Sub, and with which numbers: the one place for names and terms. Pure; makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from vividly.errors import Misconfigured

# Seconds. /push and the pull door answer in milliseconds: the row is the job. For push the same number is the HTTP timeout.
ACK_DEADLINE: Final = 60
FIRST_BACKOFF: Final = 10
LONGEST_BACKOFF: Final = 600
RETENTION: Final = 7 * 24 * 3600
# The service counts every answer but 2xx, 503 during a deployment too: five, its default, would be used up by one of those.
MAX_DELIVERY_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """How a subscription delivers. Tests use shorter ones; the service's least: deadline 10 s, attempts 5."""

    ack_deadline: int = ACK_DEADLINE
    first_backoff: float = FIRST_BACKOFF
    longest_backoff: float = LONGEST_BACKOFF
    retention: int = RETENTION
    attempts: int = MAX_DELIVERY_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Topology:
    """Two topics and a subscription on each. Without `push_endpoint` the worker's subscription is pulled."""

    project: str
    topic: str
    subscription: str
    dead_letter_topic: str
    dead_letter_subscription: str
    push_endpoint: str = ""
    push_audience: str = ""
    push_service_account: str = ""
    terms: Terms = Terms()

    def topics(self) -> tuple[str, ...]:
        """Full names, the dead letters' first: a subscription that points to it comes later."""
        return (self.topic_path(self.dead_letter_topic), self.topic_path(self.topic))

    def subscriptions(self) -> dict[str, dict[str, Any]]:
        """Full name -> body as the JSON interface takes it. A dead-letter topic without a subscription would lose messages."""
        dead_letters = {"topic": self.topic_path(self.dead_letter_topic), "pushConfig": {}, **self._common()}
        requests = {
            "topic": self.topic_path(self.topic),
            "pushConfig": self._push_config(),
            **self._common(),
            "deadLetterPolicy": {
                "deadLetterTopic": self.topic_path(self.dead_letter_topic),
                "maxDeliveryAttempts": self.terms.attempts,
            },
        }
        return {
            subscription_path(self.project, self.dead_letter_subscription): dead_letters,
            subscription_path(self.project, self.subscription): requests,
        }

    def topic_path(self, topic: str) -> str:
        return topic_path(self.project, topic)

    def _common(self) -> dict[str, Any]:
        terms = self.terms
        return {
            "ackDeadlineSeconds": terms.ack_deadline,
            "retryPolicy": {"minimumBackoff": f"{terms.first_backoff:g}s", "maximumBackoff": f"{terms.longest_backoff:g}s"},
            "messageRetentionDuration": f"{terms.retention}s",
            "expirationPolicy": {},  # never: by default a subscription that is idle for 31 days is deleted
        }

    def _push_config(self) -> dict[str, Any]:
        if not self.push_endpoint:
            return {}
        if not self.push_service_account:
            return {"pushEndpoint": self.push_endpoint}
        audience = self.push_audience or self.push_endpoint
        return {
            "pushEndpoint": self.push_endpoint,
            "oidcToken": {"serviceAccountEmail": self.push_service_account, "audience": audience},
        }


def topic_path(project: str, topic: str) -> str:
    """`projects/P/topics/T`. Misconfigured without a project."""
    return f"projects/{_given(project)}/topics/{topic}"


def subscription_path(project: str, subscription: str) -> str:
    """`projects/P/subscriptions/S`. Misconfigured without a project."""
    return f"projects/{_given(project)}/subscriptions/{subscription}"


def _given(project: str) -> str:
    if not project:
        raise Misconfigured("GOOGLE_CLOUD_PROJECT", "Pub/Sub needs the id of a project")
    return project
