"""Sums by month are never seen: with them or without, every view says the same."""

import asyncio
import contextvars
import random
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db
from app.core.clock import CHINA
from evaluations.ratings.counting import Dimension, Place, count_due
from evaluations.ratings.rulings import Verdict, rule_invalid
from evaluations.scores import drill_queries, queries, service, sums
from evaluations.scores.drill_queries import Figure
from evaluations.scores.periods import Period, Step, begin_of_next, buckets, whole_months
from evaluations.scores.rules import Counts
from tests.evaluations.counted import count
from tests.evaluations.hub import some_history

TODAY = date(2024, 7, 10)
FIRST = date(2024, 1, 1)
DAYS = (TODAY - FIRST).days
KEYS = ("a", "b", "c")
MEASURES = (0, 1, 2, 3, 4, 5, 9)


@pytest.fixture
def act_on(house, act_as):
    """`act_on(day)` is an act at noon of that day."""

    def make(day):
        act = act_as()
        act.at = act.at.astimezone(CHINA).replace(year=day.year, month=day.month, day=day.day)
        return act

    return make


@pytest.fixture
async def summed(act_on):
    """Sums up all that is ripe on a day, TODAY by default; returns up to which day."""

    async def sum_up(day=TODAY):
        await sums.keep_up(act_on(day))
        row = await db.fetch_one("SELECT summed_before FROM score_boundary")
        return row["summed_before"] if row else None

    return sum_up


async def change(place, rng, times):
    """Raise and lower figures of any days, as intake, rulings and a rebuild do."""
    for _ in range(times):
        hall = rng.choice([place.hall_id, place.other_hall_id])
        day = FIRST + timedelta(days=rng.randrange(DAYS))
        values = (hall, rng.choice([1, 3]), day, rng.choice(KEYS), rng.choice(MEASURES))
        where = "(hall_id, dimension, day, key, measure) = ($1, $2, $3, $4, $5)"
        if rng.random() < 0.6:
            await db.execute(
                "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT"
                " (hall_id, dimension, day, key, measure) DO UPDATE SET n = score_days.n + $6",
                *values,
                rng.randint(1, 9),
            )
        elif rng.random() < 0.5:
            await db.execute(f"UPDATE score_days SET n = n - 1 WHERE {where} AND n > 1", *values)
        else:
            await db.execute(f"DELETE FROM score_days WHERE {where}", *values)


async def all_days(hall_ids):
    rows = await db.fetch("SELECT * FROM score_days WHERE hall_id = ANY ($1::uuid[])", hall_ids)
    return [(row["dimension"], row["key"], row["day"], row["measure"], row["n"]) for row in rows]


def added_up(days, dimensions, period, bucket_of=lambda _: 0):
    """What a plain loop over the days makes of them."""
    found = defaultdict(lambda: [0] * 10)
    for dimension, key, day, measure, n in days:
        if dimension in dimensions and day in period:
            found[dimension, key, bucket_of(day)][measure] += n
    return {key: Counts(tuple(n[1:6]), n[0], n[9]) for key, n in found.items()}


def some_period(rng):
    edges = [FIRST, TODAY, date(2024, 2, 1), date(2024, 4, 30), date(2024, 6, 30)]
    edges += [FIRST + timedelta(days=rng.randrange(DAYS)) for _ in range(4)]
    return Period(*sorted(rng.choices(edges, k=2)))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_asked_of_whatever_history_the_sums_change_nothing(place, summed, seed):
    rng = random.Random(seed)
    await db.execute(
        "UPDATE halls SET parent_id = $1 WHERE id = $2", place.hall_id, place.other_hall_id
    )
    for _ in range(8):
        await change(place, rng, 60)
        if rng.random() < 0.8:
            await summed(FIRST + timedelta(days=rng.randrange(60, DAYS)))
        days = await all_days([place.hall_id, place.other_hall_id])
        for _ in range(4):
            period = some_period(rng)
            wanted = set(rng.choices([Dimension.HALL, Dimension.WINDOW], k=2))
            found = await queries.period(place.hall_id, wanted, period.first, period.last)
            by_hand = added_up(days, wanted, period)
            assert found == {key[:2]: counts for key, counts in by_hand.items()}
            for step in Step:
                await same_trend(place, period, step, days, rng)
    assert await sums.verify(10) == []
    assert await summed() == date(2024, 6, 1)


