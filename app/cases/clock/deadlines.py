"""Open steps of cases and until when they are due, soonest first. No personal data.

A step that stands still, because its case is paused or suspended, has no deadline for as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.cases.clock.lights import lit_until, of_limit
from app.cases.rules import CORRECTION_DAYS, DELIVERY_DAYS, Step
from app.core import db
from app.core.calendar import WorkingCalendar
from app.core.lights import Light


@dataclass(frozen=True)
class OpenStep:
    """A step that waits to be done: of which case, whose it is, and its limit in working days."""

    id: UUID
    step: Step
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID | None
    due: date
    days: int


@dataclass(frozen=True)
class Position:
    """The place of a step in the list: what it is sorted by."""

    due: date
    step: Step
    id: UUID


@dataclass(frozen=True)
class Sought:
    """Which steps: of one light, of one kind (None: any), after a place in the list."""

    limit: int
    light: Light | None = None
    step: Step | None = None
    after: Position | None = None


_ABOUT = "c.id AS case_id, c.number AS case_number, c.item_name"
_ACCEPT = (
    f"SELECT c.id, 'accept' AS step, {_ABOUT}, NULL::uuid AS department_id, c.accept_due AS due,"  # noqa: S608
    f" {CORRECTION_DAYS} AS days FROM cases c"
    " WHERE c.hall_id = $1 AND c.state IN ('submitted', 'pre_checked')"
)
_CASE = (
    f"SELECT c.id, 'case' AS step, {_ABOUT}, c.department_id, c.promised_due AS due,"  # noqa: S608
    " c.promised_days + c.extended_days AS days FROM cases c"
    " WHERE c.hall_id = $1 AND c.state = 'under_review' AND c.paused_since IS NULL"
)
_DELIVERY = (
    f"SELECT c.id, 'delivery' AS step, {_ABOUT}, NULL::uuid AS department_id,"  # noqa: S608
    f" c.delivery_due AS due, {DELIVERY_DAYS} AS days FROM cases c"
    " WHERE c.hall_id = $1 AND c.state IN ('granted', 'refused', 'issued')"
)
_REVIEW = (
    f"SELECT t.id, 'review' AS step, {_ABOUT}, t.department_id, t.due, t.days"  # noqa: S608
    " FROM case_tasks t JOIN cases c ON c.id = t.case_id"
    " WHERE {scope} = $1 AND t.state = 'open' AND c.state = 'under_review'"
    " AND NOT EXISTS (SELECT FROM case_pauses p WHERE p.case_id = c.id AND p.ended_at IS NULL"
    "  AND (p.task_id IS NULL OR p.task_id = t.id))"
)
_LIGHT = (
    f"CASE WHEN due < $3 THEN 'red' WHEN due <= ($4::date[])[{of_limit('days')}]"
    " THEN 'yellow' ELSE 'green' END"
)


def _soonest(steps: str) -> str:
    """The soonest of one kind of steps; each kind is read in the order of its own index."""
    return (
        f"(SELECT * FROM ({steps}) s WHERE due IS NOT NULL AND ($9::text IS NULL OR step = $9)"  # noqa: S608
        f" AND ($5::text IS NULL OR {_LIGHT} = $5::text)"
        " AND ($6::date IS NULL OR (due, step, id) > ($6::date, $7::text, $8::uuid))"
        " ORDER BY due, id LIMIT $2)"
    )


_IN_ORDER = " ORDER BY due, step, id LIMIT $2"
_OF_HALL = (
    " UNION ALL ".join(
        _soonest(steps) for steps in (_ACCEPT, _CASE, _DELIVERY, _REVIEW.format(scope="c.hall_id"))
    )
    + _IN_ORDER
)
_OF_DEPARTMENT = _soonest(_REVIEW.format(scope="t.department_id"))


async def of_hall(
    hall_id: UUID, calendar: WorkingCalendar, today: date, sought: Sought
) -> list[OpenStep]:
    """The open steps of one hall, the soonest due first, one more than `sought.limit`."""
    return await _read(_OF_HALL, hall_id, calendar, today, sought)


async def of_department(
    department_id: UUID, calendar: WorkingCalendar, today: date, sought: Sought
) -> list[OpenStep]:
    """The open reviews of one department, the soonest due first, one more than `sought.limit`."""
    return await _read(_OF_DEPARTMENT, department_id, calendar, today, sought)


async def _read(
    sql: str, whose: UUID, calendar: WorkingCalendar, today: date, sought: Sought
) -> list[OpenStep]:
    after = sought.after
    rows = await db.fetch(
        sql,
        whose,
        sought.limit + 1,
        today,
        lit_until(calendar, today),
        sought.light,
        after.due if after else None,
        after.step if after else None,
        after.id if after else None,
        sought.step,
    )
    return [OpenStep(**row | {"step": Step(row["step"])}) for row in rows]


@dataclass(frozen=True)
class StepKey:
    """Which step of which case; `task_id` for the review of one department."""

    case_id: UUID
    step: Step
    task_id: UUID | None = None


async def waiting(steps: Sequence[StepKey]) -> dict[StepKey, date]:
    """Which of these steps still wait to be done, each with the day on which it is due now.

    What stands still waits too. One that is over, or whose case is, is left out.
    """
    rows = await db.fetch(
        "SELECT w.case_id, w.step, w.task_id, CASE w.step WHEN 'accept' THEN c.accept_due"
        " WHEN 'case' THEN c.promised_due WHEN 'delivery' THEN c.delivery_due ELSE t.due END"
        " AS due FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS w(case_id, step, task_id)"
        " JOIN cases c ON c.id = w.case_id"
        " LEFT JOIN case_tasks t ON t.id = w.task_id AND t.case_id = c.id"
        " WHERE CASE w.step WHEN 'accept' THEN c.state IN ('submitted', 'pre_checked')"
        " WHEN 'case' THEN c.state IN ('under_review', 'suspended')"
        " WHEN 'delivery' THEN c.state IN ('granted', 'refused', 'issued')"
        " ELSE t.state = 'open' END",
        [key.case_id for key in steps],
        [key.step.value for key in steps],
        [key.task_id for key in steps],
    )
    return {
        StepKey(row["case_id"], Step(row["step"]), row["task_id"]): row["due"]
        for row in rows
        if row["due"] is not None
    }


async def defaults(hall_id: UUID, first: date, last: date) -> list[dict[str, Any]]:
    """By department, how often it was taken as agreeing in the period, and how often it decided.

    Of a hall with all below it. `overdue` and `absent` are 超时默认 and 缺席默认; `decided` counts
    the reviews that the department decided itself.
    """
    return await db.fetch(
        "SELECT t.department_id, count(*) FILTER (WHERE t.by_default = 'overdue') AS overdue,"
        " count(*) FILTER (WHERE t.by_default = 'absent') AS absent,"
        " count(*) FILTER (WHERE t.by_default IS NULL) AS decided"
        " FROM case_tasks t JOIN cases c ON c.id = t.case_id"
        " WHERE c.hall_id = ANY (ARRAY (SELECT b.id FROM hall_and_below($1) b))"
        " AND t.decided_at >= ($2::date)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " AND t.decided_at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " GROUP BY t.department_id",
        hall_id,
        first,
        last,
    )


async def default_list(
    hall_id: UUID,
    department_id: UUID | None,
    first: date,
    last: date,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The reviews that were taken as agreed in the period, one more than `limit`, by id."""
    return await db.fetch(
        "SELECT t.id, c.id AS case_id, c.number AS case_number, c.item_name, t.department_id,"
        " t.stage_name, t.by_default, t.due, t.decided_at"
        " FROM case_tasks t JOIN cases c ON c.id = t.case_id"
        " WHERE t.by_default IS NOT NULL"
        " AND c.hall_id = ANY (ARRAY (SELECT b.id FROM hall_and_below($1) b))"
        " AND ($2::uuid IS NULL OR t.department_id = $2)"
        " AND t.decided_at >= ($3::date)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " AND t.decided_at < ($4::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        " AND ($5::uuid IS NULL OR t.id > $5) ORDER BY t.id LIMIT $6",
        hall_id,
        department_id,
        first,
        last,
        after,
        limit + 1,
    )
