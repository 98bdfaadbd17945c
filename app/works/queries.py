"""Reading and moving long work. A change names its run, so that one taken for dead has no say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.works.rules import MOST_ATTEMPTS, SILENCE, State

_SHOWN = (
    "SELECT w.id, w.hall_id, h.name AS hall_name, w.owner_id, w.kind, w.title, w.state, w.done,"
    " w.total, w.message, w.summary::text AS summary, w.data_key, w.result_name, w.result_type,"
    " w.result_bytes, w.cancel_asked_at, w.created_at, w.started_at, w.ended_at, w.expires_at"
    " FROM works w JOIN halls h ON h.id = w.hall_id"
)


@dataclass(frozen=True)
class Claim:
    """A work that one run has taken up."""

    id: UUID
    run_id: UUID
    hall_id: UUID
    owner_id: UUID
    kind: str
    title: str
    params: str
    data_key: bytes
    attempts: int


async def insert(values: dict[str, Any]) -> UUID | None:
    """Keep a new work; None where its owner has the same one open."""
    row = await db.fetch_one(
        "INSERT INTO works (id, hall_id, owner_id, kind, title, params, fingerprint, state, done,"
        " total, message, data_key, given_name, attempts, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, 'waiting', 0, 0, '', $8, $9, 0, $10, $11)"
        " ON CONFLICT (owner_id, fingerprint) WHERE ended_at IS NULL DO NOTHING RETURNING id",
        values["id"],
        values["hall_id"],
        values["owner_id"],
        values["kind"],
        values["title"],
        values["params"],
        values["fingerprint"],
        values["data_key"],
        values["given_name"],
        values["created_at"],
        values["expires_at"],
    )
    return row["id"] if row else None


async def same_open(owner_id: UUID, fingerprint: bytes) -> UUID | None:
    """The open work of this owner that does the same; None where it has just ended."""
    row = await db.fetch_one(
        "SELECT id FROM works WHERE owner_id = $1 AND fingerprint = $2 AND ended_at IS NULL",
        owner_id,
        fingerprint,
    )
    return row["id"] if row else None


async def one(work_id: UUID, owner_id: UUID, hall_ids: Sequence[UUID]) -> dict[str, Any] | None:
    """A work of this owner in one of these halls."""
    return await db.fetch_one(
        f"{_SHOWN} WHERE w.id = $1 AND w.owner_id = $2 AND w.hall_id = ANY($3::uuid[])",
        work_id,
        owner_id,
        list(hall_ids),
    )


async def given(work_id: UUID) -> dict[str, Any] | None:
    """What a work was started with: its kind, params and the name and key of its file."""
    return await db.fetch_one(
        "SELECT kind, params::text AS params, given_name, data_key FROM works WHERE id = $1",
        work_id,
    )


async def listed(
    owner_id: UUID,
    hall_ids: Sequence[UUID],
    kinds: Sequence[str] | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Works of this owner in these halls, the last begun first; one more than `limit`."""
    return await db.fetch(
        f"{_SHOWN} WHERE w.owner_id = $1 AND w.hall_id = ANY($2::uuid[])"
        " AND ($3::text[] IS NULL OR w.kind = ANY($3::text[]))"
        " AND ($4::uuid IS NULL OR w.id < $4) ORDER BY w.id DESC LIMIT $5",
        owner_id,
        list(hall_ids),
        None if kinds is None else list(kinds),
        after,
        limit + 1,
    )


async def standing(work_id: UUID) -> dict[str, Any] | None:
    """Where a work stands, its row locked in the open transaction."""
    return await db.fetch_one(
        "SELECT id, hall_id, kind, state, attempts, run_id, beat_at, cancel_asked_at FROM works"
        " WHERE id = $1 FOR UPDATE",
        work_id,
    )


