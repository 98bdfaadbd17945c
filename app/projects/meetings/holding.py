"""A meeting took place: who came, what was concluded, and what each department said."""

from collections.abc import Sequence
from uuid import UUID

from app.core.acts import Act, Transaction
from app.projects.meetings import queries, rules
from app.projects.meetings.models import (
    JointMeeting,
    MeetingDepartment,
    MeetingItem,
    MeetingWord,
)
from app.projects.meetings.records import (
    RecordUnfit,
    WrongMoment,
    allowed,
    as_ruled,
    locked_by_chair,
    trace,
)
from app.projects.meetings.rules import Said, State, Word
from app.projects.meetings.schemas import HoldMeeting
from app.projects.meetings.service import let_clocks_go_on


async def hold(act: Act, meeting_id: UUID, given: HoldMeeting) -> JointMeeting:
    """Write down who came, what was concluded, and what each department said; clocks go on.

    Raises:
        NotFound, Forbidden: not the caller's to run. WrongMoment: it was held or cancelled.
        RecordUnfit.
    """
    async with act.transaction() as tx:
        meeting, _ = await locked_by_chair(act, meeting_id)
        before = as_ruled(meeting, await queries.parts(meeting.id))
        if meeting.state != State.CALLED:
            allowed(meeting, None)
        if meeting.starts_at > act.at:
            raise WrongMoment("会议时间还没有到，不能登记会议情况。", state=meeting.state)
        came = {one.department_id: list(one.people) for one in given.attended}
        said = await _check_record(meeting, before, came, given)
        allowed(meeting, rules.held(before, came))
        await _write_record(meeting, before, came, said, given)
        await let_clocks_go_on(act, meeting)
        meeting.state = State.HELD
        meeting.held_at = act.at
        await meeting.save(update_fields=["state", "held_at"])
        _trace_held(tx, meeting, before, came, said)
    return meeting


def _trace_held(
    tx: Transaction,
    meeting: JointMeeting,
    before: rules.Meeting,
    came: dict[UUID, list[str]],
    said: Sequence[Said],
) -> None:
    against = sorted({str(one.department) for one in said if one.word is Word.DISAGREE})
    absent = sorted(str(one) for one in before.invited - came.keys())
    trace(tx, meeting, "held", absent=absent, disagree=against)


async def _check_record(
    meeting: JointMeeting,
    before: rules.Meeting,
    came: dict[UUID, list[str]],
    given: HoldMeeting,
) -> list[Said]:
    items = await MeetingItem.filter(meeting_id=meeting.id).count()
    said = [
        Said(item.position, one.department_id, Word(one.word), one.reason, one.basis)
        for item in given.items
        for one in item.words
    ]
    faults = rules.faults(items, before.invited, came, said)
    if sorted(item.position for item in given.items) != list(range(1, items + 1)):
        faults.append("每个议题都要有结论，且只有一个。")
    if len(came) < len(given.attended):
        faults.append("同一部门只能登记一次到会。")
    if faults:
        raise RecordUnfit(faults[0], problems=faults)
    return said


async def _write_record(
    meeting: JointMeeting,
    before: rules.Meeting,
    came: dict[UUID, list[str]],
    said: Sequence[Said],
    given: HoldMeeting,
) -> None:
    for item in given.items:
        await MeetingItem.filter(meeting_id=meeting.id, position=item.position).update(
            conclusion=item.conclusion
        )
    absent = [
        Said(item.position, department, Word.ABSENT)
        for item in given.items
        for department in sorted(before.invited - came.keys())
    ]
    await MeetingWord.bulk_create(
        MeetingWord(
            meeting_id=meeting.id,
            position=one.item,
            department_id=one.department,
            word=one.word,
            reason=one.reason,
            basis=one.basis,
        )
        for one in (*said, *absent)
    )
    for department in before.invited:
        await MeetingDepartment.filter(meeting_id=meeting.id, department_id=department).update(
            attended=department in came, people=came.get(department, [])
        )
