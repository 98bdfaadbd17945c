"""Trends divide a period so that every day counts once; a comparison looks equally far back."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.scores.periods import (
    Period,
    Step,
    before,
    begin_of,
    begin_of_next,
    buckets,
    is_whole,
    month_of,
    month_text,
)

days = st.dates(date(1990, 1, 1), date(2150, 12, 31))
steps = st.sampled_from(Step)
periods = st.builds(
    lambda first, length: Period(first, first + timedelta(days=length)), days, st.integers(0, 900)
)


@given(periods, steps)
def test_every_day_lies_in_exactly_one_bucket(period: Period, step: Step) -> None:
    found = buckets(period, step)
    assert (found[0].first, found[-1].last) == (period.first, period.last)
    for here, following in pairwise(found):
        assert following.first == here.last + timedelta(days=1)
    assert sum(bucket.days for bucket in found) == period.days


@given(periods, steps)
def test_only_the_ends_are_cut_off(period: Period, step: Step) -> None:
    found = buckets(period, step)
    assert all(is_whole(bucket, step) for bucket in found[1:-1])
    assert all(begin_of(step, bucket.first) == begin_of(step, bucket.last) for bucket in found)


@given(days, steps)
def test_the_begin_of_a_step_is_its_own_begin_and_the_next_follows_at_once(
    day: date, step: Step
) -> None:
    begin = begin_of(step, day)
    following = begin_of_next(step, begin)
    assert begin <= day < following
    assert begin_of(step, begin) == begin
    assert begin_of(step, following) == following
    assert begin_of(step, following - timedelta(days=1)) == begin


def test_weeks_begin_on_monday_and_quarters_in_january_april_july_october() -> None:
    assert begin_of(Step.WEEK, date(2026, 3, 1)) == date(2026, 2, 23)
    assert begin_of(Step.MONTH, date(2024, 2, 29)) == date(2024, 2, 1)
    firsts = {begin_of(Step.QUARTER, date(2026, month, 15)).month for month in range(1, 13)}
    assert firsts == {1, 4, 7, 10}
    assert buckets(Period(date(2025, 12, 30), date(2026, 2, 2)), Step.MONTH) == [
        Period(date(2025, 12, 30), date(2025, 12, 31)),
        Period(date(2026, 1, 1), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 2)),
    ]


@given(periods)
def test_the_period_before_is_as_long_and_ends_the_day_before(period: Period) -> None:
    found = before(period)
    assert found.days == period.days
    assert found.last + timedelta(days=1) == period.first


def test_before_the_calendar_there_is_no_period() -> None:
    with pytest.raises(ValueError, match="no such period"):
        before(Period(date(1, 1, 2), date(5, 1, 1)))


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


@given(days)
def test_a_month_is_written_and_read_back(day: date) -> None:
    found = month_of(month_text(day))
    assert day in found
    assert found.first.day == 1
    assert (found.last + timedelta(days=1)).day == 1


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026", "9999-12", "0000-01", "26-1", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the calendar says of it
        month_of(text)
