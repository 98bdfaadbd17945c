"""What is known of a device: when it was last heard of, what waits in it, how its clock runs."""

import json
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect

from app.core import db
from evaluations.ratings import prompts
from tests.evaluations.hub import enrolled, visit
from tests.evaluations.test_prompts import answers, heard, says_nothing
from tests.places import code_of, staff_headers

BEAT, DEVICES = "/api/v1/devices/heartbeat", "/api/v1/devices/"


@pytest.fixture
async def health(client, act_as, place):
    async def read() -> dict:
        admin = await staff_headers(act_as(), place, "admin")
        shown = await client.get(DEVICES, params={"hall_id": str(place.hall_id)}, headers=admin)
        return {item["id"]: item for item in shown.json()["items"]}

    return read


async def test_a_heartbeat_says_how_it_stands(house, evaluator, health):
    evaluator.fast_by = timedelta(seconds=40)
    answer = await evaluator.post(BEAT, {"queue_length": 7, "version": "3.2"})
    assert answer.status_code == 200, answer.text
    assert 35_000 < answer.json()["clock_offset_ms"] <= 40_000
    found = (await health())[str(evaluator.id)]
    assert (found["queue_length"], found["version"], found["offline"]) == (7, "3.2", False)
    house.clock.shift(timedelta(minutes=3))
    assert (await health())[str(evaluator.id)]["offline"] is True
    await evaluator.post(BEAT, {"queue_length": 0})
    found = (await health())[str(evaluator.id)]
    assert (found["queue_length"], found["version"], found["offline"]) == (0, "3.2", False)


async def test_one_that_was_never_heard_of_is_offline(act_as, place, health):
    device_id, _ = await enrolled(act_as, place.hall_id, None)
    assert (await health())[str(device_id)]["offline"] is True


@pytest.mark.parametrize("wrong", [{}, {"queue_length": -1}, {"queue_length": 1, "level": 5}])
async def test_a_heartbeat_is_nothing_else(evaluator, wrong):
    assert code_of(await evaluator.post(BEAT, wrong)) == "invalid_body"


async def test_an_acknowledgement_is_stored_once_and_the_clerk_sees_it(
    client, server_url, evaluator, act_as, place
):
    async with connect(evaluator.socket_url(server_url)) as socket:
        served = await visit(act_as, place)
        assert (await heard(socket))["type"] == "prompt"
        for _ in range(2):
            await socket.send(json.dumps({"type": "ack", "service_id": str(served.id)}))
        await answers(socket)
    (row,) = await db.fetch("SELECT * FROM prompt_acks")
    assert (row["service_id"], row["device_id"]) == (served.id, evaluator.id)
    clerk = await staff_headers(act_as(), place, "clerk")
    shown = await client.get(f"/api/v1/visits/{served.id}", headers=clerk)
    assert shown.json()["prompted_at"] is not None


async def test_what_was_not_acknowledged_is_sent_again_and_what_was_is_not(
    server_url, evaluator, act_as, place, monkeypatch
):
    monkeypatch.setattr(prompts, "REPEAT_AFTER_SECONDS", 0.2)
    async with connect(evaluator.socket_url(server_url)) as socket:
        served = await visit(act_as, place)
        first, again = await heard(socket), await heard(socket)
        assert first == again
        await socket.send(json.dumps({"type": "ack", "service_id": str(served.id)}))
        while not await says_nothing(socket, 0.6):
            pass


async def test_an_acknowledgement_of_another_windows_visit_is_none(
    server_url, evaluator, act_as, place
):
    elsewhere = await visit(act_as, place, "clerk2", "02")
    async with connect(evaluator.socket_url(server_url)) as socket:
        await socket.send(json.dumps({"type": "ack", "service_id": str(elsewhere.id)}))
        await answers(socket)
    assert await db.fetch("SELECT id FROM prompt_acks") == []
