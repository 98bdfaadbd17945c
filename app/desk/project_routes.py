"""HTTP of construction projects at the desk: their stages and cases, and numbers to settle."""

from uuid import UUID

from app.cases import facts as cases
from app.cases.numbering import no_such_case
from app.core.api import Call
from app.core.auth import Role, require_staff, staff
from app.core.errors import InvalidBody
from app.desk import places
from app.desk.forms import HallPageQuery, NoForm
from app.desk.project_forms import AttachForm, ClaimForm, NewProjectForm, ProjectPageQuery
from app.desk.showing import among, view
from app.desk.words import PROJECT_KINDS, STAGES
from app.pages.addresses import address
from app.pages.routes import PageRoutes, Redirect, View
from app.projects import attaching
from app.projects import service as projects
from app.projects.meetings import possible
from app.projects.rules import ProjectState
from app.projects.schemas import (
    AttachIn,
    ClaimQuery,
    CloseProject,
    DeskProjectIn,
    DetachIn,
    ProjectQuery,
    SettleClaim,
)

pages = PageRoutes("desk-projects", "/desk")

CLERK = staff(Role.CLERK)
HALL = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
HANDLERS = staff(Role.CLERK, Role.SUPERVISOR, Role.REVIEWER)


def _at(project_id: UUID, said: str) -> Redirect:
    return Redirect(f"/desk/projects/{project_id}", said=said)


@pages.page("/projects", guard=HALL)
async def listed(call: Call, query: ProjectPageQuery) -> View:
    """The projects of the caller's hall, oldest first; or the one of a number."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = ProjectQuery(
        hall_id=hall.id,
        state=query.state,
        number=query.number,
        after=query.after,
        limit=query.limit,
    )
    return view(
        "desk/projects/list.html",
        desk,
        title="工程项目",
        hall=hall,
        clerk=desk.clerk,
        rows=await projects.of_hall(call.act, asked),
        query=query,
    )


@pages.page("/projects/<project_id:uuid>", guard=READERS)
async def project(call: Call, project_id: UUID) -> View:
    """A project with its stages and cases; owner and site masked."""
    return await _project(call, project_id, clear=False)


@pages.form("/projects/<project_id:uuid>/site", guard=HANDLERS)
async def site(call: Call, project_id: UUID, body: NoForm) -> View:
    """The project with owner and site in the clear; the reading is recorded."""
    return await _project(call, project_id, clear=True)


async def _project(call: Call, project_id: UUID, *, clear: bool) -> View:
    site_shown = await projects.site(call.act, project_id) if clear else None
    found = await projects.for_desk(call.act, project_id)
    return view(
        "desk/projects/one.html",
        title=f"工程项目 {found.number}",
        project=found,
        site=site_shown,
        open=found.state is ProjectState.OPEN,
        clerk=found.hall_id in require_staff(call.act.actor).halls(Role.CLERK),
        in_hall=among(call.act, found.hall_id),
        handles=await projects.handles(call.act, project_id),
        calls=await possible.may_call(call.act, found.hall_id, project_id=project_id),
        here=f"/desk/projects/{project_id}",
        stages=STAGES,
    )


@pages.page("/cases/<case_id:uuid>/project", guard=CLERK)
async def to_create(call: Call, case_id: UUID) -> View:
    """The form for a project that begins with this case, or the project that it is in."""
    return view(
        "desk/projects/new.html",
        title="新建工程项目",
        case_id=case_id,
        found=await projects.of_case(call.act, case_id),
        stages=STAGES,
        kinds=PROJECT_KINDS,
    )


@pages.form("/cases/<case_id:uuid>/project", guard=CLERK)
async def create(call: Call, case_id: UUID, body: NewProjectForm) -> Redirect:
    """Make a project out of its first case."""
    given = DeskProjectIn(
        case_id=case_id, stage=body.stage, name=body.name, kind=body.kind, site=body.site
    )
    made = await projects.create_at_desk(call.act, given)
    return _at(made.id, f"已建立项目，项目代码 {made.number}。")


@pages.form("/projects/<project_id:uuid>/attach", guard=CLERK)
async def attach(call: Call, project_id: UUID, body: AttachForm) -> Redirect:
    """Put a case into the project by its number."""
    number = "".join(body.case_number.split())
    found = await cases.by_number(number)
    if found is None:
        raise no_such_case(number, "没有找到这个办件。")  # in the words for one of another hall
    await attaching.attach_at_desk(call.act, project_id, AttachIn(found.id, body.stage))
    return _at(project_id, f"办件 {number} 已归入项目。")


@pages.form("/projects/<project_id:uuid>/move", guard=CLERK)
async def move(call: Call, project_id: UUID, body: AttachIn) -> Redirect:
    """Put a case of the project into another stage."""
    await attaching.attach_at_desk(call.act, project_id, body)
    return _at(project_id, "已调整办件所属阶段。")


@pages.form("/projects/<project_id:uuid>/detach", guard=CLERK)
async def detach(call: Call, project_id: UUID, body: DetachIn) -> Redirect:
    """Take a case out of the project."""
    await attaching.detach_at_desk(call.act, project_id, body.case_id)
    return _at(project_id, "办件已移出项目。")


@pages.form("/projects/<project_id:uuid>/close", guard=CLERK)
async def close(call: Call, project_id: UUID, body: CloseProject) -> Redirect:
    """Close a project: it takes no more cases."""
    await projects.close(call.act, project_id, body)
    return _at(project_id, "项目已关闭，已有的办件继续办理。")


@pages.page("/project-claims", guard=CLERK)
async def claims(call: Call, query: HallPageQuery) -> View:
    """Project numbers given with applications that could not be followed, oldest first."""
    desk = await places.desk_of(call.act, query.hall_id)
    hall = desk.require_hall()
    asked = ClaimQuery(hall_id=hall.id, after=query.after, limit=query.limit)
    return view(
        "desk/projects/claims.html",
        desk,
        title="待核项目代码",
        hall=hall,
        rows=await projects.claims(call.act, asked),
        query=query,
        stages=STAGES,
    )


@pages.form("/project-claims/<claim_id:uuid>/settle", guard=CLERK)
async def settle(call: Call, claim_id: UUID, body: ClaimForm) -> Redirect:
    """Put the case of a claim into the right project, or say why it belongs to none."""
    project_id = None
    if body.project_number:
        asked = ProjectQuery(hall_id=body.hall_id, number=body.project_number)
        found = (await projects.of_hall(call.act, asked)).items
        if not found:
            raise InvalidBody("本中心没有这个项目代码。", field="project_number")
        project_id = found[0].id
    given = SettleClaim(project_id=project_id, stage=body.stage, note=body.note)
    await attaching.settle_claim(call.act, claim_id, given)
    said = "办件已归入项目。" if project_id else "已记录：不归入项目。"
    return Redirect(address("/desk/project-claims", hall_id=body.hall_id), said=said)
