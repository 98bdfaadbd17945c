"""Progress that other approval systems report, each report once, in whatever order they come.

A system speaks for the departments to which an administrator has linked it (`approvals.py`). Its
agreement is the department's; its refusal is a proposal, which needs a person's consent here as
any other does (窗口无否决权).
"""

from uuid import UUID

from app.cases.approvals.reported import digest_of, happened_at, one_at_a_time, require_client
from app.cases.approvals.rules import DECISIONS, SAYS, Known, Outcome, Progress, says_more
from app.cases.approvals.schemas import (
    BatchAnswer,
    BatchTaken,
    ProgressBatch,
    ProgressReport,
    ProgressTaken,
)
from app.cases.clock import pauses
from app.cases.delivery.models import ApprovalLink, ApprovalReport
from app.cases.models import Case, CasePause, CaseTask
from app.cases.records import locked, note, subject
from app.cases.review import service as review
from app.cases.rules import TOLD_IN_WRITING, PauseKind, State, TaskState
from app.core.acts import Act
from app.core.auth import Client
from app.core.errors import Conflict, NotFound, Problem
from app.halls import service as halls


class ReportChanged(Conflict):
    """A report came again with another content."""

    code = "approvals.report_changed"
    title = "同一上报编号的内容与首次上报的不一致。"


class BadReport(Problem):
    """Words that the report needs are missing; `detail` says which."""

    status = 422
    code = "approvals.bad_report"
    title = "上报的内容不完整。"


class WhichTask(Problem):
    """The department has several parts in the case, and the report does not say which."""

    status = 422
    code = "approvals.which_task"
    title = "该部门在这个办件中有多个审查环节，请注明任务编号。"


async def take(act: Act, given: ProgressReport) -> ProgressTaken:
    """Take in one report. A repeat is answered as the first was, and changes nothing.

    Raises:
        NotFound: no case of this number with a task of a department for which the system speaks.
        ReportChanged, BadReport, WhichTask, ImplausibleTime.
        TaskDone: the stage has not begun; or, for a decision, the department has decided.
        WrongState, ConsentFirst, AlreadyPaused, ExpectedDays: as for a reviewer.
    """
    client, digest = require_client(act.actor), digest_of(given)
    at = happened_at(given.at, act.at)
    async with act.transaction() as tx:
        await one_at_a_time(act, client.id, given.report_id)
        first = await ApprovalReport.get_or_none(client_id=client.id, report_id=given.report_id)
        if first is not None:
            if first.digest != digest:
                raise ReportChanged
            return _taken(first)
        _check_words(given)
        seen = await _task_of(client, given)
        case = await locked(seen.case_id)
        task = await CaseTask.filter(id=seen.id).select_for_update().get()
        outcome = await _outcome(case, task, given.kind, Known(given.kind, at, applied=True))
        made = await ApprovalReport.create(
            client_id=client.id,
            report_id=given.report_id,
            digest=digest,
            case_id=case.id,
            task_id=task.id,
            department_id=task.department_id,
            kind=given.kind,
            at=at,
            by_name=given.by_name.strip(),
            opinion=given.opinion.strip(),
            basis=given.basis.strip(),
            outcome=outcome,
            received_at=act.at,
        )
        tx.audit(
            "case.progress_reported",
            subject(case),
            hall_id=case.hall_id,
            task=str(task.id),
            kind=given.kind.value,
            outcome=outcome.value,
        )
        if outcome is not Outcome.LATE:
            await _apply(act, client, case, task, given)
    return _taken(made)


async def take_all(act: Act, given: ProgressBatch) -> BatchTaken:
    """Take in reports one after the other; what is refused of one does not touch the others."""
    return BatchTaken(items=[await _answered(act, report) for report in given.reports])


async def _answered(act: Act, report: ProgressReport) -> BatchAnswer:
    try:
        taken = await take(act, report)
    except Problem as problem:
        return BatchAnswer(
            report_id=report.report_id,
            status=problem.status,
            taken=None,
            code=problem.code,
            detail=problem.detail or problem.title,
        )
    return BatchAnswer(report_id=report.report_id, status=200, taken=taken, code=None, detail=None)


