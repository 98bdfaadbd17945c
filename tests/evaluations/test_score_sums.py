"""Sums are never seen: with them or without, every view says the same."""

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
from evaluations.scores.periods import Period, Span, Step, buckets, span_begin, span_end, whole
from evaluations.scores.rules import Counts
from tests.evaluations.counted import count
from tests.evaluations.hub import some_history

TODAY = date(2024, 7, 10)
FIRST = date(2022, 11, 16)
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
    edges = [
        FIRST,
        TODAY,
        date(2023, 1, 1),
        date(2023, 12, 31),
        date(2024, 2, 1),
        date(2024, 4, 30),
        date(2024, 6, 30),
    ]
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
    assert await summed() == date(2024, 7, 1)


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


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(0, 900),
    st.sampled_from(Step),
    st.sampled_from(Span),
)
def test_whole_spans_lie_inside_one_bucket_each_and_none_is_left_out(first, length, step, span):
    period = Period(first, first + timedelta(days=length))
    divided = buckets(period, step)
    begin, end = whole(divided, span)
    one, inside = span_begin(span, first), []
    while one <= period.last:
        last = span_end(span, one) - timedelta(days=1)
        if any(one in bucket and last in bucket for bucket in divided):
            inside.append((one, last))
        one = last + timedelta(days=1)
    if begin == end:
        assert begin == first
        # A day may be a part of a week; it is read as it is.
        assert not inside or step is Step.DAY or (step is Step.MONTH and span is Span.YEAR)
    else:
        assert (begin, end) == (inside[0][0], inside[-1][1] + timedelta(days=1))


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_weeks_months_and_years_are_made_of_whole_parts(day):
    part = span_begin(Span.PART, day)
    last = span_end(Span.PART, part) - timedelta(days=1)
    assert part <= day <= last
    assert (last - part).days < 7
    assert part.isocalendar()[:2] == last.isocalendar()[:2]
    assert (part.year, part.month) == (last.year, last.month)
    assert span_begin(Span.PART, last + timedelta(days=1)) == last + timedelta(days=1)


async def test_parts_are_summed_when_they_are_a_week_over_by_both_clocks(place, summed):
    assert await summed() is None, "nothing was counted yet"
    await count(place.hall_id, date(2024, 3, 27), {5: 1})
    assert await summed(date(2024, 4, 7)) is None
    # The week of 27 March ends with the month, on a Sunday.
    assert await summed(date(2024, 4, 8)) == date(2024, 4, 1)
    assert await summed(date(2024, 4, 8)) == date(2024, 4, 1)
    [row] = await db.fetch("SELECT CURRENT_DATE AS today")
    far = await summed(date(2100, 1, 1))
    assert far <= row["today"] - sums.RIPE
    assert span_end(Span.PART, far) > row["today"] - sums.RIPE


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
    assert await db.fetch("SELECT id FROM score_sums") == []


async def test_a_late_change_leaves_one_note_of_the_difference(place):
    day = date(2024, 2, 10)
    await count(place.hall_id, day, {5: 7})

    async def noted(change):
        await db.execute("DELETE FROM score_changes")
        await db.execute(change)
        rows = await db.fetch("SELECT day, measure, n FROM score_changes ORDER BY day, measure")
        return [tuple(row.values()) for row in rows]

    assert await noted("UPDATE score_days SET n = n + 2") == [(day, 5, 2)]
    assert await noted("UPDATE score_days SET n = n - 8") == [(day, 5, -8)]
    assert await noted("UPDATE score_days SET n = n") == []
    # Made another's by hand: missing there, new here, also if only one of the days is old.
    assert await noted("UPDATE score_days SET measure = 4, n = 3") == [(day, 4, 3), (day, 5, -1)]
    today = await db.fetch_one("SELECT CURRENT_DATE AS day")
    assert await noted("UPDATE score_days SET day = CURRENT_DATE") == [
        (day, 4, -3),
        (today["day"], 4, 3),
    ]
    assert await noted("UPDATE score_days SET day = '2024-02-11'") == [
        (date(2024, 2, 11), 4, 3),
        (today["day"], 4, -3),
    ]
    assert await noted("DELETE FROM score_days") == [(date(2024, 2, 11), 4, -3)]


async def test_todays_figures_leave_no_notes(place):
    [row] = await db.fetch("SELECT CURRENT_DATE AS today")
    for back in (0, 1, 3):
        await count_due(Place(place.hall_id), row["today"] - timedelta(days=back), rated=False)
        await count_due(Place(place.hall_id), row["today"] - timedelta(days=back), rated=True)
    assert await db.fetch("SELECT id FROM score_changes") == []


async def test_a_change_that_is_not_committed_yet_when_its_day_is_summed_is_not_lost(
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

        assert await outside(sum_elsewhere) == 24
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
    day = {2: "2024-02-01", 3: "2024-03-01", 4: "2024-04-01"}
    await db.execute(f"UPDATE score_sums SET level_5 = 40 WHERE begin = '{day[3]}' AND span = 1")
    await db.execute(f"DELETE FROM score_sums WHERE begin = '{day[4]}' AND span = 2")
    await db.execute(
        f"UPDATE score_sums SET begin = '2024-09-01' WHERE begin = '{day[2]}' AND span = 2"
    )
    wrong = await sums.verify(20)
    told = {(one.begin.month, one.span, one.measure, one.kept, one.counted) for one in wrong}
    part, month = Span.PART, Span.MONTH
    assert told == {
        (3, part, 5, 40, 3),
        (3, month, 5, 3, 40),
        (4, month, 5, 0, 4),
        (4, month, 3, 0, 1),
        (2, month, 5, 0, 2),
        (2, month, 3, 0, 1),
        (9, month, 5, 2, 0),
        (9, month, 3, 1, 0),
    }
    assert len(await sums.verify(3)) == 3
    assert await sums.mend(act_as()) == 8
    assert await sums.verify(10) == []
    for span in (part, month):
        rows = await db.fetch(
            "SELECT begin, level_5 FROM score_sums WHERE span = $1 ORDER BY begin", span
        )
        assert [(row["begin"].month, row["level_5"]) for row in rows] == [(2, 2), (3, 3), (4, 4)]


async def test_a_hall_s_sums_are_those_of_all_below_it_also_after_a_move(place, summed):
    february = Period(date(2024, 2, 1), date(2024, 2, 29))
    await count(place.hall_id, date(2024, 2, 10), {5: 2})
    await count(place.other_hall_id, date(2024, 2, 11), {4: 1})

    async def halls_seen():
        found = await queries.period(place.hall_id, {Dimension.HALL}, february.first, february.last)
        return {key for _, key in found}

    async def put_below(parent_id):
        await db.execute(
            "UPDATE halls SET parent_id = $1 WHERE id = $2", parent_id, place.other_hall_id
        )

    await summed()
    assert await halls_seen() == {str(place.hall_id)}
    await put_below(place.hall_id)
    assert await halls_seen() == {str(place.hall_id), str(place.other_hall_id)}
    await summed()
    assert len(await db.fetch("SELECT id FROM score_sums WHERE span = 2")) == 3
    assert await halls_seen() == {str(place.hall_id), str(place.other_hall_id)}
    assert await sums.verify(10) == []
    await put_below(None)
    assert await halls_seen() == {str(place.hall_id)}
