"""Bodies that no sender should send, by seed: what a broken client, a stranger, a half cut connection or a newer version posts."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Malformed:
    """`kind`: "poison" (nobody can ever take it), "newer", "unknown" (no such request), or "any" (nearly right: may be taken)."""

    body: bytes
    kind: str
    way: str


class Forge:
    """Makes them. `real`: ids of requests that exist, which must come to no harm."""

    def __init__(self, seed: int, real: list[UUID]) -> None:
        self._chance, self._real, self._number = random.Random(seed), real, 0
        self._ways: list[Callable[[], Malformed]] = [
            self.noise,
            self.cut_off,
            self.flipped,
            self.another_shape,
            self.without_id,
            self.bad_data,
            self.bad_payload,
            self.deep,
            self.long,
            self.zipped,
            self.newer,
            self.unknown,
            self.odd_strings,
        ]

    def one(self) -> Malformed:
        self._number += 1
        return self._chance.choice(self._ways)()

    def noise(self) -> Malformed:
        size = self._chance.choice([0, 1, 7, 300, 5000])
        return Malformed(self._chance.randbytes(size) + b"\xff" + f"{self._number}".encode(), "poison", "noise")

    def cut_off(self) -> Malformed:
        whole = self.whole()
        begins = len(f'{{"n": {self._number}, ')  # two that are the same would be one that came twice
        return Malformed(whole[: self._chance.randrange(begins, len(whole) - 1)], "poison", "cut off")

    def flipped(self) -> Malformed:
        # Ids of their own: a flipped digit must not make it the repetition of another.
        body = bytearray(self.whole().replace(b"forged", b"flipped"))
        for _ in range(self._chance.choice([1, 1, 4, 30])):
            body[self._chance.randrange(len(body))] = self._chance.randrange(256)
        return Malformed(bytes(body), "any", "flipped")

    def another_shape(self) -> Malformed:
        shapes = [
            None,
            True,
            0,
            -1.5e300,
            "text",
            [],
            [1],
            {},
            {"message": None},
            {"message": []},
            {"message": "x"},
            {"message": {}},
        ]
        found = self._chance.choice(shapes)
        body = json.dumps(found).encode() + b" " * self._number
        return Malformed(body, "poison", "another shape")

    def without_id(self) -> Malformed:
        odd = self._chance.choice([None, "", 7, [], {}, "x" * 256, "\0", "\ud800"])
        message = {"data": self.data(self.payload()), "messageId": odd, "n": self._number}
        return Malformed(json.dumps({"message": message}).encode(), "poison", "without id")

    def bad_data(self) -> Malformed:
        odd = self._chance.choice(
            [None, "", 7, [], "%%%", "A", "ÄÖ", "e30", base64.b64encode(b"\xff\xfe").decode(), self.data([1])]
        )
        return Malformed(self.whole(data=odd), "poison", "bad data")

    def bad_payload(self) -> Malformed:
        name = self._chance.choice(["schema_version", "request_id", "correlation_id"])
        odd = {
            "schema_version": [None, "1", True, 0, -1, 1.5, [], 1e400],
            "request_id": [
                None,
                "",
                7,
                "not-a-uuid",
                "{" + str(self._real[0]) + "}",
                str(self._real[0]).replace("-", ""),
                "0" * 36,
            ],
            "correlation_id": [None, "", 7, [], "x" * 256, "a\0b", "\udfff"],
        }
        payload = self.payload() | {name: self._chance.choice(odd[name])}
        if self._chance.random() < 0.3:
            del payload[name]
        return Malformed(self.whole(data=self.data(payload)), "poison", f"bad {name}")

    def deep(self) -> Malformed:
        depth = self._chance.choice([100, 2000, 60000])
        opening, closing = self._chance.choice([(b"[", b"]"), (b'{"message":', b"}")])
        return Malformed(
            opening * depth + b"1" + closing * self._chance.choice([0, depth]) + b" " * self._number, "poison", "deep"
        )

    def long(self) -> Malformed:
        digits = b"9" * self._chance.choice([400, 5000, 50000])
        return Malformed(b'{"message": ' + digits + b', "n": ' + str(self._number).encode() + b"}", "poison", "long numbers")

    def zipped(self) -> Malformed:
        return Malformed(gzip.compress(self.whole(), mtime=self._number), "poison", "zipped")

    def newer(self) -> Malformed:
        return Malformed(
            self.whole(data=self.data(self.payload() | {"schema_version": self._chance.choice([2, 99])})), "newer", "newer"
        )

    def unknown(self) -> Malformed:
        stranger = str(UUID(int=self._chance.getrandbits(128), version=4))
        return Malformed(self.whole(data=self.data(self.payload() | {"request_id": stranger})), "unknown", "unknown request")

    def odd_strings(self) -> Malformed:
        """Right in what matters, odd in what does not: it is taken."""
        odd = self._chance.choice(["\0", "\ud800", "x" * 5000, 7, None, [[]], {"a": {"\0": 1}}])
        name = self._chance.choice(["subscription", "deliveryAttempt", "attributes", "further"])
        return Malformed(self.whole(**{name: odd}), "any", f"odd {name}")

    def payload(self) -> dict[str, object]:
        return {
            "schema_version": 1,
            "request_id": str(self._chance.choice(self._real)),
            "correlation_id": "req_0123456789abcdef",
        }

    def data(self, payload: object) -> str:
        return base64.b64encode(json.dumps(payload).encode()).decode()

    def whole(self, **changes: object) -> bytes:
        message = {"data": self.data(self.payload()), "messageId": f"forged {self._number}", "attributes": {"a": "b"}}
        envelope: dict[str, object] = {"n": self._number, "message": message, "subscription": "s"}
        for name, value in changes.items():
            (message if name in ("data", "attributes") else envelope)[name] = value
        return json.dumps(envelope).encode()
