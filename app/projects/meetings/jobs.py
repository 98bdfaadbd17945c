"""What follows a closed meeting: whether a department's absence counts as its agreement."""

from uuid import UUID

from app.cases import facts as cases
from app.cases.review import service as review
from app.cases.rules import TaskState
from app.core import db
from app.core.acts import Act
from app.core.outbox import Handler
from app.projects.meetings.minutes import TOPIC
from app.projects.meetings.models import JointMeeting
from app.projects.meetings.records import subject
from app.projects.meetings.schemas import AbsenceCounts


async def count_absence(act: Act, given: AbsenceCounts, _key: str) -> None:
    """Let each absent department whose task says so agree to the case (缺席默认); once.

    A department that has decided by itself stays with its decision. What came of it is kept with
    the meeting, whichever it was.
    """
    meeting = await JointMeeting.get(id=given.meeting_id)
    async with act.transaction():
        await cases.lock([given.case_id])
        parts = await cases.parts([given.case_id])
        # A part whose stage began only later was not spoken of.
        agreeing = {
            part.department_id
            for part in parts
            if part.absent_agrees
            and part.state is TaskState.OPEN
            and part.opened_at is not None
            and part.opened_at <= meeting.starts_at
        }
        for department_id in given.department_ids:
            if department_id in agreeing:
                await _count_one(act, meeting, given.case_id, department_id)


async def _count_one(act: Act, meeting: JointMeeting, case_id: UUID, department_id: UUID) -> None:
    if await _counted(meeting.id, case_id, department_id):
        return
    reason = f"缺席联合会议“{meeting.title}”（编号 {meeting.number}）。"
    agreed = await review.agree_by_absence(act, case_id, department_id, reason)
    await db.execute(
        "INSERT INTO meeting_absences (id, meeting_id, case_id, department_id, agreed, at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        db.new_id(),
        meeting.id,
        case_id,
        department_id,
        agreed,
        act.at,
    )
    async with act.transaction() as tx:
        tx.audit(
            "meeting.absence_counted" if agreed else "meeting.absence_without_effect",
            subject(meeting),
            hall_id=meeting.hall_id,
            case=str(case_id),
            department=str(department_id),
        )


async def _counted(meeting_id: UUID, case_id: UUID, department_id: UUID) -> bool:
    row = await db.fetch_one(
        "SELECT 1 FROM meeting_absences WHERE meeting_id = $1 AND case_id = $2"
        " AND department_id = $3",
        meeting_id,
        case_id,
        department_id,
    )
    return row is not None


HANDLERS: tuple[Handler, ...] = (Handler(TOPIC, AbsenceCounts, count_absence),)
