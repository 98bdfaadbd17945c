"""After a new key: sealing anew, under it, what is sealed under older ones, and what still is not.

It works while the server does. Batches of rows are changed, each only if it still holds what was
read, so nothing that is written meanwhile is lost, and a run that was cut off goes on where it
stopped: what is sealed anew is not looked at again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import structlog
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from app.core import db
from app.core.fields import PersonalField
from app.core.privacy import Keyring, Unsealable

log = structlog.get_logger(__name__)
BATCH = 500
_NEXT = (
    "SELECT {key} AS key, {column} AS sealed FROM {table} WHERE {column} IS NOT NULL"
    " AND substring({column} FROM 1 FOR {length}) <> $1 AND ($2::{type} IS NULL OR {key} > $2)"
    " ORDER BY {key} LIMIT {batch}"
)
_CHANGE = (
    "UPDATE {table} t SET {column} = n.fresh"
    " FROM unnest($1::{type}[], $2::bytea[], $3::bytea[]) AS n(key, old, fresh)"
    " WHERE t.{key} = n.key AND t.{column} = n.old"
)
_OCCUR = (
    "SELECT convert_from(substring({column} FROM 3 FOR get_byte({column}, 1)), 'LATIN1') AS id,"
    " count(*) AS n FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"
)


class Sealed(NamedTuple):
    """A column of sealed values."""

    table: str
    key: str
    """The primary key's column."""
    type: str
    """Its type in the database."""
    column: str
    context: str


class Indexed(NamedTuple):
    """A column by which sealed values are looked up: keyed digests of what stands beside them."""

    sealed: Sealed
    column: str
    context: str


class Resealed(NamedTuple):
    """How much of a column was sealed anew, and how much cannot be opened."""

    column: Sealed
    done: int
    stuck: int


def personal_columns() -> list[Sealed]:
    """Every `PersonalField` of every model."""
    return [
        Sealed(
            model._meta.db_table,
            model._meta.db_pk_column,
            _type(model._meta.pk),
            model._meta.fields_db_projection[name],
            field.context,
        )
        for app in Tortoise.apps.values()
        for model in app.values()
        for name, field in sorted(model._meta.fields_map.items())
        if isinstance(field, PersonalField)
    ]


def _type(key: Any) -> str:
    return str(key.get_for_dialect("postgres", "SQL_TYPE")).lower()


async def reseal(keyring: Keyring, columns: Iterable[Sealed]) -> list[Resealed]:
    """Seal anew, under the newest key, what these columns hold under others."""
    return [await _reseal(keyring, column) for column in columns]


async def _reseal(keyring: Keyring, column: Sealed) -> Resealed:
    header, after, done, stuck = keyring.header, None, 0, 0
    names = column._asdict() | {"length": len(header), "batch": BATCH}
    while rows := await db.fetch(_NEXT.format(**names), header, after):
        after = rows[-1]["key"]
        changes: list[tuple[Any, bytes, bytes]] = []
        for row in rows:
            sealed = bytes(row["sealed"])
            try:
                fresh = keyring.seal(keyring.open(sealed, column.context), column.context)
            except Unsealable as error:
                stuck += 1
                log.warning(
                    "reseal.stuck", column=f"{column.table}.{column.column}", why=str(error)
                )
                continue
            changes.append((row["key"], sealed, fresh))
        done += await _change(names, changes)
    return Resealed(column, done, stuck)


async def _change(names: dict[str, Any], changes: Sequence[tuple[Any, bytes, bytes]]) -> int:
    if not changes:
        return 0
    async with in_transaction("default"):
        # Rows that never change may be sealed anew: see the triggers of migration 21.
        await db.execute("SELECT set_config('zhangban.sealed_anew', 'on', true)")
        keys, old, fresh = (list(part) for part in zip(*changes, strict=True))
        return await db.execute(_CHANGE.format(**names), keys, old, fresh)


async def reindex(keyring: Keyring, columns: Iterable[Indexed]) -> int:
    """Make look-up columns anew under the newest key; returns how many values changed."""
    return sum([await _reindex(keyring, column) for column in columns])


async def _reindex(keyring: Keyring, column: Indexed) -> int:
    sealed, after, changed = column.sealed, None, 0
    sql = (
        f"SELECT {sealed.key} AS key, {sealed.column} AS sealed, {column.column} AS old"  # noqa: S608 - our own names
        f" FROM {sealed.table} WHERE {sealed.column} IS NOT NULL AND {column.column} IS NOT NULL"
        f" AND ($1::{sealed.type} IS NULL OR {sealed.key} > $1) ORDER BY {sealed.key} LIMIT {BATCH}"
    )
    while rows := await db.fetch(sql, after):
        after = rows[-1]["key"]
        changes = []
        for row in rows:
            try:
                value = keyring.open(bytes(row["sealed"]), sealed.context).decode()
            except Unsealable:
                continue
            fresh, old = keyring.index(value, column.context), bytes(row["old"])
            # An index that is of another value is not this one's to mend.
            if old != fresh and old in keyring.indexes(value, column.context):
                changes.append((row["key"], old, fresh))
        names = sealed._asdict() | {"column": column.column}
        changed += await _change(names, changes)
    return changed


async def occurrences(columns: Iterable[Sealed]) -> dict[str, Counter[str]]:
    """How many values stand under which key's id, by column; also the ids that are noted openly.

    Those are in columns named `key_id`: of the trail, of papers, of what was published. They are
    not sealed but authenticated, and stay under their key for good.
    """
    found: dict[str, Counter[str]] = {}
    for column in columns:
        rows = await db.fetch(_OCCUR.format(**column._asdict()))
        found[f"{column.table}.{column.column}"] = Counter({r["id"]: r["n"] for r in rows})
    noted = await db.fetch(
        "SELECT table_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'key_id' ORDER BY 1"
    )
    for table in noted:
        rows = await db.fetch(
            f'SELECT key_id AS id, count(*) AS n FROM "{table["name"]}" GROUP BY 1'  # noqa: S608
        )
        found[f"{table['name']}.key_id"] = Counter({row["id"]: row["n"] for row in rows})
    return found
