"""Staying signed in, and what ends it."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from app.core import db, sessions
from app.core.house import House
from tests.cases.builders import World, ok, refused
from tests.citizens.phones import Phone, phone_of
from wechat.client import WeChat
from wechat.sandbox.server import RunningSandbox


@pytest.fixture
async def phone(client: httpx.AsyncClient, world: World, wechat: RunningSandbox) -> Phone:
    made = phone_of(client, wechat)
    await made.log_in(device="HUAWEI Mate 60")
    return made


async def _works(phone: Phone, token: str | None = None) -> bool:
    return (await phone.ask("GET", "me", token=token)).status_code == 200


def _later(house: House, **by: int) -> None:
    house.clock.shift(timedelta(**by))


async def _verbs(phone: Phone) -> list[str]:
    row = await db.fetch_one("SELECT id FROM citizens WHERE openid = $1", phone.user.openid)
    assert row
    rows = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id", f"citizen:{row['id']}"
    )
    return [row["verb"] for row in rows]


# --- refreshing
async def test_a_refreshed_token_takes_the_place_of_the_one_before(phone: Phone) -> None:
    old = phone.token
    new = ok(await phone.ask("POST", "refresh"))
    assert new["token"] != old
    assert await _works(phone, new["token"])
    refused(await phone.ask("GET", "me", token=old), 401, "not_signed_in")
    assert "citizen.session_refreshed" in await _verbs(phone)


async def test_refreshing_makes_the_session_last_from_now_on(phone: Phone, house: House) -> None:
    days = house.settings.citizen_session_days
    _later(house, days=days - 1)
    phone.token = ok(await phone.ask("POST", "refresh"))["token"]
    _later(house, days=days - 1)
    assert await _works(phone)
    _later(house, days=2)
    assert not await _works(phone)


async def test_it_stays_one_session(phone: Phone) -> None:
    before = ok(await phone.ask("GET", "me/sessions"))
    phone.token = ok(await phone.ask("POST", "refresh"))["token"]
    after = ok(await phone.ask("GET", "me/sessions"))
    assert [one["id"] for one in after] == [one["id"] for one in before]


async def test_of_two_refreshes_at_once_one_wins(phone: Phone) -> None:
    answers = await asyncio.gather(*(phone.ask("POST", "refresh") for _ in range(4)))
    won = [answer.json()["token"] for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {a.status_code for a in answers} == {200, 401}
    assert await _works(phone, won[0])


async def test_a_copied_token_ends_the_session_when_its_owner_comes_back(
    phone: Phone, house: House
) -> None:
    """A thief refreshes a copied token, twice; the phone still has the old one."""
    own = phone.token
    stolen = ok(await phone.ask("POST", "refresh", token=own))["token"]
    stolen = ok(await phone.ask("POST", "refresh", token=stolen))["token"]
    _later(house, minutes=5)
    assert await _works(phone, stolen)
    assert not await _works(phone, own)
    assert not await _works(phone, stolen)
    await phone.log_in()
    assert await _works(phone)


async def test_a_request_that_was_on_its_way_ends_nothing(phone: Phone, house: House) -> None:
    old, phone.token = phone.token, ok(await phone.ask("POST", "refresh"))["token"]
    assert not await _works(phone, old)
    assert await _works(phone)


async def test_no_token_is_kept_as_it_is(phone: Phone) -> None:
    phone.token = ok(await phone.ask("POST", "refresh"))["token"]
    rows = await db.fetch(
        "SELECT token_hash FROM sessions UNION ALL SELECT token_hash FROM replaced_tokens"
    )
    assert len(rows) == 2
    assert phone.token.encode() not in b"".join(bytes(row["token_hash"]) for row in rows)


# --- the platform's word
async def test_a_session_ends_with_the_one_of_wechat(phone: Phone) -> None:
    phone.wechat.platform.people.rotate(phone.user)
    refused(await phone.ask("POST", "refresh"), 401, "citizens.log_in_again")
    assert not await _works(phone)
    await phone.log_in()
    ok(await phone.ask("POST", "refresh"))


async def test_a_platform_that_is_down_ends_no_session(phone: Phone, house: House) -> None:
    working = house.part(WeChat)
    house.put(WeChat(appid="wx-test", secret="s", base_url="http://127.0.0.1:1", timeout=0.5))
    try:
        phone.token = ok(await phone.ask("POST", "refresh"))["token"]
    finally:
        await house.part(WeChat).aclose()
        house.put(working)
    assert await _works(phone)


async def test_the_session_key_is_sealed(phone: Phone) -> None:
    row = await db.fetch_one(
        "SELECT session_key FROM citizens WHERE openid = $1", phone.user.openid
    )
    assert row
    assert phone.user.session_key.encode() not in bytes(row["session_key"])


# --- seeing and ending them
async def test_one_sees_where_one_is_signed_in(
    phone: Phone, client: httpx.AsyncClient, wechat: RunningSandbox, house: House
) -> None:
    _later(house, hours=3)
    other = phone_of(client, wechat)
    await other.log_in(agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0.50")
    shown = ok(await other.ask("GET", "me/sessions"))
    assert [(one["device"], one["here"]) for one in shown] == [
        ("iPhone", True),
        ("HUAWEI Mate 60", False),
    ]
    _later(house, hours=2)
    assert await _works(phone)
    shown = ok(await other.ask("GET", "me/sessions"))
    assert shown[0]["seen_at"] > shown[0]["created_at"]


async def test_last_seen_is_written_once_an_hour(phone: Phone, house: House) -> None:
    async def seen() -> datetime:
        row = await db.fetch_one("SELECT seen_at FROM sessions")
        assert row
        found: datetime = row["seen_at"]
        return found

    first = await seen()
    _later(house, minutes=59)
    assert await _works(phone)
    assert await seen() == first
    _later(house, minutes=2)
    assert await _works(phone)
    assert house.clock.now() - await seen() < timedelta(minutes=1)


async def test_logging_out_ends_this_session_alone(
    phone: Phone, client: httpx.AsyncClient, wechat: RunningSandbox
) -> None:
    other = phone_of(client, wechat)
    await other.log_in()
    assert (await other.ask("POST", "log-out")).status_code == 204
    assert not await _works(other)
    assert await _works(phone)


async def test_logging_out_everywhere_ends_them_all_and_forgets_the_key(
    phone: Phone, client: httpx.AsyncClient, wechat: RunningSandbox
) -> None:
    other, stranger = phone_of(client, wechat), phone_of(client, wechat, "o-stranger")
    await other.log_in()
    await stranger.log_in()
    assert ok(await phone.ask("POST", "log-out-everywhere")) == {"ended": 2}
    assert [await _works(one) for one in (phone, other, stranger)] == [False, False, True]
    row = await db.fetch_one(
        "SELECT session_key FROM citizens WHERE openid = $1", phone.user.openid
    )
    assert row == {"session_key": None}
    assert "citizen.logged_out_everywhere" in await _verbs(phone)


async def test_a_lost_phone_is_signed_out_from_another(
    phone: Phone, client: httpx.AsyncClient, wechat: RunningSandbox
) -> None:
    found = phone_of(client, wechat)
    await found.log_in()
    shown = ok(await found.ask("GET", "me/sessions"))
    lost = next(one["id"] for one in shown if not one["here"])
    stranger = phone_of(client, wechat, "o-stranger")
    await stranger.log_in()
    refused(await stranger.ask("DELETE", f"me/sessions/{lost}"), 404, "not_found")
    assert (await found.ask("DELETE", f"me/sessions/{lost}")).status_code == 204
    assert [await _works(phone), await _works(found)] == [False, True]
    refused(await found.ask("DELETE", f"me/sessions/{lost}"), 404, "not_found")


async def test_ended_sessions_are_forgotten_with_their_tokens(phone: Phone, house: House) -> None:
    ok(await phone.ask("POST", "refresh"))
    assert await sessions.forget_ended(house.clock.now() + timedelta(days=400)) == 1
    assert await db.fetch("SELECT 1 FROM replaced_tokens") == []
