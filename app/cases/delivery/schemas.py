"""What happens after a decision, on the wire: certificates, hand-overs, the post."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.cases.delivery.rules import Shipment
from app.cases.rules import Delivery
from app.core.lights import Light
from app.core.wire import In, Line, Name, Out, PageQuery

CertificateNumber = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
Carrier = Annotated[str, Meta(min_length=2, max_length=40, pattern=r"\S")]
Tracking = Annotated[str, Meta(min_length=6, max_length=40, pattern=r"^[0-9A-Za-z]+$")]
EventNote = Annotated[str, Meta(max_length=200)]
Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
"""An id of another system: printable ASCII without spaces."""


class CertificateIn(In, frozen=True):
    """One document that is made out (制证).

    `valid_until` is its last day; without one, or with 9999-12-31, it has none. `department_id` is
    whose it is in a bundle; without one, the case's own department. `type` is what it is as a
    material for later applications; without one, its title.
    """

    title: Line
    number: CertificateNumber
    valid_until: date | None = None
    department_id: UUID | None = None
    type: Annotated[str, Meta(max_length=60)] = ""


class Issue(CertificateIn, frozen=True):
    """The result as it was made out; with `also` the further documents of a bundle."""

    also: Annotated[tuple[CertificateIn, ...], Meta(max_length=30)] = ()


class Collector(In, frozen=True):
    """Who collects at the counter: the applicant, or an agent with name and ID number.

    `note` says where the signature for it is: 签收单 and its number.
    """

    by: Literal["applicant", "agent"] = "applicant"
    name: Name | None = None
    id_number: Annotated[str, Meta(min_length=18, max_length=20)] | None = None
    note: EventNote = ""


class Deliver(In, frozen=True):
    """The result is handed over; at the counter to `collector`, by default the applicant."""

    collector: Collector | None = None


class PostIn(In, frozen=True):
    """The result is given to a carrier; `address` where the applicant has given a new one."""

    carrier: Carrier
    tracking_number: Tracking
    address: Annotated[str, Meta(min_length=5, max_length=200, pattern=r"\S")] | None = None


Reported = Literal["in_transit", "arrived", "signed", "returned"]


class ShipmentReport(In, frozen=True):
    """What a clerk has learned of a shipment that is on its way."""

    state: Reported
    note: EventNote = ""


class CarrierEvent(In, frozen=True):
    """What the carrier's system says. `event_id` is its own, unique; a repeat changes nothing."""

    event_id: Key
    carrier: Carrier
    tracking_number: Tracking
    state: Reported
    at: Annotated[datetime, Meta(tz=True)]
    note: EventNote = ""


class CarrierEventTaken(Out, frozen=True):
    """What came of it: whether it moved anything, and of how many shipments it spoke."""

    event_id: str
    moved: bool
    shipments: int


class ShipmentEventShown(Out, frozen=True):
    """One step of a shipment."""

    state: Shipment
    says: str
    at: datetime
    note: str


class ShipmentShown(Out, frozen=True):
    """One try to bring the result by post."""

    attempt: int
    state: Shipment
    says: str
    carrier: str | None
    tracking_number: str | None
    posted_at: datetime | None
    events: list[ShipmentEventShown]


class CertificateShown(Out, frozen=True):
    """A document that was made out; `code` verifies it, `number` asks for its PDF."""

    title: str
    number: str
    department: str
    valid_until: date | None
    issued_at: datetime
    revoked: bool
    code: str


class HandoverShown(Out, frozen=True):
    """That it reached the applicant. An agent's name and ID number are masked."""

    way: Delivery
    at: datetime
    collected_by: str | None
    agent_name: str | None
    agent_id_number: str | None
    note: str


class DeliveryShown(Out, frozen=True):
    """What happens after the decision. `due`: the last of the 10 working days (art. 44)."""

    way: Delivery
    due: date | None
    remaining_days: int | None
    light: Light | None
    certificates: list[CertificateShown]
    shipments: list[ShipmentShown]
    handover: HandoverShown | None


class ShipmentRow(Out, frozen=True):
    """A shipment in the list of the desk."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    attempt: int
    state: Shipment
    carrier: str | None
    tracking_number: str | None
    delivery_due: date | None


class CertificateQuery(In, frozen=True):
    """Which document of a case: the one of this number, else the first."""

    number: CertificateNumber | None = None


class ShipmentQuery(PageQuery, kw_only=True, frozen=True):
    """Which shipments of a hall."""

    hall_id: UUID
    state: Literal["to_post", "posted", "in_transit", "arrived", "signed", "returned"] = "to_post"