def _taken(report: ApprovalReport) -> ProgressTaken:
    return ProgressTaken(
        report_id=report.report_id,
        outcome=Outcome(report.outcome),
        task_id=report.task_id,
        received_at=report.received_at,
    )


def _check_words(given: ProgressReport) -> None:
    said, basis = given.opinion.strip(), given.basis.strip()
    if given.kind in DECISIONS and not said:
        raise BadReport("审查结论需要填写意见。")
    if given.kind is Progress.REFUSED and len(basis) < 4:
        raise BadReport("不同意的，需要写明法律依据。")
    if given.kind is not Progress.PAUSED:
        return
    if not said or len(basis) < 4 or given.paused_for is None:
        raise BadReport("暂停计时需要写明事由、原因和法律依据。")
    if PauseKind(given.paused_for) in TOLD_IN_WRITING and given.expected_days is None:
        raise pauses.ExpectedDays


async def _task_of(client: Client, given: ProgressReport) -> CaseTask:
    """The task that a report is about, of a department for which the system speaks."""
    missing = NotFound("没有找到由本系统办理的审查任务，请核对办件编号和部门。")
    case = await Case.get_or_none(number=given.case_number)
    if case is None:
        raise missing
    department_id = await _department(case, given.department)
    if department_id is None or not await ApprovalLink.exists(
        client_id=client.id, department_id=department_id, ended_at=None
    ):
        raise missing
    tasks = await CaseTask.filter(case_id=case.id, department_id=department_id)
    if given.task_id is not None:
        tasks = [task for task in tasks if task.id == given.task_id]
    if not tasks:
        raise missing
    if len(tasks) > 1:
        raise WhichTask
    return tasks[0]


async def _department(case: Case, said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        found = await halls.by_numbers(case.hall_id, department_code=said)
        return found.department_id


async def _outcome(case: Case, task: CaseTask, kind: Progress, new: Known) -> Outcome:
    """What the report moves. A decision is tried where it is the newest, and may be refused."""
    if task.state == TaskState.WAITING:
        raise review.TaskDone("前面的环节还没有完成，本部门的审查尚未开始。", state=task.state)
    rows = await ApprovalReport.filter(task_id=task.id).order_by("id")
    before = [Known(Progress(row.kind), row.at, row.outcome != Outcome.LATE.value) for row in rows]
    if not says_more(before, kind, new.at):
        return Outcome.LATE
    if kind is Progress.REFUSED:
        return Outcome.PROPOSED
    if kind is Progress.AGREED:
        return Outcome.APPLIED
    goes_on = case.state == State.UNDER_REVIEW and task.state == TaskState.OPEN
    return Outcome.APPLIED if goes_on else Outcome.LATE


async def _apply(
    act: Act, client: Client, case: Case, task: CaseTask, given: ProgressReport
) -> None:
    said, basis = given.opinion.strip(), given.basis.strip()
    if given.kind in DECISIONS:
        agreed = given.kind is Progress.AGREED
        await review.settle_by_client(
            act, task.id, client, agreed=agreed, opinion=said, basis=basis
        )
        return
    department = await halls.department(task.department_id)
    who = f"{department.name}（审批系统，{given.by_name.strip()}）"
    await note(act, case, "approval_progress", f"{who}{SAYS[given.kind]}。")
    if given.kind is Progress.PAUSED and given.paused_for is not None:
        pause = await pauses.begin(
            act,
            case,
            PauseKind(given.paused_for),
            reason=said,
            basis=basis,
            task_id=task.id,
            expected_days=given.expected_days,
        )
        await pauses.tell_begun(act, case, pause)
    elif given.kind is Progress.RESUMED:
        await _resume(act, client, case, task)


async def _resume(act: Act, client: Client, case: Case, task: CaseTask) -> None:
    """End the pauses that this system began; those of people are theirs to end."""
    for pause in await CasePause.filter(task_id=task.id, began_by=client.key, ended_at=None):
        before = case.promised_due
        await pauses.end(act, case, pause)
        await pauses.tell_ended(act, case, pause, moved=before != case.promised_due)
