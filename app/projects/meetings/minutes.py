"""The minutes of a meeting (纪要): written, confirmed or objected to, closed for good, printed."""

from uuid import UUID

from app.core.acts import Act
from app.core.auth import require_staff
from app.core.clock import CHINA
from app.core.errors import NotFound, Problem
from app.core.wire import File
from app.documents import service as documents
from app.halls import service as halls
from app.projects import access
from app.projects.access import About
from app.projects.meetings import queries, rules, views
from app.projects.meetings.models import JointMeeting, MeetingAnswer
from app.projects.meetings.records import (
    Parts,
    WrongMoment,
    allowed,
    as_ruled,
    locked,
    locked_by_chair,
    no_such_meeting,
    sees,
    subject,
    trace,
)
from app.projects.meetings.rules import KIND_NAMES, WORD_NAMES, Answer, Kind, State, Word
from app.projects.meetings.schemas import AbsenceCounts, AnswerMinutes, MinutesIn
from app.projects.meetings.service import of_department

TOPIC = "projects.absence"


class ObjectionNeedsText(Problem):
    """An objection says what is wrong with the minutes."""

    status = 422
    code = "meetings.objection_needs_text"
    title = "有异议的，请写明对纪要的哪一点有异议。"


async def write(act: Act, meeting_id: UUID, given: MinutesIn) -> JointMeeting:
    """Write the minutes, or write them anew; every department that came must confirm them anew.

    Raises:
        NotFound, Forbidden: not the caller's to run. WrongMoment: not held yet, or over.
    """
    async with act.transaction() as tx:
        meeting, person = await locked_by_chair(act, meeting_id)
        allowed(meeting, rules.minuted(as_ruled(meeting, await queries.parts(meeting.id))))
        meeting.state = State.MINUTED
        meeting.minutes = given.text
        meeting.round += 1
        meeting.minuted_by = person.id
        meeting.minuted_at = act.at
        await meeting.save(update_fields=["state", "minutes", "round", "minuted_by", "minuted_at"])
        trace(tx, meeting, "minuted", round=meeting.round)
    return meeting


async def answer(act: Act, meeting_id: UUID, given: AnswerMinutes) -> JointMeeting:
    """A department confirms the minutes, or objects; once for each text.

    Raises:
        NotFound: not the caller's to see. Forbidden: not their department. ObjectionNeedsText.
        WrongMoment: there are no minutes to answer, they were written anew meanwhile, the
            department has answered, or it is down as absent and confirms.
    """
    if given.answer is Answer.OBJECTED and not given.text.strip():
        raise ObjectionNeedsText
    async with act.transaction() as tx:
        meeting, person = await locked(act, meeting_id)
        row = await of_department(person, meeting, given.department_id)
        before = as_ruled(meeting, await queries.parts(meeting.id))
        if before.state is State.MINUTED and given.round != meeting.round:
            raise WrongMoment("纪要已重新整理，请阅读最新内容后再答复。", round=meeting.round)
        if rules.answered(before, given.department_id, given.answer) is None:
            _refuse_answer(meeting, before, given)
        await MeetingAnswer.create(
            meeting_id=meeting.id,
            round=meeting.round,
            department_id=row.department_id,
            answer=given.answer,
            text=given.text,
            answered_by=person.id,
            answered_at=act.at,
        )
        verb = given.answer.value
        trace(tx, meeting, verb, department=str(row.department_id), round=meeting.round)
    return meeting


def _refuse_answer(meeting: JointMeeting, before: rules.Meeting, given: AnswerMinutes) -> None:
    if before.state is State.MINUTED and given.department_id in before.answers:
        raise WrongMoment("本部门已对这份纪要作出答复。")
    if before.state is State.MINUTED:
        raise WrongMoment("本部门登记为缺席，不能确认纪要；如登记有误，请提出异议。")
    allowed(meeting, None)


