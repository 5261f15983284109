"""Migrations build exactly what is declared, from nothing and on top of rows, once, whoever calls."""

import concurrent.futures
import uuid

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.pool import NullPool

from vividly.db import migrate as migrating
from vividly.db.contract import check
from vividly.db.migrate import migrate
from vividly.db.shape import head, revisions
from vividly.db.tables import metadata
from vividly.errors import TryAgainLater
from vividly.requests import states
from vividly.requests.declared import declared
from vividly.requests.states import Event, FailureCode, Status
from vividly.steps import Role, Step

# In their order. A migration that is not listed here has not been thought of in the tests below.
REVISIONS = ("2026_11_23_0001", "2026_11_23_0002")

SHAPE = """
SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
    || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND c.relname <> 'alembic_version'
UNION ALL
SELECT 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


@pytest.fixture
def engine():
    """Makes engines that leave no connection open."""
    return lambda url: sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )


def test_from_nothing_to_head_and_then_nothing_more(empty_database):
    assert migrate(empty_database) == list(REVISIONS)
    assert head() == REVISIONS[-1]
    assert set(revisions()) == set(REVISIONS)
    assert migrate(empty_database) == []


def test_alembic_finds_no_difference_to_the_declared_tables(database, engine):
    with engine(database).connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_postgres_finds_no_difference_either(database, empty_database, engine):
    """Down to the text of every check, default, and partial index, which alembic compares by name or not at all."""
    with engine(empty_database).begin() as connection:
        metadata.create_all(connection)
    with psycopg.connect(database) as migrated, psycopg.connect(empty_database) as declared:
        assert sorted(migrated.execute(SHAPE)) == sorted(declared.execute(SHAPE))


def test_the_seeds_are_the_declarations(database):
    with psycopg.connect(database) as conn:

        def words(query):
            return conn.execute(query).fetchall()

        assert {code for (code,) in words("SELECT code FROM role")} == set(Role)
        assert words("SELECT code FROM step ORDER BY ord") == [(step.value,) for step in Step]
        assert {code for (code,) in words("SELECT code FROM event_type")} == set(Event)
        assert {code for (code,) in words("SELECT code FROM failure_code")} == set(FailureCode)
        assert words("SELECT code, ord, terminal, birth FROM content_request_status ORDER BY ord") == [
            (status.value, states.order(status), status in states.TERMINAL, status in states.BIRTHS) for status in Status
        ]
        assert set(words("SELECT from_code, to_code, new_epoch FROM content_request_transition")) == {
            (start.value, end.value, (start, end) in states.NEW_EPOCH) for start, end in states.edges()
        }


def test_many_processes_that_start_at_once_take_turns(empty_database):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_database] * 4))
    assert sorted(applied) == [[], [], [], list(REVISIONS)]


def test_who_waits_too_long_is_told_to_come_again(empty_database, monkeypatch):
    monkeypatch.setattr(migrating, "PATIENCE", "50ms")
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (migrating.LOCK,))
        with pytest.raises(TryAgainLater):
            migrate(empty_database)
    assert migrate(empty_database) == list(REVISIONS)


def test_a_database_that_is_away_is_for_later():
    with pytest.raises(TryAgainLater):
        migrate("postgresql://nobody@127.0.0.1:1/none")


def test_a_migration_that_fails_leaves_nothing(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute("CREATE TABLE jobs (mine int)")
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="already exists"):
        migrate(empty_database)
    with psycopg.connect(empty_database) as conn:
        tables = conn.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        assert {name for (name,) in tables} <= {"jobs", "alembic_version"}


# --- on top of rows: what a running service would have in its tables ---------------------------------------------------

# Written as of the first revision, and never changed after it: later migrations must live with such rows.
ROWS_OF_0001 = """
INSERT INTO schools (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'North');
INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role)
    VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'a@b.c', '-', 'A', 'B', 'student');
INSERT INTO lessons (id, work_key, prefix, title, topic_id, facet, interest, grade_level, seconds, files)
    VALUES ('lesson', 'key', 'lessons/lesson', 'T', 'topic', 'facet', 'music', 9, 60, '{lesson.mp4}');
INSERT INTO content_requests (id, correlation_id, school_id, student_id, filed_by, body_hash, question, grade_level, interest,
        modalities, preferred_modality, status, clarification, finished_at)
    SELECT gen_random_uuid(), 'req_' || born || n, s.id, p.id, p.id, '', 'why?', 9, 'music', '{video}', 'video', born, '{}',
        CASE WHEN born = 'declined' THEN now() END
    FROM schools s, people p, unnest(ARRAY['pending', 'clarification_needed', 'declined']) AS born, generate_series(1, 300) AS n;
