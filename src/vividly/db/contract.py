"""The gate: what this build can write, the database takes. Compares words, edges and shapes, and walks every edge once.

The declared words come from above as plain data; this room knows their tables, not their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import psycopg

from vividly.db import shape
from vividly.db.engine import Conn, rows
from vividly.db.walk import Declared, Problem, walk

__all__ = ["Declared", "Problem", "check"]

MIGRATE: Final = "run `vividly db migrate`"
RESTORE: Final = "undo what was changed by hand, or restore it from the migrations"

_WORDS: Final = """
SELECT 'role' AS what, code AS name, '' AS facts FROM role
UNION ALL SELECT 'step', code, '' FROM step
UNION ALL SELECT 'event type', code, '' FROM event_type
UNION ALL SELECT 'failure code', code, '' FROM failure_code
UNION ALL SELECT 'status', code,
    concat_ws(' ', CASE WHEN terminal THEN 'terminal' END, CASE WHEN birth THEN 'birth' END) FROM content_request_status
UNION ALL SELECT 'transition', from_code || ' -> ' || to_code, CASE WHEN new_epoch THEN 'new epoch' ELSE '' END
FROM content_request_transition
"""


async def check(conn: Conn, declared: Declared, *, exact: bool = False, walked: bool = True) -> list[Problem]:
    """Everything that keeps this build from working on this database; empty when all is well.

    `exact` (CI) also refuses what the database has beyond this build; without it (processes) a newer database is fine
    as long as it takes all that this build writes. `walked=False` leaves out the walk along every edge. Leaves nothing
    behind. Errors: psycopg's, only when the connection itself fails.
    """
    async with conn.transaction(force_rollback=True):
        problems = [*await _revision(conn, exact=exact)]
        problems += _compared(shape.needed(), await shape.found(conn), exact=exact)
        if any(problem.what == "table" for problem in problems):
            return problems  # the rest would only say the same in other words
        try:
            async with conn.transaction():
                words = {(each["what"], each["name"]): each["facts"] for each in await rows(conn, _WORDS, {})}
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            return [*problems, Problem("words", "lookup tables", f"cannot be read: {error.diag.message_primary}; {MIGRATE}")]
        problems += _compared(_declared_words(declared), words, exact=exact)
        # A walk through what is known to be broken would name the same faults once more per edge.
        return problems if problems or not walked else await walk(conn, declared)


def _declared_words(declared: Declared) -> shape.Parts:
    words: shape.Parts = {}
    plain = (
        ("role", declared.roles),
        ("step", declared.steps),
        ("event type", declared.event_types),
        ("failure code", declared.failure_codes),
    )
    for what, names in plain:
        words |= {(what, name): "" for name in names}
    for status in declared.statuses:
        marks = (("terminal", status in declared.terminal), ("birth", status in declared.births))
        words["status", status] = " ".join(mark for mark, holds in marks if holds)
    for edge in declared.transitions:
        words["transition", " -> ".join(edge)] = "new epoch" if edge in declared.new_epoch else ""
    return words


def _compared(wanted: Mapping[tuple[str, str], str], found: Mapping[tuple[str, str], str], *, exact: bool) -> Iterator[Problem]:
    for (what, name), facts in wanted.items():
        there = found.get((what, name))
        if there is None:
            yield Problem(what, name, f"{what} {name} is missing in the database; {MIGRATE}")
        elif there != facts:
            message = f"{what} {name} is {there or 'plain'!r} in the database, this build needs {facts or 'plain'!r}; {RESTORE}"
            yield Problem(what, name, message)
    for what, name in found.keys() - wanted.keys():
        if what == "foreign key":
            yield Problem(what, name, f"foreign key {name} is switched off; {RESTORE}")
        elif exact:
            yield Problem(what, name, f"{what} {name} is in the database, but this build does not know it")


async def _revision(conn: Conn, *, exact: bool) -> list[Problem]:
    there = await rows(conn, "SELECT to_regclass('alembic_version') IS NOT NULL AS yes", {})
    versions = (
        [each["version_num"] for each in await rows(conn, "SELECT version_num FROM alembic_version", {})]
        if there[0]["yes"]
        else []
    )
    head = shape.head()
    match versions:
        case [version] if version == head:
            return []
        case [version] if version not in shape.revisions() and not exact:
            return []  # migrated by a newer build; whether we can live with it is what the rest of the gate finds out
        case []:
            return [Problem("revision", head, f"the database has never been migrated; {MIGRATE}")]
        case _:
            return [Problem("revision", head, f"the database is at {', '.join(versions)}, this build needs {head}; {MIGRATE}")]
