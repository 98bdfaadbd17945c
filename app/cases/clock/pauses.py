"""Pauses: the clock stands still for a hearing, an inspection, a site visit (art. 45 and beyond).

`begin`, `end` and `end_all` are for acts that have the case locked and have asked who may; a
reviewer or a clerk goes through `begin_by_staff` and `end_by_staff`, where the applicant is told.
"""

from uuid import UUID

from app.cases.access import check_no_helper
from app.cases.clock.reckoning import reckon
from app.cases.clock.schemas import PauseIn
from app.cases.models import Case, CasePause, CaseTask
from app.cases.records import (
    allowed,
    china_day,
    done_by,
    locked,
    no_such_case,
    note,
    receipt,
    subject,
    tell,
)
from app.cases.rules import (
    ORDERED_AT_THE_DESK,
    PAUSES,
    TOLD_IN_WRITING,
    Move,
    PauseKind,
    TaskState,
)
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, NotFound, Problem
from app.notices.rules import Kind


class AlreadyPaused(Conflict):
    """The clock stands still for the same thing already."""

    code = "cases.already_paused"
    title = "已为同一事由暂停计时，请先结束后再重新开始。"


class PauseOver(Conflict):
    """The pause has ended; `detail` says when."""

    code = "cases.pause_over"
    title = "这次暂停已经结束。"


class ExpectedDays(Problem):
    """The applicant must be told how long it will take, and nobody has said it (art. 45)."""

    status = 422
    code = "cases.expected_days"
    title = "请填写预计需要的工作日：依法应将所需时间书面告知申请人。"


async def begin(
    act: Act,
    case: Case,
    kind: PauseKind,
    *,
    reason: str,
    basis: str,
    task_id: UUID | None = None,
    expected_days: int | None = None,
) -> CasePause:
    """Stop the clock of the case from today, and of one department's task or of all open ones.

    The day on which it begins still counts. The case is accepted, and locked.

    Raises:
        AlreadyPaused: a pause of this kind, for the same task or for all, is open.
    """
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO case_pauses (id, case_id, task_id, kind, reason, basis, expected_days,"
            " began_at, began_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT DO NOTHING RETURNING id",
            db.new_id(),
            case.id,
            task_id,
            kind,
            reason,
            basis,
            expected_days,
            act.at,
            act.actor.key,
        )
        if not made:
            raise AlreadyPaused
        await reckon(case)
        tx.audit(
            "case.paused",
            subject(case),
            hall_id=case.hall_id,
            kind=kind.value,
            pause=str(made[0]["id"]),
            task=str(task_id) if task_id else None,
        )
    return await CasePause.get(id=made[0]["id"])


async def end(act: Act, case: Case, pause: CasePause) -> None:
    """Let the clock go on from today, which does not count; the limits are worked out again.

    Nothing happens where the pause has ended before. The case is locked.
    """
    await _end(act, case, [pause])


async def end_all(act: Act, case: Case) -> None:
    """End every open pause of the case: it is decided, withdrawn or terminated."""
    await _end(act, case, await CasePause.filter(case_id=case.id, ended_at=None))


async def end_of_task(act: Act, case: Case, task_id: UUID) -> None:
    """End the open pauses of one department: it has decided."""
    found = await CasePause.filter(case_id=case.id, task_id=task_id, ended_at=None)
    await _end(act, case, found)


async def end_of_kind(act: Act, case: Case, kind: PauseKind) -> None:
    """End the open pauses of one kind: what the applicant owed has come."""
    await _end(act, case, await CasePause.filter(case_id=case.id, kind=kind, ended_at=None))


async def _end(act: Act, case: Case, pauses: list[CasePause]) -> None:
    if not pauses:
        return
    async with act.transaction() as tx:
        ended = await db.fetch(
            # Two servers' clocks differ a little: no pause ends before it began.
            "UPDATE case_pauses SET ended_at = greatest($2, began_at), ended_by = $3"
            " WHERE id = ANY($1::uuid[]) AND ended_at IS NULL RETURNING id, kind",
            [pause.id for pause in pauses],
            act.at,
            act.actor.key,
        )
        if not ended:
            return
        await reckon(case)
        for row in ended:
            tx.audit(
                "case.pause_ended",
                subject(case),
                hall_id=case.hall_id,
                kind=row["kind"],
                pause=str(row["id"]),
            )


async def stands_still(case: Case, task_id: UUID) -> bool:
    """Whether a department's clock stands: for a pause of its own, or of the whole case."""
    pauses = await CasePause.filter(case_id=case.id, ended_at=None)
    return any(pause.task_id in (None, task_id) for pause in pauses)


