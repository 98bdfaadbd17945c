"""A full hall: long names, more than a page of cases, a case with more than one reads at once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from app.catalog.guide import Requirement
from app.core import db
from tests.cases.builders import ID_NUMBER, PHONE, Filed, Person, World, ok
from tests.places import citizen_actor

SignIn = Callable[[Page, str], Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]
A_PAGE = 50
LONG_NAME = "阿卜杜热西提" * 6 + "吐尔逊江"
LONG_ITEM = "建筑工程施工许可证核发与工程质量安全监督手续合并办理（含延期、变更、补证、注销）" * 2
TALLEST = 60
"""Pixels of a row of the queue, of which two lines of text and the least target are taken up."""


async def _applicant(world: World) -> Person:
    actor, headers = await citizen_actor(world.act_as(), "o-long")
    who = {"name": LONG_NAME[:40], "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
    ok(await world.client.put("/api/v1/citizens/me", json=who, headers=headers))
    return Person(actor.id, headers)


async def _much(world: World) -> Filed:
    """A case with twelve photos, two dozen lines without any, and sixty entries of its timeline."""
    owner = await _applicant(world)
    lines = tuple(
        Requirement(code=f"m{n}", name=f"第{n + 1}项材料原件", required=n == 0, max_photos=12)
        for n in range(25)
    )
    item = await world.item("MUCH", name=LONG_ITEM[:80], guide={"materials": lines})
    photos = [await world.photo(owner) for _ in range(12)]
    supplied = [{"requirement": "m0", "material_ids": photos}]
    case = await world.filed(owner, item, materials=supplied)
    for n in range(60):
        await db.execute(
            "INSERT INTO case_events (id, case_id, kind, at, actor, by_name, note)"
            " VALUES ($1, $2, 'approval_progress', $3, 'system', '消防审批系统', $4)",
            db.new_id(),
            case.id,
            world.act_as().at + timedelta(minutes=n),
            f"技术审查第 {n} 轮：退回设计单位修改。",
        )
    return case


async def test_more_than_a_page_of_long_names_stays_a_list(
    world: World, browser_page: Page, sign_in_as: SignIn, axe: Check, fits: Check
) -> None:
    owner, page = await _applicant(world), browser_page
    item = await world.item("LONG", name=LONG_ITEM[:80])
    cases = [await world.filed(owner, item) for _ in range(A_PAGE + 3)]
    await sign_in_as(page, "clerk")
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.goto("/desk")
    rows = page.locator("tr.desk-row")
    await expect(rows).to_have_count(A_PAGE)
    heights = await rows.evaluate_all("(all) => all.map((row) => row.offsetHeight)")
    assert max(heights) <= TALLEST
    await fits(page)
    await axe(page)
    await page.get_by_role("link", name="后面的").click()
    await expect(rows).to_have_count(3)
    await expect(rows.last).to_contain_text(cases[-1].number)
    await page.keyboard.press("/")
    await page.keyboard.insert_text(cases[0].number)
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(1)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator(".case-number")).to_have_text(cases[0].number)


async def test_of_a_case_with_much_the_needed_comes_first(
    world: World, browser_page: Page, sign_in_as: SignIn, axe: Check, fits: Check
) -> None:
    case, page = await _much(world), browser_page
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await expect(page.locator("[data-photo]")).to_have_count(12)
    await expect(page.get_by_role("heading", name="未提交 24 项")).to_be_visible()
    await expect(page.get_by_text("第 59 轮")).to_be_visible()
    await expect(page.get_by_text("第 3 轮")).to_be_hidden()
    await fits(page)
    await axe(page)
    await page.get_by_text("更早的 53 条").click()
    await expect(page.get_by_text("第 3 轮")).to_be_visible()
