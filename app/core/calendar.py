"""Working days (工作日): the national calendar with a hall's own opening and closing days.

The national part is the State Council's yearly notice on public holidays and make-up days, as the
package `chinesecalendar` carries it. A year whose notice is not out counts Monday to Friday, and
every deadline that leans on such a year says so (`Due.provisional`). A notice may also move a day
or two at the end of the December before its year; those days are not marked.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from chinese_calendar.constants import holidays, workdays

MOST_DAYS = 10_000
"""The longest period that can be counted, in working days: forty years."""

WIDEST_SPAN = 40_000
"""The widest span that can be searched or counted over, in calendar days: a hundred years."""

_ANNOUNCED = frozenset(day.year for day in holidays)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline. `provisional`: a year was counted whose notice is not out, so it may move."""

    day: date
    provisional: bool


def is_announced(year: int) -> bool:
    """Whether the State Council's notice for `year` is known."""
    return year in _ANNOUNCED


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of one hall; all halls share the national calendar beneath.

    `extra_open` are days on which this hall works although the nation rests, `extra_closed` the
    reverse. Every method takes plain dates in the hall's own time zone and raises TypeError for a
    `datetime`, because the same instant is another day in UTC.

    Raises:
        ValueError: a day is both in `extra_open` and in `extra_closed`.
    """

    extra_open: frozenset[date] = frozenset()
    extra_closed: frozenset[date] = frozenset()
    _years: dict[int, tuple[date, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for day in self.extra_open | self.extra_closed:
            _plain(day)
        both = self.extra_open & self.extra_closed
        if both:
            raise ValueError(f"open and closed at once: {min(both)}")

    def is_working(self, day: date) -> bool:
        """Whether the hall works on `day`."""
        _plain(day)
        if day in self.extra_open:
            return True
        return day not in self.extra_closed and _nation_works(day)

    def add(self, start: date, days: int) -> Due:
        """The deadline `days` working days after `start`.

        The day of `start` is not counted (Civil Code, article 201) and only working days are
        (Administrative Licensing Law, article 82), so the deadline is itself a working day. With
        `days` 0 it is `start`, whatever day that is.

        Raises:
            ValueError: `days` is negative or over `MOST_DAYS`, or the hall never opens that often
                within `WIDEST_SPAN` calendar days of `start`.
        """
        _plain(start)
        if not 0 <= days <= MOST_DAYS:
            raise ValueError(f"days must be 0 to {MOST_DAYS}, not {days}")
        if days == 0:
            return Due(start, provisional=False)
        day = self._nth_after(start, days)
        first_year = (start + _ONE_DAY).year
        return Due(day, provisional=_any_unannounced(first_year, day.year))

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie in (start, end]; the negative of the reverse if end < start.

        So the count from today to a deadline is what remains, and below zero what it is overdue.

        Raises:
            ValueError: the two are more than `WIDEST_SPAN` calendar days apart.
        """
        _plain(start)
        _plain(end)
        if abs((end - start).days) > WIDEST_SPAN:
            raise ValueError(f"{start} and {end} are more than {WIDEST_SPAN} days apart")
        if end < start:
            return -self.working_days_between(end, start)
        full = sum(len(self._year(year)) for year in range(start.year, end.year))
        return (
            full
            + bisect_right(self._year(end.year), end)
            - bisect_right(self._year(start.year), start)
        )

    def next_working(self, day: date) -> date:
        """`day` if the hall works on it, else the first day after it that it does.

        A period that would end on a holiday ends on the day after it (Civil Code, article 203).

        Raises:
            ValueError: the hall never opens within `WIDEST_SPAN` calendar days of `day`.
        """
        return day if self.is_working(day) else self._nth_after(day, 1)

    def _nth_after(self, start: date, nth: int) -> date:
        passed = bisect_right(self._year(start.year), start)
        left = nth
        last_year = min(start.year + WIDEST_SPAN // 365, date.max.year)
        for year in range(start.year, last_year + 1):
            open_days = self._year(year)
            if passed + left <= len(open_days):
                return open_days[passed + left - 1]
            left -= len(open_days) - passed
            passed = 0
        raise ValueError(f"no {nth} working days after {start} before the end of {last_year}")

    def _year(self, year: int) -> tuple[date, ...]:
        """The working days of `year` in order; worked out once for each calendar and year."""
        days = self._years.get(year)
        if days is None:
            opened = {day for day in self.extra_open if day.year == year}
            closed = {day for day in self.extra_closed if day.year == year}
            days = _national_year(year)
            if opened or closed:
                days = tuple(sorted((set(days) | opened) - closed))
            self._years[year] = days
        return days


def _plain(day: date) -> None:
    if isinstance(day, datetime) or not isinstance(day, date):
        raise TypeError(f"a plain date is wanted, not {type(day).__name__}")


def _nation_works(day: date) -> bool:
    # The notices name holidays and make-up days only; for a year without one both miss.
    return day in workdays or (day.weekday() < 5 and day not in holidays)


@cache
def _national_year(year: int) -> tuple[date, ...]:
    first = date(year, 1, 1).toordinal()
    last = date(year, 12, 31).toordinal()
    return tuple(filter(_nation_works, map(date.fromordinal, range(first, last + 1))))


def _any_unannounced(first_year: int, last_year: int) -> bool:
    return not all(is_announced(year) for year in range(first_year, last_year + 1))
