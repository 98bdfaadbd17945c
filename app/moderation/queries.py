"""Reading and writing checks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db
from app.moderation.rules import State, Why

_CHECK = (
    "SELECT id, subject, kind, citizen_id, hall_id, state, why, label, trace_id, tries, created_at,"
    " asked_at, judged_at, decided_by, decided_at, reason FROM content_checks"
)


async def of_subject(subject: str) -> dict[str, Any] | None:
    """The check of a subject."""
    return await db.fetch_one(f"{_CHECK} WHERE subject = $1", subject)


async def of_trace(trace_id: str) -> dict[str, Any] | None:
    """The check that the platform knows by this id."""
    return await db.fetch_one(f"{_CHECK} WHERE trace_id = $1", trace_id)


async def states(subjects: Collection[str]) -> dict[str, State]:
    """How those of these subjects stand that are entered."""
    rows = await db.fetch(
        "SELECT subject, state FROM content_checks WHERE subject = ANY($1::text[])", list(subjects)
    )
    return {row["subject"]: State(row["state"]) for row in rows}


async def enter(
    subject: str,
    kind: str,
    *,
    citizen_id: UUID | None,
    hall_id: UUID | None,
    state: State,
    why: Why | None,
    at: datetime,
) -> bool:
    """Enter a check; False if the subject has one."""
    made = await db.fetch(
        "INSERT INTO content_checks (id, subject, kind, citizen_id, hall_id, state, why,"
        " created_at, judged_at) VALUES ($1, $2, $3, $4, $5, $6::text, $7, $8::timestamptz,"
        " CASE WHEN $6::text = 'waiting' THEN NULL ELSE $8::timestamptz END)"
        " ON CONFLICT (subject) DO NOTHING RETURNING id",
        db.new_id(),
        subject,
        kind,
        citizen_id,
        hall_id,
        state.value,
        why.value if why else None,
        at,
    )
    return bool(made)


async def settle(
    check_id: UUID, state: State, why: Why, *, label: int | None, trace_id: str | None, at: datetime
) -> bool:
    """Write a verdict; False where a person, or another verdict, was first.

    A verdict of the platform counts also where it comes after the check was given up.
    """
    return bool(
        await db.execute(
            "UPDATE content_checks SET state = $2, why = $3::text, label = $4,"
            " trace_id = coalesce($5, trace_id), judged_at = $6 WHERE id = $1"
            " AND (state = 'waiting' OR state = 'unchecked' AND $3::text = 'platform')",
            check_id,
            state.value,
            why.value,
            label,
            trace_id,
            at,
        )
    )


async def tried(check_id: UUID) -> int:
    """Count a try that had no answer; how many there were."""
    rows = await db.fetch(
        "UPDATE content_checks SET tries = tries + 1 WHERE id = $1 RETURNING tries", check_id
    )
    return int(rows[0]["tries"]) if rows else 0


async def asked(check_id: UUID, trace_id: str, at: datetime) -> int | None:
    """Note under which id the platform looks at a picture; how many tries there were.

    None where the check is not waiting any more.
    """
    rows = await db.fetch(
        "UPDATE content_checks SET trace_id = $2, asked_at = $3, tries = tries + 1"
        " WHERE id = $1 AND state = 'waiting' RETURNING tries",
        check_id,
        trace_id,
        at,
    )
    return int(rows[0]["tries"]) if rows else None


async def not_judged(check_id: UUID) -> bool:
    """Note that the platform could not look at a picture; whether that still matters."""
    return bool(
        await db.execute(
            "UPDATE content_checks SET trace_id = NULL WHERE id = $1 AND state = 'waiting'",
            check_id,
        )
    )


async def place(subjects: Sequence[str], hall_id: UUID) -> None:
    """Say whose supervisor looks at these, where nobody's did."""
    await db.execute(
        "UPDATE content_checks SET hall_id = $2 WHERE subject = ANY($1::text[])"
        " AND hall_id IS NULL",
        list(subjects),
        hall_id,
    )


async def open_ones(
    hall_ids: Collection[UUID], states: Sequence[State], after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """What waits for a person in these halls, the oldest first, one more than `limit`."""
    return await db.fetch(
        f"{_CHECK} WHERE hall_id = ANY($1::uuid[]) AND state = ANY($2::text[])"
        " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        list(hall_ids),
        [state.value for state in states],
        after,
        limit + 1,
    )


async def in_halls(
    check_id: UUID, hall_ids: Collection[UUID], *, lock: bool = False
) -> dict[str, Any] | None:
    """A check of one of these halls; with `lock` nobody else decides until the commit."""
    return await db.fetch_one(
        f"{_CHECK} WHERE id = $1 AND hall_id = ANY($2::uuid[]) {'FOR UPDATE' if lock else ''}",
        check_id,
        list(hall_ids),
    )


async def decide(check_id: UUID, state: State, *, by: UUID, reason: str, at: datetime) -> None:
    """Write what a person decided about a check that is locked."""
    await db.execute(
        "UPDATE content_checks SET state = $2, decided_by = $3, decided_at = $4, reason = $5,"
        " judged_at = coalesce(judged_at, $4) WHERE id = $1",
        check_id,
        state.value,
        by,
        at,
        reason,
    )
