"""Reading what waits at the desk. The caller has checked whose eyes it serves."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.cases.clock.lights import lit_until, of_limit
from app.cases.rules import CORRECTION_DAYS, DELIVERY_DAYS
from app.cases.worklist.schemas import Work
from app.core import db
from app.core.calendar import WorkingCalendar

_HALL = "c.hall_id = $1 AND ($2::uuid IS NULL OR c.department_id = $2)"
_NOT_WITH_CARRIER = (
    "NOT EXISTS (SELECT FROM case_shipments s WHERE s.case_id = c.id AND s.ended_at IS NULL"
    " AND s.state <> 'to_post')"
)
_OWED = (
    "CROSS JOIN LATERAL (SELECT min(d.due) AS due, max(d.days) AS days FROM case_deferrals d"
    " WHERE d.case_id = c.id AND d.state IN ('open', 'overdue')) o"
)
_PARTS: dict[Work, tuple[str, str, str, str]] = {
    Work.ACCEPT: (
        "c.accept_due",
        str(CORRECTION_DAYS),
        "",
        "c.state IN ('submitted', 'pre_checked')",
    ),
    Work.ISSUE: ("c.delivery_due", str(DELIVERY_DAYS), "", "c.state = 'granted'"),
    Work.DELIVER: (
        "c.delivery_due",
        str(DELIVERY_DAYS),
        "",
        "c.state IN ('issued', 'refused') AND c.delivery <> 'post'",
    ),
    Work.POST: (
        "c.delivery_due",
        str(DELIVERY_DAYS),
        "",
        f"c.state IN ('issued', 'refused') AND c.delivery = 'post' AND {_NOT_WITH_CARRIER}",
    ),
    Work.CORRECTION: ("NULL::date", "1", "", "c.state = 'correction'"),
    Work.DEFERRAL: (
        "o.due",
        "o.days",
        _OWED,
        "c.state IN ('under_review', 'suspended') AND o.due IS NOT NULL",
    ),
    Work.REVIEW: (
        "CASE WHEN c.paused_since IS NULL THEN c.promised_due END",
        "c.promised_days + c.extended_days",
        "",
        "c.state = 'under_review'",
    ),
}
"""For each kind of work: its last day, its limit in working days, what is joined, which cases."""
LAST = date.max
"""Where something without a last day stands in the order."""


def _select(work: Work) -> str:
    due, days, join, where = _PARTS[work]
    return (
        f"SELECT c.id AS case_id, c.number, c.item_name, c.applicant_name, c.state,"  # noqa: S608
        f" '{work}' AS work, c.submitted_at, {due} AS due, {days} AS days,"
        " c.corrections > 0 AS again, c.state = 'pre_checked' AS pre_checked"
        f" FROM cases c {join} WHERE {_HALL} AND {where}"
    )


def _soonest(work: Work) -> str:
    return (
        f"(SELECT * FROM ({_select(work)}) w WHERE ($4::date IS NULL"  # noqa: S608
        " OR (coalesce(due, 'infinity'::date), case_id) > ($4::date, $5::uuid))"
        " ORDER BY coalesce(due, 'infinity'::date), case_id LIMIT $3)"
    )


async def waiting(
    hall_id: UUID,
    department_id: UUID | None,
    works: Sequence[Work],
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The cases of a hall that wait for one of `works`, the soonest due first.

    One more than `limit`; what has no last day comes last.
    """
    return await db.fetch(
        f"SELECT * FROM ({' UNION ALL '.join(_soonest(work) for work in works)}) waiting"  # noqa: S608
        " ORDER BY due NULLS LAST, case_id LIMIT $3",
        hall_id,
        department_id,
        limit + 1,
        after[0] if after else None,
        after[1] if after else None,
    )


_LIT = f"($4::date[])[{of_limit('days')}]"
_OF_ALL = " UNION ALL ".join(f"SELECT work, due, days FROM ({_select(one)}) w" for one in Work)  # noqa: S608
_COUNTS = (
    "SELECT work, count(*) AS total, count(*) FILTER (WHERE due < $3) AS red,"  # noqa: S608
    f" count(*) FILTER (WHERE due >= $3 AND due <= {_LIT}) AS yellow"
    f" FROM ({_OF_ALL}) waiting GROUP BY work"
)


async def counts(
    hall_id: UUID, department_id: UUID | None, calendar: WorkingCalendar, today: date
) -> dict[Work, tuple[int, int, int]]:
    """How many cases of a hall wait for what: all, of a yellow light, of a red one."""
    rows = await db.fetch(
        _COUNTS,
        hall_id,
        department_id,
        today,
        lit_until(calendar, today),
    )
    return {Work(row["work"]): (row["total"], row["yellow"], row["red"]) for row in rows}
