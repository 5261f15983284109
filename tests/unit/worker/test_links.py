"""Settings that would open the worker's door to strangers, or leave it without messages, are refused by name."""

import pytest

from vividly.errors import Misconfigured
from vividly.settings import Settings
from vividly.transport.pubsub import PubSubTransport
from vividly.wiring.links import open_transport, push_guard, topology_of

GOOGLE = {"transport": "pubsub", "google_project": "p"}
PUSHED = {**GOOGLE, "push_audience": "https://w.example.org/push", "push_service_account": "push@p.iam.gserviceaccount.com"}
REFUSED = {
    "nothing to pull from": ({}, True, "VIVIDLY_TRANSPORT"),
    "no project": ({"transport": "pubsub"}, True, "GOOGLE_CLOUD_PROJECT"),
    "no audience": ({**PUSHED, "push_audience": ""}, False, "VIVIDLY_PUSH_AUDIENCE"),
    "no account": ({**PUSHED, "push_service_account": ""}, False, "VIVIDLY_PUSH_SERVICE_ACCOUNT"),
    "an open door to the internet": ({**PUSHED, "push_auth": "off"}, False, "VIVIDLY_PUSH_AUTH"),
}


@pytest.fixture(autouse=True)
def of_this_test_alone(monkeypatch):
    for name in ("GOOGLE_CLOUD_PROJECT", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("said", "pull", "setting"), REFUSED.values(), ids=REFUSED)
def test_what_is_missing_is_named(said, pull, setting):
    with pytest.raises(Misconfigured) as raised:
        push_guard(Settings(**said), pull=pull)
    assert raised.value.setting == setting


async def test_a_worker_that_pulls_lets_nobody_push():
    guard = push_guard(Settings(**GOOGLE), pull=True)
    assert guard is not None
    assert not await guard("Bearer x", b"")


def test_only_an_emulator_may_knock_without_a_token():
    assert push_guard(Settings(**GOOGLE, pubsub_emulator_host="127.0.0.1:1", push_auth="off"), pull=False) is None
    assert push_guard(Settings(**PUSHED), pull=False) is not None


def test_the_settings_choose_the_transport_and_name_the_place(monkeypatch):
    assert isinstance(open_transport(Settings(**GOOGLE)), PubSubTransport)
    with pytest.raises(Misconfigured, match="project"):
        open_transport(Settings(transport="pubsub"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "by-its-own-name")
    place = topology_of(Settings(**{**PUSHED, "google_project": "p"}), push_endpoint="https://w.example.org/push")
    assert place.project == "p"
    assert Settings().google_project == "by-its-own-name"
    assert "projects/p/subscriptions/content-generation-worker" in place.subscriptions()
