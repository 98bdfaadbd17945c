"""The evaluator without a network: every rating is kept, survives the power, and counts once."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from app.core.acts import Act
from app.core.house import House
from app.kiosk import shell
from app.pages import assets
from tests.browser.chromium import KillableBrowser
from tests.browser.kiosks import Desk, connected, enrol, face, rate, stored, until, works_offline
from tests.browser.watch import Watch
from tests.evaluations.hub import RATE, Evaluator, enrolled
from tests.places import Place

DELIVERY = "**/api/v1/ratings/device/batch"
BROKEN_LINE = ("ERR_INTERNET_DISCONNECTED", "WebSocket", "ERR_FAILED", "ERR_CONNECTION")


@pytest.fixture
def desk(house: House, place: Place, act_as: Callable[..., Act], client: httpx.AsyncClient) -> Desk:
    return Desk(house, place, act_as, client)


@pytest.fixture
async def kiosk(browser_page: Page, desk: Desk, watch: Watch) -> Page:
    """An enrolled evaluator at window 01 that could start without a network."""
    watch.expect(*BROKEN_LINE)
    await desk.duty()
    await enrol(browser_page, await desk.code())
    await works_offline(browser_page)
    return browser_page


async def delivered(desk: Desk, page: Page) -> bool:
    """Whether nothing waits in the page any more."""
    return not (await stored(page))["waiting"]


async def opened(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    return page


async def test_a_rating_outlives_the_network_a_reload_and_two_power_cuts(
    persistent: KillableBrowser,
    desk: Desk,
    shot: Callable[..., Awaitable[None]],
    axe: Callable[[Page], Awaitable[None]],
) -> None:
    address = f"{persistent.base_url}/kiosk"
    await persistent.start()
    page = await persistent.context.new_page()
    await desk.duty()
    await enrol(page, await desk.code(), address)
    await works_offline(page)
    served = await desk.visit()
    await expect(face(page, 4)).to_be_visible()

    await persistent.context.set_offline(True)
    await expect(page.get_by_text("网络暂时中断")).to_be_visible()
    await rate(page, 4)
    await expect(page.get_by_text("有 1 条评价等待送出")).to_be_visible()
    await expect(page.get_by_text("正在为您服务")).to_be_visible()
    await shot(page, "kiosk-offline", whole=False)
    await axe(page)
    await page.reload()
    await expect(page.get_by_text("有 1 条评价等待送出")).to_be_visible()
    await persistent.kill()

    await persistent.start()
    await persistent.context.set_offline(True)
    page = await opened(persistent.context, address)
    await expect(page.get_by_role("heading", name="青河县政务服务中心")).to_be_visible()
    await expect(page.get_by_text("有 1 条评价等待送出")).to_be_visible()
    assert await desk.ratings() == []
    await persistent.kill()

    await persistent.start()
    page = await opened(persistent.context, address)
    await connected(page)
    assert await until(lambda: delivered(desk, page))
    (rating,) = await desk.ratings()
    assert (rating["service_id"], rating["level"]) == (served.id, 4)
    assert rating["device_id"] == desk.device_id
    assert await desk.counted() == {4: 1}
    await page.reload()
    await connected(page)
    assert len(await desk.ratings()) == 1
    assert await desk.counted() == {4: 1}


async def test_a_tapped_face_outlives_a_power_cut(persistent: KillableBrowser, desk: Desk) -> None:
    address = f"{persistent.base_url}/kiosk"
    await persistent.start()
    page = await persistent.context.new_page()
    await desk.duty()
    await enrol(page, await desk.code(), address)
    await desk.visit()
    await face(page, 5).click()

    async def noted() -> bool:
        return any("event_id" in str(thing) for thing in (await stored(page))["things"])

    await until(noted)
    await persistent.kill()
    await persistent.start()
    page = await opened(persistent.context, address)
    (rating,) = await until(desk.ratings)
    assert (rating["level"], rating["tags"]) == (5, [])


async def test_whoever_is_asked_can_rate_when_the_line_breaks_and_the_page_is_loaded_anew(
    kiosk: Page, desk: Desk
) -> None:
    served = await desk.visit()
    await expect(face(kiosk, 3)).to_be_visible()
    await kiosk.context.set_offline(True)
    await kiosk.reload()
    await expect(face(kiosk, 3)).to_be_visible()
    await rate(kiosk, 3)
    await kiosk.context.set_offline(False)
    (rating,) = await until(desk.ratings)
    assert (rating["service_id"], rating["level"]) == (served.id, 3)


async def test_without_a_network_nobody_new_is_asked(kiosk: Page, desk: Desk) -> None:
    await kiosk.context.set_offline(True)
    await expect(kiosk.get_by_text("网络暂时中断")).to_be_visible()
    await desk.visit()
    await kiosk.wait_for_timeout(500)
    await expect(face(kiosk, 5)).to_be_hidden()
    await kiosk.context.set_offline(False)
    await expect(face(kiosk, 5)).to_be_visible()


async def test_several_are_delivered_together_and_each_counts_once(kiosk: Page, desk: Desk) -> None:
    batches: list[int] = []

    async def lose(route: Route) -> None:
        await route.abort()

    await kiosk.context.route(DELIVERY, lose)
    for level in (5, 3, 4):
        served = await desk.visit()
        await rate(kiosk, level)
        await desk.end(served)

    async def health() -> bool:
        return (await desk.health())["queue_length"] == 3

    await kiosk.reload()  # what it says of itself when it connects
    assert await until(health)
    assert len((await stored(kiosk))["waiting"]) == 3
    assert await desk.ratings() == []

    async def count(route: Route) -> None:
        batches.append(len((route.request.post_data_json or {})["ratings"]))
        await route.continue_()

    await kiosk.context.route(DELIVERY, count)  # before the other, which would let one slip through
    await kiosk.context.unroute(DELIVERY, lose)
    assert await until(lambda: delivered(desk, kiosk))
    assert batches == [3]
    assert await desk.counted() == {5: 1, 4: 1, 3: 1}


async def test_an_answer_that_was_lost_on_its_way_makes_no_second_rating(
    kiosk: Page, desk: Desk
) -> None:
    sent = 0

    async def lose_first_answer(route: Route) -> None:
        nonlocal sent
        sent += 1
        if sent == 1:
            await route.fetch()  # the server has it, the tablet does not hear of it
            await route.abort()
        else:
            await route.continue_()

    await kiosk.context.route(DELIVERY, lose_first_answer)
    await desk.visit()
    await rate(kiosk, 5)
    assert await until(lambda: delivered(desk, kiosk))
    assert sent == 2
    assert len(await desk.ratings()) == 1
    assert await desk.counted() == {5: 1}
    assert (await stored(kiosk))["aside"] == []


async def test_one_that_the_server_refuses_is_kept_aside_without_its_text_and_reported(
    kiosk: Page, desk: Desk, house: House, place: Place, act_as: Callable[..., Act]
) -> None:
    served = await desk.visit()
    await expect(face(kiosk, 4)).to_be_visible()
    await kiosk.context.set_offline(True)
    await rate(kiosk, 4, comment="只在这里写一次")
    other = Evaluator(
        *await enrolled(act_as, place.hall_id, place.windows["01"]), house, desk.client
    )
    assert (await other.post(RATE, other.tap(served.id, 5))).status_code == 201
    await kiosk.context.set_offline(False)
    assert await until(lambda: delivered(desk, kiosk))
    found = await stored(kiosk)
    assert [one["code"] for one in found["aside"]] == ["rating.already_rated"]
    assert "只在这里写一次" not in str(found)
    await kiosk.reload()

    async def reported() -> bool:
        return (await desk.health())["refused_count"] == 1

    assert await until(reported)
    await connected(kiosk)
    await kiosk.get_by_role("button", name="已连接").click()
    await expect(kiosk.get_by_role("dialog")).to_contain_text("已经评价过")
    assert await desk.counted() == {5: 1}


async def test_where_no_socket_opens_plain_requests_do(
    browser_page: Page, desk: Desk, watch: Watch
) -> None:
    watch.expect("WebSocket")
    await browser_page.add_init_script(
        """window.WebSocket = class extends EventTarget {
            readyState = 3;
            constructor() { super(); setTimeout(() => this.onclose({code: 1006}), 1); }
            close() {}
        }; window.WebSocket.OPEN = 1;"""
    )
    await desk.duty()
    await enrol(browser_page, await desk.code())
    await desk.visit()
    await expect(face(browser_page, 5)).to_be_visible(timeout=15_000)
    await rate(browser_page, 5)
    assert len(await until(desk.ratings)) == 1


async def test_all_that_the_page_loads_is_kept(kiosk: Page) -> None:
    (name,) = await kiosk.evaluate("() => caches.keys()")
    kept = await kiosk.evaluate(
        "async (name) => (await (await caches.open(name)).keys()).map(({url}) => url)", name
    )
    loaded = await kiosk.evaluate(
        "() => performance.getEntriesByType('resource').map(({name}) => name)"
        ".filter((name) => name.includes('/assets/'))"
    )
    assert loaded
    assert set(loaded) <= set(kept)


async def test_a_new_release_takes_the_place_of_the_old_when_nobody_is_rating(
    kiosk: Page, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = "meta[name=kiosk-version]"
    served = await desk.visit()
    await face(kiosk, 5).click()
    monkeypatch.setattr(assets, "version", lambda: "0123456789ab")
    shell.worker.cache_clear()
    await kiosk.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")
    await kiosk.wait_for_function(
        "async () => (await caches.keys()).join() === 'kiosk-0123456789ab'"
    )
    assert await kiosk.locator(release).get_attribute("content") != "0123456789ab"
    await kiosk.get_by_role("button", name="提交", exact=True).click()
    await expect(kiosk.locator(release)).to_have_attribute(
        "content", "0123456789ab", timeout=15_000
    )
    monkeypatch.undo()
    shell.worker.cache_clear()
    (rating,) = await until(desk.ratings)
    assert rating["service_id"] == served.id
