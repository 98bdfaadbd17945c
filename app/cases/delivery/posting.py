"""The post: a result is given to a carrier, and followed until it is signed for or comes back."""

from datetime import datetime
from uuid import UUID

from app.cases.approvals.reported import digest_of, happened_at, one_at_a_time, require_client
from app.cases.delivery import handover
from app.cases.delivery import queries as delivery_queries
from app.cases.delivery.handlers import locked_by_handler
from app.cases.delivery.models import CaseShipment, ShipmentEvent
from app.cases.delivery.rules import ENDED, SAYS, Shipment, moves
from app.cases.delivery.schemas import CarrierEvent, CarrierEventTaken, PostIn, ShipmentReport
from app.cases.models import Case
from app.cases.records import allowed, locked, note, subject, tell
from app.cases.rules import Delivery, Move, State, after
from app.core.acts import Act
from app.core.auth import Client
from app.core.errors import Conflict, NotFound
from app.core.privacy import Personal
from app.halls import service as halls
from app.notices.rules import Kind


class NotByPost(Conflict):
    """The applicant did not choose the post."""

    code = "cases.not_by_post"
    title = "申请人没有选择邮寄送达。"


class OnItsWay(Conflict):
    """The result is with the carrier; it can be handed over only when it has come back."""

    code = "cases.on_its_way"
    title = "邮件已寄出，尚未签收或退回。"


class NothingPosted(Conflict):
    """There is no shipment on its way, or it is further than what is reported."""

    code = "cases.nothing_posted"
    title = "没有在途的邮件，或者邮件的状态已经更新。"


class EventChanged(Conflict):
    """An event of the carrier's system came again with another content."""

    code = "shipments.event_changed"
    title = "同一事件编号的内容与首次提交的不一致。"


async def begin(case: Case, at: datetime) -> CaseShipment:
    """A shipment that waits to be posted, for a case that is locked and has none under way."""
    attempt = await CaseShipment.filter(case_id=case.id).count() + 1
    return await CaseShipment.create(
        case_id=case.id, hall_id=case.hall_id, attempt=attempt, state=Shipment.TO_POST, made_at=at
    )


async def under_way(case: Case) -> CaseShipment | None:
    """The shipment of a locked case that has not come to its end; None if there is none."""
    return await CaseShipment.get_or_none(case_id=case.id, ended_at=None)


async def collected_instead(act: Act, case: Case) -> None:
    """The applicant collects what was to be posted. The case is locked. Raises OnItsWay."""
    shipment = await under_way(case)
    if shipment is None:
        return
    if shipment.state != Shipment.TO_POST:
        raise OnItsWay
    await _move(act, shipment, Shipment.CANCELLED, "改为窗口领取", act.at)


async def stop(act: Act, case: Case, why: str) -> None:
    """What waits to be posted is not posted any more; what is with a carrier goes its way.

    The case is locked.
    """
    shipment = await under_way(case)
    if shipment is not None and shipment.state == Shipment.TO_POST:
        await _move(act, shipment, Shipment.CANCELLED, why, act.at)


async def post(act: Act, case_id: UUID, given: PostIn) -> Case:
    """A result, or a refusal, is given to a carrier; the applicant is told.

    That is not its delivery yet: the case is closed when it is signed for.

    Raises:
        NotFound: not the caller's to handle. WrongState: nothing to deliver, or delivered already.
        NotByPost. OnItsWay: it is with a carrier already.
    """
    async with act.transaction() as tx:
        case = await locked_by_handler(act, case_id)
        await allowed(case, Move.DELIVER)
        if case.delivery != Delivery.POST:
            raise NotByPost
        shipment = await under_way(case) or await begin(case, act.at)
        if shipment.state != Shipment.TO_POST:
            raise OnItsWay
        carrier = given.carrier.strip()
        shipment.carrier, shipment.tracking_number = carrier, given.tracking_number
        shipment.posted_at = act.at
        case.tracking_number = given.tracking_number
        if given.address is not None:
            case.delivery_address = Personal(given.address.strip(), "address")
        await case.save(update_fields=["tracking_number", "delivery_address"])
        await _move(act, shipment, Shipment.POSTED, "", act.at)
        said = f"{carrier}，单号 {given.tracking_number}"
        await note(act, case, "posted", f"已寄出：{said}。")
        await tell(act, case, Kind.READY, "已寄出", f"{said}，请注意查收")
        tx.audit(
            "case.posted",
            subject(case),
            hall_id=case.hall_id,
            carrier=carrier,
            attempt=shipment.attempt,
            new_address=given.address is not None,
        )
    return case


