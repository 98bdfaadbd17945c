"""What an applicant has promised, on the wire: deferred materials (容缺), pledges (告知承诺)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.core.wire import Out


class DeferralState(StrEnum):
    """Where a deferred material stands."""

    OPEN = "open"
    SUPPLIED = "supplied"
    OVERDUE = "overdue"  # its day has passed; the case is suspended until it comes
    ENDED = "ended"  # the case was over, or it was asked for no more, before it came


class PledgeState(StrEnum):
    """Where a pledge stands."""

    SIGNED = "signed"
    TO_CHECK = "to_check"  # the case was granted on it
    KEPT = "kept"
    FALSE = "false"
    ENDED = "ended"  # the case was over without a grant


class DeferralShown(Out, frozen=True):
    """A material that comes later; `due` is known from acceptance on."""

    requirement: str
    name: str
    state: DeferralState
    days: int
    due: date | None
    supplied_at: datetime | None


class PledgeShown(Out, frozen=True):
    """A pledge in the place of a material, as it was signed."""

    id: UUID
    requirement: str
    name: str
    text: str
    signed_at: datetime
    state: PledgeState
    finding: str | None


class FalsePledge(Out, frozen=True):
    """A pledge of the same applicant that was found to be false (曾有不实承诺)."""

    number: str
    item_name: str
    finding: str
    checked_at: datetime
