"""Reading holdings, each query scoped by the owner who asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db

_ROW = (
    "SELECT h.id, h.owner_id, h.enterprise_id, h.type, h.name, h.source, h.document_id, h.number,"
    " h.valid_from, h.valid_until, h.from_subject, h.revoked_at, h.revoked_why, h.forgotten_at,"
    " ARRAY(SELECT m.material_id FROM holding_materials m WHERE m.holding_id = h.id"
    "  ORDER BY m.position) AS material_ids FROM holdings h"
)
_OWNED = (
    "((h.enterprise_id IS NULL AND $2::uuid IS NULL AND h.owner_id = ANY($1::uuid[]))"
    " OR h.enterprise_id = $2::uuid)"
)


@dataclass(frozen=True)
class Owner:
    """Whose holdings: a citizen's own, under all accounts that are theirs, or an enterprise's."""

    citizen_ids: tuple[UUID, ...]
    enterprise_id: UUID | None = None

    @property
    def name(self) -> str:
        """How the audit trail names this owner."""
        if self.enterprise_id is not None:
            return f"enterprise:{self.enterprise_id}"
        return f"citizen:{self.citizen_ids[0]}"

    @property
    def key(self) -> tuple[list[UUID], UUID | None]:
        """The first two values of every query."""
        return list(self.citizen_ids), self.enterprise_id


async def offered(owner: Owner, types: Collection[str], today: date) -> list[dict[str, Any]]:
    """What this owner has of these types and may use today, the newest first."""
    return await db.fetch(
        f"{_ROW} WHERE {_OWNED} AND h.type = ANY($3::text[]) AND h.revoked_at IS NULL"
        " AND h.forgotten_at IS NULL AND h.valid_from <= $4"
        " AND (h.valid_until IS NULL OR h.valid_until >= $4)"
        " ORDER BY h.valid_from DESC, h.id DESC",
        *owner.key,
        list(types),
        today,
    )


async def of_owner(owner: Owner, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """All that this owner has and has not forgotten, the newest first, one more than `limit`."""
    return await db.fetch(
        f"{_ROW} WHERE {_OWNED} AND h.forgotten_at IS NULL AND ($3::uuid IS NULL OR h.id < $3)"
        " ORDER BY h.id DESC LIMIT $4",
        *owner.key,
        before,
        limit + 1,
    )


async def one(owner: Owner, holding_id: UUID) -> dict[str, Any] | None:
    """One holding of this owner; None for what they have forgotten or is another's."""
    return await db.fetch_one(
        f"{_ROW} WHERE {_OWNED} AND h.id = $3 AND h.forgotten_at IS NULL", *owner.key, holding_id
    )


async def locked(owner: Owner, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Those of `ids` that are this owner's, kept as they are until the end of the transaction."""
    await db.fetch(
        "SELECT id FROM holdings WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE", list(ids)
    )
    rows = await db.fetch(
        f"{_ROW} WHERE {_OWNED} AND h.id = ANY($3::uuid[])", *owner.key, list(ids)
    )
    return {row["id"]: row for row in rows}


async def uses(ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The uses of these holdings, the newest first."""
    rows = await db.fetch(
        "SELECT holding_id, subject, requirement, consented_at FROM holding_uses"
        " WHERE holding_id = ANY($1::uuid[]) ORDER BY id DESC",
        list(ids),
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["holding_id"], []).append(row)
    return found


async def used_for(subject: str) -> list[dict[str, Any]]:
    """What was used again for this subject, in the order of its requirements."""
    return await db.fetch(
        "SELECT u.requirement, h.name, h.source, h.number, h.document_id, h.from_subject,"
        " h.valid_from AS given_on, u.consented_at, h.id AS holding_id"
        " FROM holding_uses u JOIN holdings h ON h.id = u.holding_id"
        " WHERE u.subject = $1 ORDER BY u.requirement, u.id",
        subject,
    )


async def first_given(material_ids: Collection[UUID]) -> dict[UUID, date]:
    """Since when each of these pictures has been held; without those that are not."""
    rows = await db.fetch(
        "SELECT m.material_id, min(h.valid_from) AS since FROM holding_materials m"
        " JOIN holdings h ON h.id = m.holding_id WHERE m.material_id = ANY($1::uuid[])"
        " GROUP BY m.material_id",
        list(material_ids),
    )
    return {row["material_id"]: row["since"] for row in rows}
