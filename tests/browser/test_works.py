"""Long work in the browser: ordered, watched while it goes on, left, found again, stopped."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from app.core.acts import Act
from app.core.house import House
from app.works import runner
from tests.browser.conftest import Check
from tests.catalog.makers import HEADER, csv_row
from tests.places import Place
from tests.works.hands import Hands, Params

SignIn = Callable[[Page, str], Awaitable[None]]
Shot = Callable[..., Awaitable[None]]


@pytest.fixture
async def hands(
    house: House,
    place: Place,
    act_as: Callable[..., Act],
    work_outbox: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Hands:
    """Work that goes on for as long as the test wants."""
    monkeypatch.setattr(runner, "BEAT", 0.05)
    return Hands(house, place, act_as, work_outbox)


async def test_a_report_is_ordered_watched_and_downloaded(
    browser_page: Page, sign_in_as: SignIn, hands: Hands, axe: Check, fits: Check, shot: Shot
) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    await page.goto("/reports")
    await axe(page)
    await fits(page)
    await shot(page, "reports-order")
    await page.get_by_role("button", name="生成 PDF").click()
    await expect(page.get_by_text("排队中")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await page.get_by_role("link", name="全部任务").click()
    await expect(page.get_by_role("row", name="月度报告")).to_contain_text("排队中")
    await hands.finish()
    await expect(page.get_by_role("row", name="月度报告")).to_contain_text("已完成")
    await shot(page, "reports-works")
    await page.get_by_role("row", name="月度报告").get_by_role("link").first.click()
    await expect(page.get_by_text("报告已生成。")).to_be_visible()
    await axe(page)
    await fits(page)
    await shot(page, "reports-done")
    async with page.expect_download() as loading:
        await page.get_by_role("link", name="下载").click()
    loaded = await loading.value
    assert loaded.suggested_filename.endswith(".pdf")
    assert (await loaded.path()).read_bytes().startswith(b"%PDF")


async def test_progress_is_seen_and_a_work_can_be_stopped(
    browser_page: Page, sign_in_as: SignIn, hands: Hands, axe: Check, shot: Shot
) -> None:
    page = browser_page
    work = await hands.start(params=Params("长"))
    await sign_in_as(page, "manager")
    await page.goto(f"/works/{work.id}")
    await hands.take_up()
    await expect(page.get_by_text("正在处理")).to_be_visible()
    await expect(page.get_by_text("1 / 4")).to_be_visible()
    await axe(page)
    await shot(page, "reports-running", dark=True)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="停止").click()
    await expect(page.get_by_text("已取消")).to_be_visible()
    await expect(page.get_by_text("停止前已经完成的部分保持不变")).to_be_visible()


async def test_a_catalogue_is_tried_corrected_and_imported(
    browser_page: Page, sign_in_as: SignIn, hands: Hands, axe: Check, fits: Check, shot: Shot
) -> None:
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/import")
    await axe(page)
    await fits(page)
    await shot(page, "reports-import")

    async def send(name: str, *rows: str) -> None:
        raw = "\n".join([HEADER, *rows]).encode()
        file = {"name": name, "mimeType": "text/csv", "buffer": raw}
        await page.get_by_label("目录文件").set_input_files(file)  # type: ignore[arg-type]
        await page.get_by_role("button", name="上传并开始").click()
        await page.wait_for_url("**/works/*")
        await hands.finish()

    await send("错误.csv", csv_row("A-1"), csv_row("", "没有编码的事项"))
    await expect(page.get_by_role("heading", name="需要修改的地方")).to_be_visible()
    await expect(
        page.get_by_role("listitem").filter(has_text="第 3 行：缺少实施编码。")
    ).to_be_visible()
    await axe(page)
    await shot(page, "reports-refused")
    await page.goto("/admin/import")
    await page.get_by_label("先试导入").uncheck()
    await send("目录.csv", csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20"))
    await expect(page.get_by_text("导入完成：新增 2 项")).to_be_visible()


async def test_a_refused_upload_is_said_beside_the_form(
    browser_page: Page, sign_in_as: SignIn, watch: Any
) -> None:
    watch.expect("422")
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/import")
    file = {"name": "目录.xlsx", "mimeType": "text/csv", "buffer": b"PK"}
    await page.get_by_label("目录文件").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="上传并开始").click()
    await expect(page.get_by_role("alert")).to_contain_text("另存为")
    await expect(page.get_by_role("button", name="上传并开始")).to_be_enabled()
