"""Review: what departments decide, and what a second person must consent to."""

from uuid import UUID

from app.cases.intake import propose, send_correction
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.records import (
    Subject,
    locked,
    move,
    note,
    open_stage,
    receipt,
    settle_proposals,
    tell,
)
from app.cases.rules import Move, Proposal, Review, Task, TaskState, may_consent, outcome
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, Forbidden, NotFound
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings import service as ratings


class TaskDone(Conflict):
    """The department has decided already, or its stage has not begun."""

    code = "cases.task_done"
    title = "本部门的审查已有结论或尚未开始。"


class OwnProposal(Forbidden):
    """Nobody consents to what they proposed themselves."""

    code = "cases.own_proposal"
    title = "不能同意自己提出的意见，请由另一人处理。"


class ProposalSettled(Conflict):
    """The proposal has been answered, or what it was about is over."""

    code = "cases.proposal_settled"
    title = "这项意见已经处理过了。"


async def _locked_task(act: Act, task_id: UUID) -> tuple[Case, CaseTask, Staff]:
    """The task with its case, both locked (the case first), and the reviewer who may decide it."""
    person = require_staff(act.actor)
    seen = await CaseTask.get_or_none(id=task_id)
    if seen is None or seen.department_id not in person.departments(Role.REVIEWER):
        raise NotFound("没有找到这项审查任务。")
    case = await locked(seen.case_id)
    task = await CaseTask.filter(id=task_id).select_for_update().get()
    if task.state != TaskState.OPEN:
        raise TaskDone(state=task.state)
    return case, task, person


async def grant(act: Act, task_id: UUID, opinion: str) -> Case:
    """A department agrees. With the last one of the last stage the case is granted.

    Raises:
        NotFound: not a task of the reviewer's department. TaskDone: somebody was faster.
        WrongState: the case was decided or withdrawn meanwhile.
    """
    async with act.transaction() as tx:
        case, task, person = await _locked_task(act, task_id)
        await _settle_task(act, case, task, person.id, TaskState.GRANTED, opinion)
        department = await halls.department(task.department_id)
        await note(act, case, "department_agreed", f"{department.name}审查通过。")
        tx.audit("case.task_granted", str(Subject(case)), hall_id=case.hall_id, task=str(task.id))
        await _follow(act, case)
    return case


async def _settle_task(
    act: Act, case: Case, task: CaseTask, person_id: UUID, state: TaskState, opinion: str
) -> None:
    task.state = state
    task.decided_by = person_id
    task.decided_at = act.at
    task.opinion = opinion
    await task.save(update_fields=["state", "decided_by", "decided_at", "opinion"])
    await settle_proposals(act, case, task.id)


async def _follow(act: Act, case: Case) -> None:
    """What follows from the tasks as they now stand."""
    tasks = await CaseTask.filter(case_id=case.id)
    review = outcome(Task(task.stage, TaskState(task.state)) for task in tasks)
    if review is Review.GOES_ON:
        # Nothing has changed yet, but a case that is over takes no more decisions.
        await _still_under_review(case)
    elif review is Review.NEXT_STAGE:
        await _still_under_review(case)
        assert case.stage is not None
        await open_stage(act, case, case.stage + 1)
        await case.save(update_fields=["stage"])
        await note(act, case, "stage_opened", "进入下一阶段审查。")
    elif review is Review.GRANTED:
        await _decide(act, case, Move.GRANT, "准予行政许可决定书", [f"准予“{case.item_name}”。"])
    else:
        refused = next(task for task in tasks if task.state == TaskState.REFUSED)
        await _decide(act, case, Move.REFUSE, "不予行政许可决定书", [refused.opinion or ""])


async def _still_under_review(case: Case) -> None:
    before = case.state
    await move(case, Move.GRANT)
    case.state = before


