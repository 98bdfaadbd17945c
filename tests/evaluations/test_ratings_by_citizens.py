"""Ratings in the mini program: of one's own visits and cases, once, in time."""

from datetime import timedelta
from uuid import uuid4

import httpx

from app.core import db
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, decided_case, visit
from tests.places import citizen_actor, code_of, staff_headers

CASE = "511602202601010000011"


async def kept() -> list[dict]:
    return await db.fetch("SELECT * FROM ratings ORDER BY id")


async def rate(client: httpx.AsyncClient, headers: dict, **body) -> httpx.Response:
    return await client.post("/api/v1/ratings", json=body, headers=headers)


async def test_one_rates_ones_own_case_once(client, act_as, place):
    citizen, headers = await citizen_actor(act_as())
    await decided_case(act_as(), place, CASE, citizen.id)
    first = await rate(client, headers, case_number=CASE, level=5, tags=["517"])
    assert first.status_code == 201, first.text
    again = await rate(client, headers, case_number=CASE, level=5, tags=["517"])
    assert (again.status_code, again.text) == (200, first.text)
    other = await rate(client, headers, case_number=CASE, level=4)
    assert (other.status_code, code_of(other)) == (409, "rating.already_rated")
    assert [row["channel"] for row in await kept()] == [8]
    assert await scores.verify() == []


async def test_anothers_case_does_not_exist_for_one(client, act_as, place):
    owner, _ = await citizen_actor(act_as(), "o-owner")
    service_id = await decided_case(act_as(), place, CASE, owner.id)
    nobodys = await decided_case(act_as(), place, "511602202601010000012", None)
    _, headers = await citizen_actor(act_as(), "o-other")
    for body in (
        {"case_number": CASE},
        {"service_id": str(service_id)},
        {"service_id": str(nobodys)},
        {"service_id": str(uuid4())},
    ):
        answer = await rate(client, headers, level=5, **body)
        assert (answer.status_code, code_of(answer)) == (404, "rating.no_such_service")
    assert await kept() == []


async def test_a_case_can_be_rated_for_ten_working_days(house, client, act_as, place):
    citizen, _ = await citizen_actor(act_as())
    service_id = await decided_case(act_as(), place, CASE, citizen.id)
    house.clock.shift(timedelta(days=40))
    _, headers = await citizen_actor(act_as())
    late = await rate(client, headers, service_id=str(service_id), level=5)
    assert (late.status_code, code_of(late)) == (409, "rating.too_late")


async def test_one_names_either_the_service_or_the_case(client, act_as, place):
    _, headers = await citizen_actor(act_as())
    both = {"service_id": str(uuid4()), "case_number": CASE}
    assert code_of(await rate(client, headers, level=5, **both)) == "invalid_body"
    assert code_of(await rate(client, headers, level=5)) == "invalid_body"


async def test_what_was_rated_at_the_window_is_not_rated_again(client, evaluator, act_as, place):
    citizen, headers = await citizen_actor(act_as())
    served = await visit(act_as, place, citizen_id=citizen.id)
    await evaluator.post(RATE, evaluator.tap(served.id, 5))
    second = await rate(client, headers, service_id=str(served.id), level=5)
    assert (second.status_code, code_of(second)) == (409, "rating.already_rated")


async def test_one_sees_what_one_can_rate_and_has_rated(client, evaluator, act_as, place):
    citizen, headers = await citizen_actor(act_as())
    done = await decided_case(act_as(), place, CASE, citizen.id)
    await decided_case(act_as(), place, "511602202601010000012", citizen.id)
    at_window = await visit(act_as, place, citizen_id=citizen.id, about="咨询")
    await evaluator.post(RATE, evaluator.tap(at_window.id, 5))
    await rate(client, headers, service_id=str(done), level=2, comment="太慢")
    seen, after = [], ""
    while True:
        answer = await client.get(f"/api/v1/services/mine?limit=1{after}", headers=headers)
        assert answer.status_code == 200, answer.text
        seen += answer.json()["items"]
        if not answer.json()["next"]:
            break
        after = f"&after={answer.json()['next']}"
    assert [(s["case_number"], s["can_rate"], bool(s["rating"])) for s in seen] == [
        (None, False, False),
        ("511602202601010000012", True, False),
        (CASE, False, True),
    ]
    mine = (await client.get("/api/v1/ratings/mine", headers=headers)).json()["items"]
    assert [(r["level"], r["comment"]) for r in mine] == [(2, "太慢")]


async def test_no_staff_member_can_rate(client, act_as, place):
    served = await visit(act_as, place)
    for name in ("clerk", "manager", "admin"):
        headers = await staff_headers(act_as(), place, name)
        answer = await rate(client, headers, service_id=str(served.id), level=5)
        assert answer.status_code == 403
        tap = {"event_id": str(uuid4()), "service_id": str(served.id), "level": 5}
        assert (await client.post(RATE, json=tap, headers=headers)).status_code == 403
