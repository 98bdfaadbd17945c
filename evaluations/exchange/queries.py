"""The queue in SQL: what comes into it, what is taken up, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import db
from evaluations.exchange.rules import LEASE, UNFINISHED_FOR, Kind

CHUNK = 5_000
"""Rows that are queued in one statement, at most."""
LOOK_BACK = timedelta(minutes=10)
"""Rows are queued in the order of their ids. One that was committed late, or was made by a worker
whose clock runs behind, is found within this; what comes later still, by the nightly look."""

_RECORDS = """
INSERT INTO exchange_pushes (id, kind, service_id, hall_id, project_no, service_number, created_at)
SELECT s.id, 'record', s.id, s.hall_id,
    coalesce(s.project_no, h.region_code || '-' || replace(s.id::text, '-', '')),
    s.service_number, $2
FROM services s JOIN halls h ON h.id = s.hall_id
WHERE s.id > $1 AND NOT EXISTS (SELECT FROM exchange_pushes p WHERE p.id = s.id)
ORDER BY s.id LIMIT $3
ON CONFLICT DO NOTHING RETURNING id
"""
_RATINGS = """
INSERT INTO exchange_pushes (id, kind, service_id, hall_id, project_no, service_number, created_at)
SELECT r.id, 'rating', p.service_id, p.hall_id, p.project_no, p.service_number, $2
FROM ratings r JOIN exchange_pushes p ON p.id = r.service_id
WHERE r.id > $1 AND NOT EXISTS (SELECT FROM exchange_pushes q WHERE q.id = r.id)
ORDER BY r.id LIMIT $3
ON CONFLICT DO NOTHING RETURNING id
"""
_MARK = """
INSERT INTO exchange_marks (kind, last_id) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET last_id = greatest(exchange_marks.last_id, excluded.last_id)
"""
_RELEASE_RECORDS = """
UPDATE exchange_pushes p SET due_at = $1 FROM services s
WHERE p.kind = 'record' AND p.state = 'waiting' AND p.due_at IS NULL AND s.id = p.service_id
    AND (s.ended_at IS NOT NULL OR s.created_at < $2)
"""
_RELEASE_RATINGS = """
UPDATE exchange_pushes p SET due_at = $1 FROM exchange_pushes record
WHERE p.kind = 'rating' AND p.state = 'waiting' AND p.due_at IS NULL
    AND record.id = p.service_id AND record.state = 'accepted'
"""
_NEXT = """
SELECT kind, attempts FROM exchange_pushes
WHERE kind = $1 AND state IN ('waiting', 'no_answer') AND due_at <= $2
    AND (claimed_until IS NULL OR claimed_until < $2)
