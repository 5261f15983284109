"""`vividly quarantine …` and `vividly requests …` as typed commands; what they do stands in `operating` and `overseeing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

quarantine = typer.Typer(help="Messages that nobody could take.", no_args_is_help=True)
requests = typer.Typer(help="What an operator does with requests.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="Folder for the embedded database, the shelf, keys and caches.")]
Key = Annotated[str, typer.Argument(help="Key of the message, as `list` shows it.")]
RequestId = Annotated[str, typer.Argument(help="Id of a request.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this, only say what would be done.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, newest first.")]
Hours = Annotated[float, typer.Option("--hours", min=0.01, help="Only what failed within so many hours.")]
Code = Annotated[str, typer.Option("--code", help="Only what failed with this code, e.g. stage_failed.")]


@quarantine.command("list")
def quarantine_list(data: Data = None, limit: Limit = 50) -> None:
    """What lies in quarantine."""
    from vividly.cli import operating

    raise typer.Exit(operating.list_quarantine(data=data, limit=limit))


@quarantine.command("show")
def quarantine_show(key: Key, data: Data = None) -> None:
    """One message, body and all, and what was done with it."""
    from vividly.cli import operating

    raise typer.Exit(operating.show(key, data=data))


@quarantine.command("replay")
def quarantine_replay(key: Key, reason: Reason, data: Data = None, *, yes: Yes = False) -> None:
    """Send it again as a new message, if this version can read it. Says what it would do, and does it with --yes."""
    from vividly.cli import operating

    raise typer.Exit(operating.replay(key, data=data, reason=reason, yes=yes))


@quarantine.command("drop")
def quarantine_drop(key: Key, reason: Reason, data: Data = None, *, yes: Yes = False) -> None:
    """Forget it for good. Says what it would do, and does it with --yes."""
    from vividly.cli import operating

    raise typer.Exit(operating.drop(key, data=data, reason=reason, yes=yes))


@requests.command("failed")
def requests_failed(data: Data = None, code: Code = "", hours: Hours = 24.0, limit: Limit = 50) -> None:
    """Which requests have failed, and why."""
    from vividly.cli import overseeing

    raise typer.Exit(overseeing.failed(data=data, code=code, hours=hours, limit=limit))


@requests.command("show")
def requests_show(request_id: RequestId, data: Data = None) -> None:
    """One request: its history with who did what, and its job. Never the student's words."""
    from vividly.cli import overseeing

    raise typer.Exit(overseeing.show(request_id, data=data))


@requests.command("replay")
def requests_replay(
    reason: Reason,
    request_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of failed requests; none: all that --code and --hours choose.")
    ] = None,
    data: Data = None,
    code: Code = "",
    hours: Hours = 24.0,
    limit: Limit = 100,
    *,
    yes: Yes = False,
) -> None:
    """Try failed requests again; their history names you. Says which it would be, and does it with --yes."""
    from vividly.cli import overseeing

    raise typer.Exit(
        overseeing.replay(request_ids or [], data=data, code=code, hours=hours, limit=limit, reason=reason, yes=yes)
    )
