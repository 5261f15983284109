"""Is the database built as `tables.py` says? Names, types and soundness of everything needed. Knows no word of the domain."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.dialects import postgresql

from vividly.db.engine import Conn, rows
from vividly.db.tables import metadata

# What tables.py cannot say: the migrations make these, and without them wrong moves would be written.
TRIGGERS: Final = (
    ("content_requests", "content_requests_born"),
    ("content_requests", "content_requests_moved"),
    ("jobs", "jobs_fenced"),
)

_KINDS: Final = ((PrimaryKeyConstraint, "p"), (UniqueConstraint, "u"), (ForeignKeyConstraint, "f"), (CheckConstraint, "c"))

_FOUND: Final = """
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
)
SELECT 'table' AS what, relname::text AS name, '' AS facts FROM tables
UNION ALL
SELECT 'column', t.relname || '.' || a.attname,
    format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', t.relname || '.' || c.conname, c.contype::text || CASE WHEN c.convalidated THEN '' ELSE ' not validated' END
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype IN ('p', 'u', 'f', 'c')
UNION ALL
SELECT 'index', t.relname || '.' || i.relname,
    CASE WHEN x.indisunique THEN 'unique' ELSE 'plain' END || CASE WHEN x.indisvalid AND x.indisready THEN '' ELSE ' invalid' END
FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u'))
UNION ALL
SELECT 'trigger', t.relname || '.' || g.tgname, CASE WHEN g.tgenabled IN ('O', 'A') THEN 'enabled' ELSE 'disabled' END
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'foreign key', t.relname || '.' || c.conname, 'disabled'
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid JOIN pg_constraint c ON c.oid = g.tgconstraint
WHERE g.tgisinternal AND g.tgenabled = 'D'
"""

Parts = dict[tuple[str, str], str]


@cache
def needed() -> Parts:
    """(what, name) to facts, from the declared tables."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    names = dialect.identifier_preparer
    parts: Parts = {("trigger", f"{table}.{name}"): "enabled" for table, name in TRIGGERS}
    for table in metadata.tables.values():
        parts["table", table.name] = ""
        for column in table.columns:
            kind = column.type.compile(dialect).lower()
            parts["column", f"{table.name}.{column.name}"] = kind if column.nullable else f"{kind} not null"
        for constraint in table.constraints:
            parts["constraint", f"{table.name}.{names.format_constraint(constraint)}"] = _letter(constraint)
        for index in table.indexes:
            parts["index", f"{table.name}.{names.format_index(index)}"] = "unique" if index.unique else "plain"
    return parts


async def found(conn: Conn) -> Parts:
    """The same of the database that `conn` sees; a switched-off foreign key appears as a part of its own."""
    return {(each["what"], each["name"]): each["facts"] for each in await rows(conn, _FOUND, {})}


def _letter(constraint: Constraint) -> str:
    return next(letter for kind, letter in _KINDS if isinstance(constraint, kind))
