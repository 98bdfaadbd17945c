"""Pages of the scores of one period: by dimension, ranked, by tag, and what did not take part."""

from typing import Any, get_args

import msgspec

from app.console import charts
from app.console.leaves import MOST_ROWS, LeafQuery, leaf
from app.console.scope import ConsoleQuery, Scope, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.routes import View
from evaluations.scores import missing as missing_ones
from evaluations.scores import service as scores
from evaluations.scores.documents import FORMULAS
from evaluations.scores.orders import Order, OrderedScoreQuery
from evaluations.scores.schemas import (
    By,
    PeriodQuery,
    RankingQuery,
    Score,
    ScoreQuery,
    Share,
)

BY_NAMES: dict[By, str] = {
    "hall": "中心",
    "department": "部门",
    "window": "窗口",
    "staff": "人员",
    "item": "事项",
    "channel": "渠道",
    "tag": "标签",
}
SHARE_NAMES: dict[Share, str] = {"satisfaction": "满意度", "good_rate": "好评率"}
UNRATED_OF = frozenset({"hall", "department", "window", "staff", "item"})
"""Where it is known who should have rated: a channel and a tag belong to ratings alone."""


class ScoresPageQuery(LeafQuery, frozen=True, kw_only=True):
    """Which scores."""

    by: By = "department"
    order: Order = "rank"


class RankingPageQuery(LeafQuery, frozen=True, kw_only=True):
    """Which ranking."""

    by: By = "window"
    of: Share = msgspec.field(default="satisfaction")


def by_tabs(scope: Scope, path: str, chosen: str, **more: Any) -> list[tuple[str, str, bool]]:
    """The dimensions as tabs."""
    return [(name, scope.url(path, by=by, **more), by == chosen) for by, name in BY_NAMES.items()]


@pages.page("/scores", guard=MANAGERS)
async def scores_page(call: Call, query: ScoresPageQuery) -> View:
    """The scores of a period by hall, department, window, staff, item, channel or tag."""
    scope = await scope_of(call.act, query)
    kept = {"by": query.by, "order": None if query.order == "rank" else query.order}
    asked = OrderedScoreQuery(**scope.period(by=query.by, order=query.order))
    found = await scores.score_table(call.act, asked)
    most = sorted(found.rows.lines, key=lambda line: -line.counts.ratings)[: charts.MOST_BARS]
    return View(
        "console/scores.html",
        title="满意度",
        scope=scope,
        found=found,
        leaf=leaf(found.rows, query.skip, scope, "/console/scores", **kept),
        by=query.by,
        kept=kept,
        order=query.order,
        orders={
            order: scope.url("/console/scores", **kept | {"order": order})
            for order in get_args(Order)
        },
        by_name=BY_NAMES[query.by],
        tabs=by_tabs(scope, "/console/scores", query.by, order=kept["order"]),
        of_service=query.by in UNRATED_OF,
        chart=charts.levels(scope, query.by, found.rows.of(most)) if most else None,
        most_bars=charts.MOST_BARS,
        formulas=FORMULAS,
        bad=bad_of,
        rest=found.total.rated - sum(line.counts.ratings for line in found.rows.lines),
    )


def bad_of(row: Score) -> int:
    """How many of a row's ratings are bad (差评: levels 1 and 2)."""
    return row.levels["1"] + row.levels["2"]


@pages.page("/ranking", guard=MANAGERS)
async def ranking_page(call: Call, query: RankingPageQuery) -> View:
    """Who stands where, with the uncertainty of each."""
    scope = await scope_of(call.act, query)
    asked = RankingQuery(**scope.period(by=query.by, of=query.of))
    found = await scores.ranking_table(call.act, asked)
    name = SHARE_NAMES[query.of]
    return View(
        "console/ranking.html",
        title="排名",
        scope=scope,
        found=found,
        leaf=leaf(found.rows, query.skip, scope, "/console/ranking", by=query.by, of=query.of),
        most_left_out=MOST_ROWS,
        by_name=BY_NAMES[query.by],
        share_name=name,
        tabs=by_tabs(scope, "/console/ranking", query.by, of=query.of),
        shares=[
            (text, scope.url("/console/ranking", by=query.by, of=of), of == query.of)
            for of, text in SHARE_NAMES.items()
        ],
        chart=charts.ranking(scope, query.by, found.rows, name) if found.rows else None,
        most_bars=charts.MOST_BARS,
    )


@pages.page("/tags", guard=MANAGERS)
async def tags_page(call: Call, query: ConsoleQuery) -> View:
    """How often each tag was given, of the ratings of its level."""
    scope = await scope_of(call.act, query)
    found = await scores.tags(call.act, PeriodQuery(**scope.period()))
    return View("console/tags.html", title="标签", scope=scope, found=found)


@pages.page("/participation", guard=MANAGERS)
async def participation_page(call: Call, query: ConsoleQuery) -> View:
    """How many rated of those who could, and from which windows and devices nothing came."""
    scope = await scope_of(call.act, query)
    found = await scores.scores(call.act, ScoreQuery(**scope.period(by="window")))
    silent = await missing_ones.missing(call.act, PeriodQuery(**scope.period()))
    rows = [row for row in found.rows if row.due]
    rows.sort(key=lambda row: (row.participation.value or 0, -row.due))
    return View(
        "console/participation.html",
        title="参评与缺失",
        scope=scope,
        total=found.total,
        rows=rows,
        rest=found.total.due - sum(row.due for row in rows),
        silent=silent,
        formula=FORMULAS["participation"],
    )
