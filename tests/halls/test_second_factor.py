"""The second factor of staff: what opens an account, once each, and who can take it away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.halls import code_rules, second_factor
from app.keeping import sealed_columns
from tests.halls.factors import Authenticator, with_second_factor
from tests.places import PASSWORD, Place, code_of, staff_headers

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""`12345678901234567890` in base32: the secret of RFC 6238's test vectors."""
KNOWN = {"password": PASSWORD}
"""What only the account's owner adds to a code."""
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    """Its vectors have eight digits; six-digit codes are their ends."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert code_rules.code_at(RFC_SECRET, code_rules.step_of(at)) == code
    assert code_rules.matching_step(RFC_SECRET, code, at, 0) == seconds // 30


@given(at=MOMENTS, off=st.integers(-4, 4))
@settings(max_examples=60)
def test_a_code_holds_in_its_step_and_in_the_ones_beside_it(at: datetime, off: int) -> None:
    step = code_rules.step_of(at)
    code = code_rules.code_at(RFC_SECRET, step + off)
    found = code_rules.matching_step(RFC_SECRET, code, at, 0)
    if abs(off) <= 1:
        assert found == step + off or code_rules.code_at(RFC_SECRET, found or 0) == code
    else:
        near = {code_rules.code_at(RFC_SECRET, step + one) for one in (-1, 0, 1)}
        assert (found is not None) == (code in near)


@given(at=MOMENTS)
@settings(max_examples=40)
def test_a_step_that_was_used_is_used_up_with_all_before_it(at: datetime) -> None:
    step = code_rules.step_of(at)
    for off in (-1, 0):
        code = code_rules.code_at(RFC_SECRET, step + off)
        later = code_rules.code_at(RFC_SECRET, step + 1)
        assert code == later or code_rules.matching_step(RFC_SECRET, code, at, step) is None


def test_recovery_codes_are_no_digits_alone_and_read_as_they_are_typed() -> None:
    codes = {code_rules.new_recovery_code() for _ in range(200)}
    assert len(codes) == 200
    assert not any(code_rules.is_code(code) for code in codes)
    assert code_rules.is_code("123 456")
    one = next(iter(codes))
    assert code_rules.normal(one.lower().replace("-", " ")) == code_rules.normal(one)


async def _sign_in(client: httpx.AsyncClient, **given: Any) -> httpx.Response:
    body = {"login": "manager", "password": PASSWORD} | given
    return await client.post("/api/v1/staff/sign-in", json=body)


@pytest.fixture
async def phone(place: Place, house: House, act_as: Callable[..., Act]) -> Authenticator:
    """The manager's authenticator, set up."""
    return await with_second_factor(act_as, place, "manager", house)