ORDER BY due_at LIMIT 1
"""
_CLAIM = """
UPDATE exchange_pushes SET claimed_until = $4, sent_at = $3, attempts = attempts + 1
WHERE id IN (
    SELECT p.id FROM exchange_pushes p
    WHERE p.kind = $1 AND p.attempts = $2 AND p.state IN ('waiting', 'no_answer')
        AND p.due_at <= $3 AND (p.claimed_until IS NULL OR p.claimed_until < $3)
        AND (p.kind = 'record' OR EXISTS (
            SELECT FROM exchange_pushes r WHERE r.id = p.service_id AND r.state = 'accepted'))
    ORDER BY p.due_at LIMIT $5 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_CONTENT = """
SELECT p.id, p.kind, p.project_no, p.service_number, p.attempts,
    s.kind AS service_kind, s.hall_id, s.department_id, s.item_id, s.item_name, s.citizen_id,
    s.started_at, s.ended_at,
    e.task_code, e.department_code, e.area_code, e.user_prop, e.pro_status, e.pro_channel,
    e.promised_days, e.accepted_on, e.result_on,
    r.level, r.tags, r.comment, r.channel, r.received_at
FROM exchange_pushes p JOIN services s ON s.id = p.service_id
LEFT JOIN external_records e ON e.service_id = s.id
LEFT JOIN ratings r ON r.id = p.id
WHERE p.id = ANY($1::uuid[]) ORDER BY p.id
"""
_SETTLE = """
UPDATE exchange_pushes p SET state = t.state, code = t.code, reason = t.reason,
    answered_at = $5, claimed_until = NULL
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS t(id, state, code, reason)
WHERE p.id = t.id AND p.state IN ('waiting', 'no_answer')
"""
_UNANSWERED = """
UPDATE exchange_pushes SET state = 'no_answer', reason = $2, due_at = $3, claimed_until = NULL
WHERE id = ANY($1::uuid[]) AND state IN ('waiting', 'no_answer')
"""


@dataclass(frozen=True)
class Settled:
    """What became of one push that was answered."""

    id: UUID
    state: str
    code: str
    reason: str | None


def first_id_of(last: UUID, back: timedelta) -> UUID:
    """The lowest id (UUID version 7) that was made so long before `last`."""
    milliseconds = (last.int >> 80) - int(back.total_seconds() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


async def queue_new(kind: Kind, now: datetime, *, most: int, back: timedelta = LOOK_BACK) -> int:
    """Queue services or ratings that have no row yet, at most so many; returns how many.

    They are found by reading on from the last one that was queued, and a little back: the way of
    a rating into the hub does no work for this.
    """
    mark = await db.fetch_one("SELECT last_id FROM exchange_marks WHERE kind = $1", kind)
    last = mark["last_id"] if mark else UUID(int=0)
    done = 0
    while done < most:
        size = min(CHUNK, most - done)
        statement = _RECORDS if kind is Kind.RECORD else _RATINGS
        rows = await db.fetch(statement, first_id_of(last, back), now, size)
        if rows:
            await db.execute(_MARK, kind, max(row["id"] for row in rows))
        done += len(rows)
        if len(rows) < size:
            break
    return done


async def release(now: datetime) -> None:
    """Let go what was held: records whose service has ended, ratings whose record is accepted."""
    await db.execute(_RELEASE_RECORDS, now, now - UNFINISHED_FOR)
    await db.execute(_RELEASE_RATINGS, now)


async def tried(kind: Kind, now: datetime) -> int | None:
    """How often that which is due longest was sent before; None if nothing is due."""
    row = await db.fetch_one(_NEXT, kind, now)
    return row["attempts"] if row else None


async def claim(kind: Kind, attempts: int, size: int, now: datetime) -> list[dict[str, Any]]:
    """Take up to `size` that were sent so often before, for the time of a message.

    Returns what their content is made of. A rating whose record is not accepted is never taken.
    """
    rows = await db.fetch(_CLAIM, kind, attempts, now, now + LEASE, size)
    return await db.fetch(_CONTENT, [row["id"] for row in rows]) if rows else []


async def settle(settled: Sequence[Settled], now: datetime) -> None:
    """Keep the province's answers; a row that was settled meanwhile stays as it is."""
    await db.execute(
        _SETTLE,
        [one.id for one in settled],
        [one.state for one in settled],
        [one.code for one in settled],
        [one.reason for one in settled],
        now,
    )


async def unanswered(ids: Sequence[UUID], reason: str, due_at: datetime) -> None:
    """Keep that no answer came, why, and when to try again."""
    await db.execute(_UNANSWERED, list(ids), reason, due_at)


async def listed(
    hall_id: UUID, kind: str | None, state: str | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Pushes of a hall, newest first, one more than `limit`."""
    return await db.fetch(
        "SELECT p.*, s.item_name FROM exchange_pushes p JOIN services s ON s.id = p.service_id"
        " WHERE p.hall_id = $1 AND ($2::text IS NULL OR p.kind = $2)"
        " AND ($3::text IS NULL OR p.state = $3) AND ($4::uuid IS NULL OR p.id < $4)"
        " ORDER BY p.id DESC LIMIT $5",
        hall_id,
        kind,
        state,
        before,
        limit + 1,
    )


async def counts(hall_id: UUID) -> list[dict[str, Any]]:
    """How many of each kind stand in each state; of what is not accepted, since when."""
    return await db.fetch(
        "SELECT all_of.kind, all_of.state, all_of.n, still.oldest FROM"
        " (SELECT kind, state, count(*) AS n FROM exchange_pushes"
        "  WHERE hall_id = $1 GROUP BY kind, state) all_of"
        " LEFT JOIN (SELECT kind, state, min(created_at) AS oldest FROM exchange_pushes"
        "  WHERE hall_id = $1 AND state <> 'accepted' GROUP BY kind, state) still"
        " USING (kind, state) ORDER BY kind, state",
        hall_id,
    )


async def reasons(hall_id: UUID) -> list[dict[str, Any]]:
    """Why pushes were rejected or got no answer, the most frequent first."""
    return await db.fetch(
        "SELECT kind, state, code, reason, count(*) AS n FROM exchange_pushes"
        " WHERE hall_id = $1 AND state <> 'accepted' AND reason IS NOT NULL"
        " GROUP BY kind, state, code, reason ORDER BY n DESC, reason LIMIT 50",
        hall_id,
    )


async def one(push_id: UUID) -> dict[str, Any]:
    """A push that is there."""
    rows = await db.fetch(
        "SELECT p.*, s.item_name FROM exchange_pushes p JOIN services s ON s.id = p.service_id"
        " WHERE p.id = $1",
        push_id,
    )
    return rows[0]


async def locked(push_id: UUID) -> dict[str, Any] | None:
    """A push, locked until the end of the transaction."""
    return await db.fetch_one("SELECT * FROM exchange_pushes WHERE id = $1 FOR UPDATE", push_id)


async def put_back(ids: Sequence[UUID], now: datetime) -> int:
    """Have these sent again as if for the first time: records now, ratings after their record."""
    return await db.execute(
        "UPDATE exchange_pushes SET state = 'waiting', code = NULL, reason = NULL, attempts = 0,"
        " answered_at = NULL, claimed_until = NULL,"
        " due_at = CASE kind WHEN 'record' THEN $2::timestamptz END WHERE id = ANY($1::uuid[])",
        list(ids),
        now,
    )


async def rejected_of(hall_id: UUID, code: str | None, most: int) -> list[dict[str, Any]]:
    """Rejected pushes of a hall, of one code or of any, locked; the oldest first."""
    return await db.fetch(
        "SELECT * FROM exchange_pushes WHERE hall_id = $1 AND state = 'rejected'"
        " AND ($2::text IS NULL OR code = $2) ORDER BY id LIMIT $3 FOR UPDATE",
        hall_id,
        code,
        most,
    )
