"""HTTP of what else comes to the counter: enterprises' registrations, rating cards and calls.

What was entered from a card is compared with it by a second person.
"""

from uuid import UUID

from app.agency import enterprises, lists
from app.agency.schemas import AnswerRegistration, RegistrationsQuery
from app.core.api import Call
from app.core.auth import Role, staff
from app.desk import places
from app.desk.forms import CardForm, CardListQuery, CardPageQuery, HallPageQuery, NoForm
from app.desk.showing import among, view
from app.desk.words import CARD_SOURCES, ENTERPRISE_ROLES
from app.halls import administration
from app.pages.addresses import address
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.ratings import card_visits, entering
from evaluations.ratings.hub_schemas import CardCheck, CardVisit, CardVisitQuery
from evaluations.ratings.schemas import LEVELS

pages = PageRoutes("desk-counter", "/desk")

CLERK = staff(Role.CLERK)
SUPERVISOR = staff(Role.SUPERVISOR)


@pages.page("/registrations", guard=CLERK)
async def registrations(call: Call, query: HallPageQuery) -> View:
    """The enterprises' registrations that wait in the caller's hall, people masked."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = RegistrationsQuery(hall_id=hall.id, after=query.after, limit=query.limit)
    return view(
        "desk/registrations.html",
        desk,
        title="企业登记",
        rows=await lists.waiting_registrations(call.act, asked),
        roles=ENTERPRISE_ROLES,
        hall=hall,
    )


@pages.page("/registrations/<registration_id:uuid>", guard=CLERK)
async def registration(call: Call, registration_id: UUID) -> View:
    """A registration with its people masked."""
    return await _registration(call, registration_id, clear=False)


@pages.form("/registrations/<registration_id:uuid>/read", guard=CLERK)
async def registration_in_clear(call: Call, registration_id: UUID, body: NoForm) -> View:
    """A registration in the clear, to compare with the papers; the reading is recorded."""
    return await _registration(call, registration_id, clear=True)


async def _registration(call: Call, registration_id: UUID, *, clear: bool) -> View:
    shown = await enterprises.in_clear(call.act, registration_id) if clear else None
    one = await lists.registration_at_desk(call.act, registration_id)
    return view(
        "desk/registration.html",
        title="企业登记核对",
        one=one,
        shown=shown,
        here=f"/desk/registrations/{registration_id}",
        in_hall=among(call.act, one.hall_id),
        roles=ENTERPRISE_ROLES,
    )


@pages.form("/registrations/<registration_id:uuid>/answer", guard=CLERK)
async def answer_registration(
    call: Call, registration_id: UUID, body: AnswerRegistration
) -> Redirect:
    """Confirm a registration against the paper licence, or decline it."""
    done = await enterprises.answer(call.act, registration_id, body)
    said = "已确认登记。" if body.confirm else "已退回登记。"
    to = address("/desk/registrations", hall_id=among(call.act, done.hall_id))
    return Redirect(to, said=said)


@pages.page("/ratings", guard=CLERK)
async def to_enter(call: Call, query: CardPageQuery) -> View:
    """The visits of a day for which a card can be entered, and the way to decided cases."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = CardVisitQuery(
        hall_id=hall.id,
        window_id=query.window_id,
        day=query.day,
        after=query.after,
        limit=query.limit,
    )
    return view(
        "desk/ratings.html",
        desk,
        title="补录评价",
        hall=hall,
        windows=await administration.windows(hall.id),
        rows=await card_visits.on_day(call.act, asked),
        query=query,
        day=query.day or call.act.today,
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
    return view(
        "desk/rating.html",
        title="补录评价",
        visit=visit,
        levels=LEVELS,
        sources=CARD_SOURCES,
        list=_list(query),
        in_hall=query.hall_id,
    )


def _list(query: CardListQuery) -> str:
    return address("/desk/ratings", hall_id=query.hall_id, window_id=query.window_id, day=query.day)


@pages.form("/ratings", guard=CLERK)
async def entered(call: Call, query: CardListQuery, body: CardForm) -> Redirect:
    """Enter a rating that somebody told by phone or wrote on a card."""
    _, new = await entering.enter(call.act, body.rating())
    said = "评价已录入，另一人会抽查核对。" if new else "这张评价以前已经录入过。"
    return Redirect(_list(query), said=said)


@pages.page("/card-checks", guard=SUPERVISOR)
async def cards_to_check(call: Call, query: HallPageQuery) -> View:
    """The entered ratings that were drawn, to be compared with their cards by a second person."""
    desk = await places.desk_of(call.act, query.hall_id)
    rows = await entering.to_check(call.act, desk.require_hall().id)
    return view(
        "desk/card_checks.html",
        desk,
        title="核对补录",
        rows=rows,
        sources=dict(CARD_SOURCES),
        levels={one.level: one.name for one in LEVELS},
    )


@pages.form("/card-checks/<rating_id:uuid>", guard=SUPERVISOR)
async def compare_card(
    call: Call, rating_id: UUID, query: HallPageQuery, body: CardCheck
) -> Redirect:
    """Say whether an entry says what its card says; if not, it falls out of the scores."""
    done = await entering.compare(call.act, rating_id, body)
    said = "已核对：与原件一致。" if done.agrees else "已认定为误录，不再计入评价结果。"
    return Redirect(address("/desk/card-checks", hall_id=query.hall_id), said=said)
