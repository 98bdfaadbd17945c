"""Deferred materials (容缺): accepted without them, against a pledge with a due day.

What is owed stands here; who supplies it, reminds of it and suspends for it stands in
`deferral_acts`, because the review, which waits for it, must not be needed to know of it.
"""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from app.cases.models import Case
from app.cases.records import china_day
from app.catalog.guide import Guide
from app.core import db
from app.core.acts import Act
from app.core.calendar import WorkingCalendar
from app.halls import service as halls

LONGEST_BREAK = timedelta(days=14)
"""Calendar days within which the next working day surely lies; no holiday is longer."""


async def open_of(case_id: UUID) -> list[str]:
    """The lines of the material list that are still owed, overdue ones among them, by code.

    A grant is not completed while there are any.
    """
    rows = await db.fetch(
        "SELECT requirement FROM case_deferrals WHERE case_id = $1"
        " AND state IN ('open', 'overdue') ORDER BY requirement",
        case_id,
    )
    return [row["requirement"] for row in rows]


async def promised_of(case_id: UUID) -> set[str]:
    """The lines for which the case needs no photo now: owed ones, and those pledged."""
    rows = await db.fetch(
        "SELECT requirement FROM case_deferrals WHERE case_id = $1 AND state IN ('open', 'overdue')"
        " UNION SELECT requirement FROM case_pledges WHERE case_id = $1 AND state <> 'ended'",
        case_id,
    )
    return {row["requirement"] for row in rows}


async def begin(act: Act, case: Case, calendar: WorkingCalendar, guide: Guide) -> list[str]:
    """With the acceptance each deferred material gets its last day; told in lines of the receipt.

    The day of acceptance is not counted (Civil Code, art. 201).
    """
    rows = await db.fetch(
        "SELECT id, requirement, days FROM case_deferrals WHERE case_id = $1 AND state = 'open'"
        " ORDER BY requirement",
        case.id,
    )
    if not rows:
        return []
    dues = [calendar.add(act.today, row["days"]).day for row in rows]
    await db.execute(
        "UPDATE case_deferrals d SET due = n.due"
        " FROM unnest($1::uuid[], $2::date[]) AS n(id, due) WHERE d.id = n.id",
        [row["id"] for row in rows],
        dues,
    )
    names = names_of(guide)
    told = [
        f"容缺受理：“{names.get(row['requirement'], row['requirement'])}”应于"
        f"{china_day(due)}前补交（{row['days']} 个工作日）。"
        for row, due in zip(rows, dues, strict=True)
    ]
    return [*told, "逾期未补交的，将中止审查。"]


def names_of(guide: Guide) -> dict[str, str]:
    """What the lines of a material list are called, by code."""
    return {line.code: line.name for line in guide.materials}


async def supplied(act: Act, case: Case, codes: Collection[str]) -> int:
    """Some of what was owed has come; returns how much of it was owed."""
    return await db.execute(
        "UPDATE case_deferrals SET state = 'supplied', supplied_at = $3 WHERE case_id = $1"
        " AND requirement = ANY($2::text[]) AND state IN ('open', 'overdue')",
        case.id,
        list(codes),
        act.at,
    )


async def end(case: Case, *, but: Collection[str] = ()) -> None:
    """What was owed is owed no more: the case is over, or asks for it no longer.

    Args:
        but: what the case goes on asking for.
    """
    await db.execute(
        "UPDATE case_deferrals SET state = 'ended' WHERE case_id = $1"
        " AND state IN ('open', 'overdue') AND requirement <> ALL($2::text[])",
        case.id,
        list(but),
    )


_CASES = (
    "SELECT d.case_id, c.hall_id, min(d.due) AS due FROM case_deferrals d"
    " JOIN cases c ON c.id = d.case_id"
    " WHERE d.state = 'open' AND c.state IN ('under_review', 'suspended')"
)


async def cases_to_remind(today: date, ahead: int) -> list[UUID]:
    """The cases of which something is due in `ahead` working days, not reminded of so far."""
    rows = await db.fetch(
        f"{_CASES} AND d.due BETWEEN $1 AND $2 AND d.reminded_at IS NULL"
        " GROUP BY d.case_id, c.hall_id",
        today,
        today + ahead * LONGEST_BREAK,
    )
    return [
        row["case_id"]
        for row in rows
        if is_near(await halls.calendar(row["hall_id"]), today, row["due"], ahead)
    ]


def is_near(calendar: WorkingCalendar, today: date, due: date, ahead: int) -> bool:
    """Whether it is time to remind of what is due on that day: `ahead` working days before it."""
    return calendar.working_days_between(today, due) <= ahead


async def cases_overdue(today: date) -> list[UUID]:
    """The cases that wait for something whose last day has passed."""
    rows = await db.fetch(f"{_CASES} AND d.due < $1 GROUP BY d.case_id, c.hall_id", today)
    return [row["case_id"] for row in rows]
