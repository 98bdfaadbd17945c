"""HTTP of the exchange: how it stands, and sending once more."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import staff
from app.core.wire import Page
from evaluations.exchange import service
from evaluations.exchange.schemas import (
    HallQuery,
    PushQuery,
    PushShown,
    ResendRejected,
    Resent,
    Summary,
)

routes = Routes("exchange", "/api/v1/exchange")
READERS = staff(*service.READERS)


@routes.get("/", guard=READERS)
async def list_pushes(call: Call, query: PushQuery) -> Page[PushShown]:
    """What a hall sends to the province, newest first, by kind and state, with the reasons."""
    return await service.listed(call.act, query)


@routes.get("/summary", guard=READERS)
async def read_summary(call: Call, query: HallQuery) -> Summary:
    """How many records and ratings stand in each state, and why they were not accepted."""
    return await service.summary(call.act, query.hall_id)


@routes.post("/<push_id:uuid>/resend", guard=READERS)
async def resend(call: Call, push_id: UUID) -> PushShown:
    """Send one once more that was rejected or got no answer."""
    return await service.resend(call.act, push_id)


@routes.post("/resend", guard=READERS)
async def resend_rejected(call: Call, body: ResendRejected) -> Resent:
    """Send all that were rejected once more, or all of one code; a thousand at most."""
    return await service.resend_rejected(call.act, body)
