"""What one person proposes and a second one must consent to before it takes effect."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.cases.models import Case, CaseProposal
from app.cases.records import done_by, subject
from app.cases.rules import Proposal
from app.core.acts import Act
from app.core.auth import Client, Staff
from app.core.errors import Conflict, Forbidden
from app.halls import service as halls

PROPOSAL_NAMES: dict[Proposal, str] = {
    Proposal.NOT_ACCEPT: "不予受理",
    Proposal.REFUSE: "不予办理",
    Proposal.CORRECT_AGAIN: "再次补正",
    Proposal.EXTEND: "延长时限",
    Proposal.TERMINATE: "终止办理",
    Proposal.REVOKE: "撤销准予决定",
}
"""What staff call them."""
SYSTEM = "部门的审批系统"
"""What another system is called where the name of whoever proposed stands."""


class ConsentFirst(Conflict):
    """There is a proposal already; it waits for a second person. `detail` says whose."""

    code = "cases.proposal_open"
    title = "已有一项意见在等待第二人同意。"


class OwnProposal(Forbidden):
    """Nobody consents to what they proposed themselves."""

    code = "cases.own_proposal"
    title = "不能同意自己提出的意见，请由另一人处理。"


class ProposalSettled(Conflict):
    """The proposal has been answered, or what it was about is over."""

    code = "cases.proposal_settled"
    title = "这项意见已经处理过了。"


async def consent_first(waiting: CaseProposal) -> ConsentFirst:
    """What whoever comes second is told: what waits, who proposed it and when."""
    names = await halls.names(waiting.proposed_by)
    by = names[waiting.proposed_by] if waiting.proposed_by else SYSTEM
    what = PROPOSAL_NAMES[Proposal(waiting.kind)]
    return ConsentFirst(
        f"{done_by(waiting.proposed_at, by)}提出的“{what}”正在等待第二人同意，不用再提。"
    )


async def propose(
    act: Act,
    case: Case,
    proposer: Staff | Client,
    kind: Proposal,
    *,
    reason: str,
    basis: str,
    points: Sequence[str | dict[str, Any]] | None = None,
    task_id: UUID | None = None,
    days: int | None = None,
) -> CaseProposal:
    """Write down a proposal for a second person; one at a time for each case or task.

    The case is locked and the move that the proposal leads to is possible. `days` are those of an
    extension. What another system proposes needs a person's consent like any other.

    Raises:
        ConsentFirst: there is an open one.
    """
    async with act.transaction() as tx:
        waiting = await CaseProposal.filter(case_id=case.id, task_id=task_id, state="open").first()
        if waiting:
            raise await consent_first(waiting)
        made = await CaseProposal.create(
            case_id=case.id,
            task_id=task_id,
            kind=kind,
            proposed_by=proposer.id if isinstance(proposer, Staff) else None,
            proposed_client=proposer.id if isinstance(proposer, Client) else None,
            proposed_at=act.at,
            reason=reason,
            basis=basis,
            points=list(points or ()),
            days=days,
            state="open",
        )
        tx.audit(f"case.{kind}_proposed", subject(case), hall_id=case.hall_id, basis=basis)
    return made


def points_in_words(stored: Sequence[str | dict[str, Any]]) -> list[str]:
    """The points of a proposal as people read them; one with a place keeps its `words` beside."""
    return [point if isinstance(point, str) else point["words"] for point in stored]
