"""Messages that a broker has given up go into our quarantine, where an operator sees them. Their requests are safe: the sweep rings."""

from __future__ import annotations

import json
from typing import Any, Final

from vividly import logs
from vividly.db.engine import ContractBroken, Pool, transaction
from vividly.errors import TryAgainLater
from vividly.transport import store
from vividly.transport.port import EVENT_ID
from vividly.worker.answers import Outcome
from vividly.worker.desk import KEEP
from vividly.worker.envelope import hash_key, text_attributes

# Said by the broker about the delivery, not by us about the message: what is sent again must not carry it.
_OF_THE_BROKER: Final = ("CloudPubSubDeadLetter", "goog")

_log = logs.get("dead_letters")


async def keep(pool: Pool, body: bytes) -> Outcome:
    """Keep one dead letter: POISON_AGAIN when that is committed, AWAY when it could not be. Never raises for a message."""
    key, attributes = _named(body)
    own = {name: value for name, value in attributes.items() if not name.startswith(_OF_THE_BROKER)}
    try:
        async with transaction(pool) as conn:
            await store.keep_dead_letter(conn, key=key, reason="too_many_attempts", body=body[:KEEP], attributes=own)
    except TryAgainLater:
        return Outcome.AWAY
    except ContractBroken as broken:
        _log.error("dead_letters.contract_broken", sqlstate=broken.sqlstate, constraint=broken.constraint)
        return Outcome.AWAY
    _log.error("dead_letters.kept", key=key)
    return Outcome.POISON_AGAIN


def _named(body: bytes) -> tuple[str, dict[str, str]]:
    """The quarantine's key, and the attributes. A broker's copy has an id of its own, and there may be several copies."""
    try:
        message: Any = json.loads(body)["message"]
        attributes = text_attributes(message.get("attributes"))
        return attributes.get(EVENT_ID) or str(message["messageId"]), attributes
    except (ValueError, KeyError, TypeError, AttributeError):
        return hash_key(body), {}
