"""HTTP of what happens after a decision: certificates, hand-overs, the post, the carrier."""

from uuid import UUID

from app.cases.delivery import certificates, posting
from app.cases.delivery import service as delivery
from app.cases.delivery import views as delivery_views
from app.cases.delivery.schemas import (
    CarrierEvent,
    CarrierEventTaken,
    CertificateQuery,
    Deliver,
    Issue,
    PostIn,
    ShipmentQuery,
    ShipmentReport,
    ShipmentRow,
)
from app.cases.routes import READERS, Stands, stands
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, CLIENT, Role, staff
from app.core.wire import File, Page

routes = Routes("certificates", "/api/v1/cases")
desk = Routes("delivery", "/api/v1/desk")
carriers = Routes("carriers", "/api/v1/shipments")

HANDLERS = staff(Role.CLERK, Role.REVIEWER)


@routes.get("/<case_id:uuid>/certificate.pdf", guard=CITIZEN)
async def certificate(call: Call, case_id: UUID, query: CertificateQuery) -> File:
    """The certificate of one's own case as a PDF; of several, the one of a number."""
    return await certificates.for_applicant(call.act, case_id, query.number)


@desk.get("/cases/<case_id:uuid>/certificate.pdf", guard=READERS)
async def certificate_at_desk(call: Call, case_id: UUID, query: CertificateQuery) -> File:
    """The certificate of a case; without the holder for who does not handle it; recorded."""
    return await certificates.for_staff(call.act, case_id, query.number)


@desk.post("/cases/<case_id:uuid>/issue", guard=HANDLERS, once=True)
async def issue(call: Call, case_id: UUID, body: Issue) -> Stands:
    """The documents are made out (制证); an electronic one is delivered with that."""
    return stands(await delivery.issue(call.act, case_id, body))


@desk.post("/cases/<case_id:uuid>/deliver", guard=HANDLERS, once=True)
async def deliver(call: Call, case_id: UUID, body: Deliver) -> Stands:
    """The result is handed over (送达) to the applicant or their agent; the case is closed."""
    return stands(await delivery.deliver(call.act, case_id, body))


@desk.post("/cases/<case_id:uuid>/post", guard=HANDLERS, once=True)
async def post(call: Call, case_id: UUID, body: PostIn) -> Stands:
    """The result is given to a carrier (邮寄); the case is closed when it is signed for."""
    return stands(await posting.post(call.act, case_id, body))


@desk.post("/cases/<case_id:uuid>/shipment", guard=HANDLERS, once=True)
async def report(call: Call, case_id: UUID, body: ShipmentReport) -> Stands:
    """What a clerk has learned of the shipment: on its way, arrived, signed for, returned."""
    return stands(await posting.report(call.act, case_id, body))


@desk.get("/shipments", guard=staff(Role.CLERK, Role.SUPERVISOR))
async def shipments(call: Call, query: ShipmentQuery) -> Page[ShipmentRow]:
    """A hall's shipments in one state, such as those that wait to be posted, oldest first."""
    return await delivery_views.shipments_of_hall(call.act, query)


@carriers.post("/events", guard=CLIENT)
async def carrier_event(call: Call, body: CarrierEvent) -> CarrierEventTaken:
    """What the carrier's system says of a shipment; an event that comes again counts once."""
    return await posting.take(call.act, body)
