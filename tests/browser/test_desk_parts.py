"""The desk's parts renew themselves without taking anything from under a clerk's hands."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from app.halls import service as halls
from evaluations.ratings import visits
from evaluations.ratings.schemas import VisitIn
from tests.browser.watch import Watch
from tests.cases.builders import World, ok

SignIn = Callable[[Page, str], Awaitable[None]]
QUEUE, VISIT = "#queue", "#visit"


@pytest.fixture
async def on_duty(world: World, browser_page: Page, sign_in_as: SignIn) -> Page:
    """A clerk at the first window."""
    clerk = world.act_as(await world.place.actor(world.act_as(), "clerk"))
    await halls.start_duty(clerk, world.place.windows["01"])
    await sign_in_as(browser_page, "clerk")
    return browser_page


async def renew(page: Page, part: str) -> None:
    """Have a part renewed, and wait until it is."""
    path = await page.locator(part).get_attribute("data-refresh")
    async with page.expect_response(lambda answer: answer.url.endswith(str(path))):
        await page.locator(part).dispatch_event("renew")
    await page.evaluate("() => new Promise((done) => setTimeout(done, 50))")


async def test_what_was_begun_in_a_part_outlives_its_renewal(on_duty: Page, world: World) -> None:
    page = on_duty
    await page.goto("/desk")
    await page.get_by_label("办什么事").fill("咨询养老保险")
    await page.locator("h1").click()
    await renew(page, VISIT)
    await expect(page.get_by_label("办什么事")).to_have_value("咨询养老保险")
    await page.get_by_role("button", name="开始服务").click()
    await expect(page.locator(".said")).to_contain_text("已开始服务")


async def test_new_cases_come_in_around_the_row_that_has_the_focus(
    on_duty: Page, world: World
) -> None:
    page, owner, item = on_duty, await world.citizen(), await world.item()
    first, second, third = [await world.filed(owner, item) for _ in range(3)]
    await page.goto("/desk")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    row = await page.locator(":focus").element_handle()
    await page.evaluate("(row) => getSelection().selectAllChildren(row)", row)
    ok(await world.accept(first))
    new = await world.filed(owner, item)
    await renew(page, QUEUE)
    await expect(page.locator(f"{QUEUE} [data-row]")).to_have_text(
        [second.number, third.number, new.number]
    )
    assert await page.evaluate("(row) => document.activeElement === row", row)
    assert await page.evaluate("() => getSelection().toString()") == second.number
    ok(await world.accept(second))
    await renew(page, QUEUE)
    await expect(page.locator(":focus")).to_have_text(third.number)


async def test_what_was_unfolded_stays_and_the_news_is_shown(on_duty: Page, world: World) -> None:
    page = on_duty
    clerk = world.act_as(await world.place.actor(world.act_as(), "clerk"))
    await page.goto("/desk")
    await expect(page.locator("#visit-evaluator")).to_contain_text("没有评价器")
    started = await visits.start(clerk, VisitIn(about="咨询"))
    await renew(page, VISIT)
    await page.locator("#visit-code-open").click()
    await page.get_by_role("button", name="结束服务").focus()
    await renew(page, VISIT)
    await expect(page.get_by_role("img", name="评价二维码")).to_be_visible()
    await expect(page.get_by_role("button", name="结束服务")).to_be_focused()
    await visits.end(clerk, started.id)
    await renew(page, VISIT)
    await expect(page.locator("#visit-rated")).to_contain_text("结束了")
    await expect(page.get_by_role("img", name="评价二维码")).to_be_visible()


async def test_a_server_that_is_away_and_a_session_that_ended_are_said_apart(
    on_duty: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "401")
    page = on_duty
    await page.goto("/desk")
    note = page.locator(f".old-note:has(+ {QUEUE})")
    await page.context.set_offline(True)
    await page.locator(QUEUE).dispatch_event("renew")
    await expect(note).to_contain_text("连接中断")
    await expect(page.locator("#live")).to_contain_text("连接中断")
    await page.context.set_offline(False)
    await expect(note).to_have_count(0)
    await page.context.clear_cookies()
    await renew(page, QUEUE)
    await expect(note).to_contain_text("登录已过期")
    await expect(note.get_by_role("link", name="重新登录")).to_be_visible()
    await sign_in_as(page, "clerk")
    await renew(page, QUEUE)
    await expect(note).to_have_count(0)


async def test_nothing_is_asked_for_while_nobody_looks(on_duty: Page) -> None:
    page = on_duty
    hidden = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    tell = "document.dispatchEvent(new Event('visibilitychange'));"
    await page.goto("/desk")
    asked: list[str] = []
    page.on("request", lambda request: "/parts/" in request.url and asked.append(request.url))
    await page.evaluate(hidden % "true" + tell)
    await page.locator(QUEUE).dispatch_event("renew")
    await page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert not asked
    async with page.expect_response("**/desk/parts/queue"):
        await page.evaluate(hidden % "false" + tell)
