"""How long cases took, how many were done within a day, and how that went."""

from datetime import date

import msgspec

from app.console import charts
from app.console.courses import STEP_NAMES, step_of
from app.console.scope import ConsoleQuery, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.routes import View
from app.supervision import handling
from app.supervision.report_schemas import (
    By,
    FigureComparisonQuery,
    FigureTrendQuery,
    HandlingCompared,
    HandlingComparison,
    SeriesKey,
)
from evaluations.scores.periods import Step

BY_NAMES: dict[By, str] = {
    "department": "部门",
    "hall": "中心",
    "window": "窗口",
    "staff": "人员",
    "item": "事项",
    "case_type": "办件类型",
}
ENOUGH = 200
"""Rows of the table; the busiest come first, and the spreadsheet has them all."""


class HandlingPageQuery(ConsoleQuery, frozen=True, kw_only=True):
    """Which figures of handling time.

    `key`: whose course is drawn, of the chosen dimension; without one that of the whole hall.
    `before_first`, `before_last`: the period to compare with; without it the one before.
    """

    by: By = "department"
    key: SeriesKey | None = None
    step: Step | None = None
    before_first: date | None = msgspec.field(name="before_from", default=None)
    before_last: date | None = msgspec.field(name="before_to", default=None)


@pages.page("/handling", guard=MANAGERS)
async def handling_page(call: Call, query: HandlingPageQuery) -> View:
    """Handling time of a period, beside an earlier one, by one dimension, and its course."""
    act, scope = call.act, await scope_of(call.act, query)
    earlier = {"before_first": query.before_first, "before_last": query.before_last}
    asked = FigureComparisonQuery(**scope.period(by=query.by, **earlier))
    compared = await handling.comparison(act, asked)
    step = step_of(scope, query.step)
    keys = [query.key] if query.key else []
    course = await handling.trend(
        act, FigureTrendQuery(**scope.period(by=query.by, key=keys, step=step))
    )
    kept = {
        "by": query.by,
        "before_from": query.before_first,
        "before_to": query.before_last,
    }
    chosen = query.step.value if query.step else None
    return View(
        "console/handling.html",
        title="办理时长",
        scope=scope,
        compared=compared,
        shown=_chosen(compared.rows, query.key) or compared.total,
        before=scope.between(compared.before_first, compared.before_last),
        rest=_rest(compared),
        query=query,
        kept=kept,
        by_name=BY_NAMES[query.by],
        enough=ENOUGH,
        tabs=[
            (
                name,
                scope.url("/console/handling", **(kept | {"by": by}), step=chosen),
                by == query.by,
            )
            for by, name in BY_NAMES.items()
        ],
        steps=[
            (
                name,
                scope.url("/console/handling", **kept, key=query.key, step=one.value),
                one is step,
            )
            for one, name in STEP_NAMES.items()
        ],
        chart_time=charts.handling(
            scope, course, "平均办理用时", "days", lambda point: point.handling_time.value
        ),
        chart_day=charts.handling(
            scope, course, "一日办结率", "percent", lambda point: point.within_a_day.value
        ),
        empty=all(point is None for one in course.series for point in one.points),
        cases_url=lambda part=None, key=query.key: scope.cases(query.by, key, part),
        key_url=lambda key: scope.url("/console/handling", **kept, key=key, step=chosen),
    )


def _rest(compared: HandlingComparison) -> int:
    """How many decided cases of the later period stand in no row, only in the total."""
    counted = sum(row.now.decided for row in compared.rows if row.now)
    return compared.total.now.decided - counted if compared.total.now else 0


def _chosen(rows: list[HandlingCompared], key: str | None) -> HandlingCompared | None:
    """The row of a key, if the hall counted anything for it."""
    return next((row for row in rows if row.key == key), None)
