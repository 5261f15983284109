"""Is the database built as this build needs it? Names, types and soundness of everything. Knows no word of the domain.

What is needed stands in `shape.tsv`, which `draft.py` writes from tables and migrations, so that no process has to load the
libraries those are written with; a test fails when it is stale.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from vividly.db.engine import Conn, rows

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
def _lines() -> tuple[tuple[str, str, str], ...]:
    text = (files("vividly.db") / "shape.tsv").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines()[1:])
    return tuple((what, name, facts) for what, name, facts in lines)


@cache
def needed() -> Parts:
    """(what, name) to facts: every table, column, constraint, index and trigger."""
    return {(what, name): facts for what, name, facts in _lines() if what != "revision"}


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this build knows, oldest first; a database at another one has been migrated by a newer build."""
    return tuple(name for what, name, _ in _lines() if what == "revision")


def head() -> str:
    """The newest revision that this build knows."""
    return revisions()[-1]


async def found(conn: Conn) -> Parts:
    """The same of the database that `conn` sees; a switched-off foreign key appears as a part of its own."""
    return {(each["what"], each["name"]): each["facts"] for each in await rows(conn, _FOUND, {})}
