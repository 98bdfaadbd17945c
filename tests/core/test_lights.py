"""Warning lights: yellow when time runs short, red from the day after the last one."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import lights
from app.core.calendar import WorkingCalendar
from app.core.lights import Light, light, standing

NATIONAL = WorkingCalendar()
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
calendars = st.sets(days, max_size=20).flatmap(
    lambda opened: st.sets(days, max_size=20).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)


@given(st.integers(-5, 80), st.integers(0, 60))
def test_a_light_only_gets_worse_as_time_runs_out(remaining: int, promised: int) -> None:
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    now = light(remaining, promised, overdue=remaining < 0)
    later = light(remaining - 1, promised, overdue=remaining - 1 < 0)
    assert order.index(later) >= order.index(now)


@pytest.mark.parametrize(
    ("remaining", "promised", "expected"),
    [
        (5, 15, Light.YELLOW),
        (6, 15, Light.GREEN),
        (1, 2, Light.YELLOW),
        (2, 2, Light.GREEN),
        (0, 0, Light.YELLOW),
        (6, 20, Light.YELLOW),
        (7, 20, Light.GREEN),
    ],
)
def test_a_light_is_yellow_when_a_third_is_left_or_one_day(
    remaining: int, promised: int, expected: Light
) -> None:
    assert light(remaining, promised, overdue=False) is expected


@given(calendars, days, st.integers(1, 40), st.integers(-30, 60))
def test_red_is_every_day_after_the_last_one_and_no_other(
    calendar: WorkingCalendar, accepted: date, promised: int, later: int
) -> None:
    due = calendar.add(accepted, promised).day
    today = due + timedelta(days=later)
    found = standing(calendar, today, due, promised)
    assert (found.light is Light.RED) == (later > 0)
    assert (found.remaining < 0) <= (later > 0)


def test_a_friday_promise_is_overdue_on_saturday_by_no_working_day_yet() -> None:
    friday = date(2026, 3, 6)
    assert standing(NATIONAL, friday, friday, 5).light is Light.YELLOW
    saturday = standing(NATIONAL, friday + timedelta(days=1), friday, 5)
    assert (saturday.remaining, saturday.light) == (0, Light.RED)


@pytest.mark.parametrize(("share", "left"), [("1/3", 6), ("1/2", 10), ("1/50", 1), ("9/10", 18)])
def test_the_share_is_a_setting(share: str, left: int) -> None:
    lights.use(Fraction(share))
    try:
        assert light(left, 20, overdue=False) is Light.YELLOW
        assert light(left + 1, 20, overdue=False) is Light.GREEN
    finally:
        lights.use(Fraction(1, 3))


@pytest.mark.parametrize("share", [Fraction(0), Fraction(1), Fraction(3, 2)])
def test_what_is_no_share_is_refused(share: Fraction) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        lights.use(share)
