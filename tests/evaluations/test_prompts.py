"""What an evaluator shows: live over its socket, the same by HTTP, for a minute."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.core import db
from evaluations.devices import service as devices
from evaluations.ratings import visits
from evaluations.ratings.prompts import LOOK_EVERY_SECONDS
from tests.evaluations.hub import RATE, Evaluator, enrolled, visit

CURRENT = "/api/v1/devices/current"


async def heard(socket) -> dict:
    async with asyncio.timeout(30):
        return json.loads(await socket.recv())


async def says_nothing(socket, seconds: float = 0.3) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await socket.recv()
    except TimeoutError:
        return True
    return False


@pytest.fixture
def line(evaluator, server_url):
    @asynccontextmanager
    async def open_line(**changed):
        async with connect(evaluator.socket_url(server_url, **changed)) as socket:
            yield socket

    return open_line


async def answers(socket) -> None:
    """Wait until the server listens: it answers a ping."""
    await socket.send('{"type":"ping"}')
    assert (await heard(socket))["type"] == "pong"


async def test_a_visit_is_shown_at_once_and_taken_away_when_it_is_rated(
    line, evaluator, act_as, place
):
    async with line() as socket:
        await answers(socket)
        began = time.perf_counter()
        served = await visit(act_as, place, about="咨询")
        prompt = await heard(socket)
        assert time.perf_counter() - began < 0.8 * LOOK_EVERY_SECONDS  # it was told to look
        assert prompt["type"] == "prompt"
        assert prompt["service_id"] == str(served.id)
        assert prompt["staff"] == {"name": "员工001", "number": "001"}
        assert (prompt["item_name"], prompt["seconds"]) == ("咨询", 60)
        assert [level["level"] for level in prompt["levels"]] == [5, 4, 3, 2, 1]
        assert all(len(level["tags"]) == 8 for level in prompt["levels"])
        await socket.send(json.dumps({"type": "ack", "service_id": prompt["service_id"]}))
        assert (await evaluator.post(RATE, evaluator.tap(served.id))).status_code == 201
        assert await heard(socket) == {"type": "withdrawn", "service_id": str(served.id)}


async def test_nothing_in_a_prompt_suggests_a_level(line, act_as, place):
    await visit(act_as, place)
    async with line() as socket:
        prompt = await heard(socket)
        assert not {"default", "selected", "level"} & prompt.keys()
        assert all(set(level) == {"level", "name", "tags"} for level in prompt["levels"])


async def test_it_is_taken_away_when_the_visit_ends(line, act_as, place):
    async with line() as socket:
        await answers(socket)
        served = await visit(act_as, place)
        assert (await heard(socket))["type"] == "prompt"
        await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
        assert (await heard(socket))["type"] == "withdrawn"


async def test_after_a_reconnect_it_is_shown_again(line, evaluator, act_as, place):
    served = await visit(act_as, place)
    for _ in range(2):
        async with line() as socket:
            assert (await heard(socket))["service_id"] == str(served.id)
    assert (await evaluator.get(CURRENT)).json()["service_id"] == str(served.id)


async def test_after_a_minute_nothing_is_shown_and_nothing_is_stored(
    house, line, evaluator, act_as, place
):
    await visit(act_as, place)
    assert (await evaluator.get(CURRENT)).status_code == 200
    async with line() as socket:
        prompt = await heard(socket)
        assert prompt["type"] == "prompt"
        await socket.send(json.dumps({"type": "ack", "service_id": prompt["service_id"]}))
        house.clock.shift(timedelta(seconds=59.5))
        house.live.hint(visits.channel(place.windows["01"]))  # the clock was moved: look at it
        assert (await heard(socket))["type"] == "withdrawn"
    assert (await evaluator.get(CURRENT)).status_code == 204
    assert await db.fetch("SELECT id FROM ratings") == []


async def test_another_windows_visit_is_not_shown(line, act_as, place):
    async with line() as socket:
        await answers(socket)
        await visit(act_as, place, "clerk2", "02")
        assert await says_nothing(socket)


async def test_the_next_visit_replaces_the_one_shown(line, act_as, place):
    async with line() as socket:
        await answers(socket)
        await visit(act_as, place)
        first = await heard(socket)
        await visit(act_as, place)
        second = await heard(socket)
        assert first["service_id"] != second["service_id"]
        assert await says_nothing(socket)


async def test_a_revoked_devices_socket_is_closed_at_once(line, evaluator, act_as, place):
    async with line() as socket:
        await answers(socket)
        await devices.revoke(act_as(await place.actor(act_as(), "admin")), evaluator.id, "丢失")
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("changed", [{"key": b"x" * 32}, {"timestamp": 1_700_000_000_000}])
async def test_a_forged_or_old_signature_gets_no_prompt(line, act_as, place, changed):
    await visit(act_as, place)
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        async with line(**changed) as socket:
            await heard(socket)


@pytest.mark.parametrize("message", ["not json", '{"type":"level"}', "x" * 2000, b"\xff\xfe"])
async def test_what_is_not_a_message_ends_the_connection(line, message):
    async with line() as socket:
        await answers(socket)
        await socket.send(message)
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionClosed):
                await socket.recv()


async def test_a_device_that_talks_without_end_is_cut_off(line):
    async def talk(socket) -> None:
        for _ in range(80):
            await socket.send('{"type":"ping"}')
            await heard(socket)

    async with line() as socket:
        with pytest.raises(ConnectionClosed):
            await talk(socket)


async def test_a_ping_reports_the_version(line, evaluator):
    async with line() as socket:
        await socket.send('{"type":"ping","version":"2.1"}')
        assert (await heard(socket))["type"] == "pong"
    (row,) = await db.fetch("SELECT version, last_seen_at FROM devices WHERE id = $1", evaluator.id)
    assert row["version"] == "2.1"
    assert row["last_seen_at"]


async def test_all_devices_of_a_window_are_prompted(house, line, evaluator, act_as, place):
    window = place.windows["01"]
    second = Evaluator(*await enrolled(act_as, place.hall_id, window), house, evaluator.client)
    served = await visit(act_as, place)
    for device in (evaluator, second):
        assert (await device.get(CURRENT)).json()["service_id"] == str(served.id)
