"""Write what is generated from the code (pages of docs/, the shape of the database); with --check, fail if any is stale."""

import sys
from pathlib import Path

import click
import typer
from pydantic import AliasChoices

from vividly import metrics
from vividly.cli import app
from vividly.db import draft
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
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"VIVIDLY_{name.upper()}"
        rows.append(f"| `{variable}` | `{field.default}` | {field.description} |")
    return "\n".join([*rows, ""])


def figures() -> str:
    rows = [
        "# Metrics\n",
        "At `/metrics` of `vividly serve` and `vividly work`, as Prometheus text. With `VIVIDLY_METRICS_TOKEN` set, whoever",
        "shows it as a bearer token may read them; without one, only a caller on the same machine, and not through a proxy.",
        "No label holds an id or anybody's words. Names stay: alerts are written on them (`deploy/alerts.yaml`).\n",
        "What is read from the database is the same in every process, at most five seconds old, and absent while the database",
        "does not answer: use `max()`. What a process counts by itself is added up: use `sum()`. The usual `process_*` are",
        "there, too. A worker without a port (`--port 0`) shows nothing; the database's figures know of its work.\n",
        "| name | kind | labels | what it says |",
        "|---|---|---|---|",
    ]
    rows += [f"| `{name}` | {kind} | {labels} | {words} |" for name, kind, labels, words in metrics.described()]
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
    pages = {
        HERE / name: GENERATED + text
        for name, text in (
            ("states.md", states()),
            ("settings.md", settings()),
            ("cli.md", cli()),
            ("metrics.md", figures()),
        )
    }
    pages[draft.PATH] = draft.text()
    stale = [path.name for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        if stale:
            print(f"stale: {', '.join(stale)}; run `make docs`")
        return len(stale)
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
