"""How far a page walks back: as many days as fill it, each whole, and no further."""

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from evaluations.scores.walks import Walk

TOP = date(2026, 3, 10)


@dataclass(frozen=True)
class Day:
    day: date
    n: int
    read: int


def back(*days):
    """Days from `TOP` downwards, each given by how many days back it is, its `n` and its `read`."""
    return [Day(TOP - timedelta(days=ago), n, read) for ago, n, read in days]


def test_the_day_on_top_is_read_and_not_relied_upon():
    walk = Walk(TOP, enough=5)
    found = back((0, 90, 90), (1, 3, 3), (4, 2, 2), (5, 1, 1))
    assert walk.take(found) is True
    assert walk.full
    assert walk.days == found[:3]


def test_a_day_in_several_halls_is_taken_whole():
    walk = Walk(TOP, enough=2)
    found = back((1, 2, 2), (1, 7, 7), (1, 1, 1), (2, 1, 1))
    assert walk.take(found) is True
    assert walk.days == found[:3]


def test_a_page_looks_through_so_many_and_the_last_day_that_it_opened():
    walk = Walk(TOP, enough=100, most=50)
    found = back((0, 1, 49), (1, 1, 4000), (2, 1, 1))
    assert walk.take(found) is True
    assert walk.days == found[:2]


def test_what_is_found_piece_by_piece_goes_on_where_it_ended():
    walk = Walk(TOP, enough=4)
    assert walk.take(back((1, 2, 2))) is False
    assert not walk.full
    assert walk.take(back((3, 1, 1), (4, 1, 1))) is False
    assert walk.full
    assert walk.take(back((5, 1, 1))) is True
    assert walk.days == back((1, 2, 2), (3, 1, 1), (4, 1, 1))


NUMBERS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 30))


@given(st.lists(NUMBERS), st.integers(1, 60), st.none() | st.integers(1, 90))
def test_pages_together_have_every_day_and_none_is_taken_in_vain(days, enough, most):
    left = back(*sorted(days))
    while left:
        top = left[0].day + timedelta(days=1)
        walk = Walk(top, enough, most)
        more = walk.take(left)
        assert walk.days == left[: len(walk.days)]
        assert more == (len(walk.days) < len(left))
        above = [one for one in walk.days if one.day > walk.days[-1].day]
        # Without its last day the page would not have been full.
        assert sum(one.n for one in above) < enough
        assert most is None or sum(one.read for one in above) < most
        if more:
            assert walk.full
            assert left[len(walk.days)].day < walk.days[-1].day
        left = left[len(walk.days) :]
