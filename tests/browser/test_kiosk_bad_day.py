"""The evaluator on a bad day: whatever fails, each rating counts once and the screen goes on."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from app.core.acts import Act
from app.core.house import House
from evaluations.devices import service as devices
from tests.browser.chromium import KillableBrowser
from tests.browser.kiosks import Desk, connected, enrol, face, rate, stored, until, works_offline
from tests.browser.watch import Watch
from tests.places import Place

DELIVERY = "**/api/v1/ratings/device/batch"
Answer = Callable[[Route], Awaitable[None]]


@pytest.fixture
def desk(house: House, place: Place, act_as: Callable[..., Act], client: httpx.AsyncClient) -> Desk:
    return Desk(house, place, act_as, client)


@pytest.fixture
async def kiosk(browser_page: Page, desk: Desk, watch: Watch) -> Page:
    """An enrolled evaluator at window 01; network errors are meant."""
    watch.expect("ERR_", "WebSocket", "status of 4", "status of 5", "answer: 5")
    await desk.duty()
    await enrol(browser_page, await desk.code())
    return browser_page


def says(status: int, body: str, kind: str = "text/html", **headers: str) -> Answer:
    async def answer(route: Route) -> None:
        await route.fulfill(status=status, body=body, content_type=kind, headers=headers)

    return answer


async def loses_half(route: Route) -> None:
    """The server takes all of it and its answer arrives by half."""
    answer = await route.fetch()
    items = (await answer.json())["items"]
    await route.fulfill(status=200, json={"items": items[: len(items) // 2]})


HTML = "<html>502 Bad Gateway</html>"
OUR_PROBLEM = json.dumps({"code": "internal", "title": "出错了"})
ANSWERS = {
    "500": says(500, OUR_PROBLEM, "application/problem+json"),
    "a gateway's page": says(502, HTML),
    "a portal's page": says(200, "<html>请登录无线网络</html>"),
    "a firewall's page": says(403, "<html>已拦截</html>"),
    "a page not found": says(404, "<html>404</html>"),
    "a gateway that finds it too large": says(413, HTML),
    "JSON that is none": says(500, "{", "application/json"),
    "an answer to nothing": says(200, "{}", "application/json"),
    "null": says(200, "null", "application/json"),
    "half of the answers": loses_half,
}


async def hurry(page: Page, desk: Desk, wanted: dict[int, int]) -> None:
    """Let the page's waits pass quickly, with time for each answer, until this is counted."""
    for _ in range(100):
        if await desk.counted() == wanted:
            break
        await page.clock.run_for(3_000)
        await page.wait_for_timeout(200)
    assert await desk.counted() == wanted


