"""Reading supervision, each query scoped by who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.core import db
from app.core.auth import Role, Staff
from app.core.lights import Light
from app.supervision.rules import State


@dataclass(frozen=True)
class Sight:
    """Whose entries somebody sees: those of halls, and those of departments."""

    hall_ids: frozenset[UUID]
    department_ids: frozenset[UUID]

    @classmethod
    def of(cls, person: Staff) -> "Sight":
        """What this person sees: clerks, supervisors and managers their halls, reviewers theirs."""
        halls = person.halls(Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
        return cls(halls, person.departments(Role.REVIEWER))

    def covers(self, hall_id: UUID, department_id: UUID | None) -> bool:
        """Whether this one is in sight."""
        return hall_id in self.hall_ids or department_id in self.department_ids


@dataclass(frozen=True)
class Place:
    """Of which hall with all below it, and of which department; None for all in sight."""

    hall_id: UUID | None
    department_id: UUID | None


_IN_SIGHT = (
    " (hall_id = ANY($1::uuid[]) OR department_id = ANY($2::uuid[]))"
    " AND ($3::uuid IS NULL OR hall_id IN (SELECT b.id FROM hall_and_below($3) b))"
    " AND ($4::uuid IS NULL OR department_id = $4)"
)
_LIGHT = (
    "CASE WHEN state NOT IN ('open', 'returned') THEN NULL WHEN answer_due < $5 THEN 'red'"
    " WHEN yellow_from <= $5 THEN 'yellow' ELSE 'green' END"
)
_RANK = "(state NOT IN ('open', 'returned'))"
"""Answers that are owed stand first, the longest overdue at the top."""


def _sight(sight: Sight, place: Place) -> list[Any]:
    return [list(sight.hall_ids), list(sight.department_ids), place.hall_id, place.department_id]


async def not_closed(
    sight: Sight,
    place: Place,
    today: date,
    *,
    state: State | None,
    light: Light | None,
    escalated: bool,
    after: tuple[bool, date, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Entries in sight that are not closed, overdue ones first, one more than `limit`.

    Args:
        after: whether the last one read owes no answer, its limit, and its id.
    """
    rank, due, last = after or (None, None, None)
    return await db.fetch(
        f"SELECT *, {_RANK} AS rank FROM supervision_entries WHERE {_IN_SIGHT}"  # noqa: S608
        f" AND state <> 'closed' AND ($6::text IS NULL OR state = $6::text)"
        f" AND ($7::text IS NULL OR {_LIGHT} = $7::text)"
        " AND (NOT $8::boolean OR escalated_at IS NOT NULL)"
        f" AND ($9::boolean IS NULL OR ({_RANK}, answer_due, id) > ($9::boolean, $10::date,"
        f" $11::uuid)) ORDER BY {_RANK}, answer_due, id LIMIT $12",
        *_sight(sight, place),
        today,
        state,
        light,
        escalated,
        rank,
        due,
        last,
        limit + 1,
    )