async def begin_by_staff(act: Act, case_id: UUID, given: PauseIn) -> CasePause:
    """A reviewer, for an open task of their department, or a clerk of the hall stops the clock.

    Where the law wants it, the applicant gets a receipt of how long it will take (art. 45).

    Raises:
        NotFound: not a case of theirs, or the task is none of it or not open. WrongState: it is
            not under review. HelperDecides. AlreadyPaused.
        ExpectedDays: missing where the law wants it told.
    """
    kind = PauseKind(given.kind)
    if kind in TOLD_IN_WRITING and given.expected_days is None:
        raise ExpectedDays
    async with act.transaction():
        person = require_staff(act.actor)
        case = await locked(case_id)
        await _check_task(person, case, given.task_id)
        await check_no_helper(person, case)
        await allowed(case, Move.GRANT)
        made = await begin(
            act,
            case,
            kind,
            reason=given.reason,
            basis=given.basis,
            task_id=given.task_id,
            expected_days=given.expected_days,
        )
        await tell_begun(act, case, made)
    return made


async def _check_task(person: Staff, case: Case, task_id: UUID | None) -> None:
    """Raise NotFound unless this person may stop the clock of the task; of all, without one."""
    open_ones = await CaseTask.filter(case_id=case.id, state=TaskState.OPEN)
    tasks = [task for task in open_ones if task_id in (None, task.id)]
    if case.hall_id in person.halls(Role.CLERK):
        if task_id and not tasks:
            raise NotFound("没有找到这项正在进行的审查任务。")
        return
    departments = person.departments(Role.REVIEWER)
    if not any(task.department_id in departments for task in tasks):
        raise no_such_case()


async def tell_begun(act: Act, case: Case, pause: CasePause) -> None:
    """Tell the applicant that the clock stands still, in writing where the law wants it."""
    name, kind = PAUSES[PauseKind(pause.kind)], PauseKind(pause.kind)
    said = f"因{name}，审查计时自次日起暂停：{pause.reason}"
    if kind in TOLD_IN_WRITING:
        lines = [
            f"您申请的“{case.item_name}”（办件编号 {case.number}）需要进行{name}。",
            f"原因：{pause.reason}",
            f"依据：{pause.basis}",
            f"预计需要 {pause.expected_days} 个工作日，自{china_day(pause.began_at)}的次日起，"
            "所需时间不计入办理时限。",
        ]
        number = await receipt(act, case, "paused", "审查所需时间告知书", lines)
        said = f"{said}（告知书编号 {number}）"
    await note(act, case, "paused", said)
    await tell(act, case, Kind.REMINDER, "暂停计时", f"因{name}暂停计时，完成后继续审查")


async def end_by_staff(act: Act, pause_id: UUID) -> tuple[Case, CasePause]:
    """A reviewer or a clerk, as for the beginning, lets the clock go on.

    Raises:
        NotFound: not a pause of theirs, or one that ends when the applicant supplies what is owed.
        PauseOver: it has ended.
    """
    async with act.transaction():
        person = require_staff(act.actor)
        seen = await CasePause.get_or_none(id=pause_id)
        if seen is None or PauseKind(seen.kind) not in ORDERED_AT_THE_DESK:
            raise _no_such_pause()
        case = await locked(seen.case_id)
        pause = await CasePause.get(id=pause_id)
        if not await _may_end(person, case, pause):
            raise _no_such_pause()
        if pause.ended_at is not None:
            raise PauseOver(f"这次暂停已经结束：{done_by(pause.ended_at, '工作人员')}办理。")
        before = case.promised_due
        await end(act, case, pause)
        await tell_ended(act, case, pause, moved=before != case.promised_due)
    return case, pause


def _no_such_pause() -> NotFound:
    return NotFound("没有找到这次暂停。")


async def _may_end(person: Staff, case: Case, pause: CasePause) -> bool:
    if case.hall_id in person.halls(Role.CLERK):
        return True
    tasks = await CaseTask.filter(case_id=case.id, opened_at__isnull=False)
    departments = person.departments(Role.REVIEWER)
    return any(
        task.department_id in departments for task in tasks if pause.task_id in (None, task.id)
    )


async def tell_ended(act: Act, case: Case, pause: CasePause, *, moved: bool) -> None:
    """Tell the applicant that the clock goes on; `moved`: the promise ends later for it."""
    name = PAUSES[PauseKind(pause.kind)]
    if case.paused_since is not None:
        await note(act, case, "pause_ended", f"{name}结束；其他暂停事项仍在进行，计时尚未恢复。")
        return
    assert case.promised_due is not None
    until = f"应于{china_day(case.promised_due)}前办结"
    if moved:
        until = f"期限相应顺延，{until}"
    await note(act, case, "pause_ended", f"{name}结束，审查计时恢复，{until}。")
    await tell(
        act, case, Kind.REMINDER, "继续审查", f"{name}结束，计时恢复", until=case.promised_due
    )
