"""Periods: the days, weeks, months and quarters of a trend, and the period before a period.

Days are days in China; both ends of a period belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum

_ONE_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
"""Between these, every day has a quarter before it and one after it in the calendar."""


class Step(StrEnum):
    """How finely a trend is divided. Weeks begin on Monday (GB/T 7408.1, 日期和时间表示)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


MONTHS = {Step.MONTH: 1, Step.QUARTER: 3}


@dataclass(frozen=True)
class Period:
    """From a first day to a last day.

    Raises:
        ValueError: it would end before it begins.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.first} to {self.last}: ends before it begins")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def begin_of(step: Step, day: date) -> date:
    """The first day of the day, week, month or quarter in which `day` lies."""
    if step is Step.DAY:
        return day
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    months = MONTHS[step]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def begin_of_next(step: Step, begin: date) -> date:
    """The first day of what follows the day, week, month or quarter that begins on `begin`."""
    if step is Step.DAY:
        return begin + _ONE_DAY
    if step is Step.WEEK:
        return begin + timedelta(days=7)
    month = begin.month + MONTHS[step]
    return begin.replace(year=begin.year + (month - 1) // 12, month=(month - 1) % 12 + 1)


def buckets(period: Period, step: Step) -> list[Period]:
    """The period divided at the borders of days, weeks, months or quarters, in order.

    Each of its days lies in exactly one; the first and the last are cut off where the period is.
    """
    found = []
    begin = begin_of(step, period.first)
    while begin <= period.last:
        following = begin_of_next(step, begin)
        found.append(Period(max(begin, period.first), min(following - _ONE_DAY, period.last)))
        begin = following
    return found


def is_whole(bucket: Period, step: Step) -> bool:
    """Whether a bucket is a whole day, week, month or quarter and not cut off."""
    begin = begin_of(step, bucket.first)
    return bucket == Period(begin, begin_of_next(step, begin) - _ONE_DAY)


def month_begin(day: date) -> date:
    """The first day of the month in which `day` lies."""
    return day.replace(day=1)


class Span(IntEnum):
    """Over how many days the score table is summed up; the numbers stand in `score_sums`.

    A part is a week that is cut where a month begins: weeks, months and years are all made of
    whole parts, and years of whole months.
    """

    PART = 1
    MONTH = 2
    YEAR = 3


def span_begin(span: Span, day: date) -> date:
    """The first day of the part, month or year in which `day` lies."""
    if span is Span.PART:
        return max(begin_of(Step.WEEK, day), month_begin(day))
    return month_begin(day) if span is Span.MONTH else day.replace(month=1, day=1)


def span_end(span: Span, begin: date) -> date:
    """The day after the part, month or year that begins on `begin`."""
    if span is Span.YEAR:
        return begin.replace(year=begin.year + 1)
    month = begin_of_next(Step.MONTH, month_begin(begin))
    if span is Span.MONTH:
        return month
    return min(begin_of_next(Step.WEEK, begin_of(Step.WEEK, begin)), month)


def whole(divided: Sequence[Period], span: Span) -> tuple[date, date]:
    """From the first day of the first whole part, month or year to the day after the last one.

    Args:
        divided: buckets one after the other without a gap.

    Returns:
        Every such span between the two lies wholly inside one of the buckets. Where none does, or
        a bucket begins in the middle of one, both are the first day of all.
    """
    first, after = divided[0].first, divided[-1].last + _ONE_DAY
    begin, end = span_begin(span, first), span_begin(span, after)
    begin = begin if begin == first else span_end(span, begin)
    cut = any(bucket.first != span_begin(span, bucket.first) for bucket in divided[1:])
    return (first, first) if cut or begin >= end else (begin, end)


def before(period: Period) -> Period:
    """The period of equal length that ends on the day before this one.

    Raises:
        ValueError: it would begin before the calendar does.
    """
    try:
        return Period(period.first - timedelta(days=period.days), period.first - _ONE_DAY)
    except OverflowError:
        raise ValueError(f"there is no such period before {period.first}") from None


def month_of(text: str) -> Period:
    """The days of a month written `2026-01`.

    Raises:
        ValueError: that is no month.
    """
    begin = date.fromisoformat(f"{text}-01")
    if begin == date(9999, 12, 1):
        raise ValueError("the calendar ends in this month")
    return Period(begin, begin_of_next(Step.MONTH, begin) - _ONE_DAY)


def month_text(day: date) -> str:
    """The month of a day, as `2026-01`."""
    return f"{day.year:04}-{day.month:02}"
