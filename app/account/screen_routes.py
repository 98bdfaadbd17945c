"""Administrators' forms for the big screens of a hall; they are listed on the hall's page."""

from uuid import UUID

from app.account import qr
from app.account.forms import ReasonForm
from app.core.api import Call
from app.core.auth import Role, staff
from app.halls import screens
from app.halls.schemas import ScreenIn
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("admin-screens", "/admin/halls")
ADMIN = staff(Role.ADMIN)


@pages.form("/<hall_id:uuid>/screens", guard=ADMIN)
async def make_screen(call: Call, hall_id: UUID, body: ScreenIn) -> View:
    """Make a big screen: its address, shown this once. Sent again, its name is taken."""
    made = await screens.make(call.act, hall_id, body)
    return View(
        "account/screen-address.html",
        title="大屏地址",
        made=made,
        picture=qr.svg(made.address, "大屏地址二维码"),
    )


@pages.form("/screens/<screen_id:uuid>/revoke", guard=ADMIN)
async def revoke_screen(call: Call, screen_id: UUID, body: ReasonForm) -> Redirect:
    """End the address of a big screen for good."""
    ended = await screens.revoke(call.act, screen_id, body.reason)
    return Redirect(f"/admin/halls?hall={ended.hall_id}", said="大屏地址已停用。")
