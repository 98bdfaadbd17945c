"""The live view for the hall's big screen: today, this hall, its windows; nobody by name."""

from dataclasses import dataclass

from app.console.scope import ConsoleQuery, Scope, address, scope_of
from app.console.site import MANAGERS, pages
from app.core.acts import Act
from app.core.api import Call
from app.halls import administration
from app.pages.routes import View
from evaluations.scores import service as scores
from evaluations.scores.schemas import Score, ScoreQuery, Scores

EVERY_SECONDS = 5
MOST_WINDOWS = 24
"""As many as can be read from across a hall."""


@dataclass(frozen=True)
class Counter:
    """One window on the wall: how many it served and how many rated. No share, no place, no name.

    `open`: somebody is on duty there.
    """

    number: str
    name: str
    open: bool
    served: int
    rated: int


@dataclass(frozen=True)
class Wall:
    """What the wall shows."""

    found: Scores
    counters: list[Counter]
    hidden: int
    small: bool


async def wall_of(act: Act, scope: Scope) -> Wall:
    """Today's figures of the hall with all below it, and its own windows."""
    today = scope.between(act.today, act.today)
    found = await scores.scores(act, ScoreQuery(**today.period(by="window")))
    counted = {row.key: row for row in found.rows}
    windows = await administration.windows(scope.hall_id)
    counters = [
        _counter(window.number, window.name, bool(window.staff_name), counted.get(str(window.id)))
        for window in windows
    ]
    counters.sort(key=lambda counter: (not counter.open, counter.number))
    return Wall(
        found,
        sorted(counters[:MOST_WINDOWS], key=lambda counter: counter.number),
        max(0, len(counters) - MOST_WINDOWS),
        found.total.small_sample,
    )


def _counter(number: str, name: str, is_open: bool, row: Score | None) -> Counter:
    return Counter(number, name, is_open, row.due if row else 0, row.rated if row else 0)


@pages.page("/wall", guard=MANAGERS)
async def wall_page(call: Call, query: ConsoleQuery) -> View:
    """The big screen."""
    scope = await scope_of(call.act, query)
    return View(
        "console/wall.html",
        title=f"{scope.hall_name} 今日服务",
        scope=scope,
        wall=await wall_of(call.act, scope),
        part=address("/console/wall/now", hall_id=scope.hall_id),
        every=EVERY_SECONDS,
    )


@pages.page("/wall/now", guard=MANAGERS)
async def wall_part(call: Call, query: ConsoleQuery) -> View:
    """What changes on the big screen, fetched every few seconds."""
    scope = await scope_of(call.act, query)
    return View("console/wall_now.html", scope=scope, wall=await wall_of(call.act, scope))
