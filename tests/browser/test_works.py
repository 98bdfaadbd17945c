"""Long work in the browser: ordered, watched while it goes on, left, found again, stopped."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from app.catalog.template import CONTENT_TYPE
from app.core.acts import Act
from app.core.errors import Conflict
from app.core.house import House
from app.works import runner, service
from tests.browser.conftest import Check, OpenPage
from tests.catalog.books import good
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
        page.get_by_role("listitem").filter(has_text="第 3 行 D 列：缺少实施编码。")
    ).to_be_visible()
    await axe(page)
    await shot(page, "reports-refused")
    await page.goto("/admin/import")
    await page.get_by_label("先试导入").uncheck()
    await send("目录.csv", csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20"))
    await expect(page.get_by_text("导入完成：新增 2 项")).to_be_visible()


SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@SCRIPTS
async def test_a_spreadsheet_is_tried_and_then_imported_as_it_was_tried(
    open_page: OpenPage,
    sign_in_as: SignIn,
    hands: Hands,
    axe: Check,
    fits: Check,
    shot: Shot,
    scripts: bool,
) -> None:
    page = await open_page(java_script_enabled=scripts)
    await sign_in_as(page, "admin")
    await page.goto("/admin/import")
    file = {"name": "目录.xlsx", "mimeType": CONTENT_TYPE, "buffer": good()}
    await page.get_by_label("目录文件").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="上传并开始").click()
    await page.wait_for_url("**/works/*")
    await hands.finish()
    if not scripts:
        await page.reload()
    await expect(page.get_by_text("新增的事项（2 项）")).to_be_visible()
    await expect(page.get_by_text("数据没有改动").last).to_be_visible()
    if scripts:
        await axe(page)
        await fits(page)
        await shot(page, "reports-tried")
    await page.get_by_role("button", name="正式导入这份文件").click()
    await expect(page.get_by_text("已开始正式导入")).to_be_visible()
    await hands.finish()
    if not scripts:
        await page.reload()
    await expect(page.get_by_text("导入完成：新增 2 项")).to_be_visible()


async def test_the_template_is_downloaded(browser_page: Page, sign_in_as: SignIn) -> None:
    await sign_in_as(browser_page, "admin")
    await browser_page.goto("/admin/import")
    async with browser_page.expect_download() as loading:
        await browser_page.get_by_role("link", name="下载表格模板").click()
    assert (await loading.value).suggested_filename == "事项目录模板.xlsx"


async def test_what_has_ended_is_asked_for_no_more(
    browser_page: Page, sign_in_as: SignIn, hands: Hands
) -> None:
    page, asked = browser_page, []
    work = await hands.start()
    await sign_in_as(page, "manager")
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"/works/{work.id}")
    await hands.finish()
    await expect(page.get_by_text("全部处理完毕。")).to_be_visible()
    asked.clear()
    await page.wait_for_timeout(3_000)
    assert asked == []


async def test_work_that_is_somebody_elses_or_forgotten_leads_back_to_ones_own(
    browser_page: Page,
    sign_in_as: SignIn,
    hands: Hands,
    house: House,
    act_as: Callable[..., Act],
    watch: Any,
) -> None:
    watch.expect("404")
    page = browser_page
    work = await hands.start()
    await hands.finish()
    await sign_in_as(page, "supervisor")
    await page.goto(f"/works/{work.id}")
    await expect(page.get_by_text("没有找到这项任务")).to_be_visible()
    await sign_in_as(page, "manager")
    await page.goto(f"/works/{work.id}")
    await expect(page.get_by_text("全部处理完毕。")).to_be_visible()
    house.clock.shift(timedelta(days=house.settings.work_days + 1))
    await service.forget_old(act_as())
    await sign_in_as(page, "manager")
    await page.reload()
    await expect(page.get_by_text("可能已过保存期")).to_be_visible()


async def test_work_that_failed_says_why(
    browser_page: Page, sign_in_as: SignIn, hands: Hands, axe: Check, shot: Shot
) -> None:
    page = browser_page
    await sign_in_as(page, "manager")
    hands.errors = [Conflict("这个月还没有数据。")]
    work = await hands.start()
    await hands.finish()
    await page.goto(f"/works/{work.id}")
    await expect(page.get_by_text("未完成", exact=True)).to_be_visible()
    await expect(page.get_by_text("这个月还没有数据。")).to_be_visible()
    await axe(page)
    await shot(page, "reports-failed")


async def test_two_at_once_are_seen_side_by_side_and_one_is_stopped_before_it_began(
    browser_page: Page, sign_in_as: SignIn, hands: Hands
) -> None:
    page = browser_page
    await hands.start(params=Params("一"))
    waits = await hands.start(params=Params("二"))
    await sign_in_as(page, "manager")
    await page.goto("/works")
    await expect(page.get_by_text("排队中")).to_have_count(2)
    await page.goto(f"/works/{waits.id}")
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="停止").click()
    await expect(page.get_by_text("已取消，没有开始。")).to_be_visible()
    await page.goto("/works")
    await hands.finish()
    await expect(page.get_by_text("已完成")).to_be_visible()
    await expect(page.get_by_text("已取消", exact=True)).to_be_visible()


async def test_a_refused_upload_is_said_beside_the_form(
    browser_page: Page, sign_in_as: SignIn, watch: Any
) -> None:
    watch.expect("422")
    page = browser_page
    await sign_in_as(page, "admin")
    await page.goto("/admin/import")
    file = {"name": "目录.docx", "mimeType": "text/csv", "buffer": b"PK"}
    await page.get_by_label("目录文件").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="上传并开始").click()
    await expect(page.get_by_role("alert")).to_contain_text("另存为")
    await expect(page.get_by_role("button", name="上传并开始")).to_be_enabled()
