"""From a figure of handling time to the decided cases behind it."""

from app.cases.figures.behind import WITHOUT_KEY, Part
from app.console.handling import BY_NAMES
from app.console.scope import PagedQuery, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.pages.routes import View
from app.reports.behind_sheets import PART_NAMES
from app.supervision import decided
from app.supervision.decided_schemas import AgainQuery, DecidedQuery
from app.supervision.report_schemas import By, SeriesKey

A_PAGE = 50
PART_TABS = PART_NAMES | {Part.DECIDED: "全部"}
UNITS = {Part.CORRECTED: "次补正", Part.BY_DEFAULT: "次默认同意"}
"""What a part counts, where that is not cases."""


class AgainPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which second corrections, as the figure that led here says."""

    by: By = "hall"
    key: SeriesKey | None = None


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
        what=_what("全部办结", query, found.name),
        unit=UNITS.get(query.part),
        export=scope.url("/api/v1/supervision/figures/cases.xlsx", **kept),
        parts=[
            (name, scope.cases(query.by, query.key, part.value), part is query.part)
            for part, name in PART_TABS.items()
        ],
        figures=scope.url("/console/handling", by=None if query.key is None else query.by),
        more=scope.url("/console/handling/cases", **kept, after=found.next) if found.next else None,
    )


def _what(whole: str, query: DecidedPageQuery | AgainPageQuery, name: str) -> str:
    if query.key is None:
        return whole
    return name if query.key == WITHOUT_KEY else f"{BY_NAMES[query.by]}：{name}"


@pages.page("/handling/corrections", guard=MANAGERS)
async def sent_back_page(call: Call, query: AgainPageQuery) -> View:
    """The second corrections behind a figure: applicants who were sent back once more."""
    scope = await scope_of(call.act, query)
    kept = {"by": query.by, "key": query.key}
    found = await decided.corrected_again(
        call.act, AgainQuery(**scope.period(**kept, after=query.after, limit=A_PAGE))
    )
    path = "/console/handling/corrections"
    return View(
        "console/sent_back.html",
        title="二次补正",
        scope=scope,
        found=found,
        kept=kept,
        what=_what("全部", query, found.name),
        figures=scope.url("/console/handling", by=None if query.key is None else query.by),
        more=scope.url(path, **kept, after=found.next) if found.next else None,
    )
