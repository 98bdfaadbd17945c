"""HTTP of intake at a window: a clerk files for the applicant who stands there.

The page is made of steps; what each sends goes to the API of intake (`app.cases.intake.routes`),
which keeps the applicant behind a ticket that is this clerk's alone.
"""

from uuid import UUID

from app.core.api import Call
from app.core.auth import Role, staff
from app.core.wire import In
from app.desk import places
from app.desk.showing import view
from app.pages.routes import PageRoutes, View

pages = PageRoutes("desk-intake", "/desk")

CLERK = staff(Role.CLERK)


class IntakeQuery(In, frozen=True):
    """In which hall of the caller's."""

    hall_id: UUID | None = None


@pages.page("/intake", guard=CLERK)
async def intake(call: Call, query: IntakeQuery) -> View:
    """The steps in which an application is filed for the applicant at the window."""
    desk = await places.desk_of(call.act, query.hall_id)
    most = call.act.house.settings.upload_max_bytes
    return view(
        "desk/intake.html", desk, title="窗口收件", hall=desk.require_hall(), most=most, query=query
    )
