"""HTTP of joint meetings at the desk: called, answered, held, written down, closed."""

from uuid import UUID

from app.core.api import Call
from app.core.auth import Role, staff
from app.desk import places
from app.desk.forms import NoForm
from app.desk.meeting_forms import CallForm, CallQuery, HoldForm, MeetingPageQuery
from app.desk.showing import view
from app.desk.words import MEETING_KINDS, MEETING_STATES
from app.halls import service as halls
from app.pages.routes import PageRoutes, Redirect, View
from app.projects.meetings import holding, minutes, possible, service, views
from app.projects.meetings.rules import DECIDING, OPEN_TO_APPLICANT
from app.projects.meetings.schemas import (
    AnswerMinutes,
    CancelMeeting,
    MeetingQuery,
    MinutesIn,
    ReplyToCall,
)

pages = PageRoutes("desk-meetings", "/desk/meetings")

CHAIRS = staff(Role.CLERK, Role.SUPERVISOR, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
REVIEWER = staff(Role.REVIEWER)


def _at(meeting_id: UUID, said: str) -> Redirect:
    return Redirect(f"/desk/meetings/{meeting_id}", said=said)


@pages.page("", guard=READERS)
async def meetings(call: Call, query: MeetingPageQuery) -> View:
    """The meetings of the caller's hall, or those to which their department was called."""
    desk = await places.desk_of(call.act, query.hall_id)
    place: places.Named | None = desk.hall
    of_department = query.department_id is not None or place is None
    if of_department:
        place, _ = await places.department_of(call.act, query.department_id)
    assert place is not None, "a hall, or a department"
    asked = MeetingQuery(
        hall_id=None if of_department else place.id,
        department_id=place.id if of_department else None,
        state=query.state,
        after=query.after,
        limit=query.limit,
    )
    return view(
        "desk/meetings/list.html",
        None if of_department else desk,
        title="联合会商",
        desk_of=desk,
        place=place,
        chairs=desk.clerk or desk.supervises or bool(desk.departments),
        rows=await views.meetings(call.act, asked),
        query=query,
        states=MEETING_STATES,
    )


@pages.page("/call", guard=CHAIRS)
async def to_call(call: Call, query: CallQuery) -> View:
    """The form to call a meeting: about a case, a project, or neither."""
    hall_id = query.hall_id
    if not (query.case_id or query.project_id or hall_id):
        hall_id = await _hall_id(call)
    found = await possible.offer(
        call.act, hall_id or UUID(int=0), project_id=query.project_id, case_id=query.case_id
    )
    return view(
        "desk/meetings/call.html",
        title="召集会商",
        found=found,
        kinds=MEETING_KINDS,
        open_kinds=[name for kind, name in MEETING_KINDS if kind in OPEN_TO_APPLICANT],
    )


async def _hall_id(call: Call) -> UUID:
    desk = await places.desk_of(call.act)
    if desk.hall is not None:
        return desk.hall.id
    department, _ = await places.department_of(call.act)
    return (await halls.department(department.id)).hall_id


@pages.form("", guard=CHAIRS)
async def call_meeting(call: Call, body: CallForm) -> Redirect:
    """Call a meeting."""
    made = await service.call(call.act, body.call())
    return _at(made.id, f"已召集，会议编号 {made.number}，请各部门答复。")


@pages.page("/<meeting_id:uuid>", guard=READERS)
async def meeting(call: Call, meeting_id: UUID) -> View:
    """A meeting, and what the caller can do with it now."""
    found = await views.for_desk(call.act, meeting_id)
    return view(
        "desk/meetings/one.html",
        title=f"会商 {found.number}",
        meeting=found,
        can=possible.acts_of(call.act, found),
        decides=found.kind in DECIDING,
        here=f"/desk/meetings/{meeting_id}",
    )


@pages.form("/<meeting_id:uuid>/reply", guard=REVIEWER)
async def reply(call: Call, meeting_id: UUID, body: ReplyToCall) -> Redirect:
    """Say whether one's department means to come."""
    await service.reply(call.act, meeting_id, body)
    return _at(meeting_id, "已答复：参加。" if body.coming else "已答复：不参加。")


@pages.form("/<meeting_id:uuid>/cancel", guard=CHAIRS)
async def cancel(call: Call, meeting_id: UUID, body: CancelMeeting) -> Redirect:
    """The meeting does not take place."""
    await service.cancel(call.act, meeting_id, body)
    return _at(meeting_id, "会议已取消。")


@pages.page("/<meeting_id:uuid>/hold", guard=CHAIRS)
async def to_hold(call: Call, meeting_id: UUID) -> View:
    """The form for the record of a meeting: who came, and what was said to each item."""
    found = await views.for_desk(call.act, meeting_id)
    return view(
        "desk/meetings/hold.html",
        title=f"登记会议情况 {found.number}",
        meeting=found,
        can=possible.acts_of(call.act, found),
        here=f"/desk/meetings/{meeting_id}",
    )


@pages.form("/<meeting_id:uuid>/hold", guard=CHAIRS)
async def hold(call: Call, meeting_id: UUID, body: HoldForm) -> Redirect:
    """Write down who came, what was concluded, and what each department said."""
    await holding.hold(call.act, meeting_id, body.record())
    return _at(meeting_id, "会议情况已登记，请整理纪要。")


@pages.form("/<meeting_id:uuid>/minutes", guard=CHAIRS)
async def write(call: Call, meeting_id: UUID, body: MinutesIn) -> Redirect:
    """Write the minutes, or write them anew."""
    await minutes.write(call.act, meeting_id, body)
    return _at(meeting_id, "纪要已保存，等待到会部门确认。")


@pages.form("/<meeting_id:uuid>/answer", guard=REVIEWER)
async def answer(call: Call, meeting_id: UUID, body: AnswerMinutes) -> Redirect:
    """Confirm the minutes for one's department, or object."""
    await minutes.answer(call.act, meeting_id, body)
    return _at(meeting_id, "已答复纪要。")


@pages.form("/<meeting_id:uuid>/close", guard=CHAIRS)
async def close(call: Call, meeting_id: UUID, body: NoForm) -> Redirect:
    """Close the meeting; its minutes become a paper."""
    await minutes.close(call.act, meeting_id)
    return _at(meeting_id, "会议已归档，纪要可以打开和打印。")
