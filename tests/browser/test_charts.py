"""Charts: drawn under the policy of all pages, read by anybody, and led on from."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from app.pages.charts import charted
from tests.browser.charts import EVERY, levels, ranking, show, texts_of, trend
from tests.browser.conftest import Check, OpenPage
from tests.browser.watch import Watch

Shot = Callable[..., Awaitable[None]]


async def test_every_kind_is_drawn(browser_page: Page, axe: Check, fits: Check, shot: Shot) -> None:
    """Nothing goes wrong on the console, in either theme and at any width (see `watch`)."""
    await show(browser_page)
    for name, spec, _ in EVERY:
        drawn = browser_page.locator(f"#{name} .chart-drawing svg")
        await expect(drawn).to_have_count(1 if spec["labels"] else 0)
    await shot(browser_page, "pages-charts", dark=True)
    await axe(browser_page)
    await fits(browser_page)


async def test_what_is_out_of_sight_is_drawn_too(browser_page: Page) -> None:
    """So that a page is printed whole, though nobody scrolled to its end."""
    await show(browser_page, drawn=False)
    there = [name for name, spec, _ in EVERY if spec["labels"]]
    await expect(browser_page.locator("[data-chart][data-drawn]")).to_have_count(len(there))
    assert await browser_page.evaluate("scrollY") == 0


async def test_what_is_not_drawn_yet_is_printed_as_a_table(browser_page: Page) -> None:
    await browser_page.route("**/vendor/echarts/**", lambda route: None)  # never comes
    await show(browser_page, "trend", drawn=False)
    table = browser_page.locator("#trend details table")
    await expect(table).to_be_hidden()
    await browser_page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(table).to_be_visible()


async def test_bad_levels_are_told_without_colours(browser_page: Page) -> None:
    await show(browser_page, "levels")
    hatched = browser_page.locator("#levels .chart-drawing path[fill^='url(']")
    assert await hatched.count() == 2 * len(levels()["labels"]), "two of five levels, hatched"
    for level in (1, 2):
        await expect(browser_page.locator(f"#levels .chart-legend .hatch-{level}")).to_have_count(1)


async def test_the_table_says_the_same(browser_page: Page) -> None:
    await show(browser_page, "ranking")
    await browser_page.get_by_text("以表格查看").click()
    rows = browser_page.locator("#ranking tbody tr")
    said = [
        re.split(r"\s|（(?=\d)", text)[0] for text in await rows.locator("td").all_inner_texts()
    ]
    assert said == texts_of(ranking())[0]
    drawn = await browser_page.locator("#ranking .chart-drawing text").all_text_contents()
    assert set(said) <= set(drawn), "the drawing has the same words"
    links = await rows.locator("a").evaluate_all("all => all.map(a => a.pathname)")
    assert links == ranking()["series"][0]["links"]


async def test_by_keyboard_from_point_to_point_and_on(browser_page: Page) -> None:
    await show(browser_page, "trend")
    await browser_page.route("**/behind/**", lambda route: route.fulfill(body="<h1>明细</h1>"))
    await browser_page.locator("#trend .chart-place").focus()
    for _ in range(3):
        await browser_page.keyboard.press("ArrowRight")
    tip = browser_page.locator("#trend .chart-tip")
    await expect(tip).to_contain_text("3月3日")
    await expect(tip).to_contain_text(texts_of(trend())[0][2])
    await expect(browser_page.locator("#live")).to_contain_text("3月3日，全中心")
    await browser_page.keyboard.press("Escape")
    await expect(tip).to_be_hidden()
    await browser_page.keyboard.press("End")
    await browser_page.keyboard.press("Enter")
    await browser_page.wait_for_url("**/behind/trend/30")


async def test_a_gap_is_told_as_one(browser_page: Page) -> None:
    await show(browser_page, "trend")
    await browser_page.locator("#trend .chart-place").focus()
    for _ in range(12):
        await browser_page.keyboard.press("ArrowRight")
    await expect(browser_page.locator("#trend .chart-tip")).to_contain_text("—")
    await expect(browser_page.locator("#live")).to_contain_text("3月12日，全中心 没有数据")


@pytest.mark.parametrize(("name", "row"), [("ranking", 4), ("tags", 2)])
async def test_a_click_leads_to_what_is_behind(browser_page: Page, name: str, row: int) -> None:
    await show(browser_page, name)
    await browser_page.route("**/behind/**", lambda route: route.fulfill(body="<h1>明细</h1>"))
    spec = {one[0]: one[1] for one in EVERY}[name]
    drawing = browser_page.locator(f"#{name} .chart-drawing")
    label = drawing.locator("text", has_text=texts_of(spec)[0][row])
    box = await label.bounding_box()
    whole = await drawing.bounding_box()
    assert box
    assert whole
    where = {"x": whole["width"] * 0.6, "y": box["y"] + box["height"] / 2 - whole["y"]}
    await drawing.hover(position=where)
    await expect(browser_page.locator(f"#{name} .chart-tip")).to_contain_text(spec["labels"][row])
    await drawing.click(position=where)
    await browser_page.wait_for_url(f"**/behind/{name}/{row}")


async def test_the_first_touch_shows_and_the_second_leads_on(open_page: OpenPage) -> None:
    page = await open_page(has_touch=True, viewport={"width": 390, "height": 844})
    await show(page, "tags")
    await page.route("**/behind/**", lambda route: route.fulfill(body="<h1>明细</h1>"))
    drawing = page.locator("#tags .chart-drawing")
    box = await drawing.bounding_box()
    assert box
    where = {"x": box["width"] / 2, "y": 12.0}
    await drawing.tap(position=where)
    await expect(page.locator("#tags .chart-tip")).to_contain_text("办事效率高")
    assert page.url.endswith("/charts")
    await drawing.tap(position=where)
    await page.wait_for_url("**/behind/tags/0")


async def test_the_library_comes_only_with_a_chart_in_sight(browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    await browser_page.goto("/sign-in")
    assert not any("vendor" in url for url in asked)


async def test_without_the_library_the_table_is_there(browser_page: Page, watch: Watch) -> None:
    watch.expect("vendor/echarts", "Failed to fetch dynamically imported module")
    await browser_page.route("**/vendor/**", lambda route: route.abort())
    await show(browser_page, "trend", drawn=False)
    await expect(browser_page.get_by_role("table")).to_be_visible()
    await expect(browser_page.get_by_text("图表没有加载出来")).to_be_visible()


def test_a_spec_that_is_none_is_refused() -> None:
    for wrong in (
        {"kind": "pie"},
        {"unit": "euro"},
        {"labels": ["1月"]},
        {"series": [{"name": "x", "values": [1.0] * 31, "lows": [1.0] * 31}]},
    ):
        with pytest.raises(ValueError, match=r".+"):
            charted(trend() | wrong)