async def same_trend(place, period, step, days, rng):
    divided = buckets(period, step)
    keys = rng.choice([None, ["a"], ["b", "c"]])
    found = await queries.divided(place.hall_id, Dimension.WINDOW, keys, divided)

    def bucket_of(day):
        return next(n for n, bucket in enumerate(divided) if day in bucket)

    by_hand = added_up(
        [row for row in days if keys is None or row[1] in keys], {3}, period, bucket_of
    )
    flat = {(3, key, n): counts for key, series in found.items() for n, counts in series.items()}
    assert flat == by_hand


@pytest.mark.parametrize("seed", range(2))
async def test_a_figure_s_months_are_those_of_its_days(place, summed, seed):
    rng = random.Random(seed)
    await change(place, rng, 300)
    await summed()
    await change(place, rng, 100)
    days = await all_days([place.hall_id])
    for _ in range(10):
        period, levels = some_period(rng), rng.choice([[1, 2], [5], [1, 2, 3, 4, 5]])
        key = rng.choice(KEYS)
        by_hand = defaultdict(int)
        for dimension, of, day, measure, n in days:
            if dimension == 3 and of == key and measure in levels and day in period:
                by_hand[day.replace(day=1)] += n
        figure = Figure(place.hall_id, Dimension.WINDOW, [key], levels)
        assert dict(await drill_queries.months(figure, period)) == by_hand


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.sampled_from(Step))
def test_whole_months_lie_inside_one_bucket_each_and_none_is_left_out(first, length, step):
    period = Period(first, first + timedelta(days=length))
    divided = buckets(period, step)
    begin, end = whole_months(divided)
    month, inside = first.replace(day=1), []
    while month <= period.last:
        last = begin_of_next(Step.MONTH, month) - timedelta(days=1)
        if any(month in bucket and last in bucket for bucket in divided):
            inside.append((month, last))
        month = begin_of_next(Step.MONTH, month)
    if begin == end:
        assert begin == first
        # A week or a day may hold no month; a bucket of months that holds one is divided by them.
        assert not inside
    else:
        assert (begin, end) == (inside[0][0], inside[-1][1] + timedelta(days=1))


async def test_months_are_summed_when_they_are_three_weeks_over_by_both_clocks(place, summed):
    assert await summed() is None, "nothing was counted yet"
    await count(place.hall_id, date(2024, 3, 5), {5: 1})
    assert await summed(date(2024, 4, 21)) is None
    assert await summed(date(2024, 4, 22)) == date(2024, 4, 1)
    assert await summed(date(2024, 4, 22)) == date(2024, 4, 1)
    [row] = await db.fetch("SELECT CURRENT_DATE AS today")
    far = await summed(date(2100, 1, 1))
    assert far <= row["today"] - sums.RIPE
    assert begin_of_next(Step.MONTH, far) > row["today"] - sums.RIPE


async def test_a_change_long_after_is_seen_at_once_and_folded_in_later(place, summed):
    day = date(2024, 2, 10)
    await count(place.hall_id, day, {5: 2, 1: 1}, due=4)
    await summed()

    async def seen():
        found = await queries.period(
            place.hall_id, {Dimension.HALL}, date(2024, 2, 1), date(2024, 2, 28)
        )
        return found.get((Dimension.HALL, str(place.hall_id)))

    assert await seen() == Counts((1, 0, 0, 0, 2), 4)
    await count_due(Place(place.hall_id), day, rated=True)
    assert await seen() == Counts((1, 0, 0, 0, 2), 5, 1)
    assert len(await db.fetch("SELECT id FROM score_changes")) > 0
    await summed()
    assert await db.fetch("SELECT id FROM score_changes") == []
    assert await seen() == Counts((1, 0, 0, 0, 2), 5, 1)
    await db.execute("DELETE FROM score_days")
    assert await seen() is None
    await summed()
    assert await db.fetch("SELECT id FROM score_months") == []


async def test_todays_figures_leave_no_notes(place):
    [row] = await db.fetch("SELECT CURRENT_DATE AS today")
    for back in (0, 1, 13):
        await count_due(Place(place.hall_id), row["today"] - timedelta(days=back), rated=False)
        await count_due(Place(place.hall_id), row["today"] - timedelta(days=back), rated=True)
    assert await db.fetch("SELECT id FROM score_changes") == []


