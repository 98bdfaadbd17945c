"""The evaluator's voice and its eye: spoken prompts where voices fail, a code before its camera."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import segno
from PIL import Image
from playwright.async_api import Browser, Page, Playwright, expect

from app.core.acts import Act
from app.core.house import House
from tests.browser import chromium
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.kiosks import Desk, connected, enrol, face, rate, until
from tests.browser.settings import USUAL
from tests.browser.watch import Watch
from tests.places import Place

SPEECH = """
const told = { voices: VOICES, said: [], cancelled: 0, how: "HOW" };
window.told = told;
const synthesis = new EventTarget();
Object.assign(synthesis, {
    getVoices: () => told.voices,
    cancel: () => { told.cancelled += 1; },
    resume: () => {},
    speak(said) {
        if (told.how === "throws") throw new Error("no sound");
        told.said.push({ text: said.text, lang: said.lang });
        if (told.how === "fails") setTimeout(() => said.onerror?.({ error: "failed" }), 5);
        // and never fires `end`, as Chromium at times does not
    },
});
Object.defineProperty(window, "speechSynthesis", { value: synthesis });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
CANTONESE, MANDARIN = {"lang": "zh-HK"}, {"lang": "zh-CN", "localService": True}
PROMPT, THANKS = "您好，请对本次服务作出评价。", "谢谢您的评价。"


@pytest.fixture
def desk(house: House, place: Place, act_as: Callable[..., Act], client: httpx.AsyncClient) -> Desk:
    return Desk(house, place, act_as, client)


async def speaking(page: Page, desk: Desk, *voices: dict[str, Any], how: str = "well") -> Page:
    """An evaluator whose browser has these voices; `told` in its page is what was asked of them."""
    await page.add_init_script(
        SPEECH.replace("VOICES", json.dumps(list(voices))).replace("HOW", how)
    )
    await desk.duty()
    await enrol(page, await desk.code())
    return page


