"""The ratings behind a figure on the wire. Nothing here tells of a person who rated."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import Limit, Out
from evaluations.ratings.schemas import TagShown
from evaluations.scores.schemas import By, Key, PeriodQuery

Level = Annotated[int, Meta(ge=1, le=5)]


class BehindQuery(PeriodQuery, frozen=True, kw_only=True):
    """Which ratings: those that a figure counts.

    `by` and `key` are the figure's own, as `/scores` gives them; without a key, the hall with all
    below it; with the key `none` what counts for the hall and has no department, window, person or
    item. `level`: of these levels alone. `commented`: only those with a text.
    """

    by: By = "hall"
    key: Key | None = None
    level: list[Level] = msgspec.field(default_factory=list)
    commented: bool = False
    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class RatingBehind(Out, frozen=True):
    """One rating, where it was given and what followed.

    `day` is the day in China on which it counts. `comment` is for supervisors, as the moderation
    shows it; `commented` tells everybody that there is one. `case_number` where it is of a case;
    `rectification_id` where it is bad and has been received.
    """

    id: UUID
    day: date
    received_at: datetime
    level: int
    level_name: str
    tags: list[TagShown]
    commented: bool
    comment: str | None
    channel: int
    channel_name: str
    hall_id: UUID
    hall: str
    department: str | None
    window: str | None
    staff: str | None
    item_name: str
    kind: Literal["visit", "case", "case_node", "external"]
    case_number: str | None
    rectification_id: UUID | None
    rectification_state: str | None


class Behind(Out, frozen=True):
    """A page of the ratings behind a figure, the newest first.

    `counted` is how many the figure counts in all, before `commented` is asked for. With that, a
    page may have fewer than `limit` and still a `next`.
    """

    hall_id: UUID
    hall_name: str
    by: By
    key: str | None
    name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    counted: int
    items: list[RatingBehind]
    next: str | None = None


class RuledInvalid(Out, frozen=True):
    """By whom a rating was ruled invalid, and when; why is for supervisors."""

    verdict: Literal["mistaken", "malicious"]
    ruled_by: str
    ruled_at: datetime
    why: str | None


class RatingWhole(Out, frozen=True):
    """All that is known of one rating, but for who gave it.

    `happened_at` is by the rater's own clock, which ran `clock_offset_ms` before the server's.
    `ruling` where it no longer counts.
    """

    summary: RatingBehind
    via: str
    happened_at: datetime
    clock_offset_ms: int
    raw_level: int | None
    tags_version: str
    project_number: str | None
    served_from: datetime
    served_until: datetime | None
    supplement: str | None
    supplemented_at: datetime | None
    ruling: RuledInvalid | None
