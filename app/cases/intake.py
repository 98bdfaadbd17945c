"""Intake: submitting, accepting, withdrawing; with corrections and non-acceptance beside."""

from uuid import UUID

from app.cases.contents import attach, by_requirement, sealed
from app.cases.corrections import ask_correction, propose_not_accept, supplement
from app.cases.models import Case, CaseTask
from app.cases.numbers import CaseNumbers
from app.cases.records import (
    china_day,
    end_tasks,
    locked_of_applicant,
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
    Deadlines,
    Delivery,
    Move,
    State,
    TaskState,
    deadlines,
    deemed_accepted,
)
from app.cases.schemas import SubmitCase
from app.catalog import service as catalog
from app.catalog.schemas import Offered
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.clock import day_of
from app.core.errors import Conflict, Problem
from app.core.privacy import Personal
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings.rules import Node
from evaluations.ratings.service import open_node_for_rating

__all__ = [
    "BadDelivery",
    "GuideChanged",
    "accept",
    "ask_correction",
    "propose_not_accept",
    "submit",
    "supplement",
    "withdraw",
]


class GuideChanged(Conflict):
    """A newer version of the guide was published while the applicant filled in the form."""

    code = "cases.guide_changed"
    title = "办事指南刚刚更新，请按新的指南核对后再提交。"


class BadDelivery(Problem):
    """The way of delivery is not offered, or its address is missing or needless."""

    status = 422
    code = "cases.bad_delivery"
    title = "请选择指南中提供的送达方式；邮寄需填写地址，其他方式不需要。"


async def submit(act: Act, given: SubmitCase) -> Case:
    """Take in an application and give it its number.

    Raises:
        WhoFirst: the citizen has not said who they are.
        NotFound: the item is not offered, or a material is not the citizen's.
        GuideChanged: a newer version than the one given is offered.
        FormProblem, MaterialsMissing, MaterialRefused: what was given does not fit the guide.
        BadDelivery.
    """
    citizen = require_citizen(act.actor)
    person = await citizens.person(citizen.id)
    offered = await catalog.published(given.item_id)
    supplied = by_requirement(given.materials)
    _check(offered, given, supplied)
    hall = await halls.hall(offered.hall_id)
    number = await act.house.part(CaseNumbers).take(hall.region_code, act.today)
    async with act.transaction() as tx:
        case = await _create(act, given, offered, person, number)
        await attach(act, case, supplied)
        await _plan(case, offered)
        await note(act, case, "submitted", "申请已提交，等待受理。")
        await tell(act, case, Kind.SUBMITTED, "已提交", "请留意受理结果")
        tx.audit("case.submitted", subject(case), hall_id=case.hall_id, item=case.item_name)
    return case


def _check(offered: Offered, given: SubmitCase, supplied: dict[str, list[UUID]]) -> None:
    if offered.version_id != given.version_id:
        raise GuideChanged
    catalog.check_form(offered.guide, given.form)
    catalog.check_materials(offered.guide, {code: len(ids) for code, ids in supplied.items()})
    way, address = given.delivery.way, given.delivery.address
    if way not in offered.guide.delivery or (way == Delivery.POST) != (address is not None):
        raise BadDelivery


async def _create(
    act: Act, given: SubmitCase, offered: Offered, person: citizens.Person, number: str
) -> Case:
    address = given.delivery.address
    return await Case.create(
        number=number,
        hall_id=offered.hall_id,
        item_id=offered.item_id,
        version_id=offered.version_id,
        department_id=offered.department_id,
        bundle=offered.bundle,
        item_name=offered.name,
        applicant_id=person.id,
        applicant_name=person.name,
        applicant_phone=person.phone,
        applicant_id_number=person.id_number,
        form=sealed(given.form),
        delivery=given.delivery.way,
        delivery_address=Personal(address, "address") if address else None,
        state=State.SUBMITTED,
        promised_days=min(offered.promised_days, offered.legal_days),
        legal_days=offered.legal_days,
        submitted_at=act.at,
        received_at=act.at,
    )


async def _plan(case: Case, offered: Offered) -> None:
    """Every department's part of the review, all of them waiting for their stage."""
    await CaseTask.bulk_create(
        CaseTask(
            case_id=case.id,
            stage=number,
            stage_name=stage.name,
            department_id=part.department_id,
            days=part.days,
            state=TaskState.WAITING,
        )
        for number, stage in enumerate(offered.stages, 1)
        for part in stage.parts
    )


async def accept(act: Act, case_id: UUID) -> Case:
    """Accept an application: the clock of the promise begins, the first stage opens.

    Accepted too late, it counts from the day on which the application was received (art. 32).

    Raises:
        NotFound: not of the clerk's halls. WrongState: somebody was faster, or it is elsewhere.
    """
    async with act.transaction() as tx:
        case, person = await locked_of_clerk(act, case_id)
        await move(case, Move.ACCEPT)
        calendar = await halls.calendar(case.hall_id)
        received = day_of(case.received_at)
        late = deemed_accepted(calendar, received, act.today)
        limits = deadlines(
            calendar,
            received if late else act.today,
            promised_days=case.promised_days,
            legal_days=case.legal_days,
        )
        case.accepted_at = act.at
        case.accepted_by = person.id
        case.window_id = person.window_id
        case.promised_due = limits.promised.day
        case.legal_due = limits.legal.day
        case.due_provisional = limits.promised.provisional or limits.legal.provisional
        await open_stage(act, case, 1)
        await case.save(update_fields=_ACCEPTANCE)
        await settle_proposals(act, case)
        lines = _acceptance(case, limits, late=late)
        number = await receipt(act, case, "accepted", "受理通知书", lines)
        await note(act, case, "accepted", f"已受理，受理通知书编号 {number}。")
        await tell(
            act, case, Kind.REMINDER, "已受理", "我们将在截止日期前办结", until=limits.promised.day
        )
        tx.audit("case.accepted", subject(case), hall_id=case.hall_id, receipt=number, late=late)
        # Last: the score table is locked after everything else.
        await open_node_for_rating(act, Node.ACCEPTED, served(act, case, case.submitted_at))
    return case


_ACCEPTANCE = (
    "state",
    "stage",
    "accepted_at",
    "accepted_by",
    "window_id",
    "promised_due",
    "legal_due",
    "due_provisional",
)


def _acceptance(case: Case, limits: Deadlines, *, late: bool) -> list[str]:
    assert case.accepted_at is not None
    lines = [
        f"您申请的“{case.item_name}”（办件编号 {case.number}）已于"
        f"{china_day(case.accepted_at)}受理。",
        f"承诺办结时限 {case.promised_days} 个工作日，"
        f"应于 {china_day(limits.promised.day)} 前办结。",
    ]
    if late:
        lines.append(
            f"根据行政许可法第三十二条，办结时限自收到申请之日（{china_day(case.received_at)}）起算。"
        )
    if case.due_provisional:
        lines.append("该日期所在年度的放假安排尚未公布，以公布后的工作日为准。")
    return lines


async def withdraw(act: Act, case_id: UUID) -> Case:
    """The applicant withdraws the application, until it is decided.

    Raises:
        NotFound: not the caller's case. WrongState: it is decided, or over.
    """
    async with act.transaction() as tx:
        case = await locked_of_applicant(act, case_id)
        await move(case, Move.WITHDRAW)
        case.closed_at = act.at
        await case.save(update_fields=["state", "closed_at"])
        await settle_proposals(act, case)
        await end_tasks(case)
        await note(act, case, "withdrawn", "申请人撤回了申请。")
        tx.audit("case.withdrawn", subject(case), hall_id=case.hall_id)
    return case
