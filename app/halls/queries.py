"""Reading halls, departments, windows, staff and duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.core.auth import Grant, Role, Staff
from app.core.sessions import LiveSession
from app.halls.schemas import RoleIn

_WINDOWS = (
    "SELECT w.id, w.hall_id, w.number, w.name, w.department_id, s.id AS staff_id,"
    " s.name AS staff_name, s.number AS staff_number FROM windows w"
    " LEFT JOIN duties d ON d.window_id = w.id AND d.ended_at IS NULL"
    " LEFT JOIN staff s ON s.id = d.staff_id"
)


@dataclass(frozen=True)
class OnDuty:
    """A window and the staff member who serves there now, as other features need to know it."""

    window_id: UUID
    window_number: str
    window_name: str
    hall_id: UUID
    department_id: UUID | None
    staff_id: UUID | None
    staff_name: str | None
    staff_number: str | None


@dataclass(frozen=True)
class WindowServed:
    """A window of a hall or of one below it, and whether anybody was on duty there."""

    id: UUID
    name: str
    hall_id: UUID
    hall_name: str
    on_duty: bool


async def staff_of_session(
    session: LiveSession, careful: frozenset[str] = frozenset()
) -> Staff | None:
    """The staff member of a session with all grants that hold now; None if no longer active.

    Args:
        careful: the roles that hold only where a second factor is on.
    """
    rows = await db.fetch(
        "SELECT s.id, s.name, s.number, s.hall_id, s.first_password, r.role, r.department_id,"
        " (SELECT array_agg(b.id) FROM hall_and_below(r.hall_id) b) AS hall_ids,"
        " (SELECT window_id FROM duties d WHERE d.staff_id = s.id AND d.ended_at IS NULL)"
        " AS window_id FROM staff s LEFT JOIN staff_roles r ON r.staff_id = s.id"
        " AND (r.role <> ALL($2::text[]) OR EXISTS (SELECT 1 FROM second_factors f"
        "  WHERE f.staff_id = s.id AND f.confirmed_at IS NOT NULL))"
        " WHERE s.id = $1 AND s.active",
        session.subject_id,
        list(careful),
    )
    if not rows:
        return None
    first = rows[0]
    grants = tuple(
        Grant(Role(row["role"]), frozenset(row["hall_ids"]), row["department_id"])
        for row in rows
        if row["role"]
    )
    return Staff(
        id=first["id"],
        session_id=session.id,
        name=first["name"],
        number=first["number"],
        hall_id=first["hall_id"],
        grants=grants,
        window_id=first["window_id"],
        first_password=first["first_password"],
    )


async def halls() -> list[dict[str, Any]]:
    """Every hall, from the top of the tree down."""
    return await db.fetch(
        "SELECT * FROM halls ORDER BY array_position(ARRAY['city','county','town','village'],"
        " level::text), code"
    )


async def departments(hall_id: UUID) -> list[dict[str, Any]]:
    """The departments of a hall by name."""
    return await db.fetch(
        "SELECT id, hall_id, name FROM departments WHERE hall_id = $1 ORDER BY name", hall_id
    )


async def windows(hall_id: UUID) -> list[dict[str, Any]]:
    """The windows of a hall by number, each with who serves there now."""
    return await db.fetch(f"{_WINDOWS} WHERE w.hall_id = $1 ORDER BY w.number", hall_id)


async def tree(hall_id: UUID) -> dict[UUID, str]:
    """The names of a hall and of all below it."""
    rows = await db.fetch(
        "SELECT id, name FROM halls WHERE id IN (SELECT id FROM hall_and_below($1))", hall_id
    )
    return {row["id"]: row["name"] for row in rows}


async def windows_served(hall_id: UUID, since: datetime, until: datetime) -> list[WindowServed]:
    """The windows of a hall and of all below it, by hall and number."""
    rows = await db.fetch(
        "SELECT w.id, w.number || ' ' || w.name AS name, w.hall_id, h.name AS hall_name,"
        # Duties of a window follow each other: the last that began decides, and years are not read.
        " coalesce((SELECT coalesce(d.ended_at, 'infinity') > $2 FROM duties d"
        "  WHERE d.window_id = w.id AND d.started_at < $3"
        "  ORDER BY d.started_at DESC LIMIT 1), false) AS on_duty"
        " FROM windows w JOIN halls h ON h.id = w.hall_id"
        " WHERE w.hall_id IN (SELECT id FROM hall_and_below($1))"
        " ORDER BY w.hall_id <> $1, h.name, w.number",
        hall_id,
        since,
        until,
    )
    return [WindowServed(**row) for row in rows]


async def on_duty(window_id: UUID) -> OnDuty | None:
    """A window with the person who serves there now; None if there is no such window."""
    row = await db.fetch_one(f"{_WINDOWS} WHERE w.id = $1", window_id)
    return _on_duty(row) if row else None


async def windows_on_duty(hall_id: UUID) -> list[OnDuty]:
    """The windows of a hall by number, each with the person who serves there now."""
    return [_on_duty(row) for row in await windows(hall_id)]


def _on_duty(row: dict[str, Any]) -> OnDuty:
    return OnDuty(
        window_id=row["id"],
        window_number=row["number"],
        window_name=row["name"],
        hall_id=row["hall_id"],
        department_id=row["department_id"],
        staff_id=row["staff_id"],
        staff_name=row["staff_name"],
        staff_number=row["staff_number"],
    )


_STAFF = (
    "SELECT s.id, s.hall_id, s.number, s.name, s.login, s.active, s.first_password,"
    " coalesce(json_agg(json_build_object('role', r.role, 'hall_id', r.hall_id,"
    " 'department_id', r.department_id) ORDER BY r.role) FILTER (WHERE r.id IS NOT NULL),"
    " '[]')::text AS roles FROM staff s LEFT JOIN staff_roles r ON r.staff_id = s.id"
)


async def staff(hall_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The staff of these halls by number, with their roles."""
    return await db.fetch(
        f"{_STAFF} WHERE s.hall_id = ANY($1::uuid[]) GROUP BY s.id ORDER BY s.number",
        list(hall_ids),
    )


