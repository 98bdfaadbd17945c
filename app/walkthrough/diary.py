"""What happened on which day, and the clock counted by hand, one day after the other.

The count here knows nothing of the calendar and the rules of the clock, which it checks. What it
knows is the State Council's notice for 2026, as far as the walkthrough goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rich.cells import cell_len

RESTS = {
    **dict.fromkeys((date(2026, 5, day) for day in range(1, 6)), "劳动节"),
    **dict.fromkeys((date(2026, 6, day) for day in range(19, 22)), "端午节"),
}
"""Days of rest of May and June 2026."""
MAKE_UP = {date(2026, 5, 9)}
"""A Saturday on which everybody works, for the Labour Day holiday."""
WEEKDAYS = "一二三四五六日"
_DAY = timedelta(days=1)


def works(day: date) -> bool:
    """Whether `day` is a working day, by the lists above."""
    return day in MAKE_UP or (day.weekday() < 5 and day not in RESTS)


def kind_of(day: date) -> str:
    """The weekday, with why it is not what the weekday says."""
    name = f"周{WEEKDAYS[day.weekday()]}"
    if day in MAKE_UP:
        return f"{name} 补班"
    if day in RESTS:
        return f"{name} {RESTS[day]}"
    return name


def after(start: date, days: int) -> date:
    """The day that is `days` working days after `start`."""
    day = start
    while days:
        day += _DAY
        days -= works(day)
    return day


@dataclass
class NaiveClock:
    """A limit counted on the fingers: which days count, how many are used, which is the last."""

    start: date
    days: int
    pauses: list[tuple[date, date | None]] = field(default_factory=list)

    def pause(self, day: date) -> None:
        """It stands still after this day."""
        self.pauses.append((day, None))

    def go_on(self, day: date) -> None:
        """It goes on after this day."""
        begin, _ = self.pauses.pop()
        self.pauses.append((begin, day))

    def counts(self, day: date) -> bool:
        """Whether `day` uses up a day of the limit."""
        still = any(begin < day and (end is None or day <= end) for begin, end in self.pauses)
        return works(day) and not still

    def used(self, until: date) -> int:
        """How many days are used up with `until`."""
        return sum(self.counts(day) for day in _each(self.start + _DAY, until))

    def last(self) -> date:
        """The day on which the limit is used up; no pause may be open."""
        day, left = self.start, self.days
        while left:
            day += _DAY
            left -= self.counts(day)
        return day


def _each(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _DAY


@dataclass
class Diary:
    """The timeline: a line a day, what happened on it, and what the clock said in the evening."""

    happened: dict[date, list[str]] = field(default_factory=dict)
    clock: dict[date, str] = field(default_factory=dict)

    def note(self, day: date, what: str) -> None:
        """Something happened on this day."""
        self.happened.setdefault(day, []).append(what)

    def lines(self) -> Iterator[str]:
        """A line a day from the first to the last, also for those on which nothing happened."""
        for day in _each(min(self.happened), max(self.happened)):
            kept = "；".join(self.happened.get(day, ["" if works(day) else "（休息，不计）"]))
            columns = ((f"{day:%m-%d}", 7), (kind_of(day), 14), (self.clock.get(day, ""), 34))
            yield "".join(text + " " * (width - cell_len(text)) for text, width in columns) + kept
