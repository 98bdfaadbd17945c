"""Intake: applications come in, and may be withdrawn.

Beside it `filing` (the rows), `drafts`, `window_intake`, `prechecks`, `acceptance`, `corrections`,
`deferrals` and `pledges`.
"""

from uuid import UUID

from app.agency import service as agency
from app.cases import access
from app.cases.clock import pauses
from app.cases.contents import Photos, by_requirement, claim, counts, sealed
from app.cases.intake import deferrals, filing, pledges
from app.cases.intake.corrections import accept_due
from app.cases.intake.schemas import ProjectCase, SubmitCase
from app.cases.models import Case
from app.cases.numbers import CaseNumbers
from app.cases.records import end_tasks, move, note, settle_proposals, subject
from app.cases.rules import Delivery, Move, State
from app.catalog import service as catalog
from app.catalog.schemas import Offered
from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Citizen
from app.core.errors import Conflict, Problem
from app.core.privacy import Personal
from app.halls import service as halls
from app.holdings import service as holdings
from app.notices import service as notices
from app.notices.rules import Kind, Telling

PROJECTS = "projects.case_submitted"


class GuideChanged(Conflict):
    """A newer version of the guide was published while the applicant filled in the form."""

    code = "cases.guide_changed"
    title = "办事指南刚刚更新，请按新的指南核对后再提交。"


class BadDelivery(Problem):
    """The way of delivery is not offered, or its address is missing or needless."""

    status = 422
    code = "cases.bad_delivery"
    title = "请选择指南中提供的送达方式；邮寄需填写地址，其他方式不需要。"


class NotForChild(Conflict):
    """Things used again are the guardian's own, or another child's; of a child none are kept."""

    code = "cases.not_for_child"
    title = "为未满 14 周岁的儿童办理时，不能使用以前提交过的材料，请重新提交。"


async def submit(act: Act, given: SubmitCase) -> Case:
    """Take in an application and give it its number.

    Raises:
        WhoFirst: the citizen has not said who they are.
        NotFound: the item is not offered, or a material is not the citizen's.
        What `agency.service.principal` raises where it is on behalf of somebody else.
        All that `file` raises.
    """
    if given.on_behalf is None:  # nothing to hold on to: the transaction can begin later
        return await file(act, given, await agency.principal(act, None))
    async with act.transaction():
        principal = await agency.principal(act, given.on_behalf, item_id=given.item_id)
        return await file(act, given, principal)


async def file(act: Act, given: SubmitCase, principal: agency.Principal) -> Case:
    """Check an application against the guide in its situation, and make a case of it.

    Args:
        principal: for whom it is filed, and by whom.

    Raises:
        GuideChanged: a newer version than the one given is offered.
        SituationProblem, FormProblem, MaterialsMissing, MaterialRefused: what was given does not
            fit the guide. PledgeMissing, PromiseNeedless, BadDelivery.
        NotFound: the item is not offered, or a material is not the sender's.
        NoConsent, NotReusable, NotForChild: of what shall be used again.
    """
    offered = await catalog.published(given.item_id)
    if offered.version_id != given.version_id:
        raise GuideChanged
    offered = catalog.narrowed(offered, given.answers)
    supplied = by_requirement(given.materials)
    _check(offered, given, supplied)
    due = await accept_due(act, offered.hall_id)
    promises = await filing.promised(given, offered)
    hall = await halls.hall(offered.hall_id)
    number = await act.house.part(CaseNumbers).take(hall.region_code, act.today)
    async with act.transaction() as tx:
        case = _case(act, given, offered, principal, number)
        case.accept_due = due
        await claim(act, case.applicant_id, case.hall_id, supplied, offered.guide)
        photos = await _with_reused(act, case, given, offered, supplied)
        drafter = act.actor.id if isinstance(act.actor, Citizen) else case.applicant_id
        by_name = await access.filed_by_name(act, case)
        await filing.enter(act, case, offered, photos, promises, by_name, drafter)
        await _tell(act, case)
        _leave(tx, case)
    return case


