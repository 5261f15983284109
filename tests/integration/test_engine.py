"""What the database's errors become for the rest of the house."""

import asyncio
import uuid

import psycopg
import pytest

from vividly.db.embedded import EmbeddedPostgres
from vividly.db.engine import Conflict, ContractBroken, again, open_pool, row, statement, transaction
from vividly.errors import TryAgainLater

SCHOOL = "INSERT INTO schools (id, name) VALUES (%(id)s, 'North')"


async def test_a_transaction_commits_in_utc_with_dict_rows(pool):
    async with transaction(pool) as conn:
        await conn.execute(SCHOOL, {"id": uuid.uuid4()})
    async with transaction(pool) as conn:
        found = await row(conn, "SELECT count(*) AS n, current_setting('TimeZone') AS zone FROM schools", {})
    assert found == {"n": 1, "zone": "UTC"}


async def test_an_error_rolls_everything_back(pool):
    async def fails():
        async with transaction(pool) as conn:
            await conn.execute(SCHOOL, {"id": uuid.uuid4()})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    async with transaction(pool) as conn:
        assert await row(conn, "SELECT count(*) AS n FROM schools", {}) == {"n": 0}


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("SELECT 1/0", "22012"),
        ("INSERT INTO role (code) VALUES ('student')", "23505"),
        ("SELECT * FROM no_such_table", "42P01"),
    ],
)
async def test_what_we_wrote_wrongly_is_a_broken_contract(pool, statement, state):
    with pytest.raises(ContractBroken) as caught:
        async with transaction(pool) as conn:
            await conn.execute(statement)
    assert caught.value.sqlstate == state
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert not isinstance(caught.value, TryAgainLater)


async def test_an_expected_violation_can_be_caught_inside(pool):
    async with transaction(pool) as conn:
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with conn.transaction():
                await conn.execute("INSERT INTO role (code) VALUES ('student')")
        await conn.execute(SCHOOL, {"id": uuid.uuid4()})
    async with transaction(pool) as conn:
        assert await row(conn, "SELECT count(*) AS n FROM schools", {}) == {"n": 1}


async def test_a_lost_connection_is_for_later_and_the_pool_recovers_at_once(pool, postgres):
    async with asyncio.TaskGroup() as group:  # several connections in the pool
        for _ in range(4):
            group.create_task(_touch(pool))

    async def cut_off():
        async with transaction(pool) as conn:
            with psycopg.connect(postgres, autocommit=True) as killer:
                query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                killer.execute(query, (conn.info.dbname,))
            await conn.execute("SELECT 1")

    with pytest.raises(TryAgainLater):
        await cut_off()
    for _ in range(4):
        await _touch(pool)


async def test_a_pool_outlives_the_server_and_finds_it_again(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    try:
        url = await asyncio.to_thread(server.start)
        async with await open_pool(url, min_size=1, max_size=4, name="outlives", patience=0.2) as pool:
            await _touch(pool)
            await asyncio.to_thread(server.stop)
            with pytest.raises(TryAgainLater):
                await _touch(pool)
            with pytest.raises(TryAgainLater):
                await _touch(pool)
            assert await asyncio.to_thread(server.start) == url
            while not await _reached(pool):  # bounded by the test's own time limit
                pass
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_database_that_is_away_is_for_later():
    async with await open_pool(
        "postgresql://nobody@127.0.0.1:1/none", min_size=1, max_size=1, name="away", patience=0.2
    ) as pool:
        with pytest.raises(TryAgainLater):
            await _touch(pool)


async def test_an_exhausted_pool_is_for_later(database):
    async with await open_pool(database, min_size=1, max_size=1, name="small", patience=0.2) as pool, transaction(pool):
        with pytest.raises(TryAgainLater):
            await _touch(pool)


async def test_a_lock_that_is_not_to_be_had_is_for_later(pool):
    async with transaction(pool) as holder:
        await holder.execute("LOCK TABLE schools")
        with pytest.raises(TryAgainLater, match="55P03"):
            async with transaction(pool) as conn:
                await conn.execute("LOCK TABLE schools NOWAIT")


async def test_conflicts_are_repeated_three_times_and_no_more():
    calls = []

    async def meets(times):
        calls.append(1)
        if len(calls) <= times:
            raise Conflict("40001")
        return "done"

    assert await again(lambda: meets(2)) == "done"
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(Conflict):
        await again(lambda: meets(3))
    assert len(calls) == 3


async def test_a_real_serialization_failure_is_repeated(pool):
    """Two transactions read what the other writes; one must give way, and repeating it makes both true."""
    async with transaction(pool) as conn:
        await conn.execute("INSERT INTO throttle (key, window_start, count) VALUES ('a', now(), 1), ('b', now(), 1)")
    both_have_read = asyncio.Barrier(2)
    attempts = []

    async def copy(source, target):
        attempts.append(source)
        async with transaction(pool) as conn:
            await conn.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            read = await row(conn, "SELECT sum(count) AS n FROM throttle WHERE key = %(key)s", {"key": source})
            if len(attempts) <= 2:
                await both_have_read.wait()
            await conn.execute("UPDATE throttle SET count = %s WHERE key = %s", (read["n"] + 1, target))

    async with asyncio.TaskGroup() as group:
        group.create_task(again(lambda: copy("a", "b")))
        group.create_task(again(lambda: copy("b", "a")))
    assert len(attempts) == 3
    async with transaction(pool) as conn:
        assert await row(conn, "SELECT sum(count) AS n FROM throttle", {}) == {"n": 5}


async def _reached(pool):
    try:
        await _touch(pool)
    except TryAgainLater:
        return False
    return True


async def _touch(pool):
    async with transaction(pool) as conn:
        await conn.execute("SELECT 1")


async def test_a_statement_is_committed_at_once_and_leaves_the_connection_as_it_was(database):
    async with await open_pool(database, min_size=1, max_size=1, name="one") as pool:
        async with statement(pool) as conn:
            await conn.execute("CREATE TABLE kept (n int)")
            async with await psycopg.AsyncConnection.connect(database) as other:
                await other.execute("SELECT n FROM kept")  # seen by another before the block ends
        with pytest.raises(ContractBroken):
            async with statement(pool) as conn:
                await conn.execute("INSERT INTO kept VALUES ('one')")
        async with transaction(pool) as conn:
            assert conn.autocommit is False
            assert await row(conn, "SELECT count(*) AS n FROM kept", {}) == {"n": 0}


async def test_a_statement_that_is_cut_off_hands_its_connection_to_nobody(database):
    async with await open_pool(database, min_size=1, max_size=1, name="one") as pool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), statement(pool) as conn:
                await conn.execute("SELECT pg_sleep(60)")
        async with transaction(pool) as conn:
            assert conn.autocommit is False
            assert await row(conn, "SELECT 1 AS one", {}) == {"one": 1}
