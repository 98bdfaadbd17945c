"""HTTP of joint meetings: those who take part, and the applicant's side."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.wire import File, Page
from app.projects.meetings import holding, minutes, service, views
from app.projects.meetings.schemas import (
    AnswerMinutes,
    CallMeeting,
    CancelMeeting,
    HoldMeeting,
    MeetingForApplicant,
    MeetingQuery,
    MeetingRow,
    MeetingShown,
    MeetingStands,
    MinutesIn,
    ReplyToCall,
)
from app.projects.schemas import MeetingBrief

routes = Routes("meetings", "/api/v1")
desk = Routes("meetings-desk", "/api/v1/desk")

CHAIRS = staff(Role.CLERK, Role.SUPERVISOR, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
REVIEWER = staff(Role.REVIEWER)


@routes.get("/cases/<case_id:uuid>/meetings", guard=CITIZEN)
async def of_own_case(call: Call, case_id: UUID) -> list[MeetingBrief]:
    """The joint meetings about one's own case."""
    return await views.of_own_case(call.act, case_id)


@routes.get("/meetings/<meeting_id:uuid>", guard=CITIZEN)
async def read_own(call: Call, meeting_id: UUID) -> MeetingForApplicant:
    """A joint meeting about one's own case or project; what was said once it is closed."""
    return await views.for_applicant(call.act, meeting_id)


@routes.get("/meetings/<meeting_id:uuid>/minutes.pdf", guard=CITIZEN)
async def own_minutes(call: Call, meeting_id: UUID) -> File:
    """The closed minutes of a meeting about one's own case or project."""
    return await minutes.paper_for_applicant(call.act, meeting_id)


@desk.get("/cases/<case_id:uuid>/meetings", guard=READERS)
async def of_desk_case(call: Call, case_id: UUID) -> list[MeetingBrief]:
    """The joint meetings about a case."""
    return await views.of_desk_case(call.act, case_id)


@desk.post("/meetings", guard=CHAIRS, status=201, once=True)
async def call_meeting(call: Call, body: CallMeeting) -> MeetingStands:
    """Call a joint meeting of several departments."""
    return views.stands(await service.call(call.act, body))


@desk.get("/meetings", guard=READERS)
async def meetings(call: Call, query: MeetingQuery) -> Page[MeetingRow]:
    """The meetings of a hall, or those to which a department was called, newest first."""
    return await views.meetings(call.act, query)


@desk.get("/meetings/<meeting_id:uuid>", guard=READERS)
async def read(call: Call, meeting_id: UUID) -> MeetingShown:
    """A meeting with its agenda, words, minutes and answers."""
    return await views.for_desk(call.act, meeting_id)


@desk.post("/meetings/<meeting_id:uuid>/reply", guard=REVIEWER)
async def reply(call: Call, meeting_id: UUID, body: ReplyToCall) -> MeetingStands:
    """Say whether one's department means to come."""
    return views.stands(await service.reply(call.act, meeting_id, body))


@desk.post("/meetings/<meeting_id:uuid>/cancel", guard=CHAIRS, once=True)
async def cancel(call: Call, meeting_id: UUID, body: CancelMeeting) -> MeetingStands:
    """The meeting does not take place."""
    return views.stands(await service.cancel(call.act, meeting_id, body))


@desk.post("/meetings/<meeting_id:uuid>/hold", guard=CHAIRS, once=True)
async def hold(call: Call, meeting_id: UUID, body: HoldMeeting) -> MeetingStands:
    """Write down who came, what was concluded, and what each department said."""
    return views.stands(await holding.hold(call.act, meeting_id, body))


@desk.post("/meetings/<meeting_id:uuid>/minutes", guard=CHAIRS, once=True)
async def write_minutes(call: Call, meeting_id: UUID, body: MinutesIn) -> MeetingStands:
    """Write the minutes, or write them anew."""
    return views.stands(await minutes.write(call.act, meeting_id, body))


@desk.post("/meetings/<meeting_id:uuid>/answer", guard=REVIEWER, once=True)
async def answer(call: Call, meeting_id: UUID, body: AnswerMinutes) -> MeetingStands:
    """Confirm the minutes for one's department, or object."""
    return views.stands(await minutes.answer(call.act, meeting_id, body))


@desk.post("/meetings/<meeting_id:uuid>/close", guard=CHAIRS, once=True)
async def close(call: Call, meeting_id: UUID) -> MeetingStands:
    """Close the meeting for good; its minutes become a paper."""
    return views.stands(await minutes.close(call.act, meeting_id))


@desk.get("/meetings/<meeting_id:uuid>/minutes.pdf", guard=READERS)
async def paper(call: Call, meeting_id: UUID) -> File:
    """The closed minutes as a PDF."""
    return await minutes.paper_for_desk(call.act, meeting_id)
