"""What can be done with construction projects; how cases join them is in `attaching.py`."""

from uuid import UUID

from app.agency import service as agency
from app.agency.service import OnBehalf
from app.cases import facts as cases
from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_citizen, require_staff
from app.core.errors import Forbidden
from app.core.privacy import Personal
from app.core.wire import Page, PageQuery, after_id, page
from app.halls import service as halls
from app.projects import access, attaching, numbers, queries, views
from app.projects.models import Project, ProjectStageItem
from app.projects.problems import ItemElsewhere, ProjectClosed
from app.projects.rules import Prefix, ProjectState, tidy_number
from app.projects.schemas import (
    ClaimQuery,
    ClaimRow,
    CloseProject,
    DeskProject,
    DeskProjectIn,
    ProjectBrief,
    ProjectIn,
    ProjectQuery,
    ProjectRow,
    ProjectShown,
    SiteShown,
    StageItemIn,
    StageItemShown,
)

_WHY = {
    "unknown": "没有这个项目代码。",
    "other_owner": "办件的申请人不是该项目的建设单位（个人）。",
    "other_hall": "该项目属于另一个政务服务中心。",
    "closed": "该项目已关闭。",
}


async def create(act: Act, given: ProjectIn) -> Project:
    """A citizen begins a project of their own, or of an enterprise for which they may file.

    Raises:
        NotFound: no such hall, or not their enterprise. WhoFirst: they have not said who they
            are. MayNot: their role in the enterprise does not let them file.
            EnterprisePending.
    """
    require_citizen(act.actor)
    await halls.hall(given.hall_id)
    behalf = OnBehalf(enterprise_id=given.enterprise_id) if given.enterprise_id else None
    async with act.transaction():
        who = await agency.principal(act, behalf)
        name = Personal(who.enterprise.name, "name") if who.enterprise else who.name
        return await _create(
            act,
            given.hall_id,
            owner=(who.citizen_id, who.enterprise.id if who.enterprise else None, name),
            named=(given.name, given.kind, given.site),
        )


async def create_at_desk(act: Act, given: DeskProjectIn) -> Project:
    """A clerk makes a project out of its first case; whoever applies there owns it.

    Raises:
        NotFound: not a case of the clerk's halls. CaseElsewhere, CaseOver: as for `attach`.
    """
    async with act.transaction() as tx:
        about = await access.about_for_desk(act, case_id=given.case_id, roles=(Role.CLERK,))
        case = about.cases[0]
        name = await access.applicant_name(case)
        project = await _create(
            act,
            case.hall_id,
            owner=(case.applicant_id, case.enterprise_id, name),
            named=(given.name, given.kind, given.site),
        )
        await attaching.attach(act, tx, project, case, given.stage)
    return project


async def _create(
    act: Act,
    hall_id: UUID,
    *,
    owner: tuple[UUID, UUID | None, Personal],
    named: tuple[str, str, str],
) -> Project:
    name, kind, site = named
    async with act.transaction() as tx:
        made = await Project.create(
            number=await numbers.take(Prefix.PROJECT, hall_id, act.today),
            hall_id=hall_id,
            name=name,
            kind=kind,
            owner_id=owner[0],
            enterprise_id=owner[1],
            owner_name=owner[2],
            site=Personal(site, "address"),
            state=ProjectState.OPEN,
            created_at=act.at,
            created_by=act.actor.key,
        )
        tx.audit("project.created", access.subject(made), hall_id=hall_id, kind=kind)
    return made


async def close(act: Act, project_id: UUID, given: CloseProject) -> Project:
    """A clerk closes a project: it takes no more cases; those that it has go on.

    Raises:
        NotFound: not of the clerk's halls. ProjectClosed: it is closed already.
    """
    async with act.transaction() as tx:
        project = await access.of_desk(act, project_id, (Role.CLERK,), lock=True)
        if project.state == ProjectState.CLOSED:
            raise ProjectClosed("该项目已经关闭。")
        project.state = ProjectState.CLOSED
        project.closed_at = act.at
        project.closed_why = given.reason
        await project.save(update_fields=["state", "closed_at", "closed_why"])
        tx.audit("project.closed", access.subject(project), hall_id=project.hall_id)
    return project


async def mine(act: Act, query: PageQuery) -> Page[ProjectRow]:
    """The projects of the citizen and of the enterprises that they belong to, newest first."""
    require_citizen(act.actor)
    reach = await agency.reach(act)
    rows = await queries.of_side(reach.own, reach.enterprises, after_id(query), query.limit)
    return views.page_of_projects(act, rows, query.limit)


