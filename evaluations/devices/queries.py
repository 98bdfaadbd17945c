"""Reading devices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db

_SHOWN = (
    "SELECT id, hall_id, window_id, name, model, enrolled_at, revoked_at, last_seen_at,"
    " clock_offset_ms, version, queue_length, refused_count FROM devices"
)


@dataclass(frozen=True)
class Sealed:
    """An enrolled device with its key as it is stored."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    model: str
    secret: bytes
    revoked: bool


@dataclass(frozen=True)
class WaitingCode:
    """An enrolment code as it is stored, and until when it holds."""

    sealed: bytes
    until: datetime


async def waiting_code(device_id: UUID, now: datetime) -> WaitingCode | None:
    """The enrolment code that a device waits for; None if none holds."""
    row = await db.fetch_one(
        "SELECT enrol_code, enrol_until FROM devices WHERE id = $1 AND enrol_code IS NOT NULL"
        " AND enrol_code_hash IS NOT NULL AND enrol_until > $2 AND revoked_at IS NULL",
        device_id,
        now,
    )
    return WaitingCode(bytes(row["enrol_code"]), row["enrol_until"]) if row else None


async def any_waits(now: datetime) -> bool:
    """Whether an enrolment code is out that still holds."""
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT 1 FROM devices WHERE enrol_code_hash IS NOT NULL"
        " AND enrol_until > $1 AND revoked_at IS NULL) AS waits",
        now,
    )
    assert row
    return bool(row["waits"])


async def sealed(device_id: UUID) -> Sealed | None:
    """A device that was enrolled, revoked or not; None if there is none."""
    row = await db.fetch_one(
        "SELECT id, hall_id, window_id, model, secret, revoked_at FROM devices"
        " WHERE id = $1 AND secret IS NOT NULL",
        device_id,
    )
    if row is None:
        return None
    return Sealed(
        id=row["id"],
        hall_id=row["hall_id"],
        window_id=row["window_id"],
        model=row["model"],
        secret=row["secret"],
        revoked=row["revoked_at"] is not None,
    )


async def devices(hall_id: UUID) -> list[dict[str, Any]]:
    """The devices of a hall, the oldest first."""
    return await db.fetch(f"{_SHOWN} WHERE hall_id = $1 ORDER BY id", hall_id)


async def device(device_id: UUID) -> dict[str, Any] | None:
    """One device; None if there is none."""
    return await db.fetch_one(f"{_SHOWN} WHERE id = $1", device_id)


async def last_seen_at_window(window_id: UUID) -> list[datetime | None]:
    """When each device in use at a window was last heard of."""
    rows = await db.fetch(
        "SELECT last_seen_at FROM devices"
        " WHERE window_id = $1 AND enrolled_at IS NOT NULL AND revoked_at IS NULL",
        window_id,
    )
    return [row["last_seen_at"] for row in rows]


async def seen(
    device_id: UUID,
    at: datetime,
    clock_offset_ms: int,
    version: str | None,
    queue_length: int | None = None,
    refused_count: int | None = None,
) -> None:
    """Note that a device signed at this moment, and what it says of itself."""
    await db.execute(
        "UPDATE devices SET last_seen_at = $2, clock_offset_ms = $3,"
        " version = coalesce($4, version), queue_length = coalesce($5, queue_length),"
        " refused_count = coalesce($6, refused_count)"
        " WHERE id = $1",
        device_id,
        at,
        clock_offset_ms,
        version,
        queue_length,
        refused_count,
    )


@dataclass(frozen=True)
class SealedClient:
    """Another system with its key as it is stored."""

    id: UUID
    hall_id: UUID
    secret: bytes
    revoked: bool


_CLIENTS = "SELECT id, hall_id, name, created_at, revoked_at FROM api_clients"


async def sealed_client(client_id: UUID) -> SealedClient | None:
    """A system that got a key, revoked or not; None if there is none."""
    row = await db.fetch_one(
        "SELECT id, hall_id, secret, revoked_at FROM api_clients WHERE id = $1", client_id
    )
    if row is None:
        return None
    return SealedClient(row["id"], row["hall_id"], row["secret"], row["revoked_at"] is not None)


async def clients(hall_id: UUID) -> list[dict[str, Any]]:
    """The systems of a hall, the oldest first."""
    return await db.fetch(f"{_CLIENTS} WHERE hall_id = $1 ORDER BY id", hall_id)


async def client(client_id: UUID) -> dict[str, Any] | None:
    """One system; None if there is none."""
    return await db.fetch_one(f"{_CLIENTS} WHERE id = $1", client_id)