async def report(act: Act, case_id: UUID, given: ShipmentReport) -> Case:
    """A clerk writes down what they have learned of a shipment.

    Raises:
        NotFound: not the caller's to handle.
        NothingPosted: nothing is on its way, or it is further than that.
    """
    async with act.transaction():
        case = await locked_by_handler(act, case_id)
        shipment = await under_way(case)
        reported = Shipment(given.state)
        if shipment is None or not moves(Shipment(shipment.state), reported):
            raise NothingPosted
        await _move(act, shipment, reported, given.note.strip(), act.at)
        await _follow(act, case, shipment, act.at)
    return case


async def take(act: Act, given: CarrierEvent) -> CarrierEventTaken:
    """An event of the carrier's system. One parcel can carry the results of several cases.

    Events come in any order and any number of times: a repeat is answered as the first was, and
    one that says less than is known is kept and moves nothing.

    Raises:
        NotFound: no shipment of the system's halls has this number.
        EventChanged: the event came before, with another content. ImplausibleTime.
    """
    client, digest = require_client(act.actor), digest_of(given)
    happened_at(given.at, act.at)
    async with act.transaction():
        await one_at_a_time(act, client.id, given.event_id)
        before = await ShipmentEvent.filter(client_id=client.id, event_id=given.event_id)
        if before:
            if any(event.digest != digest for event in before):
                raise EventChanged
            return _taken(given, [event.moved for event in before])
        places = await halls.tree(client.hall_id)
        found = await delivery_queries.posted(given.carrier.strip(), given.tracking_number, places)
        if not found:
            raise NotFound("没有找到这个单号的邮件。")
        moved = [await _take_one(act, client, given, digest, *ids) for ids in found]
    return _taken(given, moved)


def _taken(given: CarrierEvent, moved: list[bool]) -> CarrierEventTaken:
    return CarrierEventTaken(event_id=given.event_id, moved=any(moved), shipments=len(moved))


async def _take_one(
    act: Act, client: Client, given: CarrierEvent, digest: bytes, case_id: UUID, shipment_id: UUID
) -> bool:
    case = await locked(case_id)
    shipment = await CaseShipment.get(id=shipment_id)
    reported, at = Shipment(given.state), happened_at(given.at, act.at)
    moved = moves(Shipment(shipment.state), reported)
    event = ShipmentEvent(client_id=client.id, event_id=given.event_id, digest=digest)
    await _move(act, shipment, reported, given.note.strip(), at, event, moved=moved)
    if moved:
        await _follow(act, case, shipment, at)
    return moved


async def _move(
    act: Act,
    shipment: CaseShipment,
    state: Shipment,
    text: str,
    at: datetime,
    event: ShipmentEvent | None = None,
    *,
    moved: bool = True,
) -> None:
    """Keep what was said, and where it moves the shipment, put it there."""
    event = event or ShipmentEvent()
    event.shipment_id, event.state, event.at, event.note = shipment.id, state, at, text
    event.recorded_at, event.actor, event.moved = act.at, act.actor.key, moved
    await event.save(force_create=True)
    if moved:
        shipment.state = state
        shipment.ended_at = act.at if state in ENDED else None
        await shipment.save()


async def _follow(act: Act, case: Case, shipment: CaseShipment, at: datetime) -> None:
    """What follows for the case: signed for, it is delivered; returned, it is to be posted anew."""
    async with act.transaction() as tx:
        state = Shipment(shipment.state)
        tx.audit(f"case.shipment_{state}", subject(case), hall_id=case.hall_id)
        open_still = after(State(case.state), Move.DELIVER) is not None
        if state is Shipment.SIGNED and open_still:
            text = f"邮件已签收（单号 {shipment.tracking_number}）。"
            await handover.close(act, case, Delivery.POST, text, at=at, shipment_id=shipment.id)
            return
        await note(act, case, "shipment", f"邮件{SAYS[state]}（单号 {shipment.tracking_number}）。")
        if state is Shipment.RETURNED and open_still:
            await begin(case, act.at)
            await tell(act, case, Kind.REMINDER, "邮件退回", "请联系窗口核对地址，或到窗口领取")
