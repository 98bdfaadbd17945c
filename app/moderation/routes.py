"""HTTP of the supervisors who look at what is held."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.wire import File, Page
from app.moderation import service
from app.moderation.schemas import ContentDecided, ContentDecision, HeldQuery, HeldShown

routes = Routes("moderation", "/api/v1/moderation")
SUPERVISOR = staff(Role.SUPERVISOR)


@routes.get("/held", guard=SUPERVISOR)
async def held(call: Call, query: HeldQuery) -> Page[HeldShown]:
    """What is not shown to others until somebody decides, in the caller's halls."""
    return await service.held(call.act, query)


@routes.get("/held/<check_id:uuid>/picture", guard=SUPERVISOR)
async def picture(call: Call, check_id: UUID) -> File:
    """A held picture."""
    return await service.picture(call.act, check_id)


@routes.post("/held/<check_id:uuid>/release", guard=SUPERVISOR, once=True)
async def release(call: Call, check_id: UUID, body: ContentDecision) -> ContentDecided:
    """Show what was held, with the reason."""
    return await service.release(call.act, check_id, body.reason)


@routes.post("/held/<check_id:uuid>/keep-out", guard=SUPERVISOR, once=True)
async def keep_out(call: Call, check_id: UUID, body: ContentDecision) -> ContentDecided:
    """Never show it to others, with the reason; it stays stored."""
    return await service.keep_out(call.act, check_id, body.reason)
