"""From participation to what nobody rated: as many services as it lacks, the newest first."""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import db
from app.core.clock import day_of
from evaluations.ratings import visits
from evaluations.ratings.rulings import Verdict, rule_invalid
from tests.evaluations.hub import RATE, SCORES, Evaluator, decided_case, enrolled, visit
from tests.evaluations.paging import every_page
from tests.places import citizen_actor, code_of, staff_headers

UNRATED = f"{SCORES}/unrated"
BY = ("hall", "department", "window", "staff", "item")


@pytest.fixture
def ask(client, place, house):
    """Reads as whoever's headers are given; the hall and 60 days by default."""

    async def read(headers, path=UNRATED, **query):
        today = day_of(house.clock.now())
        period = {"from": (today - timedelta(days=60)).isoformat(), "to": today.isoformat()}
        params = {"hall_id": str(place.hall_id)} | period | query
        return await client.get(path, params=params, headers=headers)

    return read


@pytest.fixture
def served(evaluator, client, act_as, place, house):
    """A visit at window 01 that is over; rated so, or not at all."""

    async def serve(level=None, name="clerk", window="01"):
        started = await visit(act_as, place, name, window)
        if level:
            device = evaluator
            if window != "01":
                device = Evaluator(
                    *await enrolled(act_as, place.hall_id, place.windows[window]), house, client
                )
            answer = await device.post(RATE, device.tap(started.id, level))
            assert answer.status_code == 201, answer.text
        await visits.end(act_as(await place.actor(act_as(), name)), started.id)
        return started.id

    return serve


@pytest.fixture
def history(served, client, act_as, place, house):
    """Visits and cases of some days, at two windows; some rated, some of those ruled out."""

    async def make(rng, steps=24):
        for step in range(steps):
            house.clock.shift(timedelta(hours=rng.choice([0, 1, 30])))
            rated = rng.random() < 0.5
            if step % 3:
                name, window = rng.choice([("clerk", "01"), ("clerk2", "02")])
                await served(rng.choice([1, 3, 5]) if rated else None, name, window)
                continue
            number = f"5116022026010100{step:05}"
            citizen, headers = await citizen_actor(act_as())
            await decided_case(act_as(), place, number, citizen.id)
            if rated:
                body = {"case_number": number, "level": 4, "tags": []}
                answer = await client.post("/api/v1/ratings", json=body, headers=headers)
                assert answer.status_code == 201, answer.text
        rows = await db.fetch("SELECT id FROM ratings ORDER BY id")
        act = act_as(await place.actor(act_as(), "supervisor"))
        for row in rng.sample(rows, len(rows) // 4):
            await rule_invalid(act, row["id"], Verdict.MISTAKEN, "核实为误评")

    return make


@pytest.mark.parametrize("looked_at", [20_000, 1])
async def test_a_figure_lacks_as_many_services_as_are_listed(
    ask, history, act_as, place, monkeypatch, looked_at
):
    """However few services a page may look through."""
    monkeypatch.setattr("evaluations.scores.unrated.MOST_LOOKED_AT", looked_at)
    rng = random.Random(looked_at)
    await history(rng)
    manager = await staff_headers(act_as(), place, "manager")
    looked = 0
    for by in BY:
        for figure in (await ask(manager, SCORES, by=by)).json()["rows"]:
            found, page = await every_page(
                ask, manager, by=by, key=figure["key"], limit=rng.choice([1, 2, 50])
            )
            wanted = figure["due"] - figure["due_rated"]
            assert len(found) == len({row["id"] for row in found}) == wanted == page["counted"]
            assert page["due"] == figure["due"]
            assert page["name"] == figure["name"]
            places = [(row["ended_at"], row["id"]) for row in found]
            assert places == sorted(places, reverse=True)
            looked += wanted
    assert looked > 20
    total = (await ask(manager, SCORES)).json()["total"]
    found, _ = await every_page(ask, manager, limit=3)
    assert len(found) == total["due"] - total["due_rated"]


async def test_what_is_still_going_on_is_not_due(ask, manager, act_as, place, served):
    over = await served()
    await visit(act_as, place)
    [row] = (await ask(manager)).json()["items"]
    assert row["id"] == str(over)


async def test_a_service_tells_where_it_was_and_nothing_of_who_was_served(
    ask, manager, served, act_as, place
):
    citizen, _ = await citizen_actor(act_as())
    await decided_case(act_as(), place, "511602202601010000017", citizen.id)
    await served()
    of_visit, of_case = (await ask(manager)).json()["items"]
    assert (of_visit["kind"], of_visit["window"], of_visit["staff"]) == (
        "visit",
        "01 综合窗口01",
        "员工001",
    )
    assert of_visit["case_number"] is None
    assert (of_case["kind"], of_case["case_number"]) == ("case", "511602202601010000017")
    assert of_case["department"] == "市场监管局"
    assert of_case["rateable_until"] > of_case["ended_at"]
    assert not {"citizen_id", "phone", "openid", "subject"} & (of_visit.keys() | of_case.keys())


async def test_a_rating_that_was_ruled_invalid_leaves_its_service_unrated(
    ask, manager, served, act_as, place
):
    await served(1)
    assert (await ask(manager)).json()["items"] == []
    [rating] = await db.fetch("SELECT id, service_id FROM ratings")
    act = act_as(await place.actor(act_as(), "supervisor"))
    await rule_invalid(act, rating["id"], Verdict.MALICIOUS, "与事实不符，有监控为证。")
    [row] = (await ask(manager)).json()["items"]
    assert (UUID(row["id"]), row["ruled_out"]) == (rating["service_id"], True)


async def test_the_whole_hall_needs_no_key_and_everything_else_does(ask, manager):
    for by in BY[1:]:
        assert code_of(await ask(manager, by=by)) == "invalid_query"
    for by in ("channel", "tag"):
        assert (await ask(manager, by=by, key="4")).status_code == 422


async def test_a_place_that_is_none_is_refused(ask, manager):
    assert code_of(await ask(manager, after="x")) == "invalid_query"


async def test_nobody_reads_what_another_hall_lacks(ask, client, served, act_as, place):
    await served()
    elsewhere = await staff_headers(act_as(), place, "far_manager")
    assert (await ask(elsewhere)).status_code == 403
    window = str(place.windows["01"])
    own = await ask(elsewhere, hall_id=str(place.other_hall_id), by="window", key=window)
    assert own.json()["items"] == []
    assert own.json()["name"] == window, "a foreign window is not named"
    for name in ("clerk", "reviewer", "admin"):
        assert (await ask(await staff_headers(act_as(), place, name))).status_code == 403
    assert (await ask({})).status_code == 401
