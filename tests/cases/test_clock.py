"""The clock: whatever the calendar and the pauses, a limit has exactly its days."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.cases.clock.rules import Pause, as_of, due, frozen, remaining, standstill, used
from app.core.calendar import WorkingCalendar

NATIONAL = WorkingCalendar()
FIRST, LAST = date(2025, 9, 15), date(2026, 3, 15)
"""A half year with the National Day week, the new year, Spring Festival and their make-up days."""
days = st.dates(FIRST, LAST)
calendars = st.sets(days, max_size=25).flatmap(
    lambda opened: st.sets(days, max_size=25).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)
ended = st.builds(
    lambda begin, length: Pause(begin, begin + timedelta(length)), days, st.integers(0, 25)
)
many = st.lists(ended, max_size=6)
limits = st.integers(0, 40)


def after(start: date, until: date) -> Iterable[date]:
    """The days after `start`, up to and with `until`, one by one."""
    return (start + timedelta(n) for n in range(1, (until - start).days + 1))


def paused(day: date, pauses: Iterable[Pause]) -> bool:
    return any(p.begin < day and (p.end is None or day <= p.end) for p in pauses)


def counted(
    calendar: WorkingCalendar, start: date, until: date, pauses: Iterable[Pause]
) -> list[date]:
    """The days that count, found by looking at each."""
    pauses = list(pauses)
    return [d for d in after(start, until) if calendar.is_working(d) and not paused(d, pauses)]


# --- the end of a limit


@given(calendars, days, limits, many)
def test_a_limit_has_exactly_its_days(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause]
) -> None:
    end = due(calendar, start, n, pauses).day
    found = counted(calendar, start, end, pauses)
    assert len(found) == n
    # Nothing is given away: it ends with its last day, or with the pause that began on that day.
    if found and found[-1] != end:
        assert all(paused(day, pauses) for day in after(found[-1], end))
        assert calendar.is_working(end)


@given(calendars, days, limits)
def test_without_pauses_it_is_the_calendars(calendar: WorkingCalendar, start: date, n: int) -> None:
    assert due(calendar, start, n) == calendar.add(start, n)


@given(calendars, days, limits, many, ended)
def test_one_more_pause_never_brings_the_end_nearer(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], more: Pause
) -> None:
    assert due(calendar, start, n, pauses).day <= due(calendar, start, n, [*pauses, more]).day


@given(calendars, days, limits, limits, many)
def test_more_days_end_later(
    calendar: WorkingCalendar, start: date, n: int, m: int, pauses: list[Pause]
) -> None:
    assume(m > 0)
    assert due(calendar, start, n, pauses).day < due(calendar, start, n + m, pauses).day


@given(calendars, days, limits, st.integers(1, 15), many)
def test_an_extension_is_the_same_limit_with_more_days(
    calendar: WorkingCalendar, start: date, n: int, m: int, pauses: list[Pause]
) -> None:
    promised = due(calendar, start, n, pauses).day
    extended = due(calendar, start, n + m, pauses).day
    assert len(counted(calendar, promised, extended, pauses)) == m


@given(calendars, days, st.integers(1, 40), many, st.data())
def test_a_pause_within_the_limit_moves_its_end_by_the_days_it_leaves_out(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], data: st.DataObject
) -> None:
    """What lets anybody check it by hand: the end so far, plus the days of the pause."""
    begin = data.draw(st.dates(start, due(calendar, start, n, pauses).day))
    pauses = [pause for pause in pauses if pause.begin <= begin]
    before = due(calendar, start, n, pauses).day
    assume(begin <= before)
    more = Pause(begin, begin + timedelta(data.draw(st.integers(0, 25))))
    fresh = [
        day
        for day in after(max(more.begin, start), more.end or LAST)
        if calendar.is_working(day) and not paused(day, pauses)
    ]
    assert due(calendar, start, n, [*pauses, more]).day == calendar.add(before, len(fresh)).day


@given(calendars, days, limits, many, st.randoms(use_true_random=False))
def test_the_order_of_pauses_does_not_matter(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], random
) -> None:
    shuffled = random.sample(pauses, len(pauses))
    assert due(calendar, start, n, shuffled) == due(calendar, start, n, pauses)


@given(calendars, days, limits, many, ended, st.integers(0, 25))
def test_a_pause_in_two_parts_is_the_same_pause(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], whole: Pause, at: int
) -> None:
    assert whole.end is not None
    middle = min(whole.begin + timedelta(at), whole.end)
    parts = [Pause(whole.begin, middle), Pause(middle, whole.end)]
    assert due(calendar, start, n, [*pauses, *parts]) == due(calendar, start, n, [*pauses, whole])
    assert due(calendar, start, n, [*pauses, whole, *parts]) == due(
        calendar, start, n, [*pauses, whole]
    )


@given(calendars, days, limits, many, st.integers(1, 20))
def test_a_pause_that_ends_before_the_limit_begins_changes_nothing(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], earlier: int
) -> None:
    old = Pause(start - timedelta(earlier), start)
    assert due(calendar, start, n, [*pauses, old]) == due(calendar, start, n, pauses)


def test_an_open_pause_has_no_end_to_count_to() -> None:
    with pytest.raises(ValueError, match="open"):
        due(NATIONAL, date(2026, 3, 2), 8, [Pause(date(2026, 3, 5))])


def test_a_pause_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Pause(date(2026, 3, 5), date(2026, 3, 4))


def test_a_limit_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="days"):
        due(NATIONAL, date(2026, 3, 2), -1)


@pytest.mark.parametrize("pause", [None, Pause(date(2026, 12, 30), date(2027, 1, 6))])
def test_a_limit_that_leans_on_an_unannounced_year_says_so(pause: Pause | None) -> None:
    found = due(NATIONAL, date(2026, 12, 28), 8, [pause] if pause else [])
    assert found.provisional
    assert not due(NATIONAL, date(2026, 12, 1), 8).provisional


# --- examples that can be checked with a wall calendar (2026: 3月2日 is a Monday)


def test_a_site_visit_from_thursday_to_monday_leaves_out_two_days() -> None:
    accepted, visit = date(2026, 3, 2), Pause(date(2026, 3, 5), date(2026, 3, 9))
    assert due(NATIONAL, accepted, 8).day == date(2026, 3, 12)
    assert due(NATIONAL, accepted, 8, [visit]).day == date(2026, 3, 16)
    assert due(NATIONAL, accepted, 8 + 5, [visit]).day == date(2026, 3, 23)
    assert used(NATIONAL, accepted, date(2026, 3, 9), [visit]) == 3


def test_a_pause_that_begins_on_the_last_day_ends_the_limit_with_itself() -> None:
    accepted, last = date(2026, 3, 2), date(2026, 3, 12)
    assert due(NATIONAL, accepted, 8, [Pause(last, date(2026, 3, 13))]).day == date(2026, 3, 13)
    # Over a weekend: Friday is left out, and on Monday no day is left.
    assert due(NATIONAL, accepted, 8, [Pause(last, date(2026, 3, 15))]).day == date(2026, 3, 13)
    # Begun and ended on the same day it leaves out nothing.
    assert due(NATIONAL, accepted, 8, [Pause(last, last)]).day == last


def test_a_pause_that_begins_after_the_last_day_does_not_mend_what_is_overdue() -> None:
    late = Pause(date(2026, 3, 13), date(2026, 3, 20))
    assert due(NATIONAL, date(2026, 3, 2), 8, [late]).day == date(2026, 3, 12)


def test_spring_festival_inside_a_pause_is_left_out_once() -> None:
    """Accepted on Monday 9 February; 14 February (a Saturday) is worked, 15 to 23 are off."""
    accepted = date(2026, 2, 9)
    assert due(NATIONAL, accepted, 6).day == date(2026, 2, 24)
    over = Pause(date(2026, 2, 13), date(2026, 2, 25))  # leaves out 14, 24, 25
    assert due(NATIONAL, accepted, 6, [over]).day == date(2026, 2, 27)


# --- what is used and what remains


@given(calendars, days, days, many)
def test_used_counts_the_days_that_count(
    calendar: WorkingCalendar, start: date, until: date, pauses: list[Pause]
) -> None:
    assert used(calendar, start, until, pauses) == len(counted(calendar, start, until, pauses))


@given(calendars, days, days, many, days)
def test_an_open_pause_stops_the_count(
    calendar: WorkingCalendar, start: date, until: date, pauses: list[Pause], since: date
) -> None:
    with_open = [*pauses, Pause(since)]
    assert used(calendar, start, until, with_open) == used(
        calendar, start, min(since, until), pauses
    )


@given(calendars, days, limits, many)
def test_on_the_last_day_all_is_used_and_on_the_next_that_counts_it_is_overdue(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause]
) -> None:
    end = due(calendar, start, n, pauses).day
    assert used(calendar, start, end, pauses) == n
    assert remaining(calendar, start, n, end, pauses) == 0
    following = due(calendar, end, 1, pauses).day
    assert remaining(calendar, start, n, following, pauses) == -1


@given(calendars, days, limits, many, st.integers(0, 60))
def test_what_remains_is_the_working_days_to_the_end_when_no_pause_is_to_come(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], later: int
) -> None:
    today = max([start, *(pause.end or start for pause in pauses)]) + timedelta(later)
    end = due(calendar, start, n, pauses).day
    left = remaining(calendar, start, n, today, pauses)
    if today <= end:
        assert left == calendar.working_days_between(today, end)
    else:
        assert left <= 0


# --- while the clock stands


@given(calendars, days, limits, many, days, st.integers(0, 40))
@settings(max_examples=200)
def test_while_the_clock_stands_what_remains_stands_too(
    calendar: WorkingCalendar, start: date, n: int, pauses: list[Pause], began: date, later: int
) -> None:
    pauses = [*as_of(pauses, began), Pause(began)]
    since = standstill(pauses)
    assert since == began
    assume(since >= start)
    kept, today = due(calendar, start, n, frozen(pauses)).day, began + timedelta(later)
    if since <= kept:
        left = calendar.working_days_between(since, kept)
        assert remaining(calendar, start, n, today, pauses) == left
        # Ended today, the limit has as many days from today as were left.
        resumed = due(calendar, start, n, as_of(pauses, today)).day
        assert len(counted(calendar, today, resumed, as_of(pauses, today))) == (
            left if resumed > today else 0
        )


@given(many)
def test_a_clock_without_an_open_pause_runs(pauses: list[Pause]) -> None:
    assert standstill(pauses) is None
    assert frozen(pauses) == tuple(pauses)


def test_the_standstill_began_with_the_earliest_of_the_open_pauses() -> None:
    over, open_one = Pause(date(2026, 3, 5), date(2026, 3, 9)), Pause(date(2026, 3, 6))
    assert standstill([Pause(date(2026, 3, 10)), over, open_one]) == date(2026, 3, 6)
    assert frozen([over, open_one]) == (
        Pause(date(2026, 3, 5), date(2026, 3, 6)),
        Pause(date(2026, 3, 6), date(2026, 3, 6)),
    )
