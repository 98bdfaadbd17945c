"""Holdings on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from app.holdings.rules import Source

Code = Annotated[str, Meta(min_length=1, max_length=40)]


class Reused(In, frozen=True):
    """A holding that the applicant wants to use for one line of the material list."""

    requirement: Code
    holding_id: UUID


class HoldingPicture(Out, frozen=True):
    """A picture of a holding and the addresses under which its owner sees it."""

    material_id: UUID
    thumbnail: str
    display: str


class HoldingOffered(Out, frozen=True):
    """A holding that serves for a requirement today.

    `given_on` is the day on which it was accepted or issued; `valid_until` the last day on which
    it serves for this requirement, None if there is none.
    """

    id: UUID
    name: str
    source: Source
    given_on: date
    valid_until: date | None
    number: str | None
    pictures: list[HoldingPicture]
    certificate: str | None


class RequirementReusable(Out, frozen=True):
    """One line of the material list: `satisfied` where there is something to use again."""

    requirement: str
    name: str
    satisfied: bool
    holdings: list[HoldingOffered]


class ReusableShown(Out, frozen=True):
    """What an applicant need not supply again for an item."""

    item_id: UUID
    version_id: UUID
    requirements: list[RequirementReusable]


class HoldingUseShown(Out, frozen=True):
    """One use of a holding: for what, and when it was consented to."""

    subject: str
    requirement: str
    consented_at: datetime


class HoldingShown(Out, frozen=True):
    """A holding as its owner sees it; `usable` today, as far as its own validity goes."""

    id: UUID
    name: str
    source: Source
    given_on: date
    valid_until: date | None
    number: str | None
    from_subject: str
    usable: bool
    revoked_at: datetime | None
    revoked_why: str | None
    pictures: list[HoldingPicture]
    certificate: str | None
    uses: list[HoldingUseShown]


class UsedShown(Out, frozen=True):
    """What was used again for a requirement of an application, as whoever handles it sees it."""

    requirement: str
    name: str
    source: Source
    number: str | None
    document_id: UUID | None
    from_subject: str
    given_on: date
    consented_at: datetime


class OwnerQuery(In, frozen=True):
    """Whose: the caller's own, or those of an enterprise for which they may file."""

    enterprise_id: UUID | None = None


class HoldingsQuery(PageQuery, kw_only=True, frozen=True):
    """Whose holdings, page by page."""

    enterprise_id: UUID | None = None


class ReusableQuery(OwnerQuery, frozen=True):
    """For whom an application shall be filed: as `OwnerQuery`, or for whoever consented to it."""

    consent_id: UUID | None = None


class PictureQuery(ReusableQuery, frozen=True):
    """Whose picture, and which page of a PDF; a helper says for which item."""

    item_id: UUID | None = None
    page: Annotated[int, Meta(ge=1)] = 1
