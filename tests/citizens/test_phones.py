"""The phone number as the platform vouches for it, by its code or encrypted as of old."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.house import House
from tests.agency.agents import id_number, phone
from tests.cases.builders import World, ok, refused
from tests.citizens.phones import APPID, Phone, phone_of
from wechat.sandbox.server import RunningSandbox


@pytest.fixture
async def somebody(client: httpx.AsyncClient, world: World, wechat: RunningSandbox) -> Phone:
    # The platform's time is its own and real: encrypted data is as old as it says.
    world.house.clock = type(world.house.clock)()
    made = phone_of(client, wechat)
    await made.log_in()
    who = {"name": "李大明", "phone": phone(1), "id_number": id_number(1), "consent": True}
    ok(await made.ask("PUT", "me", who))
    return made


def _encrypted(who: Phone, **data: Any) -> dict[str, str]:
    """What the phone-number button gave to old versions of WeChat."""
    given = {
        "phoneNumber": phone(2),
        "purePhoneNumber": phone(2),
        "countryCode": "86",
    } | data
    found = who.wechat.platform.people.encrypted(who.user, given)
    return {"encrypted_data": found["encryptedData"], "iv": found["iv"]}


async def test_a_code_proves_the_phone(somebody: Phone) -> None:
    assert ok(await somebody.ask("GET", "me"))["level"] == "stated"
    people = somebody.wechat.platform.people
    code = people.issue_phone_code(somebody.user, APPID, phone(2))
    shown = ok(await somebody.ask("PUT", "me/phone", {"code": code}))
    assert (shown["level"], shown["phone_proven"]) == ("phone_proven", True)
    assert shown["phone"] == "138****0002"
    refused(await somebody.ask("PUT", "me/phone", {"code": code}), 401, "wechat.code_invalid")


async def test_what_is_encrypted_proves_it_too(somebody: Phone) -> None:
    shown = ok(await somebody.ask("PUT", "me/phone", _encrypted(somebody)))
    assert (shown["phone_proven"], shown["phone"]) == (True, "138****0002")


async def test_what_was_encrypted_for_somebody_else_proves_nothing(
    somebody: Phone, client: httpx.AsyncClient, wechat: RunningSandbox
) -> None:
    other = phone_of(client, wechat, "o-other")
    await other.log_in()
    refused(await somebody.ask("PUT", "me/phone", _encrypted(other)), 422, "wechat.data_refused")


async def test_of_a_login_before_the_last_it_is_refused(somebody: Phone) -> None:
    given = _encrypted(somebody)
    await somebody.log_in()
    refused(await somebody.ask("PUT", "me/phone", given), 422, "wechat.data_refused")


async def test_what_is_too_old_is_refused(somebody: Phone, house: House) -> None:
    given = _encrypted(somebody)
    house.clock.shift(timedelta(minutes=6))
    refused(await somebody.ask("PUT", "me/phone", given), 422, "wechat.data_refused")


async def test_what_was_altered_is_refused(somebody: Phone) -> None:
    given = _encrypted(somebody)
    sealed = given["encrypted_data"]
    given["encrypted_data"] = sealed[:8] + ("A" if sealed[8] != "A" else "B") + sealed[9:]
    refused(await somebody.ask("PUT", "me/phone", given), 422, "wechat.data_refused")


@pytest.mark.parametrize(
    "data", [{"purePhoneNumber": None}, {"purePhoneNumber": 13800000002}, {"countryCode": None}]
)
async def test_what_is_no_phone_number_is_refused(somebody: Phone, data: dict[str, Any]) -> None:
    answer = await somebody.ask("PUT", "me/phone", _encrypted(somebody, **data))
    refused(answer, 422, "wechat.data_refused")


async def test_a_number_of_another_country_is_none_of_ours(somebody: Phone) -> None:
    given = _encrypted(somebody, purePhoneNumber="51234567", countryCode="852")
    refused(await somebody.ask("PUT", "me/phone", given), 422, "citizens.bad_phone")


@pytest.mark.parametrize("body", [{}, {"iv": "A" * 22 + "=="}, {"encrypted_data": "AAAA"}])
async def test_it_is_one_way_or_the_other(somebody: Phone, body: dict[str, str]) -> None:
    refused(await somebody.ask("PUT", "me/phone", body), 422, "invalid_body")
    both = {"code": "p123"} | _encrypted(somebody)
    refused(await somebody.ask("PUT", "me/phone", both), 422, "invalid_body")


async def test_who_one_is_comes_first(client: httpx.AsyncClient, wechat: RunningSandbox) -> None:
    unknown = phone_of(client, wechat, "o-unknown")
    await unknown.log_in()
    answer = await unknown.ask("PUT", "me/phone", {"code": "p123"})
    refused(answer, 409, "citizens.who_first")
