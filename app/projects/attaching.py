"""Cases join a construction project and leave it; numbers given with applications are followed."""

from uuid import UUID

from app.cases import facts as cases
from app.cases.facts import CaseFacts
from app.cases.intake.schemas import ProjectCase
from app.cases.rules import State
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, require_staff
from app.core.errors import NotFound
from app.projects import access, queries
from app.projects.models import Project, ProjectClaim
from app.projects.models import ProjectCase as Placed
from app.projects.problems import (
    AnotherHall,
    CaseElsewhere,
    CaseOver,
    ClaimNeeds,
    ClaimSettled,
    NotTheOwners,
    ProjectClosed,
)
from app.projects.rules import ProjectState, Stage, is_project_number, tidy_number
from app.projects.schemas import AttachIn, SettleClaim

VOID = frozenset({State.NOT_ACCEPTED, State.WITHDRAWN, State.TERMINATED, State.REVOKED})
"""States in which a case is as if it were not there."""


async def attach_own(act: Act, project_id: UUID, given: AttachIn) -> Project:
    """The owner puts a case of their own into the project, or into another stage of it.

    Raises:
        NotFound: not the caller's project or case. CaseOver: it has been decided.
        MayOnlySee: they may not act in the case. ProjectClosed, CaseElsewhere, NotTheOwners,
            AnotherHall.
    """
    async with act.transaction() as tx:
        project = await access.of_owner(act, project_id, lock=True)
        case = await access.check_filing(act, project, given.case_id, "project_attached")
        if case.decided_at is not None:
            raise CaseOver
        await attach(act, tx, project, case, given.stage)
    return project


async def attach_at_desk(act: Act, project_id: UUID, given: AttachIn) -> Project:
    """A clerk puts a case of the hall into the project, a decided one too.

    Raises:
        NotFound: not of the clerk's halls. ProjectClosed, CaseElsewhere, CaseOver, NotTheOwners,
            AnotherHall.
    """
    async with act.transaction() as tx:
        project = await access.of_desk(act, project_id, (Role.CLERK,), lock=True)
        about = await access.about_for_desk(act, case_id=given.case_id, roles=(Role.CLERK,))
        await attach(act, tx, project, about.cases[0], given.stage)
    return project


async def attach(
    act: Act, tx: Transaction, project: Project, case: CaseFacts, stage: Stage | None
) -> None:
    """Put a case into a project that is locked; the same again changes nothing.

    Raises:
        ProjectClosed, CaseElsewhere, CaseOver, NotTheOwners, AnotherHall.
    """
    await _check(project, case)
    made = await db.fetch(
        "INSERT INTO project_cases (id, project_id, case_id, stage, attached_at, attached_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id) WHERE detached_at IS NULL"
        " DO UPDATE SET stage = $4 WHERE project_cases.project_id = $2"
        " AND project_cases.stage IS DISTINCT FROM $4 RETURNING id",
        db.new_id(),
        project.id,
        case.id,
        stage,
        act.at,
        act.actor.key,
    )
    if made:
        tx.audit(
            "project.case_attached",
            access.subject(project),
            hall_id=project.hall_id,
            case=case.number,
            stage=stage,
        )
    elif await queries.project_of(case.id) != project.id:
        raise CaseElsewhere


async def _check(project: Project, case: CaseFacts) -> None:
    if project.state != ProjectState.OPEN:
        raise ProjectClosed
    if case.state in VOID:
        raise CaseOver
    if case.hall_id != project.hall_id:
        raise AnotherHall
    if not await same_owner(project, case):
        raise NotTheOwners


async def same_owner(project: Project, case: CaseFacts) -> bool:
    """Whether who applies in the case is who builds: the same enterprise, or the same person."""
    if project.enterprise_id is not None or case.enterprise_id is not None:
        return project.enterprise_id == case.enterprise_id
    return case.applicant_id in await citizens.identities(project.owner_id)


async def detach_own(act: Act, project_id: UUID, case_id: UUID) -> Project:
    """The owner takes a case out of the project. Raises NotFound, MayOnlySee, CaseOver."""
    async with act.transaction() as tx:
        project = await access.of_owner(act, project_id, lock=True)
        await access.check_filing(act, project, case_id, "project_detached")
        await _detach(act, tx, project, case_id)
    return project


