"""Reading joint meetings: each query is told whose eyes it serves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.projects.meetings.rules import State

_ROW = "SELECT m.id, m.number, m.kind, m.title, m.place, m.starts_at, m.state, m.lead_id"


async def of_hall(
    hall_id: UUID, state: State | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The meetings of one hall, newest first, one more than `limit`. The caller checked it."""
    return await db.fetch(
        f"{_ROW} FROM meetings m WHERE m.hall_id = $1 AND ($2::text IS NULL OR m.state = $2::text)"
        " AND ($3::uuid IS NULL OR m.id < $3) ORDER BY m.id DESC LIMIT $4",
        hall_id,
        state,
        before,
        limit + 1,
    )


async def of_department(
    department_id: UUID, state: State | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The meetings to which a department was called, newest first, one more than `limit`."""
    return await db.fetch(
        f"{_ROW} FROM meeting_departments d JOIN meetings m ON m.id = d.meeting_id"
        " WHERE d.department_id = $1 AND ($2::text IS NULL OR m.state = $2::text)"
        " AND ($3::uuid IS NULL OR m.id < $3) ORDER BY m.id DESC LIMIT $4",
        department_id,
        state,
        before,
        limit + 1,
    )


async def invited(meeting_id: UUID) -> list[UUID]:
    """The departments that were called to a meeting."""
    rows = await db.fetch(
        "SELECT department_id FROM meeting_departments WHERE meeting_id = $1 ORDER BY id",
        meeting_id,
    )
    return [row["department_id"] for row in rows]


async def parts(meeting_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The agenda, the words, the departments, the answers and the absences, in one round trip."""
    row = await db.fetch_one(
        "SELECT"
        " (SELECT coalesce(json_agg(i ORDER BY i.position), '[]') FROM (SELECT position, subject,"
        "  conclusion FROM meeting_items WHERE meeting_id = $1) i)::text AS items,"
        " (SELECT coalesce(json_agg(w ORDER BY w.position, w.id), '[]') FROM (SELECT id, position,"
        "  department_id, word, reason, basis FROM meeting_words WHERE meeting_id = $1) w)::text"
        "  AS words,"
        " (SELECT coalesce(json_agg(d ORDER BY d.id), '[]') FROM (SELECT id, department_id, coming,"
        "  reply_note, attended, people FROM meeting_departments WHERE meeting_id = $1) d)::text"
        "  AS departments,"
        " (SELECT coalesce(json_agg(a ORDER BY a.id), '[]') FROM (SELECT a.id, a.department_id,"
        "  a.answer, a.text, a.answered_by FROM meeting_answers a JOIN meetings m"
        "  ON m.id = a.meeting_id AND m.round = a.round WHERE m.id = $1) a)::text AS answers,"
        " (SELECT coalesce(json_agg(b ORDER BY b.id), '[]') FROM (SELECT id, case_id,"
        "  department_id, agreed, at FROM meeting_absences WHERE meeting_id = $1) b)::text"
        "  AS absences",
        meeting_id,
    )
    assert row is not None, "a SELECT without FROM has one row"
    return {name: msgspec.json.decode(text) for name, text in row.items()}


async def pauses(meeting_id: UUID) -> Sequence[dict[str, Any]]:
    """The pauses that a site visit began, in the order of their cases."""
    return await db.fetch(
        "SELECT case_id, pause_id FROM meeting_pauses WHERE meeting_id = $1 ORDER BY case_id",
        meeting_id,
    )
