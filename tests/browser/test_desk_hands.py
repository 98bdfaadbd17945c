"""What a clerk's hands do unplanned: twice, too early, on a slow line, without scripts."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, Route, expect

from tests.browser.watch import Watch
from tests.cases.builders import ID_NUMBER, NAME, PHONE, SHOP, Filed, World, jpeg, ok

OpenPage = Callable[..., Awaitable[Page]]
SignIn = Callable[[Page, str], Awaitable[None]]
OTHER_ID, OTHER_PHONE = "110101199003070011", "13987654321"


async def with_photos(world: World) -> Filed:
    """A case with two photos that waits for acceptance."""
    owner, item = await world.citizen(), await world.with_photos()
    photos = [await world.photo(owner), await world.photo(owner)]
    supplied = [{"requirement": "premises", "material_ids": photos}]
    return await world.filed(owner, item, materials=supplied)


async def test_without_scripts_a_case_begins_at_its_top(
    world: World, open_page: OpenPage, sign_in_as: SignIn
) -> None:
    case, page = await world.filed(), await open_page(java_script_enabled=False)
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await expect(page.locator("h1")).to_be_in_viewport()
    form = page.locator("form[action$='/accept']")
    await expect(form).not_to_be_in_viewport()
    await form.get_by_role("button", name="确认受理").click()
    await expect(page.locator(".said")).to_contain_text("已受理")


async def test_a_drawer_closes_only_where_it_is_meant_and_keeps_what_was_typed(
    world: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    case, page = await world.filed(), browser_page
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("x")
    drawer = page.locator("#act-not-accept")
    reason = drawer.get_by_label("理由")
    await expect(reason).to_be_focused()
    await reason.fill("不属于本中心的职权范围。")
    box = await drawer.bounding_box()
    assert box
    await page.mouse.click(box["x"] + 3, box["y"] + 3)
    await expect(drawer).to_be_visible()
    inside = await reason.bounding_box()
    assert inside
    await page.mouse.move(inside["x"] + 20, inside["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(5, box["y"] + 5)
    await page.mouse.up()
    await expect(drawer).to_be_visible()
    await page.mouse.click(5, box["y"] + 5)
    await expect(drawer).to_be_hidden()
    await page.keyboard.press("x")
    await expect(reason).to_have_value("不属于本中心的职权范围。")


async def test_the_applicant_is_shown_in_place_and_read_once(
    world: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    case, page = await world.filed(), browser_page
    await sign_in_as(page, "clerk")
    await page.goto("/desk")
    await page.goto(f"/desk/cases/{case.id}")
    await page.get_by_role("button", name="显示全部").dblclick()
    await expect(page.locator("[data-clear]")).to_contain_text(PHONE)
    assert await world.trail(case, "case.applicant_read") == 1
    await expect(page).to_have_url(re.compile(f"/desk/cases/{case.id}$"))
    await expect(page.get_by_role("link", name="隐藏")).to_be_focused()
    await page.goto("/desk")
    await page.go_back()
    await expect(page.locator(".case-number")).to_have_text(case.number)
    assert NAME not in await page.content()


async def test_on_a_slow_line_no_photo_stands_under_the_name_of_another(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("404", "503", "ERR_FAILED")
    case, page = await with_photos(world), browser_page
    late = asyncio.Event()

    async def hold(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    sources = await page.locator("[data-photo]").evaluate_all("(all) => all.map((a) => a.href)")
    await page.route(sources[1], hold)
    await page.keyboard.press("v")
    picture, told = page.locator("#viewer img"), page.locator(".viewer-foot")
    await expect(picture).to_be_visible()
    await expect(told).to_contain_text("第 1 张，共 2 张 · 缩放 100%")
    await page.keyboard.press("n")
    await expect(told).to_contain_text("第 2 张，共 2 张 · 正在加载")
    await expect(picture).to_be_hidden()
    late.set()
    await expect(picture).to_be_visible()
    await page.route(sources[0], lambda route: route.abort())
    await page.keyboard.press("Home")
    await expect(page.locator("#viewer .problem")).to_be_visible()
    await expect(told).to_contain_text("无法显示")
    await page.keyboard.press("End")
    await expect(picture).to_be_visible()
    await expect(page.locator("#viewer .problem")).to_be_hidden()


async def test_who_comes_second_reads_who_was_first_and_how_things_stand(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("409")
    case, page = await world.filed(), browser_page
    await sign_in_as(page, "clerk2")
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("a")
    ok(await world.accept(case))
    await page.keyboard.press("Enter")
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("审查中")
    await expect(told).to_contain_text("员工001")
    await told.get_by_role("link", name="查看最新情况").click()
    await expect(page.get_by_text("审查中").first).to_be_visible()
    await expect(page.locator("#act-accept")).to_have_count(0)


async def _who(page: Page, name: str, number: str, phone: str) -> None:
    await page.get_by_label("姓名").fill(name)
    await page.get_by_label("身份证号", exact=True).fill(number)
    await page.get_by_label("手机号", exact=True).fill(phone)
    await page.get_by_label("申请人已当面同意").check()
    await page.get_by_role("button", name="登记申请人").click()


async def _to_materials(page: Page) -> None:
    await page.get_by_label("事项").fill("小餐饮登记")
    await page.keyboard.press("Enter")  # before the list of items has come
    await page.get_by_label("字号").fill(SHOP)
    await page.locator("[data-step=form] button[type=submit]").click()


async def test_what_is_wrong_with_a_card_is_told_at_its_field(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("422")
    page = browser_page
    await sign_in_as(page, "clerk")
    await page.goto("/desk/intake")
    await _who(page, NAME, "110105194912310021", PHONE)
    await expect(page.get_by_role("alert")).to_contain_text("身份证号不正确")
    await expect(page.get_by_label("身份证号", exact=True)).to_be_focused()
    await _who(page, NAME, ID_NUMBER, "1381234567")
    await expect(page.get_by_role("alert")).to_contain_text("“手机号”")
    await expect(page.get_by_label("手机号", exact=True)).to_be_focused()
    await expect(page.get_by_label("姓名")).to_have_value(NAME)


async def test_a_correction_loses_no_photo_and_another_applicant_inherits_nothing(
    world: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    page = browser_page
    await world.with_photos()
    await sign_in_as(page, "clerk")
    await page.goto("/desk/intake")
    await _who(page, NAME, ID_NUMBER, PHONE)
    await _to_materials(page)
    photo = {"name": "门面.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    await page.get_by_label("为“经营场所照片”选择照片").set_input_files(photo)
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")
    await page.get_by_label("字号").fill("青河第二豆花店")
    await page.locator("[data-step=form] button[type=submit]").click()
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")
    await page.locator("[data-step=materials] button[type=submit]").click()
    await page.get_by_label("邮寄地址").fill("青河县东风路 18 号")
    await page.get_by_role("button", name="换一位申请人").click()
    await _who(page, "张三丰", OTHER_ID, OTHER_PHONE)
    await expect(page.get_by_label("事项")).to_have_value("")
    await _to_materials(page)
    await expect(page.locator("[data-material]")).to_have_count(0)
    photo["buffer"] = jpeg()
    await page.get_by_label("为“经营场所照片”选择照片").set_input_files(photo)
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")
    await page.locator("[data-step=materials] button[type=submit]").click()
    await expect(page.get_by_label("邮寄地址")).to_have_value("")


async def test_who_was_signed_out_at_the_window_is_told_the_way_back(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("401")
    page = browser_page
    await sign_in_as(page, "clerk")
    await page.goto("/desk/intake")
    await page.context.clear_cookies()
    await _who(page, NAME, ID_NUMBER, PHONE)
    await expect(page.get_by_role("alert")).to_contain_text("填写的内容还在")
    await expect(page.get_by_role("link", name="重新登录")).to_be_visible()
    await expect(page.get_by_label("姓名")).to_have_value(NAME)


async def test_an_agent_is_asked_for_only_where_one_collects(
    world: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    case, page = await world.granted(), browser_page
    ok(await world.do("clerk", f"cases/{case.id}/issue", {"title": "登记证", "number": "Z-1"}))
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("d")
    name, number = page.get_by_label("代领人姓名"), page.get_by_label("代领人身份证号")
    await expect(page.get_by_label("申请人本人")).to_be_focused()
    await expect(name).to_be_hidden()
    await page.keyboard.press("ArrowDown")
    await expect(name).to_be_visible()
    await number.fill("1234")
    await page.get_by_role("button", name="确认送达").click()
    await expect(name).to_be_focused()  # it is needed, and nothing was sent
    await page.get_by_label("申请人本人").check()
    await page.get_by_role("button", name="确认送达").click()
    await expect(page.locator(".said")).to_contain_text("办结")
    assert await world.state(case) == "closed"