async def claim(work_id: UUID, run_id: UUID, now: datetime) -> Claim | None:
    """Take a work up that waits, or whose run is dead; None if somebody else has it."""
    row = await db.fetch_one(
        "UPDATE works SET state = 'running', run_id = $2, beat_at = $3, attempts = attempts + 1,"
        " started_at = coalesce(started_at, $3), done = 0, total = 0, message = ''"
        " WHERE id = $1 AND cancel_asked_at IS NULL AND attempts < $5"
        " AND (state = 'waiting' OR (state = 'running' AND beat_at < $4))"
        " RETURNING id, run_id, hall_id, owner_id, kind, title, params::text AS params, data_key,"
        " attempts",
        work_id,
        run_id,
        now,
        now - SILENCE,
        MOST_ATTEMPTS,
    )
    return Claim(**row) if row else None


async def beat(claimed: Claim, now: datetime, done: int, total: int, message: str) -> bool | None:
    """A sign of life with the progress; whether to stop, None where the run has lost its work."""
    rows = await db.fetch(
        "UPDATE works SET beat_at = $3, done = $4, total = $5, message = $6"
        " WHERE id = $1 AND run_id = $2 RETURNING cancel_asked_at IS NOT NULL AS stop",
        claimed.id,
        claimed.run_id,
        now,
        done,
        total,
        message,
    )
    return rows[0]["stop"] if rows else None


async def give_back(claimed: Claim, message: str = "", *, counted: bool) -> None:
    """Have a work wait again; what was no fault of its own is not `counted` as an attempt."""
    await db.execute(
        "UPDATE works SET state = 'waiting', run_id = NULL, beat_at = NULL, message = $3,"
        " attempts = attempts - $4::int WHERE id = $1 AND run_id = $2",
        claimed.id,
        claimed.run_id,
        message,
        0 if counted else 1,
    )


async def end(
    work_id: UUID,
    run_id: UUID | None,
    state: State,
    *,
    now: datetime,
    expires_at: datetime,
    message: str,
    summary: dict[str, Any] | None = None,
    file: tuple[str, str, int] | None = None,
    progress: tuple[int, int] | None = None,
) -> bool:
    """End a work, if this run (or none) still has it.

    `file` is name, type and bytes; `progress` how much was done of how much, if it is known.
    """
    name, kind, size = file or (None, None, None)
    touched = await db.execute(
        "UPDATE works SET state = $3::varchar, run_id = NULL, beat_at = NULL, ended_at = $4,"
        " expires_at = $5, message = $6, summary = $7::jsonb, result_name = $8, result_type = $9,"
        " result_bytes = $10, done = coalesce($11, done), total = coalesce($12, total)"
        " WHERE id = $1 AND run_id IS NOT DISTINCT FROM $2 AND ended_at IS NULL",
        work_id,
        run_id,
        state,
        now,
        expires_at,
        message,
        None if summary is None else msgspec.json.encode(summary).decode(),
        name,
        kind,
        size,
        *(progress or (None, None)),
    )
    return bool(touched)


async def ask_to_stop(work_id: UUID, now: datetime) -> None:
    """Note that the owner wants it stopped."""
    await db.execute(
        "UPDATE works SET cancel_asked_at = coalesce(cancel_asked_at, $2)"
        " WHERE id = $1 AND ended_at IS NULL",
        work_id,
        now,
    )


async def outlived(now: datetime, limit: int) -> list[dict[str, Any]]:
    """Works whose time to be kept is over, the oldest first."""
    return await db.fetch(
        "SELECT id, hall_id, kind FROM works WHERE ended_at IS NOT NULL AND expires_at <= $1"
        " ORDER BY expires_at LIMIT $2",
        now,
        limit,
    )


async def forget(work_id: UUID) -> None:
    """Delete a work's row, and with it the key of its files."""
    await db.execute("DELETE FROM works WHERE id = $1", work_id)


async def without_row(work_ids: Sequence[UUID]) -> list[UUID]:
    """Which of these works there are not."""
    rows = await db.fetch(
        "SELECT t.id FROM unnest($1::uuid[]) AS t(id)"
        " WHERE NOT EXISTS (SELECT 1 FROM works w WHERE w.id = t.id)",
        list(work_ids),
    )
    return [row["id"] for row in rows]
