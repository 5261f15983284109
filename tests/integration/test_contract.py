"""The gate must fail for every single thing that is taken away, and name it; here each is taken away once."""

from dataclasses import replace

import psycopg
import pytest

from vividly.db import shape
from vividly.db.contract import check
from vividly.db.engine import open_pool, row, transaction
from vividly.requests.declared import declared
from vividly.requests.states import edges

DECLARED = declared()
NEEDED = shape.needed()

LOOKUPS = {
    "role": ("role", DECLARED.roles),
    "step": ("step", DECLARED.steps),
    "event_type": ("event type", DECLARED.event_types),
    "failure_code": ("failure code", DECLARED.failure_codes),
    "content_request_status": ("status", DECLARED.statuses),
}


@pytest.fixture
async def pool(shared_database):
    """Everything here is rolled back, so one database serves all tests."""
    async with await open_pool(shared_database, min_size=1, max_size=1, name="gate") as opened:
        yield opened


def named(what):
    return sorted(name for kind, name in NEEDED if kind == what)


async def broken(pool, *statements, exact=False, told=DECLARED):
    """Break it as the operator of the database could, look, and roll back."""
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        for statement in statements:
            await conn.execute(statement)
        return await check(conn, told, exact=exact)


def assert_named(problems, what, name):
    assert [(problem.what, problem.name) for problem in problems] == [(what, name)]
    assert name in problems[0].message


async def test_all_is_well(pool):
    assert await broken(pool, exact=True) == []
    assert await broken(pool) == []


async def test_the_walk_leaves_nothing_behind(pool):
    async with transaction(pool) as conn:
        assert await check(conn, DECLARED) == []
    async with transaction(pool) as conn:
        for table in ("schools", "people", "content_requests", "content_request_events", "jobs", "lessons"):
            assert await row(conn, f"SELECT count(*) AS n FROM {table}", {}) == {"n": 0}


@pytest.mark.parametrize(("table", "code"), [(table, code) for table, (_, codes) in LOOKUPS.items() for code in codes])
async def test_each_word_that_is_missing_is_named(pool, table, code):
    edges_too = f"DELETE FROM content_request_transition WHERE '{code}' IN (from_code, to_code)"
    problems = await broken(pool, edges_too, f"DELETE FROM {table} WHERE code = '{code}'")
    what = LOOKUPS[table][0]
    assert (what, code) in {(problem.what, problem.name) for problem in problems}
    assert all(code in problem.name for problem in problems)
    assert all("vividly db migrate" in problem.message for problem in problems)


@pytest.mark.parametrize("edge", [f"{start} -> {end}" for start, end in edges()])
async def test_each_edge_that_is_missing_is_named(pool, edge):
    start, end = edge.split(" -> ")
    problems = await broken(pool, f"DELETE FROM content_request_transition WHERE (from_code, to_code) = ('{start}', '{end}')")
    assert_named(problems, "transition", edge)


@pytest.mark.parametrize("name", named("index"))
async def test_each_index_that_is_missing_is_named(pool, name):
    assert_named(await broken(pool, f"DROP INDEX {name.partition('.')[2]}"), "index", name)


