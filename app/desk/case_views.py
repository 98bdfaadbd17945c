"""What the page of one case shows."""

from typing import Any
from uuid import UUID

import msgspec

from app.cases import service as cases
from app.cases.rules import TaskState
from app.cases.schemas import ApplicantShown, DeskCase, MaterialShown, TaskShown
from app.cases.worklist import service as worklist
from app.cases.worklist.schemas import Act as Can
from app.cases.worklist.schemas import CaseWork, Work, WorkRow
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.desk import places, words
from app.desk.forms import QueueQuery
from app.desk.views import work_query
from app.notices import service as notices
from app.notices.schemas import MessageTrace
from app.projects import service as projects
from app.projects.meetings import possible
from app.projects.meetings import views as meetings
from app.projects.schemas import MeetingBrief, ProjectBrief


class Line(msgspec.Struct, frozen=True):
    """A line of the material list with the photos that were supplied for it."""

    code: str
    name: str
    required: bool
    photos: list[MaterialShown]


class CasePage(msgspec.Struct, frozen=True):
    """A case with what can be done with it now; `applicant` only where it was asked for."""

    case: DeskCase
    work: CaseWork
    lines: list[Line]
    messages: list[MessageTrace]
    next: WorkRow | None
    applicant: ApplicantShown | None
    answers: list[tuple[str, str]]
    project: ProjectBrief | None
    meetings: list[MeetingBrief]
    calls: bool
    """Whether the caller can call a joint meeting about the case."""
    clerk: bool
    """Whether the caller is a clerk of the case's hall."""
    most: int
    """Bytes of a photo at most."""

    def can(self, name: str) -> bool:
        """Whether the caller can do this now."""
        return Can(name) in self.work.acts

    @property
    def my_tasks(self) -> list[TaskShown]:
        """The open tasks that the caller can decide."""
        return [task for task in self.case.tasks if task.id in self.work.tasks]

    @property
    def pausable(self) -> list[tuple[str, str]]:
        """Whose clock the caller can stop: of one open task, or of the whole case."""
        one = [
            (str(task.id), f"{task.department} · {task.stage_name}")
            for task in self.case.tasks
            if task.state is TaskState.OPEN and (task.id in self.work.tasks or not self.work.tasks)
        ]
        return [("", "整个办件"), *one]

    @property
    def acts(self) -> bool:
        """Whether there is anything that the caller can do."""
        mine = self.work
        return bool(mine.acts or mine.tasks or mine.pauses or mine.proposals or mine.pledges)


async def case_page(act: Act, case_id: UUID, work: Work | None, *, clear: bool = False) -> CasePage:
    """A case for the staff who see it.

    Args:
        clear: with the applicant and the form in the clear, which is recorded.

    Raises:
        NotFound: not theirs to see. Forbidden: they see it without its personal data.
    """
    applicant = await cases.applicant(act, case_id) if clear else None
    case = await cases.for_staff(act, case_id)
    can = await worklist.of_case(act, case_id)
    return CasePage(
        case=case,
        work=can,
        lines=_lines(case, can),
        messages=await notices.seen_by_staff(act, f"case:{case.number}"),
        next=await _next(act, case, work),
        applicant=applicant,
        answers=await _answers(can, applicant.form) if applicant else [],
        project=await projects.of_case(act, case_id),
        meetings=await meetings.of_desk_case(act, case_id),
        calls=await possible.may_call(act, case.hall_id, case_id=case_id),
        clerk=case.hall_id in require_staff(act.actor).halls(Role.CLERK),
        most=act.house.settings.upload_max_bytes,
    )


def _lines(case: DeskCase, work: CaseWork) -> list[Line]:
    by_code: dict[str, list[MaterialShown]] = {}
    for photo in case.materials:
        by_code.setdefault(photo.requirement, []).append(photo)
    shown = [
        Line(line.code, line.name, line.required, by_code.pop(line.code, [])) for line in work.lines
    ]
    # What was supplied for a line that applied before the situation was corrected stays.
    return shown + [
        Line(code, found[0].name, required=False, photos=found) for code, found in by_code.items()
    ]


async def _next(act: Act, case: DeskCase, work: Work | None) -> WorkRow | None:
    """The case after this one in the caller's list; None for who has no list of that hall."""
    if case.hall_id not in require_staff(act.actor).halls(Role.CLERK):
        return None
    desk = await places.desk_of(act, case.hall_id)
    return await worklist.following(act, work_query(desk, QueueQuery(work=work)), case.id)


async def _answers(work: CaseWork, form: dict[str, Any]) -> list[tuple[str, str]]:
    properties = (await catalog.version(work.version_id)).guide.form.get("properties", {})
    titles = {one.name: one.title for one in work.fields}
    named = [name for name in titles if name in form]
    named += [name for name in form if name not in titles]
    return [
        (titles.get(name, name), words.answer(form[name], properties.get(name, {})))
        for name in named
    ]
