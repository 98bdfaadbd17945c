"""PostgreSQL through Tortoise: connections, transactions, migrations under a lock, ids."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled
from tortoise.connection import get_connection, get_connections
from tortoise.exceptions import TransactionManagementError
from tortoise.migrations.api import migrate as run_migrations
from tortoise.migrations.executor import MigrationExecutor
from uuid_utils.compat import uuid7

APP = "zhangban"
MIGRATION_LOCK = 0x7A68616E6762616E
"""Key of the advisory lock under which one process migrates ("zhangban" in ASCII)."""


def new_id() -> UUID:
    """A new primary key: a UUID of version 7, so that keys sort by the time they were made."""
    return uuid7()


class _Connection(asyncpg.Connection):
    """A pooled connection that keeps no session state, so its reset query can be empty.

    The usual reset (`DISCARD`-like, one round trip a release) cost a third of the throughput.
    Therefore only `SET LOCAL` and transaction-level advisory locks may be used on it.
    """

    def get_reset_query(self) -> str:
        return ""


class _CancelSafeTransaction(TransactionContextPooled):
    """A transaction whose connection always goes back to the pool.

    Tortoise 1.1.9 loses the connection when a task is cancelled between acquiring it and the end
    of `BEGIN`, or during the closing statement; a phone that hangs up is enough.
    """

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        connection = await self.client._parent._pool.acquire()
        self.client._connection = connection
        self.token = get_connections().set(self.connection_name, self.client)
        try:
            await self.client.begin()
        except BaseException:
            get_connections().reset(self.token)
            await self._give_back(connection)
            raise
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        connection = self.client._connection
        try:
            if self.client._finalized:
                return
            if exc_type is None:
                await self.client.commit()
            elif exc_type is not TransactionManagementError:
                await self.client.rollback()
        finally:
            get_connections().reset(self.token)
            await self._give_back(connection)

    async def _give_back(self, connection: Any) -> None:
        pool = self.client._parent._pool
        if pool is None:
            return
        if connection.is_in_transaction():
            # The closing statement was cut off: the server must forget this transaction.
            connection.terminate()
        await asyncio.shield(pool.release(connection))


class _Client(AsyncpgDBClient):
    """Tortoise's asyncpg client with transactions that survive a cancelled task."""

    connection_class = _Connection

    def _in_transaction(self) -> TransactionContext:
        return _CancelSafeTransaction(TransactionWrapper(self), self._pool_init_lock)


client_class = _Client
"""Looked up by Tortoise: this module is the `engine` of the connection."""


def config(url: str, *, modules: Sequence[str], migrations: str, pool: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for one database.

    Args:
        url: `postgresql://user:password@host:port/database?…`; the query goes to asyncpg.
        modules: the modules with the models of every feature.
        migrations: the package of the numbered migrations.
        pool: the most connections that this process may hold, apart from the one for `apart`.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    credentials: dict[str, Any] = {
        "host": query.pop("host", None) or unquote(parts.hostname or "127.0.0.1"),
        "port": int(query.pop("port", None) or parts.port or 5432),
        "user": unquote(parts.username or query.pop("user", "postgres")),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or "postgres",
        "minsize": 1,
        "maxsize": pool,
        "command_timeout": 30,
        "application_name": "zhangban",
        # Compiling a query takes longer than any of ours runs.
        "server_settings": {"jit": "off"},
        **({"ssl": query["sslmode"]} if query.get("sslmode") else {}),
    }
    apart = credentials | {"minsize": 0, "maxsize": 1}
    return {
        "connections": {
            "default": {"engine": "app.core.db", "credentials": credentials},
            "apart": {"engine": "app.core.db", "credentials": apart},
        },
        "apps": {
            APP: {
                "models": list(modules),
                "default_connection": "default",
                "migrations": migrations,
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(configuration: dict[str, Any]) -> None:
    """Open the database for this process; every task of it may then query."""
    await Tortoise.init(config=configuration, _enable_global_fallback=True)
    await fetch("SELECT 1")


async def close() -> None:
    """Give all connections back and close them."""
    await Tortoise.close_connections()


async def fetch(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a query (`$1`, `$2` …), inside the transaction that is open, if one is."""
    return await get_connection("default").execute_query_dict(sql, list(values))


async def fetch_one(sql: str, *values: Any) -> dict[str, Any] | None:
    """The first row of a query, or None."""
    rows = await fetch(sql, *values)
    return rows[0] if rows else None


async def apart(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a statement that commits on its own, whatever becomes of the open transaction.

    It has one connection to itself, so that tasks which hold one from the pool and wait here
    cannot wait for each other.
    """
    return await get_connection("apart").execute_query_dict(sql, list(values))


async def patiently(sql: str, *values: Any, seconds: float) -> list[dict[str, Any]]:
    """As `fetch`, for a statement that may take longer than a request's: a recount, a rebuild."""
    async with get_connection("default").acquire_connection() as connection:
        rows = await connection.fetch(sql, *values, timeout=seconds)
    return [dict(row) for row in rows]


async def execute(sql: str, *values: Any) -> int:
    """Run a statement and return the number of rows that it touched."""
    status: str
    async with get_connection("default").acquire_connection() as connection:
        status = await connection.execute(sql, *values)
    return int(status.rsplit(" ", 1)[-1]) if status[-1:].isdigit() else 0


async def pending(configuration: dict[str, Any]) -> list[str]:
    """The names of the migrations that this program has and the database has not."""
    await Tortoise.init(config=configuration)
    try:
        executor = MigrationExecutor(get_connection("default"), configuration["apps"])
        plan = await executor.plan()
    finally:
        await Tortoise.close_connections()
    return [step.migration.name for step in plan if not step.backward]


async def migrate(configuration: dict[str, Any]) -> list[str]:
    """Bring the schema up to date and return the names of the migrations that were applied.

    Any number of processes may call this at once: one works, the others wait for it.
    """
    wanted = configuration["connections"]["default"]["credentials"]
    names = ("host", "port", "user", "password", "database")
    guard = await asyncpg.connect(**{name: wanted[name] for name in names})
    applied: list[str] = []

    def progress(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await run_migrations(config=configuration, progress=progress)
    finally:
        await Tortoise.close_connections()
        await guard.close()
    return applied
