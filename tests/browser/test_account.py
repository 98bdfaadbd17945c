"""Signing in, with and without a second factor, and administration, in a real browser."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from app.core.acts import Act
from app.core.house import House
from app.halls import resets
from tests.browser.watch import Watch
from tests.halls.factors import Authenticator, with_second_factor
from tests.places import PASSWORD, Place

Shot = Callable[..., Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]
SignIn = Callable[[Page, str], Awaitable[None]]


async def test_signing_in_by_keyboard_with_a_wrong_password_a_right_one_and_a_code(
    browser_page: Page,
    place: Place,
    house: House,
    act_as: Callable[..., Act],
    shot: Shot,
    axe: Check,
    fits: Check,
    watch: Watch,
) -> None:
    watch.expect("401")
    phone = await with_second_factor(act_as, place, "manager", house)
    page = browser_page
    await page.goto("/account")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next=/account$"))
    await shot(page, "account-sign-in", dark=True)
    await axe(page)
    await fits(page)
    keys = page.keyboard
    await expect(page.get_by_label("登录名")).to_be_focused()
    await keys.type("manager")
    await keys.press("Tab")
    await keys.type("wrong-password")
    await keys.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("登录名或密码不正确。")
    await expect(page.get_by_label("登录名")).to_have_value("manager")
    await expect(page.get_by_label("密码")).to_be_focused()
    await axe(page)
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("二次验证")
    await expect(page.get_by_label("验证码")).to_be_focused()
    await shot(page, "account-sign-in-code")
    await axe(page)
    await keys.type("000000")
    await keys.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    await keys.type(phone.code())
    await keys.press("Enter")
    await expect(page).to_have_url(re.compile(r"/account$"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("账号")
    await shot(page, "account-account", dark=True)
    await axe(page)
    await fits(page)
    sign_out = page.get_by_role("button", name="退出", exact=True)
    await sign_out.focus()
    await keys.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("您已退出登录。")
    await page.goto("/account")
    await expect(page).to_have_url(re.compile(r"/sign-in"))


async def test_a_first_password_is_replaced_at_the_first_sign_in(
    browser_page: Page,
    place: Place,
    act_as: Callable[..., Act],
    shot: Shot,
    axe: Check,
    fits: Check,
    watch: Watch,
) -> None:
    watch.expect("422")
    admin = await place.actor(act_as(), "admin")
    await resets.set_first_password(act_as(admin), place.staff["clerk"], "river-lamp-42")
    page, keys = browser_page, browser_page.keyboard
    await page.goto("/desk/deadlines")
    await keys.type("clerk")
    await keys.press("Tab")
    await keys.type("river-lamp-42")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("设置自己的密码")
    await expect(page.get_by_label("初始密码")).to_be_focused()
    await shot(page, "account-first-password", dark=True)
    await axe(page)
    await fits(page)
    await keys.type("river-lamp-42")
    for again in ("quiet-orange-boats", "quiet-orange-boat"):
        await keys.press("Tab")
        await keys.type(again)
    await keys.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("两次输入的新密码不一致。")
    await expect(page.get_by_label("再输入一次新密码")).to_be_focused()
    await keys.press("ControlOrMeta+a")
    await keys.type("quiet-orange-boats")
    await keys.press("Enter")
    await expect(page).to_have_url(re.compile(r"/desk/deadlines$"))
    await expect(page.get_by_role("status").first).to_contain_text("密码已设置")


async def test_a_second_factor_is_set_up_with_a_phone_and_lost_codes_are_renewed(
    browser_page: Page,
    place: Place,
    house: House,
    sign_in_as: SignIn,
    shot: Shot,
    axe: Check,
    fits: Check,
    watch: Watch,
) -> None:
    watch.expect("422", "401")
    page = browser_page
    await sign_in_as(page, "clerk")
    await page.goto("/account/second-factor")
    await page.get_by_role("button", name="开始设置").click()
    picture = page.get_by_role("img", name="二次验证二维码，用验证器扫描")
    await expect(picture).to_be_visible()
    await page.get_by_text("无法扫描？手动输入密钥").click()
    await shot(page, "account-second-factor", dark=True)
    await axe(page)
    await fits(page)
    secret = (await page.locator("code.secret").inner_text()).replace(" ", "")
    phone = Authenticator(secret, house, [])
    await page.get_by_label("登录密码").fill(PASSWORD)
    await page.get_by_label("验证码").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    await expect(page.get_by_label("登录密码")).to_be_focused()
    await page.get_by_label("登录密码").fill(PASSWORD)
    await page.get_by_label("验证码").fill(phone.code())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("二次验证已开启")
    await expect(page.locator(".codes li")).to_have_count(10)
    first = await page.locator(".codes li").first.inner_text()
    await shot(page, "account-recovery-codes")
    await axe(page)
    await page.get_by_role("link", name="我已保存好").click()
    await page.goto("/account/second-factor")
    house.clock.shift(timedelta(seconds=30))
    await page.get_by_role("button", name="关闭二次验证").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("密码").fill("nope")
    await dialog.get_by_label("验证码或恢复码").fill(phone.code())
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("密码不正确")
    await axe(page)
    await dialog.get_by_label("密码").fill(PASSWORD)
    await dialog.get_by_label("验证码或恢复码").fill(first)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("二次验证已关闭。")).to_be_visible()


async def test_an_administrator_adds_a_person_gives_roles_and_a_photo(
    browser_page: Page,
    place: Place,
    sign_in_as: SignIn,
    shot: Shot,
    axe: Check,
    fits: Check,
    watch: Watch,
) -> None:
    watch.expect("422")
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/staff")
    await shot(page, "account-staff", dark=True)
    await fits(page)
    await page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="添加人员")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("工号").fill("301")
    await dialog.get_by_label("姓名").fill("周建国")
    await dialog.get_by_label("登录名").fill("zhou")
    await dialog.get_by_label("初始密码").fill("short")
    await dialog.get_by_label("角色").select_option("审批人员")
    await dialog.get_by_label("范围").select_option("青河县政务服务中心 · 消防救援大队")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("密码至少 10 个字符")
    await expect(dialog.get_by_label("姓名")).to_have_value("周建国")
    await shot(page, "account-staff-add")
    await axe(page)
    await dialog.get_by_label("初始密码").fill("river-lamp-42")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("周建国")
    await page.get_by_label("工作照").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": _portrait()}
    )
    await expect(page.get_by_alt_text("所选照片的预览")).to_be_visible()
    await page.get_by_role("button", name="上传照片").click()
    await expect(page.get_by_alt_text("周建国的工作照")).to_be_visible()
    rows = page.locator("fieldset.role-row")
    await rows.nth(1).get_by_label("角色").select_option("窗口人员")
    await page.get_by_role("button", name="保存角色").click()
    await expect(page.get_by_text("角色已保存，立即生效。")).to_be_visible()
    await expect(page.get_by_text("审批人员（消防救援大队） →")).to_be_visible()
    await shot(page, "account-person", dark=True)
    await axe(page)
    await fits(page)


def _portrait() -> bytes:
    """A picture that a camera might have made."""
    import io

    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (800, 1000), (206, 220, 232))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((270, 180, 530, 520), fill=(222, 184, 150))
    draw.rectangle((170, 560, 630, 1000), fill=(36, 58, 92))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


async def test_an_administrator_keeps_windows_devices_systems_and_settings(
    browser_page: Page,
    place: Place,
    sign_in_as: SignIn,
    shot: Shot,
    axe: Check,
    fits: Check,
) -> None:
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/halls")
    await page.get_by_role("button", name="调整一天").click()
    dialog = page.get_by_role("dialog", name="调整一天")
    await dialog.get_by_label("日期").fill("2099-03-02")
    await dialog.get_by_label("原因").fill("停电检修")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("cell", name="停电检修")).to_be_visible()
    await shot(page, "account-halls")
    await axe(page)
    await fits(page)
    await page.goto(f"/admin/halls/{place.hall_id}/codes")
    await shot(page, "account-codes", dark=True)
    await axe(page)
    await page.goto("/admin/devices")
    await page.get_by_role("button", name="添加评价器").click()
    dialog = page.get_by_role("dialog", name="添加评价器")
    await dialog.get_by_label("名称").fill("一号窗口评价器")
    await dialog.get_by_label("窗口").select_option("01 综合窗口01")
    await dialog.get_by_role("button", name="添加并生成登记码").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("登记码")
    await shot(page, "account-device-code")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="完成").click()
    await shot(page, "account-device")
    await axe(page)
    await page.goto("/admin/devices")
    await shot(page, "account-devices")
    await axe(page)
    await page.goto("/admin/settings")
    await page.get_by_label("出证环节单独评价").check()
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("出证环节单独评价：否 → 是")).to_be_visible()
    await page.locator("summary", has_text="登录与实名").click()
    await shot(page, "account-settings", dark=True)
    await axe(page)
    await fits(page)
    await page.goto("/admin/audit")
    await shot(page, "account-audit", dark=True)
    await axe(page)
    await fits(page)
    await (
        page.get_by_role("link", name="一号窗口评价器")
        .or_(page.get_by_role("link", name=re.compile("评价器 …")))
        .first.click()
    )
    await expect(page).to_have_url(re.compile("subject=device"))
