"""What may be asked of figures over time: whose, over which days, how finely divided.

Scores and handling time are asked for in the same way, and refused with the same words.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import InvalidQuery
from evaluations.scores import periods
from evaluations.scores.periods import FIRST_DAY, LAST_DAY, Period, Step

READERS = (Role.MANAGER, Role.SUPERVISOR)
"""Who reads the figures of a hall."""
LONGEST_PERIOD = timedelta(days=5 * 366)
MOST_BUCKETS = 400
MOST_SERIES = 20
TOTAL, TOTAL_NAME = "total", "合计"
_Counts = TypeVar("_Counts", bound="_Addable")


class OfPeriod(Protocol):
    """A query for the figures of a hall over a period, both days included."""

    @property
    def hall_id(self) -> UUID:
        """The hall, with all below it."""

    @property
    def first(self) -> date:
        """The first day."""

    @property
    def last(self) -> date:
        """The last day."""


class _Addable(Protocol):
    def __add__(self: _Counts, other: _Counts) -> _Counts: ...


def checked(act: Act, query: OfPeriod) -> Period:
    """The period that is asked for, if the caller may ask.

    Raises:
        Forbidden: the caller manages and supervises another hall, or none.
        InvalidQuery: the period ends before it begins, is longer than five years, or reaches to
            an end of the calendar.
    """
    require_over_hall(act.actor, query.hall_id, READERS)
    if query.last < query.first:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    if query.last - query.first > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="to")
    if query.first < FIRST_DAY or query.last > LAST_DAY:
        raise InvalidQuery("查询的日期超出了可以查询的范围。", field="to")
    return Period(query.first, query.last)


def divided(period: Period, step: Step, keys: Sequence[Any]) -> list[Period]:
    """The days, weeks, months or quarters of a trend of so many keys.

    Raises:
        InvalidQuery: more than `MOST_BUCKETS` of them, or more than `MOST_SERIES` keys.
    """
    buckets = periods.buckets(period, step)
    if len(buckets) > MOST_BUCKETS:
        raise InvalidQuery(
            f"趋势最多分为 {MOST_BUCKETS} 段，请缩短时间或按周、月查看。", field="step"
        )
    if len(keys) > MOST_SERIES:
        raise InvalidQuery(f"一次最多查看 {MOST_SERIES} 个对象的趋势。", field="key")
    return buckets


def earlier(period: Period, first: date | None, last: date | None) -> Period:
    """The period to compare with: as chosen, or that before it, of equal length.

    Raises:
        InvalidQuery: only one end is given, it ends before it begins, or is longer than five
            years.
    """
    if (first is None) != (last is None):
        raise InvalidQuery("请同时填写对比时间段的起止日期。", field="before_from")
    try:
        found = Period(first, last) if first and last else periods.before(period)
    except ValueError:
        said = "对比的时间段不正确。" if first else "没有可以比较的上一时间段。"
        raise InvalidQuery(said, field="before_from") from None
    if found.last - found.first > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="before_to")
    return found


def added(series: Iterable[Mapping[int, _Counts]]) -> dict[int, _Counts]:
    """Several series as one: what each bucket, by its place, counts in all of them together."""
    total: dict[int, _Counts] = {}
    for one in series:
        for place, counts in one.items():
            total[place] = total[place] + counts if place in total else counts
    return total
