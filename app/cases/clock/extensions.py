"""Putting a decision off: once, with a reason, told to the applicant (art. 42)."""

from uuid import UUID

from app.cases.access import check_no_helper
from app.cases.clock.reckoning import reckon
from app.cases.models import Case, CaseProposal, CaseTask
from app.cases.records import (
    allowed,
    china_day,
    locked,
    no_such_case,
    note,
    receipt,
    subject,
    tell,
)
from app.cases.review.proposals import propose
from app.cases.rules import Move, Proposal, TaskState, longest_extension
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, Problem
from app.notices.rules import Kind

BASIS = "行政许可法第四十二条"


class AlreadyExtended(Conflict):
    """A decision is put off once at most (art. 42)."""

    code = "cases.already_extended"
    title = "该办件已经延期过一次，依法不能再次延期。"


class LimitPassed(Conflict):
    """The limit has passed: it cannot be put off any more."""

    code = "cases.limit_passed"
    title = "办理时限已过，不能再延期。"


class TooLong(Problem):
    """The law does not allow so many days."""

    status = 422
    code = "cases.extension_too_long"
    title = "延长的天数超过了法律规定。"


async def propose_extension(act: Act, case_id: UUID, *, days: int, reason: str) -> CaseProposal:
    """Propose to put the decision off by `days` working days; a supervisor must consent.

    A clerk of the hall may, or a reviewer of the department that leads the current stage.

    Raises:
        NotFound: not a case of theirs. WrongState: it is not under review. AlreadyExtended.
        LimitPassed. TooLong: more than 10 days, with several departments 15. ConsentFirst: a
            proposal is open already. HelperDecides.
    """
    async with act.transaction():
        person = require_staff(act.actor)
        case = await locked(case_id)
        tasks = await CaseTask.filter(case_id=case.id)
        if not _may_propose(person, case, tasks):
            raise no_such_case()
        await check_no_helper(person, case)
        await _check(act, case, tasks, days)
        return await propose(
            act, case, person, Proposal.EXTEND, reason=reason, basis=BASIS, days=days
        )


def _may_propose(person: Staff, case: Case, tasks: list[CaseTask]) -> bool:
    if case.hall_id in person.halls(Role.CLERK):
        return True
    stage = [task for task in tasks if task.stage == case.stage]
    # Where none was named to lead, the first department of the stage does.
    leading = min(stage, key=lambda task: (not task.lead, task.id), default=None)
    return leading is not None and leading.department_id in person.departments(Role.REVIEWER)


async def _check(act: Act, case: Case, tasks: list[CaseTask], days: int) -> None:
    """Raise what keeps the case from being put off by `days` today."""
    await allowed(case, Move.GRANT)
    if case.extended_days:
        raise AlreadyExtended
    assert case.promised_due is not None
    if (case.paused_since or act.today) > case.promised_due:
        raise LimitPassed
    longest = longest_extension(len({task.department_id for task in tasks}))
    if days > longest:
        raise TooLong(f"依法最多延长 {longest} 个工作日。", days=longest)


async def take_effect(act: Act, case: Case, proposal: CaseProposal) -> None:
    """What a supervisor has consented to: every limit of the case moves, and of its open tasks.

    Raises:
        WrongState, AlreadyExtended, LimitPassed: the case has moved on since it was proposed.
    """
    async with act.transaction() as tx:
        tasks = await CaseTask.filter(case_id=case.id).order_by("id")
        assert proposal.days is not None
        await _check(act, case, tasks, proposal.days)
        case.extended_days = proposal.days
        await case.save(update_fields=["extended_days"])
        for task in tasks:
            if task.state == TaskState.OPEN:
                task.days += proposal.days
                await task.save(update_fields=["days"])
        await reckon(case)
        number = await receipt(act, case, "extended", "延期告知书", _lines(case, proposal))
        assert case.promised_due is not None
        until = china_day(case.promised_due)
        await note(
            act,
            case,
            "extended",
            f"办理时限延长 {proposal.days} 个工作日，应于{until}前办结，告知书编号 {number}。"
            f"理由：{proposal.reason}",
        )
        await tell(
            act,
            case,
            Kind.REMINDER,
            "已延期",
            f"办理时限延长 {proposal.days} 个工作日，理由见告知书",
            until=case.promised_due,
        )
        tx.audit(
            "case.extended",
            subject(case),
            hall_id=case.hall_id,
            days=proposal.days,
            receipt=number,
        )


def _lines(case: Case, proposal: CaseProposal) -> list[str]:
    assert case.promised_due is not None
    assert case.legal_due is not None
    lines = [
        f"您申请的“{case.item_name}”（办件编号 {case.number}）不能在原定时限内作出决定，"
        f"经批准延长 {proposal.days} 个工作日。",
        f"理由：{proposal.reason}",
        f"依据：{proposal.basis}",
    ]
    if case.paused_since is None:
        lines.append(
            f"延长后应于{china_day(case.promised_due)}前办结，"
            f"法定期限为{china_day(case.legal_due)}。"
        )
    else:
        lines.append("目前计时暂停，恢复后从剩余的工作日继续计算。")
    return lines
