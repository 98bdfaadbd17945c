"""HTTP of the trail."""

from app.core.api import Call, Routes
from app.core.auth import staff
from app.core.wire import Page
from app.trail import service
from app.trail.schemas import TrailEntry, TrailQuery

routes = Routes("trail", "/api/v1/trail")


@routes.get("/", guard=staff(*service.READERS))
async def search_trail(call: Call, query: TrailQuery) -> Page[TrailEntry]:
    """Who did what, when, in the halls that the caller administers or supervises.

    Each search is entered into the trail.
    """
    return await service.search(call.act, query)
