"""What is shown at /metrics: readable by Prometheus, without ids, and only for whom it is meant."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from vividly import metrics

IDS = {"request_id", "correlation_id", "school", "school_id", "student", "student_id", "person", "email", "question", "path"}


def families():
    return {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}


def test_prometheus_can_read_all_of_it_and_every_name_is_known():
    metrics.STAGE_SECONDS.labels("drawing").observe(1.5)
    metrics.HTTP.labels("GET", "/topics", "200").inc()
    metrics.DATABASE.show({"vividly_database_up": 1.0, "vividly_requests": {"failed": 2, "pending": 0}})
    samples = [sample for family in families().values() for sample in family.samples]
    assert {sample.name for sample in samples} <= metrics.names()
    assert {(s.labels["status"], s.value) for s in samples if s.name == "vividly_requests"} == {
        ("failed", 2.0),
        ("pending", 0.0),
    }


def test_no_label_holds_an_id():
    labels = {label for _, _, said, _ in metrics.described() for label in said.split(", ") if label}
    assert not labels & IDS
    assert labels == {
        "decision",
        "method",
        "route",
        "status",
        "outcome",
        "receipt",
        "reason",
        "stage",
        "what",
        "provider",
        "code",
    }


def test_figures_that_are_not_fresh_are_absent_not_zero():
    metrics.DATABASE.show({"vividly_database_up": 1.0, "vividly_queue_depth": 7.0})
    assert families()["vividly_queue_depth"].samples[0].value == 7
    metrics.DATABASE.show({"vividly_database_up": 0.0})
    assert "vividly_queue_depth" not in families()
    assert families()["vividly_database_up"].samples[0].value == 0


def test_a_name_nobody_declared_is_refused():
    with pytest.raises(AssertionError):
        metrics.DATABASE.show({"vividly_queue_lenght": 1.0})


@pytest.mark.parametrize(
    ("token", "authorization", "peer", "forwarded", "allowed"),
    [
        ("", "", "127.0.0.1", False, True),
        ("", "", "::1", False, True),
        ("", "", "127.0.0.1", True, False),  # a proxy on this machine speaks for the world
        ("", "", "10.0.0.7", False, False),
        ("", "Bearer ", "10.0.0.7", False, False),
        ("secret", "Bearer secret", "10.0.0.7", True, True),
        ("secret", "Bearer secrex", "127.0.0.1", False, False),
        ("secret", "", "127.0.0.1", False, False),
        ("secret", "Basic secret", "127.0.0.1", False, False),
        ("secret", "Bearer \udcff", "127.0.0.1", False, False),
    ],
)
def test_who_may_read(token, authorization, peer, forwarded, allowed):
    said = metrics.may_read(authorization=authorization, peer=peer, forwarded=forwarded, token=token)
    assert said is allowed
