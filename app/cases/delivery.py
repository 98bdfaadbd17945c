"""Delivery: the result is made out, handed over or posted, and the case is closed."""

from datetime import date
from uuid import UUID

from app.cases import queries
from app.cases.models import Case
from app.cases.records import locked, move, no_such_case, note, served, subject, tell
from app.cases.rules import Delivery, Move, State
from app.cases.schemas import Deliver, Issue
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.clock import day_of
from app.core.errors import Problem
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings.rules import RATEABLE_DAYS, Node
from evaluations.ratings.rules import Kind as Rated
from evaluations.ratings.service import open_node_for_rating


class TrackingNumber(Problem):
    """A posted result needs its tracking number, and no other does."""

    status = 422
    code = "cases.tracking_number"
    title = "邮寄送达需要填写快递单号，其他方式不需要。"


async def _locked(act: Act, case_id: UUID) -> Case:
    """The case, locked, for a clerk of its hall or a reviewer of a department that took part.

    Raises:
        NotFound: there is none, or it is none of theirs.
    """
    person = require_staff(act.actor)
    case = await locked(case_id)
    departments = person.departments(Role.REVIEWER)
    if case.hall_id not in person.halls(Role.CLERK) and not await queries.took_part(
        case.id, departments
    ):
        raise no_such_case()
    return case


async def issue(act: Act, case_id: UUID, given: Issue) -> Case:
    """The document is made out (制证); the applicant is told that it is ready, or on its way.

    Raises:
        NotFound: not the caller's to handle. WrongState: not granted, or issued already.
    """
    async with act.transaction() as tx:
        case = await _locked(act, case_id)
        await move(case, Move.ISSUE)
        case.issued_at = act.at
        case.result = {"title": given.title, "number": given.number}
        await case.save(update_fields=["state", "issued_at", "result"])
        await note(act, case, "issued", f"{given.title}（{given.number}）已制作完成。")
        await tell(act, case, Kind.READY, "待领取", _READY[Delivery(case.delivery)])
        tx.audit("case.issued", subject(case), hall_id=case.hall_id, number=given.number)
        assert case.decided_at is not None
        done = served(act, case, case.decided_at, require_staff(act.actor))
        # Last: the score table is locked after everything else.
        await open_node_for_rating(act, Node.ISSUED, done)
    return case


_READY = {
    Delivery.ELECTRONIC: "电子证照已生成，可在小程序查看",
    Delivery.COUNTER: "请携带身份证到窗口领取",
    Delivery.POST: "证件即将按您填写的地址寄出",
}


async def _rate_until(case: Case) -> date:
    """The last day on which the case can be rated: counted from its decision."""
    assert case.decided_at is not None
    calendar = await halls.calendar(case.hall_id)
    return calendar.add(day_of(case.decided_at), RATEABLE_DAYS[Rated.CASE]).day


async def deliver(act: Act, case_id: UUID, given: Deliver) -> Case:
    """The result, or the refusal, reaches the applicant (送达, art. 44); the case is closed.

    Raises:
        NotFound: not the caller's to handle. WrongState: nothing to deliver yet, or delivered
            already. TrackingNumber: it is missing, or needless.
    """
    async with act.transaction() as tx:
        case = await _locked(act, case_id)
        posted = case.state == State.ISSUED and case.delivery == Delivery.POST
        await move(case, Move.DELIVER)
        if posted != (given.tracking_number is not None):
            raise TrackingNumber
        case.tracking_number = given.tracking_number
        case.closed_at = act.at
        await case.save(update_fields=["state", "tracking_number", "closed_at"])
        how = f"已寄出，快递单号 {given.tracking_number}。" if posted else "已送达。"
        await note(act, case, "delivered", how)
        until = await _rate_until(case)
        if act.today <= until:
            await tell(act, case, Kind.RATE, "已办结", "请为本次服务作出评价", until=until)
        tx.audit("case.delivered", subject(case), hall_id=case.hall_id, way=case.delivery)
    return case
