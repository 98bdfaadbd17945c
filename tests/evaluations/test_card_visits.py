"""For which visit a card is entered: found by window, time and item, never by what was rated."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.clock import day_of
from tests.evaluations.hub import Evaluator, enrolled, visit
from tests.places import Place, code_of, staff_headers

VISITS = "/api/v1/entered-ratings/visits"


@pytest.fixture
def listed(client: httpx.AsyncClient, act_as, place: Place):
    async def read(by: str = "clerk2", **query: Any) -> httpx.Response:
        headers = await staff_headers(act_as(), place, by) if by else {}
        asked = {"hall_id": str(place.hall_id)} | query
        return await client.get(VISITS, params=asked, headers=headers)

    return read


async def test_only_clerks_of_the_hall_are_told(listed, act_as, place):
    await visit(act_as, place)
    assert (await listed("")).status_code == 401
    for name in ("reviewer", "manager", "supervisor", "admin", "far_clerk"):
        assert (await listed(name)).status_code == 403
    assert (await listed()).status_code == 200


async def test_a_visit_is_known_by_where_when_and_what(listed, act_as, place):
    made = await visit(act_as, place, about="咨询养老保险")
    (row,) = (await listed()).json()["items"]
    assert row == {
        "id": str(made.id),
        "window": "01 综合窗口01",
        "item_name": "咨询养老保险",
        "case_number": None,
        "started_at": made.started_at.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
        "rateable_until": None,
    }


async def test_ones_own_visits_are_left_out(listed, act_as, place):
    await visit(act_as, place)
    assert (await listed("clerk")).json()["items"] == []
    assert len((await listed("clerk2")).json()["items"]) == 1


async def test_what_was_rated_is_left_out(listed, act_as, place, client):
    made = await visit(act_as, place)
    card = {
        "source": "paper",
        "card_number": "K-1",
        "given_on": str(day_of(act_as().at)),
        "service_id": str(made.id),
        "level": 1,
        "comment": "等了很久。",
    }
    headers = await staff_headers(act_as(), place, "clerk2")
    sent = await client.post("/api/v1/entered-ratings", json=card, headers=headers)
    assert sent.status_code == 201
    assert (await listed()).json()["items"] == []


async def test_only_of_the_day_and_the_window_that_were_asked_for(listed, act_as, place, house):
    first = await visit(act_as, place)
    day = day_of(act_as().at)
    house.clock.shift(timedelta(days=1))
    second = await visit(act_as, place, "clerk2", window="02")
    asked = (await listed("clerk")).json()["items"]
    assert [row["id"] for row in asked] == [str(second.id)]
    before = (await listed(day=str(day))).json()["items"]
    assert [row["id"] for row in before] == [str(first.id)]
    of_window = await listed("clerk", window_id=str(place.windows["01"]))
    assert of_window.json()["items"] == []
    far = await listed(window_id=str(place.windows["far"]))
    assert (far.status_code, code_of(far)) == (404, "not_found")


async def test_what_is_past_its_time_is_left_out(listed, act_as, place, house):
    made = await visit(act_as, place)
    await visit(act_as, place)  # ends the first
    day = day_of(act_as().at)
    ids = [row["id"] for row in (await listed(day=str(day))).json()["items"]]
    assert str(made.id) in ids
    house.clock.shift(timedelta(days=20))
    ids = [row["id"] for row in (await listed(day=str(day))).json()["items"]]
    assert str(made.id) not in ids


async def test_the_list_goes_on_where_it_ended(listed, act_as, place, house):
    made = []
    for _ in range(5):
        made.append(str((await visit(act_as, place)).id))
        house.clock.shift(timedelta(minutes=3))
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await listed(limit="2", **after)).json()
        found += [row["id"] for row in page["items"]]
        if not page.get("next"):
            break
        after = {"after": page["next"]}
    assert found == made[::-1]


async def test_a_rating_by_the_evaluator_takes_it_off_the_list(
    listed, act_as, place, house, client
):
    device_id, key = await enrolled(act_as, place.hall_id, place.windows["01"])
    made = await visit(act_as, place)
    assert len((await listed()).json()["items"]) == 1
    evaluator = Evaluator(device_id, key, house, client)
    kept = await evaluator.post("/api/v1/ratings/device", evaluator.tap(made.id, 2))
    assert kept.status_code == 201, kept.text
    assert (await listed()).json()["items"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2020-02-29"])
async def test_a_day_far_away_has_none(listed, day):
    answer = await listed(day=day)
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("values", [["2026-03-02T10:00:00", str(UUID(int=1))], ["x"], 3])
async def test_a_place_that_is_none_of_the_lists_is_refused(listed, values):
    after = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    answer = await listed(after=after)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")
