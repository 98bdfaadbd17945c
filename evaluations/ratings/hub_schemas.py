"""What comes from other systems, through codes and from cards, on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from evaluations.ratings.schemas import (
    CaseNumber,
    Comment,
    Level,
    LevelShown,
    Phone,
    Tags,
    TagShown,
)

Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z._/-]+$")]
"""A number in another system: printable, without blanks."""
Number = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z-]+$")]
ServiceNumber = Annotated[int, Meta(ge=1, le=32_000)]
OneDigit = Annotated[int, Meta(ge=1, le=9)]


class RecordIn(In, frozen=True):
    """The record of a service of another system, in the province's terms.

    `project_no` with `service_number` is its key. `window_number` and `staff_number` are those of
    this hall; `phone` is where an invitation goes by SMS if no rating comes.
    """

    project_no: Code
    service_number: ServiceNumber
    task_code: Annotated[str, Meta(min_length=1, max_length=64)]
    task_name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    department_code: Code
    area_code: Annotated[str, Meta(pattern=r"^[0-9]{6,12}$", max_length=12)]
    user_prop: OneDigit
    pro_status: OneDigit
    pro_channel: OneDigit
    started_at: Annotated[datetime, Meta(tz=True)]
    ended_at: Annotated[datetime, Meta(tz=True)]
    promised_days: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    accepted_on: date | None = None
    result_on: date | None = None
    window_number: Number | None = None
    staff_number: Number | None = None
    phone: Phone | None = None


class RecordShown(Out, frozen=True):
    """A record that was kept; its service can be rated until `rateable_until`."""

    service_id: UUID
    project_no: str
    service_number: int
    rateable_until: datetime


class HubRating(In, frozen=True):
    """A rating of a record that came before; `assess_number` is its key in the sending system.

    `channel` is the national `pf` code, `raw_level` the number that the sender's device gave.
    """

    project_no: Code
    service_number: ServiceNumber
    assess_number: Code
    channel: Annotated[int, Meta(ge=1, le=8, description="The national `pf` code.")]
    level: Level
    happened_at: Annotated[datetime, Meta(tz=True)]
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""
    raw_level: Annotated[int, Meta(ge=-128, le=127)] | None = None


class CodeShown(Out, frozen=True):
    """What can be rated with a code: where, who served, the five faces; nobody who was served."""

    service_id: UUID
    hall_name: str
    window_name: str | None
    staff_name: str | None
    item_name: str | None
    rated: bool
    can_rate: bool
    levels: list[LevelShown]


class CodeRating(In, frozen=True):
    """A rating by a code, of the service that the code showed.

    `event_id` is the phone's own for this tap, so that sending it again is no second rating.
    """

    service_id: UUID
    level: Level
    event_id: UUID | None = None
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""


class CardVisitQuery(PageQuery, kw_only=True, frozen=True):
    """Visits of which day, at one window or at all of a hall's; without a day, of today."""

    hall_id: UUID
    window_id: UUID | None = None
    day: date | None = None


class CardVisit(Out, frozen=True):
    """A visit that nobody has rated yet, as whoever holds a card about it finds it.

    Nothing of who was served; `rateable_until` is None while the visit is open.
    """

    id: UUID
    window: str
    item_name: str
    case_number: str | None
    started_at: datetime
    ended_at: datetime | None
    rateable_until: datetime | None


class EnteredRating(In, frozen=True):
    """A rating that somebody told by phone or wrote on a card, entered by a clerk.

    It is of one service: a visit (`service_id`) or a decided case. `card_number` is the number on
    the card, or of the call's record, with which a second person can find it; `given_on` is the
    day on it. A card about no service is a matter for the complaints desk.
    """

    source: Literal["phone", "paper", "box"]
    card_number: Code
    given_on: date
    level: Level
    service_id: UUID | None = None
    case_number: CaseNumber | None = None
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""


class CardsQuery(In, frozen=True):
    """Whose drawn cards to list."""

    hall_id: UUID


class CardToCheck(Out, frozen=True):
    """An entered rating that was drawn: to be compared with its card by another person."""

    rating_id: UUID
    day: date
    card_number: str
    source: Literal["phone", "paper", "box"]
    entered_by: str
    level: int
    tags: list[TagShown]
    comment: str


class CardCheck(In, frozen=True):
    """Whether the entry says what the card says; if not, `note` says what is different."""

    agrees: bool
    note: Annotated[str, Meta(max_length=200)] = ""


class CardChecked(Out, frozen=True):
    """A drawn card that was compared."""

    rating_id: UUID
    agrees: bool
    checked_at: datetime
