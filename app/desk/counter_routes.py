"""HTTP of what else comes to the counter: enterprises' registrations, rating cards and calls."""

from uuid import UUID

from app.agency import enterprises, lists
from app.agency.schemas import AnswerRegistration, RegistrationsQuery
from app.core.api import Call
from app.core.auth import Role, staff
from app.desk import places
from app.desk.forms import CardForm, CardListQuery, CardPageQuery, HallPageQuery, NoForm
from app.desk.words import ALL, ENTERPRISE_ROLES
from app.halls import administration
from app.pages.addresses import address
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.ratings import card_visits, entering
from evaluations.ratings.hub_schemas import CardVisit, CardVisitQuery
from evaluations.ratings.schemas import LEVELS

pages = PageRoutes("desk-counter", "/desk")

CLERK = staff(Role.CLERK)


@pages.page("/registrations", guard=CLERK)
async def registrations(call: Call, query: HallPageQuery) -> View:
    """The enterprises' registrations that wait in the caller's hall, people masked."""
    hall = await places.hall_of(call.act, query.hall_id)
    asked = RegistrationsQuery(hall_id=hall.id, after=query.after, limit=query.limit)
    return View(
        "desk/registrations.html",
        title="登记受理",
        rows=await lists.waiting_registrations(call.act, asked),
        roles=ENTERPRISE_ROLES,
        hall=hall,
        address=address,
        words=ALL,
    )


@pages.form("/registrations/<registration_id:uuid>/read", guard=CLERK)
async def registration(call: Call, registration_id: UUID, body: NoForm) -> View:
    """A registration in the clear, to compare with the papers; the reading is recorded."""
    return View(
        "desk/registration.html",
        title="企业登记核对",
        one=await enterprises.in_clear(call.act, registration_id),
        roles=ENTERPRISE_ROLES,
        words=ALL,
    )


@pages.form("/registrations/<registration_id:uuid>/answer", guard=CLERK)
async def answer_registration(
    call: Call, registration_id: UUID, body: AnswerRegistration
) -> Redirect:
    """Confirm a registration against the paper licence, or decline it."""
    await enterprises.answer(call.act, registration_id, body)
    said = "已确认登记。" if body.confirm else "已退回登记。"
    return Redirect("/desk/registrations", said=said)


@pages.page("/ratings", guard=CLERK)
async def to_enter(call: Call, query: CardPageQuery) -> View:
    """The visits of a day for which a card can be entered, and the way to decided cases."""
    hall = await places.hall_of(call.act, query.hall_id)
    asked = CardVisitQuery(
        hall_id=hall.id,
        window_id=query.window_id,
        day=query.day,
        after=query.after,
        limit=query.limit,
    )
    return View(
        "desk/ratings.html",
        title="补录评价",
        hall=hall,
        windows=await administration.windows(hall.id),
        rows=await card_visits.on_day(call.act, asked),
        query=query,
        day=query.day or call.act.today,
        address=address,
        words=ALL,
    )


@pages.page("/ratings/case", guard=CLERK)
async def rating_of_case(call: Call, query: CardListQuery) -> View:
    """The form for a rating of a decided case; nothing in it is preselected."""
    return _card(None, query)


@pages.page("/ratings/visits/<visit_id:uuid>", guard=CLERK)
async def rating_of_visit(call: Call, visit_id: UUID, query: CardListQuery) -> View:
    """The form for a rating of a visit; nothing in it is preselected."""
    return _card(await card_visits.one(call.act, visit_id), query)


def _card(visit: CardVisit | None, query: CardListQuery) -> View:
    return View(
        "desk/rating.html",
        title="补录评价",
        visit=visit,
        levels=LEVELS,
        list=_list(query),
        words=ALL,
    )


def _list(query: CardListQuery) -> str:
    return address("/desk/ratings", hall_id=query.hall_id, window_id=query.window_id, day=query.day)


@pages.form("/ratings", guard=CLERK)
async def entered(call: Call, query: CardListQuery, body: CardForm) -> Redirect:
    """Enter a rating that somebody told by phone or wrote on a card."""
    _, new = await entering.enter(call.act, body.rating())
    said = "评价已录入，另一人会抽查核对。" if new else "这张评价以前已经录入过。"
    return Redirect(_list(query), said=said)
