"""Reading devices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db

_SHOWN = (
    "SELECT id, hall_id, window_id, name, model, enrolled_at, revoked_at, last_seen_at,"
    " clock_offset_ms, version FROM devices"
)


@dataclass(frozen=True)
class Sealed:
    """An enrolled device with its key as it is stored."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    secret: bytes
    revoked: bool


async def sealed(device_id: UUID) -> Sealed | None:
    """A device that was enrolled, revoked or not; None if there is none."""
    row = await db.fetch_one(
        "SELECT id, hall_id, window_id, secret, revoked_at FROM devices"
        " WHERE id = $1 AND secret IS NOT NULL",
        device_id,
    )
    if row is None:
        return None
    return Sealed(
        row["id"], row["hall_id"], row["window_id"], row["secret"], row["revoked_at"] is not None
    )


async def devices(hall_id: UUID) -> list[dict[str, Any]]:
    """The devices of a hall, the oldest first."""
    return await db.fetch(f"{_SHOWN} WHERE hall_id = $1 ORDER BY id", hall_id)


async def device(device_id: UUID) -> dict[str, Any] | None:
    """One device; None if there is none."""
    return await db.fetch_one(f"{_SHOWN} WHERE id = $1", device_id)


async def seen(device_id: UUID, at: datetime, clock_offset_ms: int, version: str | None) -> None:
    """Note that a device signed at this moment."""
    await db.execute(
        "UPDATE devices SET last_seen_at = $2, clock_offset_ms = $3,"
        " version = coalesce($4, version) WHERE id = $1",
        device_id,
        at,
        clock_offset_ms,
        version,
    )
