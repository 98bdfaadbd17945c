"""What happens after a decision, as it is shown to the applicant and at the desk."""

from typing import Any
from uuid import UUID

import msgspec

from app.cases import queries
from app.cases.delivery import queries as delivery_queries
from app.cases.delivery.models import CaseHandover
from app.cases.delivery.rules import SAYS, Shipment
from app.cases.delivery.schemas import (
    CertificateShown,
    DeliveryShown,
    HandoverShown,
    ShipmentEventShown,
    ShipmentQuery,
    ShipmentRow,
    ShipmentShown,
)
from app.cases.models import Case
from app.cases.records import subject
from app.cases.rules import DELIVERY_DAYS, Delivery
from app.core.acts import Act
from app.core.auth import Role, Staff, require_over_hall
from app.core.lights import standing
from app.core.wire import Page, after_id, known, page
from app.documents import service as documents
from app.halls import service as halls


async def delivery_of(act: Act, case: Case) -> DeliveryShown:
    """The certificates, the post and the hand-over of a case, and until when it is due."""
    way = Delivery(case.delivery)
    if case.decided_at is None:
        return DeliveryShown(
            way=way,
            due=None,
            remaining_days=None,
            light=None,
            certificates=[],
            shipments=[],
            handover=None,
        )
    parts = await delivery_queries.parts(case.id)
    due, stands = case.delivery_due, None
    if due is not None and case.closed_at is None:
        calendar = await halls.calendar(case.hall_id)
        stands = standing(calendar, act.today, due, DELIVERY_DAYS)
    return DeliveryShown(
        way=way,
        due=due,
        remaining_days=stands.remaining if stands else None,
        light=stands.light if stands else None,
        certificates=await _certificates(case, parts["certificates"]),
        shipments=[_shipment(entry) for entry in parts["shipments"]],
        handover=await _handover(act, case),
    )


async def _certificates(case: Case, entries: list[dict[str, Any]]) -> list[CertificateShown]:
    if not entries:
        return []
    papers = {paper.id: paper for paper in await documents.of_subject(subject(case))}
    names = await halls.names(*(UUID(entry["department_id"]) for entry in entries))
    shown = []
    for entry in entries:
        paper = papers[UUID(entry["document_id"])]
        more = {
            "department": names[UUID(entry["department_id"])],
            "revoked": paper.revoked_at is not None,
            "code": paper.code,
        }
        shown.append(msgspec.convert(known(entry, CertificateShown) | more, CertificateShown))
    return shown


def _shipment(entry: dict[str, Any]) -> ShipmentShown:
    events = [
        msgspec.convert(
            known(event, ShipmentEventShown) | {"says": SAYS[Shipment(event["state"])]},
            ShipmentEventShown,
        )
        for event in entry["events"]
    ]
    more = {"says": SAYS[Shipment(entry["state"])], "events": events}
    return msgspec.convert(known(entry, ShipmentShown) | more, ShipmentShown)


async def _handover(act: Act, case: Case) -> HandoverShown | None:
    if case.closed_at is None:
        return None
    found = await CaseHandover.get_or_none(case_id=case.id)
    if found is None:  # closed before there were hand-overs
        return None
    person = act.actor
    if isinstance(person, Staff) and not await queries.handles(person, case.id, case.hall_id):
        found.agent_name = found.agent_id_number = None
    return HandoverShown(
        way=Delivery(found.way),
        at=found.at,
        collected_by=found.collected_by,
        agent_name=found.agent_name.masked() if found.agent_name else None,
        agent_id_number=found.agent_id_number.masked() if found.agent_id_number else None,
        note=found.signature_note,
    )


async def shipments_of_hall(act: Act, query: ShipmentQuery) -> Page[ShipmentRow]:
    """A hall's shipments in one state for its clerks and supervisors, oldest first.

    Raises:
        Forbidden: another hall's.
    """
    require_over_hall(act.actor, query.hall_id, [Role.CLERK, Role.SUPERVISOR])
    rows = await delivery_queries.of_hall(query.hall_id, query.state, after_id(query), query.limit)
    return page(
        rows, query.limit, lambda row: msgspec.convert(row, ShipmentRow), lambda row: (row["id"],)
    )
