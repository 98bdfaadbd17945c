"""An invitation goes out once, three days after, if nothing has come."""

import json
from datetime import timedelta

import pytest

from app.citizens.service import BadPhone
from app.core import db
from app.notices.sms import FolderSms, Sms
from evaluations.ratings import visits
from tests.evaluations.hub import RATE, decided_case, visit
from tests.places import citizen_actor

PHONE = "13812345678"


@pytest.fixture
def texts(house, tmp_path, monkeypatch):
    """The messages that were sent; each file is one."""
    folder = tmp_path / "sms"
    monkeypatch.setitem(house._parts, Sms, Sms(FolderSms(folder)))
    return lambda: [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


async def outcome() -> str:
    (row,) = await db.fetch("SELECT outcome FROM rating_invitations")
    return row["outcome"]


async def served_and_gone(act_as, place, **more):
    served = await visit(act_as, place, **more)
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    return served


async def test_by_sms_with_a_link_that_rates_this_visit(
    house, client, act_as, place, texts, work_outbox
):
    served = await served_and_gone(act_as, place, phone=PHONE)
    house.clock.shift(timedelta(days=2, hours=23))
    await work_outbox()
    assert texts() == [], "not before three days"
    house.clock.shift(timedelta(hours=2))
    await work_outbox()
    await work_outbox()
    (text,) = texts()
    assert text["phone"] == PHONE
    code = text["text"].partition("/q/")[2].split()[0]
    shown = (await client.get(f"/api/v1/q/{code}")).json()
    assert shown["service_id"] == str(served.id)
    answer = await client.post(f"/api/v1/q/{code}", json={"service_id": str(served.id), "level": 5})
    assert answer.status_code == 201, answer.text
    (row,) = await db.fetch("SELECT channel, via FROM ratings")
    assert (row["channel"], row["via"]) == (7, "sms")
    (kept,) = await db.fetch("SELECT * FROM rating_invitations")
    assert (kept["outcome"], kept["phone"]) == ("sms", None), "the number is not kept any longer"


async def test_whoever_has_rated_is_left_alone(house, evaluator, act_as, place, texts, work_outbox):
    served = await visit(act_as, place, phone=PHONE)
    await evaluator.post(RATE, evaluator.tap(served.id))
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    house.clock.shift(timedelta(days=4))
    await work_outbox()
    assert (texts(), await outcome()) == ([], "rated")


async def test_through_wechat_where_the_citizen_is_known(house, act_as, place, work_outbox):
    citizen, _ = await citizen_actor(act_as())
    await decided_case(act_as(), place, "511602202601010000033", citizen.id)
    house.clock.shift(timedelta(days=4))
    await work_outbox()
    (notice,) = await db.fetch("SELECT kind, citizen_id, page FROM notices")
    assert (notice["kind"], notice["citizen_id"]) == ("rate", citizen.id)
    assert notice["page"].startswith("pages/rate/service?id=")
    assert await outcome() == "wechat"


async def test_when_the_time_to_rate_is_over_nothing_goes_out(
    house, act_as, place, texts, work_outbox
):
    await served_and_gone(act_as, place, phone=PHONE)
    house.clock.shift(timedelta(days=30))
    await work_outbox()
    assert (texts(), await outcome()) == ([], "too_late")


async def test_a_visit_of_nobody_in_particular_invites_nobody(act_as, place):
    await served_and_gone(act_as, place)
    assert await db.fetch("SELECT id FROM rating_invitations") == []


async def test_the_number_is_sealed_and_must_be_one(client, act_as, place):
    await served_and_gone(act_as, place, phone=PHONE)
    (row,) = await db.fetch("SELECT phone FROM rating_invitations")
    assert PHONE.encode() not in row["phone"]
    with pytest.raises(BadPhone):
        await visit(act_as, place, phone="12345678901")
