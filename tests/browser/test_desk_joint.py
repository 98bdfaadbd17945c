"""Joint work at the desk: a meeting from its call to its paper, and what people bring later."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from app.core import db
from app.core.clock import CHINA
from tests.agency import owned as agency
from tests.cases.builders import ID_NUMBER, NAME, PHONE, World, jpeg, ok
from tests.cases.promised import HEALTH, LATER, item_of
from tests.projects.builders import SITE, Joint

OpenPage = Callable[..., Awaitable[Page]]
SignIn = Callable[[Page, str], Awaitable[None]]


async def _said(page: Page, words: str) -> None:
    await expect(page.locator(".said")).to_contain_text(words)
    await page.wait_for_load_state()  # its keys are there


async def _drawer(page: Page, key: str) -> None:
    await page.wait_for_load_state()  # the keys are there when all of the page is
    await page.keyboard.press(key)
    await expect(page.locator("dialog[open]")).to_be_visible()


async def test_a_meeting_from_its_call_to_its_paper(
    world: World, open_page: OpenPage, sign_in_as: SignIn, shot, axe, fits, watch
) -> None:
    case = await world.accepted()
    clerk, fire, market = await open_page(), await open_page(), await open_page()
    await sign_in_as(clerk, "clerk")
    await sign_in_as(fire, "fire_reviewer")
    await sign_in_as(market, "reviewer")

    await clerk.goto(f"/desk/cases/{case.id}")
    await clerk.keyboard.press("z")
    await expect(clerk.get_by_role("heading", level=1)).to_have_text("召集会商")
    await clerk.get_by_label("会议类型").select_option("review")
    await clerk.get_by_label("议题名称").fill("一期厂房联合审查")
    starts_at = (world.house.clock.now() + timedelta(minutes=30)).astimezone(CHINA)
    await clerk.get_by_label("时间").fill(f"{starts_at:%Y-%m-%dT%H:%M}")
    await clerk.get_by_label("地点").fill("三楼会议室")
    await clerk.get_by_label("要议的事项").fill("总平面布局\n消防车道")
    await clerk.get_by_label("牵头部门").select_option(label="市场监管局")
    await clerk.get_by_role("checkbox", name="消防救援大队").check()
    await shot(clerk, "desk-meeting-call", dark=True)
    await axe(clerk)
    await fits(clerk)
    await clerk.get_by_role("button", name="发出会议通知").press("Enter")
    await _said(clerk, "已召集")
    here = clerk.url

    await fire.goto("/desk/meetings")
    await shot(fire, "desk-meetings")
    await axe(fire)
    await fire.keyboard.press("j")
    await fire.keyboard.press("Enter")
    await expect(fire.get_by_role("heading", level=1)).to_have_text("一期厂房联合审查")
    await _drawer(fire, "r")
    await fire.get_by_label("说明").fill("准时参加。")
    await shot(fire, "desk-meeting-reply", whole=False)
    await fire.get_by_role("button", name="参加", exact=True).press("Enter")
    await _said(fire, "参加")

    world.house.clock.shift(timedelta(minutes=40))
    await clerk.goto(here)
    await clerk.keyboard.press("h")
    await expect(clerk.get_by_role("heading", level=1)).to_have_text("登记会议情况")
    await clerk.get_by_label("市场监管局参会人员").fill("王一、李二")
    await clerk.get_by_label("消防救援大队参会人员").fill("赵三")
    agenda = clerk.locator("form section.card")
    for n, subject in enumerate(("总平面布局", "消防车道"), 1):
        item = agenda.filter(has_text=f"议题 {n}：{subject}")
        await item.get_by_label("结论").fill("原则可行。")
        for department in ("市场监管局", "消防救援大队"):
            group = item.get_by_role("group", name=department)
            against = (n, department) == (2, "消防救援大队")
            await group.get_by_label("不同意" if against else "同意", exact=True).check()
    watch.expect("422")
    await clerk.get_by_role("button", name="登记会议情况").press("Enter")
    await expect(clerk.locator("form .problem").first).to_contain_text("不同意的，要写明理由和依据")
    against = agenda.filter(has_text="消防车道").get_by_role("group", name="消防救援大队")
    await against.get_by_label("不同意的理由").fill("车道宽度不足四米。")
    await against.get_by_label("依据", exact=False).last.fill("消防法第十一条")
    await shot(clerk, "desk-meeting-hold", dark=True)
    await axe(clerk)
    await fits(clerk)
    await clerk.get_by_role("button", name="登记会议情况").press("Enter")
    await _said(clerk, "已登记")
    await _drawer(clerk, "w")
    await clerk.keyboard.insert_text("会议认为方案可行，消防车道须加宽到四米。")
    await axe(clerk)
    await clerk.get_by_role("button", name="保存，请各部门确认").press("Enter")
    await _said(clerk, "等待到会部门确认")

    for page in (market, fire):
        await page.goto(here)
        await _drawer(page, "a")
        await page.get_by_role("button", name="确认纪要").press("Enter")
        await _said(page, "已答复")
    await clerk.goto(here)
    await shot(clerk, "desk-meeting", dark=True)
    await axe(clerk)
    await fits(clerk)
    await _drawer(clerk, "c")
    await clerk.keyboard.press("Enter")
    await _said(clerk, "已归档")
    paper = await clerk.get_by_role("link", name="打开纪要 PDF").get_attribute("href")
    got = await clerk.request.get(paper or "")
    assert (got.status, got.headers["content-type"]) == (200, "application/pdf")


async def test_deferred_materials_are_taken_in_at_the_window(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe, watch
) -> None:
    case, page = await world.accepted(item=await item_of(world, HEALTH), **LATER), browser_page
    await sign_in_as(page, "clerk")
    await page.goto(f"/desk/cases/{case.id}")
    await _drawer(page, "b")
    await shot(page, "desk-deferred-who", whole=False)
    await axe(page)
    await page.get_by_label("姓名", exact=True).fill(NAME)
    await page.get_by_label("身份证号", exact=True).fill(ID_NUMBER)
    await page.get_by_label("手机号", exact=True).fill(PHONE)
    await page.get_by_label("申请人已当面同意").check()
    await page.get_by_role("button", name="核对申请人").press("Enter")
    await expect(page.locator("#deferred [data-who]")).to_contain_text("138****5678")
    await page.get_by_role("button", name="收取材料").press("Enter")
    await expect(page.locator("#deferred .problem")).to_contain_text("至少拍一份")
    photo = {"name": "健康证.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    await page.get_by_label("为“健康证明”选择照片").set_input_files(photo)
    await expect(page.locator("#deferred [data-material]")).to_contain_text("✓ 健康证.jpg")
    await shot(page, "desk-deferred", whole=False)
    await axe(page)
    await page.get_by_role("button", name="收取材料").press("Enter")
    await _said(page, "容缺材料已收取")
    assert (await world.seen(case))["deferrals"][0]["state"] == "supplied"
    assert PHONE not in await page.content()


async def test_a_project_at_the_desk(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe, fits
) -> None:
    page, joint = browser_page, Joint(world, lambda: None)
    owner = await world.citizen()
    project, _ = await joint.project_with_cases(owner, await world.item("P-1"), await world.item())
    await joint.call(project_id=project["id"])
    await sign_in_as(page, "clerk")
    await page.goto("/desk/projects")
    await shot(page, "desk-projects")
    await axe(page)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("青河豆制品厂一期")
    await shot(page, "desk-project", dark=True)
    await axe(page)
    await fits(page)
    assert SITE not in await page.content()
    await page.keyboard.press("s")
    await expect(page.locator("[data-clear]")).to_contain_text(SITE)
    await page.keyboard.press("s")
    await expect(page.locator("[data-clear]")).to_have_count(0)
    await page.get_by_role("button", name="调整").first.press("Enter")
    drawer = page.locator("dialog[open]")
    await drawer.get_by_label("属于哪个阶段").select_option("4")
    await drawer.get_by_role("button", name="改到这个阶段").press("Enter")
    await _said(page, "已调整")
    seen = await joint.view(owner, project)
    assert [len(stage["cases"]) for stage in seen["stages"]] == [0, 1, 0, 1]


async def test_a_clerk_files_for_an_enterprise_of_who_stands_there(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe
) -> None:
    page, owner = browser_page, await world.citizen()
    await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE id = $1", owner.id)
    await agency.enterprise(world, owner)
    await world.item()
    await sign_in_as(page, "clerk")
    await page.goto("/desk/intake")
    await page.get_by_label("姓名").fill(NAME)
    await page.get_by_label("身份证号", exact=True).fill(ID_NUMBER)
    await page.get_by_label("手机号", exact=True).fill(PHONE)
    await page.get_by_label("申请人已当面同意").check()
    await page.get_by_role("button", name="登记申请人").press("Enter")
    await expect(page.get_by_role("group", name="为谁办理")).to_be_visible()
    assert await page.get_by_role("radio", checked=True).count() == 0
    await page.get_by_label("豆花公司").check()
    field = page.get_by_label("事项", exact=True)
    await field.press_sequentially("小餐饮")
    await expect(page.locator("#item-options option")).to_have_count(1)
    await field.fill("小餐饮登记")
    await shot(page, "desk-intake-for-whom", whole=False)
    await axe(page)
    await page.locator("[data-step=item] button[type=submit]").press("Enter")
    await page.get_by_label("字号").fill("豆花公司一店")
    for step in ("form", "materials"):
        go_on = page.locator(f"[data-step={step}] button[type=submit]")
        await expect(go_on).to_be_visible()
        await go_on.press("Enter")
    await page.get_by_label("窗口领取").check()
    await page.locator("[data-step=delivery] button[type=submit]").press("Enter")
    await expect(page.locator(".case-number")).to_be_visible()
    row = await db.fetch_one("SELECT enterprise_name FROM cases")
    assert row == {"enterprise_name": "豆花公司"}


async def test_a_card_is_entered_for_a_visit(
    world: World, browser_page: Page, sign_in_as: SignIn, shot, axe, fits
) -> None:
    page = browser_page
    path = f"/api/v1/windows/{world.place.windows['01']}/duty"
    headers = await world.staff("clerk2")
    ok(await world.client.post(path, headers=headers))
    for about in ("咨询养老保险", "小餐饮登记"):
        sent = await world.client.post("/api/v1/visits", json={"about": about}, headers=headers)
        ok(sent, 201)
    await sign_in_as(page, "clerk")
    await page.goto("/desk/ratings")
    await shot(page, "desk-ratings")
    await axe(page)
    await fits(page)
    row = page.get_by_role("row", name="咨询养老保险")
    await row.get_by_role("link").press("Enter")
    await expect(page.get_by_text("咨询养老保险")).to_be_visible()
    assert await page.get_by_role("radio", checked=True).count() == 0
    await page.get_by_label("评价卡", exact=True).check()
    await page.get_by_label("评价卡或通话记录编号").fill("K-7")
    day = world.house.clock.now().astimezone(CHINA).date().isoformat()
    await page.get_by_label("评价日期").fill(day)
    await page.get_by_label("满意", exact=True).check()
    await shot(page, "desk-rating")
    await axe(page)
    await page.get_by_role("button", name="录入").press("Enter")
    await _said(page, "评价已录入")
    await expect(page.get_by_text("咨询养老保险")).to_have_count(0)
