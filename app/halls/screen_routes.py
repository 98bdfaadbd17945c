"""HTTP of a hall's big screens, for its administrators; what a screen shows is the console's."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.wire import Page
from app.halls import screens
from app.halls.schemas import Reason, ScreenIn, ScreenMade, ScreenShown

routes = Routes("screens", "/api/v1")
ADMIN = staff(Role.ADMIN)


@routes.get("/halls/<hall_id:uuid>/screens", guard=ADMIN)
async def list_screens(call: Call, hall_id: UUID) -> Page[ScreenShown]:
    """The big screens of a hall and when each was last seen; revoked ones last."""
    return Page(items=await screens.of_hall(call.act, hall_id))


@routes.post("/halls/<hall_id:uuid>/screens", guard=ADMIN, status=201)
async def make_screen(call: Call, hall_id: UUID, body: ScreenIn) -> ScreenMade:
    """Make a big screen and get the address that it opens, shown this once."""
    return await screens.make(call.act, hall_id, body)


@routes.post("/screens/<screen_id:uuid>/revoke", guard=ADMIN)
async def revoke_screen(call: Call, screen_id: UUID, body: Reason) -> ScreenShown:
    """End the address of a big screen for good, at once."""
    return await screens.revoke(call.act, screen_id, body.reason)