async def close(act: Act, meeting_id: UUID) -> JointMeeting:
    """Close a meeting whose minutes every department that came has answered; nothing changes after.

    The minutes become a paper. Where a department stayed away, each case is looked at by itself
    after the commit: whether absence counts there as agreement (缺席默认).

    Raises:
        NotFound, Forbidden: not the caller's to run. WrongMoment: somebody has not answered yet.
    """
    async with act.transaction() as tx:
        meeting, person = await locked_by_chair(act, meeting_id)
        parts = await queries.parts(meeting.id)
        before = as_ruled(meeting, parts)
        if before.state is State.MINUTED and rules.unanswered(before):
            names = await halls.names(*rules.unanswered(before))
            raise WrongMoment(f"还有部门没有确认纪要：{'、'.join(sorted(names.values()))}。")
        after = allowed(meeting, rules.closed(before))
        about = await _about(meeting)
        paper = await documents.write(act, await _paper(act, meeting, parts, about))
        meeting.state = State.CLOSED
        meeting.closed_by = person.id
        meeting.closed_at = act.at
        meeting.document_id = paper.id
        await meeting.save(update_fields=["state", "closed_by", "closed_at", "document_id"])
        trace(tx, meeting, "closed", round=meeting.round)
        away = tuple(sorted(rules.stayed_away(after)))
        for case_id in about.case_ids if about and away else []:
            counts = AbsenceCounts(meeting.id, case_id, away)
            # Each case is an act of its own: it may be decided by this, and locks its figures.
            tx.later(TOPIC, counts, key=f"{subject(meeting)}:{case_id}")
    return meeting


async def _about(meeting: JointMeeting) -> About | None:
    if meeting.project_id:
        return await access.about_project(await access.locked(meeting.project_id))
    if meeting.case_id:
        return await access.about_single(meeting.case_id)
    return None


async def _paper(
    act: Act, meeting: JointMeeting, parts: Parts, about: About | None
) -> documents.Paper:
    departments = {UUID(row["department_id"]) for row in parts["departments"]}
    names = await halls.names(meeting.hall_id, *departments)
    at = meeting.starts_at.astimezone(CHINA)
    lines = [
        f"会议类型：{KIND_NAMES[Kind(meeting.kind)]}",
        f"会议议题：{meeting.title}",
        f"时间：{at:%Y年%m月%d日 %H:%M}",
        f"地点：{meeting.place}",
        *([f"事由：{about.name}"] if about else []),
        f"牵头部门：{names[meeting.lead_id]}",
        *_presence(parts, names),
        *_agenda(parts, names),
        "会议纪要：",
        *(line for line in (meeting.minutes or "").splitlines() if line.strip()),
        *_answers(parts, names),
    ]
    return documents.Paper(
        kind=documents.Kind.MINUTES,
        number=meeting.number,
        title=f"{KIND_NAMES[Kind(meeting.kind)]}会议纪要",
        hall_id=meeting.hall_id,
        hall_name=names[meeting.hall_id],
        subject=subject(meeting),
        lines=tuple(lines),
        issued_at=act.at,
        item_name=meeting.title,
    )


def _presence(parts: Parts, names: dict[UUID, str]) -> list[str]:
    return [
        f"出席：{names[UUID(row['department_id'])]}（{'、'.join(row['people'])}）"
        if row["attended"]
        else f"缺席：{names[UUID(row['department_id'])]}"
        for row in parts["departments"]
    ]


def _agenda(parts: Parts, names: dict[UUID, str]) -> list[str]:
    lines: list[str] = []
    for item in parts["items"]:
        lines.append(f"议题{item['position']}：{item['subject']}")
        lines.append(f"结论：{item['conclusion']}")
        for one in parts["words"]:
            if one["position"] != item["position"]:
                continue
            said = f"{names[UUID(one['department_id'])]}：{WORD_NAMES[Word(one['word'])]}"
            if one["reason"]:
                said += f"，理由：{one['reason'].rstrip('。')}"
            if one["basis"]:
                said += f"，依据：{one['basis'].rstrip('。')}"
            lines.append(f"{said}。")
    return lines


def _answers(parts: Parts, names: dict[UUID, str]) -> list[str]:
    said = {Answer.CONFIRMED: "确认纪要", Answer.OBJECTED: "对纪要有异议"}
    return [
        f"{names[UUID(row['department_id'])]}{said[Answer(row['answer'])]}"
        + (f"：{row['text']}" if row["text"] else "")
        for row in parts["answers"]
    ]


async def paper_for_desk(act: Act, meeting_id: UUID) -> File:
    """The closed minutes as a PDF, for those who take part. Raises NotFound."""
    meeting = await JointMeeting.get_or_none(id=meeting_id)
    if meeting is None or not await sees(require_staff(act.actor), meeting):
        raise no_such_meeting()
    return await _file(act, meeting)


async def paper_for_applicant(act: Act, meeting_id: UUID) -> File:
    """The closed minutes as a PDF, for the applicant's side. Raises NotFound."""
    return await _file(act, await views.own(act, meeting_id))


async def _file(act: Act, meeting: JointMeeting) -> File:
    if meeting.document_id is None:
        raise NotFound("会议纪要尚未归档，暂时没有文件。")
    return await documents.pdf(act, meeting.document_id)
