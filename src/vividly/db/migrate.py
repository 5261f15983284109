"""Bring a database to this build's schema, forward only. Knows alembic; knows nothing of what the tables mean."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from vividly.errors import TryAgainLater

LOCK = 0x5649564944  # any number, the same in every build
PATIENCE = "60s"  # for another process that is migrating; the migrations themselves never queue behind traffic


def migrate(url: str) -> list[str]:
    """Apply what is missing, each migration in a transaction of its own; returns the applied revisions, oldest first.

    Processes that call this at once take turns. Errors: TryAgainLater when the database is away or a table stays locked.
    """
    applied: list[str] = []

    def note(*, step: Any, **_rest: object) -> None:
        applied.append(step.up_revision_id)

    try:
        with _connect(url) as connection:
            _take_turn(connection)
            config = _config()
            config.attributes.update(connection=connection, on_version_apply=note)
            command.upgrade(config, "head")
    except sqlalchemy.exc.OperationalError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if state and state != "55P03" and state[:2] not in {"08", "53", "57"}:
            raise
        raise TryAgainLater(f"the database is away or busy: {error.orig}", after=5.0) from error
    return applied


@cache
def head() -> str:
    """The newest revision that this build knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


@cache
def known() -> frozenset[str]:
    """Every revision that this build knows; a database at another one has been migrated by a newer build."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "vividly.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _connect(url: str) -> Connection:
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    return engine.connect()


def _take_turn(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})  # until the connection closes
    connection.execute(text("SET lock_timeout = '2s'"))
    connection.commit()
