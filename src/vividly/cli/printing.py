"""How tables are printed: as wide as the terminal, and whole where nobody looks at one (a log, a pipe, a test)."""

from __future__ import annotations

from rich.console import Console

UNSEEN_WIDTH = 160


def wide_console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=UNSEEN_WIDTH)
