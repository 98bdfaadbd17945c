"""Reading services and ratings, each query scoped by who asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import db

_OPEN_AT_WINDOW = (
    "SELECT d.revoked_at, s.id, s.staff_id, s.item_name, s.started_at FROM devices d"
    " LEFT JOIN services s ON s.window_id = d.window_id AND s.kind = 'visit'"
    "  AND s.ended_at IS NULL AND s.started_at > $2"
    "  AND NOT EXISTS (SELECT FROM ratings r WHERE r.service_id = s.id)"
    " WHERE d.id = $1"
)


@dataclass(frozen=True)
class AtWindow:
    """What a device should show now. `service_id` is None where there is nothing to show."""

    revoked: bool
    service_id: UUID | None
    staff_id: UUID | None
    item_name: str
    started_at: datetime | None


async def at_window_of(device_id: UUID, now: datetime, seconds: int) -> AtWindow:
    """The visit for which this device should prompt: open, not rated, begun in these seconds."""
    row = await db.fetch_one(_OPEN_AT_WINDOW, device_id, now - timedelta(seconds=seconds))
    if row is None:
        return AtWindow(revoked=True, service_id=None, staff_id=None, item_name="", started_at=None)
    return AtWindow(
        revoked=row["revoked_at"] is not None,
        service_id=row["id"],
        staff_id=row["staff_id"],
        item_name=row["item_name"] or "",
        started_at=row["started_at"],
    )


async def visit(visit_id: UUID) -> dict[str, Any] | None:
    """A visit with whether it was rated; nothing of the rating itself."""
    return await db.fetch_one(
        "SELECT s.*, EXISTS (SELECT FROM ratings r WHERE r.service_id = s.id) AS rated"
        " FROM services s WHERE s.id = $1 AND s.kind = 'visit'",
        visit_id,
    )


async def is_rated(service_id: UUID) -> bool:
    """Whether a rating of this service is kept."""
    return bool(await db.fetch("SELECT 1 FROM ratings WHERE service_id = $1", service_id))


async def case_service(hall_id: UUID, case_number: str) -> dict[str, Any] | None:
    """The service of a decided case of this hall."""
    return await db.fetch_one(
        "SELECT * FROM services WHERE subject = $2 AND hall_id = $1",
        hall_id,
        f"case:{case_number}",
    )


async def own_case(citizen_id: UUID, case_number: str) -> UUID | None:
    """The service of a citizen's own case; None if there is none, or it is another's."""
    row = await db.fetch_one(
        "SELECT id FROM services WHERE subject = $2 AND citizen_id = $1",
        citizen_id,
        f"case:{case_number}",
    )
    return row["id"] if row else None


async def services_of(citizen_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """A citizen's services with their ratings, newest first, one more than `limit`."""
    return await db.fetch(
        "SELECT s.*, r.id AS rating_id, r.level, r.tags, r.comment, r.received_at, r.citizen_id"
        " AS rater_id FROM services s LEFT JOIN ratings r ON r.service_id = s.id"
        " WHERE s.citizen_id = $1 AND ($2::uuid IS NULL OR s.id < $2)"
        " ORDER BY s.id DESC LIMIT $3",
        citizen_id,
        before,
        limit + 1,
    )


async def ratings_of(citizen_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The ratings that a citizen gave, newest first, one more than `limit`."""
    return await db.fetch(
        "SELECT id, service_id, level, tags, comment, received_at FROM ratings"
        " WHERE citizen_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        citizen_id,
        before,
        limit + 1,
    )
