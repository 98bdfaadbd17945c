"""Who may see joint work, and what it is about: a construction project, or a single case.

The owner's side: the owner with all accounts that are theirs, and the people of the enterprise
that builds. The desk's: clerks, supervisors and managers of the hall, and the reviewers of
departments whose part in one of the cases has begun.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.agency import service as agency
from app.cases import access as case_access
from app.cases import facts as cases
from app.cases.facts import CaseFacts
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Role, Staff, require_citizen, require_staff
from app.core.errors import NotFound
from app.core.privacy import Personal
from app.projects import queries
from app.projects.models import Project

HANDLERS = (Role.CLERK, Role.SUPERVISOR)
READERS = (*HANDLERS, Role.MANAGER)


def no_such_project() -> NotFound:
    """What everybody gets who asks for a project that is not there or not theirs."""
    return NotFound("没有找到这个工程建设项目。")


def no_such_case() -> NotFound:
    """What everybody gets who asks for a case that is not there or not theirs."""
    return NotFound("没有找到这个办件。")


@dataclass(frozen=True)
class About:
    """What something joint is about: a project with the cases that it has now, or one case."""

    hall_id: UUID
    subject: str
    name: str
    cases: tuple[CaseFacts, ...]
    project: Project | None = None

    @property
    def project_id(self) -> UUID | None:
        """The project's id; None where it is about a single case."""
        return self.project.id if self.project else None

    @property
    def case_id(self) -> UUID | None:
        """The case's id; None where it is about a project."""
        return None if self.project else self.cases[0].id

    @property
    def case_ids(self) -> list[UUID]:
        """The ids of all its cases."""
        return [case.id for case in self.cases]


def subject(project: Project) -> str:
    """How the audit trail and papers name a project."""
    return f"project:{project.number}"


async def about_project(project: Project) -> About:
    """A project with its cases."""
    found = await cases.facts(await queries.case_ids(project.id))
    return About(
        hall_id=project.hall_id,
        subject=subject(project),
        name=f"{project.name}（{project.number}）",
        cases=tuple(found[case_id] for case_id in sorted(found)),
        project=project,
    )


def about_case(case: CaseFacts) -> About:
    """A case by itself."""
    name = f"{case.item_name}（{case.number}）"
    return About(case.hall_id, f"case:{case.number}", name, (case,))


async def locked(project_id: UUID) -> Project:
    """The project, locked until the end of the transaction. Raises NotFound.

    Whatever joins cases is locked before the cases, and those in the order of their ids.
    """
    found = await Project.filter(id=project_id).select_for_update().first()
    if found is None:
        raise no_such_project()
    return found


def within(reach: agency.Reach, project: Project) -> bool:
    """Whether a project is of this reach: one's own, of an enterprise that one belongs to, or
    covered by a live consent for everything of its owner."""
    if project.enterprise_id is None and project.owner_id in reach.own:
        return True
    if project.enterprise_id is not None and project.enterprise_id in reach.enterprises:
        return True
    return any(
        one.item_id is None
        and one.case_id is None
        and one.enterprise_id == project.enterprise_id
        and (project.enterprise_id is not None or one.applicant_id == project.owner_id)
        for one in reach.covered
    )


async def of_owner(act: Act, project_id: UUID, *, lock: bool = False) -> Project:
    """A project of the owner's side. Raises NotFound for anybody else's."""
    require_citizen(act.actor)
    found = await locked(project_id) if lock else await Project.get_or_none(id=project_id)
    if found is None or not within(await agency.reach(act), found):
        raise no_such_project()
    return found


async def check_filing(act: Act, project: Project, case_id: UUID, what: str) -> CaseFacts:
    """A case of the owner's side, locked, for somebody who may act in it until the commit.

    What a helper or an operator does is written down for both sides to see.

    Raises:
        NotFound: not theirs to see. MayOnlySee: they may look and not act.
    """
    case = await case_access.locked_of_applicant(act, case_id)
    side = await case_access.side_of(act, case, hold=True)
    if side is not None and side.acting is not None:
        await agency.record_act(act, side.acting, what, subject(project))
    return (await cases.facts([case_id]))[case_id]


async def of_desk(
    act: Act, project_id: UUID, roles: Collection[Role] = READERS, *, lock: bool = False
) -> Project:
    """A project for staff with one of `roles` over its hall, or who review one of its cases.

    Reviewers count only where `roles` are all `READERS`. Raises NotFound.
    """
    person = require_staff(act.actor)
    found = await locked(project_id) if lock else await Project.get_or_none(id=project_id)
    if found is None:
        raise no_such_project()
    if found.hall_id in person.halls(*roles):
        return found
    if roles is READERS and await takes_part(person, await queries.case_ids(project_id)):
        return found
    raise no_such_project()


async def takes_part(person: Staff, case_ids: Iterable[UUID]) -> bool:
    """Whether the part of one of the person's departments in one of these cases has begun."""
    mine = person.departments(Role.REVIEWER)
    if not mine:
        return False
    parts = await cases.parts(list(case_ids))
    return any(part.opened_at is not None and part.department_id in mine for part in parts)


async def handles(person: Staff, about: About) -> bool:
    """Whether a staff member handles this and so may read its personal data."""
    return about.hall_id in person.halls(*HANDLERS) or await takes_part(person, about.case_ids)


async def about_for_citizen(
    act: Act, *, project_id: UUID | None = None, case_id: UUID | None = None
) -> About:
    """A project or a case of the citizen's side. Raises NotFound for anybody else's."""
    if project_id is not None:
        return await about_project(await of_owner(act, project_id))
    assert case_id is not None, "about the one or the other"
    await case_access.readable_by(act, case_id)
    return about_case((await cases.facts([case_id]))[case_id])


async def about_for_desk(
    act: Act,
    *,
    project_id: UUID | None = None,
    case_id: UUID | None = None,
    roles: Collection[Role] = READERS,
) -> About:
    """A project or a case for staff; see `of_desk`. Raises NotFound."""
    if project_id is not None:
        return await about_project(await of_desk(act, project_id, roles))
    assert case_id is not None, "about the one or the other"
    person = require_staff(act.actor)
    case = (await cases.facts([case_id])).get(case_id)
    if case is None:
        raise no_such_case()
    if case.hall_id in person.halls(*roles):
        return about_case(case)
    if roles is READERS and await takes_part(person, [case_id]):
        return about_case(case)
    raise no_such_case()


async def about_single(case_id: UUID) -> About:
    """A case by itself, whoever asks. Raises NotFound."""
    case = (await cases.facts([case_id])).get(case_id)
    if case is None:
        raise no_such_case()
    return about_case(case)


async def leading(about: About) -> set[UUID]:
    """The departments that lead: that of each case, and those that lead a stage of its review."""
    parts = await cases.parts(about.case_ids)
    own = {case.department_id for case in about.cases}
    return own | {part.department_id for part in parts if part.lead}


async def applicant_name(case: CaseFacts) -> Personal:
    """The name of who applies: the enterprise, or the person."""
    if case.enterprise_name is not None:
        return Personal(case.enterprise_name, "name")
    return (await citizens.person(case.applicant_id)).name
