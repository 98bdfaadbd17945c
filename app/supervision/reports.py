"""What becomes of supervision by department: answers given on time, and reviews let pass."""

from typing import Any

from app.cases.clock import deadlines
from app.core.acts import Act
from app.core.ratios import Ratio
from app.core.wire import Page, after_id, page
from app.halls import service as halls
from app.supervision import queries
from app.supervision.rates import Tally
from app.supervision.report_schemas import (
    AnswerReport,
    DefaultedReview,
    DefaultQuery,
    DefaultReport,
    DefaultRow,
    FigureRate,
    SupervisionPeriod,
    answers,
)
from evaluations.scores.asked import TOTAL_NAME, checked

DESK_NAME = "窗口"
"""Whose entries without a department are: the hall's desk."""


async def answered(act: Act, query: SupervisionPeriod) -> AnswerReport:
    """How the entries opened in the period were answered, by department; raises as `checked`."""
    period = checked(act, query)
    found = await queries.tallies(query.hall_id, period.first, period.last, act.today)
    names = await halls.names(query.hall_id, *(row["department_id"] for row in found))
    rows = [
        answers(row["department_id"], names.get(row["department_id"], DESK_NAME), _tally(row))
        for row in found
    ]
    rows.sort(key=lambda row: (row.key is None, row.name))
    summed = {name: sum(row[name] for row in found) for name in Tally.__dataclass_fields__}
    return AnswerReport(
        hall_id=query.hall_id,
        hall_name=names[query.hall_id],
        first=period.first,
        last=period.last,
        total=answers(None, TOTAL_NAME, Tally(**summed)),
        rows=rows,
    )


def _tally(row: dict[str, Any]) -> Tally:
    return Tally(**{name: row[name] for name in Tally.__dataclass_fields__})


async def defaults(act: Act, query: SupervisionPeriod) -> DefaultReport:
    """How often each department was taken as agreeing in the period; raises as `checked`."""
    period = checked(act, query)
    found = await deadlines.defaults(query.hall_id, period.first, period.last)
    names = await halls.names(query.hall_id, *(row["department_id"] for row in found))
    rows = [_default_row(row, names[row["department_id"]]) for row in found]
    rows.sort(key=lambda row: (-row.share.numerator, row.department))
    return DefaultReport(
        hall_id=query.hall_id,
        hall_name=names[query.hall_id],
        first=period.first,
        last=period.last,
        rows=rows,
    )


def _default_row(row: dict[str, Any], name: str) -> DefaultRow:
    passed = row["overdue"] + row["absent"]
    return DefaultRow(
        department_id=row["department_id"],
        department=name,
        overdue=row["overdue"],
        absent=row["absent"],
        share=FigureRate.of(Ratio(passed, passed + row["decided"])),
    )


async def defaulted(act: Act, query: DefaultQuery) -> Page[DefaultedReview]:
    """The reviews that were taken as agreed in the period, one by one; raises as `checked`."""
    wanted = SupervisionPeriod(hall_id=query.hall_id, first=query.first, last=query.last)
    period = checked(act, wanted)
    found = await deadlines.default_list(
        query.hall_id,
        query.department_id,
        period.first,
        period.last,
        after_id(query),
        query.limit,
    )
    names = await halls.names(*{row["department_id"] for row in found})

    def show(row: dict[str, Any]) -> DefaultedReview:
        return DefaultedReview(**row, department=names[row["department_id"]])

    return page(found, query.limit, show, lambda row: (row["id"],))
