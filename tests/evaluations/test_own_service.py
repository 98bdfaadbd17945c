"""Staff do not rate their own service: not with their account, not by their phone."""

from datetime import timedelta

import httpx
import pytest

from app.core import db
from app.core.auth import Citizen
from evaluations.ratings import bindings, visits
from tests.evaluations.hub import visit
from tests.evaluations.test_invitations import PHONE, outcome, texts  # noqa: F401
from tests.places import citizen_actor, code_of, staff_headers

RATINGS = "/api/v1/ratings"


@pytest.fixture
async def own_account(client, act_as, place, wechat):
    """The clerk says which account is theirs, by a code of their own phone."""
    async with httpx.AsyncClient(base_url=wechat.url) as sandbox:
        answer = await sandbox.post("/_sandbox/login-codes", json={"person": "林小满"})
        code = answer.raise_for_status().json()["code"]
    headers = await staff_headers(act_as(), place, "clerk")
    answer = await client.post(
        "/api/v1/staff/me/account", json={"code": code, "phone": PHONE}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["with_phone"] is True
    (row,) = await db.fetch("SELECT citizen_id FROM staff_citizens")
    openid = (await db.fetch("SELECT openid FROM citizens WHERE id = $1", row["citizen_id"]))[0]
    return await citizen_actor(act_as(), openid["openid"])


async def test_the_account_bound_to_the_server_is_refused(client, act_as, place, own_account):
    citizen, headers = own_account
    own = await visit(act_as, place, citizen_id=citizen.id)
    body = {"service_id": str(own.id), "level": 5}
    answer = await client.post(RATINGS, json=body, headers=headers)
    assert (answer.status_code, code_of(answer)) == (409, "rating.own_service")
    others = await visit(act_as, place, "clerk2", "02", citizen_id=citizen.id)
    body = {"service_id": str(others.id), "level": 5}
    assert (await client.post(RATINGS, json=body, headers=headers)).status_code == 201


async def test_so_is_another_account_with_the_same_phone(client, act_as, place, own_account):
    citizen, headers = await citizen_actor(act_as(), "o-second-account")
    who = {"name": "林小满", "phone": PHONE, "id_number": "11010519491231002X", "consent": True}
    assert (await client.put("/api/v1/citizens/me", json=who, headers=headers)).status_code == 200
    own = await visit(act_as, place, citizen_id=citizen.id)
    answer = await client.post(
        RATINGS, json={"service_id": str(own.id), "level": 5}, headers=headers
    )
    assert code_of(answer) == "rating.own_service"


async def test_the_code_at_the_window_is_no_way_around_it(client, act_as, place, own_account):
    _, headers = own_account
    served = await visit(act_as, place)
    clerk = await staff_headers(act_as(), place, "clerk")
    path = f"/api/v1/windows/{place.windows['01']}/rating-code"
    code = (await client.get(path, headers=clerk)).json()["code"]
    body = {"service_id": str(served.id), "level": 5}
    answer = await client.post(f"/api/v1/q/{code}", json=body, headers=headers)
    assert code_of(answer) == "rating.own_service"
    assert await db.fetch("SELECT id FROM ratings") == []


async def test_no_invitation_goes_to_the_servers_own_phone(
    house,
    act_as,
    place,
    own_account,
    texts,  # noqa: F811
    work_outbox,
):
    served = await visit(act_as, place, phone=PHONE)
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    house.clock.shift(timedelta(days=4))
    await work_outbox()
    assert (texts(), await outcome()) == ([], "own")


async def test_an_account_of_nobody_on_the_staff_is_nobodys_own(house, act_as, place):
    citizen, _ = await citizen_actor(act_as())
    assert isinstance(citizen, Citizen)
    assert await bindings.is_own(house, place.staff["clerk"], citizen.id) is False
    assert await bindings.is_own(house, None, citizen.id) is False
