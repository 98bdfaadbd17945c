"""What a rating may be, and until when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import WorkingCalendar
from app.core.clock import day_of
from evaluations.ratings import rules
from evaluations.ratings.rules import BAD, Kind, counted_at, fault, rateable_until
from evaluations.ratings.tags import NATIONAL

levels = st.integers(1, 5)
codes = st.sampled_from([code for tags in NATIONAL.levels.values() for code in tags])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_there_are_forty_tags_eight_a_level_each_numbered_by_its_level() -> None:
    assert {level: len(tags) for level, tags in NATIONAL.levels.items()} == dict.fromkeys(
        (1, 2, 3, 4, 5), 8
    )
    assert len({code for tags in NATIONAL.levels.values() for code in tags}) == 40
    for level, tags in NATIONAL.levels.items():
        assert all(code.startswith(str(level)) for code in tags)


@given(levels, st.lists(codes, max_size=8), st.text(max_size=200))
def test_a_rating_is_fit_exactly_when_it_keeps_every_rule(level, tags, comment) -> None:
    fit = (
        len(set(tags)) == len(tags)
        and all(tag in NATIONAL.levels[level] for tag in tags)
        and len(comment) <= 150
        and (level not in BAD or bool(tags) or bool(comment.strip()))
    )
    assert (fault(level, tags, comment, NATIONAL) is None) == fit


@pytest.mark.parametrize("level", [-2, 0, 6])
def test_what_is_no_level_is_no_rating(level: int) -> None:
    assert fault(level, [], "好", NATIONAL)


def test_only_one_and_two_are_bad() -> None:
    assert {1, 2} == BAD


@pytest.mark.parametrize(
    ("kind", "ended_on", "last"),
    [
        # Five working days after a Wednesday, over a weekend.
        (Kind.VISIT, date(2026, 3, 4), date(2026, 3, 11)),
        (Kind.CASE, date(2026, 3, 4), date(2026, 3, 18)),
    ],
)
def test_it_can_be_rated_to_the_end_of_the_last_working_day(kind, ended_on, last) -> None:
    until = rateable_until(kind, ended_on, WorkingCalendar())
    assert day_of(until - timedelta(seconds=1)) == last
    assert day_of(until) == last + timedelta(days=1)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from(list(Kind)))
def test_the_last_day_is_a_working_day_and_so_many_after(ended_on: date, kind: Kind) -> None:
    calendar = WorkingCalendar()
    last = day_of(rateable_until(kind, ended_on, calendar) - timedelta(seconds=1))
    assert calendar.is_working(last)
    assert calendar.working_days_between(ended_on, last) == rules.RATEABLE_DAYS[kind]


@given(moments, st.integers(-(10**9), 10**9), moments, st.timedeltas(timedelta(), timedelta(30)))
def test_no_clock_puts_a_rating_outside_its_service(happened_at, offset, started_at, later) -> None:
    received_at = started_at + later
    assert started_at <= counted_at(happened_at, offset, started_at, received_at) <= received_at


@given(moments, st.integers(-(10**6), 10**6))
def test_a_wrong_clock_is_put_right(true, offset) -> None:
    told = true + timedelta(milliseconds=offset)
    assert counted_at(told, offset, true - timedelta(1), true + timedelta(1)) == true
