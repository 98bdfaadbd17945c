"""HTTP of what waits at the desk."""

from uuid import UUID

from app.cases.worklist import service
from app.cases.worklist.schemas import CaseWork, CountQuery, WorkCount, WorkQuery, WorkRow
from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.wire import Page

routes = Routes("worklist", "/api/v1/desk")

HALL = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


@routes.get("/worklist", guard=HALL)
async def waiting(call: Call, query: WorkQuery) -> Page[WorkRow]:
    """The cases of a hall that wait for its clerks, or for one kind of work, the soonest first."""
    return await service.waiting(call.act, query)


@routes.get("/worklist/counts", guard=HALL)
async def counts(call: Call, query: CountQuery) -> list[WorkCount]:
    """How many cases of a hall wait for what, and of how many the light is lit."""
    return await service.counts(call.act, query)


@routes.get("/cases/<case_id:uuid>/work", guard=READERS)
async def of_case(call: Call, case_id: UUID) -> CaseWork:
    """What the caller can do with a case now."""
    return await service.of_case(call.act, case_id)
