"""Intake: submitting, accepting, asking for corrections, supplementing, withdrawing."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.cases import queries
from app.cases.models import Case, CaseMaterial, CaseProposal, CaseTask
from app.cases.numbers import CaseNumbers
from app.cases.records import (
    Subject,
    china_day,
    locked,
    move,
    note,
    open_stage,
    receipt,
    settle_proposals,
    tell,
)
from app.cases.rules import Delivery, Move, Proposal, State, TaskState, deadlines
from app.cases.schemas import AskCorrection, SubmitCase, Supplement, Supplied
from app.catalog import service as catalog
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Role, Staff, require_citizen, require_over_hall
from app.core.calendar import Due
from app.core.errors import Conflict, NotFound, Problem
from app.core.privacy import Personal
from app.halls import service as halls
from app.materials import service as materials
from app.notices.rules import Kind


class GuideChanged(Conflict):
    """A newer version of the guide was published while the applicant filled in the form."""

    code = "cases.guide_changed"
    title = "办事指南刚刚更新，请按新的指南核对后再提交。"


class BadDelivery(Problem):
    """The way of delivery is not offered, or its address is missing or needless."""

    status = 422
    code = "cases.bad_delivery"
    title = "请选择指南中提供的送达方式；邮寄需填写地址，其他方式不需要。"


class NothingSupplied(Problem):
    """A supplement without anything in it."""

    status = 422
    code = "cases.nothing_supplied"
    title = "请修改表单或补充材料后再提交。"


class ConsentFirst(Conflict):
    """A second correction round is proposed; it waits for a supervisor."""

    code = "cases.proposal_open"
    title = "已有一项意见在等待第二人同意。"


async def submit(act: Act, given: SubmitCase) -> Case:
    """Take in an application and give it its number.

    Raises:
        WhoFirst: the citizen has not said who they are.
        NotFound: the item is not offered. GuideChanged: not in this version any more.
        FormProblem, MaterialsMissing: the form or the materials do not fit the guide.
        BadDelivery.
    """
    citizen = require_citizen(act.actor)
    person = await citizens.person(citizen.id)
    offered = await catalog.published(given.item_id)
    if offered.version_id != given.version_id:
        raise GuideChanged
    catalog.check_form(offered.guide, given.form)
    supplied = _by_requirement(given.materials)
    catalog.check_materials(offered.guide, {code: len(ids) for code, ids in supplied.items()})
    way, address = given.delivery.way, given.delivery.address
    if way not in offered.guide.delivery or (way == Delivery.POST) != (address is not None):
        raise BadDelivery
    hall = await halls.hall(offered.hall_id)
    number = await act.house.part(CaseNumbers).take(hall.region_code, act.today)
    async with act.transaction() as tx:
        case = await Case.create(
            number=number,
            hall_id=offered.hall_id,
            item_id=offered.item_id,
            version_id=offered.version_id,
            department_id=offered.department_id,
            bundle=offered.bundle,
            item_name=offered.name,
            applicant_id=citizen.id,
            applicant_name=person.name,
            applicant_phone=person.phone,
            applicant_id_number=person.id_number,
            form=_sealed(given.form),
            delivery=way,
            delivery_address=Personal(address, "address") if address else None,
            state=State.SUBMITTED,
            promised_days=min(offered.promised_days, offered.legal_days),
            legal_days=offered.legal_days,
            submitted_at=act.at,
            received_at=act.at,
        )
        await _attach(act, case, supplied)
        await CaseTask.bulk_create(
            CaseTask(
                case_id=case.id,
                stage=stage_number,
                stage_name=stage.name,
                department_id=part.department_id,
                days=part.days,
                state=TaskState.WAITING,
            )
            for stage_number, stage in enumerate(offered.stages, 1)
            for part in stage.parts
        )
        await note(act, case, "submitted", "申请已提交，等待受理。")
        await tell(act, case, Kind.SUBMITTED, "已提交", "请留意受理结果")
        tx.audit("case.submitted", str(Subject(case)), hall_id=case.hall_id, item=case.item_name)
    return case


def _sealed(form: dict[str, object]) -> Personal:
    return Personal(msgspec.json.encode(form).decode(), "form")


def _by_requirement(supplied: Sequence[Supplied]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for entry in supplied:
        for material_id in entry.material_ids:
            if material_id not in found.setdefault(entry.requirement, []):
                found[entry.requirement].append(material_id)
    return found


async def _attach(act: Act, case: Case, supplied: dict[str, list[UUID]]) -> None:
    ids = sorted({material_id for listed in supplied.values() for material_id in listed})
    await materials.claim(act, case.applicant_id, ids)
    await CaseMaterial.bulk_create(
        CaseMaterial(
            case_id=case.id, requirement=requirement, material_id=material_id, added_at=act.at
        )
        for requirement, listed in supplied.items()
        for material_id in listed
    )


def _clerk(act: Act, case: Case) -> Staff:
    return require_over_hall(act.actor, case.hall_id, [Role.CLERK])


async def accept(act: Act, case_id: UUID) -> Case:
    """Accept an application: the clock of the promise begins, the first stage opens.

    Raises:
        WrongState: somebody was faster, or the case is elsewhere.
    """
    async with act.transaction() as tx:
        case = await locked(case_id)
        person = _clerk(act, case)
        await move(case, Move.ACCEPT)
        limits = deadlines(
            await halls.calendar(case.hall_id),
            act.today,
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
        await case.save()
        await settle_proposals(act, case)
        number = await receipt(
            act, case, "accepted", "受理通知书", _acceptance(case, limits.promised)
        )
        await note(act, case, "accepted", f"已受理，受理通知书编号 {number}。")
        tx.audit("case.accepted", str(Subject(case)), hall_id=case.hall_id, receipt=number)
    return case


def _acceptance(case: Case, promised: Due) -> list[str]:
    assert case.accepted_at is not None
    lines = [
        f"您申请的“{case.item_name}”（办件编号 {case.number}）已于"
        f"{china_day(case.accepted_at)}受理。",
        f"承诺办结时限 {case.promised_days} 个工作日，应于 {promised.day:%Y年%m月%d日} 前办结。",
    ]
    if promised.provisional:
        lines.append("该日期所在年度的放假安排尚未公布，以公布后的工作日为准。")
    return lines


async def ask_correction(act: Act, case_id: UUID, given: AskCorrection) -> CaseProposal | None:
    """Tell the applicant at once all that must be corrected (art. 32).

    The second time it takes effect only with a supervisor's consent; then the proposal is returned.

    Raises:
        WrongState; ConsentFirst: a proposal on this case is open already.
    """
    async with act.transaction() as tx:
        case = await locked(case_id)
        person = _clerk(act, case)
        if case.corrections > 0:
            await move(case, Move.ASK_CORRECTION)
            await case.refresh_from_db()
            return await propose(
                act,
                case,
                person,
                Proposal.CORRECT_AGAIN,
                reason="再次要求补正",
                basis="行政许可法第三十二条",
                points=given.points,
            )
        await send_correction(act, case, given.points)
        tx.audit("case.correction_asked", str(Subject(case)), hall_id=case.hall_id)
    return None


async def send_correction(act: Act, case: Case, points: list[str]) -> None:
    """Put the case into correction, with its receipt and message. The case is locked."""
    await move(case, Move.ASK_CORRECTION)
    case.corrections += 1
    await case.save(update_fields=["state", "corrections"])
    number = await receipt(act, case, "correction", "补正材料一次性告知书", list(points))
    await note(act, case, "correction_asked", f"需要补正 {len(points)} 项，告知书编号 {number}。")
    await tell(act, case, Kind.REMINDER, "待补正", f"需补正{len(points)}项，请在小程序中查看")


async def propose(
    act: Act,
    case: Case,
    person: Staff,
    kind: Proposal,
    *,
    reason: str,
    basis: str,
    points: list[str] | None = None,
    task_id: UUID | None = None,
) -> CaseProposal:
    """Write down a proposal for a second person; one at a time for each case or task.

    Raises:
        ConsentFirst: there is an open one.
    """
    if await CaseProposal.filter(case_id=case.id, task_id=task_id, state="open").exists():
        raise ConsentFirst
    made = await CaseProposal.create(
        case_id=case.id,
        task_id=task_id,
        kind=kind,
        proposed_by=person.id,
        proposed_at=act.at,
        reason=reason,
        basis=basis,
        points=points or [],
        state="open",
    )
    async with act.transaction() as tx:
        tx.audit(f"case.{kind}_proposed", str(Subject(case)), hall_id=case.hall_id, basis=basis)
    return made


async def propose_not_accept(act: Act, case_id: UUID, reason: str, basis: str) -> CaseProposal:
    """Propose not to accept a case; it takes effect with a second person's consent.

    Raises:
        WrongState, ConsentFirst.
    """
    async with act.transaction():
        case = await locked(case_id)
        person = _clerk(act, case)
        await move(case, Move.NOT_ACCEPT)
        await case.refresh_from_db()
        return await propose(act, case, person, Proposal.NOT_ACCEPT, reason=reason, basis=basis)


async def supplement(act: Act, case_id: UUID, given: Supplement) -> Case:
    """The applicant sends what was asked for; the case waits for acceptance again.

    Raises:
        NotFound: not the caller's case. WrongState: no correction is open.
        FormProblem, MaterialsMissing.
    """
    citizen = require_citizen(act.actor)
    if given.form is None and not given.materials:
        raise NothingSupplied
    async with act.transaction() as tx:
        case = await locked(case_id)
        if case.applicant_id != citizen.id:
            raise NotFound("没有找到这个办件。")
        await move(case, Move.SUPPLEMENT)
        offered = await catalog.version(case.version_id)
        if given.form is not None:
            catalog.check_form(offered.guide, given.form)
            case.form = _sealed(given.form)
        before = await queries.supplied(case.id)
        new = {
            code: fresh
            for code, ids in _by_requirement(given.materials).items()
            if (fresh := [found for found in ids if found not in before.get(code, [])])
        }
        catalog.check_materials(
            offered.guide,
            {
                code: len(before.get(code, [])) + len(new.get(code, []))
                for code in before.keys() | new.keys()
            },
        )
        await _attach(act, case, new)
        case.received_at = act.at
        await case.save(update_fields=["state", "form", "received_at"])
        await note(act, case, "supplemented", "补正材料已提交，等待受理。")
        tx.audit("case.supplemented", str(Subject(case)), hall_id=case.hall_id)
    return case


async def withdraw(act: Act, case_id: UUID) -> Case:
    """The applicant withdraws the application, until it is decided.

    Raises:
        NotFound: not the caller's case. WrongState: it is decided, or over.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        case = await locked(case_id)
        if case.applicant_id != citizen.id:
            raise NotFound("没有找到这个办件。")
        await move(case, Move.WITHDRAW)
        case.closed_at = act.at
        await case.save(update_fields=["state", "closed_at"])
        await settle_proposals(act, case)
        await note(act, case, "withdrawn", "申请人撤回了申请。")
        tx.audit("case.withdrawn", str(Subject(case)), hall_id=case.hall_id)
    return case
