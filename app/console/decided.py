"""From a figure of handling time to the decided cases behind it."""

from app.cases.figures.behind import Part
from app.console.handling import BY_NAMES
from app.console.scope import PagedQuery, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.routes import View
from app.supervision import decided
from app.supervision.decided_schemas import DecidedQuery
from app.supervision.report_schemas import By, SeriesKey

A_PAGE = 50
PART_NAMES = {
    Part.DECIDED: "全部",
    Part.WITHIN_A_DAY: "一日办结",
    Part.OVER_A_DAY: "超过一日",
    Part.ON_TIME: "按时",
    Part.LATE: "超期",
    Part.GRANTED: "准予",
    Part.REFUSED: "不予",
}


class DecidedPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which cases, as the figure that led here says."""

    by: By = "hall"
    key: SeriesKey | None = None
    part: Part = Part.DECIDED


@pages.page("/handling/cases", guard=MANAGERS)
async def decided_page(call: Call, query: DecidedPageQuery) -> View:
    """The decided cases behind a figure of handling time, the last decided first."""
    scope = await scope_of(call.act, query)
    of = {"by": query.by, "key": query.key}
    found = await decided.cases(
        call.act,
        DecidedQuery(**scope.period(**of, part=query.part, after=query.after, limit=A_PAGE)),
    )
    kept = of | {"part": query.part.value}
    return View(
        "console/decided.html",
        title="办结明细",
        scope=scope,
        found=found,
        kept=kept,
        what="全部办结" if query.key is None else f"{BY_NAMES[query.by]}：{found.name}",
        parts=[
            (name, scope.cases(query.by, query.key, part.value), part is query.part)
            for part, name in PART_NAMES.items()
        ],
        figures=scope.url("/console/handling", by=None if query.key is None else query.by),
        more=scope.url("/console/handling/cases", **kept, after=found.next) if found.next else None,
    )
