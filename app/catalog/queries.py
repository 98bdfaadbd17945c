"""Reading the catalogue: what is published, and how much of it; versions one by one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.catalog.finding import LIGHT
from app.catalog.guide import FLAGS
from app.core import db

_FULL = LIGHT + ", v.guide::text AS guide, v.stages::text AS stages"
_FROM = " FROM item_versions v JOIN items i ON i.id = v.item_id"


async def published_item(item_id: UUID) -> dict[str, Any] | None:
    """The published version of an item with its guide, or None."""
    return await db.fetch_one(
        f"SELECT {_FULL}{_FROM} WHERE v.item_id = $1 AND v.state = 'published'",
        item_id,
    )


async def published_version(item_id: UUID) -> UUID | None:
    """The id of the published version of an item, or None."""
    row = await db.fetch_one(
        "SELECT id FROM item_versions WHERE item_id = $1 AND state = 'published'", item_id
    )
    return row["id"] if row else None


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


async def guides_by_code(hall_id: UUID, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Name, department and guide of the hall's published items among `codes`, in their order."""
    return await db.fetch(
        "SELECT v.name, v.department_id, v.guide::text AS guide FROM items i"
        " JOIN item_versions v ON v.item_id = i.id AND v.state = 'published'"
        " WHERE i.hall_id = $1 AND i.implementation_code = ANY($2::text[])"
        " ORDER BY array_position($2::text[], i.implementation_code::text)",
        hall_id,
        list(codes),
    )


async def published_versions(item_id: UUID) -> list[dict[str, Any]]:
    """The version that is published and the one that was before it, with their guides."""
    return await db.fetch(
        f"SELECT {_FULL}{_FROM} WHERE v.item_id = $1 AND v.published_at IS NOT NULL"
        " ORDER BY v.state = 'published' DESC, v.published_at DESC, v.number DESC LIMIT 2",
        item_id,
    )


async def numbered(item_id: UUID, *numbers: int) -> dict[int, dict[str, Any]]:
    """The versions of an item among `numbers`, with their guides."""
    rows = await db.fetch(
        f"SELECT {_FULL}{_FROM} WHERE v.item_id = $1 AND v.number = ANY($2::int[])",
        item_id,
        list(numbers),
    )
    return {row["version_number"]: row for row in rows}


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


async def halls_that_publish() -> set[UUID]:
    """The halls that have a published item."""
    rows = await db.fetch("SELECT DISTINCT hall_id FROM item_versions WHERE state = 'published'")
    return {row["hall_id"] for row in rows}
