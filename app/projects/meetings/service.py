"""Joint meetings: called, answered, cancelled; `holding.py` and `minutes.py` go on."""

from datetime import timedelta
from uuid import UUID

from app.cases import facts as cases
from app.cases.clock import pauses
from app.cases.clock.pauses import PauseOver
from app.cases.clock.schemas import PauseIn
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.clock import CHINA
from app.core.errors import Forbidden, NotFound, Problem
from app.halls import service as halls
from app.notices import service as notices
from app.notices.rules import Letter
from app.projects import access, numbers
from app.projects.access import About
from app.projects.meetings import queries, rules
from app.projects.meetings.models import (
    JointMeeting,
    MeetingDepartment,
    MeetingItem,
    MeetingPause,
)
from app.projects.meetings.records import (
    allowed,
    as_ruled,
    chairs,
    locked,
    locked_by_chair,
    subject,
    trace,
)
from app.projects.meetings.rules import KIND_NAMES, OPEN_TO_APPLICANT, Kind, State
from app.projects.meetings.schemas import (
    CallMeeting,
    CancelMeeting,
    ReplyToCall,
    VisitPause,
)
from app.projects.rules import Prefix

FURTHEST = timedelta(days=366)
"""How far ahead a meeting can be called: anything further is a slip of the keyboard."""


class CallUnfit(Problem):
    """The call of a meeting contradicts itself; `detail` says how."""

    status = 422
    code = "meetings.call_unfit"
    title = "会议通知有误，请按提示修改后重试。"


class NotLeading(Forbidden):
    """The reviewer's department leads nothing in this case or project."""

    code = "meetings.not_leading"
    title = "只有牵头部门、窗口或督查人员可以召集会议。"


async def call(act: Act, given: CallMeeting) -> JointMeeting:
    """Call a meeting. The lead department's reviewers, the hall's clerks and supervisors may.

    The applicant is told where they are expected. With `pause`, the clock stands still until the
    visit is over.

    Raises:
        NotFound: the case, the project or a department is not there or not the caller's to see.
        NotLeading, CallUnfit. AlreadyPaused, WrongState: as for `cases.pauses`.
    """
    person = require_staff(act.actor)
    invited = list(dict.fromkeys((given.lead_id, *given.departments)))
    if not chairs(person, given.hall_id, given.lead_id):
        raise NotLeading
    for department_id in invited:
        if (await halls.department(department_id)).hall_id != given.hall_id:
            raise CallUnfit("受邀部门不属于本中心。", field="departments")
    async with act.transaction() as tx:
        about = await _about(act, person, given)
        meeting = await JointMeeting.create(
            number=await numbers.take(Prefix.MEETING, given.hall_id, act.today),
            hall_id=given.hall_id,
            kind=given.kind,
            project_id=given.project_id,
            case_id=given.case_id,
            lead_id=given.lead_id,
            title=given.title,
            place=given.place,
            starts_at=given.starts_at,
            state=State.CALLED,
            called_by=person.id,
            called_at=act.at,
        )
        await MeetingItem.bulk_create(
            MeetingItem(meeting_id=meeting.id, position=position, subject=text)
            for position, text in enumerate(given.agenda, 1)
        )
        await MeetingDepartment.bulk_create(
            MeetingDepartment(meeting_id=meeting.id, department_id=one, people=[])
            for one in invited
        )
        trace(
            tx,
            meeting,
            "called",
            kind=meeting.kind,
            about=about.subject if about else None,
            departments=[str(one) for one in invited],
        )
        if given.pause:
            await _pause(act, person, meeting, about, given.pause)
        if about:
            await _tell_applicant(act, meeting, about)
    return meeting


async def _about(act: Act, person: Staff, given: CallMeeting) -> About | None:
    if given.project_id and given.case_id:
        raise CallUnfit("会议只能针对一个项目或者一个办件。", field="case_id")
    if not act.at <= given.starts_at <= act.at + FURTHEST:
        raise CallUnfit("会议时间不能早于现在，也不能在一年以后。", field="starts_at")
    if given.pause and given.kind is not Kind.SITE_VISIT:
        raise CallUnfit("只有联合踏勘可以暂停计时。", field="pause")
    if not (given.project_id or given.case_id):
        if given.pause:
            raise CallUnfit("没有相关办件，不能暂停计时。", field="pause")
        return None
    about = await access.about_for_desk(act, project_id=given.project_id, case_id=given.case_id)
    if about.hall_id != given.hall_id:
        raise CallUnfit("该办件或项目不属于本中心。", field="hall_id")
    of_hall = given.hall_id in person.halls(*access.HANDLERS)
    if not of_hall and given.lead_id not in await access.leading(about):
        raise NotLeading
    return about


