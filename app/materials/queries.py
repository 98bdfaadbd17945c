"""Reading materials: those of an owner, those of an application, the pictures behind them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db

_FACTS = (
    "SELECT m.id, m.filename, p.width, p.height, m.created_at, p.pages, p.findings,"
    " CASE p.source_format WHEN 'PDF' THEN 'pdf' ELSE 'photo' END AS format,"
    " m.attached_at IS NOT NULL AS attached FROM materials m JOIN pictures p ON p.digest = m.digest"
)


async def owned(
    owner_ids: Collection[UUID], *, before: UUID | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """What this citizen supplied under any account, the newest first, below `before`."""
    return await db.fetch(
        f"{_FACTS} WHERE m.owner_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR m.id < $2)"
        " ORDER BY m.id DESC LIMIT $3",
        list(owner_ids),
        before,
        limit,
    )


async def one_owned(owner_ids: Collection[UUID], material_id: UUID) -> dict[str, Any] | None:
    """One material of this citizen; None if there is none, or if it is another's."""
    return await db.fetch_one(
        f"{_FACTS} WHERE m.id = $2 AND m.owner_id = ANY($1::uuid[])", list(owner_ids), material_id
    )


async def locked(owner_ids: Collection[UUID], ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Those of `ids` that are this citizen's, locked in the order of their ids."""
    return await db.fetch(
        f"{_FACTS} WHERE m.id = ANY($2::uuid[]) AND m.owner_id = ANY($1::uuid[])"
        " ORDER BY m.id FOR UPDATE OF m",
        list(owner_ids),
        list(ids),
    )


async def attached(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Those of `ids` that are part of an application, kept so until the end of the transaction."""
    return await db.fetch(
        f"{_FACTS} WHERE m.id = ANY($1::uuid[]) AND m.attached_at IS NOT NULL"
        " ORDER BY m.id FOR SHARE OF m",
        list(ids),
    )


async def claimed(
    owner_ids: Collection[UUID], ids: Sequence[UUID], at: datetime
) -> list[dict[str, Any]]:
    """As `locked`, and those that are part of no application yet are from `at` on."""
    return await db.fetch(
        f"WITH locked AS ({_FACTS} WHERE m.id = ANY($2::uuid[])"  # noqa: S608
        " AND m.owner_id = ANY($1::uuid[]) ORDER BY m.id FOR UPDATE OF m),"
        " claimed AS (UPDATE materials SET attached_at = $3"
        " FROM locked WHERE materials.id = locked.id AND materials.attached_at IS NULL)"
        " SELECT * FROM locked",
        list(owner_ids),
        list(ids),
        at,
    )


async def facts(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The materials of these ids, whoever owns them."""
    return await db.fetch(f"{_FACTS} WHERE m.id = ANY($1::uuid[])", list(ids))


async def picture_of(material_id: UUID) -> dict[str, Any] | None:
    """Where the picture of a material is stored, and the sealed key that opens it."""
    return await db.fetch_one(
        "SELECT p.digest, p.stored_as, p.data_key, p.pages FROM materials m"
        " JOIN pictures p ON p.digest = m.digest WHERE m.id = $1",
        material_id,
    )


async def link_holds(material_id: UUID, made_at: datetime) -> bool:
    """Whether the material is there, and its links of that moment were not revoked since."""
    row = await db.fetch_one(
        "SELECT 1 FROM materials WHERE id = $1 AND (links_from IS NULL OR links_from < $2)",
        material_id,
        made_at,
    )
    return row is not None


async def unattached_since(moment: datetime, limit: int) -> list[UUID]:
    """Materials of no application that nobody has sent since `moment` nor holds, oldest first."""
    rows = await db.fetch(
        "SELECT id FROM materials m WHERE attached_at IS NULL AND sent_at <= $1"
        " AND NOT EXISTS (SELECT FROM material_holds h WHERE h.material_id = m.id)"
        " ORDER BY sent_at LIMIT $2",
        moment,
        limit,
    )
    return [row["id"] for row in rows]


async def without_row(names: Sequence[UUID]) -> set[UUID]:
    """Those of these names of stored objects that no picture has."""
    rows = await db.fetch(
        "SELECT stored_as FROM pictures WHERE stored_as = ANY($1::uuid[])", list(names)
    )
    return set(names) - {row["stored_as"] for row in rows}


async def holders(prefix: str, after: str, limit: int) -> list[str]:
    """The holders of photos whose names begin so, in order from behind `after`."""
    rows = await db.fetch(
        "SELECT DISTINCT holder FROM material_holds WHERE starts_with(holder, $1) AND holder > $2"
        " ORDER BY holder LIMIT $3",
        prefix,
        after,
        limit,
    )
    return [row["holder"] for row in rows]


async def those_owned(owner_ids: Collection[UUID], ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that are this citizen's."""
    rows = await db.fetch(
        "SELECT id FROM materials WHERE owner_id = ANY($1::uuid[]) AND id = ANY($2::uuid[])",
        list(owner_ids),
        list(ids),
    )
    return {row["id"] for row in rows}


async def similar(
    owner_id: UUID, material_id: UUID, hashes: Sequence[int], bits: int, since: datetime
) -> dict[str, Any] | None:
    """The newest other material of this owner sent since then that is like one of these hashes."""
    return await db.fetch_one(
        "SELECT id, filename FROM materials WHERE owner_id = $1 AND id <> $2 AND sent_at >= $3"
        " AND EXISTS (SELECT FROM unnest($4::bigint[]) h"
        "  WHERE bit_count((likeness # h)::bit(64)) <= $5)"
        " ORDER BY id DESC LIMIT 1",
        owner_id,
        material_id,
        since,
        list(hashes),
        bits,
    )


async def uploads_open(sender: str, at: datetime) -> int:
    """How many uploads somebody has begun that are neither finished nor over."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM uploads"
        " WHERE sender = $1 AND material_id IS NULL AND expires_at > $2",
        sender,
        at,
    )
    return row["n"] if row else 0
