"""From a figure to the ratings behind it, to one of them, and to its case."""

from uuid import UUID

import msgspec

from app.cases import service as cases
from app.cases.facts import by_number
from app.console.figures import BY_NAMES
from app.console.scope import PagedQuery, halls_of, scope_of
from app.console.site import MANAGERS, pages
from app.core.api import Call
from app.core.auth import Role, require_staff
from app.core.errors import NotFound
from app.pages.addresses import address
from app.pages.routes import Redirect, View
from evaluations.ratings.rules import KIND_NAMES, LEVEL_NAMES
from evaluations.rectification.rules import STATE_NAMES, VERDICT_NAMES, Verdict
from evaluations.scores import drill
from evaluations.scores.drill_schemas import BehindQuery, Level
from evaluations.scores.keyless import WITHOUT_KEY
from evaluations.scores.periods import month_text
from evaluations.scores.schemas import By, Key

A_PAGE = 50
VIAS = {
    "device": "评价设备",
    "account": "评价人的账号",
    "static": "窗口二维码",
    "visit": "本次服务的二维码",
    "sms": "短信邀请",
    "client": "其他系统",
    "entered": "工作人员录入",
}
STATE_OF = {state.value: name for state, name in STATE_NAMES.items()}


class RatingsPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which ratings, as the figure that led here says."""

    by: By = "hall"
    key: Key | None = None
    level: list[Level] = msgspec.field(default_factory=list)
    commented: bool = False


@pages.page("/ratings", guard=MANAGERS)
async def ratings_page(call: Call, query: RatingsPageQuery) -> View:
    """The ratings behind a figure, the newest first."""
    scope = await scope_of(call.act, query)
    found = await drill.ratings(
        call.act,
        BehindQuery(
            **scope.period(by=query.by, key=query.key, level=query.level),
            commented=query.commented,
            after=query.after,
            limit=A_PAGE,
        ),
    )
    kept = {"by": query.by, "key": query.key, "commented": "true" if query.commented else None}
    levels = {
        "全部": [],
        **{name: [level] for level, name in LEVEL_NAMES.items()},
        "差评": [1, 2],
    }
    return View(
        "console/ratings.html",
        title="评价明细",
        scope=scope,
        found=found,
        query=query,
        kept=kept,
        what=_what(query, found.name),
        of_key=query.key != WITHOUT_KEY,
        levels=[
            (
                name,
                scope.ratings(query.by, query.key, level, commented=kept["commented"]),
                sorted(level) == sorted(query.level),
            )
            for name, level in levels.items()
        ],
        state_of=STATE_OF,
        ledger=address("/console/ledger", hall_id=scope.hall_id, month=month_text(scope.last)),
        export={
            "hall_id": scope.hall_id,
            "from": scope.first,
            "to": scope.last,
            "level": query.level,
            **kept,
        },
        more=scope.url("/console/ratings", **kept, level=query.level, after=found.next)
        if found.next
        else None,
    )


def _what(query: RatingsPageQuery, name: str) -> str:
    if query.key is None:
        return "全部评价"
    return name if query.key == WITHOUT_KEY else f"{BY_NAMES[query.by]}：{name}"


@pages.page("/ratings/<rating_id:uuid>", guard=MANAGERS)
async def rating_page(call: Call, rating_id: UUID) -> View:
    """One rating: where it was given, what it says, and the way to its case."""
    found = await drill.rating(call.act, rating_id)
    number = found.summary.case_number
    return View(
        "console/rating.html",
        title="一条评价",
        found=found,
        row=found.summary,
        via=VIAS.get(found.via, found.via),
        kind=KIND_NAMES[found.summary.kind],
        state_of=STATE_OF,
        verdict=VERDICT_NAMES[Verdict(found.ruling.verdict)] if found.ruling else None,
        case=f"/console/cases/of/{number}" if number else None,
    )


@pages.page("/cases/of/<number:str>", guard=MANAGERS)
async def case_of_number(call: Call, number: str) -> Redirect:
    """On to the case of a number, if it is the caller's to see."""
    found = await by_number(number)
    if found is None:
        raise NotFound("没有找到这个办件，它可能由其他系统办理。")
    await cases.for_staff(call.act, found.id)
    return Redirect(f"/console/cases/{found.id}")


@pages.page("/cases/<case_id:uuid>", guard=MANAGERS)
async def case_page(call: Call, case_id: UUID) -> View:
    """A case as who watches over the work sees it: without who applied."""
    found = await cases.for_staff(call.act, case_id)
    person = require_staff(call.act.actor)
    supervises = found.hall_id in dict(await halls_of(person, [Role.SUPERVISOR]))
    return View(
        "console/case.html",
        title=f"办件 {found.number}",
        case=found,
        supervises=supervises,
        to_supervision=address("/console/deadlines", hall_id=found.hall_id),
    )
