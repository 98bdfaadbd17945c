"""The services that should have been rated and were not, on the wire. Nothing tells of a person."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import Limit, Out
from evaluations.scores.schemas import Key, PeriodQuery

UnratedBy = Literal["hall", "department", "window", "staff", "item"]
"""Where it is known who should have rated: a channel and a tag belong to ratings alone."""


class UnratedQuery(PeriodQuery, frozen=True, kw_only=True):
    """Which services: those that the participation of a key lacks.

    `by` and `key` are the figure's own, as `/scores` gives them; without a key, the hall with all
    below it.
    """

    by: UnratedBy = "hall"
    key: Key | None = None
    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class UnratedService(Out, frozen=True):
    """One service that ended and has no valid rating.

    `day`: the day in China on which it ended and should count. `rateable_until`: until when it can
    be rated. `ruled_out`: it was rated, and the rating was ruled invalid. `case_number` where it
    is of a case.
    """

    id: UUID
    kind: Literal["visit", "case", "case_node", "external"]
    day: date
    ended_at: datetime
    rateable_until: datetime
    item_name: str
    hall_id: UUID
    hall: str
    department: str | None
    window: str | None
    staff: str | None
    case_number: str | None
    ruled_out: bool


class Unrated(Out, frozen=True):
    """A page of the services that nobody rated, the last ended first.

    `counted` is how many there are in all, `due` of how many. A page may have fewer than `limit`
    and still a `next`.
    """

    hall_id: UUID
    hall_name: str
    by: UnratedBy
    key: str | None
    name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    due: int
    counted: int
    items: list[UnratedService]
    next: str | None = None