async def _pause(
    act: Act, person: Staff, meeting: JointMeeting, about: About | None, wanted: VisitPause
) -> None:
    assert about is not None, "checked with the call"
    chosen = sorted(set(wanted.case_ids) or ({about.case_id} if about.case_id else set()))
    if not chosen or set(chosen) - set(about.case_ids):
        raise CallUnfit("请选择要暂停计时的办件，且应属于这个项目。", field="pause")
    if not _stops_clocks(person, meeting):
        raise Forbidden("只有窗口人员或正在审查的部门可以暂停计时。")
    await cases.lock(chosen)
    for case_id in chosen:
        made = await pauses.begin_by_staff(
            act,
            case_id,
            PauseIn(kind="site_visit", reason=wanted.reason, basis=wanted.basis),
        )
        await MeetingPause.create(meeting_id=meeting.id, case_id=case_id, pause_id=made.id)


def _stops_clocks(person: Staff, meeting: JointMeeting) -> bool:
    return meeting.hall_id in person.halls(Role.CLERK) or person.has(Role.REVIEWER)


async def _tell_applicant(act: Act, meeting: JointMeeting, about: About) -> None:
    if meeting.kind not in OPEN_TO_APPLICANT:
        return
    at = meeting.starts_at.astimezone(CHINA)
    name = KIND_NAMES[Kind(meeting.kind)]
    owners = (
        {about.project.owner_id} if about.project else {case.applicant_id for case in about.cases}
    )
    for owner in sorted(owners):
        await notices.put_in_inbox(
            act,
            Letter(
                citizen_id=owner,
                key=f"{subject(meeting)}:called:{owner}",
                subject=subject(meeting),
                title=f"{name}通知",
                body=(
                    f"{about.name}将于{at:%Y年%m月%d日 %H:%M}在{meeting.place}进行{name}："
                    f"{meeting.title}。请按时到场。"
                ),
                page=f"pages/meeting/detail?id={meeting.id}",
            ),
        )


async def reply(act: Act, meeting_id: UUID, given: ReplyToCall) -> JointMeeting:
    """A department says whether it means to come; until the meeting it may think again.

    Raises:
        NotFound: not the caller's to see. Forbidden: not their department. WrongMoment.
    """
    async with act.transaction() as tx:
        meeting, person = await locked(act, meeting_id)
        row = await of_department(person, meeting, given.department_id)
        if meeting.state != State.CALLED:
            allowed(meeting, None)
        row.coming = given.coming
        row.reply_note = given.note
        row.replied_by = person.id
        row.replied_at = act.at
        await row.save(update_fields=["coming", "reply_note", "replied_by", "replied_at"])
        trace(tx, meeting, "replied", department=str(row.department_id), coming=given.coming)
    return meeting


async def of_department(
    person: Staff, meeting: JointMeeting, department_id: UUID
) -> MeetingDepartment:
    """The invitation of a department for which the person reviews. Raises Forbidden, NotFound."""
    row = await MeetingDepartment.get_or_none(meeting_id=meeting.id, department_id=department_id)
    if row is None:
        raise NotFound("这个部门没有受邀参加会议。")
    if department_id not in person.departments(Role.REVIEWER):
        raise Forbidden("只有本部门的审批人员可以代表部门答复。")
    return row


async def cancel(act: Act, meeting_id: UUID, given: CancelMeeting) -> JointMeeting:
    """The meeting does not take place; clocks that stood still for it go on.

    Raises:
        NotFound, Forbidden: not the caller's to run. WrongMoment: it was held or cancelled.
    """
    async with act.transaction() as tx:
        meeting, _ = await locked_by_chair(act, meeting_id)
        allowed(meeting, rules.cancelled(as_ruled(meeting, await queries.parts(meeting.id))))
        await let_clocks_go_on(act, meeting)
        meeting.state = State.CANCELLED
        meeting.cancelled_why = given.reason
        meeting.closed_at = act.at
        await meeting.save(update_fields=["state", "cancelled_why", "closed_at"])
        trace(tx, meeting, "cancelled", reason=given.reason)
    return meeting


async def let_clocks_go_on(act: Act, meeting: JointMeeting) -> None:
    """End the pauses that a site visit began. Raises Forbidden for whoever may not end them."""
    rows = await queries.pauses(meeting.id)
    await cases.lock([row["case_id"] for row in rows])
    for row in rows:
        try:
            await pauses.end_by_staff(act, row["pause_id"])
        except PauseOver:
            continue  # ended at the desk, or with the case
        except NotFound:
            raise Forbidden("这次踏勘暂停了计时，请由窗口人员或参加审查的部门来登记。") from None
