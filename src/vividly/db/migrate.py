"""Bring a database to this build's schema, forward only. Knows alembic; knows nothing of what the tables mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from vividly.db.shape import head
from vividly.errors import TryAgainLater

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

LOCK = 0x5649564944  # any number, the same in every build
PATIENCE = "60s"  # for another process that is migrating; the migrations themselves never queue behind traffic


def migrate(url: str, *, to: str = "head") -> list[str]:
    """Apply what is missing up to revision `to`, each migration in its own transaction; the applied revisions, oldest first.

    Processes that call this at once take turns. Errors: TryAgainLater when the database is away or a table stays locked.
    """
    if _at_head(url):
        return []
    import sqlalchemy
    from alembic import command

    applied: list[str] = []

    def note(*, step: Any, **_rest: object) -> None:
        applied.append(step.up_revision_id)

    try:
        with _connect(url) as connection:
            _take_turn(connection)
            ours = config()
            ours.attributes.update(connection=connection, on_version_apply=note)
            command.upgrade(ours, to)
    except sqlalchemy.exc.OperationalError as error:
        raise _named(error.orig) from error
    return applied


def config() -> Config:
    """Where alembic finds our migrations."""
    from alembic.config import Config

    ours = Config()
    ours.set_main_option("script_location", "vividly.db:migrations")
    ours.set_main_option("path_separator", "os")
    return ours


def _at_head(url: str) -> bool:
    """Is there nothing to do? Looked up without alembic, which takes longer to load than all else at a start."""
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(head(),)]
    except psycopg.errors.UndefinedTable:
        return False
    except psycopg.OperationalError as error:
        raise _named(error) from error


def _named(error: BaseException | None) -> Exception:
    """TryAgainLater if the database is away or busy; else the error itself, for that is ours or an operator's to mend."""
    state = getattr(error, "sqlstate", None) or ""
    if isinstance(error, Exception) and state and state != "55P03" and state[:2] not in {"08", "53", "57"}:
        return error
    return TryAgainLater(f"the database is away or busy: {error}", after=5.0)


def _connect(url: str) -> Connection:
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    return engine.connect()


def _take_turn(connection: Connection) -> None:
    from sqlalchemy import text

    connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})  # until the connection closes
    connection.execute(text("SET lock_timeout = '2s'"))
    connection.commit()