def _check(offered: Offered, given: SubmitCase, supplied: Photos) -> None:
    guide = offered.guide
    catalog.check_form(guide, given.form)
    reused = {entry.requirement for entry in given.reuse}
    filing.check_promises(given, {*supplied, *reused})
    catalog.check_materials(
        guide,
        dict.fromkeys(reused, 1) | counts(supplied),
        deferred=given.deferred,
        pledged=given.pledged,
    )
    way, address = given.delivery.way, given.delivery.address
    if way not in guide.delivery or (way == Delivery.POST) != (address is not None):
        raise BadDelivery


def _case(
    act: Act, given: SubmitCase, offered: Offered, principal: agency.Principal, number: str
) -> Case:
    address, enterprise = given.delivery.address, principal.enterprise
    at_window = not isinstance(act.actor, Citizen) and principal.consent_id is None
    return Case(
        id=db.new_id(),
        number=number,
        hall_id=offered.hall_id,
        item_id=offered.item_id,
        version_id=offered.version_id,
        department_id=offered.department_id,
        bundle=offered.bundle,
        item_name=offered.name,
        applicant_id=principal.citizen_id,
        applicant_name=principal.name,
        applicant_phone=principal.phone,
        applicant_id_number=principal.id_number,
        form=sealed(given.form),
        answers=given.answers,
        delivery=given.delivery.way,
        delivery_address=Personal(address, "address") if address else None,
        state=State.SUBMITTED,
        promised_days=min(offered.promised_days, offered.legal_days),
        legal_days=offered.legal_days,
        submitted_at=act.at,
        received_at=act.at,
        filed_by="window" if at_window else principal.filed_by,
        enterprise_id=enterprise.id if enterprise else None,
        enterprise_name=enterprise.name if enterprise else None,
        enterprise_code=enterprise.code if enterprise else None,
        consent_id=principal.consent_id,
        child_id=principal.child_id,
        project_number=given.project_number,
    )


async def _with_reused(
    act: Act, case: Case, given: SubmitCase, offered: Offered, supplied: Photos
) -> Photos:
    """The photos with those of things that are used again, where the applicant consented."""
    if not given.reuse:
        return supplied
    if case.child_id is not None:
        raise NotForChild
    used = await holdings.use(
        act,
        case.applicant_id,
        given.reuse,
        offered.guide.materials,
        subject(case),
        consent=given.reuse_consent,
        enterprise_id=case.enterprise_id,
    )
    photos = {code: list(ids) for code, ids in supplied.items()}
    for code, ids in used.materials.items():
        listed = photos.setdefault(code, [])
        listed.extend(found for found in ids if found not in listed)
    return photos


async def _tell(act: Act, case: Case) -> None:
    """The first of the four messages (办件确认), about the first entry of the timeline."""
    await notices.tell(
        act,
        Telling(
            citizen_id=case.applicant_id,
            kind=Kind.SUBMITTED,
            key=f"{subject(case)}:{Kind.SUBMITTED}:1",
            subject=subject(case),
            case_number=case.number,
            item_name=case.item_name,
            status="已提交",
            at=act.at,
            remark="请留意受理结果",
            hall_id=case.hall_id,
        ),
    )


def _leave(tx: Transaction, case: Case) -> None:
    tx.audit(
        "case.submitted",
        subject(case),
        hall_id=case.hall_id,
        item=case.item_name,
        filed_by=case.filed_by,
    )
    if case.project_number is not None:
        told = ProjectCase(case.id, case.project_number)
        tx.later(PROJECTS, told, key=subject(case))


async def withdraw(act: Act, case_id: UUID) -> Case:
    """The applicant withdraws the application, until it is decided.

    Raises:
        NotFound: not the caller's to see. MayOnlySee: not theirs to withdraw.
        WrongState: it is decided, or over.
    """
    async with act.transaction() as tx:
        case = await access.locked_of_applicant(act, case_id, access.Power.WITHDRAW)
        await move(case, Move.WITHDRAW)
        case.closed_at = act.at
        await case.save(update_fields=["state", "closed_at"])
        await settle_proposals(act, case)
        await end_tasks(case)
        await deferrals.end(case)
        await pledges.end(case)
        await pauses.end_all(act, case)
        name = await access.name_of(act, case, "withdrawn")
        await note(act, case, "withdrawn", f"{name}撤回了申请。")
        tx.audit("case.withdrawn", subject(case), hall_id=case.hall_id)
    return case
