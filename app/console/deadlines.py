"""The deadlines board: open steps by their lights, warnings, and supervision entries (督办)."""

from collections.abc import Awaitable
from typing import Protocol
from uuid import UUID

from app.cases.rules import Step
from app.console.scope import PagedQuery, address, halls_of, scope_of
from app.console.site import MANAGERS, SUPERVISOR, pages
from app.core.api import Call
from app.core.auth import Role, require_staff
from app.core.lights import Light
from app.core.wire import Page
from app.pages.routes import Redirect, View
from app.supervision import answering, reports, service
from app.supervision.report_schemas import DeadlineQuery, DeadlineRow, SupervisionPeriod
from app.supervision.rules import STATE_NAMES, STEP_NAMES, State
from app.supervision.schemas import (
    EntryQuery,
    EntryRow,
    JudgeEntryIn,
    SupervisionBoardQuery,
    WarningQuery,
    WarningRow,
)

A_LIST = 50
VIEWS = {"steps": "办理期限", "warnings": "黄灯预警", "entries": "督办", "answers": "督办答复情况"}
LIGHT_NAMES = {Light.RED: "红灯：已超期", Light.YELLOW: "黄灯：将到期", Light.GREEN: "绿灯"}


class DeadlinesPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Which part of the board; `light` and `step` narrow the open steps, `state` the entries."""

    view: str = "steps"
    light: Light | None = None
    step: Step | None = None
    state: State | None = None


@pages.page("/deadlines", guard=MANAGERS)
async def deadlines_page(call: Call, query: DeadlinesPageQuery) -> View:
    """What is due, what will soon be overdue, and what must be answered."""
    act, scope = call.act, await scope_of(call.act, query)
    view = query.view if query.view in VIEWS else "steps"
    board = await service.board(act, SupervisionBoardQuery(hall_id=scope.hall_id))
    more: str | None = None
    rows: object = None
    kept = {"hall_id": scope.hall_id, "view": view}
    narrowed = {
        "light": query.light.value if query.light else None,
        "step": query.step.value if query.step else None,
        "state": query.state.value if query.state else None,
    }
    if view == "answers":
        rows = await reports.answered(act, SupervisionPeriod(**scope.period()))
    else:
        found = await _list(call, query, scope.hall_id, view)
        rows, after = found.items, found.next
        if after:
            more = address("/console/deadlines", **kept, **narrowed, after=after)
    return View(
        f"console/deadlines_{view}.html",
        title="办理期限",
        scope=scope,
        board=board,
        rows=rows,
        query=query,
        more=more,
        tabs=[
            (name, address("/console/deadlines", hall_id=scope.hall_id, view=one), one == view)
            for one, name in VIEWS.items()
        ],
        lights=LIGHT_NAMES,
        steps=STEP_NAMES,
        states=STATE_NAMES,
        url=lambda **given: address("/console/deadlines", hall_id=scope.hall_id, **given),
    )


async def _list(
    call: Call, query: DeadlinesPageQuery, hall_id: UUID, view: str
) -> Page[WarningRow] | Page[EntryRow] | Page[DeadlineRow]:
    if view == "warnings":
        return await service.warnings(
            call.act, WarningQuery(hall_id=hall_id, after=query.after, limit=A_LIST)
        )
    if view == "entries":
        return await service.listed(
            call.act,
            EntryQuery(
                hall_id=hall_id,
                state=query.state,
                light=query.light,
                after=query.after,
                limit=A_LIST,
            ),
        )
    return await service.open_steps(
        call.act,
        DeadlineQuery(
            hall_id=hall_id, light=query.light, step=query.step, after=query.after, limit=A_LIST
        ),
    )


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
        judges=row.state is State.ANSWERED and row.hall_id in supervised,
    )


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