INSERT INTO content_request_events (request_id, seq, epoch, type, to_status, terminal, progress)
    SELECT id, 1, 1, 'accepted', status, status = 'declined', 0 FROM content_requests;
UPDATE content_requests SET status = 'validating' WHERE status = 'pending';
UPDATE content_requests SET status = 'failed', failure_code = 'stage_failed', failure_step = 'drawing', failure_message = 'Sorry.',
    finished_at = now() WHERE correlation_id LIKE 'req_pending1%';
UPDATE content_requests SET status = 'completed', progress = 100, lesson_id = 'lesson', finished_at = now()
    WHERE correlation_id LIKE 'req_pending2%';
INSERT INTO jobs (request_id, school_id, epoch, state, lease_owner, lease_until, lease_token)
    SELECT id, school_id, epoch, 'leased', id, now() + interval '1 minute', 3 FROM content_requests WHERE status = 'validating';
INSERT INTO jobs (request_id, school_id, epoch, state, lease_token)
    SELECT id, school_id, epoch, 'dead', 9 FROM content_requests WHERE status = 'failed';
INSERT INTO stage_results (request_id, epoch, stage, input_hash, data, lease_token)
    SELECT request_id, 1, 'writing', 'hash', 'x', 3 FROM jobs WHERE state = 'leased';
