"""`vividly db …`: schema, schema contract, where the running database is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from vividly.errors import Misconfigured
from vividly.settings import read


def migrate(*, data: Path | None) -> int:
    from vividly.db.migrate import migrate as bring_up

    with opened(data) as address:
        applied = bring_up(address)
    print("\n".join(f"applied {revision}" for revision in applied) or "nothing to do: the schema is up to date")
    return 0


def check(*, data: Path | None, exact: bool) -> int:
    from vividly.wiring.database import contract_problems

    with opened(data) as address:
        problems = asyncio.run(contract_problems(address, exact=exact))
    print("\n".join(problems) or "the schema contract holds")
    return 78 if problems else 0


def url(*, data: Path | None) -> int:
    from vividly.db.embedded import running_url

    settings = read(data=data)
    address = settings.database_url or running_url(settings.data / "postgres")
    if not address:
        raise Misconfigured("VIVIDLY_DATA", f"no database is running in {settings.data}; start one with `vividly up`")
    print(address)
    return 0


@contextlib.contextmanager
def opened(data: Path | None) -> Iterator[str]:
    """The database of DATABASE_URL, the running embedded one, or the embedded one started for this command."""
    from vividly.db.embedded import EmbeddedPostgres, running_url

    settings = read(data=data)
    root = settings.data / "postgres"
    address = settings.database_url or running_url(root)
    if address:
        yield address
    else:
        with EmbeddedPostgres(root) as started:
            yield started
