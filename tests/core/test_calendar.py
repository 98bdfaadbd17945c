from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import MOST_DAYS, Due, WorkingCalendar, is_announced

NATIONAL = WorkingCalendar()

days = st.dates(date(2004, 1, 1), date(2030, 12, 31))
counts = st.integers(0, 400)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    some = st.frozensets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=30)
    opened = draw(some)
    return WorkingCalendar(extra_open=opened, extra_closed=draw(some) - opened)


def counted_one_by_one(calendar: WorkingCalendar, start: date, end: date) -> int:
    span = (end - start).days
    return sum(calendar.is_working(start + timedelta(days=n)) for n in range(1, span + 1))


class TestNationalDays:
    def test_agree_with_the_notices_on_every_day_of_every_announced_year(self) -> None:
        day, end = date(2023, 1, 1), date(2026, 12, 31)
        while day <= end:
            assert NATIONAL.is_working(day) == chinese_calendar.is_workday(day), day
            day += timedelta(days=1)

    def test_are_known_from_2004_to_2026(self) -> None:
        assert all(is_announced(year) for year in range(2004, 2027))
        assert not is_announced(2003)

    # The notice of 4 November 2025: Spring Festival 15-23 February, work on 14 and 28 February.
    @pytest.mark.parametrize(
        ("count", "deadline"),
        [
            (1, date(2026, 2, 14)),
            (2, date(2026, 2, 24)),
            (5, date(2026, 2, 27)),
            (6, date(2026, 2, 28)),
            (7, date(2026, 3, 2)),
        ],
    )
    def test_deadline_over_spring_festival_2026(self, count: int, deadline: date) -> None:
        assert NATIONAL.add(date(2026, 2, 13), count) == Due(deadline, provisional=False)

    # The same notice: Mid-autumn 25-27 September, National Day 1-7 October,
    # work on 20 September and 10 October.
    @pytest.mark.parametrize(
        ("start", "count", "deadline"),
        [
            (date(2026, 9, 18), 1, date(2026, 9, 20)),
            (date(2026, 9, 18), 2, date(2026, 9, 21)),
            (date(2026, 9, 24), 1, date(2026, 9, 28)),
            (date(2026, 9, 24), 4, date(2026, 10, 8)),
            (date(2026, 9, 24), 6, date(2026, 10, 10)),
            (date(2026, 9, 24), 7, date(2026, 10, 12)),
            (date(2026, 10, 3), 1, date(2026, 10, 8)),
        ],
    )
    def test_deadline_over_national_day_2026(self, start: date, count: int, deadline: date) -> None:
        assert NATIONAL.add(start, count) == Due(deadline, provisional=False)

    @pytest.mark.parametrize(
        ("day", "following"),
        [
            (date(2026, 2, 14), date(2026, 2, 14)),
            (date(2026, 2, 15), date(2026, 2, 24)),
            (date(2026, 10, 1), date(2026, 10, 8)),
            (date(2026, 10, 11), date(2026, 10, 12)),
        ],
    )
    def test_a_period_ending_on_a_holiday_moves_to_the_day_after_it(
        self, day: date, following: date
    ) -> None:
        assert NATIONAL.next_working(day) == following


class TestYearWithoutNotice:
    unannounced = 2200  # no release of the calendar will ever reach it

    def test_counts_monday_to_friday(self) -> None:
        first = date(self.unannounced, 10, 1)
        week = [first + timedelta(days=n) for n in range(14)]
        assert [NATIONAL.is_working(day) for day in week] == [d.weekday() < 5 for d in week]

    def test_makes_the_deadline_provisional(self) -> None:
        assert NATIONAL.add(date(self.unannounced, 5, 4), 3).provisional

    @pytest.mark.skipif(is_announced(2027), reason="the 2027 notice is out")
    def test_2027_is_provisional_from_its_first_day_on(self) -> None:
        start = date(2026, 12, 30)
        assert NATIONAL.add(start, 1) == Due(date(2026, 12, 31), provisional=False)
        assert NATIONAL.add(start, 2) == Due(date(2027, 1, 1), provisional=True)

    def test_a_year_in_which_only_the_uncounted_first_day_lies_does_not_matter(self) -> None:
        assert NATIONAL.add(date(2003, 12, 31), 1) == Due(date(2004, 1, 2), provisional=False)


