"""Logs name what happened and never repeat anybody's words, whoever wrote them down and however it failed."""

import asyncio
import io
import json
import logging
import subprocess
import sys

import pytest
import structlog

from vividly import logs

WORDS = "my dog ate the canary"


@pytest.fixture
def said(monkeypatch):
    """What has been logged, as text; logging is put back afterwards."""
    root, hooks, before = logging.getLogger(), (sys.excepthook, sys.unraisablehook), structlog.get_config()
    kept = (root.handlers[:], root.level)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure(form="json", process="test")
    yield written.getvalue
    root.handlers, root.level = kept
    sys.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(capture=False)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def fault():
    try:
        try:
            int(WORDS)
        except ValueError as error:
            raise RuntimeError(f"could not read {WORDS}") from error
    except RuntimeError as error:
        return error


def test_an_event_is_one_line_of_json_with_the_ids_of_its_request(said):
    with logs.about(request_id="r-1", correlation_id="req_1"):
        logs.get("door").info("door.filed", decision="proceed")
        assert logs.bound() == {"request_id": "r-1", "correlation_id": "req_1"}
    assert logs.bound() == {}
    (line,) = said().splitlines()
    event = json.loads(line)
    assert {key: event[key] for key in ("event", "room", "request_id", "correlation_id", "process", "level", "decision")} == {
        "event": "door.filed",
        "room": "door",
        "request_id": "r-1",
        "correlation_id": "req_1",
        "process": "test",
        "level": "info",
        "decision": "proceed",
    }


async def test_ids_reach_tasks_and_threads_and_no_neighbor(said):
    async def one(number):
        logs.bind(request_id=number, correlation_id=f"req_{number}")
        await asyncio.sleep(0)
        return await asyncio.to_thread(logs.bound)

    seen = await asyncio.gather(*(asyncio.create_task(one(number)) for number in range(5)))
    assert [each["request_id"] for each in seen] == [str(number) for number in range(5)]
    assert logs.bound() == {}


@pytest.mark.parametrize("key", sorted(logs.WORDS_OF_PEOPLE))
def test_words_under_a_name_that_gives_them_away_are_withheld(said, key):
    logs.get("door").info("door.broke", **{key: WORDS})
    assert WORDS not in said()


def test_an_exception_is_its_types_and_lines_never_its_text(said):
    logs.get("api").error("api.broke", exc_info=fault())
    text = said()
    assert WORDS not in text
    faults = json.loads(text)["faults"]
    assert [one.partition(" at ")[0] for one in faults] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert all("test_logs.py:" in one for one in faults)


def test_log_exception_is_the_same(said):
    try:
        int(WORDS)
    except ValueError:
        logs.get("api").exception("api.broke")
    text = said()
    assert WORDS not in text
    assert "builtins.ValueError" in text


@pytest.fixture
def as_new(monkeypatch):
    """Loggers as they are in a fresh process: what a test before has switched off is on again."""
    for name in ("uvicorn", "uvicorn.error", "psycopg.pool", "asyncio", "httpx", "py.warnings"):
        logger = logging.getLogger(name)
        for setting, value in (("disabled", False), ("propagate", True), ("level", logging.NOTSET), ("handlers", [])):
            monkeypatch.setattr(logger, setting, value)
    logging.getLogger("py.warnings").manager._clear_cache()


@pytest.mark.usefixtures("as_new")
def test_libraries_are_heard_without_their_values(said):
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=fault())
    logging.getLogger("psycopg.pool").warning("error connecting in %r: %s", "serve", WORDS)
    written_in = f"Task exception was never retrieved\nfuture: <Task ... exception=ValueError('{WORDS}')>"
    logging.getLogger("asyncio").error(written_in)
    logging.getLogger("httpx").info("HTTP Request: GET http://127.0.0.1/%s", WORDS)
    logging.getLogger("py.warnings").warning("%s", WORDS)
    text = said()
    assert WORDS not in text
    events = [json.loads(line) for line in text.splitlines()]
    assert [one["library"] for one in events] == ["uvicorn.error", "psycopg.pool", "asyncio", "py.warnings"]
    assert events[2]["template"] == "Task exception was never retrieved"


@pytest.mark.parametrize(
    "end",
    [
        "raise ValueError(WORDS)",
        "import threading; t = threading.Thread(target=lambda: int(WORDS)); t.start(); t.join()",
        "async def f(): raise ValueError(WORDS)\nasync def g(): asyncio.create_task(f()); await asyncio.sleep(0)\nasyncio.run(g()); import gc; gc.collect()",
        "class C:\n  def __del__(self): raise ValueError(WORDS)\nc = C(); del c",
    ],
)
def test_what_nobody_caught_ends_without_words(end):
    program = f"import asyncio\nfrom vividly import logs\nWORDS = {WORDS!r}\nlogs.configure(form='json', process='test')\n{end}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "canary" not in done.stdout + done.stderr
    event = json.loads(done.stderr.splitlines()[0])
    assert event["process"] == "test"
    assert any("ValueError" in one for one in event["faults"])


def test_text_is_for_terminals_and_json_for_everything_else(capsys):
    before = structlog.get_config()
    logs.configure(form="auto")
    logs.get("door").info("door.filed")
    assert json.loads(capsys.readouterr().err)["event"] == "door.filed"
    logs.configure(form="text")
    logs.get("door").info("door.filed")
    assert "door.filed" in capsys.readouterr().err
    structlog.configure(**before)