class TestDelivery:
    @pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
    async def test_whatever_answers_in_the_servers_place_no_rating_is_lost(
        self, kiosk: Page, desk: Desk, answer: Answer
    ) -> None:
        wrong = 0

        async def at_first(route: Route) -> None:
            nonlocal wrong
            wrong += 1
            await (answer(route) if wrong == 1 else route.continue_())

        await kiosk.context.route(DELIVERY, at_first)
        await desk.visit()
        await rate(kiosk, 4)

        async def settled() -> bool:
            return wrong > 1 and not (await stored(kiosk))["waiting"]

        assert await until(settled)
        assert await desk.counted() == {4: 1}
        assert (await stored(kiosk))["aside"] == []

    async def test_the_server_is_left_alone_for_as_long_as_it_asks(
        self, kiosk: Page, desk: Desk
    ) -> None:
        times: list[float] = []

        async def busy(route: Route) -> None:
            times.append(await kiosk.evaluate("performance.now()"))
            if len(times) == 1:
                await says(429, HTML, **{"Retry-After": "4"})(route)
            else:
                await route.continue_()

        await kiosk.context.route(DELIVERY, busy)
        await desk.visit()
        await rate(kiosk, 5)
        assert await until(desk.ratings)
        assert times[1] - times[0] >= 4_000

    async def test_one_that_the_server_stumbles_over_does_not_hold_up_the_others(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.clock.install()
        bad: list[str] = []

        async def stumble(route: Route) -> None:
            ids = [one["service_id"] for one in (route.request.post_data_json or {})["ratings"]]
            if bad and bad[0] in ids:
                await says(500, OUR_PROBLEM, "application/problem+json")(route)
            else:
                await route.continue_()

        await kiosk.context.route(DELIVERY, lambda route: route.abort())
        for level in (5, 3, 4):
            served = await desk.visit()
            bad = bad or [str(served.id)]
            await rate(kiosk, level)
            await desk.end(served)
        await kiosk.context.unroute(DELIVERY)
        await kiosk.context.route(DELIVERY, stumble)
        await hurry(kiosk, desk, {4: 1, 3: 1})
        assert [one["level"] for one in (await stored(kiosk))["waiting"]] == [5]

        bad.clear()
        await hurry(kiosk, desk, {5: 1, 4: 1, 3: 1})

    async def test_a_power_cut_between_the_answer_and_its_note_makes_no_second_rating(
        self, persistent: KillableBrowser, desk: Desk
    ) -> None:
        address = f"{persistent.base_url}/kiosk"
        await persistent.start()
        page = await persistent.context.new_page()
        await desk.duty()
        await enrol(page, await desk.code(), address)
        await works_offline(page)

        async def swallow(route: Route) -> None:
            await route.fetch()  # the server has it; the answer never comes

        await page.context.route(DELIVERY, swallow)
        await desk.visit()
        await rate(page, 5)
        assert await until(desk.ratings)
        await persistent.kill()
        await persistent.start()
        page = await persistent.context.new_page()
        await page.goto(address)
        await connected(page)

        async def delivered() -> bool:
            return not (await stored(page))["waiting"]

        assert await until(delivered)
        assert await desk.counted() == {5: 1}
        assert (await stored(page))["aside"] == []


FULL = """
const real = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
    if (window.full) throw new DOMException("full", "QuotaExceededError");
    return real.apply(this, given);
};
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (names, mode, ...more) {
    const made = begin.call(this, names, mode, ...more);
    const mute = window.silent && mode === "readwrite";
    if (mute) Object.defineProperty(made, "oncomplete", { set() {} });
    return made;
};
"""


class TestStorage:
    @pytest.mark.parametrize("how", ["full", "silent"])
    async def test_a_disk_that_fails_loses_no_rating_and_holds_nobody_up(
        self, open_page: Any, desk: Desk, how: str
    ) -> None:
        page = await open_page()
        await page.add_init_script(FULL)
        await desk.duty()
        await enrol(page, await desk.code())
        await page.evaluate("(how) => { window[how] = true; }", how)
        await desk.visit()
        await rate(page, 4)
        (rating,) = await until(desk.ratings)
        assert rating["level"] == 4
        await expect(page.get_by_text("正在为您服务")).to_be_visible(timeout=15_000)
        await page.get_by_role("button", name="已连接").click()
        await expect(page.get_by_text("请不要关闭或刷新本页")).to_be_visible()

    async def test_data_that_somebody_deletes_are_written_anew(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.evaluate(
            """() => new Promise((done, failed) => {
                const asked = indexedDB.deleteDatabase("zhangban-kiosk");
                asked.onsuccess = () => done();
                asked.onerror = failed;
            })"""
        )
        await desk.visit()
        await rate(kiosk, 5)
        assert await until(desk.ratings)
        await kiosk.reload()
        await connected(kiosk)  # its key is there again
        await desk.visit()
        await rate(kiosk, 3)
        await until(lambda: _counted(desk, {5: 1, 3: 1}))


async def _counted(desk: Desk, wanted: dict[int, int]) -> bool:
    return await desk.counted() == wanted


CLOCK = """
const real = Date.now, Plain = Date;
const off = () => Number(localStorage.getItem("test.clock") ?? 0);
window.Date = class extends Plain {
    constructor(...given) { if (given.length) super(...given); else super(Plain.now()); }
    static now() { return real() + off(); }
};
"""
YEAR = 365 * 24 * 3600 * 1000


class TestClock:
    @pytest.mark.parametrize("moved", [YEAR, -YEAR], ids=["forward", "back"])
    async def test_a_clock_that_is_set_while_a_rating_waits_moves_no_rating(
        self, kiosk: Page, desk: Desk, moved: int
    ) -> None:
        await kiosk.add_init_script(CLOCK)
        await kiosk.evaluate("localStorage.setItem('test.clock', 0)")
        await kiosk.reload()
        await connected(kiosk)
        served = await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await kiosk.context.route(DELIVERY, lambda route: route.abort())
        await rate(kiosk, 5)
        tapped = desk.house.clock.now()
        await kiosk.evaluate("(moved) => localStorage.setItem('test.clock', moved)", moved)
        await kiosk.context.unroute(DELIVERY)
        await kiosk.reload()  # as after a flat battery: the server's time is not known any more
        (rating,) = await until(desk.ratings)
        assert rating["service_id"] == served.id
        assert abs(rating["happened_at"] - tapped) < timedelta(seconds=30)
        await connected(kiosk)

    async def test_a_prompt_comes_at_once_after_the_clock_was_set(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.add_init_script(CLOCK)
        await kiosk.reload()
        await connected(kiosk)
        await kiosk.evaluate("(moved) => localStorage.setItem('test.clock', moved)", YEAR)
        await desk.visit()
        await rate(kiosk, 4)
        assert await until(desk.ratings)

    async def test_a_tablet_that_slept_through_a_prompt_does_not_ask_the_next_citizen_about_it(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await kiosk.add_init_script(CLOCK)
        await kiosk.reload()
        await connected(kiosk)
        served = await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        # Asleep, the steady clock stands still: only the time of day shows that it was away.
        await desk.end(served)
        desk.house.clock.shift(timedelta(minutes=10))
        await kiosk.evaluate("localStorage.setItem('test.clock', 600000)")
        await expect(face(kiosk, 5)).to_be_hidden()
        assert await desk.ratings() == []


class TestPrompts:
    async def test_one_that_was_taken_back_while_the_line_was_broken_is_gone_when_it_is_back(
        self, kiosk: Page, desk: Desk
    ) -> None:
        served = await desk.visit()
        await expect(face(kiosk, 5)).to_be_visible()
        await kiosk.context.set_offline(True)
        await expect(kiosk.get_by_text("网络暂时中断")).to_be_visible()
        await desk.end(served)
        await kiosk.context.set_offline(False)
        await expect(face(kiosk, 5)).to_be_hidden()
        await connected(kiosk)

    async def test_a_tap_counts_that_was_made_when_the_tablet_was_revoked_and_it_says_so(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await desk.visit()
        await face(kiosk, 4).click()
        assert desk.device_id
        admin = desk.act_as(await desk.place.actor(desk.act_as(), "admin"))
        await devices.revoke(admin, desk.device_id, "丢失")
        await expect(kiosk.get_by_role("heading", name="评价器已停用")).to_be_visible()
        found = await stored(kiosk)
        assert [one["code"] for one in found["aside"]] == ["device.revoked"]
        await kiosk.wait_for_timeout(1_000)
        await expect(kiosk.get_by_role("heading", name="评价器已停用")).to_be_visible()

    async def test_what_the_revocation_interrupts_does_not_come_back_over_it(
        self, kiosk: Page, desk: Desk
    ) -> None:
        await desk.visit()
        await rate(kiosk, 5)
        assert desk.device_id
        admin = desk.act_as(await desk.place.actor(desk.act_as(), "admin"))
        await devices.revoke(admin, desk.device_id, "丢失")
        await expect(kiosk.get_by_role("heading", name="评价器已停用")).to_be_visible()
        await kiosk.wait_for_timeout(4_500)  # the thanks would end now
        await expect(kiosk.get_by_role("heading", name="评价器已停用")).to_be_visible()