async def staff_member(staff_id: UUID) -> dict[str, Any] | None:
    """One staff member with their roles; None if there is none."""
    return await db.fetch_one(f"{_STAFF} WHERE s.id = $1 GROUP BY s.id", staff_id)


async def reviewers(department_id: UUID) -> list[dict[str, Any]]:
    """Who works as a reviewer of a department: id, number and name, by number."""
    return await db.fetch(
        "SELECT s.id, s.number, s.name FROM staff s WHERE s.active AND EXISTS (SELECT"
        " FROM staff_roles r WHERE r.staff_id = s.id AND r.department_id = $1 AND r.role = $2)"
        " ORDER BY s.number, s.id",
        department_id,
        Role.REVIEWER,
    )


async def own_days(hall_id: UUID, since: date) -> list[dict[str, Any]]:
    """The hall's own days from `since` on, in their order."""
    return await db.fetch(
        "SELECT day, open, reason FROM hall_days WHERE hall_id = $1 AND day >= $2 ORDER BY day",
        hall_id,
        since,
    )


async def extra_days(hall_id: UUID) -> list[tuple[date, bool]]:
    """The hall's own days: (day, whether it is open)."""
    rows = await db.fetch("SELECT day, open FROM hall_days WHERE hall_id = $1", hall_id)
    return [(row["day"], row["open"]) for row in rows]


async def all_extra_days() -> list[tuple[UUID, date | None, bool]]:
    """Every hall with its own days, one row each; a hall without any has one without a day."""
    rows = await db.fetch(
        "SELECT h.id, d.day, coalesce(d.open, false) AS open"
        " FROM halls h LEFT JOIN hall_days d ON d.hall_id = h.id"
    )
    return [(row["id"], row["day"], row["open"]) for row in rows]


async def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of any halls, departments, windows and staff among `ids`."""
    rows = await db.fetch(
        "SELECT id, name FROM halls WHERE id = ANY($1::uuid[])"
        " UNION ALL SELECT id, name FROM departments WHERE id = ANY($1::uuid[])"
        " UNION ALL SELECT id, number || ' ' || name FROM windows WHERE id = ANY($1::uuid[])"
        " UNION ALL SELECT id, name FROM staff WHERE id = ANY($1::uuid[])",
        list(ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def roles(staff_id: UUID) -> list[RoleIn]:
    """The roles of one person, each with its hall and department."""
    rows = await db.fetch(
        "SELECT role, hall_id, department_id FROM staff_roles WHERE staff_id = $1"
        " ORDER BY role, hall_id",
        staff_id,
    )
    return [msgspec.convert(row, RoleIn) for row in rows]


@dataclass(frozen=True)
class ByNumbers:
    """What numbers on signs and codes stand for in one hall; None where nothing has that number."""

    window_id: UUID | None
    staff_id: UUID | None
    department_id: UUID | None


async def by_numbers(
    hall_id: UUID, window: str | None, staff_number: str | None, department_code: str | None
) -> ByNumbers:
    """The window, the staff member and the department of these numbers, in one hall."""
    row = await db.fetch_one(
        "SELECT (SELECT id FROM windows WHERE hall_id = $1 AND number = $2) AS window_id,"
        " (SELECT id FROM staff WHERE hall_id = $1 AND number = $3) AS staff_id,"
        " (SELECT id FROM departments WHERE hall_id = $1 AND code = $4 ORDER BY id LIMIT 1)"
        " AS department_id",
        hall_id,
        window,
        staff_number,
        department_code,
    )
    assert row, "a SELECT without FROM has one row"
    return ByNumbers(row["window_id"], row["staff_id"], row["department_id"])


_SCREENS = "SELECT id, hall_id, name, made_at, last_seen_at, revoked_at FROM hall_screens"


async def screens(hall_id: UUID) -> list[dict[str, Any]]:
    """The big screens of a hall: those in use first, the oldest of them at the top."""
    return await db.fetch(
        f"{_SCREENS} WHERE hall_id = $1 ORDER BY revoked_at IS NOT NULL, id", hall_id
    )


async def screen(screen_id: UUID) -> dict[str, Any] | None:
    """One big screen; None if there is none."""
    return await db.fetch_one(f"{_SCREENS} WHERE id = $1", screen_id)


async def screen_of_code(code_hash: bytes) -> dict[str, Any] | None:
    """The big screen in use whose code has this digest; None if there is none."""
    return await db.fetch_one(f"{_SCREENS} WHERE code_hash = $1 AND revoked_at IS NULL", code_hash)
