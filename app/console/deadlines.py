"""The deadlines board: open steps by their lights, warnings, and supervision entries (督办)."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec

from app.cases import facts
from app.cases.rules import Step
from app.console.scope import PagedQuery, Scope, halls_of, scope_of
from app.console.site import MANAGERS, SUPERVISOR, pages
from app.core.acts import Act
from app.core.api import Call
from app.core.auth import Role, require_staff
from app.core.errors import NotFound
from app.core.lights import Light
from app.core.wire import In, Page
from app.halls import administration
from app.halls import service as halls
from app.pages.addresses import address
from app.pages.routes import Redirect, View
from app.supervision import answering, opening, reports, service
from app.supervision.report_schemas import (
    DeadlineQuery,
    DeadlineRow,
    DefaultedReview,
    DefaultQuery,
    SupervisionPeriod,
)
from app.supervision.rules import (
    CAUSE_NAMES,
    EVENT_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    Cause,
    State,
)
from app.supervision.schemas import (
    EntryQuery,
    EntryRow,
    JudgeEntryIn,
    OpenEntryIn,
    SupervisionBoardQuery,
    WarningQuery,
    WarningRow,
    Words,
)

A_LIST = 50
A_GROUP = {Light.RED: 50, Light.YELLOW: 50, Light.GREEN: 20}
"""How many of each light the board shows at first; red ones come first, then yellow."""
LIGHT_NAMES = {Light.RED: "红灯：已超期", Light.YELLOW: "黄灯：将到期", Light.GREEN: "绿灯：期限内"}
BY_HAND = (Cause.MANUAL, Cause.SECOND_CORRECTION)
DeadlinesView = Literal["steps", "warnings", "entries", "answers", "defaults"]
VIEWS: dict[DeadlinesView, str] = {
    "steps": "办理期限",
    "warnings": "黄灯预警",
    "entries": "督办",
    "answers": "督办答复情况",
    "defaults": "默认同意",
}
_FILES: dict[DeadlinesView, str] = {view: view for view in VIEWS} | {"steps": "deadlines"}


class DeadlinesPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which part of the board.

    `light` narrows steps and entries, `step` the steps, `state` and `escalated` the entries,
    `department_id` the reviews that were taken as agreed.
    """

    view: DeadlinesView = "steps"
    light: Light | None = None
    step: Step | None = None
    state: State | None = None
    escalated: bool = False
    department_id: UUID | None = None


class OpenEntryForm(In, frozen=True):
    """Why a supervisor opens an entry, and whose reviewers must answer."""

    reason: Words
    cause: Literal["manual", "second_correction"] = "manual"
    department_id: UUID | None = None


@dataclass(frozen=True)
class Group:
    """Open steps of one light; `more` is the address of all of them, if there are more."""

    light: Light
    rows: list[DeadlineRow]
    more: str | None


@pages.page("/deadlines", guard=MANAGERS)
async def deadlines_page(call: Call, query: DeadlinesPageQuery) -> View:
    """What is due, what will soon be overdue, what must be answered and how that went."""
    act, scope = call.act, await scope_of(call.act, query)
    board = await service.board(act, SupervisionBoardQuery(hall_id=scope.hall_id))
    return View(
        f"console/deadlines_{query.view}.html",
        title=VIEWS[query.view],
        scope=scope,
        board=board,
        query=query,
        tabs=[
            (name, scope.url("/console/deadlines", view=view), view == query.view)
            for view, name in VIEWS.items()
        ],
        lights=LIGHT_NAMES,
        steps=STEP_NAMES,
        states=STATE_NAMES,
        supervises=scope.hall_id in require_staff(act.actor).halls(Role.SUPERVISOR),
        export=_export(scope, query),
        url=lambda **given: address("/console/deadlines", hall_id=scope.hall_id, **given),
        **await _shown(act, scope, query),
    )


def _export(scope: Scope, query: DeadlinesPageQuery) -> str:
    """Where what is on screen is to be had as a spreadsheet."""
    path = f"/api/v1/supervision/{_FILES[query.view]}.xlsx"
    if query.view == "warnings":
        return address(path, hall_id=scope.hall_id)
    if query.view == "answers":
        return scope.url(path)
    if query.view == "defaults":
        return scope.url(path, department_id=query.department_id)
    light = query.light.value if query.light else None
    if query.view == "steps":
        step = query.step.value if query.step else None
        return address(path, hall_id=scope.hall_id, light=light, step=step)
    state = query.state.value if query.state else None
    escalated = "true" if query.escalated else None
    return address(path, hall_id=scope.hall_id, light=light, state=state, escalated=escalated)


async def _shown(act: Act, scope: Scope, query: DeadlinesPageQuery) -> dict[str, Any]:
    if query.view == "steps":
        return {"groups": await _groups(act, scope, query)}
    period = SupervisionPeriod(**scope.period())
    if query.view == "answers":
        return {"report": await reports.answered(act, period)}
    found = await _list(act, scope, query)
    kept = {
        name: value
        for name in ("view", "light", "state", "escalated", "department_id")
        if (value := getattr(query, name))
    }
    if query.escalated:
        kept["escalated"] = "true"
    more = scope.url("/console/deadlines", **kept, after=found.next) if found.next else None
    shown: dict[str, Any] = {"rows": found.items, "more": more}
    if query.view == "defaults":
        shown["report"] = await reports.defaults(act, period)
    return shown


