"""The pages of signing in and out."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.account.places import local
from app.core.acts import Act
from app.core.house import House
from tests.account.browsing import Browser, said, signed_in
from tests.halls.factors import Authenticator, with_second_factor
from tests.places import PASSWORD, Place


async def test_a_page_for_staff_sends_nobody_to_sign_in_and_back(
    client: httpx.AsyncClient, place: Place
) -> None:
    browser = Browser(client)
    answer = await browser.get("/account/password?x=1")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/account/password%3Fx%3D1",
    )
    answer = await browser.sign_in("clerk", to="/account/password?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/password?x=1")
    assert (await browser.get("/account/password")).status_code == 200


async def test_a_wrong_password_says_no_more_than_that_and_keeps_the_login(
    client: httpx.AsyncClient, place: Place
) -> None:
    browser = Browser(client)
    wrong = await browser.sign_in("clerk", "nope")
    unknown = await browser.sign_in("nobody", "nope")
    malformed = await browser.sign_in("no body", "")
    for answer in (wrong, unknown, malformed):
        assert answer.status_code == 401
        assert "登录名或密码不正确" in said(answer)
        assert "zhangban" not in browser.cookies
    assert 'value="clerk"' in wrong.text
    assert "nope" not in wrong.text


async def test_a_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: httpx.AsyncClient, place: Place
) -> None:
    answer = await Browser(client).sign_in("clerk")
    line = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("zhangban="))
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line


async def test_too_many_wrong_passwords_lock_the_door(
    client: httpx.AsyncClient, place: Place
) -> None:
    browser = Browser(client)
    for _ in range(5):
        answer = await browser.sign_in("clerk", "nope")
    assert answer.status_code == 429
    assert "暂时锁定" in said(answer)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/x"],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(
    client: httpx.AsyncClient, place: Place, elsewhere: str
) -> None:
    answer = await Browser(client).sign_in("clerk", to=elsewhere)
    assert answer.headers["location"] == "/desk"


@given(st.text(max_size=40))
def test_whatever_is_asked_for_one_stays_on_this_server(path: str) -> None:
    found = local(path)
    assert found in ("", path)
    if found:
        here = httpx.URL("https://hall.example/sign-in")
        assert here.join(found).host == "hall.example"


async def test_signing_out_ends_the_session_and_forgets_the_cookie(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    browser = await signed_in(client, act_as(), place, "clerk")
    token = browser.cookies["zhangban"]
    answer = await browser.send("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "zhangban" not in browser.cookies
    browser.cookies["zhangban"] = token
    assert (await browser.get("/account")).status_code == 303


async def test_with_a_second_factor_the_password_alone_opens_nothing(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    phone = await with_second_factor(act_as, place, "manager", house)
    browser = Browser(client)
    answer = await browser.sign_in("manager", to="/account")
    assert answer.headers["location"] == "/sign-in/code?next=%2Faccount"
    assert "zhangban" not in browser.cookies
    half = browser.cookies["zhangban_half"]
    headers = {"Authorization": f"Bearer {half}", "Cookie": f"zhangban={half}"}
    assert (await client.get("/api/v1/staff/me", headers=headers)).status_code == 401
    assert "六位验证码" in said(await browser.get("/sign-in/code"))
    wrong = await browser.send("/sign-in/code", code="000000", next="/account")
    assert wrong.status_code == 401
    assert "验证码不正确" in said(wrong)
    done = await browser.send("/sign-in/code", code=phone.code(), next="/account")
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert (await browser.get("/account")).status_code == 200


async def test_the_second_step_is_open_for_five_minutes_and_once(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    phone = await with_second_factor(act_as, place, "manager", house)
    browser = Browser(client)
    await browser.sign_in("manager")
    house.clock.shift(timedelta(minutes=5, seconds=1))
    late = await browser.send("/sign-in/code", code=phone.code())
    assert (late.status_code, "登录已超时" in said(late)) == (401, True)
    await browser.sign_in("manager")
    half = browser.cookies["zhangban_half"]
    assert (await browser.send("/sign-in/code", code=phone.code())).status_code == 303
    other = Browser(client)
    other.cookies["zhangban_half"] = half
    house.clock.shift(timedelta(seconds=30))
    again = await other.send("/sign-in/code", code=phone.code())
    assert again.status_code == 401


async def test_the_page_for_the_code_is_for_whoever_gave_the_password(
    client: httpx.AsyncClient, place: Place
) -> None:
    answer = await Browser(client).get("/sign-in/code?next=/account")
    assert answer.headers["location"] == "/sign-in?next=%2Faccount"


async def test_whoever_is_signed_in_is_not_asked_again(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    browser = await signed_in(client, act_as(), place, "admin")
    assert (await browser.get("/sign-in")).headers["location"] == "/admin/staff"
    assert (await browser.get("/sign-in/code?next=/account")).headers["location"] == "/account"


async def test_where_a_role_needs_a_second_factor_signing_in_leads_to_its_set_up(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act], careful: None
) -> None:
    browser = Browser(client)
    answer = await browser.sign_in("admin", to="/admin/staff")
    assert answer.headers["location"] == "/account/second-factor"
    assert (await browser.get("/admin/staff")).status_code == 403
    page = await browser.get("/account/second-factor")
    assert "“系统管理员”须先开启二次验证才能使用" in said(page)
    await browser.send("/account/second-factor/begin")
    phone = Authenticator.scanned(said(await browser.get("/account/second-factor")), house)
    confirm = "/account/second-factor/confirm"
    codes = await browser.send(confirm, code=phone.code(), password=PASSWORD)
    assert "二次验证已开启" in said(codes)
    assert (await browser.get("/admin/staff")).status_code == 200
