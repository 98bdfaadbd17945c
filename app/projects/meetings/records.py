"""A meeting with its parts: found, locked, and as the rules see it."""

from typing import Any
from uuid import UUID

from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, Forbidden, NotFound, Problem
from app.projects.access import HANDLERS, READERS
from app.projects.meetings import queries
from app.projects.meetings.models import JointMeeting
from app.projects.meetings.rules import STATE_NAMES, Answer, Kind, Meeting, State

Parts = dict[str, list[dict[str, Any]]]
"""What `queries.parts` reads of one meeting."""


class WrongMoment(Conflict):
    """The meeting does not stand where this can be done."""

    code = "meetings.wrong_state"
    title = "会议当前的状态不能这样操作。"


class RecordUnfit(Problem):
    """The record of a meeting contradicts itself or its call; `problems` says all of it."""

    status = 422
    code = "meetings.record_unfit"
    title = "会议记录有误，请按提示修改后重试。"


def no_such_meeting() -> NotFound:
    """What everybody gets who asks for a meeting that is not there or not theirs."""
    return NotFound("没有找到这次会议。")


def subject(meeting: JointMeeting) -> str:
    """How the audit trail and the minutes name a meeting."""
    return f"meeting:{meeting.number}"


def chairs(person: Staff, hall_id: UUID, lead_id: UUID) -> bool:
    """Whether a person may run a meeting: for the lead department, or for the hall."""
    return lead_id in person.departments(Role.REVIEWER) or hall_id in person.halls(*HANDLERS)


async def sees(person: Staff, meeting: JointMeeting) -> bool:
    """Whether a person may see a meeting: the hall's, and reviewers of departments called."""
    if meeting.hall_id in person.halls(*READERS):
        return True
    mine = person.departments(Role.REVIEWER)
    return bool(mine) and not mine.isdisjoint(await queries.invited(meeting.id))


async def locked(act: Act, meeting_id: UUID) -> tuple[JointMeeting, Staff]:
    """The meeting, locked, for somebody who sees it. Raises NotFound."""
    person = require_staff(act.actor)
    meeting = await JointMeeting.filter(id=meeting_id).select_for_update().first()
    if meeting is None or not await sees(person, meeting):
        raise no_such_meeting()
    return meeting, person


async def locked_by_chair(act: Act, meeting_id: UUID) -> tuple[JointMeeting, Staff]:
    """The meeting, locked, for somebody who may run it. Raises NotFound, Forbidden."""
    meeting, person = await locked(act, meeting_id)
    if not chairs(person, meeting.hall_id, meeting.lead_id):
        raise Forbidden("会议由牵头部门或本中心的窗口、督查人员组织。")
    return meeting, person


def as_ruled(meeting: JointMeeting, parts: Parts) -> Meeting:
    """The meeting as the rules see it."""
    departments = {UUID(row["department_id"]): row["attended"] for row in parts["departments"]}
    return Meeting(
        kind=Kind(meeting.kind),
        invited=frozenset(departments),
        state=State(meeting.state),
        attended=frozenset(one for one, came in departments.items() if came),
        answers={UUID(row["department_id"]): Answer(row["answer"]) for row in parts["answers"]},
    )


def allowed(meeting: JointMeeting, after: Meeting | None) -> Meeting:
    """What `after` says, or WrongMoment where nothing can follow."""
    if after is None:
        raise WrongMoment(
            f"会议现在的状态是“{STATE_NAMES[State(meeting.state)]}”，不能这样操作。",
            state=meeting.state,
        )
    return after


def trace(tx: Transaction, meeting: JointMeeting, verb: str, **data: Any) -> None:
    """Leave the act's entry in the trail."""
    tx.audit(f"meeting.{verb}", subject(meeting), hall_id=meeting.hall_id, **data)
