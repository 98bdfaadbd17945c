"""HTTP of results on their way to the applicants: handed over together, or by post."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.cases.delivery import views as deliveries
from app.cases.delivery.schemas import ShipmentQuery
from app.cases.worklist import service as worklist
from app.cases.worklist.schemas import Work, WorkQuery
from app.core.api import Call
from app.core.auth import Role, staff
from app.core.wire import In
from app.desk import places
from app.desk.forms import HallPageQuery, ShipmentPageQuery
from app.desk.showing import view
from app.desk.words import SHIPMENTS
from app.pages.addresses import address
from app.pages.routes import PageRoutes, Redirect, View
from app.projects import service as projects
from app.projects.handover import service as handover
from app.projects.handover.schemas import HandOver
from app.projects.schemas import ProjectQuery

pages = PageRoutes("desk-handovers", "/desk")

CLERK = staff(Role.CLERK)
POST = staff(Role.CLERK, Role.SUPERVISOR)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


class HandoverListQuery(HallPageQuery, frozen=True):
    """Which results: those that wait in a hall, or those of the project of a number."""

    project: Annotated[str, Meta(max_length=40)] | None = None


class HandoverQuery(In, frozen=True):
    """After a hand-over: whose receipt to offer."""

    receipt: UUID | None = None


@pages.page("/handovers", guard=CLERK)
async def handovers(call: Call, query: HandoverListQuery) -> View:
    """The results that wait at the counter, and the project of a number."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = WorkQuery(hall_id=hall.id, work=Work.DELIVER, after=query.after, limit=query.limit)
    found = None
    if query.project:
        number = query.project.strip()
        found = (
            await projects.of_hall(call.act, ProjectQuery(hall_id=hall.id, number=number))
        ).items
    return view(
        "desk/handovers.html",
        desk,
        title="一次领证",
        rows=await worklist.waiting(call.act, asked),
        found=found,
        query=query,
    )


@pages.page("/handovers/cases/<case_id:uuid>", guard=READERS)
async def results_of_case(call: Call, case_id: UUID, query: HandoverQuery) -> View:
    """The documents of a case that have not reached the applicant yet."""
    found = await handover.ready(call.act, case_id=case_id)
    return await _results(call, found, query, f"/desk/handovers/cases/{case_id}")


@pages.page("/handovers/projects/<project_id:uuid>", guard=READERS)
async def results_of_project(call: Call, project_id: UUID, query: HandoverQuery) -> View:
    """The documents of a project that have not reached the applicant yet."""
    found = await handover.ready(call.act, project_id=project_id)
    return await _results(call, found, query, f"/desk/handovers/projects/{project_id}")


async def _results(call: Call, found: object, query: HandoverQuery, here: str) -> View:
    desk = await places.desk_of(call.act)
    return view(
        "desk/handover.html",
        title="一次领证",
        found=found,
        here=here,
        receipt=query.receipt,
        clerk=desk.clerk,
    )


@pages.form("/handovers/cases/<case_id:uuid>", guard=CLERK)
async def hand_over_case(call: Call, case_id: UUID, body: HandOver) -> Redirect:
    """Hand over all documents of a case at once, with one receipt."""
    done = await handover.hand_over(call.act, body, case_id=case_id)
    to = address(f"/desk/handovers/cases/{case_id}", receipt=done.id)
    return Redirect(to, said=f"已一次领取 {done.documents} 份证照，回执 {done.number}。")


@pages.form("/handovers/projects/<project_id:uuid>", guard=CLERK)
async def hand_over_project(call: Call, project_id: UUID, body: HandOver) -> Redirect:
    """Hand over all documents of a project that are ready, at once, with one receipt."""
    done = await handover.hand_over(call.act, body, project_id=project_id)
    to = address(f"/desk/handovers/projects/{project_id}", receipt=done.id)
    return Redirect(to, said=f"已一次领取 {done.documents} 份证照，回执 {done.number}。")


@pages.page("/shipments", guard=POST)
async def shipments(call: Call, query: ShipmentPageQuery) -> View:
    """A hall's shipments in one state, oldest first."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = ShipmentQuery(hall_id=hall.id, state=query.state, after=query.after, limit=query.limit)
    return view(
        "desk/shipments.html",
        desk,
        title="邮寄",
        hall=hall,
        rows=await deliveries.shipments_of_hall(call.act, asked),
        query=query,
        states=SHIPMENTS,
    )
