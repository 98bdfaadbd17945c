"""By phone, on paper, from the box: a named clerk enters it, and another person samples."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db
from app.core.clock import day_of
from evaluations.ratings import entering, hall_rules, rulings
from evaluations.ratings.rules import cards_to_check, pf_code
from evaluations.ratings.schemas import HallRulesIn
from evaluations.scores import service as scores
from tests.evaluations.hub import NODES_RATED, drawn_card, entered, visit
from tests.places import code_of, staff_headers

ENTERED = "/api/v1/entered-ratings"


@given(entered=st.integers(0, 5_000), percent=st.integers(1, 100))
def test_of_a_days_cards_the_share_is_drawn_and_at_least_one(entered, percent):
    drawn = cards_to_check(entered, percent)
    assert drawn <= entered
    assert drawn * 100 >= entered * percent
    assert (drawn >= 1) == (entered >= 1)


@pytest.fixture
def card(act_as, place):
    async def make(source: str = "paper", **more):
        served = await visit(act_as, place)
        return {
            "source": source,
            "card_number": "C-77",
            "given_on": str(day_of(act_as().at)),
            "service_id": str(served.id),
            "level": 4,
        } | more

    return make


@pytest.mark.parametrize(
    ("source", "channel", "pf"), [("phone", 6, 6), ("paper", 9, 5), ("box", 10, 5)]
)
async def test_it_keeps_who_entered_it_and_from_what(
    client, act_as, place, card, source, channel, pf
):
    clerk2 = await staff_headers(act_as(), place, "clerk2")
    given_card = await card(source)
    first = await client.post(ENTERED, json=given_card, headers=clerk2)
    assert first.status_code == 201, first.text
    again = await client.post(ENTERED, json=given_card, headers=clerk2)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await client.post(ENTERED, json=given_card | {"level": 2}, headers=clerk2)
    assert other.status_code in (409, 422)
    (row,) = await db.fetch("SELECT * FROM ratings")
    assert (row["channel"], row["via"], row["card_number"]) == (channel, "entered", "C-77")
    assert row["entered_by"] == place.staff["clerk2"]
    assert pf_code(channel) == pf
    (trail,) = await db.fetch(
        "SELECT actor FROM audit_entries WHERE verb = 'rating.entered' ORDER BY id DESC LIMIT 1"
    )
    assert trail["actor"] == f"staff:{place.staff['clerk2']}"
    assert await scores.verify() == []


async def test_nobody_enters_a_rating_of_their_own_service(client, act_as, place, card):
    clerk = await staff_headers(act_as(), place, "clerk")
    answer = await client.post(ENTERED, json=await card(), headers=clerk)
    assert (answer.status_code, code_of(answer)) == (409, "rating.own_service")
    assert await db.fetch("SELECT id FROM ratings") == []


async def test_another_halls_service_or_a_day_to_come_is_refused(client, act_as, place, card):
    far = await staff_headers(act_as(), place, "far_clerk")
    assert code_of(await client.post(ENTERED, json=await card(), headers=far)) == (
        "rating.no_such_service"
    )
    clerk2 = await staff_headers(act_as(), place, "clerk2")
    tomorrow = str(day_of(act_as().at) + timedelta(days=1))
    answer = await client.post(ENTERED, json=await card(given_on=tomorrow), headers=clerk2)
    assert code_of(answer) == "rating.unfit"


async def test_cards_are_drawn_when_their_day_is_over_and_once(house, act_as, place):
    for n in range(12):
        await entered(act_as, place, f"C-{n}")
    assert await entering.draw(act_as()) == 0, "nobody knows at the desk which will be drawn"
    house.clock.shift(timedelta(days=1))
    assert await entering.draw(act_as()) == 2, "10 % of 12, rounded up"
    assert await entering.draw(act_as()) == 0
    await entered(act_as, place, "C-12")
    house.clock.shift(timedelta(days=1))
    assert await entering.draw(act_as()) == 1, "at least one a day"


async def test_the_share_is_the_halls_to_set(house, act_as, place):
    manager = act_as(await place.actor(act_as(), "manager"))
    rules = HallRulesIn(**NODES_RATED | {"check_percent": 100})
    await hall_rules.change(manager, place.hall_id, rules)
    for n in range(3):
        await entered(act_as, place, f"C-{n}")
    house.clock.shift(timedelta(days=1))
    assert await entering.draw(act_as()) == 3


async def test_a_second_person_confirms_it_against_the_card(house, client, act_as, place):
    rating_id = await drawn_card(act_as, place, house)
    supervisor = await staff_headers(act_as(), place, "supervisor")
    query = {"hall_id": str(place.hall_id)}
    (waiting,) = (await client.get(f"{ENTERED}/to-check", params=query, headers=supervisor)).json()[
        "items"
    ]
    assert (waiting["card_number"], waiting["entered_by"]) == ("C-1", "员工002")
    path = f"{ENTERED}/{rating_id}/check"
    for _ in range(2):
        answer = await client.post(path, json={"agrees": True}, headers=supervisor)
        assert answer.json()["agrees"] is True
    other = await client.post(path, json={"agrees": False, "note": "不同"}, headers=supervisor)
    assert code_of(other) == "cards.checked"
    listed = await client.get(f"{ENTERED}/to-check", params=query, headers=supervisor)
    assert listed.json()["items"] == []
    assert await rulings.ruling(rating_id) is None


async def test_what_the_card_does_not_say_is_ruled_mistaken(house, client, act_as, place):
    rating_id = await drawn_card(act_as, place, house)
    supervisor = await staff_headers(act_as(), place, "supervisor")
    path = f"{ENTERED}/{rating_id}/check"
    silent = await client.post(path, json={"agrees": False}, headers=supervisor)
    assert code_of(silent) == "rating.unfit"
    said = {"agrees": False, "note": "卡上勾选的是“不满意”"}
    assert (await client.post(path, json=said, headers=supervisor)).status_code == 200
    found = await rulings.ruling(rating_id)
    assert found
    assert found.verdict == "mistaken"
    assert "不满意" in found.why
    assert await scores.verify() == []
    assert await db.fetch("SELECT id FROM score_days WHERE measure IN (4, 5, 9)") == []


async def test_whoever_entered_it_does_not_check_it(house, client, act_as, place):
    rating_id = await drawn_card(act_as, place, house)
    await db.execute(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, 'supervisor', $3)",
        db.new_id(),
        place.staff["clerk2"],
        place.hall_id,
    )
    clerk2 = await staff_headers(act_as(), place, "clerk2")
    answer = await client.post(
        f"{ENTERED}/{rating_id}/check", json={"agrees": True}, headers=clerk2
    )
    assert (answer.status_code, code_of(answer)) == (403, "cards.own_entry")
