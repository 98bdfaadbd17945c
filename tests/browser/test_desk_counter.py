"""What comes to the counter, played to the end: for a child, for an enterprise, rating cards."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from app.citizens.consent_texts import CHILD
from app.core import db
from app.halls import service as halls
from app.halls.schemas import HallIn
from evaluations.ratings import entering
from tests.agency import owned as agency
from tests.agency.agents import id_number
from tests.browser.watch import Watch
from tests.cases.builders import ID_NUMBER, NAME, PHONE, SHOP, Person, World, jpeg, ok
from tests.evaluations.hub import visit

OpenPage = Callable[..., Awaitable[Page]]
SignIn = Callable[[Page, str], Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]


async def _known(world: World) -> Person:
    """The applicant, whose phone was proved: at the window they are the same account."""
    owner = await world.citizen()
    await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE id = $1", owner.id)
    return owner


async def _guardian(world: World) -> None:
    child = {
        "name": "欧小月",
        "id_number": id_number(50, "20180305"),
        "relation": "parent",
        "consent": True,
        "consent_version": CHILD.version,
    }
    owner = await _known(world)
    made = await world.client.post(
        "/api/v1/citizens/me/children", json=child, headers=owner.headers
    )
    ok(made, 201)


async def _who(page: Page) -> None:
    await page.goto("/desk/intake")
    await page.get_by_label("姓名").fill(NAME)
    await page.get_by_label("身份证号", exact=True).fill(ID_NUMBER)
    await page.get_by_label("手机号", exact=True).fill(PHONE)
    await page.get_by_label("申请人已当面同意").check()
    await page.get_by_role("button", name="登记申请人").click()


async def _next(page: Page, step: str) -> None:
    await page.locator(f"[data-step={step}] button[type=submit]").click()


async def _cases() -> int:
    row = await db.fetch_one("SELECT count(*) AS n FROM cases")
    assert row
    return row["n"]


async def test_for_a_child_with_all_that_a_tired_clerk_gets_wrong(
    world: World, browser_page: Page, sign_in_as: SignIn
) -> None:
    await world.with_photos()
    await _guardian(world)
    page, told = browser_page, browser_page.get_by_role("alert")
    await sign_in_as(page, "clerk")
    await _who(page)
    await page.get_by_label("事项").fill("小餐饮登记")
    await _next(page, "item")  # nobody was chosen yet: the browser says so
    await expect(page.locator("[data-step=form]")).to_be_hidden()
    await page.get_by_label("本人").check()
    await page.get_by_label("事项").fill("没有这个事项")
    await _next(page, "item")
    await expect(told).to_contain_text("从列出的事项中选")
    await page.get_by_label("事项").fill("小餐饮登记")
    await _next(page, "item")
    await page.get_by_label("字号").fill(SHOP)
    await _next(page, "form")
    photo = {"name": "门面.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    await page.get_by_label("为“经营场所照片”选择照片").set_input_files(photo)
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")

    # The guardian says only now for whom: the form stays, the photos are asked for anew.
    await page.get_by_label(re.compile("欧")).check()
    await expect(page.locator("[data-step=materials]")).to_be_hidden()
    await _next(page, "item")
    await expect(page.get_by_label("字号")).to_have_value(SHOP)
    await _next(page, "form")
    await _next(page, "materials")
    await expect(told).to_contain_text("还缺“经营场所照片”")
    await page.get_by_label("为“经营场所照片”选择照片").set_input_files(photo)
    await expect(page.locator("[data-material]")).to_contain_text("✓ 门面.jpg")
    await _next(page, "materials")
    await _next(page, "delivery")  # no way was chosen
    assert await _cases() == 0
    await page.get_by_label("窗口领取").check()
    await page.locator("[data-step=delivery] button[type=submit]").dblclick()
    await expect(page.locator(".said")).to_contain_text("已收件")
    await expect(page.get_by_text("由监护人代为申请")).to_be_visible()
    await expect(page.get_by_text("监护人电话")).to_be_visible()
    assert await _cases() == 1
    row = await db.fetch_one("SELECT child_id FROM cases")
    assert row
    assert row["child_id"]
    await page.get_by_role("link", name="再收一件").click()
    await expect(page.get_by_label("姓名")).to_have_value("")


async def test_for_an_enterprise_from_its_registration_to_the_receipt(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch, axe: Check, fits: Check
) -> None:
    watch.expect("422")
    await world.item()
    owner, page = await _known(world), browser_page
    one = (await agency.registration(world, owner))["registration_id"]
    await sign_in_as(page, "clerk")
    await page.goto("/desk/registrations")
    await page.get_by_role("link", name="豆花公司").click()
    assert NAME not in await page.content()
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="核对原件").dblclick()
    await expect(page.locator("[data-clear]")).to_contain_text(ID_NUMBER)
    await expect(page).to_have_url(re.compile(f"/desk/registrations/{one}$"))
    read = "SELECT count(*) AS n FROM audit_entries WHERE subject = $1 AND verb = $2"
    row = await db.fetch_one(read, f"enterprise-registration:{one}", "enterprise.registration_read")
    assert row == {"n": 1}
    await page.get_by_role("button", name="退回").click()
    await expect(page.get_by_role("alert")).to_contain_text("写明理由")
    await page.get_by_role("button", name="与原件一致，确认").click()
    await expect(page.locator(".said")).to_contain_text("已确认")

    await _who(page)
    await page.get_by_label("豆花公司").check()
    await page.get_by_label("事项").fill("小餐饮登记")
    await _next(page, "item")
    await page.get_by_label("字号").fill(SHOP)
    await _next(page, "form")
    await _next(page, "materials")
    await page.get_by_label("窗口领取").check()
    await _next(page, "delivery")
    await expect(page.locator(".said")).to_contain_text("已收件")
    await expect(page.locator("#applicant")).to_contain_text("豆花公司")
    await expect(page.locator("#applicant")).to_contain_text("经办人")


async def test_who_proposes_second_reads_who_was_first(
    world: World, browser_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("409")
    case, page = await world.filed(), browser_page
    await sign_in_as(page, "clerk2")
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("x")
    why = {"reason": "不属于本中心的职权范围。", "basis": "行政许可法第三十二条"}
    ok(await world.do("clerk", f"cases/{case.id}/not-accept", why), 202)
    drawer = page.locator("dialog[open]")
    await drawer.get_by_label("理由").fill(why["reason"])
    await drawer.get_by_label("法律依据").fill(why["basis"])
    await drawer.locator("button[type=submit]").click()
    told = drawer.get_by_role("alert")
    await expect(told).to_contain_text("由员工001提出的“不予受理”正在等待第二人同意")
    await told.get_by_role("link", name="查看最新情况").click()
    await expect(page.get_by_text("等督查员在“待我同意”中答复")).to_be_visible()


async def _card(page: Page, source: str, number: str, level: str) -> None:
    await page.get_by_label(source, exact=True).check()
    await page.get_by_label("评价卡或通话记录编号").fill(number)
    await page.get_by_label("评价日期").fill("2026-03-02")
    await page.get_by_label(level, exact=True).check()


async def test_cards_calls_and_the_box_with_the_second_person(
    world: World, open_page: OpenPage, sign_in_as: SignIn, watch: Watch, axe: Check, fits: Check
) -> None:
    watch.expect("422", "409")
    for about in ("咨询养老保险", "补办社保卡"):
        await visit(world.act_as, world.place, about=about)
    case = await world.granted()
    page, second = await open_page(), await open_page()
    await sign_in_as(page, "clerk2")

    await page.goto("/desk/ratings")
    await page.get_by_role("row", name="咨询养老保险").get_by_role("link").click()
    await _card(page, "评价卡", "K-1", "非常不满意")
    await page.get_by_role("button", name="录入").click()  # neither a tag nor a word
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("写的话").fill("等了一上午。")
    await page.get_by_role("button", name="录入").dblclick()
    await expect(page.locator(".said")).to_contain_text("已录入")
    await expect(page.get_by_role("row", name="咨询养老保险")).to_have_count(0)
    await page.get_by_role("row", name="补办社保卡").get_by_role("link").click()
    await _card(page, "电话", "T-9", "满意")
    await page.get_by_role("button", name="录入").click()
    await expect(page.locator(".said")).to_contain_text("已录入")

    await page.get_by_role("link", name="按办件编号录入").click()
    await _card(page, "意见箱", "Y-3", "基本满意")
    spaced = f"{case.number[:6]} {case.number[6:14]} {case.number[14:]}"
    await page.get_by_label("办件编号").fill(spaced)
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="录入").click()
    await expect(page.locator(".said")).to_contain_text("已录入")

    rules = "UPDATE entry_checks SET drawn = true"
    world.house.clock.shift(timedelta(days=1))
    await entering.draw(world.act_as())
    await db.execute(rules)  # of three a share is drawn; here each is looked at
    await sign_in_as(second, "supervisor")
    await second.goto("/desk/card-checks")
    await axe(second)
    await fits(second)
    box = second.locator("section.card", has_text="意见箱 Y-3")
    await expect(box).to_contain_text("基本满意")
    await box.get_by_role("button", name="与原件一致").click()
    await expect(second.locator(".said")).to_contain_text("与原件一致")
    call = second.locator("section.card", has_text="电话 T-9")
    await call.get_by_role("button", name="不一致").click()
    await expect(call.get_by_role("alert")).to_contain_text("不同之处")
    await call.get_by_label("哪里不一致").fill("录音里说的是不满意。")
    await call.get_by_role("button", name="不一致").click()
    await expect(second.locator(".said")).to_contain_text("误录")
    await second.locator("section.card").get_by_role("button", name="与原件一致").click()
    await expect(second.get_by_text("没有要核对的补录评价")).to_be_visible()
    ruled = await db.fetch_one("SELECT count(*) AS n FROM entry_checks WHERE NOT agrees")
    assert ruled == {"n": 1}


async def test_a_clerk_of_two_halls_switches_in_the_same_place(
    world: World, browser_page: Page, sign_in_as: SignIn, axe: Check, fits: Check
) -> None:
    given = HallIn(code="TOWN", name="安宁镇便民服务中心", level="town", region_code="511602")
    town, page = await halls.add_hall(world.act_as(), given), browser_page
    await world.add_role("clerk", "clerk", hall=town.id)
    await sign_in_as(page, "clerk")
    await page.goto("/desk/deadlines?light=red")
    switch = page.get_by_label("在哪个中心办理")
    await switch.select_option(label="安宁镇便民服务中心")
    await page.get_by_role("button", name="切换", exact=True).click()
    await page.wait_for_url(re.compile(f"light=red.*hall_id={town.id}"))
    await axe(page)
    await fits(page)
    for entry in ("窗口收件", "一次领证", "工作台"):
        await page.get_by_role("link", name=entry, exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(entry)
        await expect(switch).to_have_value(str(town.id))
    await expect(page.locator(".lead")).to_contain_text("安宁镇")
