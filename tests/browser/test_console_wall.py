"""The hall's big screen in a browser: it fits 16:9 without scrolling, and renews itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from app.core import db
from app.core.clock import CHINA
from app.halls import service as halls
from app.halls.schemas import WindowIn
from evaluations.ratings import visits
from evaluations.ratings.counting import Place as Where
from evaluations.ratings.opening import NewService
from evaluations.ratings.schemas import VisitIn
from tests.browser.watch import Watch
from tests.cases.builders import World
from tests.console.test_wall import on_duty

SignIn = Callable[[Page, str], Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]
SCREENS = ((1024, 768), (1280, 720), (1366, 768), (1920, 1080), (3840, 2160))
LEVELS = {5: 86, 4: 21, 3: 7, 2: 2, 1: 1}
SERVED = {
    "小餐饮登记": 42,
    "企业职工基本养老保险参保登记（含灵活就业人员）": 37,
    "不动产首次登记": 21,
    "居民身份证换领": 18,
    "异地就医备案": 12,
    "住房公积金提取": 3,
}


@pytest.fixture
async def busy(world: World) -> World:
    """A hall of twenty windows in the middle of its day; two more than are shown."""
    names = ("市场监管", "不动产登记", "社会保险", "医疗保障", "公安户政", "税务", "公积金")
    for number in range(3, 21):
        name = f"{names[number % len(names)]}窗口"
        new = WindowIn(number=f"{number:02d}", name=name)
        await halls.add_window(world.act_as(), world.place.hall_id, new)
    await _items(world)
    await on_duty(world)
    await on_duty(world, "clerk2", "02")
    clerk = world.act_as(await world.place.actor(world.act_as(), "clerk"))
    await visits.start(clerk, VisitIn(about="咨询"))
    await db.execute(
        "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
        " SELECT $1, 1, $2, $3, measure, n FROM unnest($4::int[], $5::int[]) AS x (measure, n)"
        " ON CONFLICT (hall_id, dimension, day, key, measure) DO UPDATE SET n = excluded.n",
        world.place.hall_id,
        world.act_as().today,
        str(world.place.hall_id),
        [*LEVELS, 0, 9],
        [*LEVELS.values(), 163, 117],
    )
    return world


async def _items(world: World) -> None:
    """What was handled today, each item so often."""
    for n, (name, served) in enumerate(SERVED.items()):
        item = await world.item(f"WALL-{n}")
        new = NewService(
            subject=f"case:WALL-{n}",
            place=Where(world.place.hall_id, item_id=item.id),
            item_name=name,
            citizen_id=None,
            project_no=None,
            started_at=world.act_as().at,
            ended_at=world.act_as().at,
        )
        await visits.open_for_rating(world.act_as(), new)
        await db.execute(
            "UPDATE score_days SET n = $2 WHERE dimension = 5 AND key = $1", str(item.id), served
        )


async def _overflow(page: Page) -> list[int]:
    found: list[int] = await page.evaluate(
        "() => [document.documentElement.scrollWidth - innerWidth,"
        " document.documentElement.scrollHeight - innerHeight]"
    )
    return found


async def test_it_fills_a_big_screen_without_scrolling(
    busy: World, browser_page: Page, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/wall")
    await shot(page, "console-wall", whole=False)
    await axe(page)
    await fits(page)
    for width, height in SCREENS:
        await page.set_viewport_size({"width": width, "height": height})
        assert await _overflow(page) == [0, 0], (width, height)
    await page.set_viewport_size({"width": 390, "height": 844})
    assert (await _overflow(page))[0] == 0


async def test_it_renews_itself(busy: World, browser_page: Page, sign_in_as: SignIn) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/wall")
    await expect(page.locator(".wall-windows .busy")).to_have_count(1)
    clerk2 = busy.act_as(await busy.place.actor(busy.act_as(), "clerk2"))
    await visits.start(clerk2, VisitIn(about="咨询"))
    await page.locator("[data-refresh]").dispatch_event("renew")
    await expect(page.locator(".wall-windows .busy")).to_have_count(2)


HALF_A_DAY = 12 * 3600
_OTHERS = """(pages) => {
    let n = 0;
    window.fetch = async () => new Response(
        pages[n % 2].replace(/\\d\\d:\\d\\d(?=<)/, `${10 + (n % 9)}:${10 + (n++ % 49)}`),
        {status: n % 97 ? 200 : 503});
    window.asked = () => n;
}"""
"""The part as it changes, and now and then a server that is away, without one being asked."""


async def _held(page: Page) -> dict[str, int]:
    """What the page holds, once what nobody needs is thrown away."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    counted = await session.send("Memory.getDOMCounters")
    heap = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return {
        "nodes": counted["nodes"],
        "listeners": counted["jsEventListeners"],
        "kilobytes": round(heap["usedSize"] / 1024),
    }


