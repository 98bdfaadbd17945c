"""Departments taken as agreeing without a word, where the bundle's configuration says so.

超时默认: a department let its limit pass. 缺席默认: it stayed away from a joint meeting. Each is
one act, recorded and counted, under the locks of the case and the task: of a default and a real
decision at once, whichever comes second finds the task decided and changes nothing. Where nothing
is configured, an overdue department turns its light red, and no more.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.cases.clock import lights, pauses
from app.cases.clock.renewal import renew
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.records import locked, note, subject
from app.cases.review.decisions import follow, settle_task
from app.cases.rules import ByDefault, State, Step, TaskState
from app.core import db
from app.core.acts import Act
from app.core.lights import Light
from app.core.schedule import Periodic
from app.halls import service as halls

log = structlog.get_logger(__name__)
agreed = Counter(
    "zhangban_cases_agreed_by_default_total",
    "Departments that were taken as agreeing without a word.",
    ["why"],
)
AT_A_TIME = 200
SAID_BY_DEFAULT = {
    ByDefault.OVERDUE: "逾期未提出意见，按超时默认规则视为同意",
    ByDefault.ABSENT: "缺席且未提出意见，按缺席默认规则视为同意",
}


async def agree_overdue(act: Act, task_id: UUID) -> bool:
    """Take a department as agreeing whose limit has passed (超时默认), where that is configured.

    False, and nothing happens, where it may not be: the department has decided or proposed to
    refuse, the clock stands still, the limit has not passed, or the case has moved on.
    """
    seen = await CaseTask.get_or_none(id=task_id)
    if seen is None:
        return False
    async with act.transaction():
        # The hall may have closed for a day since the limit was worked out.
        await renew(act, seen.case_id)
        case = await locked(seen.case_id)
        task = await CaseTask.filter(id=task_id).select_for_update().get()
        if not task.overdue_agrees or task.due is None or task.due >= act.today:
            return False
        if await pauses.stands_still(case, task.id):
            return False
        return await _agree_by_default(act, case, task, ByDefault.OVERDUE)


async def agree_by_absence(act: Act, case_id: UUID, department_id: UUID, reason: str) -> bool:
    """Take a department as agreeing that stayed away from a joint meeting (缺席默认).

    False, and nothing happens, where its configuration does not say so, it has no open part in
    the case, has decided or proposed to refuse. The caller may have cases of its own locked only
    in the order of their ids.

    Args:
        reason: which meeting, as a part of a sentence.
    """
    async with act.transaction():
        case = await locked(case_id)
        task = (
            await CaseTask.filter(
                case_id=case_id, department_id=department_id, state=TaskState.OPEN
            )
            .select_for_update()
            .first()
        )
        if task is None or not task.absent_agrees:
            return False
        return await _agree_by_default(act, case, task, ByDefault.ABSENT, reason)


async def _agree_by_default(
    act: Act, case: Case, task: CaseTask, why: ByDefault, reason: str = ""
) -> bool:
    if case.state != State.UNDER_REVIEW or task.state != TaskState.OPEN:
        return False
    if await CaseProposal.filter(task_id=task.id, state="open").exists():
        return False  # it has spoken in time; what is late is the second person's word
    async with act.transaction() as tx:
        told = reason.rstrip("。")
        said = SAID_BY_DEFAULT[why] + (f"（{told}）" if told else "")
        if why is ByDefault.OVERDUE and task.due:
            # It passed its limit all the same, and whoever is responsible answers for that.
            await lights.turn(act, case, Step.REVIEW, Light.RED, task.due, task)
        task.by_default = why
        await settle_task(act, case, task, TaskState.GRANTED, f"{said}。")
        department = await halls.department(task.department_id)
        await note(act, case, "agreed_by_default", f"{department.name}{said}。")
        tx.audit(
            "case.task_agreed_by_default",
            subject(case),
            hall_id=case.hall_id,
            task=str(task.id),
            department=str(task.department_id),
            why=why.value,
        )

        async def count() -> None:
            agreed.labels(why.value).inc()

        tx.after_commit(count)
        await follow(act, case)
    return True


async def agree_for_overdue(act: Act) -> None:
    """Take every department as agreeing whose limit has passed, where that is configured.

    Each is an act of its own, so that one that fails holds up no other. Of those that fail, or
    have proposed a refusal that waits for a second person, the next run looks again.
    """
    after: UUID | None = None
    while rows := await _overdue(act, after):
        for row in rows:
            try:
                await agree_overdue(act, row["id"])
            except Exception as error:
                log.warning("cases.default_failed", task=str(row["id"]), error=type(error).__name__)
        after = rows[-1]["id"]


async def _overdue(act: Act, after: UUID | None) -> list[dict[str, UUID]]:
    return await db.fetch(
        "SELECT t.id FROM case_tasks t JOIN cases c ON c.id = t.case_id"
        " WHERE t.state = 'open' AND t.due < $1 AND t.overdue_agrees AND c.state = 'under_review'"
        " AND NOT EXISTS (SELECT FROM case_pauses p WHERE p.case_id = t.case_id"
        "  AND p.ended_at IS NULL AND (p.task_id IS NULL OR p.task_id = t.id))"
        " AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3",
        act.today,
        after,
        AT_A_TIME,
    )


PERIODICS = (Periodic("cases.agree_by_default", timedelta(minutes=10), agree_for_overdue),)
