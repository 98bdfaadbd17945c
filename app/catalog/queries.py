"""Reading the catalogue: lists and counts of what is published, versions one by one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.catalog.guide import FLAGS
from app.catalog.rules import search_patterns
from app.catalog.schemas import ItemQuery
from app.core import db

_LIGHT = (
    "v.item_id, v.id AS version_id, v.number AS version_number, v.state, v.hall_id,"
    " i.implementation_code, i.bundle, v.name, v.group_name, v.kind_code, v.case_type,"
    " v.served_objects, v.department_id, v.department_code, v.region_code, v.legal_days,"
    " v.promised_days, v.limits_given, v.visits, v.published_at, " + ", ".join(FLAGS)
)
_FULL = _LIGHT + ", v.guide::text AS guide, v.stages::text AS stages"
_FROM = " FROM item_versions v JOIN items i ON i.id = v.item_id"


async def published(query: ItemQuery, after: UUID | None) -> list[dict[str, Any]]:
    """The published items that fit, in the order in which they were added, one more than asked."""
    conditions, values = ["v.state = 'published'"], list[Any]()

    def where(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if after is not None:
        where("v.item_id > {}", after)
    if query.hall_id is not None:
        where("v.hall_id = {}", query.hall_id)
    if query.department_id is not None:
        where("v.department_id = {}", query.department_id)
    if query.kind is not None:
        where("v.kind_code = {}", int(query.kind))
    for pattern in search_patterns(query.q):
        where("v.search_text LIKE {}", pattern)
    for flag in FLAGS:
        if getattr(query, flag) is not None:
            where(f"v.{flag} = {{}}", getattr(query, flag))
    if query.bundle is not None:
        where("i.bundle = {}", query.bundle)
    return await db.fetch(
        f"SELECT {_LIGHT}{_FROM} WHERE {' AND '.join(conditions)}"
        f" ORDER BY v.item_id LIMIT {query.limit + 1}",
        *values,
    )


async def published_item(item_id: UUID) -> dict[str, Any] | None:
    """The published version of an item with its guide, or None."""
    return await db.fetch_one(
        f"SELECT {_FULL}{_FROM} WHERE v.item_id = $1 AND v.state = 'published'",
        item_id,
    )


async def version(version_id: UUID) -> dict[str, Any] | None:
    """Any version with its guide, whatever its state, or None."""
    return await db.fetch_one(f"SELECT {_FULL}{_FROM} WHERE v.id = $1", version_id)


async def versions(item_id: UUID) -> list[dict[str, Any]]:
    """All versions of an item, the newest first, without their guides."""
    return await db.fetch(
        "SELECT id, item_id, number, state, name, promised_days, created_at, published_at,"
        " withdrawn_at FROM item_versions WHERE item_id = $1 ORDER BY number DESC",
        item_id,
    )


async def published_by_code(hall_id: UUID, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Id and name of the hall's published items among `codes`."""
    rows = await db.fetch(
        "SELECT i.implementation_code, i.id, v.name FROM items i JOIN item_versions v"
        " ON v.item_id = i.id AND v.state = 'published'"
        " WHERE i.hall_id = $1 AND i.implementation_code = ANY($2::text[])",
        hall_id,
        list(codes),
    )
    return {row["implementation_code"]: row for row in rows}


async def lock(hall_id: UUID, codes: Sequence[str]) -> None:
    """Keep the hall's items among `codes` from being changed until the transaction ends."""
    await db.fetch(
        "SELECT id FROM items WHERE hall_id = $1 AND implementation_code = ANY($2::text[])"
        " ORDER BY id FOR UPDATE",
        hall_id,
        list(codes),
    )


async def last_versions(hall_id: UUID, codes: Sequence[str]) -> list[dict[str, Any]]:
    """The hall's items among `codes`, each with the number and state of its last version."""
    return await db.fetch(
        "SELECT DISTINCT ON (i.id) i.*, v.number, v.state"
        " FROM items i JOIN item_versions v ON v.item_id = i.id"
        " WHERE i.hall_id = $1 AND i.implementation_code = ANY($2::text[])"
        " ORDER BY i.id, v.number DESC",
        hall_id,
        list(codes),
    )


async def published_in_full(hall_id: UUID, codes: Sequence[str]) -> list[dict[str, Any]]:
    """The published versions of the hall's items among `codes`, with their guides."""
    return await db.fetch(
        f"SELECT {_FULL}{_FROM} WHERE v.state = 'published' AND i.hall_id = $1"
        " AND i.implementation_code = ANY($2::text[])",
        hall_id,
        list(codes),
    )


async def counts(hall_id: UUID | None) -> list[dict[str, Any]]:
    """How many items are published for each department and kind, and how many carry each flag."""
    flags = ", ".join(f"count(*) FILTER (WHERE v.{flag}) AS {flag}" for flag in FLAGS)
    return await db.fetch(
        f"SELECT v.department_id, v.kind_code, count(*) AS count, {flags},"
        f" count(*) FILTER (WHERE i.bundle) AS bundle{_FROM}"
        " WHERE v.state = 'published' AND ($1::uuid IS NULL OR v.hall_id = $1)"
        " GROUP BY v.department_id, v.kind_code",
        hall_id,
    )
