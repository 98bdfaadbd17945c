"""Acceptance (受理): by a clerk, or by law when nobody has answered within five days (art. 32)."""

from uuid import UUID

from app.cases.clock import lights
from app.cases.contents import guide_of
from app.cases.intake import deferrals
from app.cases.models import Case
from app.cases.queries import supplied
from app.cases.records import (
    china_day,
    locked_of_clerk,
    move,
    note,
    open_stage,
    receipt,
    served,
    settle_proposals,
    subject,
    tell,
)
from app.cases.rules import (
    CORRECTION_DAYS,
    WAITS_FOR_ACCEPTANCE,
    Deadlines,
    Move,
    State,
    Step,
    deadlines,
    deemed_accepted,
)
from app.catalog.guide import Guide
from app.core.acts import Act
from app.core.auth import Staff
from app.core.clock import day_of
from app.core.errors import Conflict
from app.core.lights import Light
from app.halls import service as halls
from app.holdings import service as holdings
from app.notices.rules import Kind
from evaluations.ratings.rules import Node
from evaluations.ratings.service import open_node_for_rating


class PreCheckFirst(Conflict):
    """The item is pre-checked (预审) before an online application for it can be accepted."""

    code = "cases.pre_check_first"
    title = "该事项需要先预审，预审通过并核对原件后再受理。"


async def accept(act: Act, case_id: UUID) -> Case:
    """Accept an application: the clock of the promise begins, the first stage opens.

    Accepted too late, it counts from the day on which the application was received (art. 32).
    Of a pre-checked one the originals have been seen: that is what its acceptance says.

    Raises:
        NotFound: not of the clerk's halls. WrongState: somebody was faster, or it is elsewhere.
        PreCheckFirst.
    """
    async with act.transaction() as tx:
        case, person = await locked_of_clerk(act, case_id)
        guide = await guide_of(case)
        if guide.pre_check and case.state == State.SUBMITTED and case.filed_by != "window":
            raise PreCheckFirst
        originals = case.state == State.PRE_CHECKED
        calendar = await halls.calendar(case.hall_id)
        late = deemed_accepted(calendar, day_of(case.received_at), act.today)
        number = await _begin(act, case, guide, person, late=late, originals=originals)
        tx.audit(
            "case.accepted",
            subject(case),
            hall_id=case.hall_id,
            receipt=number,
            late=late,
            originals_seen=originals,
        )
        # Last: the score table is locked after everything else.
        await open_node_for_rating(act, Node.ACCEPTED, served(act, case, case.submitted_at))
    return case


async def deem(act: Act, case: Case) -> bool:
    """Accept by law an application that nobody has answered in time; the case is locked.

    No window and no person accepts it. False where it is answered, or its time is not over: the
    hall may have closed for a day since its last day was worked out, which is then put right.
    """
    if case.state not in WAITS_FOR_ACCEPTANCE:
        return False
    calendar, received = await halls.calendar(case.hall_id), day_of(case.received_at)
    async with act.transaction() as tx:
        if not deemed_accepted(calendar, received, act.today):
            case.accept_due = calendar.add(received, CORRECTION_DAYS).day
            await case.save(update_fields=["accept_due"])
            return False
        guide = await guide_of(case)
        due = case.accept_due or calendar.add(received, CORRECTION_DAYS).day
        await lights.turn(act, case, Step.ACCEPT, Light.RED, due)
        number = await _begin(act, case, guide, None, late=True, originals=False)
        tx.audit("case.deemed_accepted", subject(case), hall_id=case.hall_id, receipt=number)
    return True


async def _begin(
    act: Act, case: Case, guide: Guide, person: Staff | None, *, late: bool, originals: bool
) -> str:
    """Put the case under review, by a person or by law; returns the number of its receipt."""
    await move(case, Move.ACCEPT)
    calendar = await halls.calendar(case.hall_id)
    case.accepted_at = act.at
    case.accepted_by = person.id if person else None
    case.window_id = person.window_id if person else None
    case.deemed = late
    case.clock_from = day_of(case.received_at) if late else act.today
    limits = deadlines(
        calendar,
        case.clock_from,
        promised_days=case.promised_days,
        legal_days=case.legal_days,
    )
    case.promised_due = limits.promised.day
    case.legal_due = limits.legal.day
    case.due_provisional = limits.promised.provisional or limits.legal.provisional
    await open_stage(act, case, 1)
    await case.save(update_fields=_ACCEPTANCE)
    await settle_proposals(act, case)
    deferred = await deferrals.begin(act, case, calendar, guide)
    await _keep_supplied(act, case, guide)
    lines = [*_lines(case, limits, by_law=person is None, originals=originals), *deferred]
    number = await receipt(act, case, "accepted", "受理通知书", lines)
    said = "已受理" if person else "逾期未告知补正，依法自收到申请之日起视为已受理"
    await note(act, case, "accepted", f"{said}，受理通知书编号 {number}。")
    remark = "我们将在截止日期前办结"
    await tell(act, case, Kind.REMINDER, "已受理", remark, until=limits.promised.day)
    return number


_ACCEPTANCE = (
    "state",
    "stage",
    "accepted_at",
    "accepted_by",
    "window_id",
    "deemed",
    "clock_from",
    "promised_due",
    "legal_due",
    "due_provisional",
)


async def _keep_supplied(act: Act, case: Case, guide: Guide) -> None:
    """What was supplied, and may be used again, is kept for the applicant."""
    lasting = [line for line in guide.materials if line.valid_days]
    if not lasting or case.child_id is not None:  # of a child nothing is kept for other uses
        return
    given = await supplied(case.id)
    await holdings.keep_supplied(
        act,
        case.applicant_id,
        case.enterprise_id,
        subject(case),
        [(line, given[line.code]) for line in lasting if line.code in given],
    )


def _lines(case: Case, limits: Deadlines, *, by_law: bool, originals: bool) -> list[str]:
    assert case.accepted_at is not None
    about = f"您申请的“{case.item_name}”（办件编号 {case.number}）"
    if by_law:
        said = [
            f"{about}于{china_day(case.received_at)}收到，{CORRECTION_DAYS} 个工作日内未告知补正。"
            "根据行政许可法第三十二条，自收到申请材料之日起即为受理。"
        ]
    else:
        said = [f"{about}已于{china_day(case.accepted_at)}受理。"]
    said.append(
        f"承诺办结时限 {case.promised_days} 个工作日，"
        f"应于 {china_day(limits.promised.day)} 前办结。"
    )
    if case.deemed and not by_law:
        said.append(
            f"根据行政许可法第三十二条，办结时限自收到申请之日（{china_day(case.received_at)}）起算。"
        )
    if originals:
        said.append("材料原件已在窗口核对。")
    if case.due_provisional:
        said.append("该日期所在年度的放假安排尚未公布，以公布后的工作日为准。")
    return said
