"""A month is published: a manager looks at it and proposes it, another person answers."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.console.scope import PagedQuery, scope_of
from app.console.site import MANAGER, MANAGERS, SUPERVISOR, pages
from app.core.api import Call
from app.core.auth import Role, require_staff
from app.core.wire import In
from app.pages.addresses import address
from app.pages.routes import Redirect, View
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.scores import periods, publication
from evaluations.scores.documents import Frozen, PublishedRow
from evaluations.scores.periods import Step
from evaluations.scores.publication_schemas import AnswerIn, Month, PublicationIn, PublicationQuery

A_LIST = 24
STATE_NAMES = {"waiting": "待确认", "published": "已公布", "declined": "未同意"}
STATE_TONES = {"waiting": "warn", "published": "good", "declined": "bad"}


class MonthQuery(In, frozen=True):
    """Which month of which hall."""

    hall_id: UUID
    month: Month


class ProposeForm(MonthQuery, frozen=True):
    """Which month of which hall is proposed."""


class PublicationAnswerForm(In, frozen=True):
    """Whether the second person agrees; who does not says why."""

    agree: bool
    reason: Annotated[str, Meta(max_length=200)] = ""


@pages.page("/publications", guard=MANAGERS)
async def publications_page(call: Call, query: PagedQuery) -> View:
    """What a hall proposed for publication, and where a month is chosen."""
    scope = await scope_of(call.act, query)
    asked = PublicationQuery(hall_id=scope.hall_id, after=query.after, limit=A_LIST)
    found = await publication.proposals(call.act, asked)
    this_month = periods.begin_of(Step.MONTH, call.act.today)
    last_month = periods.before(periods.Period(this_month, this_month)).first
    more = address("/console/publications", hall_id=scope.hall_id, after=found.next)
    return View(
        "console/publications.html",
        title="公开发布",
        scope=scope,
        rows=found.items,
        states=STATE_NAMES,
        tones=STATE_TONES,
        proposes=scope.hall_id in require_staff(call.act.actor).halls(Role.MANAGER),
        last_month=periods.month_text(last_month),
        more=more if found.next else None,
    )


@pages.page("/publications/preview", guard=MANAGER)
async def preview_page(call: Call, query: MonthQuery) -> View:
    """What would be published of a month, before anybody proposes it."""
    asked = PublicationIn(hall_id=query.hall_id, month=query.month)
    figures = await publication.preview(call.act, asked)
    return View(
        "console/publication_preview.html",
        title=f"{month_name(query.month)}拟公布内容",
        figures=figures,
        query=query,
        tables=tables(figures),
        levels=LEVEL_NAMES,
        list=address("/console/publications", hall_id=query.hall_id),
    )


@pages.form("/publications", guard=MANAGER)
async def propose_month(call: Call, body: ProposeForm) -> Redirect:
    """Freeze a month's figures and propose them."""
    made = await publication.propose(
        call.act, PublicationIn(hall_id=body.hall_id, month=body.month)
    )
    return Redirect(f"/console/publications/{made.id}", said="已提出，请由另一人确认后公布。")


@pages.page("/publications/<proposal_id:uuid>", guard=MANAGERS)
async def publication_page(call: Call, proposal_id: UUID) -> View:
    """A proposal with its figures, exactly as they would be published."""
    found = await publication.for_readers(call.act, proposal_id)
    supervises = found.hall_id in require_staff(call.act.actor).halls(Role.SUPERVISOR)
    return View(
        "console/publication.html",
        title=f"{month_name(found.month)}公开发布",
        found=found,
        figures=found.figures,
        tables=tables(found.figures),
        levels=LEVEL_NAMES,
        states=STATE_NAMES,
        tones=STATE_TONES,
        answers=supervises and found.state == publication.WAITING,
        list=address("/console/publications", hall_id=found.hall_id),
    )


@pages.form("/publications/<proposal_id:uuid>/answer", guard=SUPERVISOR)
async def answer_proposal(call: Call, proposal_id: UUID, body: PublicationAnswerForm) -> Redirect:
    """Publish what another person proposed, or decline it with a reason."""
    given = AnswerIn(agree=body.agree, reason=body.reason)
    await publication.answer(call.act, proposal_id, given)
    said = "已公布。" if body.agree else "已记录不同意公布。"
    return Redirect(f"/console/publications/{proposal_id}", said=said)


def month_name(month: str) -> str:
    """`2026-01` as people say it."""
    year, number = month.split("-")
    return f"{int(year)}年{int(number)}月"


def tables(figures: Frozen) -> list[tuple[str, list[PublishedRow]]]:
    """The tables of a published month, by their names."""
    return [("部门", figures.departments), ("窗口", figures.windows), ("事项", figures.items)]
