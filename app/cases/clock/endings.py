"""What stops a review: suspension, until what is owed has come, and termination for good."""

from uuid import UUID

from app.cases.access import check_no_helper
from app.cases.clock import pauses
from app.cases.contents import end_links
from app.cases.intake import deferrals, pledges
from app.cases.models import Case, CaseProposal
from app.cases.queries import took_part
from app.cases.records import (
    allowed,
    end_tasks,
    locked,
    move,
    no_such_case,
    note,
    receipt,
    settle_proposals,
    subject,
    tell,
)
from app.cases.review.proposals import propose
from app.cases.rules import APPEAL, Move, Proposal
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.notices.rules import Kind


async def suspend(act: Act, case: Case, why: str) -> None:
    """Suspend the review (中止); `why` is a sentence that the applicant reads.

    The clock is not touched: whoever suspends begins the pause that stops it. What was proposed
    has no object any more. The case is locked.

    Raises:
        WrongState: it is not under review.
    """
    async with act.transaction() as tx:
        await move(case, Move.SUSPEND)
        case.suspended_at = act.at
        await case.save(update_fields=["state", "suspended_at"])
        await settle_proposals(act, case)
        await note(act, case, "suspended", f"审查中止：{why}")
        tx.audit("case.suspended", subject(case), hall_id=case.hall_id)


async def resume(act: Act, case: Case, why: str) -> None:
    """Go on with a suspended review; `why` is a sentence that the applicant reads.

    The clock is not touched: whoever resumes ends the pause. The case is locked.

    Raises:
        WrongState: it is not suspended.
    """
    async with act.transaction() as tx:
        await move(case, Move.RESUME)
        case.suspended_at = None
        await case.save(update_fields=["state", "suspended_at"])
        await note(act, case, "resumed", f"审查恢复：{why}")
        tx.audit("case.resumed", subject(case), hall_id=case.hall_id)


async def propose_termination(act: Act, case_id: UUID, *, reason: str, basis: str) -> CaseProposal:
    """Propose to end the review without a decision (终止); a supervisor must consent.

    A clerk of the hall may, or a reviewer of a department that has a part in it.

    Raises:
        NotFound: not a case of theirs. WrongState: it is neither under review nor suspended.
        ConsentFirst: a proposal is open already. HelperDecides.
    """
    async with act.transaction():
        person = require_staff(act.actor)
        case = await locked(case_id)
        clerk = case.hall_id in person.halls(Role.CLERK)
        if not clerk and not await took_part(case.id, person.departments(Role.REVIEWER)):
            raise no_such_case()
        await check_no_helper(person, case)
        await allowed(case, Move.TERMINATE)
        return await propose(act, case, person, Proposal.TERMINATE, reason=reason, basis=basis)


async def terminate(act: Act, case: Case, proposal: CaseProposal) -> None:
    """What a supervisor has consented to: the case ends, and with it all that was under way.

    Raises:
        WrongState: the case has moved on since it was proposed.
    """
    async with act.transaction() as tx:
        await move(case, Move.TERMINATE)
        case.closed_at = act.at
        await case.save(update_fields=["state", "closed_at"])
        await settle_proposals(act, case)
        await end_tasks(case)
        await end_links(act, case)
        await deferrals.end(case)
        await pledges.end(case)
        await pauses.end_all(act, case)
        lines = [
            f"对“{case.item_name}”的申请终止办理。",
            f"理由：{proposal.reason}",
            f"依据：{proposal.basis}",
            APPEAL.format("告知书"),
        ]
        number = await receipt(act, case, "terminated", "终止办理告知书", lines)
        await note(act, case, "terminated", f"终止办理，告知书编号 {number}。")
        await tell(act, case, Kind.READY, "终止办理", "告知书已作出，请在小程序中查看")
        tx.audit("case.terminated", subject(case), hall_id=case.hall_id, receipt=number)
