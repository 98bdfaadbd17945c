"""A manager's way from a chart to a case, the board of bad ratings, and who sees none of it."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from evaluations.rectification.rules import State
from tests.browser.conftest import Check
from tests.browser.town import Town
from tests.browser.watch import Watch
from tests.evaluations.loop import Loops

SignIn = Callable[[Page, str], Awaitable[None]]
Shot = Callable[..., Awaitable[None]]
FEBRUARY = "from=2026-02-01&to=2026-03-02"
PAGES = {
    "overview": f"/console?{FEBRUARY}",
    "scores": f"/console/scores?by=window&{FEBRUARY}",
    "ranking": f"/console/ranking?by=channel&{FEBRUARY}",
    "tags": f"/console/tags?{FEBRUARY}",
    "participation": f"/console/participation?{FEBRUARY}",
    "unrated": f"/console/participation/unrated?{FEBRUARY}",
    "trend": f"/console/trend?{FEBRUARY}",
    "compare": "/console/compare?by=window&from=2026-02-26&to=2026-02-27"
    "&before_from=2026-02-10&before_to=2026-02-25",
    "ratings": f"/console/ratings?{FEBRUARY}",
    "rectifications": "/console/rectifications",
    "handling-cases": "/console/handling/cases?from=2026-02-01&to=2026-03-31",
    "rectification-list": "/console/rectifications?state=to_contact",
    "ledger": "/console/ledger",
    "topics": "/console/topics",
}


@pytest.mark.parametrize("name", PAGES)
async def test_each_page_of_the_console_can_be_read_by_everybody(
    lively: Town,
    browser_page: Page,
    sign_in_as: SignIn,
    shot: Shot,
    axe: Check,
    fits: Check,
    name: str,
) -> None:
    await sign_in_as(browser_page, "supervisor")
    await browser_page.goto(PAGES[name])
    await expect(browser_page.get_by_role("heading", level=1)).to_have_count(1)
    await shot(browser_page, f"console-{name}", dark=name in ("overview", "rectifications"))
    await axe(browser_page)
    await fits(browser_page)


async def test_from_a_chart_to_the_case_behind_a_rating(
    lively: Town, browser_page: Page, sign_in_as: SignIn, shot: Shot, axe: Check, fits: Check
) -> None:
    case = lively.cases["granted"]
    body = {"case_number": case.number, "level": 2, "tags": ["213"]}
    answer = await lively.world.client.post(
        "/api/v1/ratings", json=body, headers=case.owner.headers
    )
    assert answer.status_code == 201, answer.text
    await sign_in_as(browser_page, "manager")
    await browser_page.goto("/console?preset=month")
    chart = browser_page.locator("#trend")
    await chart.get_by_text("以表格查看").click()
    await chart.get_by_role("row", name="3月2日").get_by_role("link").click()
    await expect(browser_page.get_by_role("heading", level=1)).to_have_text("评价明细")
    row = browser_page.get_by_role("row", name=case.number)
    await row.get_by_role("rowheader").get_by_role("link").click()
    await expect(browser_page.get_by_role("heading", level=1)).to_have_text("一条评价")
    await shot(browser_page, "console-rating")
    await axe(browser_page)
    await fits(browser_page)
    await browser_page.get_by_role("link", name="查看办件").click()
    await expect(browser_page.get_by_role("heading", level=1)).to_have_text(f"办件 {case.number}")
    await shot(browser_page, "console-case")
    await axe(browser_page)
    await fits(browser_page)


async def test_a_bad_rating_is_worked_on_the_board(
    lively: Town,
    browser_page: Page,
    sign_in_as: SignIn,
    shot: Shot,
    axe: Check,
    fits: Check,
) -> None:
    world = lively.world
    loops = Loops(world.house, world.client, world.place, world.act_as, cases=2000)
    found = await loops.brought_to(State.TO_VERIFY)
    await sign_in_as(browser_page, "reviewer")
    await browser_page.goto("/console/rectifications")
    await browser_page.locator(f'a[href="/console/rectifications/{found}"]').click()
    await shot(browser_page, "console-rectification")
    await axe(browser_page)
    await fits(browser_page)
    await browser_page.get_by_role("button", name="核实结论").click()
    dialog = browser_page.get_by_role("dialog")
    await dialog.get_by_label("属实", exact=True).check()
    await dialog.get_by_label("依据").fill("窗口确有让群众多跑一趟的情况。")
    await axe(browser_page)
    await dialog.get_by_role("button", name="提交结论").click()
    await expect(browser_page.locator(".said")).to_contain_text("待整改")
    await expect(browser_page.get_by_text("核实属实，进入整改。")).to_be_visible()


async def test_a_form_that_does_not_fit_keeps_what_was_typed(
    lively: Town, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    world = lively.world
    loops = Loops(world.house, world.client, world.place, world.act_as, cases=3000)
    found = await loops.brought_to(State.TO_VERIFY)
    await sign_in_as(browser_page, "reviewer")
    await browser_page.goto(f"/console/rectifications/{found}")
    await browser_page.get_by_role("button", name="核实结论").click()
    await loops.do("reviewer", found, "verify", {"finding": "true", "reason": "属实。"})
    dialog = browser_page.get_by_role("dialog")
    await dialog.get_by_label("误评", exact=True).check()
    await dialog.get_by_label("依据").fill("点错了。")
    watch.expect("409")
    await dialog.get_by_role("button", name="提交结论").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("当前状态是待整改")
    await expect(dialog.get_by_label("依据")).to_have_value("点错了。")


async def test_who_has_no_business_here_sees_nothing(
    lively: Town, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    await sign_in_as(browser_page, "clerk")
    watch.expect("403")
    for path in PAGES.values():
        answer = await browser_page.goto(path)
        assert answer is not None
        assert answer.status == 403
        said = await browser_page.locator("main").inner_text()
        assert not re.search(r"\d+\.\d%", said)
    await expect(browser_page.locator('a[href^="/console"]')).to_have_count(0)


async def test_the_head_of_a_long_table_stays_in_sight(
    lively: Town, browser_page: Page, sign_in_as: SignIn
) -> None:
    """And where it does, no table is wider than its place, which would cut it off."""
    page = browser_page
    await page.set_viewport_size({"width": 1280, "height": 400})
    await sign_in_as(page, "supervisor")
    for address in PAGES.values():
        await page.goto(address)
        wide = await page.evaluate(
            "[...document.querySelectorAll('.table-place')].filter((place) =>"
            " place.scrollWidth > place.clientWidth + 1).map((place) => place.ariaLabel)"
        )
        assert not wide, address
    await page.goto(PAGES["ratings"])
    assert await page.evaluate("document.documentElement.scrollHeight") > 1200
    await page.evaluate("scrollTo(0, 900)")
    head = await page.locator(".main > .table-place thead th").first.bounding_box()
    bar = await page.locator(".bar").bounding_box()
    assert head
    assert bar
    assert abs(head["y"] - (bar["y"] + bar["height"])) < 2
