"""One's own account: who am I, password, second factor, sessions, duty."""

import re
from collections.abc import Callable

import httpx
import pytest

from app.core.acts import Act
from app.core.house import House
from tests.account.browsing import Browser, said, signed_in
from tests.halls.factors import Authenticator, with_second_factor
from tests.places import PASSWORD, Place


@pytest.fixture
async def clerk(client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]) -> Browser:
    return await signed_in(client, act_as(), place, "clerk")


async def test_it_says_who_one_is_in_words(clerk: Browser) -> None:
    page = said(await clerk.get("/account"))
    for word in ("员工001", "青河县政务服务中心", "窗口人员", "二次验证未开启", "本机"):
        assert word in page


async def test_duty_begins_and_ends(clerk: Browser, place: Place) -> None:
    begun = await clerk.send("/account/duty", window_id=place.windows["01"])
    assert begun.status_code == 303
    assert "您正在 01 综合窗口01 服务" in said(await clerk.get("/account"))
    assert (await clerk.send("/account/duty/end")).status_code == 303
    assert "您正在" not in said(await clerk.get("/account"))


async def test_the_password_is_changed_once_the_new_one_was_typed_twice(
    clerk: Browser, client: httpx.AsyncClient
) -> None:
    new = "a-better-passphrase"
    differs = await clerk.send("/account/password", old=PASSWORD, new=new, again="another-one")
    assert (differs.status_code, "两次输入的新密码不一致" in said(differs)) == (422, True)
    wrong = await clerk.send("/account/password", old="nope", new=new, again=new)
    assert (wrong.status_code, "原密码不正确" in said(wrong)) == (401, True)
    done = await clerk.send("/account/password", old=PASSWORD, new=new, again=new)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await clerk.get("/account")).status_code == 303
    assert (await Browser(client).sign_in("clerk", new)).status_code == 303


async def test_what_has_no_token_of_the_page_changes_nothing(
    clerk: Browser, client: httpx.AsyncClient
) -> None:
    cookie = {"Cookie": f"zhangban={clerk.cookies['zhangban']}"}
    answer = await client.post("/account/second-factor/begin", headers=cookie)
    assert answer.status_code == 403
    assert "页面已过期" in said(answer)


async def test_a_second_factor_is_set_up_used_and_switched_off(
    clerk: Browser, house: House
) -> None:
    await clerk.send("/account/second-factor/begin")
    page = await clerk.get("/account/second-factor")
    assert "<svg" in page.text
    phone = Authenticator.scanned(said(page), house)
    confirm = "/account/second-factor/confirm"
    wrong = await clerk.send(confirm, code="000000", password=PASSWORD)
    assert wrong.status_code == 422
    assert Authenticator.scanned(said(wrong), house).secret == phone.secret
    stranger = await clerk.send(confirm, code=phone.code(), password="not-mine-42")
    assert (stranger.status_code, "密码不正确" in said(stranger)) == (401, True)
    assert "未使用的恢复码" not in said(await clerk.get("/account/second-factor"))
    done = await clerk.send(confirm, code=phone.code(), password=PASSWORD)
    codes = re.findall(r"[2-9A-Z]{5}-[2-9A-Z]{5}", said(done))
    assert len(set(codes)) == 10
    page = await clerk.get("/account/second-factor")
    assert "未使用的恢复码 10 个" in said(page)
    assert codes[0] not in page.text
    assert phone.secret[:4] not in said(page)
    off = await clerk.send("/account/second-factor/off", password=PASSWORD, code=codes[0])
    assert off.status_code == 303
    assert "未开启" in said(await clerk.get("/account/second-factor"))


async def test_new_recovery_codes_take_the_place_of_the_old(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    phone = await with_second_factor(act_as, place, "clerk", house)
    browser = await signed_in(client, act_as(), place, "clerk")
    path = "/account/second-factor/recovery-codes"
    wrong = await browser.send(path, password="nope", code=phone.code())
    assert (wrong.status_code, "登录名或密码不正确" in said(wrong)) == (401, True)
    made = await browser.send(path, password=PASSWORD, code=phone.code())
    codes = set(re.findall(r"[2-9A-Z]{5}-[2-9A-Z]{5}", said(made)))
    assert len(codes) == 10
    assert not codes & set(phone.recovery)


async def test_sessions_elsewhere_are_seen_and_ended(
    clerk: Browser, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    elsewhere = Browser(client)
    elsewhere.headers["User-Agent"] = "Mozilla/5.0 (iPhone) Version/17 Safari/604.1"
    await elsewhere.sign_in("clerk")
    page = await clerk.get("/account")
    assert "Safari · iPhone" in said(page)
    end = re.search(r'action="(/account/sessions/[^"]+/end)"', page.text)
    assert end
    stranger = await signed_in(client, act_as(), place, "clerk2")
    assert (await stranger.send(end[1])).status_code == 404
    assert (await clerk.send(end[1])).status_code == 303
    assert (await elsewhere.get("/account")).status_code == 303
    await elsewhere.sign_in("clerk")
    assert (await clerk.send("/account/sessions/end-others")).status_code == 303
    assert (await elsewhere.get("/account")).status_code == 303
    assert (await clerk.get("/account")).status_code == 200
