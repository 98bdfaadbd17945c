"""Publication on the wire: proposals for those who decide, published months for everybody."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from evaluations.scores.documents import Document, Frozen, PublishedFigures

Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="`2026-01`.")]


class PublicationIn(In, frozen=True):
    """Which month of which hall to publish."""

    hall_id: UUID
    month: Month


class AnswerIn(In, frozen=True):
    """Whether the second person agrees; who does not says why."""

    agree: bool
    reason: Annotated[str, Meta(max_length=200)] = ""


class PublicationQuery(PageQuery, frozen=True, kw_only=True):
    """Whose proposals to list, newest first."""

    hall_id: UUID


class PublicationRow(Out, frozen=True):
    """A month that was proposed for publication, and what a second person said to it."""

    id: UUID
    hall_id: UUID
    month: str
    state: Literal["waiting", "published", "declined"]
    proposed_by: str
    proposed_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    reason: str


class PublicationShown(PublicationRow, frozen=True, kw_only=True):
    """A proposal with its figures, exactly as they would be published."""

    figures: Frozen


class PublishedRowShown(Out, frozen=True):
    """One published month in a hall's list. `digest` is the SM3 of its content, hexadecimal."""

    month: str
    seq: int
    digest: str
    published_at: datetime


class PublishedList(Out, frozen=True):
    """What a hall has published, the newest month first."""

    hall_id: UUID
    hall_name: str
    items: list[PublishedRowShown]


class PublishedTotal(Out, frozen=True):
    """A hall's total of a published month; `total` is null where too few rated."""

    hall_id: UUID
    month: str
    published_at: datetime
    total: PublishedFigures | None


class PublishedMonth(Out, frozen=True):
    """A published month.

    `content` is the exact text whose SM3 is `digest`; `document` is the same, decoded. `signature`
    is the keyed code (SM3-HMAC) of the digest, which the server checks at `/verification`.
    """

    document: Document
    content: str
    digest: str
    signature: str
    key_id: str


class Verification(Out, frozen=True):
    """Whether a published month is what was published: content, signature, and place in the chain.

    `faults` says what does not hold; empty when all does.
    """

    hall_id: UUID
    month: str
    digest: str
    holds: bool
    faults: list[str]
