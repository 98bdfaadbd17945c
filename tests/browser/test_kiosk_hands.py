"""The evaluator under hands that tremble, before tired eyes, and on every size of tablet."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.async_api import CDPSession, Locator, Page, expect

from app.core.acts import Act
from app.core.house import House
from tests.browser.conftest import OpenPage
from tests.browser.contrast import faint
from tests.browser.kiosks import LEVELS, Desk, enrol, face, stored, until
from tests.browser.watch import Watch
from tests.places import Place

HEADING = "请对本次服务作出评价"
TABLETS = [(800, 1280), (1024, 600), (1280, 800), (1920, 1080), (360, 640), (800, 480)]


@pytest.fixture
def desk(house: House, place: Place, act_as: Callable[..., Act], client: httpx.AsyncClient) -> Desk:
    return Desk(house, place, act_as, client)


class Finger:
    """A finger on the glass of a page."""

    def __init__(self, page: Page, protocol: CDPSession) -> None:
        self.page = page
        self._protocol = protocol

    async def middle(self, of: Locator) -> tuple[float, float]:
        box = await of.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    async def _touch(self, kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        await self._protocol.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    async def press(self, x: float, y: float, *, slides: float = 0, holds: int = 0) -> None:
        await self._touch("touchStart", (x, y))
        for step in range(1, 6 if slides else 1):
            await self._touch("touchMove", (x + slides * step / 5, y + slides * step / 5))
        await self.page.wait_for_timeout(holds)
        await self._touch("touchEnd")

    async def spread(self, x: float, y: float) -> None:
        await self._touch("touchStart", (x - 20, y), (x + 20, y))
        for step in range(1, 9):
            await self._touch("touchMove", (x - 20 - step * 20, y), (x + 20 + step * 20, y))
        await self._touch("touchEnd")


@pytest.fixture
async def finger(open_page: OpenPage, desk: Desk) -> Finger:
    """A finger before an evaluator that asks for a rating."""
    page = await open_page(has_touch=True, viewport={"width": 1280, "height": 800})
    await desk.duty()
    await enrol(page, await desk.code())
    await desk.visit()
    await expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    await expect(page.locator("[data-settling]")).to_have_count(0)
    return Finger(page, await page.context.new_cdp_session(page))


class TestTouch:
    @pytest.mark.parametrize(
        "how", [{"holds": 1_500}, {"slides": 30}, {"slides": 25, "holds": 900}], ids=str
    )
    async def test_a_long_or_sliding_touch_on_a_face_is_a_tap_on_it(
        self, finger: Finger, how: dict[str, Any]
    ) -> None:
        await finger.press(*await finger.middle(face(finger.page, 4)), **how)
        await expect(finger.page.get_by_role("heading", name="您的评价：满意")).to_be_visible()

    async def test_a_finger_that_is_lifted_from_another_face_chose_none(
        self, finger: Finger
    ) -> None:
        await finger.press(*await finger.middle(face(finger.page, 4)), slides=280)
        await finger.page.wait_for_timeout(600)
        await expect(finger.page.get_by_role("heading", name=HEADING)).to_be_visible()

    async def test_the_second_half_of_a_double_touch_chooses_no_reason(
        self, finger: Finger, desk: Desk
    ) -> None:
        at = await finger.middle(face(finger.page, 2))
        for _ in range(3):
            await finger.press(*at)
        await expect(finger.page.get_by_role("heading", name="您的评价：不满意")).to_be_visible()
        await finger.page.wait_for_timeout(500)
        assert await finger.page.locator("[aria-pressed=true].tag").count() == 0
        assert (await stored(finger.page))["waiting"] == []

    async def test_a_reason_that_is_pressed_long_is_chosen_once(self, finger: Finger) -> None:
        await face(finger.page, 2).tap()
        tag = finger.page.locator(".tag").nth(2)
        await tag.click(trial=True)
        await finger.press(*await finger.middle(tag), holds=1_200)
        await expect(tag).to_have_attribute("aria-pressed", "true")
        await finger.page.wait_for_timeout(500)
        await expect(tag).to_have_attribute("aria-pressed", "true")

    async def test_two_fingers_leave_the_next_one_no_half_of_the_faces(
        self, finger: Finger
    ) -> None:
        await finger.spread(640, 300)
        assert await finger.page.evaluate("visualViewport.scale") == 1
        for level in LEVELS:
            await expect(face(finger.page, level)).to_be_in_viewport(ratio=1)

    async def test_words_are_not_lost_by_choosing_another_face(self, finger: Finger) -> None:
        await face(finger.page, 2).tap()
        await finger.page.get_by_label("还想说的话").fill("窗口太少")
        await finger.page.get_by_role("button", name="重新选择").tap()
        await face(finger.page, 1).tap()
        await expect(finger.page.get_by_label("还想说的话")).to_have_value("窗口太少")


class TestSight:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    async def test_all_that_is_to_be_read_stands_out_seven_to_one(
        self, open_page: OpenPage, desk: Desk, watch: Watch, theme: Any
    ) -> None:
        watch.expect("ERR_", "WebSocket", "422")
        page = await open_page(color_scheme=theme)
        await page.goto("/kiosk")
        await page.get_by_label("登记码").fill("AAAAA-AAAAA")
        await page.get_by_role("button", name="登记", exact=True).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        found = {"enrol": await faint(page)}
        await desk.duty()
        await enrol(page, await desk.code())
        await expect(page.get_by_text("正在为您服务")).to_be_visible()
        found["idle"] = await faint(page)
        await desk.visit(about="社保卡补办")
        await face(page, 1).click(trial=True)
        found["prompt"] = await faint(page)
        await page.evaluate("document.body.dataset.hurry = ''")
        found["the last seconds"] = await faint(page)
        await face(page, 1).click()
        await page.locator(".tag").first.click(trial=True)
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_text("请至少选择一个原因")).to_be_visible()
        found["reasons"] = await faint(page)
        await page.context.set_offline(True)
        await page.locator(".tag").first.click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_role("heading", name="谢谢您的评价！")).to_be_visible()
        found["thanks, offline"] = await faint(page)
        await page.get_by_role("button", name="高对比").click()
        found["high contrast"] = await faint(page)
        await page.get_by_role("button", name="未连接").click()
        found["about"] = await faint(page)
        assert {name: those for name, those in found.items() if those} == {}

    async def test_faces_and_words_are_large_and_in_sight_on_every_tablet(
        self, browser_page: Page, desk: Desk
    ) -> None:
        await desk.duty()
        await enrol(browser_page, await desk.code())
        await desk.visit(about="社保卡补办")
        for width, height in TABLETS:
            await browser_page.set_viewport_size({"width": width, "height": height})
            for level in LEVELS:
                await expect(face(browser_page, level)).to_be_in_viewport(ratio=1)
                box = await face(browser_page, level).bounding_box()
                assert box
                assert min(box["width"], box["height"]) >= 48, (width, height, box)
            await expect(browser_page.locator("html[data-fits]")).to_have_count(1)
            word = browser_page.locator("[data-word]").first
            size = await word.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)")
            assert size >= 20, (width, height, size)

    async def test_the_faces_differ_without_colour(self, browser_page: Page) -> None:
        await browser_page.goto("/kiosk")
        drawn = await browser_page.locator(".face-button svg").evaluate_all(
            "(all) => all.map((one) => [...one.querySelectorAll('path')]"
            ".map((path) => path.getAttribute('d')).join())"
        )
        assert len(set(drawn)) == 5


class TestHearing:
    async def test_a_screen_reader_is_told_what_happens_and_meets_the_faces_in_order(
        self, browser_page: Page, desk: Desk
    ) -> None:
        await desk.duty()
        await enrol(browser_page, await desk.code())
        await desk.visit()
        live = browser_page.locator("[aria-live=assertive]")
        await expect(live).to_contain_text("请对本次服务作出评价")
        await expect(browser_page.get_by_role("heading", name=HEADING)).to_be_focused()
        await expect(browser_page.locator("[data-section=prompt] ul")).to_match_aria_snapshot(
            "- list:\n"
            + "".join(f'  - listitem:\n    - button "{name}"\n' for name in LEVELS.values())
        )
        await face(browser_page, 4).click()
        await expect(live).to_contain_text("您选择了满意")
        await browser_page.get_by_role("button", name="提交", exact=True).click()
        await expect(live).to_have_text("谢谢您的评价。")
        assert await until(desk.ratings)
