"""Reading services and ratings, each query scoped by who asks."""

from collections.abc import Collection
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
    """A visit with whether it was shown and rated; nothing of the rating itself."""
    return await db.fetch_one(
        "SELECT s.*, EXISTS (SELECT FROM ratings r WHERE r.service_id = s.id) AS rated,"
        " (SELECT min(acknowledged_at) FROM prompt_acks p WHERE p.service_id = s.id)"
        " AS prompted_at"
        " FROM services s WHERE s.id = $1 AND s.kind = 'visit'",
        visit_id,
    )


async def last_visit_at(window_id: UUID, since: datetime) -> UUID | None:
    """The visit that began last at a window since this moment."""
    row = await db.fetch_one(
        "SELECT id FROM services WHERE window_id = $1 AND kind = 'visit' AND started_at >= $2"
        " ORDER BY started_at DESC LIMIT 1",
        window_id,
        since,
    )
    return row["id"] if row else None


async def visits_without_rating(
    window_ids: Collection[UUID],
    period: tuple[datetime, datetime],
    now: datetime,
    *,
    but_of: UUID,
    visit_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Visits at these windows that nobody rated and that can still be, newest first.

    One more than `limit`.

    Args:
        period: when they began; the end is not part of it.
        but_of: who served in those that are left out.
        visit_id: only this one.
    """
    return await db.fetch(
        "SELECT s.id, s.window_id, s.item_name, s.project_no AS case_number, s.started_at,"
        " s.ended_at, s.rateable_until FROM services s WHERE s.kind = 'visit'"
        " AND s.window_id = ANY($1::uuid[]) AND s.started_at >= $2 AND s.started_at < $3"
        " AND (s.ended_at IS NULL OR s.rateable_until > $4) AND s.staff_id IS DISTINCT FROM $5"
        " AND ($6::uuid IS NULL OR s.id = $6::uuid)"
        " AND ($7::timestamptz IS NULL OR (s.started_at, s.id) < ($7::timestamptz, $8::uuid))"
        " AND NOT EXISTS (SELECT FROM ratings r WHERE r.service_id = s.id)"
        " ORDER BY s.started_at DESC, s.id DESC LIMIT $9",
        list(window_ids),
        *period,
        now,
        but_of,
        visit_id,
        *(before or (None, None)),
        limit + 1,
    )


async def has_valid_rating(service_id: UUID) -> bool:
    """Whether a rating of this service is kept that was not ruled invalid."""
    return bool(
        await db.fetch(
            "SELECT 1 FROM ratings r WHERE service_id = $1"
            " AND NOT EXISTS (SELECT FROM rating_rulings x WHERE x.rating_id = r.id)",
            service_id,
        )
    )


async def case_service(hall_id: UUID, case_number: str) -> dict[str, Any] | None:
    """The service of a decided case of this hall."""
    return await db.fetch_one(
        "SELECT * FROM services WHERE subject = $2 AND hall_id = $1",
        hall_id,
        f"case:{case_number}",
    )


async def own_case(citizen_ids: Collection[UUID], case_number: str) -> UUID | None:
    """The service of a case of one of these accounts; None if there is none, or another's."""
    row = await db.fetch_one(
        "SELECT id FROM services WHERE subject = $2 AND citizen_id = ANY($1::uuid[])",
        list(citizen_ids),
        f"case:{case_number}",
    )
    return row["id"] if row else None


async def services_of(
    citizen_ids: Collection[UUID], before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The services of these accounts of one person with their ratings.

    Newest first, one more than `limit`.
    """
    return await db.fetch(
        "SELECT s.*, r.id AS rating_id, r.level, r.tags, r.comment, r.received_at, r.citizen_id"
        " AS rater_id, u.comment AS supplement"
        " FROM services s LEFT JOIN ratings r ON r.service_id = s.id"
        " LEFT JOIN rating_supplements u ON u.rating_id = r.id"
        " WHERE s.citizen_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR s.id < $2)"
        " ORDER BY s.id DESC LIMIT $3",
        list(citizen_ids),
        before,
        limit + 1,
    )


async def ratings_of(
    citizen_ids: Collection[UUID], before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The ratings that these accounts of one person gave, newest first, one more than `limit`."""
    return await db.fetch(
        "SELECT r.id, r.service_id, r.level, r.tags, r.comment, r.received_at,"
        " u.comment AS supplement FROM ratings r"
        " LEFT JOIN rating_supplements u ON u.rating_id = r.id"
        " WHERE r.citizen_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR r.id < $2)"
        " ORDER BY r.id DESC LIMIT $3",
        list(citizen_ids),
        before,
        limit + 1,
    )


_SERVICE = "SELECT s.*, EXISTS (SELECT FROM ratings r WHERE r.service_id = s.id) AS rated"


async def latest_visit(window_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The open visit at a window, or the last one that can still be rated."""
    return await db.fetch_one(
        f"{_SERVICE} FROM services s WHERE s.window_id = $1 AND s.kind = 'visit'"
        " AND (s.ended_at IS NULL OR s.rateable_until > $2) ORDER BY s.started_at DESC LIMIT 1",
        window_id,
        now,
    )


async def service(service_id: UUID) -> dict[str, Any] | None:
    """A service with whether it was rated."""
    return await db.fetch_one(f"{_SERVICE} FROM services s WHERE s.id = $1", service_id)


async def case_in(hall_ids: list[UUID], case_number: str) -> UUID | None:
    """The service of a decided case of one of these halls."""
    row = await db.fetch_one(
        "SELECT id FROM services WHERE subject = $2 AND hall_id = ANY($1::uuid[])",
        hall_ids,
        f"case:{case_number}",
    )
    return row["id"] if row else None


async def to_invite(service_id: UUID) -> dict[str, Any] | None:
    """A service with its invitation, and whether it was rated meanwhile."""
    return await db.fetch_one(
        f"{_SERVICE}, i.id AS invitation_id, i.outcome FROM services s"
        " JOIN rating_invitations i ON i.service_id = s.id WHERE s.id = $1",
        service_id,
    )


async def forgotten_visits(before: datetime, limit: int) -> list[dict[str, Any]]:
    """Open visits that began before this moment, the oldest first."""
    return await db.fetch(
        "SELECT id FROM services WHERE kind = 'visit' AND ended_at IS NULL AND started_at < $1"
        " ORDER BY started_at LIMIT $2",
        before,
        limit,
    )


async def open_visits(hall_id: UUID) -> dict[UUID, int]:
    """How many visits are open at each window of a hall where there are any."""
    rows = await db.fetch(
        "SELECT window_id, count(*) AS n FROM services WHERE kind = 'visit' AND ended_at IS NULL"
        " AND hall_id = $1 AND window_id IS NOT NULL GROUP BY window_id",
        hall_id,
    )
    return {row["window_id"]: row["n"] for row in rows}


async def rating_of(rating_id: UUID) -> dict[str, Any] | None:
    """A rating with the service that it is of."""
    return await db.fetch_one(
        "SELECT r.*, s.kind, s.hall_id, s.department_id, s.window_id, s.staff_id, s.item_id,"
        " s.item_name, s.project_no FROM ratings r JOIN services s ON s.id = r.service_id"
        " WHERE r.id = $1",
        rating_id,
    )


async def external(client_id: UUID, project_no: str, service_number: int) -> UUID | None:
    """The service of a record that this client sent."""
    row = await db.fetch_one(
        "SELECT id FROM services WHERE project_no = $2 AND service_number = $3::smallint"
        " AND client_id = $1",
        client_id,
        project_no,
        service_number,
    )
    return row["id"] if row else None


async def acknowledge(service_id: UUID, device_id: UUID, at: datetime) -> bool:
    """Note that a device shows the prompt of a visit at its window; whether that is new."""
    return bool(
        await db.fetch(
            "INSERT INTO prompt_acks (id, service_id, device_id, acknowledged_at)"
            " SELECT $1, s.id, d.id, $4 FROM services s JOIN devices d ON d.window_id = s.window_id"
            " WHERE s.id = $2 AND d.id = $3 AND s.kind = 'visit'"
            " ON CONFLICT (service_id, device_id) DO NOTHING RETURNING id",
            db.new_id(),
            service_id,
            device_id,
            at,
        )
    )


async def acknowledged(service_id: UUID, device_id: UUID) -> bool:
    """Whether the device has said that it shows this prompt."""
    return bool(
        await db.fetch(
            "SELECT 1 FROM prompt_acks WHERE service_id = $1 AND device_id = $2",
            service_id,
            device_id,
        )
    )


async def keep_unrated(
    device_id: UUID,
    event_id: UUID,
    service_id: UUID,
    raw_level: int,
    reason: str,
    times: tuple[datetime, datetime, int],
) -> None:
    """Keep that nobody rated, once for each event.

    Args:
        times: by the device's clock, by the server's, and the device's offset in milliseconds.
    """
    await db.execute(
        "INSERT INTO unrated_taps (id, device_id, event_id, service_id, raw_level, reason,"
        " happened_at, received_at, clock_offset_ms) VALUES ($1, $2, $3,"
        " (SELECT id FROM services WHERE id = $4), $5, $6, $7, $8, $9)"
        " ON CONFLICT (device_id, event_id) DO NOTHING",
        db.new_id(),
        device_id,
        event_id,
        service_id,
        raw_level,
        reason,
        *times,
    )
