"""What `vividly bench` does: finds the benches of a source checkout and runs one of them with this Python. Knows no figure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from vividly.errors import Misconfigured, NotPossible

_PROGRAM = "__main__.py"


def bench(name: str, *, only: Sequence[str], seconds: float | None, rounds: int | None, json: Path | None) -> int:
    """Run a bench, or without a name list them. Its exit code. Misconfigured outside a checkout, NotPossible("unknown_bench")."""
    folder = benches()
    if not name:
        for one in names(folder):
            print(f"{one}: {_about(folder / one)}")
        return 0
    if name not in names(folder):
        raise NotPossible("unknown_bench", f"there is no bench called {name}; there are: {', '.join(names(folder))}")
    told = [part for one in only for part in ("--only", one)]
    told += [] if seconds is None else ["--seconds", str(seconds)]
    told += [] if rounds is None else ["--rounds", str(rounds)]
    told += [] if json is None else ["--json", str(json.absolute())]
    return subprocess.run([sys.executable, str(folder / name), *told], check=False).returncode  # noqa: S603


def benches() -> Path:
    """The folder benchmarks/ beside src/. Misconfigured: an installed package has none."""
    folder = Path(__file__).resolve().parents[3] / "benchmarks"
    if not folder.is_dir():
        raise Misconfigured(
            "benchmarks", "benches come with the source: run this in a checkout, installed with pip install -e ."
        )
    return folder


def names(folder: Path) -> list[str]:
    return sorted(one.parent.name for one in folder.glob(f"*/{_PROGRAM}") if not one.parent.name.startswith("."))


def _about(folder: Path) -> str:
    """The first line of its docstring."""
    return (folder / _PROGRAM).read_text("utf-8").partition("\n")[0].strip('"')