async def test_it_is_set_up_with_a_first_code_and_shows_recovery_codes_once(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    headers = await staff_headers(act_as(), place, "manager")
    path = "/api/v1/staff/me/second-factor"
    none = await client.post(f"{path}/confirm", json={"code": "123456"} | KNOWN, headers=headers)
    assert code_of(none) == "staff.second_factor_not_begun"
    begun = (await client.post(path, headers=headers)).json()
    assert begun["address"].startswith("otpauth://totp/")
    assert begun["secret"] in begun["address"]
    wrong = await client.post(f"{path}/confirm", json={"code": "000000"} | KNOWN, headers=headers)
    assert code_of(wrong) == "staff.wrong_code"
    assert (await _sign_in(client)).status_code == 200  # not on before it is confirmed
    code = Authenticator(begun["secret"], house, []).code()
    right = {"code": code} | KNOWN
    made = (await client.post(f"{path}/confirm", json=right, headers=headers)).json()
    assert len(set(made["codes"])) == 10
    state = (await client.get(path, headers=headers)).json()
    assert (state["on"], state["recovery_codes_left"]) == (True, 10)
    assert code_of(await client.post(path, headers=headers)) == "staff.second_factor_on"


async def test_who_finds_the_page_open_cannot_put_a_phone_of_their_own_before_the_account(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    headers = await staff_headers(act_as(), place, "manager")
    path = "/api/v1/staff/me/second-factor"
    begun = (await client.post(path, headers=headers)).json()
    code = Authenticator(begun["secret"], house, []).code()
    alone = await client.post(f"{path}/confirm", json={"code": code}, headers=headers)
    assert code_of(alone) == "invalid_body"
    guess = {"code": code, "password": "guessed-42"}
    for _ in range(house.settings.login_attempts):
        guessed = await client.post(f"{path}/confirm", json=guess, headers=headers)
    assert code_of(guessed) == "staff.locked"
    assert not (await client.get(path, headers=headers)).json()["on"]


async def test_neither_the_secret_nor_a_recovery_code_stands_in_the_database(
    phone: Authenticator, house: House
) -> None:
    row = await db.fetch_one("SELECT secret FROM second_factors")
    assert row
    assert phone.secret.encode() not in bytes(row["secret"])
    stored = await db.fetch("SELECT code_hash FROM recovery_codes")
    plain = {code_rules.normal(code).encode() for code in phone.recovery}
    assert not plain & {bytes(one["code_hash"]) for one in stored}
    assert ("second_factors", "secret") in {(c.table, c.column) for c in sealed_columns()}


async def test_signing_in_needs_password_and_code(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    assert code_of(await _sign_in(client)) == "staff.second_factor_needed"
    assert code_of(await _sign_in(client, code="000000")) == "staff.wrong_sign_in_code"
    assert code_of(await _sign_in(client, password="nope")) == "staff.wrong_password"
    wrong_too = await _sign_in(client, password="nope", code=phone.code())
    assert code_of(wrong_too) == "staff.wrong_password"
    assert (await _sign_in(client, code=phone.code())).status_code == 200


async def test_a_code_opens_once(
    client: httpx.AsyncClient, phone: Authenticator, house: House
) -> None:
    code = phone.code()
    assert (await _sign_in(client, code=code)).status_code == 200
    assert code_of(await _sign_in(client, code=code)) == "staff.wrong_sign_in_code"
    assert code_of(await _sign_in(client, code=phone.code(-1))) == "staff.wrong_sign_in_code"
    house.clock.shift(timedelta(seconds=30))
    assert (await _sign_in(client, code=phone.code())).status_code == 200


async def test_a_recovery_code_opens_once_in_place_of_the_authenticator(
    client: httpx.AsyncClient, phone: Authenticator, place: Place, act_as: Callable[..., Act]
) -> None:
    code = phone.recovery[3]
    assert (await _sign_in(client, code=code.lower())).status_code == 200
    assert code_of(await _sign_in(client, code=code)) == "staff.wrong_sign_in_code"
    headers = await staff_headers(act_as(), place, "manager")
    state = (await client.get("/api/v1/staff/me/second-factor", headers=headers)).json()
    assert state["recovery_codes_left"] == 9


async def test_wrong_codes_lock_as_wrong_passwords_do_and_a_right_password_does_not_help(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    for _ in range(4):
        assert code_of(await _sign_in(client, code="000000")) == "staff.wrong_sign_in_code"
        # Without a code nothing is counted, and nothing is forgiven either.
        assert code_of(await _sign_in(client)) == "staff.second_factor_needed"
    assert code_of(await _sign_in(client, code="000000")) == "staff.locked"
    assert code_of(await _sign_in(client, code=phone.code())) == "staff.locked"


async def test_switching_off_and_new_recovery_codes_need_password_and_code(
    client: httpx.AsyncClient,
    phone: Authenticator,
    place: Place,
    house: House,
    act_as: Callable[..., Act],
) -> None:
    headers = await staff_headers(act_as(), place, "manager")
    path = "/api/v1/staff/me/second-factor"
    for name in ("off", "recovery-codes"):
        wrong = {"password": "nope", "code": phone.code()}
        answer = await client.post(f"{path}/{name}", json=wrong, headers=headers)
        assert code_of(answer) == "staff.wrong_password"
        wrong = {"password": PASSWORD, "code": "000000"}
        answer = await client.post(f"{path}/{name}", json=wrong, headers=headers)
        assert code_of(answer) == "staff.wrong_sign_in_code"
    proof = {"password": PASSWORD, "code": phone.code()}
    renewed = await client.post(f"{path}/recovery-codes", json=proof, headers=headers)
    assert not set(renewed.json()["codes"]) & set(phone.recovery)
    proof = {"password": PASSWORD, "code": renewed.json()["codes"][0]}
    assert (await client.post(f"{path}/off", json=proof, headers=headers)).status_code == 204
    assert (await _sign_in(client)).status_code == 200
    assert await db.fetch("SELECT 1 FROM recovery_codes") == []


async def test_an_administrator_of_the_hall_resets_it_and_sessions_end(
    client: httpx.AsyncClient, phone: Authenticator, place: Place, act_as: Callable[..., Act]
) -> None:
    manager = await staff_headers(act_as(), place, "manager")
    path = f"/api/v1/staff/{place.staff['manager']}/second-factor/reset"
    far = await staff_headers(act_as(), place, "far_admin")
    assert code_of(await client.post(path, json={"reason": "丢失"}, headers=far)) == "forbidden"
    admin = await staff_headers(act_as(), place, "admin")
    assert (await client.post(path, json={"reason": "丢失"}, headers=admin)).status_code == 204
    again = await client.post(path, json={"reason": "丢失"}, headers=admin)
    assert code_of(again) == "staff.second_factor_off"
    assert (await client.get("/api/v1/staff/me", headers=manager)).status_code == 401
    assert (await _sign_in(client)).status_code == 200


async def test_a_new_first_password_ends_sessions_and_the_lock(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    for _ in range(5):
        await _sign_in(client, password="nope")
    manager = await staff_headers(act_as(), place, "manager")
    admin = await staff_headers(act_as(), place, "admin")
    path = f"/api/v1/staff/{place.staff['manager']}/password"
    weak = await client.post(path, json={"password": "short"}, headers=admin)
    assert code_of(weak) == "staff.weak_password"
    new = {"password": "first-day-at-the-hall"}
    assert (await client.post(path, json=new, headers=admin)).status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=manager)).status_code == 401
    assert (await _sign_in(client, **new)).status_code == 200


async def test_who_has_a_role_elsewhere_is_out_of_reach_for_the_halls_administrator(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    """Else an administrator of a town could take over an account with power over the county."""
    await db.execute(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, 'manager', $3)",
        db.new_id(),
        place.staff["clerk"],
        place.other_hall_id,
    )
    admin = await staff_headers(act_as(), place, "admin")
    base = f"/api/v1/staff/{place.staff['clerk']}"
    new = {"password": "first-day-at-the-hall"}
    assert code_of(await client.post(f"{base}/password", json=new, headers=admin)) == "forbidden"
    assert code_of(await client.put(f"{base}/roles", json=[], headers=admin)) == "forbidden"


async def test_a_session_is_ended_by_its_owner_alone(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    mine, elsewhere = [await staff_headers(act_as(), place, "clerk") for _ in range(2)]
    listed = (await client.get("/api/v1/staff/me/sessions", headers=mine)).json()
    assert sorted(one["this"] for one in listed) == [False, True]
    other = next(one["id"] for one in listed if not one["this"])
    path = f"/api/v1/staff/me/sessions/{other}/end"
    stranger = await staff_headers(act_as(), place, "clerk2")
    assert code_of(await client.post(path, headers=stranger)) == "not_found"
    assert (await client.post(path, headers=mine)).status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=elsewhere)).status_code == 401
    third = await staff_headers(act_as(), place, "clerk")
    ended = await client.post("/api/v1/staff/me/sessions/end-others", headers=mine)
    assert ended.status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=third)).status_code == 401
    assert (await client.get("/api/v1/staff/me", headers=mine)).status_code == 200


async def test_what_was_begun_and_never_confirmed_is_forgotten(
    place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    person = await place.actor(act_as(), "clerk")
    await second_factor.begin(act_as(person))
    await second_factor.forget_old(house.clock.now())
    assert await db.fetch("SELECT 1 FROM second_factors")
    house.clock.shift(timedelta(days=1, minutes=1))
    await second_factor.forget_old(house.clock.now())
    assert await db.fetch("SELECT 1 FROM second_factors") == []
