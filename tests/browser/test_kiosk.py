"""The evaluator as a page: enrolled once, prompted by the clerk, rated with one tap."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.halls import service as halls
from evaluations.devices import service as devices
from evaluations.devices.keys import DeviceKeys
from tests.browser.conftest import OpenPage
from tests.browser.kiosks import (
    LEVELS,
    Desk,
    connected,
    enrol,
    face,
    rate,
    stored,
    until,
)
from tests.browser.watch import Watch
from tests.materials import odd_pictures as odd
from tests.places import Place

Shot = Callable[..., Awaitable[None]]
Check = Callable[[Page], Awaitable[None]]


@pytest.fixture
def desk(house: House, place: Place, act_as: Callable[..., Act], client: httpx.AsyncClient) -> Desk:
    return Desk(house, place, act_as, client)


@pytest.fixture
async def kiosk(browser_page: Page, desk: Desk) -> Page:
    """An enrolled evaluator at window 01, at rest; the clerk is on duty."""
    await desk.duty()
    await enrol(browser_page, await desk.code())
    await expect(browser_page.get_by_text("员工001")).to_be_visible()
    return browser_page


async def looked_at(page: Page, shot: Shot, axe: Check, fits: Check, name: str) -> None:
    await shot(page, f"kiosk-{name}", whole=False)
    await axe(page)
    await fits(page)


class TestEnrolling:
    async def test_a_wrong_code_is_refused_beside_the_field(
        self, browser_page: Page, watch: Watch, desk: Desk, shot: Shot, axe: Check, fits: Check
    ) -> None:
        watch.expect("422")
        await browser_page.goto("/kiosk")
        await looked_at(browser_page, shot, axe, fits, "enrol")
        await browser_page.get_by_label("登记码").fill("AAAAA-AAAAA")
        await browser_page.get_by_role("button", name="登记", exact=True).click()
        await expect(browser_page.get_by_role("alert")).to_contain_text("登记码不正确或已过期")
        await browser_page.get_by_label("登记码").fill("短")
        await browser_page.get_by_role("button", name="登记", exact=True).click()
        await expect(browser_page.get_by_role("alert")).to_contain_text("10 位")

    async def test_a_scanned_address_enrols_and_leaves_no_code_behind(
        self, browser_page: Page, desk: Desk
    ) -> None:
        await browser_page.goto(f"/kiosk#code={await desk.code()}")
        await connected(browser_page)
        assert browser_page.url.endswith("/kiosk")
        assert "code" not in await browser_page.evaluate("() => location.href")

    async def test_the_key_can_be_used_and_not_read(self, kiosk: Page) -> None:
        found = await kiosk.evaluate(
            """async () => {
                const asked = indexedDB.open("zhangban-kiosk");
                const db = await new Promise((done) => {
                    asked.onsuccess = () => done(asked.result);
                });
                const got = db.transaction("things").objectStore("things").get("device");
                const {key} = await new Promise((done) => {
                    got.onsuccess = () => done(got.result);
                });
                const failed = await crypto.subtle.exportKey("raw", key).catch(({name}) => name);
                return {usages: key.usages, extractable: key.extractable, failed};
            }"""
        )
        assert found == {
            "usages": ["sign"], "extractable": False, "failed": "InvalidAccessError"
        }  # fmt: skip


class TestAtRest:
    async def test_it_shows_who_serves_with_their_photo(
        self, browser_page: Page, desk: Desk, shot: Shot, axe: Check, fits: Check
    ) -> None:
        await desk.photograph(odd.jpeg((600, 800)))
        await desk.duty()
        await enrol(browser_page, await desk.code())
        await expect(browser_page.get_by_role("heading", level=1)).to_have_text(
            "青河县政务服务中心"
        )
        await expect(browser_page.get_by_text("01 号窗口 · 综合窗口01")).to_be_visible()
        await expect(browser_page.get_by_text("工号 001")).to_be_visible()
        await expect(browser_page.get_by_role("img", name="员工001的照片")).to_be_visible()
        await looked_at(browser_page, shot, axe, fits, "idle")

    async def test_a_change_of_duty_is_shown_at_once(self, kiosk: Page, desk: Desk) -> None:
        clerk = desk.act_as(await desk.place.actor(desk.act_as(), "clerk"))
        await halls.end_duty(clerk)
        await expect(kiosk.get_by_text("窗口暂时无人在岗")).to_be_visible()
        await desk.duty("clerk2")
        await expect(kiosk.get_by_text("工号 002")).to_be_visible()

    async def test_nobodys_name_is_kept_in_the_browser(self, kiosk: Page, desk: Desk) -> None:
        await desk.visit(about="咨询社保")
        await expect(face(kiosk, 5)).to_be_visible()
        found = str(await stored(kiosk))
        assert "员工001" not in found
        assert "咨询社保" not in found
        assert await kiosk.evaluate("() => localStorage.length + sessionStorage.length") == 0


class TestRating:
    async def test_a_prompt_reaches_it_and_one_tap_with_reasons_is_a_rating(
        self, kiosk: Page, desk: Desk, shot: Shot, axe: Check, fits: Check
    ) -> None:
        served = await desk.visit(about="社保卡补办")
        await expect(face(kiosk, 5)).to_be_visible()
        await expect(kiosk.get_by_text("员工001（001）为您服务")).to_be_visible()
        await looked_at(kiosk, shot, axe, fits, "prompt")
        await face(kiosk, 2).click()
        await looked_at(kiosk, shot, axe, fits, "reasons")
        await kiosk.get_by_role("button", name="提交", exact=True).click()
        await expect(kiosk.get_by_text("请至少选择一个原因")).to_be_visible()
        await kiosk.locator(".tag").nth(1).click()
        await kiosk.get_by_label("还想说的话").fill("排队太久")
        await kiosk.get_by_role("button", name="提交", exact=True).click()
        await expect(kiosk.get_by_role("heading", name="谢谢您的评价！")).to_be_visible()
        await looked_at(kiosk, shot, axe, fits, "thanks")
        (rating,) = await until(desk.ratings)
        assert (rating["service_id"], rating["level"]) == (served.id, 2)
        assert len(rating["tags"]) == 1
        assert rating["comment"] == "排队太久"
        assert (rating["channel"], rating["device_id"]) == (5, desk.device_id)
        assert await desk.counted() == {2: 1}
        clerk = await desk.seen_by_clerk(served)
        assert clerk["rated"] is True
        assert not {"level", "tags", "comment"} & clerk.keys()
        await expect(kiosk.get_by_text("正在为您服务")).to_be_visible()

    async def test_a_panel_that_somebody_left_open_does_not_lie_over_the_faces(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.get_by_role("button", name="已连接").click()
        await expect(kiosk.get_by_role("heading", name="关于这台评价器")).to_be_visible()
        await desk.visit()
        await rate(kiosk, 5)
        assert await until(desk.ratings)

    async def test_the_clerk_sees_that_the_prompt_is_shown(self, kiosk: Page, desk: Desk) -> None:
        served = await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()

        async def prompted() -> Any:
            return (await desk.seen_by_clerk(served))["prompted_at"]

        assert await until(prompted)

    async def test_a_tap_alone_is_enough_when_the_citizen_walks_away(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.clock.install()
        await desk.visit()
        await face(kiosk, 4).click()
        await expect(kiosk.get_by_text("秒后自动提交")).to_be_visible()
        await kiosk.clock.run_for(61_000)
        (rating,) = await until(desk.ratings)
        assert (rating["level"], rating["tags"]) == (4, [])

    async def test_a_bad_one_without_a_reason_is_not_made_up(self, kiosk: Page, desk: Desk) -> None:
        await kiosk.clock.install()
        await desk.visit()
        await face(kiosk, 1).click()
        await expect(kiosk.get_by_text("秒后关闭，不保存")).to_be_visible()
        await kiosk.clock.run_for(61_000)
        await expect(kiosk.get_by_text("正在为您服务")).to_be_visible()
        found = await stored(kiosk)
        assert found["waiting"] == found["aside"] == []
        assert await desk.ratings() == []

    async def test_without_a_tap_it_goes_back_and_nothing_is_stored(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        desk.house.clock.shift(timedelta(seconds=61))
        await expect(kiosk.get_by_text("正在为您服务")).to_be_visible(timeout=15_000)
        assert await desk.ratings() == []

    async def test_it_works_by_keyboard_alone(self, kiosk: Page, desk: Desk) -> None:
        await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await kiosk.keyboard.press("2")
        await expect(kiosk.get_by_role("heading", name="您的评价：不满意")).to_be_focused()
        await kiosk.keyboard.press("Escape")
        await expect(face(kiosk, 5)).to_be_visible()
        await kiosk.keyboard.press("3")
        await expect(kiosk.get_by_role("heading", name="您的评价：基本满意")).to_be_focused()
        await kiosk.keyboard.press("Tab")  # choose again
        await kiosk.keyboard.press("Tab")
        await kiosk.keyboard.press("Space")
        await expect(kiosk.locator(".tag").first).to_have_attribute("aria-pressed", "true")
        for _ in range(9):
            await kiosk.keyboard.press("Tab")
        await kiosk.keyboard.press("Enter")
        (rating,) = await until(desk.ratings)
        assert rating["level"] == 3
        assert len(rating["tags"]) == 1

    async def test_no_face_is_chosen_or_larger_than_another(self, kiosk: Page, desk: Desk) -> None:
        await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        sizes = set()
        for level in LEVELS:
            box = await face(kiosk, level).bounding_box()
            assert box
            sizes.add((round(box["width"]), round(box["height"])))
        assert len(sizes) == 1
        assert await kiosk.locator("[data-level]:focus, [data-level][aria-pressed]").count() == 0

    async def test_the_next_visit_takes_the_place_of_one_that_was_tapped(
        self, kiosk: Page, desk: Desk
    ) -> None:
        first = await desk.visit()
        await face(kiosk, 5).click()
        second = await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await rate(kiosk, 4)

        async def both() -> list[dict[str, Any]]:
            found = await desk.ratings()
            return found if len(found) == 2 else []

        found = await until(both)
        assert {(one["service_id"], one["level"]) for one in found} == {
            (first.id, 5), (second.id, 4)
        }  # fmt: skip


class TestComfort:
    async def test_high_contrast_is_remembered(
        self, kiosk: Page, desk: Desk, shot: Shot, axe: Check
    ) -> None:
        await kiosk.get_by_role("button", name="高对比").click()

        async def kept() -> bool:
            return True in (await stored(kiosk))["things"]

        await until(kept)
        await kiosk.reload()
        await expect(kiosk.get_by_role("button", name="高对比")).to_have_attribute(
            "aria-pressed", "true"
        )
        await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await shot(kiosk, "kiosk-contrast", whole=False)
        await axe(kiosk)

    async def test_a_landscape_phone_shows_the_faces_without_scrolling(
        self, open_page: OpenPage, desk: Desk
    ) -> None:
        page = await open_page(viewport={"width": 800, "height": 480})
        await desk.duty()
        await enrol(page, await desk.code())
        await desk.visit()
        await expect(face(page, 1)).to_be_in_viewport(ratio=1)
        await page.set_viewport_size({"width": 390, "height": 844})
        for level in LEVELS:
            await expect(face(page, level)).to_be_in_viewport(ratio=1)


class TestTrouble:
    async def test_a_revoked_one_says_so_and_keeps_no_text(
        self, kiosk: Page, desk: Desk, watch: Watch, shot: Shot, axe: Check, fits: Check
    ) -> None:
        watch.expect("ERR_INTERNET_DISCONNECTED", "WebSocket", "403")
        await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await kiosk.context.set_offline(True)
        await rate(kiosk, 2, comment="请不要公开这句话")
        assert desk.device_id
        admin = desk.act_as(await desk.place.actor(desk.act_as(), "admin"))
        await devices.revoke(admin, desk.device_id, "丢失")
        await kiosk.context.set_offline(False)
        await expect(kiosk.get_by_role("heading", name="评价器已停用")).to_be_visible()
        await looked_at(kiosk, shot, axe, fits, "revoked")
        found = await stored(kiosk)
        assert found["waiting"] == []
        assert [one["code"] for one in found["aside"]] == ["device.revoked"]
        assert "请不要公开这句话" not in str(found)
        assert await desk.ratings() == []

    async def test_one_that_the_server_did_not_know_goes_on_by_itself_when_it_is_known_again(
        self, browser_page: Page, desk: Desk, watch: Watch, shot: Shot, axe: Check, fits: Check
    ) -> None:
        watch.expect("ERR_INTERNET_DISCONNECTED", "WebSocket", "401", "403")
        page = browser_page
        await page.clock.install()
        await desk.duty()
        await enrol(page, await desk.code())
        assert desk.device_id
        put = "UPDATE devices SET secret = $2, enrolled_at = $3 WHERE id = $1"
        kept = await db.fetch_one(
            "SELECT secret, enrolled_at FROM devices WHERE id = $1", desk.device_id
        )
        assert kept
        await db.execute(put, desk.device_id, None, None)
        await desk.house.part(DeviceKeys).changed(desk.device_id)
        await page.context.set_offline(True)
        await page.context.set_offline(False)
        await expect(page.get_by_role("heading", name="评价器未登记")).to_be_visible()
        await looked_at(page, shot, axe, fits, "unknown")
        await page.clock.fast_forward("01:05")
        await expect(page.get_by_role("heading", name="评价器未登记")).to_be_visible()
        await db.execute(put, desk.device_id, kept["secret"], kept["enrolled_at"])
        await page.clock.fast_forward("01:05")
        await connected(page)
        await desk.visit()
        await rate(page, 5)
        assert await until(desk.ratings)

    async def test_a_wrong_clock_is_learned_from_the_server(
        self, browser_page: Page, desk: Desk, watch: Watch
    ) -> None:
        watch.expect("401", "WebSocket")
        code = await desk.code()
        await desk.duty()
        await browser_page.add_init_script(
            "const real = Date.now; Date.now = () => real() + 3 * 3600 * 1000;"
        )
        await enrol(browser_page, code)
        served = await desk.visit()
        await rate(browser_page, 5)
        (rating,) = await until(desk.ratings)
        off = abs((rating["happened_at"] - desk.house.clock.now()).total_seconds())
        assert rating["service_id"] == served.id
        assert off < 10, "signed by the server's time, and told by it too"

    async def test_a_second_page_of_the_same_tablet_waits(self, kiosk: Page, desk: Desk) -> None:
        other = await kiosk.context.new_page()
        await other.goto("/kiosk")
        await expect(other.get_by_role("heading", name="已在另一个页面打开")).to_be_visible()
        await kiosk.close()
        await connected(other)
