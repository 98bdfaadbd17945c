"""Results handed over together, on the wire."""

from uuid import UUID

from app.cases.delivery.schemas import Collector
from app.cases.rules import Delivery
from app.core.wire import In, Out


class HandOver(In, frozen=True):
    """All results that are ready go to whoever collects them; by default the applicant."""

    collector: Collector | None = None


class ResultReady(Out, frozen=True):
    """A document that was made out and has not reached the applicant.

    `ready`: it is handed over with the others at the counter; what the applicant wants by post is
    not.
    """

    case_id: UUID
    case_number: str
    item_name: str
    title: str
    number: str
    department: str
    way: Delivery
    ready: bool


class ResultsReady(Out, frozen=True):
    """All documents of a bundle or project not handed over yet; `waiting` cases have none yet."""

    results: list[ResultReady]
    waiting: list[str]


class HandedOver(Out, frozen=True):
    """What was handed over, with the number of the one receipt for it."""

    id: UUID
    number: str
    case_numbers: list[str]
    documents: int