async def test_it_stands_half_a_day_without_growing(
    busy: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/wall")
    now = await page.locator("[data-refresh]").inner_html()
    await page.clock.install()
    await page.reload()
    await page.evaluate(_OTHERS, [now, now.replace('class="busy"', 'class="open"', 1)])
    await page.clock.run_for(60_000)
    before = await _held(page)
    asked = await page.evaluate("asked()")
    for _ in range(12):
        await page.clock.run_for(HALF_A_DAY * 1000 // 12)
    turns = await page.evaluate("asked()") - asked
    assert turns > 0.95 * HALF_A_DAY / 5, "it went on asking"
    after = await _held(page)
    assert after["nodes"] <= before["nodes"] + 40, (before, after)
    assert after["listeners"] <= before["listeners"], (before, after)
    assert after["kilobytes"] <= before["kilobytes"] + 500, (before, after)
    assert await page.locator(".old-note").count() <= 1


async def test_it_comes_back_when_the_server_does(
    busy: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    page = browser_page
    watch.expect("ERR_CONNECTION_REFUSED", "ERR_FAILED")
    await sign_in_as(page, "manager")
    await page.clock.install()
    await page.goto("/console/wall")
    shown = await page.locator(".wall-figures").inner_text()
    away: list[str] = []

    async def refuse(route: Route) -> None:
        away.append(route.request.url)
        await route.abort("connectionrefused")

    await page.route("**/console/wall/now**", refuse)
    for _ in range(60):
        await page.clock.run_for(10_000)
        await asyncio.sleep(0.03)  # the answer comes by the real clock
    assert 8 <= len(away) <= 20, "it asks more and more seldom, once a minute at last"
    await expect(page.locator(".old-note")).to_have_text("连接中断，以下是之前的内容，正在重试。")
    assert await page.locator(".wall-figures").inner_text() == shown
    await page.unroute("**/console/wall/now**", refuse)
    for _ in range(7):
        await page.clock.run_for(10_000)
        await asyncio.sleep(0.03)
    await expect(page.locator(".old-note")).to_have_count(0)


async def test_a_day_ends_at_midnight(
    busy: World, browser_page: Page, sign_in_as: SignIn, shot: Any
) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/wall")
    await expect(page.locator(".wall-big")).to_be_visible()
    midnight = datetime.combine(busy.act_as().today + timedelta(days=1), time(), CHINA)
    busy.house.clock.shift(midnight - busy.house.clock.now() + timedelta(seconds=1))
    await sign_in_as(page, "manager")
    await page.locator("[data-refresh]").dispatch_event("renew")
    await expect(page.locator(".wall-wait")).to_contain_text("今天还没有评价")
    assert "00:00" in await page.locator(".wall-time").inner_text()
    await expect(page.locator(".wall-figures")).to_contain_text("今日服务")
    figures = (await page.locator(".wall-figures dd").all_inner_texts())[:2]
    assert [figure.strip() for figure in figures] == ["0件", "0条"]
