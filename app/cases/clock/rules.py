"""The clock of a case: working days that count, and pauses in which it stands still.

Pure, and without a clock of its own. A limit of n working days that begins on a day is used up
when n working days after that day have been counted. The day on which a limit begins is not
counted (Civil Code, article 201), only working days are (Administrative Licensing Law, article
82), and the time of a hearing, an inspection, an appraisal or an expert review is left out
(article 45).

By the same article 201 the day of an event is not counted towards what the event begins: the day
on which a pause begins belongs to the limit and still counts, the day on which it ends belongs to
the pause and does not. A pause from Thursday to Monday therefore leaves out Friday and Monday.
Pauses that overlap, or of which one ends on the day on which the next begins, leave each day out
once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.core.calendar import Due, WorkingCalendar, is_announced

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """A time in which the clock stands still: after `begin`, up to and with `end`.

    `end` is None while it goes on.

    Raises:
        ValueError: it ends before it begins.
    """

    begin: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.begin:
            raise ValueError(f"a pause from {self.begin} cannot end on {self.end}")


def due(calendar: WorkingCalendar, start: date, days: int, pauses: Iterable[Pause] = ()) -> Due:
    """The last day of a limit of `days` working days that begins on `start`.

    It is the n-th working day after `start` on which the clock does not stand still. Where a pause
    begins on that very day, the limit cannot end while the clock stands: it ends with the pause,
    on its last working day, which is not counted. So a pause that begins while the limit runs
    moves its end by exactly the working days that it leaves out.

    Raises:
        ValueError: a pause is open (see `as_of`), `days` is negative, or the day is too far away.
    """
    left, at = days, start
    for begin, end in _spans(pauses):
        if end is None:
            raise ValueError("a limit has no end while a pause is open")
        if end <= at:
            continue
        free = calendar.working_days_between(at, max(at, begin))
        if left <= free:
            last = calendar.add(at, left).day
            ends_with_pause = left > 0 and last == begin
            return _known(start, _last_working(calendar, begin, end) if ends_with_pause else last)
        left, at = left - free, end
    return _known(start, calendar.add(at, left).day)


def _last_working(calendar: WorkingCalendar, begin: date, end: date) -> date:
    """The last working day of a pause; the day on which it begins if it has none."""
    day = end
    while day > begin and not calendar.is_working(day):
        day -= _ONE_DAY
    return day


def _known(start: date, day: date) -> Due:
    years = range((start + _ONE_DAY).year, day.year + 1)
    return Due(day, provisional=not all(is_announced(year) for year in years))


def used(calendar: WorkingCalendar, start: date, until: date, pauses: Iterable[Pause] = ()) -> int:
    """How many working days of a limit that began on `start` are used up with the day `until`.

    A pause that is still open lasts to `until` and beyond. Nothing is used before `start`.
    """
    if until <= start:
        return 0
    counted = calendar.working_days_between(start, until)
    for begin, end in _spans(pauses):
        first, last = max(begin, start), until if end is None else min(end, until)
        if first < last:
            counted -= calendar.working_days_between(first, last)
    return counted


def remaining(
    calendar: WorkingCalendar, start: date, days: int, today: date, pauses: Iterable[Pause] = ()
) -> int:
    """Working days that are left of a limit after `today`; below 0 what it is overdue."""
    return days - used(calendar, start, today, pauses)


def as_of(pauses: Iterable[Pause], day: date) -> tuple[Pause, ...]:
    """The pauses as they were on `day`: those that had begun, the open ones as if they ended then.

    With today for `day`, `due` says when the limit would end if the clock went on from today.
    """
    return tuple(
        replace(pause, end=day if pause.end is None else min(pause.end, day))
        for pause in pauses
        if pause.begin <= day
    )


def standstill(pauses: Iterable[Pause]) -> date | None:
    """The day on which the earliest pause that is still open began; None if the clock runs."""
    return min((pause.begin for pause in pauses if pause.end is None), default=None)


def frozen(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The pauses as they were on the day of the `standstill`; all as they are, if the clock runs.

    What `due` says of these is the end of the limit as it looked on that day. The working days
    from that day to it are what is left of the limit for as long as the clock stands.
    """
    pauses = tuple(pauses)
    since = standstill(pauses)
    return pauses if since is None else as_of(pauses, since)


def _spans(pauses: Iterable[Pause]) -> list[tuple[date, date | None]]:
    """The standstills in order: overlapping and adjoining pauses joined, empty ones left out."""
    found: list[tuple[date, date | None]] = []
    for pause in sorted(pauses, key=lambda pause: (pause.begin, pause.end or date.max)):
        if pause.end == pause.begin:
            continue
        if found:
            begin, end = found[-1]
            if end is None:
                break
            if pause.begin <= end:
                later = None if pause.end is None else max(end, pause.end)
                found[-1] = (begin, later)
                continue
        found.append((pause.begin, pause.end))
    return found
