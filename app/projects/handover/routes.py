"""HTTP of results handed over together."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.wire import File
from app.projects.handover import service
from app.projects.handover.schemas import HandedOver, HandOver, ResultsReady

routes = Routes("handovers", "/api/v1/handovers")
desk = Routes("handovers-desk", "/api/v1/desk")

CLERK = staff(Role.CLERK)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


@routes.get("/<handover_id:uuid>/receipt.pdf", guard=CITIZEN)
async def own_receipt(call: Call, handover_id: UUID) -> File:
    """The one receipt for all that was handed over, of one's own case or project."""
    return await service.receipt_for_citizen(call.act, handover_id)


@desk.get("/cases/<case_id:uuid>/results", guard=READERS)
async def of_case(call: Call, case_id: UUID) -> ResultsReady:
    """The documents of a case that have not reached the applicant yet."""
    return await service.ready(call.act, case_id=case_id)


@desk.get("/projects/<project_id:uuid>/results", guard=READERS)
async def of_project(call: Call, project_id: UUID) -> ResultsReady:
    """The documents of a project that have not reached the applicant yet."""
    return await service.ready(call.act, project_id=project_id)


@desk.post("/cases/<case_id:uuid>/hand-over", guard=CLERK, status=201, once=True)
async def hand_over_case(call: Call, case_id: UUID, body: HandOver) -> HandedOver:
    """Hand over all documents of a bundle at once, with one receipt."""
    return await service.hand_over(call.act, body, case_id=case_id)


@desk.post("/projects/<project_id:uuid>/hand-over", guard=CLERK, status=201, once=True)
async def hand_over_project(call: Call, project_id: UUID, body: HandOver) -> HandedOver:
    """Hand over all documents of a project that are ready, at once, with one receipt."""
    return await service.hand_over(call.act, body, project_id=project_id)


@desk.get("/handovers/<handover_id:uuid>/receipt.pdf", guard=staff(Role.CLERK, Role.SUPERVISOR))
async def receipt(call: Call, handover_id: UUID) -> File:
    """The one receipt for all that was handed over."""
    return await service.receipt_for_desk(call.act, handover_id)
