"""The moment at which a result, or a refusal, has reached the applicant (送达, art. 44)."""

from datetime import date, datetime
from uuid import UUID

from app.cases.delivery.models import CaseHandover
from app.cases.delivery.schemas import Collector
from app.cases.models import Case
from app.cases.records import move, note, subject, tell
from app.cases.rules import Delivery, Move
from app.citizens.rules import normal_id_number
from app.core.acts import Act
from app.core.clock import day_of
from app.core.errors import Problem
from app.core.privacy import Personal
from app.halls import service as halls
from app.notices.rules import Kind
from evaluations.ratings.rules import RATEABLE_DAYS
from evaluations.ratings.rules import Kind as Rated


class BadCollector(Problem):
    """An agent who collects gives a name and an ID number whose checksum is right."""

    status = 422
    code = "cases.bad_collector"
    title = "代领人的姓名和身份证号必须填写，身份证号请对照证件检查。"


async def close(
    act: Act,
    case: Case,
    way: Delivery,
    text: str,
    *,
    at: datetime | None = None,
    collector: Collector | None = None,
    shipment_id: UUID | None = None,
) -> None:
    """Write down that the applicant has the result, or the refusal, and close the case.

    The case is locked. Nothing else closes a decided case: an electronic certificate reaches the
    applicant when it is in their account, a paper when it is collected or signed for.

    Args:
        text: what the timeline says.
        at: when it was, if not now; never later than now.
        collector: who collected it at the counter, and nowhere else.

    Raises:
        WrongState: there is nothing to deliver, or it is delivered already.
        BadCollector.
    """
    async with act.transaction() as tx:
        await move(case, Move.DELIVER)
        agent = _agent(collector)
        case.closed_at = act.at
        await case.save(update_fields=["state", "closed_at"])
        await CaseHandover.create(
            case_id=case.id,
            way=way,
            at=min(at, act.at) if at else act.at,
            recorded_at=act.at,
            actor=act.actor.key,
            collected_by=collector.by if collector else None,
            agent_name=agent[0] if agent else None,
            agent_id_number=agent[1] if agent else None,
            signature_note=collector.note.strip() if collector else "",
            shipment_id=shipment_id,
        )
        await note(act, case, "delivered", text)
        until = await _rate_until(case)
        if act.today <= until:
            await tell(act, case, Kind.RATE, "已办结", "请为本次服务作出评价", until=until)
        tx.audit("case.delivered", subject(case), hall_id=case.hall_id, way=way)


def _agent(collector: Collector | None) -> tuple[Personal, Personal] | None:
    if collector is None or collector.by == "applicant":
        return None
    id_number = normal_id_number(collector.id_number or "")
    if collector.name is None or id_number is None:
        raise BadCollector
    return Personal(collector.name.strip(), "name"), Personal(id_number, "id_number")


async def _rate_until(case: Case) -> date:
    """The last day on which the case can be rated: counted from its decision."""
    assert case.decided_at is not None
    calendar = await halls.calendar(case.hall_id)
    return calendar.add(day_of(case.decided_at), RATEABLE_DAYS[Rated.CASE]).day
