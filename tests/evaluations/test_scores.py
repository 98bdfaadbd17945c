"""Scores: what a manager reads is what the ratings say, over any dimension and period."""

import asyncio
import random
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core import db
from app.core.clock import day_of
from app.halls import service as halls
from app.halls.schemas import HallIn
from evaluations.ratings import visits
from evaluations.ratings.intake import Entry
from evaluations.ratings.rules import counted_at
from evaluations.ratings.writer import RatingWriter
from evaluations.scores import service
from tests.evaluations.hub import (
    RATE,
    SCORES,
    Evaluator,
    decided_case,
    enrolled,
    some_history,
    visit,
)
from tests.places import citizen_actor, code_of, staff_headers


async def read(client, headers, place, **query):
    answer = await client.get(
        SCORES, params={"hall_id": str(place.hall_id)} | query, headers=headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_manager_reads_counts_and_rates_with_what_they_are_made_of(
    client, evaluator, act_as, place, manager, period
):
    await some_history(evaluator, act_as, place, [5, 5, 4, 3, 2, 1, None, None])
    found = await read(client, manager, place, **period())
    total = found["total"]
    assert total["levels"] == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 2}
    assert total["satisfaction"] == {"numerator": 4, "denominator": 6, "value": 4 / 6}
    assert total["good_rate"]["numerator"] == 3
    assert total["participation"] == {"numerator": 6, "denominator": 8, "value": 0.75}
    for by, name in (
        ("hall", "青河县政务服务中心"),
        ("window", "01 综合窗口01"),
        ("staff", "员工001"),
        ("channel", "窗口评价器"),
    ):
        (row,) = (await read(client, manager, place, by=by, **period()))["rows"]
        assert row["name"] == name
        assert row["levels"] == total["levels"]
        assert row["rank"] == 1
    tags = (await read(client, manager, place, by="tag", **period()))["rows"]
    assert {row["name"]: row["rated"] for row in tags} == {
        "窗口人员业务不熟练": 1,
        "服务态度差效率低": 1,
    }
    assert all(row["small_sample"] and row["rank"] is None for row in tags)


async def test_a_period_counts_its_own_days(client, house, evaluator, act_as, place, manager):
    await some_history(evaluator, act_as, place, [5])
    house.clock.shift(timedelta(days=3))
    manager = await staff_headers(act_as(), place, "manager")
    today = day_of(house.clock.now())
    for first, last, rated in ((0, 0, 0), (2, 0, 0), (3, 3, 1), (10, 0, 1), (10, 4, 0)):
        found = await read(
            client,
            manager,
            place,
            **{
                "from": str(today - timedelta(days=first)),
                "to": str(today - timedelta(days=last)),
            },
        )
        assert found["total"]["rated"] == rated, (first, last)


async def test_of_nothing_there_are_no_rates(client, place, manager, period):
    found = await read(client, manager, place, **period())
    assert found["rows"] == []
    assert found["total"]["satisfaction"] == {"numerator": 0, "denominator": 0, "value": None}
    assert found["total"]["wilson_lower"] is None


async def test_halls_below_count_with_the_hall_above(client, act_as, place, period):
    below = await halls.add_hall(
        act_as(),
        HallIn(
            code="TOWN",
            name="城东镇便民服务中心",
            level="town",
            region_code="511602",
            parent_id=place.hall_id,
        ),
    )
    for hall_id in (place.hall_id, below.id):
        for n in range(2):
            new = visits.NewService(
                subject=f"case:{hall_id.hex[:12]}{n}",
                place=visits.Place(hall_id),
                item_name="登记",
                citizen_id=None,
                project_no=None,
                started_at=act_as().at,
                ended_at=act_as().at,
            )
            await visits.open_for_rating(act_as(), new)
    manager = await staff_headers(act_as(), place, "manager")
    found = await read(client, manager, place, **period())
    assert found["total"]["due"] == 4
    assert {row["name"]: row["due"] for row in found["rows"]} == {
        "青河县政务服务中心": 2,
        "城东镇便民服务中心": 2,
    }


async def test_only_managers_and_supervisors_of_the_hall_read_scores(client, act_as, place, period):
    query = {"hall_id": str(place.hall_id)} | period()
    _, citizen = await citizen_actor(act_as())
    for path in (SCORES, f"{SCORES}.xlsx"):
        assert (await client.get(path, params=query)).status_code == 401
        for headers in (
            citizen,
            await staff_headers(act_as(), place, "clerk"),
            await staff_headers(act_as(), place, "admin"),
            await staff_headers(act_as(), place, "far_manager"),
        ):
            assert (await client.get(path, params=query, headers=headers)).status_code == 403
        headers = await staff_headers(act_as(), place, "supervisor")
        assert (await client.get(path, params=query, headers=headers)).status_code == 200
        other = query | {"hall_id": str(uuid4())}
        assert (await client.get(path, params=other, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "2001-01-01", "to": "2026-01-01"},
        {"from": "gestern", "to": "2026-01-01"},
        {"from": "2026-01-01"},
        {"from": "2026-01-01", "to": "2026-01-31", "by": "citizen"},
    ],
)
async def test_a_wrong_period_or_dimension_is_refused(client, place, manager, wrong):
    query = {"hall_id": str(place.hall_id)} | wrong
    answer = await client.get(SCORES, params=query, headers=manager)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")


