"""Review: what departments decide, by a person, another system or default, and what follows."""

from uuid import UUID

from app.cases import access
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.records import allowed, done_by, locked, note, subject
from app.cases.review.decisions import follow, refuse, settle_task
from app.cases.review.defaults import SAID_BY_DEFAULT, agree_by_absence
from app.cases.review.proposals import propose
from app.cases.rules import ByDefault, Move, Proposal, TaskState
from app.core.acts import Act
from app.core.auth import Client, Role, Staff, require_staff
from app.core.errors import Conflict, NotFound
from app.halls import service as halls

__all__ = [
    "TaskDone",
    "agree_by_absence",
    "follow",
    "grant",
    "propose_refusal",
    "refuse",
    "settle_by_client",
]


class TaskDone(Conflict):
    """The department has decided already, or its stage has not begun; `detail` says which."""

    code = "cases.task_done"
    title = "本部门的审查已有结论或尚未开始。"


def _no_such_task() -> NotFound:
    return NotFound("没有找到这项审查任务。")


async def _locked_task(task_id: UUID) -> tuple[Case, CaseTask]:
    """The task with its case, both locked, the case first; it can be decided.

    Raises:
        NotFound: there is none. TaskDone: it is decided, or its stage has not begun.
        WrongState: the case was decided or withdrawn meanwhile.
    """
    seen = await CaseTask.get_or_none(id=task_id)
    if seen is None:
        raise _no_such_task()
    case = await locked(seen.case_id)
    task = await CaseTask.filter(id=task_id).select_for_update().get()
    if task.state == TaskState.WAITING:
        raise TaskDone("前面的环节还没有完成，本部门的审查尚未开始。", state=task.state)
    if task.decided_at is not None:
        raise TaskDone(f"本部门的审查已有结论：{await _who_decided(task)}。", state=task.state)
    await allowed(case, Move.GRANT)
    return case, task


async def _who_decided(task: CaseTask) -> str:
    assert task.decided_at is not None
    if task.by_default is not None:
        return SAID_BY_DEFAULT[ByDefault(task.by_default)]
    if task.decided_by is None:
        return f"{done_by(task.decided_at, '部门的审批系统')}办理"
    names = await halls.names(task.decided_by)
    return f"{done_by(task.decided_at, names[task.decided_by])}办理"


async def _task_of_reviewer(act: Act, task_id: UUID) -> tuple[Case, CaseTask, Staff]:
    """The task, locked as above, for a reviewer of its department who has not helped.

    Raises:
        NotFound: another department's. HelperDecides.
    """
    person = require_staff(act.actor)
    seen = await CaseTask.get_or_none(id=task_id)
    if seen is None or seen.department_id not in person.departments(Role.REVIEWER):
        raise _no_such_task()
    case, task = await _locked_task(task_id)
    await access.check_no_helper(person, case)
    return case, task, person


async def grant(act: Act, task_id: UUID, opinion: str) -> Case:
    """A department agrees. With the last one of the last stage the case is granted.

    Raises:
        NotFound: not a task of the reviewer's department. TaskDone: somebody was faster.
        WrongState: the case was decided or withdrawn meanwhile.
    """
    async with act.transaction():
        case, task, person = await _task_of_reviewer(act, task_id)
        task.decided_by = person.id
        await _agree(act, case, task, opinion)
    return case


async def settle_by_client(
    act: Act, task_id: UUID, client: Client, *, agreed: bool, opinion: str, basis: str = ""
) -> CaseProposal | None:
    """Another system reports a department's decision; the caller knows that it speaks for it.

    Agreement counts as the department's. A refusal becomes a proposal, which is returned: it
    takes effect with a person's consent here, like any other, and names its `basis`.

    Raises:
        NotFound, TaskDone, WrongState: as for `grant`. ConsentFirst: a proposal is open already.
    """
    async with act.transaction():
        case, task = await _locked_task(task_id)
        if not agreed:
            return await propose(
                act, case, client, Proposal.REFUSE, reason=opinion, basis=basis, task_id=task.id
            )
        task.decided_client = client.id
        await _agree(act, case, task, opinion)
    return None


async def _agree(act: Act, case: Case, task: CaseTask, opinion: str) -> None:
    async with act.transaction() as tx:
        await settle_task(act, case, task, TaskState.GRANTED, opinion)
        department = await halls.department(task.department_id)
        await note(act, case, "department_agreed", f"{department.name}审查通过。")
        tx.audit("case.task_granted", subject(case), hall_id=case.hall_id, task=str(task.id))
        await follow(act, case)


async def propose_refusal(act: Act, task_id: UUID, reason: str, basis: str) -> CaseProposal:
    """Propose to refuse; it takes effect with a second person's consent (窗口无否决权).

    Raises:
        NotFound, TaskDone, WrongState: as for `grant`. ConsentFirst: one is open already.
    """
    async with act.transaction():
        case, task, person = await _task_of_reviewer(act, task_id)
        return await propose(
            act, case, person, Proposal.REFUSE, reason=reason, basis=basis, task_id=task.id
        )
