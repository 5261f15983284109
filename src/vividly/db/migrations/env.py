"""Alembic's way in: runs the versions on the connection that `vividly.db.migrate` hands over, one transaction each."""

from __future__ import annotations

from alembic import context

from vividly.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
    on_version_apply=context.config.attributes["on_version_apply"],
)
with context.begin_transaction():
    context.run_migrations()
