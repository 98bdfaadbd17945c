"""HTTP of fees: the applicant's side, the desk's, and other systems that take payments."""

from uuid import UUID

import msgspec
from sanic.response import HTTPResponse

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, CLIENT, Role, staff
from app.core.wire import Page
from app.projects.fees import due, listing, payments, service
from app.projects.fees.due import FeeDueQuery, FeeDueRow
from app.projects.fees.schemas import (
    FeeLineStands,
    FeeListShown,
    PayFees,
    PaymentShown,
    RefundFee,
    ReportPayment,
    SetAmount,
    WaiveFee,
)

routes = Routes("fees", "/api/v1")
desk = Routes("fees-desk", "/api/v1/desk")

CLERK = staff(Role.CLERK)
REVIEWER = staff(Role.REVIEWER)
LISTERS = staff(Role.CLERK, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


@routes.get("/cases/<case_id:uuid>/fees", guard=CITIZEN)
async def own_case(call: Call, case_id: UUID) -> FeeListShown:
    """All fees of one's own case, listed once."""
    return await listing.for_citizen(call.act, case_id=case_id)


@routes.get("/projects/<project_id:uuid>/fees", guard=CITIZEN)
async def own_project(call: Call, project_id: UUID) -> FeeListShown:
    """All fees of one's own project, listed once."""
    return await listing.for_citizen(call.act, project_id=project_id)


@routes.post("/fees/payments", guard=CLIENT, status=201)
async def report_payment(call: Call, body: ReportPayment) -> PaymentShown:
    """A payment that another system took; 201 when it is kept, 200 when it was kept before."""
    found, new = await payments.report(call.act, body)
    status = 201 if new else 200
    return HTTPResponse(  # type: ignore[return-value]
        msgspec.json.encode(found), status, content_type="application/json"
    )


@desk.get("/fees", guard=staff(*due.READERS))
async def fees_due(call: Call, query: FeeDueQuery) -> Page[FeeDueRow]:
    """The cases of a hall of which fees are listed and not paid, oldest first."""
    return await due.in_hall(call.act, query)


@desk.get("/cases/<case_id:uuid>/fees", guard=READERS)
async def case_fees(call: Call, case_id: UUID) -> FeeListShown:
    """All fees of a case."""
    return await listing.for_desk(call.act, case_id=case_id)


@desk.get("/projects/<project_id:uuid>/fees", guard=READERS)
async def project_fees(call: Call, project_id: UUID) -> FeeListShown:
    """All fees of a project."""
    return await listing.for_desk(call.act, project_id=project_id)


@desk.post("/cases/<case_id:uuid>/fees", guard=LISTERS)
async def list_case(call: Call, case_id: UUID) -> FeeListShown:
    """List the fees of a case for good, so that amounts can be set and paid."""
    return await listing.open_at_desk(call.act, case_id=case_id)


@desk.post("/projects/<project_id:uuid>/fees", guard=LISTERS)
async def list_project(call: Call, project_id: UUID) -> FeeListShown:
    """List the fees of all cases of a project for good."""
    return await listing.open_at_desk(call.act, project_id=project_id)


@desk.post("/cases/<case_id:uuid>/fees/pay", guard=CLERK, status=201, once=True)
async def pay_case(call: Call, case_id: UUID, body: PayFees) -> PaymentShown:
    """Record that all that is due of a case was paid."""
    return await payments.pay(call.act, body, case_id=case_id)


@desk.post("/projects/<project_id:uuid>/fees/pay", guard=CLERK, status=201, once=True)
async def pay_project(call: Call, project_id: UUID, body: PayFees) -> PaymentShown:
    """Record that all that is due of a project was paid, in one act."""
    return await payments.pay(call.act, body, project_id=project_id)


@desk.post("/fees/<line_id:uuid>/amount", guard=REVIEWER)
async def set_amount(call: Call, line_id: UUID, body: SetAmount) -> FeeLineStands:
    """Say what a fee comes to in this case."""
    return await service.set_amount(call.act, line_id, body)


@desk.post("/fees/<line_id:uuid>/waive", guard=REVIEWER, once=True)
async def waive(call: Call, line_id: UUID, body: WaiveFee) -> FeeLineStands:
    """Do not ask for a fee, with the reason and the rule."""
    return await service.waive(call.act, line_id, body)


@desk.post("/fees/<line_id:uuid>/refund", guard=CLERK, once=True)
async def refund(call: Call, line_id: UUID, body: RefundFee) -> FeeLineStands:
    """Record that money was given back for a fee."""
    return await service.refund(call.act, line_id, body)
