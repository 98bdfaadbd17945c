"""Review: what departments decide, and what a second person must consent to."""

from uuid import UUID

from app.cases.corrections import check_in_time, send_correction
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.proposals import OwnProposal, ProposalSettled, propose
from app.cases.records import (
    allowed,
    done_by,
    end_tasks,
    locked,
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
    Move,
    Proposal,
    Review,
    Task,
    TaskState,
    Titles,
    may_consent,
    outcome,
    titles,
)
from app.catalog import service as catalog
from app.catalog.guide import Kind as ItemKind
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, NotFound
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings.service import open_for_rating

APPEAL = "您可以自收到本{}之日起六十日内申请行政复议，或者六个月内提起行政诉讼。"
"""How a refusal can be challenged: Administrative Reconsideration Law art. 20, Administrative
Litigation Law art. 46."""


class TaskDone(Conflict):
    """The department has decided already, or its stage has not begun; `detail` says which."""

    code = "cases.task_done"
    title = "本部门的审查已有结论或尚未开始。"


def _no_such_proposal() -> NotFound:
    return NotFound("没有找到这项意见。")


async def _locked_task(act: Act, task_id: UUID) -> tuple[Case, CaseTask, Staff]:
    """The task with its case, both locked (the case first), and the reviewer who may decide it."""
    person = require_staff(act.actor)
    seen = await CaseTask.get_or_none(id=task_id)
    if seen is None or seen.department_id not in person.departments(Role.REVIEWER):
        raise NotFound("没有找到这项审查任务。")
    case = await locked(seen.case_id)
    task = await CaseTask.filter(id=task_id).select_for_update().get()
    if task.state == TaskState.WAITING:
        raise TaskDone("前面的环节还没有完成，本部门的审查尚未开始。", state=task.state)
    if task.decided_by is not None and task.decided_at is not None:
        names = await halls.names(task.decided_by)
        said = done_by(task.decided_at, names[task.decided_by])
        raise TaskDone(f"本部门的审查已有结论：{said}办理。", state=task.state)
    await allowed(case, Move.GRANT)  # withdrawn, or decided by another department
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
        tx.audit("case.task_granted", subject(case), hall_id=case.hall_id, task=str(task.id))
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


async def _follow(act: Act, case: Case, refusal: CaseProposal | None = None) -> None:
    """What follows from the tasks as they now stand; `refusal` is the one just agreed to."""
    tasks = await CaseTask.filter(case_id=case.id)
    review = outcome(Task(task.stage, TaskState(task.state)) for task in tasks)
    if review is Review.NEXT_STAGE:
        assert case.stage is not None
        await open_stage(act, case, case.stage + 1)
        await case.save(update_fields=["stage"])
        await note(act, case, "stage_opened", "进入下一阶段审查。")
    elif review is Review.GRANTED:
        await _grant(act, case)
    elif review is Review.REFUSED:
        assert refusal is not None, "a task is refused by an agreed proposal only"
        await _refuse(act, case, refusal)


async def _grant(act: Act, case: Case) -> None:
    title = (await _titles(case)).granted
    await _decide(act, case, Move.GRANT, "granted", title, [f"准予“{case.item_name}”的申请。"])
    await _open_for_rating(act, case)


async def _refuse(act: Act, case: Case, refusal: CaseProposal) -> None:
    title = (await _titles(case)).refused
    lines = [
        f"对“{case.item_name}”的申请不予批准。",
        f"理由：{refusal.reason}",
        f"依据：{refusal.basis}",
        APPEAL.format("决定书"),
    ]
    await _decide(act, case, Move.REFUSE, "refused", title, lines)
    await tell(act, case, Kind.READY, "不予办理", "决定书已作出，请在小程序中查看")
    await _open_for_rating(act, case)


async def _titles(case: Case) -> Titles:
    offered = await catalog.version(case.version_id)
    return titles(licence=offered.kind_code is ItemKind.LICENCE)


async def _decide(
    act: Act, case: Case, wanted: Move, kind: str, title: str, lines: list[str]
) -> None:
    """Decide the case, with receipt and timeline; what other departments proposed is moot."""
    async with act.transaction() as tx:
        await move(case, wanted)
        case.decided_at = act.at
        await case.save(update_fields=["state", "decided_at"])
        await settle_proposals(act, case)
        await end_tasks(case)
        number = await receipt(act, case, kind, title, lines)
        await note(act, case, kind, f"已作出决定：{title}，编号 {number}。")
        tx.audit(f"case.{kind}", subject(case), hall_id=case.hall_id, receipt=number)


async def _open_for_rating(act: Act, case: Case) -> None:
    """From now on the applicant can rate the case.

    Last in the transaction: the score table is locked after everything else.
    """
    await open_for_rating(act, served(act, case, case.accepted_at or act.at))


async def propose_refusal(act: Act, task_id: UUID, reason: str, basis: str) -> CaseProposal:
    """Propose to refuse; it takes effect with a second person's consent (窗口无否决权).

    Raises:
        NotFound, TaskDone, WrongState: as for `grant`. ConsentFirst: one is open already.
    """
    async with act.transaction():
        case, task, person = await _locked_task(act, task_id)
        return await propose(
            act, case, person, Proposal.REFUSE, reason=reason, basis=basis, task_id=task.id
        )


async def answer_proposal(act: Act, proposal_id: UUID, *, agree: bool, text: str) -> CaseProposal:
    """A second person agrees, and it takes effect; or declines, and it does not.

    Supervisors of the hall may answer any; a refusal also another reviewer of the department.

    Raises:
        NotFound: not for the caller's eyes. OwnProposal. ProposalSettled: answered or overtaken.
        AnsweredTooLate: agreed to when the application counts as accepted by law.
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
    if proposal.kind == Proposal.CORRECT_AGAIN:
        await send_correction(act, case, list(proposal.points))
    elif proposal.kind == Proposal.NOT_ACCEPT:
        await _not_accept(act, case, proposal)
    else:
        # Whatever decides the task or the case settles its proposals: this one finds it open.
        task = await CaseTask.filter(id=proposal.task_id).select_for_update().get()
        await _settle_task(
            act, case, task, proposal.proposed_by, TaskState.REFUSED, proposal.reason
        )
        await _follow(act, case, proposal)


async def _not_accept(act: Act, case: Case, proposal: CaseProposal) -> None:
    await check_in_time(act, case)
    await move(case, Move.NOT_ACCEPT)
    case.closed_at = act.at
    await case.save(update_fields=["state", "closed_at"])
    await end_tasks(case)
    lines = [
        f"对“{case.item_name}”的申请不予受理。",
        f"理由：{proposal.reason}",
        f"依据：{proposal.basis}",
        APPEAL.format("通知书"),
    ]
    number = await receipt(act, case, "not_accepted", "不予受理通知书", lines)
    await note(act, case, "not_accepted", f"不予受理，通知书编号 {number}。")
    await tell(act, case, Kind.READY, "不予受理", "通知书已作出，请在小程序中查看")