async def test_the_scores_tell_nothing_of_who_rated(
    client, evaluator, act_as, place, manager, period
):
    citizen, headers = await citizen_actor(act_as())
    await decided_case(act_as(), place, "511602202601010000011", citizen.id)
    rating = {"case_number": "511602202601010000011", "level": 2, "comment": "我叫张三"}
    assert (await client.post("/api/v1/ratings", json=rating, headers=headers)).status_code == 201
    for by in ("hall", "department", "window", "staff", "item", "channel", "tag"):
        answer = await client.get(
            SCORES, params={"hall_id": str(place.hall_id), "by": by} | period(), headers=manager
        )
        for secret in ("张三", str(citizen.id), "511602202601010000011"):
            assert secret not in answer.text


async def test_the_score_table_equals_a_recount_after_any_history(house, act_as, place):
    rng = random.Random(20260301)
    citizen, _ = await citizen_actor(act_as())
    device_id, _ = await enrolled(act_as, place.hall_id, None)
    writer = house.part(RatingWriter)
    open_services: list = []
    for step in range(60):
        house.clock.shift(timedelta(hours=rng.choice([0, 1, 5, 20])))
        at = house.clock.now()
        choice = rng.random()
        if choice < 0.3:
            open_services.append(
                await decided_case(
                    act_as(), place, f"51160220260101{step:06}", citizen.id, staff_id=None
                )
            )
        elif choice < 0.6:
            name, window = rng.choice([("clerk", "01"), ("clerk2", "02")])
            served = await visit(act_as, place, name, window, citizen_id=citizen.id)
            open_services.append(served.id)
            if rng.random() < 0.5:
                clerk = act_as(await place.actor(act_as(), name))
                await visits.end(clerk, served.id)
        elif open_services:
            level = rng.randint(1, 5)
            codes = [f"{level}{n:02}" for n in range(20)]
            by_device = rng.random() < 0.5
            await writer.write(
                Entry(
                    service_id=rng.choice(open_services),
                    level=level,
                    tags=tuple(rng.sample(codes, rng.randint(1, 3))),
                    tags_version="national-1",
                    comment="",
                    channel=5 if by_device else 8,
                    happened_at=at - timedelta(hours=rng.choice([0, 2, 30])),
                    received_at=at,
                    clock_offset_ms=rng.choice([0, -7_200_000, 90_000_000]),
                    device_id=device_id if by_device else None,
                    event_id=db.new_id() if by_device else None,
                    citizen_id=None if by_device else citizen.id,
                )
            )
    rows = await db.fetch(
        "SELECT r.*, s.started_at FROM ratings r JOIN services s ON s.id = r.service_id"
    )
    assert len(rows) > 5
    for row in rows:
        times = (row["happened_at"], row["clock_offset_ms"], row["started_at"], row["received_at"])
        assert row["day"] == day_of(counted_at(*times))
    assert await service.verify() == []


async def test_verify_finds_every_kind_of_difference_and_rebuild_mends_it(evaluator, act_as, place):
    await some_history(evaluator, act_as, place, [5, 2, None])
    await db.execute("UPDATE score_days SET n = n + 1 WHERE dimension = 1 AND measure = 5")
    await db.execute("DELETE FROM score_days WHERE dimension = 3 AND measure = 2")
    await db.execute(
        "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
        " VALUES ($1, 5, '2026-01-01', 'nothing', 3, 4)",
        place.hall_id,
    )
    found = await service.verify()
    assert sorted((d.dimension, d.measure, d.kept, d.counted) for d in found) == [
        (1, 5, 2, 1),
        (3, 2, 0, 1),
        (5, 3, 4, 0),
    ]
    assert await service.rebuild(act_as()) == len(found)
    assert await service.verify() == []
    assert await service.rebuild(act_as()) == 0
    served = await visit(act_as, place)
    assert (await evaluator.post(RATE, evaluator.tap(served.id))).status_code == 201
    assert await service.verify() == []


async def test_rebuilding_while_ratings_come_in_loses_and_doubles_none(evaluator, act_as, place):
    citizen, _ = await citizen_actor(act_as())
    cases = [
        await decided_case(act_as(), place, f"5116022026010100{n:04}", citizen.id)
        for n in range(20)
    ]
    await db.execute("UPDATE score_days SET n = n + 1")
    tablet = Evaluator(
        *await enrolled(act_as, place.hall_id, None), evaluator.house, evaluator.client
    )
    taps = [tablet.post(RATE, tablet.tap(case)) for case in cases]
    later = [
        decided_case(act_as(), place, f"5116022026010200{n:04}", citizen.id) for n in range(10)
    ]
    answers = await asyncio.gather(service.rebuild(act_as()), *taps, *later)
    assert {answer.status_code for answer in answers[1:21]} == {201}
    assert await service.verify() == []
