"""Writes `shape.tsv`, what a database of this build must look like, from `tables.py` and the migrations. For `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.dialects import postgresql

from vividly.db.migrate import config
from vividly.db.shape import Parts
from vividly.db.tables import metadata

PATH: Final = Path(__file__).parent / "shape.tsv"
# What tables.py cannot say: the migrations make these, and without them wrong moves would be written.
TRIGGERS: Final = (
    ("content_requests", "content_requests_born"),
    ("content_requests", "content_requests_moved"),
    ("jobs", "jobs_fenced"),
)

_KINDS: Final = ((PrimaryKeyConstraint, "p"), (UniqueConstraint, "u"), (ForeignKeyConstraint, "f"), (CheckConstraint, "c"))


def text() -> str:
    """The whole file: what, name and facts, a part a line; revisions last, oldest first."""
    lines = ["what\tname\tfacts", *("\t".join((*part, facts)) for part, facts in sorted(_parts().items()))]
    lines += [f"revision\t{revision}\t" for revision in _revisions()]
    return "\n".join([*lines, ""])


def _revisions() -> Iterator[str]:
    scripts = ScriptDirectory.from_config(config())
    yield from reversed([script.revision for script in scripts.walk_revisions()])


def _parts() -> Parts:
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


def _letter(constraint: Constraint) -> str:
    return next(letter for kind, letter in _KINDS if isinstance(constraint, kind))