async def of_hall(act: Act, query: ProjectQuery) -> Page[ProjectRow]:
    """A hall's projects for its staff, oldest first. Raises Forbidden."""
    if query.hall_id not in require_staff(act.actor).halls(*access.READERS):
        raise Forbidden
    number = tidy_number(query.number) if query.number else None
    rows = await queries.of_hall(query.hall_id, query.state, number, after_id(query), query.limit)
    return views.page_of_projects(act, rows, query.limit)


async def for_owner(act: Act, project_id: UUID) -> ProjectShown:
    """A project as its owner's side sees it. Raises NotFound for anybody else's."""
    project = await access.of_owner(act, project_id)
    return ProjectShown(**await views.parts_of(act, project), site=project.site.reveal())


async def for_desk(act: Act, project_id: UUID) -> DeskProject:
    """A project as staff see it, owner and site masked. Raises NotFound if not theirs to see."""
    project = await access.of_desk(act, project_id)
    return DeskProject(**await views.parts_of(act, project), site=project.site.masked())


async def of_case(act: Act, case_id: UUID) -> ProjectBrief | None:
    """The project that a case belongs to now, for staff who see the case; None if it is in none.

    Raises:
        NotFound: the case is not theirs to see.
    """
    await access.about_for_desk(act, case_id=case_id)
    found = await queries.project_of(case_id)
    project = await Project.get(id=found) if found else None
    if project is None:
        return None
    state = ProjectState(project.state)
    return ProjectBrief(id=project.id, number=project.number, name=project.name, state=state)


async def handles(act: Act, project_id: UUID) -> bool:
    """Whether the caller, who sees the project, may read its personal data. Raises NotFound."""
    project = await access.of_desk(act, project_id)
    return await access.handles(require_staff(act.actor), await access.about_project(project))


async def site(act: Act, project_id: UUID) -> SiteShown:
    """Who builds where, in the clear, for those who handle the project; recorded.

    Raises:
        NotFound: not theirs to see. Forbidden: they see the project without personal data.
    """
    if not await handles(act, project_id):
        raise Forbidden("您的角色不能查看建设单位（个人）的个人信息。")
    project = await access.of_desk(act, project_id)
    async with act.transaction() as tx:
        tx.audit("project.site_read", access.subject(project), hall_id=project.hall_id)
    return SiteShown(owner=project.owner_name.reveal(), site=project.site.reveal())


async def stage_items(act: Act, hall_id: UUID) -> list[StageItemShown]:
    """What a hall counts to the four stages, for its staff. Raises Forbidden."""
    if hall_id not in require_staff(act.actor).halls(*Role):
        raise Forbidden
    return [StageItemShown(**row) for row in await queries.stage_items(hall_id)]


async def set_stage_items(
    act: Act, hall_id: UUID, given: list[StageItemIn]
) -> list[StageItemShown]:
    """Say which items belong to which stage, all of them; an administrator of the hall may.

    Raises:
        Forbidden. NotFound: an item is not published. ItemElsewhere: an item is named twice, or
            is another hall's.
    """
    if hall_id not in require_staff(act.actor).halls(Role.ADMIN):
        raise Forbidden
    offered = {line.item_id: await catalog.published(line.item_id) for line in given}
    if len(offered) < len(given) or any(item.hall_id != hall_id for item in offered.values()):
        raise ItemElsewhere
    async with act.transaction() as tx:
        await halls.hall(hall_id)
        await db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('project_stage_items' || $1, 0))",
            str(hall_id),
        )
        await ProjectStageItem.filter(hall_id=hall_id).delete()
        await ProjectStageItem.bulk_create(
            ProjectStageItem(
                hall_id=hall_id,
                item_id=line.item_id,
                name=offered[line.item_id].name,
                stage=line.stage,
                required=line.required,
            )
            for line in given
        )
        tx.audit("project.stages_set", f"hall:{hall_id}", hall_id=hall_id, items=len(given))
    return await stage_items(act, hall_id)


async def claims(act: Act, query: ClaimQuery) -> Page[ClaimRow]:
    """Numbers given with applications that could not be followed, oldest first, for clerks.

    Raises:
        Forbidden.
    """
    if query.hall_id not in require_staff(act.actor).halls(Role.CLERK):
        raise Forbidden
    rows = await queries.open_claims(query.hall_id, after_id(query), query.limit)
    found = await cases.facts([row["case_id"] for row in rows])

    def show(row: dict) -> ClaimRow:
        case = found[row["case_id"]]
        said = _WHY[row["why"]]
        return ClaimRow(**row, case_number=case.number, item_name=case.item_name, why_text=said)

    return page(rows, query.limit, show, lambda row: (row["id"],))
