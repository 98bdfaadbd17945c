"""The first sign-in on the pages: a password of one's own, then straight to work."""

from collections.abc import Callable

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.halls import passwords, resets
from tests.account.browsing import Browser, said
from tests.halls.factors import with_second_factor
from tests.places import Place

FIRST = "river-lamp-42"
OWN = "quiet-orange-boats"
CHOOSE = "/account/password"


@pytest.fixture
def give_first(place: Place, act_as: Callable[..., Act]) -> Callable[..., object]:
    async def give(name: str = "clerk", by: str = "admin") -> None:
        giver = await place.actor(act_as(), by)
        await resets.set_first_password(act_as(giver), place.staff[name], FIRST)

    return give


async def _choose(
    browser: Browser, new: str = OWN, again: str = OWN, **more: str
) -> httpx.Response:
    return await browser.send(CHOOSE, on=CHOOSE, old=FIRST, new=new, again=again, **more)


async def test_signing_in_leads_to_a_password_of_ones_own_and_on_to_where_one_was_going(
    client: httpx.AsyncClient, give_first: Callable[..., object]
) -> None:
    await give_first()
    browser = Browser(client)
    answer = await browser.sign_in("clerk", FIRST, to="/desk?x=1")
    assert answer.headers["location"] == "/account/password?next=%2Fdesk%3Fx%3D1"
    page = await browser.get(answer.headers["location"])
    assert "您刚才用的初始密码是别人设置的" in said(page)
    assert 'href="/desk"' not in page.text
    before = browser.cookies["zhangban"]
    done = await _choose(browser, next="/desk?x=1")
    assert (done.status_code, done.headers["location"]) == (303, "/desk?x=1"), said(done)
    assert browser.cookies["zhangban"] != before
    assert "密码已设置" in said(await browser.get("/desk?x=1"))
    assert (await Browser(client).sign_in("clerk", FIRST)).status_code == 401
    assert (await Browser(client).sign_in("clerk", OWN)).headers["location"] == "/desk"


async def test_every_page_leads_there_and_every_form_says_so(
    client: httpx.AsyncClient, place: Place, give_first: Callable[..., object]
) -> None:
    await give_first()
    browser = Browser(client)
    await browser.sign_in("clerk", FIRST)
    for page in ("/desk", "/account", "/account/second-factor", "/admin/staff", "/works"):
        answer = await browser.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{CHOOSE}?next={page}")
    form = await browser.send("/account/duty", on=CHOOSE, window_id=place.windows["01"])
    assert (form.status_code, "请先改成自己的密码" in said(form)) == (403, True)
    assert "员工001" not in said(await browser.get("/guides"))
    assert "登录名" in said(await browser.get("/sign-in"))


async def test_it_can_be_left_by_signing_out_or_signing_in_as_somebody_else(
    client: httpx.AsyncClient, place: Place, give_first: Callable[..., object]
) -> None:
    await give_first()
    browser = Browser(client)
    await browser.sign_in("clerk", FIRST)
    assert (await browser.send("/sign-out", on=CHOOSE)).headers["location"] == "/sign-in"
    await browser.sign_in("clerk", FIRST)
    other = await client.post(
        "/sign-in",
        data={"login": "clerk2", "password": "correct-horse-battery"},
        headers={"Cookie": f"zhangban={browser.cookies['zhangban']}"},
    )
    client.cookies.clear()
    assert (other.status_code, other.headers["location"]) == (303, "/desk")


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [
        (OWN, "something-else", "两次输入的新密码不一致"),
        (FIRST, FIRST, "新密码不能与原密码相同"),
        ("short", "short", "密码至少 10 个字符"),
    ],
)
async def test_a_mistake_is_said_and_the_door_stays_closed(
    client: httpx.AsyncClient,
    give_first: Callable[..., object],
    new: str,
    again: str,
    sentence: str,
) -> None:
    await give_first()
    browser = Browser(client)
    await browser.sign_in("clerk", FIRST)
    wrong = await _choose(browser, new, again)
    assert (wrong.status_code, sentence in said(wrong)) == (422, True), said(wrong)
    assert (await browser.get("/desk")).status_code == 303


async def test_nobody_is_sent_elsewhere_or_round_in_a_circle(
    client: httpx.AsyncClient, give_first: Callable[..., object]
) -> None:
    for wanted in ("https://evil.example", "//evil.example", CHOOSE, f"{CHOOSE}?next=/desk"):
        await give_first()
        browser = Browser(client)
        await browser.sign_in("clerk", FIRST)
        done = await _choose(browser, next=wanted)
        assert done.headers["location"] == "/desk", wanted


async def test_the_code_is_asked_first_and_the_set_up_that_a_role_needs_comes_last(
    client: httpx.AsyncClient,
    place: Place,
    house: House,
    act_as: Callable[..., Act],
    careful: None,
    give_first: Callable[..., object],
) -> None:
    phone = await with_second_factor(act_as, place, "clerk", house)
    await with_second_factor(act_as, place, "admin", house)
    await give_first("clerk")
    browser = Browser(client)
    half = await browser.sign_in("clerk", FIRST, to="/desk")
    assert half.headers["location"].startswith("/sign-in/code")
    answer = await browser.send("/sign-in/code", code=phone.code(), next="/desk")
    assert answer.headers["location"] == f"{CHOOSE}?next=%2Fdesk"
    assert (await _choose(browser, next="/desk")).headers["location"] == "/desk"


async def test_an_administrator_sets_the_second_factor_up_after_the_password(
    client: httpx.AsyncClient, place: Place, careful: None
) -> None:
    await db.execute(
        "UPDATE staff SET password_hash = $2, first_password = true WHERE id = $1",
        place.staff["admin"],
        await passwords.hashed(FIRST),
    )
    browser = Browser(client)
    assert (await browser.sign_in("admin", FIRST)).headers["location"].startswith(CHOOSE)
    assert (await browser.get("/account/second-factor")).status_code == 303
    done = await _choose(browser)
    assert done.headers["location"] == "/account/second-factor"
    page = said(await browser.get("/account/second-factor"))
    assert "密码已设置" in page
    assert "须先开启二次验证" in page