async def said(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("told.said.map(({text}) => text)")
    return found


class TestVoice:
    async def test_the_prompt_and_the_thanks_are_spoken_in_standard_chinese(
        self, browser_page: Page, desk: Desk
    ) -> None:
        page = await speaking(browser_page, desk, {"lang": "en-US"}, CANTONESE, MANDARIN)
        await desk.visit()
        await rate(page, 5)
        assert await said(page) == [PROMPT, THANKS]
        assert await page.evaluate("told.said.every(({lang}) => lang === 'zh-CN')")
        assert await page.evaluate("told.cancelled") >= 2, "the tap ends the sentence before"

    async def test_voices_that_come_late_still_speak_the_prompt(
        self, browser_page: Page, desk: Desk
    ) -> None:
        page = await speaking(browser_page, desk)
        await desk.visit()
        await expect(face(page, 5)).to_be_visible()
        assert await said(page) == []
        await page.evaluate(
            "(voice) => { told.voices = [voice];"
            " speechSynthesis.dispatchEvent(new Event('voiceschanged')); }",
            MANDARIN,
        )
        assert await said(page) == [PROMPT]

    async def test_a_voice_that_comes_after_the_tap_says_nothing_of_the_past(
        self, browser_page: Page, desk: Desk
    ) -> None:
        page = await speaking(browser_page, desk)
        await desk.visit()
        await face(page, 5).click()
        await page.evaluate(
            "(voice) => { told.voices = [voice];"
            " speechSynthesis.dispatchEvent(new Event('voiceschanged')); }",
            MANDARIN,
        )
        assert await said(page) == []

    async def test_it_is_silent_where_the_hall_wants_it(
        self, browser_page: Page, desk: Desk
    ) -> None:
        page = await speaking(browser_page, desk, MANDARIN)
        await page.get_by_role("button", name="静音").click()
        await desk.visit()
        await rate(page, 5)
        assert await said(page) == []

    @pytest.mark.parametrize("how", ["throws", "fails", "never ends", "no voice"])
    async def test_whatever_the_voice_does_the_time_runs_and_the_rating_counts(
        self, browser_page: Page, desk: Desk, how: str
    ) -> None:
        voices = [] if how == "no voice" else [MANDARIN]
        page = await speaking(browser_page, desk, *voices, how=how)
        await page.clock.install()
        await desk.visit()
        await expect(face(page, 5)).to_be_visible()
        await page.clock.run_for(5_000)
        left = await page.locator("[data-left-prompt]").inner_text()
        assert int(left.split()[0]) <= 56
        await rate(page, 4)
        await page.clock.run_for(5_000)
        await expect(page.get_by_text("正在为您服务")).to_be_visible()
        assert await until(desk.ratings)


def video_of(text: str, folder: Path) -> Path:
    """A film that shows this text as a QR code, in the form that Chromium takes for a camera."""
    code = folder / "code.png"
    segno.make_qr(text, error="m").save(str(code), scale=8, border=6)
    seen = Image.new("RGB", (640, 480), "#888")
    drawn = Image.open(code).convert("RGB")
    drawn.thumbnail((460, 460))
    seen.paste(drawn, ((640 - drawn.width) // 2, (480 - drawn.height) // 2))
    film = folder / "camera.mjpeg"
    with film.open("wb") as out:
        for _ in range(10):
            seen.save(out, "JPEG", quality=90)
    return film


@pytest.fixture
async def camera(
    playwright: Playwright, tmp_path: Path, server_url: str, desk: Desk
) -> AsyncIterator[Browser]:
    """A browser whose camera sees the enrolment code of window 01."""
    film = video_of(f"{server_url}/kiosk#code={await desk.code()}", tmp_path)
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    browser = await playwright.chromium.launch(
        executable_path=chromium.find(), args=[*chromium.FLAGS, *flags]
    )
    yield browser
    await browser.close()


OWN_DETECTOR = """window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect() { return [{ rawValue: "https://hall.example/kiosk#code=CODE" }]; }
};"""


class TestCamera:
    async def test_a_code_before_the_camera_enrols_where_the_browser_reads_none(
        self, camera: Browser, server_url: str, desk: Desk, watch: Watch
    ) -> None:
        context = await camera.new_context(base_url=server_url, **USUAL)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        page = await context.new_page()
        await page.add_init_script("delete window.BarcodeDetector")
        await desk.duty()
        await page.goto("/kiosk")
        await page.get_by_role("button", name="用摄像头扫描").click()
        await expect(page.get_by_text("画面只用来识别登记码")).to_be_visible()
        await connected(page)
        await expect(page.get_by_text("员工001")).to_be_visible()
        assert await page.evaluate("document.querySelector('video').srcObject") is None
        assert not watch.unexpected()

    async def test_the_browsers_own_eye_is_used_where_there_is_one(
        self, camera: Browser, server_url: str, desk: Desk
    ) -> None:
        page = await camera.new_page(base_url=server_url, **USUAL)
        code = await desk.code()
        await page.add_init_script(OWN_DETECTOR.replace("CODE", code))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto("/kiosk")
        await page.get_by_role("button", name="用摄像头扫描").click()
        await connected(page)
        assert not [url for url in asked if "code-seen" in url]

    async def test_without_leave_for_the_camera_the_code_can_be_typed(
        self, open_page: OpenPage, desk: Desk
    ) -> None:
        page = await open_page(permissions=[])
        await page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => {"
            " throw new DOMException('no', 'NotAllowedError'); };"
        )
        await page.goto("/kiosk")
        await page.get_by_role("button", name="用摄像头扫描").click()
        await expect(page.get_by_role("alert")).to_contain_text("请直接输入登记码")


async def test_a_browser_that_is_too_old_is_told_so_in_one_sentence(
    open_page: OpenPage, watch: Watch
) -> None:
    watch.expect("script:", "console:")
    page = await open_page(service_workers="block")

    async def not_understood(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body="class { #not understood here")

    await page.route("**/kiosk/main.js", not_understood)
    await page.goto("/kiosk")
    await expect(page.get_by_role("heading", name="页面没有启动")).to_be_visible()
    await expect(page.get_by_text("浏览器可能太旧")).to_be_visible()
