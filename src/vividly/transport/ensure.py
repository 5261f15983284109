"""Makes what a topology asks for, or mends it; running it twice changes nothing. Terraform does the same in production."""

from __future__ import annotations

from typing import Any, Final

import httpx

from vividly.errors import Misconfigured
from vividly.transport.google import PubSubApi, meaning
from vividly.transport.topology import Topology

_MAY_CHANGE: Final = (
    "pushConfig", "ackDeadlineSeconds", "retryPolicy", "messageRetentionDuration", "expirationPolicy", "deadLetterPolicy",
)  # fmt: skip


async def ensure(api: PubSubApi, *, topology: Topology) -> tuple[str, ...]:
    """What was made or changed, a line each. TryAgainLater, Misconfigured."""
    done = []
    for topic in topology.topics():
        response = await api.send("PUT", topic, {})
        if response.is_success:
            done.append(f"made {topic}")
        elif response.status_code != httpx.codes.CONFLICT:
            raise meaning(response, topic)
    for name, wanted in topology.subscriptions().items():
        done += await _subscription(api, name, wanted)
    return tuple(done)


async def _subscription(api: PubSubApi, name: str, wanted: dict[str, Any]) -> list[str]:
    response = await api.send("GET", name)
    if response.status_code == httpx.codes.NOT_FOUND:
        await api.call("PUT", name, wanted)
        return [f"made {name}"]
    if not response.is_success:
        raise meaning(response, name)
    found = response.json()
    if found.get("topic") != wanted["topic"]:
        raise Misconfigured(
            "VIVIDLY_SUBSCRIPTION", f"{name} listens to {found.get('topic')}; delete it, or choose another name"
        )
    changed = [field for field in _MAY_CHANGE if _plain(found.get(field, {})) != _plain(wanted.get(field, {}))]
    if not changed:
        return []
    fresh = {"name": name, **{field: wanted[field] for field in changed if field in wanted}}
    await api.call("PATCH", name, {"subscription": fresh, "updateMask": ",".join(changed)})
    return [f"changed {name}: {', '.join(changed)}"]


def _plain(value: Any) -> Any:
    """Comparable: 0.100s is 0.1s, and what the service adds by itself is left out."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items() if key != "attributes"}
        case str() if value.endswith("s") and value[:-1].replace(".", "", 1).isdigit():
            return float(value[:-1])
        case _:
            return value
