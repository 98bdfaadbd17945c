"""The decided cases behind a figure of handling time, on the wire. Nothing tells who applied."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.cases.figures.behind import Part
from app.core.wire import Limit, Out
from app.supervision.report_schemas import By, FigureQuery, SeriesKey


class DecidedQuery(FigureQuery, frozen=True, kw_only=True):
    """Which cases: those that a figure counts.

    `by` and `key` are the figure's own, as `/supervision/figures` gives them; without a key, the
    hall with all below it. `part`: which of the decided ones.
    """

    key: SeriesKey | None = None
    part: Part = Part.DECIDED
    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class DecidedCase(Out, frozen=True):
    """One decided case. `used_days` are working days of the promise, pauses left out."""

    id: UUID
    number: str
    item_name: str
    bundle: bool
    case_type: str
    hall_id: UUID
    hall: str
    department: str
    window: str | None
    staff: str | None
    accepted_at: datetime | None
    decided_at: datetime
    decision: Literal["granted", "refused"]
    used_days: int
    promised_days: int
    on_time: bool


class DecidedCases(Out, frozen=True):
    """A page of the cases behind a figure, the last decided first.

    `counted` is how many the figure counts in all.
    """

    hall_id: UUID
    hall_name: str
    by: By
    key: str | None
    name: str
    part: Part
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    counted: int
    items: list[DecidedCase]
    next: str | None = None