@pytest.mark.parametrize("name", [name for name in named("constraint") if NEEDED["constraint", name] in {"c", "f"}])
async def test_each_check_and_foreign_key_that_is_missing_is_named(pool, name):
    table, _, constraint = name.partition(".")
    assert_named(await broken(pool, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"), "constraint", name)


@pytest.mark.parametrize("name", [name for name in named("constraint") if NEEDED["constraint", name] in {"p", "u"}])
async def test_each_key_that_is_missing_is_named(pool, name):
    table, _, constraint = name.partition(".")
    problems = await broken(pool, f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE")
    assert ("constraint", name) in {(problem.what, problem.name) for problem in problems}


@pytest.mark.parametrize("name", named("column"))
async def test_each_column_that_is_missing_is_named(pool, name):
    table, _, column = name.partition(".")
    problems = await broken(pool, f"ALTER TABLE {table} DROP COLUMN {column} CASCADE")
    assert ("column", name) in {(problem.what, problem.name) for problem in problems}


@pytest.mark.parametrize("name", named("trigger"))
@pytest.mark.parametrize("how", ["disabled", "missing"])
async def test_each_trigger_that_does_not_fire_is_named(pool, name, how):
    table, _, trigger = name.partition(".")
    statements = {"disabled": f"ALTER TABLE {table} DISABLE TRIGGER {trigger}", "missing": f"DROP TRIGGER {trigger} ON {table}"}
    problems = await broken(pool, statements[how])
    assert_named(problems, "trigger", name)
    assert how in problems[0].message


@pytest.mark.parametrize("table", ["content_requests", "throttle"])
async def test_a_missing_table_is_named_and_nothing_else_breaks(pool, table):
    problems = await broken(pool, f"DROP TABLE {table} CASCADE")
    assert ("table", table) in {(problem.what, problem.name) for problem in problems}


async def test_a_changed_type_or_a_lost_not_null_is_named(pool):
    problems = await broken(pool, "ALTER TABLE jobs ALTER lease_token TYPE integer")
    assert_named(problems, "column", "jobs.lease_token")
    problems = await broken(pool, "ALTER TABLE people ALTER email DROP NOT NULL")
    assert_named(problems, "column", "people.email")


async def test_a_constraint_that_was_never_validated_is_named(pool):
    statements = (
        "ALTER TABLE feedback DROP CONSTRAINT ck_feedback_rating_range",
        "ALTER TABLE feedback ADD CONSTRAINT ck_feedback_rating_range CHECK (rating BETWEEN 1 AND 5) NOT VALID",
    )
    problems = await broken(pool, *statements)
    assert_named(problems, "constraint", "feedback.ck_feedback_rating_range")
    assert "not validated" in problems[0].message


async def test_an_index_whose_building_failed_is_named(pool):
    index = "ix_jobs_runnable"
    problems = await broken(pool, f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{index}'::regclass")
    assert_named(problems, "index", f"jobs.{index}")


async def test_switched_off_foreign_keys_are_named(pool):
    problems = await broken(pool, "ALTER TABLE class_members DISABLE TRIGGER ALL")
    assert {problem.what for problem in problems} == {"foreign key"}


@pytest.mark.parametrize(
    ("change", "what", "name"),
    [
        ("UPDATE content_request_status SET terminal = false WHERE code = 'failed'", "status", "failed"),
        ("UPDATE content_request_status SET birth = false WHERE code = 'declined'", "status", "declined"),
        (
            "UPDATE content_request_transition SET new_epoch = false WHERE from_code = 'failed'",
            "transition",
            "failed -> pending",
        ),
    ],
)
async def test_a_word_that_means_something_else_is_named(pool, change, what, name):
    assert_named(await broken(pool, change), what, name)


@pytest.mark.parametrize("exact", [True, False])
async def test_the_incident_code_writes_a_status_that_the_database_lacks(pool, exact):
    told = replace(
        DECLARED,
        statuses=(*DECLARED.statuses, "reviewing"),
        transitions=(*DECLARED.transitions, ("generating", "reviewing"), ("reviewing", "completed")),
    )
    problems = await broken(pool, told=told, exact=exact)
    assert ("status", "reviewing") in {(problem.what, problem.name) for problem in problems}


@pytest.mark.parametrize(
    ("addition", "what", "name"),
    [
        ("INSERT INTO role VALUES ('parent')", "role", "parent"),
        ("INSERT INTO content_request_transition VALUES ('completed', 'pending', true)", "transition", "completed -> pending"),
        ("CREATE TABLE notes (id int)", "table", "notes"),
        ("ALTER TABLE people ADD nickname text", "column", "people.nickname"),
    ],
)
async def test_what_only_the_database_has_is_a_problem_in_ci_and_a_newer_release_in_a_fleet(pool, addition, what, name):
    assert (what, name) in {(problem.what, problem.name) for problem in await broken(pool, addition, exact=True)}
    assert await broken(pool, addition) == []


async def test_the_revision_is_compared(pool):
    assert (await broken(pool, "DELETE FROM alembic_version"))[0].what == "revision"
    assert (await broken(pool, "DROP TABLE alembic_version"))[0].what == "revision"
    newer = "UPDATE alembic_version SET version_num = 'from_the_future'"
    assert await broken(pool, newer) == []
    assert "from_the_future" in (await broken(pool, newer, exact=True))[0].message


async def test_a_database_that_was_never_migrated_says_so(empty_database):
    async with await psycopg.AsyncConnection.connect(empty_database, row_factory=psycopg.rows.dict_row) as conn:
        problems = await check(conn, DECLARED)
    assert problems[0].what == "revision"
    assert "never been migrated" in problems[0].message


# --- what only the walk finds: names, types and rows are all in place ---------------------------------------------------


@pytest.mark.parametrize("edge", [f"{start} -> {end}" for start, end in edges()])
async def test_a_hidden_refusal_of_one_edge_is_found_by_walking_it(pool, edge):
    start, end = edge.split(" -> ")
    function = f"""
        CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.status = '{start}' AND NEW.status = '{end}' THEN
                RAISE EXCEPTION 'not on my watch' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$"""
    trigger = "CREATE TRIGGER in_the_way BEFORE UPDATE ON content_requests FOR EACH ROW EXECUTE FUNCTION in_the_way()"
    problems = await broken(pool, function, trigger)
    assert ("transition", edge) in {(problem.what, problem.name) for problem in problems}
    assert all("not on my watch" in problem.message for problem in problems)


async def test_a_check_that_lists_too_few_statuses_is_found_by_walking(pool):
    """The first version's fault: the list in the database was shorter than the list in the code."""
    narrow = "ALTER TABLE content_requests ADD CONSTRAINT narrow CHECK (status <> 'clarification_needed')"
    problems = await broken(pool, narrow)
    assert ("birth", "clarification_needed") in {(problem.what, problem.name) for problem in problems}
    assert ("transition", "generating -> clarification_needed") in {(problem.what, problem.name) for problem in problems}


@pytest.mark.parametrize("function", ["content_requests_born", "content_requests_moved", "jobs_fenced"])
async def test_a_trigger_that_was_hollowed_out_is_found(pool, function):
    hollow = f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    problems = await broken(pool, hollow)
    assert {problem.what for problem in problems} == {"refusal"}


async def test_without_the_walk_the_look_is_still_whole(pool):
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        await conn.execute("DELETE FROM role WHERE code = 'teacher'")
        assert_named(await check(conn, DECLARED, walked=False), "role", "teacher")
