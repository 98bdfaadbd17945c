"""Reading what happens after a decision, and what other systems have said."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from app.core import db


async def posted(
    carrier: str, tracking_number: str, hall_ids: Collection[UUID]
) -> list[tuple[UUID, UUID]]:
    """The cases and shipments of these halls with this number, in the order of their locks."""
    rows = await db.fetch(
        "SELECT case_id, id FROM case_shipments WHERE tracking_number = $1 AND carrier = $2"
        " AND hall_id = ANY($3::uuid[]) ORDER BY case_id, id",
        tracking_number,
        carrier,
        list(hall_ids),
    )
    return [(row["case_id"], row["id"]) for row in rows]


async def of_hall(
    hall_id: UUID, state: str, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The shipments of a hall in one state, oldest first, one more than `limit`."""
    return await db.fetch(
        "SELECT s.id, s.case_id, c.number, c.item_name, s.attempt, s.state, s.carrier,"
        " s.tracking_number, c.delivery_due FROM case_shipments s JOIN cases c ON c.id = s.case_id"
        " WHERE s.hall_id = $1 AND s.state = $2 AND ($3::uuid IS NULL OR s.id > $3)"
        " ORDER BY s.id LIMIT $4",
        hall_id,
        state,
        after,
        limit + 1,
    )


async def parts(case_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The certificates and shipments of a case with their events, in one round trip."""
    row = await db.fetch_one(
        "SELECT"
        " (SELECT coalesce(json_agg(c ORDER BY c.position), '[]') FROM (SELECT position,"
        "  document_id, department_id, title, number, valid_until, issued_at"
        "  FROM case_certificates WHERE case_id = $1) c)::text AS certificates,"
        " (SELECT coalesce(json_agg(s ORDER BY s.attempt), '[]') FROM (SELECT attempt, state,"
        "  carrier, tracking_number, posted_at, (SELECT coalesce(json_agg(e ORDER BY e.id), '[]')"
        "   FROM (SELECT id, state, at, note FROM shipment_events"
        "   WHERE shipment_id = s.id AND moved) e) AS events"
        "  FROM case_shipments s WHERE case_id = $1) s)::text AS shipments",
        case_id,
    )
    assert row is not None
    return {name: msgspec.json.decode(text) for name, text in row.items()}