async def _groups(act: Act, scope: Scope, query: DeadlinesPageQuery) -> list[Group]:
    """The open steps, red before yellow before green; within a light the soonest due first."""
    if query.light:
        found = await _steps(act, scope, query, query.light, A_LIST)
        return [Group(query.light, found.items, _more(scope, query, query.light, found.next))]
    groups = []
    for light, most in A_GROUP.items():
        found = await _steps(act, scope, query, light, most)
        groups.append(Group(light, found.items, _more(scope, query, light, found.next)))
    return groups


async def _steps(
    act: Act, scope: Scope, query: DeadlinesPageQuery, light: Light, most: int
) -> Page[DeadlineRow]:
    asked = DeadlineQuery(
        hall_id=scope.hall_id,
        light=light,
        step=query.step,
        after=query.after if query.light else None,
        limit=most,
    )
    return await service.open_steps(act, asked)


def _more(scope: Scope, query: DeadlinesPageQuery, light: Light, after: str | None) -> str | None:
    return (
        address(
            "/console/deadlines",
            hall_id=scope.hall_id,
            light=light.value,
            step=query.step.value if query.step else None,
            after=after,
        )
        if after
        else None
    )


async def _list(
    act: Act, scope: Scope, query: DeadlinesPageQuery
) -> Page[WarningRow] | Page[EntryRow] | Page[DefaultedReview]:
    place: dict[str, Any] = {"hall_id": scope.hall_id, "after": query.after, "limit": A_LIST}
    if query.view == "warnings":
        return await service.warnings(act, WarningQuery(**place))
    if query.view == "entries":
        place |= {"state": query.state, "light": query.light, "escalated": query.escalated}
        return await service.listed(act, EntryQuery(**place))
    place |= {"first": scope.first, "last": scope.last, "department_id": query.department_id}
    return await reports.defaulted(act, DefaultQuery(**place))


@pages.page("/supervision/<entry_id:uuid>", guard=MANAGERS)
async def entry_page(call: Call, entry_id: UUID) -> View:
    """One supervision entry: why, what was answered, and the verdict on it."""
    found = await service.shown(call.act, entry_id)
    supervised = dict(await halls_of(require_staff(call.act.actor), [Role.SUPERVISOR]))
    row = found.summary
    return View(
        "console/entry.html",
        title=f"督办 {row.number}",
        found=found,
        row=row,
        events=EVENT_NAMES,
        judges=row.state is State.ANSWERED and row.hall_id in supervised,
        list=address("/console/deadlines", hall_id=row.hall_id, view="entries"),
    )


@pages.page("/cases/<case_id:uuid>/supervise", guard=SUPERVISOR)
async def open_entry_page(call: Call, case_id: UUID) -> View:
    """The form with which a supervisor opens an entry on a case of their halls."""
    case = (await facts.facts([case_id])).get(case_id)
    if case is None or case.hall_id not in require_staff(call.act.actor).halls(Role.SUPERVISOR):
        raise NotFound("没有找到这个办件。")
    parts = (await facts.departments([case_id]))[case_id]
    names = await halls.names(*parts)
    others = {one.id: one.name for one in await administration.departments(case.hall_id)}
    return View(
        "console/entry_open.html",
        title="发起督办",
        case=case,
        causes=[(cause.value, CAUSE_NAMES[cause]) for cause in BY_HAND],
        departments=[*names.items(), *((key, others[key]) for key in others if key not in names)],
        parts=names,
    )


@pages.form("/cases/<case_id:uuid>/supervise", guard=SUPERVISOR)
async def open_entry(call: Call, case_id: UUID, body: OpenEntryForm) -> Redirect:
    """Open an entry by hand; who is responsible must answer it."""
    given = OpenEntryIn(case_id=case_id, **msgspec.structs.asdict(body))
    made = await opening.open_by_hand(call.act, given)
    return Redirect(f"/console/supervision/{made.id}", said="已发起督办，请等待答复。")


class _Entry(Protocol):
    """What a verdict gives back."""

    id: UUID
    state: str


async def _judged(act: Awaitable[_Entry]) -> Redirect:
    entry = await act
    state = STATE_NAMES[State(entry.state)]
    return Redirect(f"/console/supervision/{entry.id}", said=f"已记录，现在是“{state}”。")


@pages.form("/supervision/<entry_id:uuid>/accept", guard=SUPERVISOR)
async def accept_answer(call: Call, entry_id: UUID, body: JudgeEntryIn) -> Redirect:
    """Accept the answer."""
    return await _judged(answering.accept(call.act, entry_id, body.note))


@pages.form("/supervision/<entry_id:uuid>/return", guard=SUPERVISOR)
async def return_answer(call: Call, entry_id: UUID, body: JudgeEntryIn) -> Redirect:
    """Return the answer for a better one."""
    return await _judged(answering.send_back(call.act, entry_id, body.note))
