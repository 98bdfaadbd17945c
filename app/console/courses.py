"""Pages of how figures went: trends, and two periods side by side."""

from datetime import date

import msgspec

from app.console import charts
from app.console.figures import BY_NAMES, UNRATED_OF, by_tabs
from app.console.leaves import LeafQuery, leaf
from app.console.scope import ConsoleQuery, Scope, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.routes import View
from evaluations.scores import comparing
from evaluations.scores import service as scores
from evaluations.scores.periods import Step
from evaluations.scores.schemas import By, ComparisonQuery, Key, TrendQuery
from evaluations.scores.tables import ComparisonTable

STEP_NAMES = {Step.DAY: "按日", Step.WEEK: "按周", Step.MONTH: "按月", Step.QUARTER: "按季度"}
WHEN = {Step.DAY: "当天", Step.WEEK: "那一周", Step.MONTH: "那个月", Step.QUARTER: "那个季度"}
"""What a point of a trend stands for."""
MOST_DAYS, MOST_WEEKS = 62, 370
"""Days up to which a trend is drawn by day, and by week, where nobody chose."""


class TrendPageQuery(ConsoleQuery, frozen=True, kw_only=True):
    """Which trend; without keys that of the whole hall."""

    by: By = "hall"
    key: list[Key] = msgspec.field(default_factory=list)
    step: Step | None = None


class ComparePageQuery(LeafQuery, frozen=True, kw_only=True):
    """Which two periods; without the earlier one it is that before, of equal length."""

    by: By = "department"
    before_first: date | None = msgspec.field(name="before_from", default=None)
    before_last: date | None = msgspec.field(name="before_to", default=None)


def step_of(scope: Scope, chosen: Step | None) -> Step:
    """How finely a trend is divided: as chosen, or so that it can be read."""
    if chosen:
        return chosen
    days = (scope.last - scope.first).days
    if days <= MOST_DAYS:
        return Step.DAY
    return Step.WEEK if days <= MOST_WEEKS else Step.MONTH


@pages.page("/trend", guard=MANAGERS)
async def trend_page(call: Call, query: TrendPageQuery) -> View:
    """How satisfaction, good rate and participation went, of the hall or of some keys."""
    scope = await scope_of(call.act, query)
    step = step_of(scope, query.step)
    asked = TrendQuery(**scope.period(by=query.by, key=query.key, step=step))
    found = await scores.trend(call.act, asked)
    shown = {"satisfaction": "满意度", "good_rate": "好评率"}
    if query.by in UNRATED_OF:
        shown["participation"] = "主动评价率"
    kept = {"by": query.by, "key": query.key}
    return View(
        "console/trend.html",
        title="趋势",
        scope=scope,
        found=found,
        query=query,
        by_name=BY_NAMES[query.by],
        names=[one.name for one in found.series],
        charts=[(share, name, charts.trend(scope, found, share)) for share, name in shown.items()],
        steps=[
            (name, scope.url("/console/trend", step=one.value, **kept), one is step)
            for one, name in STEP_NAMES.items()
        ],
        step=step,
        when=WHEN[step],
        empty=all(point is None for one in found.series for point in one.points),
    )


@pages.page("/compare", guard=MANAGERS)
async def compare_page(call: Call, query: ComparePageQuery) -> View:
    """Two periods side by side, by how much each figure rose or fell."""
    scope = await scope_of(call.act, query)
    earlier = {"before_first": query.before_first, "before_last": query.before_last}
    asked = ComparisonQuery(**scope.period(by=query.by, **earlier))
    found = await comparing.comparison_table(call.act, asked)
    kept = {"before_from": query.before_first, "before_to": query.before_last}
    return View(
        "console/compare.html",
        title="对比",
        scope=scope,
        found=found,
        leaf=leaf(found.rows, query.skip, scope, "/console/compare", by=query.by, **kept),
        query=query,
        kept=kept,
        before=scope.between(found.before_first, found.before_last),
        rest=_rest(found),
        by_name=BY_NAMES[query.by],
        tabs=by_tabs(scope, "/console/compare", query.by, **kept),
    )


def _rest(found: ComparisonTable) -> int:
    """How many ratings of the later period stand in no row, only in the total."""
    counted = sum(line.rated for line in found.rows.lines)
    return found.total.now.rated - counted if found.total.now else 0
