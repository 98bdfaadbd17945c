"""The bad-rating board, one rectification with all acts on it, and the improvement topics."""

from typing import Any
from uuid import UUID

from app.console.scope import ConsoleQuery, PagedQuery, halls_of, scope_of
from app.console.site import MANAGERS, REVIEWERS, pages
from app.core.api import Call
from app.core.auth import Role, require_staff
from app.halls import accounts, administration
from app.halls import service as halls
from app.pages.addresses import address
from app.pages.routes import View
from evaluations.rectification import offers, service
from evaluations.rectification.ledger import read as read_ledger
from evaluations.rectification.offers import Offer
from evaluations.rectification.report_schemas import (
    LedgerQuery,
    Month,
    RectificationBoardQuery,
)
from evaluations.rectification.rules import STATE_NAMES, VERDICT_NAMES, Claim, State
from evaluations.rectification.rulings import CLAIM_NAMES
from evaluations.rectification.schemas import RectificationQuery, TopicQuery
from evaluations.scores.periods import month_text

A_COLUMN, A_LIST, A_LEDGER = 8, 50, 100


class BoardPageQuery(PagedQuery, frozen=True, kw_only=True):
    """The whole board; or the list of one state, or of what is overdue."""

    department_id: UUID | None = None
    state: State | None = None
    overdue: bool = False


class LedgerPageQuery(PagedQuery, frozen=True, kw_only=True):
    """One month's ledger (`2026-03`), this month's where none is said."""

    month: Month | None = None


class TopicsPageQuery(PagedQuery, frozen=True, kw_only=True):
    """Open topics, or closed ones."""

    closed: bool = False


async def _where(call: Call) -> dict[str, Any]:
    """The halls and departments among which the caller can choose."""
    person = require_staff(call.act.actor)
    own = await halls_of(person, (Role.SUPERVISOR, Role.MANAGER))
    reviews = await halls.names(*person.departments(Role.REVIEWER))
    return {"halls": own, "departments": sorted(reviews.items(), key=lambda found: found[1])}


@pages.page("/rectifications", guard=REVIEWERS)
async def board_page(call: Call, query: BoardPageQuery) -> View:
    """The bad-rating board: columns by state, overdue first; or one list in full."""
    if query.state or query.overdue:
        return await _list(call, query)
    asked = RectificationBoardQuery(hall_id=query.hall_id, department_id=query.department_id)
    board = await service.board(call.act, asked)
    kept = {"hall_id": query.hall_id, "department_id": query.department_id}
    columns = []
    for column in board.columns:
        rows = (await _rows(call, query, column.state, A_COLUMN)).items if column.total else []
        url = address("/console/rectifications", state=column.state.value, **kept)
        columns.append((column, rows, url))
    return View(
        "console/rectifications.html",
        title="差评整改",
        board=board,
        columns=columns,
        query=query,
        overdue_url=address("/console/rectifications", overdue="true", **kept),
        **await _where(call),
    )


async def _rows(call: Call, query: BoardPageQuery, state: State | None, limit: int) -> Any:
    return await service.listed(
        call.act,
        RectificationQuery(
            hall_id=query.hall_id,
            department_id=query.department_id,
            state=state,
            overdue=query.overdue,
            by_due=state is not State.CLOSED,
            after=query.after,
            limit=limit,
        ),
    )


async def _list(call: Call, query: BoardPageQuery) -> View:
    found = await _rows(call, query, query.state, A_LIST)
    kept = {
        "hall_id": query.hall_id,
        "department_id": query.department_id,
        "state": query.state.value if query.state else None,
        "overdue": "true" if query.overdue else None,
    }
    what = STATE_NAMES[query.state] if query.state else "已超期"
    return View(
        "console/rectification_list.html",
        title=f"差评整改：{what}",
        what=what,
        rows=found.items,
        more=address("/console/rectifications", **kept, after=found.next) if found.next else None,
        back=address(
            "/console/rectifications", hall_id=query.hall_id, department_id=query.department_id
        ),
    )


@pages.page("/rectifications/<rectification_id:uuid>", guard=REVIEWERS)
async def rectification_page(call: Call, rectification_id: UUID) -> View:
    """One rectification: what was rated, what happened, and what the caller can do now."""
    found = await service.shown(call.act, rectification_id)
    offered = await offers.offers(call.act, rectification_id)
    row = found.summary
    person = require_staff(call.act.actor)
    names = await halls.names(row.hall_id)
    where = await administration.departments(row.hall_id) if _names_department(offered) else []
    return View(
        "console/rectification.html",
        title=f"差评整改：{row.item_name or '窗口服务'}",
        found=found,
        row=row,
        hall=names[row.hall_id],
        offered=offered,
        departments=where,
        claims=CLAIM_NAMES,
        claim_not_ours=Claim.NOT_OURS,
        verdicts=VERDICT_NAMES,
        reads_rating=row.hall_id in person.halls(Role.SUPERVISOR, Role.MANAGER),
    )


def _names_department(offered: frozenset[Offer]) -> bool:
    return bool(offered & {Offer.ASSIGN, Offer.REVIEW})


@pages.page("/ledger", guard=MANAGERS)
async def ledger_page(call: Call, query: LedgerPageQuery) -> View:
    """One month's ledger of bad ratings (差评整改台账), with its rates."""
    scope = await scope_of(call.act, ConsoleQuery(hall_id=query.hall_id))
    month = query.month or month_text(call.act.today)
    asked = LedgerQuery(hall_id=scope.hall_id, month=month, after=query.after, limit=A_LEDGER)
    found = await read_ledger(call.act, asked)
    kept = {"hall_id": scope.hall_id, "month": month}
    return View(
        "console/ledger.html",
        title="差评整改台账",
        scope=scope,
        month=month,
        found=found,
        verdicts=VERDICT_NAMES,
        file=address("/api/v1/rectifications/ledger.xlsx", **kept),
        more=address("/console/ledger", **kept, after=found.next) if found.next else None,
    )


@pages.page("/topics", guard=REVIEWERS)
async def topics_page(call: Call, query: TopicsPageQuery) -> View:
    """Improvement topics: what is complained of again and again."""
    found = await service.topics(
        call.act,
        TopicQuery(hall_id=query.hall_id, closed=query.closed, after=query.after, limit=A_LIST),
    )
    closed = "true" if query.closed else None
    return View(
        "console/topics.html",
        title="改进专题",
        rows=found.items,
        closed=query.closed,
        tabs=[
            ("进行中", address("/console/topics", hall_id=query.hall_id), not query.closed),
            (
                "已办结",
                address("/console/topics", hall_id=query.hall_id, closed="true"),
                query.closed,
            ),
        ],
        more=address("/console/topics", hall_id=query.hall_id, closed=closed, after=found.next)
        if found.next
        else None,
    )


@pages.page("/topics/<topic_id:uuid>", guard=REVIEWERS)
async def topic_page(call: Call, topic_id: UUID) -> View:
    """One topic, with the bad ratings behind it and what is done about them."""
    found = await service.topic(call.act, topic_id)
    person = require_staff(call.act.actor)
    topic = found.topic
    reviews = topic.department_id in person.departments(Role.REVIEWER)
    works = reviews or topic.hall_id in person.halls(Role.SUPERVISOR)
    acts = works and topic.closed_at is None
    return View(
        "console/topic.html",
        title=topic.title,
        topic=topic,
        behind=found.behind,
        reviews=reviews,
        acts=acts,
        reviewers=await accounts.reviewers_of(topic.department_id) if acts else [],
    )
