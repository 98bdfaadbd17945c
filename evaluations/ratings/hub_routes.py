"""HTTP of the hub: other systems, codes without an account, cards, and the hall's settings."""

from uuid import UUID

import msgspec
from sanic.response import HTTPResponse

from app.core.api import Call, Routes
from app.core.auth import ANYONE, CLIENT, STAFF, Role, staff
from app.core.limits import Limits
from app.core.wire import Out, Page
from evaluations.ratings import bindings, card_visits, entering, hall_rules, hub, links
from evaluations.ratings.hub_schemas import (
    CardCheck,
    CardChecked,
    CardsQuery,
    CardToCheck,
    CardVisit,
    CardVisitQuery,
    CodeRating,
    CodeShown,
    EnteredRating,
    HubRating,
    RecordIn,
    RecordShown,
)
from evaluations.ratings.schemas import (
    BindAccount,
    Bound,
    CodeOut,
    HallRulesIn,
    HallRulesShown,
    RatingShown,
)

routes = Routes("hub", "/api/v1")
DESK = staff(Role.CLERK, Role.ADMIN, Role.MANAGER, Role.SUPERVISOR)
READERS = staff(Role.ADMIN, Role.MANAGER, Role.SUPERVISOR)
SUPERVISOR = staff(Role.SUPERVISOR)


def _answer(found: Out, *, new: bool) -> HTTPResponse:
    """201 for what is new, 200 for a repeat; a route has one status of its own."""
    status = 201 if new else 200
    return HTTPResponse(msgspec.json.encode(found), status, content_type="application/json")


@routes.post("/hub/services", guard=CLIENT, status=201)
async def record_service(call: Call, body: RecordIn) -> RecordShown:
    """First step: the record of a service; 201 when it is kept, 200 when it was kept before."""
    found, new = await hub.record(call.act, body)
    return _answer(found, new=new)  # type: ignore[return-value]


@routes.post("/hub/ratings", guard=CLIENT, status=201)
async def rate_from_elsewhere(call: Call, body: HubRating) -> RatingShown:
    """Second step: the rating of a recorded service; 201 kept, 200 kept before."""
    found, new = await hub.rate(call.act, body)
    return _answer(found, new=new)  # type: ignore[return-value]


@routes.get("/windows/<window_id:uuid>/rating-code", guard=DESK)
async def window_code(call: Call, window_id: UUID) -> CodeOut:
    """The static code of a window, to print and put up."""
    return await links.window_code(call.act, window_id)


async def _slow_down(call: Call, code: str, limit: str) -> None:
    await links.slow_down(call.act, call.address, code, limit)


@routes.get("/q/<code:str>", guard=ANYONE)
async def look_at_code(call: Call, code: str) -> CodeShown:
    """What can be rated with a code; nothing of who was served."""
    await _slow_down(call, code, links.LOOKS)
    return await links.look(call.act, code)


@routes.post("/q/<code:str>", guard=ANYONE, status=201)
async def rate_by_code(call: Call, code: str, body: CodeRating) -> RatingShown:
    """Rate by a code, without an account; 201 when it is kept, 200 for the same tap again."""
    await _slow_down(call, code, links.RATINGS)
    found, new = await links.rate(call.act, code, body)
    return _answer(found, new=new)  # type: ignore[return-value]


@routes.post("/entered-ratings", guard=staff(Role.CLERK), status=201)
async def enter_rating(call: Call, body: EnteredRating) -> RatingShown:
    """Enter a rating from a call, a paper card or the suggestion box, in one's own name."""
    found, new = await entering.enter(call.act, body)
    return _answer(found, new=new)  # type: ignore[return-value]


@routes.get("/entered-ratings/visits", guard=staff(Role.CLERK))
async def visits_for_cards(call: Call, query: CardVisitQuery) -> Page[CardVisit]:
    """Visits of a day for which a card can be entered: where, when and what about, newest first."""
    return await card_visits.on_day(call.act, query)


@routes.get("/entered-ratings/to-check", guard=SUPERVISOR)
async def cards_to_check(call: Call, query: CardsQuery) -> Page[CardToCheck]:
    """Entered ratings that were drawn, to be compared with their cards."""
    return Page(items=await entering.to_check(call.act, query.hall_id))


@routes.post("/entered-ratings/<rating_id:uuid>/check", guard=SUPERVISOR)
async def compare_card(call: Call, rating_id: UUID, body: CardCheck) -> CardChecked:
    """Say whether an entry says what its card says; if not, it is ruled mistaken."""
    return await entering.compare(call.act, rating_id, body)


@routes.get("/halls/<hall_id:uuid>/rating-settings", guard=READERS)
async def read_rules(call: Call, hall_id: UUID) -> HallRulesShown:
    """How a hall has itself rated."""
    return await hall_rules.read(call.act, hall_id)


@routes.put("/halls/<hall_id:uuid>/rating-settings", guard=staff(Role.ADMIN, Role.MANAGER))
async def change_rules(call: Call, hall_id: UUID, body: HallRulesIn) -> HallRulesShown:
    """Set how a hall has itself rated; it holds for what is opened from now on."""
    return await hall_rules.change(call.act, hall_id, body)


@routes.post("/staff/me/account", guard=STAFF)
async def bind_account(call: Call, body: BindAccount) -> Bound:
    """Say which account of the mini program is one's own: it cannot rate one's own service."""
    await call.act.house.part(Limits).hit("10/minute", "staff.bind", call.act.actor.key)
    return await bindings.bind(call.act, body)
