"""The first page of the console: how the hall stands, and what needs somebody today."""

from app.console import charts
from app.console.courses import WHEN, step_of
from app.console.scope import ConsoleQuery, Scope, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.addresses import address
from app.pages.routes import View
from app.supervision import handling
from app.supervision import service as supervision
from app.supervision.report_schemas import FigureComparisonQuery
from app.supervision.schemas import SupervisionBoardQuery
from evaluations.rectification import service as rectification
from evaluations.rectification.report_schemas import RectificationBoardQuery
from evaluations.rectification.schemas import RectificationQuery
from evaluations.scores import comparing
from evaluations.scores import service as scores
from evaluations.scores.periods import month_text
from evaluations.scores.schemas import ComparisonQuery, Ranked, RankingQuery, TrendQuery

BEST = 5
OVERDUE = 6


@pages.page("", guard=MANAGERS)
async def overview_page(call: Call, query: ConsoleQuery) -> View:
    """How the hall stands: satisfaction, participation, bad ratings, deadlines, handling time."""
    act, scope = call.act, await scope_of(call.act, query)
    compared = await comparing.comparison(act, ComparisonQuery(**scope.period()))
    step = step_of(scope, None)
    trend = await scores.trend(act, TrendQuery(**scope.period(step=step)))
    windows = await scores.ranking(act, RankingQuery(**scope.period(by="window")))
    loop = await rectification.board(act, RectificationBoardQuery(hall_id=scope.hall_id))
    overdue = await rectification.listed(
        act,
        RectificationQuery(hall_id=scope.hall_id, overdue=True, by_due=True, limit=OVERDUE),
    )
    watched = await supervision.board(act, SupervisionBoardQuery(hall_id=scope.hall_id))
    spent = await handling.comparison(act, FigureComparisonQuery(**scope.period()))
    return View(
        "console/overview.html",
        title="总览",
        scope=scope,
        now=compared.total.now,
        was=compared.total.before,
        change=compared.total.change,
        before=scope.between(compared.before_first, compared.before_last),
        chart=charts.trend(scope, trend, "satisfaction"),
        when=WHEN[step],
        best=windows.rows[:BEST],
        lowest=_lowest(windows.rows),
        left_out=len(windows.left_out),
        small=windows.small_sample_below,
        loop=loop,
        waiting=sum(column.total for column in loop.columns),
        overdue=overdue.items,
        watched=watched,
        spent=spent.total,
        links=_links(scope),
    )


def _lowest(rows: list[Ranked]) -> list[Ranked]:
    """The last of a ranking, the last one first; none that stands among the best already."""
    return rows[: BEST - 1 : -1][:BEST]


def _links(scope: Scope) -> dict[str, str]:
    of_hall = {"hall_id": scope.hall_id}
    return {
        "ratings": scope.ratings(),
        "bad": scope.ratings(level=[1, 2]),
        "scores": scope.url("/console/scores"),
        "ranking": scope.url("/console/ranking"),
        "trend": scope.url("/console/trend"),
        "participation": scope.url("/console/participation"),
        "handling": scope.url("/console/handling"),
        "report": address("/reports", **of_hall, month=month_text(scope.last)),
        "loop": address("/console/rectifications", **of_hall),
        "overdue": address("/console/rectifications", **of_hall, overdue="true"),
        "entries": address("/console/deadlines", **of_hall, view="entries"),
        "red": address("/console/deadlines", **of_hall, light="red"),
        "warnings": address("/console/deadlines", **of_hall, view="warnings"),
    }
