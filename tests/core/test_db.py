"""Connections, transactions that survive a cancelled request, and the schema."""

import asyncio
import os
import sys

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from app import server
from app.core import db
from app.core.house import House
from app.settings import Settings, read


async def test_a_cancelled_transaction_gives_its_connection_back(house: House) -> None:
    """Phones hang up at any moment; Tortoise 1.1.9 lost a connection each time (STACK, traps)."""

    async def act() -> None:
        async with in_transaction("default"):
            await db.fetch("SELECT pg_sleep(0.001)")

    for round_ in range(400):
        task = asyncio.create_task(act())
        await asyncio.sleep((round_ % 25) * 0.00012)
        task.cancel()
        await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 30)
    rows = await asyncio.wait_for(
        asyncio.gather(*(act() for _ in range(2 * house.settings.database_pool))), 30
    )
    assert len(rows) == 2 * house.settings.database_pool
    left = await db.fetch(
        "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%'"
    )
    assert left == []


async def test_cancelling_during_the_commit_leaves_no_open_transaction(house: House) -> None:
    await db.execute("CREATE TABLE IF NOT EXISTS scratch (n int)")

    async def act() -> None:
        async with in_transaction("default"):
            await db.execute("INSERT INTO scratch VALUES (1)")

    for round_ in range(200):
        task = asyncio.create_task(act())
        await asyncio.sleep(0.0005 + (round_ % 20) * 0.0001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    locks = await db.fetch(
        "SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
        " WHERE c.relname = 'scratch' AND l.pid <> pg_backend_pid()"
    )
    await db.execute("DROP TABLE scratch")
    assert locks == []


async def test_what_raises_inside_a_transaction_is_undone(house: House) -> None:
    async def failing() -> None:
        async with in_transaction("default"):
            await db.execute("INSERT INTO scratch VALUES (1)")
            raise ZeroDivisionError

    await db.execute("CREATE TABLE scratch (n int)")
    with pytest.raises(ZeroDivisionError):
        await failing()
    rows = await db.fetch("SELECT n FROM scratch")
    await db.execute("DROP TABLE scratch")
    assert rows == []


async def test_execute_returns_the_number_of_rows(house: House) -> None:
    await db.execute("CREATE TABLE scratch (n int)")
    try:
        assert await db.execute("INSERT INTO scratch SELECT generate_series(1, 3)") == 3
        assert await db.execute("UPDATE scratch SET n = 0 WHERE n > 1") == 2
        assert await db.execute("DELETE FROM scratch WHERE n = 7") == 0
    finally:
        await db.execute("DROP TABLE scratch")


async def test_many_processes_may_migrate_at_once(settings: Settings) -> None:
    """Two servers of one hall start together: one migrates, the other waits."""
    name = f"zhangban_migrate_{os.getpid()}"
    admin = await asyncpg.connect(settings.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = server.with_database(settings.database_url, name)
    script = (
        "import asyncio, sys; from app import server; from app.core import db;"
        "from app.settings import read; s = read(env={}, database_url=sys.argv[1]);"
        "print(len(asyncio.run(db.migrate(server.database(s)))))"
    )
    try:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, url, stdout=asyncio.subprocess.PIPE
            )
            for _ in range(3)
        ]
        outputs = [await process.communicate() for process in processes]
        counts = sorted(int(out) for out, _ in outputs)
        assert counts[:2] == [0, 0]
        assert counts[2] > 0
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


_TYPES = {
    "UUIDField": {"uuid"},
    "CharField": {"character varying", "character", "text"},
    "TextField": {"text"},
    "BinaryField": {"bytea"},
    "PersonalField": {"bytea"},
    "DatetimeField": {"timestamp with time zone"},
    "DateField": {"date"},
    "BooleanField": {"boolean"},
    "SmallIntField": {"smallint"},
    "IntField": {"integer"},
    "BigIntField": {"bigint"},
    "FloatField": {"double precision"},
    "JSONField": {"jsonb"},
    "ArrayField": {"ARRAY"},
}


async def test_the_migrated_schema_is_what_the_models_say(house: House) -> None:
    """Hand-written SQL and models are two statements of one thing: they must agree."""
    columns = await db.fetch(
        "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length AS length"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    unique = await db.fetch(
        "SELECT t.relname AS table_name, array_agg(a.attname::text ORDER BY a.attname) AS names"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indisunique AND i.indpred IS NULL GROUP BY t.relname, i.indexrelid"
    )
    found = {(c["table_name"], c["column_name"]): c for c in columns}
    keys = {(u["table_name"], tuple(u["names"])) for u in unique}
    said: set[tuple[str, str]] = set()
    for model in Tortoise.apps[db.APP].values():
        table = model._meta.db_table
        for name, field in model._meta.fields_map.items():
            column = found.get((table, name))
            assert column, f"{table}.{name} is in the model and not in the database"
            said.add((table, name))
            kind = type(field).__name__
            kind = next(
                k for k in [kind, *(b.__name__ for b in type(field).__mro__)] if k in _TYPES
            )
            assert column["data_type"] in _TYPES[kind], f"{table}.{name} is {column['data_type']}"
            assert (column["is_nullable"] == "YES") == field.null, f"{table}.{name}: null"
            if kind == "CharField" and column["length"]:
                assert column["length"] == field.max_length, f"{table}.{name}: length"
            if field.unique or field.pk:
                assert (table, (name,)) in keys, f"{table}.{name} is not unique"
        for together in model._meta.unique_together:
            assert (table, tuple(sorted(together))) in keys, f"{table}{together} is not unique"
    unsaid = {key for key in found if key not in said and key[0] != "tortoise_migrations"}
    assert not unsaid, f"in the database and in no model: {sorted(unsaid)}"


def test_a_url_becomes_a_configuration() -> None:
    settings = read(
        env={}, database_url="postgresql://u%40x:p%3Aw@db.example:5433/hall?sslmode=require"
    )
    credentials = server.database(settings)["connections"]["default"]["credentials"]
    assert credentials["user"] == "u@x"
    assert credentials["password"] == "p:w"
    assert (credentials["host"], credentials["port"]) == ("db.example", 5433)
    assert credentials["database"] == "hall"
    assert credentials["ssl"] == "require"
