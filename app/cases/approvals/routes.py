"""HTTP for other approval systems: what they report, what they fetch, and who lets them."""

from uuid import UUID

from app.cases.approvals import progress
from app.cases.approvals import service as approvals
from app.cases.approvals.schemas import (
    ApprovalTask,
    ApprovalTasksQuery,
    BatchTaken,
    LinkIn,
    LinkShown,
    LinksQuery,
    LinksShown,
    ProgressBatch,
    ProgressReport,
    ProgressTaken,
)
from app.core.api import Call, Routes
from app.core.auth import CLIENT, Role, staff
from app.core.wire import Page

routes = Routes("approvals", "/api/v1/approvals")


@routes.post("/progress", guard=CLIENT)
async def report(call: Call, body: ProgressReport) -> ProgressTaken:
    """Report how far a department is with its part of a case; the same report counts once."""
    return await progress.take(call.act, body)


@routes.post("/progress/batch", guard=CLIENT)
async def report_all(call: Call, body: ProgressBatch) -> BatchTaken:
    """Up to 100 reports, each answered by itself."""
    return await progress.take_all(call.act, body)


@routes.get("/tasks", guard=CLIENT)
async def tasks(call: Call, query: ApprovalTasksQuery) -> Page[ApprovalTask]:
    """The open tasks of the departments for which the system speaks; the reading is recorded."""
    return await approvals.tasks(call.act, query)


@routes.get("/links", guard=staff(Role.ADMIN, Role.MANAGER))
async def links(call: Call, query: LinksQuery) -> LinksShown:
    """Which systems speak for which departments of a hall."""
    return await approvals.links(call.act, query.hall_id)


@routes.post("/links", guard=staff(Role.ADMIN))
async def link(call: Call, body: LinkIn) -> LinkShown:
    """Let another system speak for a department."""
    return await approvals.link(call.act, body)


@routes.delete("/links/<link_id:uuid>", guard=staff(Role.ADMIN))
async def unlink(call: Call, link_id: UUID) -> None:
    """A system speaks for a department no more."""
    await approvals.unlink(call.act, link_id)
