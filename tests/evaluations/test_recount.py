"""The score table equals the ratings whatever happened, and is mended while they come in."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from app.core import db
from app.core.clock import day_of
from evaluations.ratings import visits
from evaluations.ratings.counting import Dimension
from evaluations.ratings.rulings import Verdict, rule_invalid
from evaluations.scores import service, upkeep
from tests.evaluations.hub import RATE, Evaluator, decided_case, enrolled, some_history, visit
from tests.places import citizen_actor


async def counted_by_hand() -> Counter:
    """The score table as a plain loop over services, ratings and rulings makes it."""
    services = {row["id"]: row for row in await db.fetch("SELECT * FROM services")}
    ruled = {row["rating_id"] for row in await db.fetch("SELECT rating_id FROM rating_rulings")}
    valid = [row for row in await db.fetch("SELECT * FROM ratings") if row["id"] not in ruled]
    rated = {row["service_id"] for row in valid}
    found: Counter = Counter()

    def places(row):
        keys = (row["hall_id"], row["department_id"], row["window_id"])
        keys += (row["staff_id"], row["item_id"])
        return [(n, str(key)) for n, key in enumerate(keys, 1) if key]

    for row in services.values():
        if row["ended_at"]:
            day = day_of(row["ended_at"])
            for dimension, key in places(row):
                found[row["hall_id"], dimension, day, key, 0] += 1
                if row["id"] in rated:
                    found[row["hall_id"], dimension, day, key, 9] += 1
    for row in valid:
        of = services[row["service_id"]]
        keys = places(of) + [(6, str(row["channel"]))] + [(7, tag) for tag in row["tags"]]
        for dimension, key in keys:
            found[of["hall_id"], dimension, row["day"], key, row["level"]] += 1
    return found


async def kept() -> Counter:
    rows = await db.fetch("SELECT hall_id, dimension, day, key, measure, n FROM score_days")
    names = ("hall_id", "dimension", "day", "key", "measure")
    return Counter({tuple(row[name] for name in names): row["n"] for row in rows})


async def rule_some(act_as, place, rng, how_many):
    rows = await db.fetch("SELECT id FROM ratings ORDER BY id")
    for row in rng.sample(rows, min(how_many, len(rows))):
        actor = await place.actor(act_as(), "supervisor")
        await rule_invalid(act_as(actor), row["id"], rng.choice(list(Verdict)), "核实为误评")


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_history_the_table_is_what_a_plain_count_says(
    evaluator, act_as, place, house, seed
):
    rng = random.Random(seed)
    tablet = Evaluator(
        *await enrolled(act_as, place.hall_id, None), evaluator.house, evaluator.client
    )
    citizen, _ = await citizen_actor(act_as())
    served, opened = [], []
    for step in range(28):
        house.clock.shift(timedelta(hours=rng.choice([0, 1, 20])))
        choice = rng.random()
        if choice < 0.3:
            number = f"51160220260101{seed}{step:05}"
            served.append(await decided_case(act_as(), place, number, citizen.id))
        elif choice < 0.5:
            name, window = rng.choice([("clerk", "01"), ("clerk2", "02")])
            made = await visit(act_as, place, name, window)
            served.append(made.id)
            opened.append((name, made.id))
        elif choice < 0.6 and opened:
            name, visit_id = opened.pop(rng.randrange(len(opened)))
            await visits.end(act_as(await place.actor(act_as(), name)), visit_id)
        elif choice < 0.9 and served:
            await tablet.post(RATE, tablet.tap(rng.choice(served), rng.randint(1, 5)))
        else:
            await rule_some(act_as, place, rng, 1)
    by_hand = await counted_by_hand()
    assert by_hand
    assert await kept() == by_hand
    assert await service.verify() == []


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_wrong_in_the_table_is_mended_exactly(evaluator, act_as, place, seed):
    rng = random.Random(seed)
    await some_history(evaluator, act_as, place, [5, 4, 2, 1, None])
    await rule_some(act_as, place, rng, 1)
    right = await kept()
    rows = await db.fetch("SELECT id, n FROM score_days")
    for row in rng.sample(rows, 10):
        if rng.random() < 0.3:
            await db.execute("DELETE FROM score_days WHERE id = $1", row["id"])
        else:
            n = row["n"] + rng.randint(1, 5)
            await db.execute("UPDATE score_days SET n = $2 WHERE id = $1", row["id"], n)
    await db.execute(
        "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
        " VALUES ($1, 3, '2020-01-01', 'nowhere', 5, 7)",
        place.hall_id,
    )
    assert await service.rebuild(act_as()) == 11
    assert await kept() == right
    assert await service.rebuild(act_as()) == 0


async def test_an_emptied_table_is_made_anew(evaluator, act_as, place):
    await some_history(evaluator, act_as, place, [5, 3, None])
    right = await kept()
    await db.execute("TRUNCATE score_days")
    assert len(await service.verify()) == len(right)
    assert len(await service.verify(most=3)) == 3
    assert await service.rebuild(act_as()) == len(right)
    assert await kept() == right


async def test_ratings_do_not_wait_while_everything_is_counted(evaluator, act_as, place):
    citizen, _ = await citizen_actor(act_as())
    case = await decided_case(act_as(), place, "511602202601010001", citizen.id)
    tablet = Evaluator(
        *await enrolled(act_as, place.hall_id, None), evaluator.house, evaluator.client
    )
    act = act_as()
    async with act.transaction():
        await db.execute(upkeep.ROOM)
        assert await db.fetch(upkeep.DIFFERENCES) == []
        answer = await asyncio.wait_for(tablet.post(RATE, tablet.tap(case)), 5)
        assert answer.status_code == 201
    assert await service.verify() == []


async def test_what_comes_in_between_finding_and_mending_is_neither_lost_nor_doubled(
    evaluator, act_as, place, monkeypatch
):
    citizen, _ = await citizen_actor(act_as())
    cases = [
        await decided_case(act_as(), place, f"5116022026010100{n:02}", citizen.id)
        for n in range(12)
    ]
    tablet = Evaluator(
        *await enrolled(act_as, place.hall_id, None), evaluator.house, evaluator.client
    )
    for case in cases[:4]:
        await tablet.post(RATE, tablet.tap(case, 2))
    await db.execute("DELETE FROM score_days WHERE measure = 2 AND dimension = 1")
    await db.execute("UPDATE score_days SET n = n + 3 WHERE measure = 0")
    patiently = db.patiently

    async def slowly(sql, *values, seconds):
        rows = await patiently(sql, *values, seconds=seconds)
        if sql.startswith("CREATE TEMPORARY TABLE") and cases[4:]:
            taps = [tablet.post(RATE, tablet.tap(cases.pop(), 2)) for _ in range(8)]
            answers = await asyncio.gather(*taps)
            assert {answer.status_code for answer in answers} == {201}
        return rows

    monkeypatch.setattr(db, "patiently", slowly)
    assert await service.rebuild(act_as()) > 0
    assert not cases[4:]
    assert await kept() == await counted_by_hand()
    rows = await db.fetch(
        "SELECT n FROM score_days WHERE dimension = $1 AND measure = 2", Dimension.HALL
    )
    assert [row["n"] for row in rows] == [12]
