"""A password that somebody else has set opens nothing but the way to one's own."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from app.commands import create_hall
from app.core import db, sessions
from app.core.acts import Act
from app.core.errors import FirstPassword, NotFound
from app.core.house import House
from app.halls import accounts, resets, second_factor
from tests.halls.factors import with_second_factor
from tests.places import PASSWORD, Place, code_of, staff_headers

FIRST = "river-lamp-42"
OWN = "quiet-orange-boats"
SIGN_IN = "/api/v1/staff/sign-in"


async def _bearer(client: httpx.AsyncClient, login: str, password: str) -> dict[str, str]:
    answer = await client.post(SIGN_IN, json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.fixture
async def reset(client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]) -> None:
    """The clerk has forgotten their password, and the administrator has set another."""
    admin = await staff_headers(act_as(), place, "admin")
    answer = await client.post(
        f"/api/v1/staff/{place.staff['clerk']}/password", json={"password": FIRST}, headers=admin
    )
    assert answer.status_code == 204, answer.text


async def test_it_signs_in_and_the_answer_says_what_it_is(
    client: httpx.AsyncClient, reset: None
) -> None:
    first = await client.post(SIGN_IN, json={"login": "clerk", "password": FIRST})
    other = await client.post(SIGN_IN, json={"login": "clerk2", "password": PASSWORD})
    assert (first.json()["first_password"], other.json()["first_password"]) == (True, False)


async def test_nothing_works_before_it_is_replaced_and_everything_after(
    client: httpx.AsyncClient, place: Place, reset: None
) -> None:
    clerk = await _bearer(client, "clerk", FIRST)
    duty = f"/api/v1/windows/{place.windows['01']}/duty"
    for refused in (
        await client.get("/api/v1/staff/me", headers=clerk),
        await client.post(duty, headers=clerk),
        await client.post("/api/v1/staff/me/second-factor", headers=clerk),
        await client.get("/api/v1/staff/me/sessions", headers=clerk),
    ):
        assert (refused.status_code, code_of(refused)) == (403, "staff.first_password")
        assert refused.json()["title"].endswith("请先改成自己的密码。")
    change = {"old": FIRST, "new": OWN}
    done = await client.post("/api/v1/staff/password", json=change, headers=clerk)
    assert done.status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=clerk)).status_code == 401
    clerk = await _bearer(client, "clerk", OWN)
    assert (await client.post(duty, headers=clerk)).status_code == 200


async def test_it_can_be_left_by_signing_out(client: httpx.AsyncClient, reset: None) -> None:
    clerk = await _bearer(client, "clerk", FIRST)
    assert (await client.post("/api/v1/staff/sign-out", headers=clerk)).status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=clerk)).status_code == 401


async def test_whoever_has_it_is_nobody_where_everybody_may_go(
    client: httpx.AsyncClient, reset: None
) -> None:
    clerk = await _bearer(client, "clerk", FIRST)
    page = await client.get("/guides", headers=clerk)
    assert page.status_code == 200
    assert "员工001" not in page.text


@pytest.mark.parametrize("new", [FIRST, "short", "clerk-clerk-clerk"])
async def test_it_is_replaced_by_another_one_that_is_strong(
    client: httpx.AsyncClient, reset: None, new: str
) -> None:
    clerk = await _bearer(client, "clerk", FIRST)
    change = {"old": FIRST, "new": new}
    answer = await client.post("/api/v1/staff/password", json=change, headers=clerk)
    assert code_of(answer) == "staff.weak_password"
    me = await client.get("/api/v1/staff/me", headers=clerk)
    assert code_of(me) == "staff.first_password"


async def test_sessions_elsewhere_have_ended_with_the_reset(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    elsewhere = await staff_headers(act_as(), place, "clerk")
    admin = await place.actor(act_as(), "admin")
    await resets.set_first_password(act_as(admin), place.staff["clerk"], FIRST)
    assert (await client.get("/api/v1/staff/me", headers=elsewhere)).status_code == 401


async def test_the_code_comes_before_it(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    phone = await with_second_factor(act_as, place, "clerk", house)
    admin = await place.actor(act_as(), "admin")
    await resets.set_first_password(act_as(admin), place.staff["clerk"], FIRST)
    given = {"login": "clerk", "password": FIRST}
    assert code_of(await client.post(SIGN_IN, json=given)) == "staff.second_factor_needed"
    answer = await client.post(SIGN_IN, json=given | {"code": phone.code()})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = await client.get("/api/v1/staff/me", headers=headers)
    assert code_of(me) == "staff.first_password"


async def test_an_account_that_is_made_for_somebody_has_one(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    role = {"role": "clerk", "hall_id": str(place.hall_id)}
    new = {"number": "77", "name": "新人", "login": "xin", "password": FIRST, "roles": [role]}
    made = await client.post(f"/api/v1/halls/{place.hall_id}/staff", json=new, headers=admin)
    assert made.status_code == 201, made.text
    me = await client.get("/api/v1/staff/me", headers=await _bearer(client, "xin", FIRST))
    assert code_of(me) == "staff.first_password"


async def test_so_has_the_administrator_of_a_hall_made_on_the_command_line(
    client: httpx.AsyncClient, act_as: Callable[..., Act]
) -> None:
    hall = {"code": "NEW", "name": "新县政务服务中心", "level": "county", "region_code": "511604"}
    admin = {"login": "root", "name": "管理员", "password": FIRST}
    await create_hall(act_as(), hall, admin)
    me = await client.get("/api/v1/staff/me", headers=await _bearer(client, "root", FIRST))
    assert code_of(me) == "staff.first_password"


async def test_what_somebody_has_begun_goes_on_for_them(
    place: Place, house: House, act_as: Callable[..., Act], reset: None
) -> None:
    """An export that runs while its owner's password is reset keeps the owner's roles."""
    work = sessions.LiveSession(db.new_id(), "staff", place.staff["clerk"])
    owner = await accounts.staff_of_session(work, house.settings)
    assert owner is not None
    assert owner.grants


@pytest.mark.parametrize("path", ["password", "second-factor/reset"])
async def test_nobody_resets_their_own_secrets_without_the_old_ones(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], house: House, path: str
) -> None:
    """Else whoever sits down at an open page of an administrator has the account for good."""
    await with_second_factor(act_as, place, "admin", house)
    admin = await staff_headers(act_as(), place, "admin")
    body = {"password": FIRST} if path == "password" else {"reason": "手机丢失"}
    address = f"/api/v1/staff/{place.staff['admin']}/{path}"
    answer = await client.post(address, json=body, headers=admin)
    assert code_of(answer) == "halls.own_secrets"


async def test_guessing_the_old_password_at_an_open_page_locks_the_account(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], house: House
) -> None:
    clerk = await staff_headers(act_as(), place, "clerk")
    path, codes = "/api/v1/staff/password", []
    for _ in range(5):
        guess = {"old": "guessed-wrong", "new": OWN}
        codes.append(code_of(await client.post(path, json=guess, headers=clerk)))
    assert codes == ["staff.wrong_password"] * 4 + ["staff.locked"]
    right = {"old": PASSWORD, "new": OWN}
    assert code_of(await client.post(path, json=right, headers=clerk)) == "staff.locked"
    house.clock.shift(timedelta(minutes=16))
    assert (await client.post(path, json=right, headers=clerk)).status_code == 204


async def test_the_last_administrator_is_let_in_again_at_the_servers_command_line(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    await with_second_factor(act_as, place, "admin", house)
    session = await staff_headers(act_as(), place, "admin")
    await resets.let_in_again(act_as(), "Admin", FIRST)
    assert (await client.get("/api/v1/staff/me", headers=session)).status_code == 401
    assert not await second_factor.is_on(place.staff["admin"])
    me = await client.get("/api/v1/staff/me", headers=await _bearer(client, "admin", FIRST))
    assert code_of(me) == "staff.first_password"
    with pytest.raises(NotFound):
        await resets.let_in_again(act_as(), "nobody", FIRST)


def test_the_sentence_names_what_to_do() -> None:
    assert "初始密码" in FirstPassword().title
