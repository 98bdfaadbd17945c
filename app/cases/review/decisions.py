"""What follows from the departments' parts: the next stage, or the decision of the case."""

from app.cases.clock import pauses
from app.cases.clock.reckoning import used_until
from app.cases.figures import service as figures
from app.cases.intake import deferrals, pledges
from app.cases.models import Case, CaseEvent, CaseProposal, CaseTask
from app.cases.records import (
    end_tasks,
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
    APPEAL,
    DELIVERY_DAYS,
    Move,
    Review,
    State,
    Task,
    TaskState,
    Titles,
    outcome,
    titles,
)
from app.catalog import service as catalog
from app.catalog.guide import Kind as ItemKind
from app.core.acts import Act
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings.service import open_for_rating


async def settle_task(act: Act, case: Case, task: CaseTask, state: TaskState, opinion: str) -> None:
    """Write down what a department decided; whoever calls has set by whom."""
    task.state = state
    task.decided_at = act.at
    task.opinion = opinion[:500]
    await task.save()
    await settle_proposals(act, case, task.id)
    await pauses.end_of_task(act, case, task.id)


async def refuse(act: Act, case: Case, proposal: CaseProposal) -> None:
    """A second person has consented to a refusal: it decides the case, which is locked."""
    task = await CaseTask.filter(id=proposal.task_id).select_for_update().get()
    task.decided_by, task.decided_client = proposal.proposed_by, proposal.proposed_client
    await settle_task(act, case, task, TaskState.REFUSED, proposal.reason)
    await follow(act, case, proposal)


async def follow(act: Act, case: Case, refusal: CaseProposal | None = None) -> None:
    """What follows from the tasks as they now stand; `refusal` is the one just agreed to.

    A grant waits for as long as a deferred material is owed; who takes it in calls this again.
    Nothing follows of a case that is not under review. The case is locked.
    """
    if case.state != State.UNDER_REVIEW:
        return
    tasks = await CaseTask.filter(case_id=case.id)
    review = outcome(Task(task.stage, TaskState(task.state)) for task in tasks)
    if review is Review.NEXT_STAGE:
        assert case.stage is not None
        await open_stage(act, case, case.stage + 1)
        await case.save(update_fields=["stage"])
        await note(act, case, "stage_opened", "进入下一阶段审查。")
    elif review is Review.GRANTED:
        if await deferrals.open_of(case.id):
            await _wait(act, case)
        else:
            await _grant(act, case)
    elif review is Review.REFUSED:
        assert refusal is not None, "a task is refused by an agreed proposal only"
        await _refuse(act, case, refusal)


async def _wait(act: Act, case: Case) -> None:
    if not await CaseEvent.filter(case_id=case.id, kind="waits_for_deferred").exists():
        said = "各部门审查均已通过，容缺材料补交后作出决定。"
        await note(act, case, "waits_for_deferred", said)


async def _grant(act: Act, case: Case) -> None:
    title = (await _titles(case)).granted
    lines = [f"准予“{case.item_name}”的申请。"]
    await _decide(act, case, Move.GRANT, "granted", title, lines)
    await pledges.after_grant(act, case)
    await _count(act, case)


async def _refuse(act: Act, case: Case, refusal: CaseProposal) -> None:
    title = (await _titles(case)).refused
    lines = [
        f"对“{case.item_name}”的申请不予批准。",
        f"理由：{refusal.reason}",
        f"依据：{refusal.basis}",
        APPEAL.format("决定书"),
    ]
    await _decide(act, case, Move.REFUSE, "refused", title, lines)
    await deferrals.end(case)
    await pledges.end(case)
    await tell(act, case, Kind.READY, "不予办理", "决定书已作出，请在小程序中查看")
    await _count(act, case)


async def _titles(case: Case) -> Titles:
    offered = await catalog.version(case.version_id)
    return titles(licence=offered.kind_code is ItemKind.LICENCE)


async def _decide(
    act: Act, case: Case, wanted: Move, kind: str, title: str, lines: list[str]
) -> None:
    """Decide the case, with receipt and timeline; what other departments proposed is moot."""
    async with act.transaction() as tx:
        await move(case, wanted)
        calendar = await halls.calendar(case.hall_id)
        case.decided_at = act.at
        case.decision = kind
        case.used_days = await used_until(case, act.today)
        case.delivery_due = calendar.add(act.today, DELIVERY_DAYS).day
        await case.save(
            update_fields=["state", "decided_at", "decision", "used_days", "delivery_due"]
        )
        await settle_proposals(act, case)
        await end_tasks(case)
        await pauses.end_all(act, case)
        number = await receipt(act, case, kind, title, lines)
        await note(act, case, kind, f"已作出决定：{title}，编号 {number}。")
        tx.audit(f"case.{kind}", subject(case), hall_id=case.hall_id, receipt=number)


async def _count(act: Act, case: Case) -> None:
    """Count the decision, and let the applicant rate it.

    Last in the transaction: the tables of figures and scores are locked after everything else.
    """
    await figures.count_decided(act, case)
    await open_for_rating(act, served(act, case, case.accepted_at or act.at))
