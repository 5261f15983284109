"""Write docs/states.md, docs/settings.md and docs/cli.md from the code; with --check, fail if one of them is stale."""

import sys
from pathlib import Path

import click
import typer

from vividly.cli import app
from vividly.requests.states import BIRTHS, NEW_EPOCH, TERMINAL, TRANSITIONS, Status
from vividly.settings import Settings

HERE = Path(__file__).parent
GENERATED = "<!-- Generated from the code by `make docs`; do not edit. -->\n\n"


def states() -> str:
    lines = ["# The life of a content request\n", "```mermaid", "stateDiagram-v2"]
    lines += [f"  [*] --> {status}" for status in Status if status in BIRTHS]
    for start, ends in TRANSITIONS.items():
        for end in sorted(ends, key=list(Status).index):
            note = ": epoch + 1" if (start, end) in NEW_EPOCH else ""
            lines.append(f"  {start} --> {end}{note}")
    lines += [f"  {status} --> [*]" for status in Status if status in TERMINAL]
    return "\n".join(
        [
            *lines,
            "```",
            "",
            "Within an epoch a status never moves backward. A retry of a stage grows `attempt`, not the status.",
            "",
        ]
    )


def settings() -> str:
    rows = ["# Settings\n", "All are environment variables.\n", "| variable | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"VIVIDLY_{name.upper()}"
        rows.append(f"| `{variable}` | `{field.default}` | {field.description} |")
    return "\n".join([*rows, ""])


def cli() -> str:
    root = typer.main.get_command(app)
    parts = ["# The command line\n"]
    for name, command in _commands(root, "vividly"):
        parts += [f"## `{name}`\n", (command.help or "").strip() + "\n"]
        rows = [f"| `{' / '.join(p.opts)}` | {getattr(p, 'help', '') or ''} |" for p in command.params if p.name != "help"]
        if rows:
            parts += ["| option | |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    inside = getattr(command, "commands", None)
    if not inside:
        return [(path, command)]
    return [found for name, child in inside.items() if not child.hidden for found in _commands(child, f"{path} {name}")]


def main() -> int:
    pages = {"states.md": states(), "settings.md": settings(), "cli.md": cli()}
    stale = [
        name
        for name, text in pages.items()
        if not (HERE / name).exists() or (HERE / name).read_text(encoding="utf-8") != GENERATED + text
    ]
    if "--check" in sys.argv:
        if stale:
            print(f"stale: {', '.join(stale)}; run `make docs`")
        return len(stale)
    for name, text in pages.items():
        (HERE / name).write_text(GENERATED + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
