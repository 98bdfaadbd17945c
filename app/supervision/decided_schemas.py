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
    hall with all below it; with the key `none` the cases without a window, or a clerk. `part`:
    which of the decided ones.
    """

    key: SeriesKey | None = None
    part: Part = Part.DECIDED
    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class DecidedCase(Out, frozen=True):
    """One decided case. `used_days` are working days of the promise, pauses left out.

    `corrections`: rounds of correction that it took; `by_default`: departments that were taken as
    agreeing.
    """

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
    corrections: int
    by_default: int


class DecidedCases(Out, frozen=True):
    """A page of the cases behind a figure, the last decided first.

    `counted` is how much the figure counts in all: cases, but of the parts `corrected` and
    `by_default` rounds of correction and departments, of which a case may have several. A page may
    have fewer than `limit` and still a `next`.
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


class AgainQuery(FigureQuery, frozen=True, kw_only=True):
    """Which second corrections: those that a figure counts; without a key, the whole hall's."""

    key: SeriesKey | None = None
    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class CorrectedAgain(Out, frozen=True):
    """An applicant who was sent back once more (二次补正), by a window; nothing tells who it was.

    `agreed_at`: when the supervisor consented, on which day it counts. The case may still run.
    """

    case_id: UUID
    number: str
    item_name: str
    hall_id: UUID
    hall: str
    department: str
    window: str | None
    staff: str | None
    agreed_at: datetime


class CorrectedAgainList(Out, frozen=True):
    """A page of second corrections, the newest first."""

    hall_id: UUID
    hall_name: str
    by: By
    key: str | None
    name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    items: list[CorrectedAgain]
    next: str | None = None
