"""Puts `proof` (the checks, the witness, the model, the simulation) in reach of the tests of this folder; prints what was proven."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from vividly import logs

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(autouse=True)
def quiet_logs() -> None:
    """Thousands of faults on purpose: their lines would only cost time."""
    logs.configure(form="json", level="critical")


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A line for people: shown where it fails, and at the end of a long proof."""

    def say(line: str) -> None:
        print(line)
        request.config.stash.setdefault(_LINES, []).append(line)

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_LINES, [])
    if lines and "prove" in str(config.getoption("markexpr")).replace("not prove", ""):
        terminalreporter.section("what was proven")
        for line in sorted(lines):
            terminalreporter.write_line(line)