async def closed(
    sight: Sight, place: Place, *, escalated: bool, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Closed entries in sight, the last opened first, one more than `limit`."""
    return await db.fetch(
        f"SELECT * FROM supervision_entries WHERE {_IN_SIGHT}"  # noqa: S608 - a constant
        " AND state = 'closed' AND (NOT $5::boolean OR escalated_at IS NOT NULL)"
        " AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        *_sight(sight, place),
        escalated,
        before,
        limit + 1,
    )


async def counts(sight: Sight, place: Place, today: date) -> list[dict[str, Any]]:
    """How many entries in sight are not closed, by state, light and whether they were escalated."""
    return await db.fetch(
        f"SELECT state, {_LIGHT} AS light, escalated_at IS NOT NULL AS escalated,"  # noqa: S608
        f" count(*) AS n FROM supervision_entries WHERE {_IN_SIGHT} AND state <> 'closed'"
        " GROUP BY 1, 2, 3",
        *_sight(sight, place),
        today,
    )


async def warnings(
    sight: Sight, place: Place, after: tuple[date, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """Steps in sight whose light is yellow, the first due first, one more than `limit`."""
    due, last = after or (None, None)
    return await db.fetch(
        f"SELECT * FROM supervision_warnings WHERE {_IN_SIGHT} AND over_at IS NULL"  # noqa: S608
        " AND ($5::date IS NULL OR (due, id) > ($5::date, $6::uuid))"
        " ORDER BY due, id LIMIT $7",
        *_sight(sight, place),
        due,
        last,
        limit + 1,
    )


async def warnings_count(sight: Sight, place: Place) -> int:
    """How many steps in sight have a yellow light."""
    row = await db.fetch_one(
        f"SELECT count(*) AS n FROM supervision_warnings WHERE {_IN_SIGHT}"  # noqa: S608
        " AND over_at IS NULL",
        *_sight(sight, place),
    )
    return row["n"] if row else 0


async def overdue_count(sight: Sight, place: Place) -> int:
    """How many steps in sight have a red light; each opened one entry when it turned red."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM supervision_entries"  # noqa: S608 - a constant
        f" WHERE {_IN_SIGHT} AND cause = 'overdue' AND step_done_at IS NULL",
        *_sight(sight, place),
    )
    return row["n"] if row else 0


async def owed(today: date) -> list[UUID]:
    """Entries whose answer is overdue and of which no manager was told."""
    rows = await db.fetch(
        "SELECT id FROM supervision_entries WHERE state IN ('open', 'returned')"
        " AND escalated_at IS NULL AND answer_due < $1 ORDER BY id",
        today,
    )
    return [row["id"] for row in rows]


async def steps_to_watch(after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Entries whose step was not done when somebody last looked, oldest first."""
    return await db.fetch(
        "SELECT id, case_id, step, task_id, step_due FROM supervision_entries"
        " WHERE step IS NOT NULL AND step_done_at IS NULL AND ($1::uuid IS NULL OR id > $1)"
        " ORDER BY id LIMIT $2",
        after,
        limit,
    )


async def warnings_to_watch(after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Warnings that still stand, oldest first."""
    return await db.fetch(
        "SELECT id, case_id, step, task_id, due FROM supervision_warnings"
        " WHERE over_at IS NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2",
        after,
        limit,
    )


async def tallies(hall_id: UUID, first: date, last: date, today: date) -> list[dict[str, Any]]:
    """By department, what the report counts of the entries opened in the period.

    Of a hall with all below it. `due`: answered, or the first answer is overdue on `today`.
    """
    return await db.fetch(
        "SELECT department_id, count(*) AS opened,"
        " count(*) FILTER (WHERE cause = 'overdue') AS overdue,"
        " count(first_answered_on) AS answered,"
        " count(*) FILTER (WHERE first_answered_on IS NOT NULL OR first_due < $4) AS due,"
        " count(*) FILTER (WHERE first_answered_on <= first_due) AS on_time,"
        " count(*) FILTER (WHERE returns > 0) AS returned,"
        " count(escalated_at) AS escalated, count(closed_at) AS closed"
        " FROM supervision_entries"
        " WHERE hall_id = ANY (ARRAY (SELECT b.id FROM hall_and_below($1) b))"
        " AND opened_on BETWEEN $2 AND $3 GROUP BY department_id",
        hall_id,
        first,
        last,
        today,
    )


async def by_ids(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These entries, the oldest first."""
    return await db.fetch(
        "SELECT * FROM supervision_entries WHERE id = ANY($1::uuid[]) ORDER BY id", list(ids)
    )


async def end_warnings(ids: Sequence[UUID], at: datetime) -> int:
    """Note that these are warnings no more; returns how many were."""
    return await db.execute(
        "UPDATE supervision_warnings SET over_at = $2 WHERE id = ANY($1::uuid[])"
        " AND over_at IS NULL",
        list(ids),
        at,
    )
