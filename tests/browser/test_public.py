"""What anybody sees: a QR code's page on a phone, with and without scripts, and the others."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from app.catalog import service as catalog
from app.catalog.guide import Content, Kind
from app.catalog.schemas import ItemIn
from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.house import House
from app.core.privacy import Keyring
from evaluations.ratings import codes
from evaluations.scores import publication
from evaluations.scores.publication_schemas import AnswerIn, PublicationIn
from tests.browser.conftest import Check, OpenPage
from tests.browser.town import MONTH, Town
from tests.browser.watch import Watch
from tests.cases.builders import PREMISES, World
from tests.evaluations.counted import count
from tests.evaluations.hub import visit
from tests.places import Place
from tests.public.guided import GUIDE

ActAs = Callable[..., Act]
Shot = Callable[..., Awaitable[None]]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
async def address(act_as: ActAs, place: Place, house: House) -> str:
    """What the QR code at window 01 says, while somebody is served there."""
    await visit(act_as, place)
    return _address(house.keyring, place)


def _address(keyring: Keyring, place: Place) -> str:
    return f"/q/{codes.window_code(keyring, place.windows['01'])}"


async def kept() -> list[dict[str, Any]]:
    return await db.fetch("SELECT level, tags, comment, channel FROM ratings")


def face(page: Page, name: str) -> Any:
    return page.locator(".rate-face").filter(has_text=name).first


async def thanked(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("谢谢您的评价")


@SCRIPTS
async def test_a_phone_without_an_account_rates(
    open_page: OpenPage, address: str, scripts: bool
) -> None:
    page = await open_page(java_script_enabled=scripts, **PHONE)
    await page.goto(address)
    await expect(page.get_by_role("button", name="提交评价")).to_be_hidden()
    await face(page, "非常满意").tap()
    await expect(page.get_by_text("服务热情效率高")).to_be_visible()
    await expect(page.get_by_text("服务态度生硬")).to_be_hidden()
    await page.get_by_text("服务热情效率高").tap()
    await page.get_by_role("textbox").fill("办得快。")
    await page.get_by_role("button", name="提交评价").tap()
    await thanked(page)
    assert await kept() == [{"level": 5, "tags": ["517"], "comment": "办得快。", "channel": 3}]


@SCRIPTS
async def test_a_bad_rating_without_a_reason_is_mended_on_the_spot(
    open_page: OpenPage, address: str, watch: Watch, scripts: bool
) -> None:
    watch.expect("422")
    page = await open_page(java_script_enabled=scripts, **PHONE)
    await page.goto(address)
    await face(page, "非常不满意").tap()
    await page.get_by_role("button", name="提交评价").tap()
    await expect(page.get_by_role("alert")).to_contain_text("请至少选择一个原因标签")
    await page.get_by_text("服务态度差效率低").tap()
    await page.get_by_role("button", name="提交评价").tap()
    await thanked(page)
    assert [(row["level"], row["tags"]) for row in await kept()] == [(1, ["115"])]


@SCRIPTS
async def test_back_and_again_and_a_double_tap_are_one_rating(
    open_page: OpenPage, address: str, scripts: bool
) -> None:
    page = await open_page(java_script_enabled=scripts, **PHONE)
    await page.goto(address)
    await face(page, "满意").tap()
    await page.get_by_role("button", name="提交评价").dblclick()
    await thanked(page)
    await page.go_back()
    send = page.get_by_role("button", name="提交评价")
    if await send.is_visible():  # the page as it was left, out of the browser's memory
        await send.tap()
        await thanked(page)
    else:
        await expect(page.get_by_role("heading", level=1)).to_contain_text("已经评价过了")
    assert len(await kept()) == 1


async def test_without_a_signal_nothing_typed_is_lost(
    open_page: OpenPage, address: str, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = await open_page(**PHONE)
    await page.goto(address)
    await face(page, "不满意").tap()
    await page.get_by_role("textbox").fill("等了很久。")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="提交评价").tap()
    await expect(page.get_by_role("alert")).to_contain_text("网络不通")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="提交评价").tap()
    await thanked(page)
    assert [row["comment"] for row in await kept()] == ["等了很久。"]


async def test_it_is_rated_by_keyboard_alone(browser_page: Page, address: str) -> None:
    await browser_page.goto(address)
    await browser_page.locator("#level-5").focus()
    await browser_page.keyboard.press("ArrowDown")
    await expect(browser_page.locator("#level-4")).to_be_checked()
    await browser_page.keyboard.press("Tab")
    await browser_page.keyboard.press("Space")
    await browser_page.keyboard.press("Enter")
    await thanked(browser_page)
    assert [(row["level"], row["tags"]) for row in await kept()] == [(4, ["406"])]


async def test_the_form_can_be_read_by_everybody_and_fits_every_screen(
    browser_page: Page, address: str, axe: Check, fits: Check, shot: Shot
) -> None:
    await browser_page.goto(address)
    await axe(browser_page)
    await fits(browser_page)
    await shot(browser_page, "public-rate", dark=True)
    await face(browser_page, "不满意").click()
    await axe(browser_page)
    await fits(browser_page)
    await shot(browser_page, "public-rate-bad", dark=True)
    await browser_page.emulate_media(color_scheme="dark")
    await axe(browser_page)
    await browser_page.emulate_media(color_scheme="light")
    await browser_page.get_by_text("服务态度生硬").click()
    await browser_page.get_by_role("button", name="提交评价").click()
    await thanked(browser_page)
    await shot(browser_page, "public-thanks")
    await browser_page.goto(address)
    await shot(browser_page, "public-rated-already")


async def test_the_pages_for_everybody_are_seen(
    lively: Town, browser_page: Page, axe: Check, fits: Check, shot: Shot
) -> None:
    hall = lively.world.place.hall_id
    paper = await db.fetch_one("SELECT code FROM documents ORDER BY id LIMIT 1")
    assert paper
    for name, path in (
        ("door", "/"),
        ("guides", "/guides"),
        ("guide", f"/guides/{lively.item.id}"),
        ("published", "/published"),
        ("published-hall", f"/published/{hall}"),
        ("published-month", f"/published/{hall}/{MONTH}"),
        ("verify", "/v"),
        ("verify-unknown", "/v?code=ABCD"),
        ("verified", f"/v/{paper['code']}"),
        ("how-to-rate", "/about/rating"),
        ("privacy", "/about/privacy"),
    ):
        await browser_page.goto(path)
        await axe(browser_page)
        await fits(browser_page)
        await shot(browser_page, f"public-{name}", dark=name in ("door", "published-month"))


async def test_the_months_are_drawn_and_the_questions_asked(
    house: House,
    act_as: ActAs,
    place: Place,
    browser_page: Page,
    axe: Check,
    fits: Check,
    shot: Shot,
) -> None:
    house.clock.shift(max(timedelta(), date(2026, 7, 2) - day_of(house.clock.now())))
    for month in range(1, 7):
        levels = {5: 40 + 5 * month, 4: 12, 3: 6, 2: 8 - month, 1: 1}
        await count(place.hall_id, date(2026, month, 10), levels, due=120, due_rated=60 + month)
        await _published(act_as, place, f"2026-{month:02d}")
    made = await catalog.add_item(
        act_as(),
        ItemIn(
            hall_id=place.hall_id,
            implementation_code="GUIDED",
            department_id=place.departments["market"],
            content=Content(name="餐饮服务许可", kind=Kind.LICENCE, guide=GUIDE),
        ),
    )
    for name, path in (
        ("published-months", f"/published/{place.hall_id}"),
        ("guide-asks", f"/guides/{made.item_id}"),
        ("guide-asks-on", f"/guides/{made.item_id}?q_size=large&asked=size"),
        ("guides-narrowed", "/guides?flag=on_phone"),
    ):
        await browser_page.goto(path)
        for colours in ("dark", "light"):
            await browser_page.emulate_media(color_scheme=colours)
            await axe(browser_page)
        await fits(browser_page)
        await shot(browser_page, f"public-{name}", dark=True)


async def _published(act_as: ActAs, place: Place, month: str) -> None:
    manager = act_as(await place.actor(act_as(), "manager"))
    new = PublicationIn(hall_id=place.hall_id, month=month)
    made = await publication.propose(manager, new)
    supervisor = act_as(await place.actor(act_as(), "supervisor"))
    await publication.answer(supervisor, made.id, AnswerIn(agree=True))


async def test_a_guide_is_printed_without_what_is_only_for_the_screen(
    world: World, browser_page: Page
) -> None:
    item = await world.item("PRINTED", guide={"materials": (PREMISES,)})
    await browser_page.goto(f"/guides/{item.id}")
    await browser_page.emulate_media(media="print")
    await expect(browser_page.get_by_role("heading", name="要准备的材料")).to_be_visible()
    await expect(browser_page.get_by_role("navigation")).to_be_hidden()
    await expect(browser_page.get_by_role("link", name="‹ 办事指南")).to_be_hidden()


async def test_from_the_door_to_ones_own_list_without_scripts(
    lively: Town, open_page: OpenPage
) -> None:
    page = await open_page(java_script_enabled=False, **PHONE)
    await page.goto("/")
    await page.get_by_label("要办什么事？").fill("TOWN")
    await page.get_by_role("button", name="查找").tap()
    await page.get_by_role("link").filter(has_text="工作日").first.tap()
    await expect(page).to_have_url(f"{page.url.partition('/guides')[0]}/guides/{lively.item.id}")
    await expect(page.get_by_role("heading", name="要准备的材料")).to_be_visible()
