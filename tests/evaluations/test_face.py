"""A device's first page: where it stands, who serves, how it asks; live where it watches."""

import json
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from app.core import db
from app.halls import service as halls
from evaluations.ratings.tags import NATIONAL
from tests.evaluations.hub import RATE, Evaluator, enrolled, on_duty, visit
from tests.evaluations.test_prompts import answers, heard, says_nothing
from tests.places import staff_headers

FACE = "/api/v1/devices/face"


@pytest.fixture
def line(evaluator, server_url):
    @asynccontextmanager
    async def open_line():
        async with connect(evaluator.socket_url(server_url)) as socket:
            yield socket

    return open_line


async def test_it_says_where_the_device_stands_and_how_it_asks(evaluator):
    face = (await evaluator.get(FACE)).json()
    assert face["hall_name"] == "青河县政务服务中心"
    assert face["window"] == {"number": "01", "name": "综合窗口01"}
    assert face["staff"] is None
    assert face["seconds"] == 60
    assert face["tags_version"] == NATIONAL.version
    assert [level["name"] for level in face["levels"]] == [
        "非常满意", "满意", "基本满意", "不满意", "非常不满意",
    ]  # fmt: skip
    assert all(len(level["tags"]) == 8 for level in face["levels"])
    assert abs(face["server_time"] - evaluator.house.clock.now().timestamp() * 1000) < 5000


async def test_it_says_who_serves_now_and_nothing_else_of_them(evaluator, act_as, place):
    clerk = await on_duty(act_as, place)
    shown = (await evaluator.get(FACE)).json()["staff"]
    assert shown == {"name": "员工001", "number": "001", "photo": None}
    await halls.end_duty(clerk)
    assert (await evaluator.get(FACE)).json()["staff"] is None


async def test_a_tablet_of_the_hall_has_no_window(house, client, act_as, place):
    tablet = Evaluator(*await enrolled(act_as, place.hall_id, None), house, client)
    face = (await tablet.get(FACE)).json()
    assert (face["window"], face["staff"]) == (None, None)
    assert face["hall_name"] == "青河县政务服务中心"


async def test_whoever_watches_gets_it_at_once_and_when_the_duty_changes(line, act_as, place):
    async with line() as socket:
        await socket.send('{"type":"watch"}')
        first = await heard(socket)
        assert (first["type"], first["staff"]) == ("face", None)
        clerk = await on_duty(act_as, place)
        second = await heard(socket)
        assert (second["type"], second["staff"]["number"]) == ("face", "001")
        await halls.end_duty(clerk)
        assert (await heard(socket))["staff"] is None
        assert await says_nothing(socket)


async def test_who_does_not_watch_hears_of_visits_alone(line, act_as, place):
    async with line() as socket:
        await answers(socket)
        await on_duty(act_as, place)
        assert await says_nothing(socket)


async def test_a_visit_changes_no_face(line, act_as, place):
    await on_duty(act_as, place)
    async with line() as socket:
        await socket.send('{"type":"watch"}')
        assert (await heard(socket))["type"] == "face"
        await visit(act_as, place)
        assert (await heard(socket))["type"] == "prompt"
        assert await says_nothing(socket)


async def test_what_a_device_keeps_aside_is_reported(line, client, evaluator, act_as, place):
    async with line() as socket:
        await socket.send('{"type":"ping","queue_length":3,"refused_count":2}')
        await heard(socket)
        admin = await staff_headers(act_as(), place, "admin")
        listed = await client.get(f"/api/v1/devices/?hall_id={place.hall_id}", headers=admin)
        (device,) = listed.json()["items"]
        assert (device["queue_length"], device["refused_count"]) == (3, 2)
    beat = {"queue_length": 0, "refused_count": 1}
    assert (await evaluator.post("/api/v1/devices/heartbeat", beat)).status_code == 200
    (row,) = await db.fetch("SELECT queue_length, refused_count FROM devices")
    assert (row["queue_length"], row["refused_count"]) == (0, 1)


@pytest.mark.parametrize("level", [1, 5])
async def test_the_clerk_learns_that_it_was_rated_and_never_what(
    client, evaluator, act_as, place, level
):
    served = await visit(act_as, place)
    clerk = await staff_headers(act_as(), place, "clerk")
    before = (await client.get(f"/api/v1/visits/{served.id}", headers=clerk)).json()
    assert before["rated"] is False
    tap = evaluator.tap(served.id, level, comment="窗口的字太小。")
    assert (await evaluator.post(RATE, tap)).status_code == 201
    after = (await client.get(f"/api/v1/visits/{served.id}", headers=clerk)).json()
    assert after == before | {"rated": True}, "one bit more, whatever was said"
    assert "窗口的字太小" not in json.dumps(after, ensure_ascii=False)
