"""HTTP of construction projects: the owner's side, and the desk's."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, STAFF, Role, staff
from app.core.wire import Page, PageQuery
from app.projects import attaching, service
from app.projects.models import Project
from app.projects.rules import ProjectState
from app.projects.schemas import (
    AttachIn,
    ClaimQuery,
    ClaimRow,
    CloseProject,
    DeskProject,
    DeskProjectIn,
    DetachIn,
    ProjectBrief,
    ProjectIn,
    ProjectMade,
    ProjectQuery,
    ProjectRow,
    ProjectShown,
    SettleClaim,
    SiteShown,
    StageItemIn,
    StageItemShown,
)

routes = Routes("projects", "/api/v1/projects")
desk = Routes("projects-desk", "/api/v1/desk")
stages = Routes("project-stages", "/api/v1/halls")

CLERK = staff(Role.CLERK)
HALL = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
HANDLERS = staff(Role.CLERK, Role.SUPERVISOR, Role.REVIEWER)
Lines = Annotated[list[StageItemIn], Meta(max_length=200)]


def _made(project: Project) -> ProjectMade:
    return ProjectMade(id=project.id, number=project.number, state=ProjectState(project.state))


@routes.post("", guard=CITIZEN, status=201, once=True)
async def create(call: Call, body: ProjectIn) -> ProjectMade:
    """Begin a construction project and get its number."""
    return _made(await service.create(call.act, body))


@routes.get("", guard=CITIZEN)
async def mine(call: Call, query: PageQuery) -> Page[ProjectRow]:
    """The projects of the caller and of their enterprises, newest first."""
    return await service.mine(call.act, query)


@routes.get("/<project_id:uuid>", guard=CITIZEN)
async def read(call: Call, project_id: UUID) -> ProjectShown:
    """One's own project: all four stages, their cases and lights, and what is next."""
    return await service.for_owner(call.act, project_id)


@routes.post("/<project_id:uuid>/cases", guard=CITIZEN)
async def attach(call: Call, project_id: UUID, body: AttachIn) -> ProjectMade:
    """Put a case of one's own into the project, or into another stage of it."""
    return _made(await attaching.attach_own(call.act, project_id, body))


@routes.post("/<project_id:uuid>/detach", guard=CITIZEN)
async def detach(call: Call, project_id: UUID, body: DetachIn) -> ProjectMade:
    """Take a case out of the project, until it is decided."""
    return _made(await attaching.detach_own(call.act, project_id, body.case_id))


@desk.post("/projects", guard=CLERK, status=201, once=True)
async def create_at_desk(call: Call, body: DeskProjectIn) -> ProjectMade:
    """Make a project out of its first case, for whoever applies there."""
    return _made(await service.create_at_desk(call.act, body))


@desk.get("/projects", guard=HALL)
async def of_hall(call: Call, query: ProjectQuery) -> Page[ProjectRow]:
    """The projects of a hall, oldest first."""
    return await service.of_hall(call.act, query)


@desk.get("/projects/<project_id:uuid>", guard=READERS)
async def read_at_desk(call: Call, project_id: UUID) -> DeskProject:
    """A project: all four stages, their cases and lights, and what is next; the owner masked."""
    return await service.for_desk(call.act, project_id)


@desk.get("/cases/<case_id:uuid>/project", guard=READERS)
async def of_case(call: Call, case_id: UUID) -> ProjectBrief | None:
    """The project that a case belongs to now; 204 where it is in none."""
    return await service.of_case(call.act, case_id)


@desk.get("/projects/<project_id:uuid>/site", guard=HANDLERS)
async def site(call: Call, project_id: UUID) -> SiteShown:
    """Who builds where, in the clear. The reading is recorded."""
    return await service.site(call.act, project_id)


@desk.post("/projects/<project_id:uuid>/cases", guard=CLERK)
async def attach_at_desk(call: Call, project_id: UUID, body: AttachIn) -> ProjectMade:
    """Put a case of the same applicant into the project, or into another stage of it."""
    return _made(await attaching.attach_at_desk(call.act, project_id, body))


@desk.post("/projects/<project_id:uuid>/detach", guard=CLERK)
async def detach_at_desk(call: Call, project_id: UUID, body: DetachIn) -> ProjectMade:
    """Take a case out of the project, until it is decided."""
    return _made(await attaching.detach_at_desk(call.act, project_id, body.case_id))


@desk.post("/projects/<project_id:uuid>/close", guard=CLERK, once=True)
async def close(call: Call, project_id: UUID, body: CloseProject) -> ProjectMade:
    """Close a project: it takes no more cases."""
    return _made(await service.close(call.act, project_id, body))


@desk.get("/project-claims", guard=CLERK)
async def claims(call: Call, query: ClaimQuery) -> Page[ClaimRow]:
    """Project numbers given with applications that could not be followed, oldest first."""
    return await service.claims(call.act, query)


@desk.post("/project-claims/<claim_id:uuid>/settle", guard=CLERK, once=True)
async def settle(call: Call, claim_id: UUID, body: SettleClaim) -> None:
    """Put the case of a claim into the right project, or say why it belongs to none."""
    await attaching.settle_claim(call.act, claim_id, body)


@stages.get("/<hall_id:uuid>/project-stages", guard=STAFF)
async def stage_items(call: Call, hall_id: UUID) -> list[StageItemShown]:
    """The items that a hall counts to the four stages."""
    return await service.stage_items(call.act, hall_id)


@stages.put("/<hall_id:uuid>/project-stages", guard=staff(Role.ADMIN))
async def set_stage_items(call: Call, hall_id: UUID, body: Lines) -> list[StageItemShown]:
    """Say which items belong to which stage, all of them."""
    return await service.set_stage_items(call.act, hall_id, body)