INSERT INTO outbox (event_id, topic, payload) SELECT gen_random_uuid(), 'topic', '{}' FROM generate_series(1, 300);
INSERT INTO inbox (subscription, message_id, outcome) VALUES ('worker', 'one', 'ready');
INSERT INTO quarantine (key, reason, body) VALUES ('poison', 'no data', 'x');
"""

NUMBERED = {"2026_11_23_0001": ROWS_OF_0001}


def rows_of(conn):
    """Every row of every table as JSON of the columns it has now, for comparing before and after."""
    tables = [
        name
        for (name,) in conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'"
        )
    ]
    return {
        table: [one for (one,) in conn.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)::text")]
        for table in tables
    }


@pytest.mark.parametrize("revision", REVISIONS[:-1])
async def test_a_populated_database_of_each_earlier_release_is_upgraded_and_keeps_every_row(empty_database, revision):
    assert migrate(empty_database, to=revision) == list(REVISIONS[: REVISIONS.index(revision) + 1])
    with psycopg.connect(empty_database) as conn:
        conn.execute(NUMBERED[revision])
        before = rows_of(conn)
    assert migrate(empty_database) == list(REVISIONS[REVISIONS.index(revision) + 1 :])
    with psycopg.connect(empty_database) as conn:
        after = rows_of(conn)
        for table, rows in before.items():
            kept = [{column: one[column] for column in rows[0]} for one in after[table]] if rows else []
            assert sorted(map(repr, kept)) == sorted(map(repr, rows)), table
        # The code goes on with what was there: the gate holds, and a failed request is tried again.
        conn.execute(
            "UPDATE content_requests SET status = 'pending', epoch = 2, progress = 0, failure_code = NULL WHERE status = 'failed'"
        )
    async with await psycopg.AsyncConnection.connect(empty_database, row_factory=psycopg.rows.dict_row) as conn:
        assert await check(conn, declared(), exact=True) == []


@pytest.mark.parametrize("revision", REVISIONS[:-1])
async def test_an_earlier_schema_is_refused_by_name_until_it_is_migrated(empty_database, revision):
    migrate(empty_database, to=revision)
    async with await psycopg.AsyncConnection.connect(empty_database, row_factory=psycopg.rows.dict_row) as conn:
        problems = await check(conn, declared())
    assert problems[0].what == "revision"
    assert "vividly db migrate" in problems[0].message
    assert ("column", "jobs.traceparent") in {(one.what, one.name) for one in problems} or revision != "2026_11_23_0001"


def test_every_release_with_rows_of_its_own_is_listed():
    assert set(NUMBERED) == set(REVISIONS[:-1]), "write down what rows of the release before a new migration look like"


# --- what the triggers refuse ------------------------------------------------------------------------------------------


@pytest.fixture
def conn(shared_database):
    """In one transaction that is rolled back."""
    with psycopg.connect(shared_database) as opened, opened.transaction(force_rollback=True):
        yield opened


@pytest.fixture
def request_in(conn):
    """Makes a request that is in the given status, by an honest way there."""
    school, student = uuid.uuid4(), uuid.uuid4()
    conn.execute("INSERT INTO schools (id, name) VALUES (%s, 'North')", (school,))
    conn.execute(
        "INSERT INTO people (id, school_id, email, password_hash, first_name, last_name, role)"
        " VALUES (%s, %s, 'a@b.c', '', 'A', 'B', 'student')",
        (student, school),
    )
    conn.execute(
        "INSERT INTO lessons (id, work_key, prefix, title, topic_id, facet, interest, grade_level, seconds, files)"
        " VALUES ('lesson', 'key', '', '', '', '', '', 9, 1, '{}')"
    )

    def make(status):
        ways = {"validating": ["validating"], "generating": ["validating", "generating"], "failed": ["failed"]}
        ways |= {"cancelled": ["cancelled"], "completed": ["validating", "completed"]}
        birth = status if Status(status) in states.BIRTHS else "pending"
        made = uuid.uuid4()
        conn.execute(
            "INSERT INTO content_requests (id, correlation_id, school_id, student_id, filed_by, body_hash, question,"
            " grade_level, interest, modalities, preferred_modality, status, clarification)"
            " VALUES (%s, %s, %s, %s, %s, '', '', 9, '', '{}', '', %s, '{}')",
            (made, str(made), school, student, student, birth),
        )
        for step in ways.get(status, []):
            move(conn, made, step)
        return made

    return make


def move(conn, request, status, *, more=0):
    companions = {
        "completed": "lesson_id = 'lesson', progress = 100, failure_code = NULL",
        "failed": "failure_code = 'stage_failed', lesson_id = NULL, progress = least(progress, 99)",
    }.get(status, "failure_code = NULL, lesson_id = NULL, progress = least(progress, 99)")
    conn.execute(
        f"UPDATE content_requests SET status = %s, epoch = epoch + %s, {companions} WHERE id = %s", (status, more, request)
    )


@pytest.mark.parametrize("start", Status)
@pytest.mark.parametrize("end", Status)
def test_the_database_takes_exactly_the_declared_edges(conn, request_in, start, end):
    request = request_in(start)
    more = int((start, end) in states.NEW_EPOCH)
    if states.may_become(start, end) or start is end:
        move(conn, request, end, more=more)
        assert conn.execute("SELECT status, epoch FROM content_requests").fetchone() == (end, 1 + more)
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match=f"that is {start} cannot become {end}"), conn.transaction():
            move(conn, request, end)


@pytest.mark.parametrize("status", [status for status in Status if status not in states.BIRTHS])
def test_nothing_is_born_later_than_it_may_be(conn, request_in, status):
    request_in("pending")
    query = "INSERT INTO content_requests SELECT (json_populate_record(r, json_build_object('status', %s::text, 'id', gen_random_uuid(), 'correlation_id', 'x'))).* FROM content_requests r"
    with pytest.raises(psycopg.errors.CheckViolation, match=f"born {status}"), conn.transaction():
        conn.execute(query, (status,))


@pytest.mark.parametrize(
    ("start", "end", "more"),
    [("pending", "validating", 1), ("pending", "pending", 1), ("failed", "pending", 0), ("failed", "pending", 2)],
)
def test_the_epoch_grows_by_one_on_the_edges_that_open_one_and_never_else(conn, request_in, start, end, more):
    with pytest.raises(psycopg.errors.CheckViolation, match="epoch"), conn.transaction():
        move(conn, request_in(start), end, more=more)


def test_progress_never_falls_within_an_epoch(conn, request_in):
    request = request_in("generating")
    conn.execute("UPDATE content_requests SET progress = 40")
    with pytest.raises(psycopg.errors.CheckViolation, match="progress may not fall from 40 to 39"), conn.transaction():
        conn.execute("UPDATE content_requests SET progress = 39")
    move(conn, request, "failed")
    conn.execute("UPDATE content_requests SET status = 'pending', epoch = 2, progress = 0, failure_code = NULL")


def test_a_lease_token_never_falls(conn, request_in):
    request_in("pending")
    conn.execute(
        "INSERT INTO jobs (request_id, school_id, epoch, state, lease_token) SELECT id, school_id, 1, 'ready', 5 FROM content_requests"
    )
    conn.execute("UPDATE jobs SET lease_token = 6")
    with pytest.raises(psycopg.errors.CheckViolation, match="token may not fall from 6 to 5"), conn.transaction():
        conn.execute("UPDATE jobs SET lease_token = 5")


def test_a_request_ends_once_per_epoch(conn, request_in):
    request = request_in("completed")
    query = "INSERT INTO content_request_events (request_id, seq, epoch, type, from_status, to_status, terminal, progress) VALUES (%s, %s, 1, 'moved', 'validating', %s, true, 0)"
    conn.execute(query, (request, 1, "completed"))
    with pytest.raises(psycopg.errors.UniqueViolation, match="one_end"), conn.transaction():
        conn.execute(query, (request, 2, "failed"))
