"""What somebody can do with a joint meeting now, and about what they can call one.

It is what the acts themselves ask when they are tried, asked beforehand, so that nobody is offered
what would be refused. The acts go on deciding: between the two anything can happen.
"""

from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.wire import Out
from app.halls import administration
from app.halls import service as halls
from app.halls.schemas import DepartmentShown
from app.projects import access
from app.projects.access import About
from app.projects.meetings import rules
from app.projects.meetings.records import chairs
from app.projects.meetings.rules import Answer, Meeting, State
from app.projects.meetings.schemas import MeetingShown
from app.projects.meetings.service import NotLeading


class MeetingActs(Out, frozen=True):
    """What the caller can do with a meeting now.

    `reply`, `answer` and `confirm`: the departments for which they can say whether it comes, can
    answer the minutes, and can confirm them (one that is down as absent may only object).
    """

    hold: bool
    cancel: bool
    write: bool
    close: bool
    reply: list[UUID]
    answer: list[UUID]
    confirm: list[UUID]


def acts_of(act: Act, shown: MeetingShown) -> MeetingActs:
    """What the caller, who sees this meeting, can do with it at this moment."""
    person, meeting = require_staff(act.actor), _as_ruled(shown)
    runs = chairs(person, shown.hall_id, shown.lead_id)
    mine = sorted(person.departments(Role.REVIEWER) & meeting.invited)
    takes_place = rules.held(meeting, meeting.invited) is not None and shown.starts_at <= act.at

    def may(one: UUID, answer: Answer) -> bool:
        return rules.answered(meeting, one, answer) is not None

    return MeetingActs(
        hold=runs and takes_place,
        cancel=runs and rules.cancelled(meeting) is not None,
        write=runs and rules.minuted(meeting) is not None,
        close=runs and rules.closed(meeting) is not None,
        reply=mine if meeting.state is State.CALLED else [],
        answer=[one for one in mine if may(one, Answer.OBJECTED)],
        confirm=[one for one in mine if may(one, Answer.CONFIRMED)],
    )


def _as_ruled(shown: MeetingShown) -> Meeting:
    return Meeting(
        kind=shown.kind,
        invited=frozenset(one.department_id for one in shown.departments),
        state=shown.state,
        attended=frozenset(one.department_id for one in shown.departments if one.attended),
        answers={one.department_id: one.answer for one in shown.departments if one.answer},
    )


class CaseOfMeeting(Out, frozen=True):
    """A case whose clock can stand still for a site visit."""

    id: UUID
    number: str
    item_name: str


class CallOffer(Out, frozen=True):
    """About what the caller can call a meeting: who may lead it, and who can be invited.

    `about` is None where it is about no project and no case. `cases`: those that take part.
    """

    hall_id: UUID
    hall: str
    about: str | None
    project_id: UUID | None
    case_id: UUID | None
    leads: list[DepartmentShown]
    departments: list[DepartmentShown]
    cases: list[CaseOfMeeting]


async def offer(
    act: Act, hall_id: UUID, *, project_id: UUID | None = None, case_id: UUID | None = None
) -> CallOffer:
    """What a call of the caller's can say, about a project, a case, or neither of a hall.

    Args:
        hall_id: where it is about neither; a project and a case name their own.

    Raises:
        NotFound: the project or the case is not theirs to see. NotLeading: they can call none.
    """
    person = require_staff(act.actor)
    about = None
    if project_id or case_id:
        about = await access.about_for_desk(act, project_id=project_id, case_id=case_id)
        hall_id = about.hall_id
    departments = await administration.departments(hall_id)
    leads = departments
    if hall_id not in person.halls(*access.HANDLERS):
        may_lead = person.departments(Role.REVIEWER)
        if about:
            may_lead &= await access.leading(about)
        leads = [one for one in departments if one.id in may_lead]
    if not leads:
        raise NotLeading
    return CallOffer(
        hall_id=hall_id,
        hall=(await halls.names(hall_id))[hall_id],
        about=about.name if about else None,
        project_id=about.project_id if about else None,
        case_id=about.case_id if about else None,
        leads=leads,
        departments=departments,
        cases=_cases(about),
    )


def _cases(about: About | None) -> list[CaseOfMeeting]:
    found = about.cases if about else ()
    return [CaseOfMeeting(id=one.id, number=one.number, item_name=one.item_name) for one in found]


async def may_call(act: Act, hall_id: UUID, **about: UUID) -> bool:
    """Whether the caller can call a meeting about this. Raises NotFound as `offer` does."""
    try:
        await offer(act, hall_id, **about)
    except NotLeading:
        return False
    return True