class TestHallDays:
    def test_an_extra_opening_day_counts(self) -> None:
        saturday = date(2026, 3, 7)
        hall = WorkingCalendar(extra_open=frozenset({saturday}))
        assert hall.add(date(2026, 3, 6), 1).day == saturday
        assert NATIONAL.add(date(2026, 3, 6), 1).day == date(2026, 3, 9)

    def test_an_extra_closing_day_does_not(self) -> None:
        hall = WorkingCalendar(extra_closed=frozenset({date(2026, 3, 9)}))
        assert hall.add(date(2026, 3, 6), 1).day == date(2026, 3, 10)
        assert hall.next_working(date(2026, 3, 9)) == date(2026, 3, 10)

    def test_a_day_cannot_be_both(self) -> None:
        day = frozenset({date(2026, 3, 9)})
        with pytest.raises(ValueError, match="2026-03-09"):
            WorkingCalendar(extra_open=day, extra_closed=day)

    def test_halls_do_not_share_their_days(self) -> None:
        WorkingCalendar(extra_open=frozenset({date(2026, 3, 7)})).add(date(2026, 3, 6), 1)
        assert WorkingCalendar().add(date(2026, 3, 6), 1).day == date(2026, 3, 9)


class TestRules:
    @given(calendars(), days, st.integers(1, 400))
    def test_a_deadline_has_exactly_its_days_and_is_a_working_day(
        self, calendar: WorkingCalendar, start: date, count: int
    ) -> None:
        due = calendar.add(start, count)
        assert counted_one_by_one(calendar, start, due.day) == count
        assert calendar.is_working(due.day)
        assert due.day > start

    @given(calendars(), days, counts, st.integers(0, 30), st.integers(0, 30))
    def test_more_days_or_a_later_start_never_give_an_earlier_deadline(
        self, calendar: WorkingCalendar, start: date, count: int, more: int, later: int
    ) -> None:
        due = calendar.add(start, count)
        assert calendar.add(start, count + more).day >= due.day
        assert calendar.add(start + timedelta(days=later), count).day >= due.day

    @given(calendars(), days, st.integers(0, 1500))
    def test_days_between_are_those_counted_one_by_one(
        self, calendar: WorkingCalendar, start: date, span: int
    ) -> None:
        end = start + timedelta(days=span)
        assert calendar.working_days_between(start, end) == counted_one_by_one(calendar, start, end)
        assert calendar.working_days_between(end, start) == -counted_one_by_one(
            calendar, start, end
        )

    @given(calendars(), days, counts, counts)
    def test_counting_in_two_steps_is_counting_in_one(
        self, calendar: WorkingCalendar, start: date, first: int, second: int
    ) -> None:
        halfway = calendar.add(start, first).day
        assert calendar.add(halfway, second).day == calendar.add(start, first + second).day

    @given(calendars(), days)
    def test_the_next_working_day_is_the_first_on_or_after(
        self, calendar: WorkingCalendar, day: date
    ) -> None:
        found = calendar.next_working(day)
        assert calendar.is_working(found)
        assert counted_one_by_one(calendar, day - timedelta(days=1), found) == 1

    @given(days)
    def test_no_days_is_the_day_itself(self, start: date) -> None:
        assert NATIONAL.add(start, 0) == Due(start, provisional=False)


class TestAbsurdInput:
    @pytest.mark.parametrize("count", [-1, MOST_DAYS + 1, 10**12])
    def test_a_count_out_of_range(self, count: int) -> None:
        with pytest.raises(ValueError, match="days must be"):
            NATIONAL.add(date(2026, 1, 5), count)

    def test_the_longest_count_is_taken(self) -> None:
        assert NATIONAL.add(date(2026, 1, 5), MOST_DAYS).day.year > 2060

    def test_the_end_of_time(self) -> None:
        with pytest.raises(ValueError, match="no 2 working days"):
            NATIONAL.add(date(9999, 12, 30), 2)

    def test_a_span_of_centuries(self) -> None:
        with pytest.raises(ValueError, match="apart"):
            NATIONAL.working_days_between(date(1, 1, 1), date(9999, 12, 31))

    def test_a_moment_is_not_a_day(self) -> None:
        moment = datetime(2026, 1, 5, 20, tzinfo=UTC)
        with pytest.raises(TypeError):
            NATIONAL.is_working(moment)
        with pytest.raises(TypeError):
            NATIONAL.add(moment, 1)
        with pytest.raises(TypeError):
            WorkingCalendar(extra_open=frozenset({moment}))
