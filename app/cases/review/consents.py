"""A second person's word on what somebody proposed, and what takes effect with it."""

from uuid import UUID

from app.cases import access
from app.cases.clock import endings, extensions
from app.cases.intake import deferrals, pledges
from app.cases.intake.corrections import check_in_time, send_correction
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.records import done_by, end_tasks, locked, move, note, receipt, subject, tell
from app.cases.review import service as review
from app.cases.review.proposals import OwnProposal, ProposalSettled
from app.cases.rules import APPEAL, Move, Proposal, may_consent
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import NotFound
from app.halls import service as halls
from app.notices.rules import Kind


def _no_such_proposal() -> NotFound:
    return NotFound("没有找到这项意见。")


async def answer_proposal(act: Act, proposal_id: UUID, *, agree: bool, text: str) -> CaseProposal:
    """A second person agrees, and it takes effect; or declines, and it does not.

    Supervisors of the hall may answer any; a refusal also another reviewer of the department.

    Raises:
        NotFound: not for the caller's eyes. OwnProposal. HelperDecides.
        ProposalSettled: answered or overtaken.
        AnsweredTooLate: agreed to when the application counts as accepted by law.
        AlreadyExtended, LimitPassed: agreed to when it cannot be put off any more.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        seen = await CaseProposal.get_or_none(id=proposal_id)
        if seen is None:
            raise _no_such_proposal()
        case = await locked(seen.case_id)
        proposal = await CaseProposal.filter(id=proposal_id).select_for_update().get()
        await _check_second(person, case, proposal)
        proposal.state = "agreed" if agree else "declined"
        proposal.second_id = person.id
        proposal.second_at = act.at
        proposal.second_note = text
        await proposal.save(update_fields=["state", "second_id", "second_at", "second_note"])
        tx.audit(f"case.{proposal.kind}_{proposal.state}", subject(case), hall_id=case.hall_id)
        if agree:
            await _take_effect(act, case, proposal)
    return proposal


async def _check_second(person: Staff, case: Case, proposal: CaseProposal) -> None:
    supervises = case.hall_id in person.halls(Role.SUPERVISOR)
    reviews = False
    if proposal.kind == Proposal.REFUSE:
        task = await CaseTask.get(id=proposal.task_id)
        reviews = task.department_id in person.departments(Role.REVIEWER)
    if not supervises and not reviews:
        raise _no_such_proposal()
    await access.check_no_helper(person, case)
    if not may_consent(proposal.proposed_by, person.id):
        raise OwnProposal
    if proposal.state != "open":
        raise await _settled(proposal)


async def _settled(proposal: CaseProposal) -> ProposalSettled:
    if proposal.second_id is None or proposal.second_at is None:
        return ProposalSettled("办件已有新的进展，这项意见不再需要处理。", state=proposal.state)
    names = await halls.names(proposal.second_id)
    said = done_by(proposal.second_at, names[proposal.second_id])
    return ProposalSettled(f"这项意见已经处理过了：{said}办理。", state=proposal.state)


async def _take_effect(act: Act, case: Case, proposal: CaseProposal) -> None:
    match Proposal(proposal.kind):
        case Proposal.CORRECT_AGAIN:
            await send_correction(act, case, list(proposal.points))
        case Proposal.NOT_ACCEPT:
            await _not_accept(act, case, proposal)
        case Proposal.REFUSE:
            await review.refuse(act, case, proposal)
        case Proposal.EXTEND:
            await extensions.take_effect(act, case, proposal)
        case Proposal.TERMINATE:
            await endings.terminate(act, case, proposal)
        case Proposal.REVOKE:
            await pledges.revoke(act, case, proposal)


async def _not_accept(act: Act, case: Case, proposal: CaseProposal) -> None:
    await check_in_time(act, case)
    await move(case, Move.NOT_ACCEPT)
    case.closed_at = act.at
    await case.save(update_fields=["state", "closed_at"])
    await end_tasks(case)
    await deferrals.end(case)
    await pledges.end(case)
    lines = [
        f"对“{case.item_name}”的申请不予受理。",
        f"理由：{proposal.reason}",
        f"依据：{proposal.basis}",
        APPEAL.format("通知书"),
    ]
    number = await receipt(act, case, "not_accepted", "不予受理通知书", lines)
    await note(act, case, "not_accepted", f"不予受理，通知书编号 {number}。")
    await tell(act, case, Kind.READY, "不予受理", "通知书已作出，请在小程序中查看")
