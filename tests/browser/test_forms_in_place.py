"""A form that is sent in place loses nothing of what was typed, whatever happens meanwhile."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.watch import Watch

OpenPage = Callable[..., Awaitable[Page]]
SignIn = Callable[[Page, str], Awaitable[None]]
DAYS = "服务结束几天后邀请评价"


@pytest.fixture
async def settings_page(browser_page: Page, sign_in_as: SignIn) -> Page:
    """An administrator at the settings of the evaluation, with something typed."""
    await sign_in_as(browser_page, "admin")
    await browser_page.goto("/admin/settings")
    await browser_page.get_by_label(DAYS).fill("2")
    return browser_page


async def save(page: Page) -> None:
    await page.get_by_role("button", name="保存").click()


async def test_who_was_signed_out_signs_in_elsewhere_and_sends_what_was_typed(
    settings_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("401", "403")
    page, at = settings_page, settings_page.url
    await page.context.clear_cookies()
    await save(page)
    await expect(page.get_by_role("alert")).to_contain_text("填写的内容还在")
    await expect(page.get_by_label(DAYS)).to_have_value("2")
    assert page.url == at
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="重新登录").click()
    await expect(await opened.value).to_have_url(re.compile("/sign-in"))
    await sign_in_as(page, "admin")
    await save(page)
    await expect(page.locator(".said")).to_be_visible()
    await expect(page.get_by_label(DAYS)).to_have_value("2")


async def test_what_one_person_typed_is_not_sent_in_the_name_of_another(
    settings_page: Page, sign_in_as: SignIn, watch: Watch
) -> None:
    watch.expect("403")
    await sign_in_as(settings_page, "manager")
    await save(settings_page)
    await expect(settings_page.get_by_role("alert")).to_contain_text("另一位工作人员")
    await expect(settings_page.get_by_label(DAYS)).to_have_value("2")


async def test_a_field_is_called_by_its_label(settings_page: Page, watch: Watch) -> None:
    watch.expect("422")
    field = settings_page.get_by_label(DAYS)
    await field.evaluate("(field) => { field.removeAttribute('max'); field.value = '9'; }")
    await save(settings_page)
    await expect(settings_page.get_by_role("alert")).to_contain_text(f"“{DAYS}”")
    await expect(field).to_be_focused()


async def test_without_scripts_a_drawers_form_stands_in_the_page_and_is_taken(
    open_page: OpenPage, sign_in_as: SignIn
) -> None:
    page = await open_page(java_script_enabled=False)
    await sign_in_as(page, "admin")
    await page.goto("/admin/halls")
    await expect(page.get_by_role("button", name="添加窗口")).to_have_count(0)
    await page.get_by_label("窗口编号").fill("08")
    window = page.locator("form", has=page.get_by_label("窗口编号"))
    await window.get_by_label("名称").fill("社保窗口")
    await window.get_by_role("button").click()
    await expect(page.get_by_text("08 社保窗口")).to_be_visible()
