"""A clerk's and a reviewer's day at the desk, by keyboard alone."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.cases.builders import ADDRESS, ID_NUMBER, NAME, PHONE, SHOP, Filed, World, jpeg, ok

OpenPage = Callable[..., Awaitable[Page]]
SignIn = Callable[[Page, str], Awaitable[None]]


async def _with_photos(world: World, **given: object) -> Filed:
    owner, item = await world.citizen(), await world.with_photos()
    photos = [await world.photo(owner), await world.photo(owner)]
    supplied = [{"requirement": "premises", "material_ids": photos}]
    return await world.filed(owner, item, materials=supplied, **given)


async def _said(page: Page, words: str) -> None:
    await expect(page.locator(".said")).to_contain_text(words)
    await page.wait_for_load_state()  # its keys are there


async def _type(page: Page, words: str) -> None:
    """Type into the field that has the focus, and go on to the next."""
    await page.keyboard.insert_text(words)
    await page.keyboard.press("Tab")


async def _open_first(page: Page, number: str) -> None:
    """Open the first row of the list, which must be this case."""
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator(".case-number")).to_have_text(number)


async def _act(page: Page, key: str) -> None:
    """Open the drawer of an act by its key."""
    await page.wait_for_load_state()  # the keys are there when all of the page is
    await page.keyboard.press(key)
    await expect(page.locator("dialog[open]")).to_be_visible()


async def test_from_the_queue_to_the_hand_over_by_keyboard(
    world: World, open_page: OpenPage, sign_in_as: SignIn, shot, axe, fits
) -> None:
    case = await _with_photos(world)
    other = await world.filed(await world.citizen("o-other"), await world.item("SECOND"))
    clerk, reviewer = await open_page(), await open_page()
    await sign_in_as(clerk, "clerk")
    await sign_in_as(reviewer, "reviewer")

    await clerk.goto("/desk")
    await shot(clerk, "desk-queue", dark=True)
    await axe(clerk)
    await fits(clerk)
    await clerk.keyboard.press("j")
    await expect(clerk.locator(":focus")).to_have_text(case.number)
    await clerk.keyboard.press("Enter")
    await expect(clerk.get_by_role("heading", level=1)).to_have_text("小餐饮登记")
    await shot(clerk, "desk-case", dark=True)
    await axe(clerk)
    await fits(clerk)
    await _act(clerk, "a")
    await clerk.keyboard.press("Enter")
    await _said(clerk, "已受理")
    await expect(clerk.locator(":focus")).to_contain_text("下一件")
    await clerk.keyboard.press("n")
    await expect(clerk.locator(".case-number")).to_have_text(other.number)

    await reviewer.goto("/desk")
    await _open_first(reviewer, case.number)
    await _act(reviewer, "g")
    await reviewer.keyboard.insert_text("经审查符合条件。")
    await reviewer.keyboard.press("Tab")
    await reviewer.keyboard.press("Enter")
    await _said(reviewer, "已同意")

    await clerk.goto("/desk?work=issue")
    await _open_first(clerk, case.number)
    await _act(clerk, "i")
    await shot(clerk, "desk-issue", whole=False)
    await axe(clerk)
    await _type(clerk, "小餐饮登记证")
    await clerk.keyboard.insert_text("XCY-2026-0001")
    await clerk.keyboard.press("Enter")
    await _said(clerk, "已制作完成")
    await _act(clerk, "d")
    await clerk.keyboard.press("Enter")
    await _said(clerk, "办结")
    assert await world.state(case) == "closed"


async def test_corrections_are_told_once_and_a_refusal_waits_for_a_second(
    world: World, open_page: OpenPage, sign_in_as: SignIn, shot, axe, watch
) -> None:
    case = await _with_photos(world)
    page, second = await open_page(), await open_page()
    await sign_in_as(page, "clerk")
    await sign_in_as(second, "supervisor")
    await page.goto(f"/desk/cases/{case.id}")
    await _act(page, "c")
    watch.expect("422")
    await page.locator("dialog[open]").get_by_role("button", name="发出补正告知").click()
    await expect(page.locator("dialog[open] .problem")).to_contain_text("至少写明一项")
    await page.get_by_label("经营场所照片").focus()
    await _type(page, "照片看不清门牌，请重拍。")
    await shot(page, "desk-corrections", whole=False)
    await axe(page)
    await page.locator("dialog[open]").get_by_role("button", name="发出补正告知").press("Enter")
    await _said(page, "已一次性告知")
    assert await world.state(case) == "correction"
    asked = (await world.seen(case))["correction"]["places"]
    assert [(one["requirement"], one["text"]) for one in asked] == [
        ("premises", "照片看不清门牌，请重拍。")
    ]

    await _act(page, "x")
    await _type(page, "不属于本中心的职权范围。")
    await page.keyboard.insert_text("行政许可法第三十二条")
    await page.locator("dialog[open] button[type=submit]").press("Enter")
    await _said(page, "等待第二人同意")
    await second.goto("/desk/consents")
    await shot(second, "desk-consents")
    await axe(second)
    await second.get_by_role("button", name="同意，立即生效").press("Enter")
    await _said(second, "已同意")
    assert await world.state(case) == "not_accepted"


async def test_photos_are_turned_and_zoomed_by_keyboard(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe
) -> None:
    case, page = await _with_photos(world), browser_page
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("v")
    viewer = page.locator("#viewer")
    await expect(viewer).to_be_visible()
    await expect(viewer.locator("img")).to_have_js_property("complete", True)
    await shot(page, "desk-viewer", whole=False)
    await axe(page)
    await page.keyboard.press("r")
    await expect(viewer).to_have_attribute("data-turn", "90")
    await page.keyboard.press("+")
    await expect(viewer).to_have_attribute("data-zoom", "1.25")
    await page.keyboard.press("-")
    await page.keyboard.press("n")
    await expect(viewer.locator("h2")).to_contain_text("2 / 2")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(page.locator(":focus")).to_have_attribute("data-photo", "")
    assert await world.trail(case, "case.material_read") >= 2


async def test_the_applicant_is_in_the_page_only_when_asked_for(
    world: World, browser_page: Page, sign_in_as: SignIn, shot
) -> None:
    case, page = await world.filed(delivery={"way": "post", "address": ADDRESS}), browser_page
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    assert NAME not in await page.content()
    await page.keyboard.press("s")
    await expect(page.locator("[data-clear]")).to_contain_text(PHONE)
    await expect(page.locator("[data-clear]")).to_contain_text(ADDRESS)
    assert NAME not in page.url
    await page.keyboard.press("s")
    await expect(page.locator("[data-clear]")).to_have_count(0)
    stored = await page.evaluate("() => JSON.stringify([localStorage, sessionStorage])")
    assert PHONE not in stored
    assert await world.trail(case, "case.applicant_read") == 1


async def test_a_visit_begins_prompts_and_ends_at_the_window(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe
) -> None:
    page = browser_page
    await sign_in_as(page, "clerk")
    await page.goto("/desk")
    await page.get_by_label("在哪个窗口上岗").select_option(
        label="01 综合窗口01（青河县政务服务中心）"
    )
    await page.get_by_role("button", name="上岗").press("Enter")
    await _said(page, "已上岗")
    await page.keyboard.press("b")
    await page.keyboard.insert_text("咨询养老保险")
    await page.keyboard.press("Enter")
    await _said(page, "已开始服务")
    await expect(page.locator("#visit-rated")).to_contain_text("等待评价")
    await page.locator("#visit-code-open").press("Enter")
    await expect(page.get_by_role("img", name="评价二维码")).to_be_visible()
    await shot(page, "desk-visit")
    await axe(page)
    await page.keyboard.press("e")
    await _said(page, "本次服务已结束")
    await page.get_by_role("button", name="离岗").press("Enter")
    await _said(page, "已离岗")
    ok(await world.look("clerk", "worklist", hall_id=str(world.place.hall_id)))


async def test_a_clerk_files_for_the_applicant_who_stands_at_the_window(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe, fits
) -> None:
    page = browser_page
    await world.with_photos()
    await sign_in_as(page, "clerk")
    await page.goto("/desk/intake")
    await shot(page, "desk-intake-begin")
    await page.get_by_label("姓名").fill(NAME)
    await page.get_by_label("身份证号", exact=True).fill(ID_NUMBER)
    await page.get_by_label("手机号", exact=True).fill(PHONE)
    await page.get_by_label("申请人已当面同意").check()
    await page.get_by_role("button", name="登记申请人").press("Enter")
    field = page.get_by_label("事项")
    await expect(field).to_be_focused()
    await expect(page.get_by_text("138****5678")).to_be_visible()
    assert await page.get_by_label("手机号", exact=True).input_value() == ""
    await field.press_sequentially("小餐饮")
    await expect(page.locator("#item-options option")).to_have_count(1)
    await field.fill("小餐饮登记")
    await page.locator("[data-step=item] button[type=submit]").press("Enter")
    await page.get_by_label("字号").fill(SHOP)
    await page.locator("[data-step=form] button[type=submit]").press("Enter")
    go_on = page.locator("[data-step=materials] button[type=submit]")
    await expect(go_on).to_be_visible()
    await go_on.press("Enter")
    await expect(page.locator("[data-step=materials] .problem")).to_contain_text("经营场所照片")
    photo = {"name": "门面.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    await page.get_by_label("为“经营场所照片”选择照片").set_input_files(photo)
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")
    await go_on.press("Enter")
    await page.get_by_label("窗口领取").check()
    await shot(page, "desk-intake")
    await axe(page)
    await fits(page)
    await page.locator("[data-step=delivery] button[type=submit]").press("Enter")
    await expect(page.locator(".case-number")).to_be_visible()
    await expect(page.get_by_text("窗口代录")).to_be_visible()
    await expect(page.get_by_text("申请材料收件凭证")).to_be_visible()
    stored = await page.evaluate("() => JSON.stringify([localStorage, sessionStorage])")
    assert PHONE not in stored
