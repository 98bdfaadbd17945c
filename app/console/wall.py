"""The live view for the hall's big screen: today, this hall, its windows; nobody by name.

Everybody in the hall can read it. It holds what the hall publishes of itself, no score of a
window, and nothing of persons: neither who is served nor who serves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.console.scope import ConsoleQuery, Scope, scope_of
from app.console.site import MANAGERS, pages
from app.core.acts import Act
from app.core.api import Call
from app.halls import service as halls
from app.halls.service import OnDuty
from app.pages.addresses import address
from app.pages.routes import View
from app.supervision import service as supervision
from app.supervision.schemas import SupervisionBoard, SupervisionBoardQuery
from evaluations.ratings import visits
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.scores import periods
from evaluations.scores import service as scores
from evaluations.scores.periods import Step
from evaluations.scores.schemas import Score, ScoreQuery

EVERY_SECONDS = 5
MOST_WINDOWS = 18
"""As many as can be read from across a hall; the open ones first."""
FEW_WINDOWS = 9
"""Up to so many there is room for larger type."""
MOST_ITEMS = 5
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@dataclass(frozen=True)
class Counter:
    """A window on the wall. `serving`: a visit is open there; `open`: somebody is on duty."""

    number: str
    name: str
    open: bool
    serving: bool


@dataclass(frozen=True)
class Busy:
    """An item and how often it was handled today; `share` is of the busiest one."""

    name: str
    served: int
    share: float


@dataclass(frozen=True)
class Wall:
    """What the wall shows.

    `today` and `month` count the hall with all below it; `serving` is how many visits are open
    at its own windows now.
    """

    today: Score
    month: Score
    levels: list[tuple[str, str, int]]
    busiest: list[Busy]
    counters: list[Counter]
    hidden: int
    open: int
    serving: int
    board: SupervisionBoard


async def wall_of(act: Act, scope: Scope) -> Wall:
    """How the hall stands today."""
    day = scope.between(act.today, act.today)
    month = scope.between(periods.begin_of(Step.MONTH, act.today), act.today)
    today = await scores.scores(act, ScoreQuery(**day.period(by="item")))
    this_month = await scores.scores(act, ScoreQuery(**month.period(by="hall")))
    windows = await halls.windows(scope.hall_id)
    serving = await visits.open_at(scope.hall_id)
    board = await supervision.board(act, SupervisionBoardQuery(hall_id=scope.hall_id))
    counters = _counters(windows, serving)
    shown = counters[:MOST_WINDOWS]
    return Wall(
        today=today.total,
        month=this_month.total,
        levels=[
            (str(level), name, today.total.levels[str(level)])
            for level, name in sorted(LEVEL_NAMES.items(), reverse=True)
        ],
        busiest=_busiest(today.rows),
        counters=sorted(shown, key=lambda counter: counter.number),
        hidden=len(counters) - len(shown),
        open=sum(counter.open for counter in counters),
        serving=sum(serving.values()),
        board=board,
    )


def _counters(windows: Iterable[OnDuty], serving: dict[UUID, int]) -> list[Counter]:
    """The windows, those at which somebody serves first."""
    found = [
        Counter(
            window.window_number,
            window.window_name,
            open=window.staff_id is not None,
            serving=bool(serving.get(window.window_id)),
        )
        for window in windows
    ]
    return sorted(found, key=lambda counter: (not counter.serving, not counter.open))


def _busiest(rows: Iterable[Score]) -> list[Busy]:
    busy = sorted((row for row in rows if row.due), key=lambda row: (-row.due, row.name))
    most = busy[0].due if busy else 1
    return [Busy(row.name, row.due, row.due / most) for row in busy[:MOST_ITEMS]]


@pages.page("/wall", guard=MANAGERS)
async def wall_page(call: Call, query: ConsoleQuery) -> View:
    """The big screen."""
    scope = await scope_of(call.act, query)
    return View(
        "console/wall.html",
        title=f"{scope.hall_name} 今日服务",
        part=address("/console/wall/now", hall_id=scope.hall_id),
        every=EVERY_SECONDS,
        **await shown(call.act, scope),
    )


@pages.page("/wall/now", guard=MANAGERS)
async def wall_part(call: Call, query: ConsoleQuery) -> View:
    """What changes on the big screen, fetched every few seconds."""
    scope = await scope_of(call.act, query)
    return View("console/wall_now.html", **await shown(call.act, scope))


async def shown(act: Act, scope: Scope) -> dict[str, Any]:
    """What both templates of the wall need."""
    return {
        "scope": scope,
        "wall": await wall_of(act, scope),
        "few_windows": FEW_WINDOWS,
        "small": act.house.settings.small_sample,
        "weekday": WEEKDAYS[act.today.weekday()],
    }
