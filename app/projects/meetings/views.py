"""Joint meetings as they are shown: to those who take part, and to the applicant."""

from typing import Any
from uuid import UUID

import msgspec

from app.cases import facts as cases
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Forbidden
from app.core.wire import Page, after_id, known, page
from app.halls import service as halls
from app.projects import access
from app.projects.meetings import listing, queries
from app.projects.meetings.models import JointMeeting
from app.projects.meetings.records import (
    Parts,
    as_ruled,
    no_such_meeting,
    sees,
)
from app.projects.meetings.rules import (
    KIND_NAMES,
    STATE_NAMES,
    WORD_NAMES,
    Answer,
    Kind,
    State,
    Word,
    unanswered,
)
from app.projects.meetings.schemas import (
    AbsenceShown,
    AgendaShown,
    InvitedShown,
    MeetingForApplicant,
    MeetingQuery,
    MeetingRow,
    MeetingShown,
    MeetingStands,
    WordShown,
)
from app.projects.schemas import MeetingBrief


def stands(meeting: JointMeeting) -> MeetingStands:
    """Where a meeting stands after an act."""
    state = State(meeting.state)
    return MeetingStands(
        id=meeting.id,
        number=meeting.number,
        state=state,
        state_name=STATE_NAMES[state],
        round=meeting.round,
    )


async def meetings(act: Act, query: MeetingQuery) -> Page[MeetingRow]:
    """The meetings of a hall for its staff, or of a department for its reviewers, newest first.

    Raises:
        Forbidden: neither the caller's hall nor their department, or none was named.
    """
    person = require_staff(act.actor)
    before = after_id(query)
    if query.department_id in person.departments(Role.REVIEWER) and query.department_id:
        rows = await queries.of_department(query.department_id, query.state, before, query.limit)
    elif query.hall_id and query.hall_id in person.halls(*access.READERS):
        rows = await queries.of_hall(query.hall_id, query.state, before, query.limit)
    else:
        raise Forbidden
    names = await halls.names(*{row["lead_id"] for row in rows})

    def show(row: dict[str, Any]) -> MeetingRow:
        kind, state = Kind(row["kind"]), State(row["state"])
        named = {"kind": kind, "kind_name": KIND_NAMES[kind], "lead": names[row["lead_id"]]}
        return MeetingRow(**(row | named | {"state": state, "state_name": STATE_NAMES[state]}))

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def of_own_case(act: Act, case_id: UUID) -> list[MeetingBrief]:
    """The meetings about a case of the citizen's side. Raises NotFound for anybody else's."""
    await access.about_for_citizen(act, case_id=case_id)
    return await listing.of_case(case_id)


async def of_desk_case(act: Act, case_id: UUID) -> list[MeetingBrief]:
    """The meetings about a case for staff who see it. Raises NotFound."""
    await access.about_for_desk(act, case_id=case_id)
    return await listing.of_case(case_id)


async def for_desk(act: Act, meeting_id: UUID) -> MeetingShown:
    """A meeting as those who take part see it. Raises NotFound if not theirs to see."""
    meeting = await JointMeeting.get_or_none(id=meeting_id)
    if meeting is None or not await sees(require_staff(act.actor), meeting):
        raise no_such_meeting()
    parts = await queries.parts(meeting.id)
    names = await _names(meeting, parts)
    waiting = (
        unanswered(as_ruled(meeting, parts)) if meeting.state == State.MINUTED else frozenset()
    )
    return MeetingShown(
        **_common(meeting, parts, names, words=True),
        hall_id=meeting.hall_id,
        lead_id=meeting.lead_id,
        project_id=meeting.project_id,
        case_id=meeting.case_id,
        called_by=names[meeting.called_by],
        departments=_departments(parts, names),
        minutes=meeting.minutes,
        round=meeting.round,
        waiting_for=[names[one] for one in sorted(waiting)],
        absences=await _absences(parts, names),
    )


async def own(act: Act, meeting_id: UUID) -> JointMeeting:
    """A meeting about a case or project of the citizen's side. Raises NotFound."""
    meeting = await JointMeeting.get_or_none(id=meeting_id)
    if meeting is None or not (meeting.project_id or meeting.case_id):
        raise no_such_meeting()
    await access.about_for_citizen(act, project_id=meeting.project_id, case_id=meeting.case_id)
    return meeting


async def for_applicant(act: Act, meeting_id: UUID) -> MeetingForApplicant:
    """A meeting as the applicant sees it. Raises NotFound for anybody else's."""
    meeting = await own(act, meeting_id)
    parts = await queries.parts(meeting.id)
    closed = meeting.state == State.CLOSED
    return MeetingForApplicant(
        **_common(meeting, parts, await _names(meeting, parts), words=closed),
        minutes=meeting.minutes if closed else None,
    )


async def _names(meeting: JointMeeting, parts: Parts) -> dict[UUID, str]:
    departments = {UUID(row["department_id"]) for row in parts["departments"]}
    return await halls.names(meeting.hall_id, meeting.lead_id, meeting.called_by, *departments)


def _common(
    meeting: JointMeeting, parts: Parts, names: dict[UUID, str], *, words: bool
) -> dict[str, Any]:
    kind, state = Kind(meeting.kind), State(meeting.state)
    return {
        "id": meeting.id,
        "number": meeting.number,
        "kind": kind,
        "kind_name": KIND_NAMES[kind],
        "title": meeting.title,
        "place": meeting.place,
        "starts_at": meeting.starts_at,
        "state": state,
        "state_name": STATE_NAMES[state],
        "hall": names[meeting.hall_id],
        "lead": names[meeting.lead_id],
        "cancelled_why": meeting.cancelled_why,
        "agenda": [_item(row, parts, names, words=words) for row in parts["items"]],
    }


def _item(row: dict[str, Any], parts: Parts, names: dict[UUID, str], *, words: bool) -> AgendaShown:
    said = [
        WordShown(
            department=names[UUID(one["department_id"])],
            word=Word(one["word"]),
            word_name=WORD_NAMES[Word(one["word"])],
            reason=one["reason"],
            basis=one["basis"],
        )
        for one in parts["words"]
        if words and one["position"] == row["position"]
    ]
    conclusion = row["conclusion"] if words else None
    return AgendaShown(**(row | {"conclusion": conclusion}), words=said)


def _departments(parts: Parts, names: dict[UUID, str]) -> list[InvitedShown]:
    answers = {row["department_id"]: row for row in parts["answers"]}

    def show(row: dict[str, Any]) -> InvitedShown:
        answer = answers.get(row["department_id"])
        return msgspec.convert(
            known(row, InvitedShown)
            | {
                "department": names[UUID(row["department_id"])],
                "answer": Answer(answer["answer"]) if answer else None,
                "answer_text": answer["text"] if answer else "",
            },
            InvitedShown,
        )

    return [show(row) for row in parts["departments"]]


async def _absences(parts: Parts, names: dict[UUID, str]) -> list[AbsenceShown]:
    found = await cases.facts([UUID(row["case_id"]) for row in parts["absences"]])
    return [
        msgspec.convert(
            known(row, AbsenceShown)
            | {
                "case_number": found[UUID(row["case_id"])].number,
                "department": names[UUID(row["department_id"])],
            },
            AbsenceShown,
        )
        for row in parts["absences"]
    ]
