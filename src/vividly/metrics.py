"""What a process counts and measures, in one table; shown at /metrics as Prometheus text. Names are public: alerts use them.

Never a student's words and never an id as a label: labels are words of this code, so their number is bounded.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
disable_created_metrics()  # type: ignore[no-untyped-call]

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_STAGES: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
_ANSWERS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


_DECLARED: Final[list[MetricWrapperBase]] = []


def _counter(name: str, words: str, *labels: str) -> Counter:
    _DECLARED.append(made := Counter(name, words, labels, registry=REGISTRY))
    return made


def _gauge(name: str, words: str, *labels: str) -> Gauge:
    _DECLARED.append(made := Gauge(name, words, labels, registry=REGISTRY))
    return made


def _seconds(name: str, words: str, label: str, buckets: Sequence[float]) -> Histogram:
    _DECLARED.append(made := Histogram(name, words, [label], buckets=buckets, registry=REGISTRY))
    return made


# --- counted by this process ---------------------------------------------------------------------------------------------

ACCEPTED: Final = _counter("vividly_requests_accepted_total", "Questions filed at this door, by what was decided.", "decision")
HTTP: Final = _counter("vividly_http_requests_total", "Answers of the API and pages.", "method", "route", "status")
HTTP_SECONDS: Final = _seconds("vividly_http_answer_seconds", "Seconds until an answer begins.", "route", _ANSWERS)
PUSHES: Final = _counter("vividly_push_answers_total", "Answers of /push.", "outcome", "status")
REDELIVERIES: Final = _counter("vividly_push_redeliveries_total", "Messages that had come before.", "outcome")
RELAYED: Final = _counter("vividly_relay_messages_total", "Messages carried from the outbox.", "receipt")
DEAD_LETTERS: Final = _counter("vividly_relay_dead_letters_total", "Messages the relay gave up.", "reason")
STAGE_SECONDS: Final = _seconds("vividly_stage_seconds", "Seconds of one finished unit of work.", "stage", _STAGES)
JOBS: Final = _counter("vividly_jobs_total", "Jobs this worker let go of, by how.", "outcome")
LEASES_EXPIRED: Final = _counter("vividly_leases_expired_total", "Leases this process found run out and freed.")
LEASES_LOST: Final = _counter("vividly_leases_lost_total", "Leases that this worker lost while it worked.")
PRUNED: Final = _counter("vividly_pruned_total", "Old things removed by retention.", "what")
BREAKER_OPENED: Final = _counter("vividly_breaker_opened_total", "Times a provider was given a rest.", "provider")

# --- as it is now --------------------------------------------------------------------------------------------------------

BUSY: Final = _gauge("vividly_worker_busy", "Jobs this worker has under a lease.")
WATCHERS: Final = _gauge("vividly_event_stream_watchers", "Open event streams of this process.")
CONTRACT: Final = _gauge("vividly_schema_contract_holds", "1: this build and the database agree; 0: they do not.")
DISK_FREE: Final = _gauge("vividly_disk_free_bytes", "Free bytes where this process keeps its data.")
BREAKER: Final = _gauge("vividly_breaker_state", "0 closed, 1 half open, 2 open.", "provider")

# --- read from the database, the same in every process: take max(), never sum() ------------------------------------------

Values = float | Mapping[str, float]


class Shown(Collector):
    """Figures that are read elsewhere and shown only while they are fresh: an old figure would hide that nobody can look."""

    FAMILIES: Final[dict[str, tuple[str, str]]] = {
        "vividly_database_up": ("1: the figures of the database are fresh; 0: it did not answer.", ""),
        "vividly_requests": ("Requests by status.", "status"),
        "vividly_requests_failed": ("Failed requests by reason.", "code"),
        "vividly_queue_depth": ("Jobs that could run now.", ""),
        "vividly_queue_later": ("Jobs that wait for their next attempt.", ""),
        "vividly_queue_age_seconds": ("How long the oldest runnable job has waited.", ""),
        "vividly_leases_held": ("Jobs under a live lease.", ""),
        "vividly_leases_overdue": ("Leases that have run out and are not freed yet.", ""),
        "vividly_outbox_unsent": ("Messages that are not acknowledged yet.", ""),
        "vividly_outbox_age_seconds": ("How long the oldest of them has waited.", ""),
        "vividly_quarantine_messages": ("Messages in quarantine that nobody has replayed.", ""),
        "vividly_quarantine_newest_seconds": ("Seconds since a message last came to quarantine; 0 when it is empty.", ""),
    }

    def __init__(self) -> None:
        self._values: Mapping[str, Values] = {}

    def show(self, values: Mapping[str, Values]) -> None:
        """From now on these, and nothing that is not among them; keys are names of FAMILIES."""
        assert values.keys() <= self.FAMILIES.keys()
        self._values = dict(values)

    def collect(self) -> Iterable[Metric]:
        for name, values in self._values.items():
            words, label = self.FAMILIES[name]
            family = GaugeMetricFamily(name, words, labels=[label] if label else [])
            for key, value in values.items() if isinstance(values, Mapping) else [("", values)]:
                family.add_metric([key] if label else [], value)
            yield family

    def describe(self) -> Iterable[Metric]:
        return []


DATABASE: Final = Shown()
REGISTRY.register(DATABASE)


def described() -> list[tuple[str, str, str, str]]:
    """(name, kind, labels, what it says) of everything shown, for the docs."""
    own = [(next(iter(metric.describe())), ", ".join(metric._labelnames)) for metric in _DECLARED]  # noqa: SLF001 no other way
    rows = [(m.name + ("_total" if m.type == "counter" else ""), m.type, labels, m.documentation) for m, labels in own]
    return rows + [(name, "gauge", label, words) for name, (words, label) in DATABASE.FAMILIES.items()]


def names() -> frozenset[str]:
    """Every series name a rule may use."""
    own = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    return frozenset(own | {name for metric in _DECLARED for name in _series(metric)} | DATABASE.FAMILIES.keys())


def _series(metric: MetricWrapperBase) -> list[str]:
    (described,) = metric.describe()
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(described.type, [""])
    return [described.name + ending for ending in endings]


def text() -> bytes:
    """All of it, in Prometheus' text format."""
    return generate_latest(REGISTRY)


FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


def may_read(*, authorization: str, peer: str, forwarded: bool, token: str) -> bool:
    """With a token set, whoever shows it; without one, only who calls from this machine itself.

    `forwarded`: the call came through a proxy, so that the peer's address says nothing about who asks.
    """
    if token:
        return hmac.compare_digest(f"Bearer {token}".encode(), authorization.encode("utf-8", "replace"))
    return peer in _LOOPBACK and not forwarded
