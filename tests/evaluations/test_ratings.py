"""Ratings on an evaluator and in the mini program: once, by whom they concern, in time."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.errors import Conflict
from evaluations.ratings import visits
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, Evaluator, decided_case, enrolled, on_duty, visit
from tests.places import code_of


async def kept() -> list[dict]:
    return await db.fetch("SELECT * FROM ratings ORDER BY id")


async def test_a_tap_is_kept_with_all_that_is_known_of_it(evaluator, act_as, place):
    served = await visit(act_as, place)
    answer = await evaluator.post(
        RATE, evaluator.tap(served.id, 2, comment="等了很久", raw_level=4)
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["level"] == 2
    (row,) = await kept()
    assert (row["level"], row["raw_level"], row["channel"]) == (2, 4, 5)
    assert (row["tags"], row["comment"], row["tags_version"]) == (["213"], "等了很久", "national-1")
    assert (row["device_id"], row["citizen_id"]) == (evaluator.id, None)
    assert str(row["id"]) == answer.json()["id"]
    assert await scores.verify() == []


async def test_the_same_event_sent_a_hundred_times_at_once_is_one_rating(evaluator, act_as, place):
    served = await visit(act_as, place)
    tap = evaluator.tap(served.id, 4)
    answers = await asyncio.gather(*(evaluator.post(RATE, tap) for _ in range(100)))
    assert sorted(a.status_code for a in answers) == [200] * 99 + [201]
    assert len({a.text for a in answers}) == 1
    assert len(await kept()) == 1
    assert await scores.verify() == []


async def test_another_rating_of_the_same_visit_is_refused(evaluator, act_as, place):
    served = await visit(act_as, place)
    assert (await evaluator.post(RATE, evaluator.tap(served.id, 5))).status_code == 201
    second = await evaluator.post(RATE, evaluator.tap(served.id, 1))
    assert (second.status_code, code_of(second)) == (409, "rating.already_rated")
    assert [row["level"] for row in await kept()] == [5]


async def test_a_repeat_gets_the_first_answer_even_when_the_time_is_over(
    house, evaluator, act_as, place
):
    served = await visit(act_as, place)
    tap = evaluator.tap(served.id, 3)
    first = await evaluator.post(RATE, tap)
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    house.clock.shift(timedelta(days=60))
    again = await evaluator.post(RATE, tap)
    assert (again.status_code, again.text) == (200, first.text)


async def test_a_visit_can_be_rated_for_five_working_days_after_it_and_no_longer(
    house, evaluator, act_as, place
):
    served = await visit(act_as, place)
    ended = await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    left = ended.rateable_until - house.clock.now()
    house.clock.shift(left + timedelta(seconds=1))
    late = await evaluator.post(RATE, evaluator.tap(served.id))
    assert (late.status_code, code_of(late)) == (409, "rating.too_late")
    house.clock.shift(-timedelta(minutes=1))
    assert (await evaluator.post(RATE, evaluator.tap(served.id))).status_code == 201
    assert await scores.verify() == []


async def test_a_tap_kept_offline_counts_on_the_day_it_happened(house, evaluator, act_as, place):
    served = await visit(act_as, place)
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    tapped = evaluator.tap(served.id)
    on = day_of(house.clock.now())
    house.clock.shift(timedelta(days=30))
    assert (await evaluator.post(RATE, tapped)).status_code == 201
    (row,) = await kept()
    assert row["day"] == on
    assert await scores.verify() == []


async def test_a_wrong_clock_is_measured_and_taken_off(house, evaluator, act_as, place):
    served = await visit(act_as, place)
    evaluator.fast_by = timedelta(minutes=4)
    assert (await evaluator.post(RATE, evaluator.tap(served.id))).status_code == 201
    (row,) = await kept()
    assert 230_000 < row["clock_offset_ms"] < 241_000
    assert row["happened_at"] > row["received_at"]
    assert row["day"] == day_of(row["received_at"])


async def test_a_clock_that_jumped_puts_no_rating_into_another_day(evaluator, act_as, place):
    for days in (-400, 400):
        served = await visit(act_as, place)
        jumped = evaluator.house.clock.now() + timedelta(days=days)
        tap = evaluator.tap(served.id, happened_at=jumped.isoformat())
        assert (await evaluator.post(RATE, tap)).status_code == 201
    for row in await kept():
        assert row["day"] == day_of(row["received_at"])
        assert row["happened_at"] != row["received_at"], "what the device said is kept as it is"


@pytest.mark.parametrize("year", ["0001", "1969", "9999"])
async def test_a_time_that_no_clock_shows_is_refused(evaluator, act_as, place, year):
    served = await visit(act_as, place)
    tap = evaluator.tap(served.id, happened_at=f"{year}-01-01T00:00:00+14:00")
    answer = await evaluator.post(RATE, tap)
    assert (answer.status_code, code_of(answer)) == (422, "rating.unfit")


async def test_a_bad_rating_says_why(evaluator, act_as, place):
    served = await visit(act_as, place)
    bare = await evaluator.post(RATE, evaluator.tap(served.id, 1, tags=[]))
    assert (bare.status_code, code_of(bare)) == (422, "rating.unfit")
    foreign = await evaluator.post(RATE, evaluator.tap(served.id, 1, tags=["510"]))
    assert (foreign.status_code, code_of(foreign)) == (422, "rating.unfit")
    blank = await evaluator.post(RATE, evaluator.tap(served.id, 2, tags=[], comment="  "))
    assert code_of(blank) == "rating.unfit"
    assert await kept() == []
    assert (await evaluator.post(RATE, evaluator.tap(served.id, 1))).status_code == 201


async def test_no_level_is_ever_assumed(evaluator, act_as, place):
    served = await visit(act_as, place)
    tap = evaluator.tap(served.id)
    del tap["level"]
    assert code_of(await evaluator.post(RATE, tap)) == "invalid_body"
    for level in (0, 6, -2):
        assert code_of(await evaluator.post(RATE, evaluator.tap(served.id, 5) | {"level": level}))
    assert await kept() == []


async def test_a_device_rates_only_what_was_served_at_its_window(evaluator, act_as, place):
    elsewhere = await visit(act_as, place, "clerk2", "02")
    far = await visit(act_as, place, "far_clerk", "far")
    for service_id in (elsewhere.id, far.id, uuid4()):
        answer = await evaluator.post(RATE, evaluator.tap(service_id))
        assert (answer.status_code, code_of(answer)) == (404, "rating.no_such_service")
    assert await kept() == []


async def test_a_tablet_of_the_hall_rates_what_was_served_anywhere_in_it(evaluator, act_as, place):
    tablet = Evaluator(
        *await enrolled(act_as, place.hall_id, None), evaluator.house, evaluator.client
    )
    served = await visit(act_as, place, "clerk2", "02")
    assert (await tablet.post(RATE, tablet.tap(served.id))).status_code == 201
    (row,) = await kept()
    assert row["channel"] == 4
    far = await visit(act_as, place, "far_clerk", "far")
    assert (await tablet.post(RATE, tablet.tap(far.id))).status_code == 404


async def test_a_rating_of_a_revoked_device_is_not_kept_even_by_a_worker_that_missed_it(
    house, evaluator, act_as, place
):
    served = await visit(act_as, place)
    assert (await evaluator.get("/api/v1/devices/current")).status_code == 200
    # Straight in the database: no hint reaches this worker's memory of the device.
    await db.execute("UPDATE devices SET revoked_at = $1", house.clock.now())
    answer = await evaluator.post(RATE, evaluator.tap(served.id))
    assert (answer.status_code, code_of(answer)) == (403, "device.revoked")
    assert await kept() == []


async def test_ratings_and_where_they_count_cannot_be_changed(evaluator, act_as, place):
    served = await visit(act_as, place)
    await evaluator.post(RATE, evaluator.tap(served.id))
    for change in (
        "UPDATE ratings SET level = 5",
        "DELETE FROM ratings",
        "UPDATE services SET hall_id = hall_id",
        "DELETE FROM services",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(change)


async def test_a_case_becomes_rateable_once_and_in_its_own_transaction(act_as, place):
    act = act_as()
    async with act.transaction():
        first = await decided_case(act, place, "511602202601010000011")
    assert await decided_case(act_as(), place, "511602202601010000011") == first
    due = await db.fetch("SELECT n FROM score_days WHERE measure = 0 AND dimension = 1")
    assert [row["n"] for row in due] == [1]

    async def undone(act: Act) -> None:
        async with act.transaction():
            await decided_case(act, place, "511602202601010000012")
            raise Conflict

    with pytest.raises(Conflict):
        await undone(act_as())
    assert await scores.verify() == []
    assert len(await db.fetch("SELECT id FROM services")) == 1


async def test_a_visit_that_ends_while_it_is_rated_is_counted_as_rated_exactly_once(
    evaluator, act_as, place
):
    for _ in range(8):
        served = await visit(act_as, place)
        clerk = act_as(await place.actor(act_as(), "clerk"))
        rated, _ = await asyncio.gather(
            evaluator.post(RATE, evaluator.tap(served.id)), visits.end(clerk, served.id)
        )
        assert rated.status_code == 201
        assert await scores.verify() == []
    measures = await db.fetch(
        "SELECT measure, sum(n)::int AS n FROM score_days WHERE dimension = 1 GROUP BY measure"
    )
    assert {row["measure"]: row["n"] for row in measures} == {0: 8, 5: 8, 9: 8}


async def test_services_of_one_number_are_numbered(act_as, place):
    await decided_case(act_as(), place, "511602202601010000011")
    act = await on_duty(act_as, place)
    for _ in range(2):
        await visits.start(act, visits.VisitIn(case_number="511602202601010000011"))
    rows = await db.fetch("SELECT service_number, item_name FROM services ORDER BY id")
    assert [row["service_number"] for row in rows] == [1, 2, 3]
    assert {row["item_name"] for row in rows} == {"小餐饮登记"}