async def test_a_change_that_is_not_committed_yet_when_its_month_is_summed_is_not_lost(
    place, act_as, act_on
):
    """Nobody waits for the other, whoever comes first."""
    day = date(2024, 2, 10)
    await count(place.hall_id, day, {5: 2})
    late = act_as()
    async with late.transaction():
        await count_due(Place(place.hall_id), day, rated=True)

        async def sum_elsewhere():
            return await asyncio.wait_for(sums.keep_up(act_on(TODAY)), 5)

        assert await outside(sum_elsewhere) == 4
    found = await queries.period(
        place.hall_id, {Dimension.HALL}, date(2024, 2, 1), date(2024, 2, 28)
    )
    assert found == {(Dimension.HALL, str(place.hall_id)): Counts((0, 0, 0, 0, 2), 1, 1)}
    assert await sums.verify(10) == []


async def outside(work):
    """Run `work` outside the transaction that is open here."""
    return await asyncio.create_task(work(), context=contextvars.Context())


async def test_changes_and_sums_at_the_same_time_end_right(place, act_as, act_on):
    rng = random.Random(7)
    done = False

    async def change_on():
        for _ in range(25):
            async with act_as().transaction():
                for _ in range(rng.randint(1, 3)):
                    day = FIRST + timedelta(days=rng.randrange(150))
                    await count_due(Place(place.hall_id), day, rated=rng.random() < 0.5)

    async def sum_on():
        day = FIRST
        while not done or day < TODAY:
            day = min(day + timedelta(days=9), TODAY)
            await sums.keep_up(act_on(day))

    await count_due(Place(place.hall_id), FIRST, rated=False)
    adding = asyncio.create_task(sum_on())
    # One at a time, as lock order of the score table asks of transactions with several counts.
    await change_on()
    done = True
    await adding
    assert await sums.verify(10) == []
    [row] = await db.fetch("SELECT sum(n)::int AS n FROM score_days WHERE measure = 0")
    found = await queries.period(place.hall_id, {Dimension.HALL}, FIRST, TODAY)
    assert found[Dimension.HALL, str(place.hall_id)].due == row["n"]


async def test_ratings_rulings_and_a_rebuild_leave_the_sums_right(
    evaluator, act_as, act_on, place, house
):
    house.clock.shift(timedelta(days=-120))
    await some_history(evaluator, act_as, place, [5, 4, 2, 1, None])
    house.clock.shift(timedelta(days=120))
    assert await sums.keep_up(act_as()) > 0
    act = act_as(await place.actor(act_as(), "supervisor"))
    [row, *_] = await db.fetch("SELECT id FROM ratings ORDER BY id")
    await rule_invalid(act, row["id"], Verdict.MISTAKEN, "核实为误评")
    assert await service.verify() == []
    await db.execute("DELETE FROM score_days WHERE measure = 2")
    await db.execute("UPDATE score_days SET n = n + 3 WHERE measure = 0")
    assert await service.rebuild(act_as()) > 0
    assert await service.verify() == []
    assert await db.fetch("SELECT id FROM score_changes") == []


async def test_wrong_sums_are_told_and_made_anew(place, summed, act_as):
    for month in (2, 3, 4):
        await count(place.hall_id, date(2024, month, 3), {5: month, 3: 1})
    await summed()
    await db.execute("UPDATE score_months SET level_5 = 40 WHERE month = '2024-03-01'")
    await db.execute("DELETE FROM score_months WHERE month = '2024-04-01'")
    await db.execute("UPDATE score_months SET month = '2024-09-01' WHERE month = '2024-02-01'")
    wrong = await sums.verify(10)
    told = {(one.month.month, one.measure, one.kept, one.counted) for one in wrong}
    assert told == {(2, 5, 0, 2), (2, 3, 0, 1), (3, 5, 40, 3), (4, 5, 0, 4), (4, 3, 0, 1)} | {
        (9, 5, 2, 0),
        (9, 3, 1, 0),
    }
    assert len(await sums.verify(3)) == 3
    assert await sums.mend(act_as()) == 7
    assert await sums.verify(10) == []
    months = await db.fetch("SELECT month, level_5 FROM score_months ORDER BY month")
    assert [(row["month"].month, row["level_5"]) for row in months] == [(2, 2), (3, 3), (4, 4)]
