"""HTTP and WebSocket of visits, prompts and ratings."""

from typing import Any, cast
from uuid import UUID

import msgspec
from sanic.response import HTTPResponse

from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN, DEVICE, Device, Role, staff
from app.core.errors import Forbidden
from app.core.limits import Limits
from app.core.wire import Page, PageQuery
from evaluations.devices import service as devices
from evaluations.ratings import prompts, service, supplements, visits
from evaluations.ratings.face import face_of
from evaluations.ratings.face_schemas import Face
from evaluations.ratings.schemas import (
    LEVELS,
    BatchAnswers,
    CitizenRating,
    CodeOut,
    DeviceBatch,
    DeviceRating,
    LevelsShown,
    MyService,
    NotRated,
    Prompt,
    RatingShown,
    Supplement,
    VisitIn,
    VisitShown,
)
from evaluations.ratings.tags import NATIONAL

routes = Routes("ratings", "/api/v1")
CLERK = staff(Role.CLERK)


def _answer(rating: RatingShown | NotRated, *, new: bool) -> RatingShown:
    """201 for a new rating, 200 for a repeat or no rating; a route has one status of its own."""
    status = 201 if new else 200
    body = msgspec.json.encode(rating)
    return cast(RatingShown, HTTPResponse(body, status, content_type="application/json"))


@routes.get("/ratings/levels", guard=ANYONE)
async def levels(call: Call) -> LevelsShown:
    """The five levels and the tags that can be given with each."""
    return LevelsShown(version=NATIONAL.version, levels=LEVELS)


@routes.post("/visits", guard=CLERK, status=201, once=True)
async def start_visit(call: Call, body: VisitIn) -> VisitShown:
    """Begin a visit at the window where the clerk serves; its evaluators prompt at once."""
    return await visits.start(call.act, body)


@routes.post("/visits/<visit_id:uuid>/end", guard=CLERK)
async def end_visit(call: Call, visit_id: UUID) -> VisitShown:
    """End a visit; it can be rated for five more working days."""
    return await visits.end(call.act, visit_id)


@routes.get("/visits/current", guard=CLERK)
async def current_visit(call: Call) -> VisitShown | None:
    """The visit at the window where the clerk serves, or today's last one; 204 if none."""
    return await visits.at_my_window(call.act)


@routes.get("/visits/<visit_id:uuid>", guard=CLERK)
async def read_visit(call: Call, visit_id: UUID) -> VisitShown:
    """A visit of the clerk or of their window: that it was rated, never what was said."""
    return await visits.for_clerk(call.act, visit_id)


@routes.get("/visits/<visit_id:uuid>/code", guard=CLERK)
async def visit_code(call: Call, visit_id: UUID) -> CodeOut:
    """A QR code for whoever was served, to rate this one visit on a phone without an account."""
    return await visits.code_of(call.act, visit_id)


@routes.get("/devices/current", guard=DEVICE)
async def current_prompt(call: Call) -> Prompt | None:
    """What the device should show now; 204 if nothing."""
    return await prompts.current_of(call.act)


@routes.get("/devices/face", guard=DEVICE)
async def device_face(call: Call) -> Face:
    """Where the device stands, who serves there now, and the five levels with their tags."""
    return await face_of(call.act)


@routes.socket("/devices/socket", guard=DEVICE)
async def device_socket(call: Call, socket: Any) -> None:
    """Prompts as they come: `prompt`, `withdrawn`, `pong`; the device sends `ack` and `ping`.

    A device that sends `watch` gets its `face`, at once and each time that it changes.
    """
    device = call.act.actor
    if not isinstance(device, Device):
        raise Forbidden
    offset = devices.clock_offset_ms(call.request)
    await prompts.Line(call.act.house, device, socket, offset).serve()


@routes.post("/ratings/device", guard=DEVICE, status=201)
async def rate_on_device(call: Call, body: DeviceRating) -> RatingShown:
    """A tap on an evaluator; 201 when it is kept, 200 when this event was kept before.

    200 with `not_rated` where the vendor's number says that nobody rated.
    """
    offset = devices.clock_offset_ms(call.request)
    rating, new = await service.rate_on_device(call.act, body, offset)
    return _answer(rating, new=new)


@routes.post("/ratings/device/batch", guard=DEVICE)
async def rate_batch(call: Call, body: DeviceBatch) -> BatchAnswers:
    """Up to 200 ratings that queued up in a device, in any order, each answered by itself."""
    offset = devices.clock_offset_ms(call.request)
    return await service.rate_batch(call.act, body, offset)


@routes.post("/ratings", guard=CITIZEN, status=201)
async def rate(call: Call, body: CitizenRating) -> RatingShown:
    """Rate one's own visit or case; 201 when it is kept, 200 when the same was kept before."""
    await call.act.house.part(Limits).hit("30/minute", "ratings", call.act.actor.key)
    rating, new = await service.rate(call.act, body)
    return _answer(rating, new=new)


@routes.get("/ratings/mine", guard=CITIZEN)
async def my_ratings(call: Call, query: PageQuery) -> Page[RatingShown]:
    """The ratings that the citizen gave."""
    return await service.mine(call.act, query)


@routes.post("/ratings/<rating_id:uuid>/supplement", guard=CITIZEN, status=201)
async def supplement(call: Call, rating_id: UUID, body: Supplement) -> RatingShown:
    """追评: add a comment to one's own rating, once, within five working days."""
    return await supplements.add(call.act, rating_id, body.comment)


@routes.get("/services/mine", guard=CITIZEN)
async def my_services(call: Call, query: PageQuery) -> Page[MyService]:
    """What the citizen can rate or has rated."""
    return await service.my_services(call.act, query)
