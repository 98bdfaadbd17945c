"""Delivery: the result is made out, handed over or posted, and the case is closed."""

from uuid import UUID

from app.cases.models import Case, CaseTask
from app.cases.records import Subject, locked, move, note, tell
from app.cases.rules import Delivery, Move, State
from app.cases.schemas import Deliver, Issue
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Forbidden, Problem
from app.notices.rules import Kind


class TrackingNumber(Problem):
    """A posted result needs its tracking number, and no other does."""

    status = 422
    code = "cases.tracking_number"
    title = "邮寄送达需要填写快递单号，其他方式不需要。"


async def _handler(act: Act, case: Case) -> Staff:
    """A clerk of the hall, or a reviewer of a department that took part. Raises Forbidden."""
    person = require_staff(act.actor)
    if case.hall_id in person.halls(Role.CLERK):
        return person
    departments = person.departments(Role.REVIEWER)
    if await CaseTask.filter(case_id=case.id, department_id__in=list(departments)).exists():
        return person
    raise Forbidden


async def issue(act: Act, case_id: UUID, given: Issue) -> Case:
    """The document is made out (制证); the applicant is told that it is ready, or on its way.

    Raises:
        WrongState: not granted, or issued already.
    """
    async with act.transaction() as tx:
        case = await locked(case_id)
        await _handler(act, case)
        await move(case, Move.ISSUE)
        case.issued_at = act.at
        case.result = {"title": given.title, "number": given.number}
        await case.save(update_fields=["state", "issued_at", "result"])
        await note(act, case, "issued", f"{given.title}（{given.number}）已制作完成。")
        await tell(act, case, Kind.READY, "待领取", _READY[Delivery(case.delivery)])
        tx.audit("case.issued", str(Subject(case)), hall_id=case.hall_id, number=given.number)
    return case


_READY = {
    Delivery.ELECTRONIC: "电子证照已生成，可在小程序查看",
    Delivery.COUNTER: "请携带身份证到窗口领取",
    Delivery.POST: "证件即将按您填写的地址寄出",
}


async def deliver(act: Act, case_id: UUID, given: Deliver) -> Case:
    """The result, or the refusal, reaches the applicant (送达, art. 44); the case is closed.

    Raises:
        WrongState: nothing to deliver yet, or delivered already. TrackingNumber.
    """
    async with act.transaction() as tx:
        case = await locked(case_id)
        await _handler(act, case)
        posted = case.state == State.ISSUED and case.delivery == Delivery.POST
        await move(case, Move.DELIVER)
        if posted != (given.tracking_number is not None):
            raise TrackingNumber
        case.tracking_number = given.tracking_number
        case.closed_at = act.at
        await case.save(update_fields=["state", "tracking_number", "closed_at"])
        how = f"已寄出，快递单号 {given.tracking_number}。" if posted else "已送达。"
        await note(act, case, "delivered", how)
        await tell(act, case, Kind.RATE, "已办结", "请为本次服务作出评价")
        tx.audit("case.delivered", str(Subject(case)), hall_id=case.hall_id, way=case.delivery)
    return case
