"""From participation to the services that should have been rated and were not."""

from app.console.figures import BY_NAMES
from app.console.scope import PagedQuery, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.core.wire import day_before
from app.pages.routes import View
from evaluations.ratings.rules import KIND_NAMES
from evaluations.scores import unrated
from evaluations.scores.schemas import Key
from evaluations.scores.unrated_schemas import UnratedBy, UnratedQuery

A_PAGE = 50


class UnratedPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which services, as the figure that led here says."""

    by: UnratedBy = "hall"
    key: Key | None = None


@pages.page("/participation/unrated", guard=MANAGERS)
async def unrated_page(call: Call, query: UnratedPageQuery) -> View:
    """The services of a period that nobody rated, the last ended first."""
    scope = await scope_of(call.act, query)
    kept = {"by": query.by, "key": query.key}
    found = await unrated.services(
        call.act, UnratedQuery(**scope.period(**kept, after=query.after, limit=A_PAGE))
    )
    return View(
        "console/unrated.html",
        title="应评而未评",
        scope=scope,
        found=found,
        kept=kept,
        kinds=KIND_NAMES,
        last_day=day_before,
        what="全部服务" if query.key is None else f"{BY_NAMES[query.by]}：{found.name}",
        export=scope.url("/api/v1/scores/unrated.xlsx", **kept),
        rated=scope.ratings(query.by, query.key),
        participation=scope.url("/console/participation"),
        more=scope.url("/console/participation/unrated", **kept, after=found.next)
        if found.next
        else None,
    )