async def detach_at_desk(act: Act, project_id: UUID, case_id: UUID) -> Project:
    """A clerk takes a case out of the project. Raises NotFound, CaseOver (it is decided)."""
    async with act.transaction() as tx:
        project = await access.of_desk(act, project_id, (Role.CLERK,), lock=True)
        await _detach(act, tx, project, case_id)
    return project


async def _detach(act: Act, tx: Transaction, project: Project, case_id: UUID) -> None:
    placed = await Placed.filter(
        project_id=project.id, case_id=case_id, detached_at__isnull=True
    ).first()
    if placed is None:
        raise NotFound("这个办件不在该项目中。")
    case = (await cases.facts([case_id]))[case_id]
    if case.decided_at is not None:
        raise CaseOver
    placed.detached_at = act.at
    placed.detached_by = act.actor.key
    await placed.save(update_fields=["detached_at", "detached_by"])
    tx.audit(
        "project.case_detached",
        access.subject(project),
        hall_id=project.hall_id,
        case=case.number,
    )


async def follow_number(act: Act, given: ProjectCase, _key: str) -> None:
    """An application came with a project's number: it joins the project, or a clerk is told.

    Handler of the outbox. The stage is the one to which the hall counts the item.
    """
    async with act.transaction() as tx:
        case = (await cases.facts([given.case_id])).get(given.case_id)
        if case is None or case.state in VOID or await queries.project_of(case.id) is not None:
            return
        why = await _follow(act, tx, case, tidy_number(given.number))
        if why is not None:
            await _claim(act, tx, case, given.number, why)


async def _follow(act: Act, tx: Transaction, case: CaseFacts, number: str) -> str | None:
    """Put the case into the project of this number; what stands in the way, if something does."""
    found = await Project.get_or_none(number=number) if is_project_number(number) else None
    if found is None:
        return "unknown"
    project = await access.locked(found.id)
    stage = await queries.stage_of_item(case.hall_id, case.item_id)
    try:
        await attach(act, tx, project, case, Stage(stage) if stage else None)
    except ProjectClosed:
        return "closed"
    except NotTheOwners:
        return "other_owner"
    except AnotherHall:
        return "other_hall"
    return None


async def _claim(act: Act, tx: Transaction, case: CaseFacts, number: str, why: str) -> None:
    made = await db.fetch(
        "INSERT INTO project_claims (id, case_id, hall_id, number, why, claimed_at, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'open') ON CONFLICT (case_id) DO NOTHING RETURNING id",
        db.new_id(),
        case.id,
        case.hall_id,
        number[:40],
        why,
        act.at,
    )
    if made:
        tx.audit("project.claimed", f"case:{case.number}", hall_id=case.hall_id, why=why)


async def settle_claim(act: Act, claim_id: UUID, given: SettleClaim) -> None:
    """A clerk puts the case into the right project, or says why it belongs to none.

    Raises:
        NotFound: not of the clerk's halls. ClaimSettled: somebody was faster. ClaimNeeds.
        ProjectClosed, CaseElsewhere, CaseOver, NotTheOwners, AnotherHall: as for `attach`.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        project = None
        if given.project_id is not None:
            project = await access.of_desk(act, given.project_id, (Role.CLERK,), lock=True)
        claim = await ProjectClaim.filter(id=claim_id).select_for_update().first()
        if claim is None or claim.hall_id not in person.halls(Role.CLERK):
            raise NotFound("没有找到这条待处理记录。")
        if claim.state != "open":
            raise ClaimSettled
        case = (await cases.facts([claim.case_id]))[claim.case_id]
        if project is not None and given.stage is not None:
            await attach(act, tx, project, case, given.stage)
        elif project is not None or not given.note.strip():
            raise ClaimNeeds
        claim.state = "linked" if project else "dismissed"
        claim.settled_by = person.id
        claim.settled_at = act.at
        claim.note = given.note
        await claim.save(update_fields=["state", "settled_by", "settled_at", "note"])
        verb = f"project.claim_{claim.state}"
        tx.audit(verb, f"case:{case.number}", hall_id=claim.hall_id)
