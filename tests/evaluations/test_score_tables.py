"""Tables of scores: in order by their counts alone, with rows made when they are looked at."""

import random
from datetime import date

import pytest

from app.core.db import new_id
from evaluations.ratings.counting import Dimension
from evaluations.scores import comparing, service
from evaluations.scores.schemas import ComparisonQuery, RankingQuery, ScoreQuery
from evaluations.scores.tables import Rows
from tests.evaluations.counted import count

FEBRUARY, MARCH = date(2026, 2, 10), date(2026, 3, 10)
PERIOD = {"first": date(2026, 3, 1), "last": date(2026, 3, 31), "by": "item"}


@pytest.fixture
async def act(act_as, place):
    return act_as(await place.actor(act_as(), "manager"))


@pytest.fixture
async def items(place):
    """Items with few, some and many ratings, in this month, in the one before, or in both."""
    rng = random.Random(3)
    for place_of_item in range(40):
        key = new_id()
        for day in rng.choice([(FEBRUARY,), (MARCH,), (FEBRUARY, MARCH)]):
            most = rng.choice([2, 9, 60])
            levels = {level: rng.randint(0, most) for level in (1, 3, 5)}
            await count(place.hall_id, day, levels, due=place_of_item, of=Dimension.ITEM, key=key)


def test_a_row_is_made_when_it_is_looked_at_and_no_other():
    made = []
    rows = Rows(range(1000), lambda line: made.append(line) or -line)
    assert len(rows) == 1000
    assert sum(rows.lines) == 499_500
    assert not made
    assert (rows[300:303], rows[-1]) == ([-300, -301, -302], -999)
    assert rows.of(line for line in rows.lines if line % 500 == 0) == [0, -500]
    assert made == [300, 301, 302, 999, 0, 500]
    assert list(rows) == [-line for line in range(1000)]


async def test_scores_stand_by_rank_and_then_by_how_many_rated(act, items, place):
    table = await service.score_table(act, ScoreQuery(hall_id=place.hall_id, **PERIOD))
    rows = list(table.rows)
    ranked = [row for row in rows if row.rank]
    assert ranked
    assert rows[: len(ranked)] == sorted(ranked, key=lambda row: (row.rank, -row.rated, row.name))
    rest = rows[len(ranked) :]
    assert rest
    assert all(row.small_sample for row in rest)
    assert rest == sorted(rest, key=lambda row: (-row.rated, row.name))
    assert [line.counts.ratings for line in table.rows.lines] == [row.rated for row in rows]
    assert table.whole().rows == rows


async def test_a_ranking_goes_by_the_lower_bound_that_its_rows_show(act, items, place):
    asked = RankingQuery(hall_id=place.hall_id, of="good_rate", **PERIOD)
    table = await service.ranking_table(act, asked)
    bounds = [row.lower for row in table.rows]
    assert bounds == sorted(bounds, reverse=True)
    assert [row.rank for row in table.rows] == [1 + bounds.index(bound) for bound in bounds]
    assert all(row.small_sample and row.rank is None for row in table.left_out)
    whole = await service.ranking(act, asked)
    assert (whole.rows, whole.left_out) == (list(table.rows), list(table.left_out))


async def test_a_comparison_has_first_what_was_rated_most_and_last_what_is_gone(act, items, place):
    asked = ComparisonQuery(hall_id=place.hall_id, **PERIOD)
    table = await comparing.comparison_table(act, asked)
    rows = list(table.rows)
    there = [row for row in rows if row.now]
    gone = [row for row in rows if not row.now]
    assert there
    assert gone
    assert all(row.before for row in gone)
    assert rows == [
        *sorted(there, key=lambda row: (-row.now.rated, row.name)),
        *sorted(gone, key=lambda row: row.name),
    ]
    assert [line.rated for line in table.rows.lines] == [
        row.now.rated if row.now else 0 for row in rows
    ]
    assert table.whole().rows == rows
