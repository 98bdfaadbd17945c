"""The manager's and the supervisor's boards in a browser: deadlines, publication, held content."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from playwright.async_api import Page, expect

from app.core import db
from app.core.lights import Light
from tests.cases.builders import World
from tests.cases.decisions import Decisions
from tests.guards import test_owners as things
from tests.supervision.watch import Watch

SignIn = Callable[[Page, str], Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]


@pytest.fixture
async def watch_over(world: World) -> Watch:
    """A hall with one item and an applicant."""
    owner = await world.citizen()
    return Watch(world, Decisions(world, await world.item("BOARD"), owner.id))


async def _a_busy_board(watch: Watch) -> str:
    """Cases of every light, a warning, and an answered entry; its id."""
    entry = await watch.answered()
    await watch.overdue(None)
    watch.go_to(date(2026, 3, 10))
    for day in (4, 5, 9, 9, 10):
        case = await watch.case(accepted=date(2026, 3, day))
        await watch.task(case, "fire", due=date(2026, 3, 12))
        if day == 4:
            await watch.turn(watch.turned(case, Light.YELLOW))
    return entry


async def test_a_supervisor_works_the_deadlines_board(
    watch_over: Watch, browser_page: Page, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    await _a_busy_board(watch_over)
    page = browser_page
    await sign_in_as(page, "supervisor")
    await page.goto("/console/deadlines")
    await shot(page, "console-deadlines", dark=True)
    await axe(page)
    await fits(page)
    await page.locator("td.end a").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("发起督办")
    await page.get_by_label("说明").fill("材料齐全仍没有进展。")
    await shot(page, "console-entry-open")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="发起督办").click()
    await expect(page.locator(".said")).to_contain_text("已发起督办")
    await page.get_by_role("link", name="返回督办列表").click()
    await page.get_by_label("状态").select_option(label="待审核")
    await page.get_by_role("button", name="查看").click()
    await shot(page, "console-entries")
    await axe(page)
    await fits(page)
    await page.locator("tbody a").first.click()
    await shot(page, "console-entry")
    await axe(page)
    await fits(page)
    await page.keyboard.press("a")
    await page.locator("dialog[open]").get_by_label("意见").fill("情况属实，同意。")
    await shot(page, "console-entry-accept", whole=False)
    await axe(page)
    await page.locator("dialog[open]").get_by_role("button", name="认可答复").click()
    await expect(page.locator(".said")).to_contain_text("整改中")


@pytest.mark.parametrize("view", ["warnings", "answers", "defaults"])
async def test_the_other_views_of_the_board(
    watch_over: Watch,
    browser_page: Page,
    sign_in_as: SignIn,
    shot,
    axe: Check,
    fits: Check,
    view: str,
) -> None:
    await _a_busy_board(watch_over)
    case = await watch_over.case(accepted=date(2026, 3, 2))
    await watch_over.decisions.task(case, "fire", "overdue")
    await sign_in_as(browser_page, "manager")
    await browser_page.goto(f"/console/deadlines?view={view}")
    await shot(browser_page, f"console-{view}")
    await axe(browser_page)
    await fits(browser_page)


async def test_handling_time_leads_from_the_hall_to_one_department(
    watch_over: Watch, browser_page: Page, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    for days, day in ((0, 3), (1, 5), (3, 9), (4, 12), (2, 17), (7, 24), (1, 25), (1, 26)):
        case = await watch_over.case(accepted=date(2026, 3, day - min(days, day - 2)))
        await watch_over.decisions.decide(case, date(2026, 3, day))
    watch_over.go_to(date(2026, 3, 31))
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/handling?preset=month")
    await expect(page.locator(".chart-drawing svg, .chart-drawing canvas").first).to_be_visible()
    await page.locator("#within-a-day").scroll_into_view_if_needed()
    await expect(page.locator("#within-a-day .chart-drawing > *").first).to_be_visible()
    await page.evaluate("() => scrollTo(0, 0)")
    await shot(page, "console-handling", dark=True)
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="市场监管局", exact=True).click()
    await expect(page.get_by_text("只看部门：市场监管局")).to_be_visible()
    assert "key=" in page.url


async def test_a_manager_goes_from_handling_time_to_a_case(
    watch_over: Watch, browser_page: Page, sign_in_as: SignIn
) -> None:
    quick = await watch_over.case(accepted=date(2026, 3, 4))
    await watch_over.decisions.decide(quick, date(2026, 3, 5))
    slow = await watch_over.case(accepted=date(2026, 3, 4))
    await watch_over.decisions.decide(slow, date(2026, 3, 9))
    watch_over.go_to(date(2026, 3, 31))
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/console/handling?preset=month")
    await page.get_by_role("link", name="50.0%，查看市场监管局一日办结的办件").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("办结明细")
    await expect(page.get_by_text(slow.number)).to_have_count(0)
    await page.get_by_role("link", name="全部", exact=True).click()
    await expect(page.get_by_text(slow.number)).to_be_visible()
    await page.get_by_role("link", name=quick.number).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"办件 {quick.number}")


async def test_a_month_is_looked_at_proposed_and_published(
    world: World, open_page: Any, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    for level, n in {5: 31, 4: 6, 3: 2, 2: 1, 0: 52, 9: 40}.items():
        for dimension, key in (
            (1, world.place.hall_id),
            (2, world.place.departments["market"]),
            (3, world.place.windows["01"]),
        ):
            await db.execute(
                "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
                " VALUES ($1, $2, '2026-02-10', $3, $4, $5)",
                world.place.hall_id,
                dimension,
                str(key),
                level,
                n,
            )
    manager, supervisor = await open_page(), await open_page()
    await sign_in_as(manager, "manager")
    await sign_in_as(supervisor, "supervisor")
    await manager.goto("/console/publications")
    await manager.get_by_role("button", name="查看拟公布的内容").click()
    await shot(manager, "console-preview")
    await axe(manager)
    await fits(manager)
    manager.on("dialog", lambda dialog: dialog.accept())
    await manager.get_by_role("button", name="提出公布").click()
    await expect(manager.locator(".said")).to_contain_text("请由另一人确认")
    await supervisor.goto("/console/publications")
    await shot(supervisor, "console-publications")
    await axe(supervisor)
    await fits(supervisor)
    await supervisor.get_by_role("link", name="2026-02").click()
    await supervisor.get_by_role("button", name="同意公布").click()
    await shot(supervisor, "console-agree", whole=False)
    await axe(supervisor)
    await supervisor.get_by_role("button", name="同意，立即公布").click()
    await expect(supervisor.locator(".said")).to_contain_text("已公布")
    await shot(supervisor, "console-publication")
    await axe(supervisor)
    await fits(supervisor)


async def test_a_held_picture_is_shown_when_asked_for_and_released(
    world: World, browser_page: Page, sign_in_as: SignIn, shot: Any, axe: Check, fits: Check
) -> None:
    await things.a_held_photo(world)
    page = browser_page
    await sign_in_as(page, "supervisor")
    await page.goto("/console/held")
    await page.get_by_role("link", name="查看图片").click()
    await expect(page.locator(".held-picture")).to_be_visible()
    await shot(page, "console-held")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="放行").first.click()
    await page.locator("dialog[open]").get_by_label("理由").fill("照片与申请有关。")
    await page.locator("dialog[open]").get_by_role("button", name="放行").click()
    await expect(page.locator(".said")).to_contain_text("已放行")
    await expect(page.get_by_text("没有待核的内容")).to_be_visible()


async def test_a_dead_letter_that_may_have_arrived_is_sent_again_knowingly(
    world: World,
    browser_page: Page,
    sign_in_as: SignIn,
    watch: Any,
    shot: Any,
    axe: Check,
    fits: Check,
) -> None:
    letter = (await things.a_dead_letter(world))["letter_id"]
    await db.execute("UPDATE notices SET wechat_state = 'doubtful' WHERE id = $1", letter)
    page = browser_page
    await sign_in_as(page, "supervisor")
    await page.goto("/console/letters")
    await shot(page, "console-letters")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="再次发送").first.click()
    dialog = page.locator("dialog[open]")
    watch.expect("409")
    await dialog.get_by_role("button", name="仍然再次发送").click()
    await expect(dialog.locator(".problem")).to_contain_text("可能使申请人收到两次")
    await dialog.get_by_label("我知道申请人可能收到两次").check()
    await dialog.get_by_role("button", name="仍然再次发送").click()
    await expect(page.locator(".said")).to_contain_text("已安排重新发送")
