"""A big screen with an address of its own, in a browser in which nobody ever signed in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from app.halls import screens
from app.halls.schemas import ScreenIn
from evaluations.ratings import visits
from evaluations.ratings.schemas import VisitIn
from tests.browser.watch import Watch
from tests.cases.builders import World
from tests.console.test_wall import on_duty

SignIn = Callable[[Page, str], Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]
HALF_A_DAY = timedelta(hours=12)
"""What a session of staff lasts."""


async def _renewed(page: Page, end: str = "/now") -> None:
    """The wall asks for what is new, and has been answered."""
    async with page.expect_response(lambda answer: answer.url.endswith(end)):
        await page.locator("[data-refresh]").dispatch_event("renew")


async def test_it_goes_on_for_longer_than_a_session_until_it_is_revoked(
    world: World, browser_page: Page, watch: Watch, shot: Any, axe: Check, fits: Check
) -> None:
    page = browser_page
    watch.expect("404")
    made = await screens.make(world.act_as(), world.place.hall_id, ScreenIn(name="一楼大厅"))
    await on_duty(world)
    await page.goto(urlsplit(made.address).path)
    await expect(page.get_by_role("heading", level=1)).to_have_text("青河县政务服务中心")
    await axe(page)
    await fits(page)
    await expect(page.locator(".wall-windows .open")).to_have_count(1)
    world.house.clock.shift(HALF_A_DAY + timedelta(hours=1))
    clerk = world.act_as(await world.place.actor(world.act_as(), "clerk"))
    await visits.start(clerk, VisitIn(about="咨询"))
    await _renewed(page)
    await expect(page.locator(".wall-windows .busy")).to_have_count(1)
    await expect(page.locator(".old-note")).to_have_count(0)
    assert await page.context.cookies() == []
    await screens.revoke(world.act_as(), made.screen.id, "屏幕拆除")
    await _renewed(page)
    await expect(page.locator(".old-note")).to_have_text("这块大屏的地址已停用，以下是之前的内容。")
    await expect(page.locator(".wall-windows .busy")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "这块大屏的地址已停用，或者输入有误。"
    )
    await expect(page.get_by_role("link")).to_have_count(0)
    await shot(page, "console-screen-refused", whole=False)
    await axe(page)
    await fits(page)


async def test_an_administrator_makes_and_ends_one(
    world: World, browser_page: Page, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/halls")
    await page.get_by_role("button", name="添加大屏").click()
    await page.get_by_label("名称").locator("visible=true").fill("一楼大厅")
    await page.get_by_role("button", name="添加并生成地址").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("大屏地址")
    await shot(page, "account-screen-address")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="已在大屏上打开").click()
    row = page.locator("#screens tbody tr")
    await expect(row).to_contain_text("一楼大厅")
    await expect(row).to_contain_text("在用")
    await shot(page, "account-screens")
    await row.get_by_role("button", name="停用").click()
    await page.get_by_label("原因").locator("visible=true").fill("屏幕拆除")
    await page.get_by_role("button", name="停用", exact=True).locator("visible=true").last.click()
    await expect(row).to_contain_text("已停用")
