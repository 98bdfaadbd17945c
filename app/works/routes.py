"""HTTP of long work: one's own, its progress, and what it made."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import STAFF
from app.core.wire import File, Page, PageQuery
from app.works import service
from app.works.schemas import WorkShown

routes = Routes("works", "/api/v1/works")


@routes.get("", guard=STAFF)
async def list_works(call: Call, query: PageQuery) -> Page[WorkShown]:
    """The caller's long work, the last begun first."""
    return await service.listed(call.act, query)


@routes.get("/<work_id:uuid>", guard=STAFF)
async def read_work(call: Call, work_id: UUID) -> WorkShown:
    """One of the caller's works, with its progress."""
    return await service.shown(call.act, work_id)


@routes.post("/<work_id:uuid>/cancel", guard=STAFF, once=True)
async def cancel_work(call: Call, work_id: UUID) -> WorkShown:
    """Stop a work."""
    return await service.cancel(call.act, work_id)


@routes.get("/<work_id:uuid>/file", guard=STAFF)
async def fetch_file(call: Call, work_id: UUID) -> File:
    """The file that a work made."""
    return await service.file(call.act, work_id)