async def _decide(act: Act, case: Case, wanted: Move, title: str, lines: list[str]) -> None:
    """Decide the case: receipt, timeline, message, and from now on it can be rated."""
    await move(case, wanted)
    case.decided_at = act.at
    await case.save(update_fields=["state", "decided_at"])
    kind = "granted" if wanted is Move.GRANT else "refused"
    if kind == "refused":
        lines = [
            *lines,
            "您可以自收到本决定书之日起六十日内申请行政复议，或者六个月内提起行政诉讼。",
        ]
    number = await receipt(act, case, kind, title, lines)
    await note(act, case, kind, f"已作出决定：{title}，编号 {number}。")
    if kind == "refused":
        await tell(act, case, Kind.READY, "不予许可", "决定书已作出，请在小程序中查看")
    async with act.transaction() as tx:
        tx.audit(f"case.{kind}", str(Subject(case)), hall_id=case.hall_id, receipt=number)
    await ratings.open_for_rating(
        act,
        ratings.NewService(
            kind="case",
            subject=f"case:{case.number}",
            hall_id=case.hall_id,
            department_id=case.department_id,
            window_id=case.window_id,
            staff_id=case.accepted_by,
            item_id=case.item_id,
            item_name=case.item_name,
            citizen_id=case.applicant_id,
            project_no=case.number,
            started_at=case.accepted_at or act.at,
            ended_at=act.at,
        ),
    )


async def propose_refusal(act: Act, task_id: UUID, reason: str, basis: str) -> CaseProposal:
    """Propose to refuse; it takes effect with a second person's consent (窗口无否决权).

    Raises:
        NotFound, TaskDone, ConsentFirst.
    """
    async with act.transaction():
        case, task, person = await _locked_task(act, task_id)
        await _still_under_review(case)
        return await propose(
            act, case, person, Proposal.REFUSE, reason=reason, basis=basis, task_id=task.id
        )


async def answer_proposal(act: Act, proposal_id: UUID, *, agree: bool, text: str) -> CaseProposal:
    """A second person agrees, and it takes effect; or declines, and it does not.

    Supervisors of the hall may answer any; a refusal also another reviewer of the department.

    Raises:
        NotFound: not for the caller's eyes. OwnProposal. ProposalSettled: answered already.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        seen = await CaseProposal.get_or_none(id=proposal_id)
        if seen is None:
            raise NotFound("没有找到这项意见。")
        case = await locked(seen.case_id)
        proposal = await CaseProposal.filter(id=proposal_id).select_for_update().get()
        await _check_second(person, case, proposal)
        if proposal.state != "open":
            raise ProposalSettled(state=proposal.state)
        proposal.state = "agreed" if agree else "declined"
        proposal.second_id = person.id
        proposal.second_at = act.at
        proposal.second_note = text
        await proposal.save()
        verb = "agreed" if agree else "declined"
        tx.audit(f"case.{proposal.kind}_{verb}", str(Subject(case)), hall_id=case.hall_id)
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
        raise NotFound("没有找到这项意见。")
    if not may_consent(proposal.proposed_by, person.id):
        raise OwnProposal


async def _take_effect(act: Act, case: Case, proposal: CaseProposal) -> None:
    if proposal.kind == Proposal.CORRECT_AGAIN:
        await send_correction(act, case, list(proposal.points))
    elif proposal.kind == Proposal.NOT_ACCEPT:
        await _not_accept(act, case, proposal)
    else:
        task = await CaseTask.filter(id=proposal.task_id).select_for_update().get()
        if task.state != TaskState.OPEN:
            raise ProposalSettled(state=task.state)
        opinion = f"{proposal.reason}（依据：{proposal.basis}）"[:500]
        await _settle_task(act, case, task, proposal.proposed_by, TaskState.REFUSED, opinion)
        await _follow(act, case)


async def _not_accept(act: Act, case: Case, proposal: CaseProposal) -> None:
    await move(case, Move.NOT_ACCEPT)
    case.closed_at = act.at
    await case.save(update_fields=["state", "closed_at"])
    lines = [
        f"对“{case.item_name}”的申请不予受理。",
        f"理由：{proposal.reason}",
        f"依据：{proposal.basis}",
        "您可以自收到本通知书之日起六十日内申请行政复议，或者六个月内提起行政诉讼。",
    ]
    number = await receipt(act, case, "not_accepted", "不予受理通知书", lines)
    await note(act, case, "not_accepted", f"不予受理，通知书编号 {number}。")
    await tell(act, case, Kind.REMINDER, "不予受理", "通知书已作出，请在小程序中查看")
