"""RectificationBoard, rates and ledger on the wire. Nothing here tells of a person who rated."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.ratios import Ratio
from app.core.wire import In, Out, PageQuery
from evaluations.rectification.rates import Tally, on_time_rate, rectification_rate, revisit_rate
from evaluations.rectification.rules import State, Verdict

Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", max_length=7)]


class RectificationBoardQuery(In, frozen=True):
    """Which board: one hall with all below it, one department, or all that the caller sees."""

    hall_id: UUID | None = None
    department_id: UUID | None = None


class RectificationRatesQuery(In, frozen=True):
    """Bad ratings received in a period of days in China, of a hall with all below it."""

    hall_id: UUID
    first: Annotated[date, Meta(description="First day, in China.")] = msgspec.field(name="from")
    last: Annotated[date, Meta(description="Last day, in China.")] = msgspec.field(name="to")


class LedgerQuery(PageQuery, frozen=True, kw_only=True):
    """One month's ledger of a hall with all below it."""

    hall_id: UUID
    month: Month


class LedgerFileQuery(In, frozen=True):
    """One month's ledger of a hall with all below it, as a file."""

    hall_id: UUID
    month: Month


class RectificationBoardColumn(Out, frozen=True):
    """How many wait for one thing, by their light."""

    state: State
    name: str
    total: int
    green: int
    yellow: int
    red: int


class RectificationBoard(Out, frozen=True):
    """What waits, by state; closed ones are in the ledger."""

    columns: list[RectificationBoardColumn]
    overdue: int


class RectificationRatio(Out, frozen=True):
    """A rate with what it was made of; `value` is null where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None


class RectificationRatesRow(Out, frozen=True):
    """The rates of a hall or of one department."""

    key: UUID | None
    name: str
    received: int
    closed: int
    rectification: RectificationRatio
    on_time: RectificationRatio
    revisit: RectificationRatio


class RectificationRates(Out, frozen=True):
    """整改率, 按期整改率 and 回访率 of the bad ratings received in a period."""

    hall_id: UUID
    hall_name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    total: RectificationRatesRow
    departments: list[RectificationRatesRow]


class LedgerRow(Out, frozen=True):
    """One line of the ledger (台账). No personal data."""

    number: int
    id: UUID
    received_on: date
    department: str | None
    item_name: str
    level: int
    tags: list[str]
    named: bool
    verdict: Verdict | None
    progress: str
    done: str | None
    rectify_due: date | None
    rectified_on: date | None
    late: bool
    red_lights: int
    answered_on: date | None
    satisfied: bool | None
    closed_on: date | None


class Ledger(Out, frozen=True):
    """A month's ledger: its rates, and its lines page by page."""

    month: Month
    rates: RectificationRates
    items: list[LedgerRow]
    next: str | None = None


def ratio_shown(ratio: Ratio) -> RectificationRatio:
    """A rate as it goes out."""
    return RectificationRatio(
        numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value
    )


def rates_row(key: UUID | None, name: str, counts: Tally) -> RectificationRatesRow:
    """The rates of one key as they go out."""
    return RectificationRatesRow(
        key=key,
        name=name,
        received=counts.received,
        closed=counts.closed,
        rectification=ratio_shown(rectification_rate(counts)),
        on_time=ratio_shown(on_time_rate(counts)),
        revisit=ratio_shown(revisit_rate(counts)),
    )
