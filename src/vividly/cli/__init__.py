"""The command line: typed commands that parse, call and print. What they do stands in the modules beside this one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vividly.cli import operators

app = typer.Typer(
    name="vividly",
    help="Short video lessons for high-school STEM questions, made for one student.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="Schema, schema contract, and where the running database is.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(operators.quarantine, name="quarantine")
app.add_typer(operators.requests, name="requests")

Data = Annotated[Path | None, typer.Option("--data", help="Folder for the embedded database, the shelf, keys and caches.")]
Url = Annotated[str, typer.Option("--url", help="Address of the deployment.")]


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the API and pages (default 8000).")] = None,
    worker_port: Annotated[int | None, typer.Option(help="Port of the push worker (default 8080).")] = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes (default 1).")] = None,
    *,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not make the demo school.")] = False,
) -> None:
    """Start everything on this machine: database, API and pages, transport, workers, and a demo school."""
    from vividly.cli import supervisor

    demo = False if no_demo else None
    raise typer.Exit(supervisor.up(port=port, worker_port=worker_port, data=data, workers=workers, demo=demo))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A STEM question, in your own words.")],
    grade: Annotated[int, typer.Option(min=1, max=12, help="Grade, 1 to 12.")] = 10,
    interest: Annotated[str, typer.Option(help="What the student likes, e.g. basketball.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the finished bundle.")] = Path("out"),
    data: Data = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")] = False,
) -> None:
    """Make one lesson without a server. Exit code 0 completed, 3 clarification needed, 4 declined."""
    from vividly.cli import asking

    raise typer.Exit(asking.ask(question, grade=grade, interest=interest, out=out, data=data, as_json=as_json))


@app.command()
def understand(
    question: Annotated[str, typer.Argument(help="A question; leave it out with --file.")] = "",
    grade: Annotated[int, typer.Option(min=1, max=12, help="Grade, 1 to 12.")] = 10,
    file: Annotated[
        Path | None, typer.Option("--file", help="JSON lines with q and grade; one decision a line comes out.")
    ] = None,
    data: Data = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how a question is understood: proceed, clarify or decline."""
    from vividly.cli import asking

    raise typer.Exit(asking.understand(question, grade=grade, file=file, data=data, as_json=as_json))


@app.command()
def check(
    url: Url = "http://localhost:8000",
    email: Annotated[str, typer.Option(help="Who signs in.")] = "student@demo.school",
    password: Annotated[str, typer.Option(help="Their password.", envvar="VIVIDLY_CHECK_PASSWORD")] = "Demo-pass-2026",  # noqa: S107 the demo school's published one
) -> None:
    """Is this deployment ready to show? Asks like a student and decodes the video that comes. Exit code 1 if not."""
    from vividly.cli import checking

    raise typer.Exit(checking.check(url.rstrip("/"), email=email, password=password))


@app.command()
def doctor(data: Data = None) -> None:
    """Look at everything an operator asks first: packages, models, fonts, database, disk, ports."""
    from vividly.cli import doctoring

    raise typer.Exit(doctoring.doctor(data=data))


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port (default 8000).")] = None,
    data: Data = None,
    *,
    with_relay: Annotated[bool, typer.Option("--with-relay", help="Run the relay of the outbox in this process too.")] = False,
) -> None:
    """One process of the API and pages, for a fleet."""
    from vividly.cli import processes

    raise typer.Exit(processes.serve(port=port, data=data, with_relay=with_relay))


@app.command()
def work(
    port: Annotated[int | None, typer.Option(help="Port of /push (default 8080); 0 takes work from the database only.")] = None,
    data: Data = None,
    *,
    pull: Annotated[bool, typer.Option("--pull", help="Fetch messages from Pub/Sub; /push takes none then.")] = False,
) -> None:
    """One worker process: /push and the making of lessons, for a fleet."""
    from vividly.cli import processes

    raise typer.Exit(processes.work(port=port, data=data, pull=pull))


@app.command()
def relay(data: Data = None) -> None:
    """One process that carries the outbox to the workers, for a fleet."""
    from vividly.cli import processes

    raise typer.Exit(processes.relay(data=data))


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which bench; leave it out to list them.")] = "",
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this part; may be given several times.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Length of one round.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="How often floor and ours take turns (default 3).")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures of every round to this file.")] = None,
) -> None:
    """Measure this machine: every figure beside a floor that is measured in the same run. For source checkouts."""
    from vividly.cli import benching

    raise typer.Exit(benching.bench(name, only=only or [], seconds=seconds, rounds=rounds, json=json))


@db.command("migrate")
def db_migrate(data: Data = None) -> None:
    """Bring the schema to this version."""
    from vividly.cli import database

    raise typer.Exit(database.migrate(data=data))


@db.command("check")
def db_check(
    data: Data = None,
    *,
    exact: Annotated[bool, typer.Option("--exact", help="Demand equality, not only that code is a subset.")] = False,
) -> None:
    """Hold the code's words and shapes against the database. Exit code 78 if they differ."""
    from vividly.cli import database

    raise typer.Exit(database.check(data=data, exact=exact))


@db.command("url")
def db_url(data: Data = None) -> None:
    """Print where the running database is."""
    from vividly.cli import database

    raise typer.Exit(database.url(data=data))


def main() -> int:
    """Entry point: the house's errors become one line for people and an exit code; others keep their traceback."""
    from vividly.errors import Misconfigured, NotPossible, TryAgainLater

    try:
        app()
    except Misconfigured as error:
        print(f"vividly: {error.setting}: {error.message}", file=sys.stderr)
        return 78
    except NotPossible as error:
        print(f"vividly: {error.message}", file=sys.stderr)
        return 2
    except TryAgainLater as error:
        print(f"vividly: {error.reason}; please try again", file=sys.stderr)
        return 75
    return 0
