"""Every page, in a hall in which something of everything has happened. New ones come by themselves.

Each is read by axe-core, narrow and wide and with large type, with a strict policy in force; it is
light, and it shows nobody's personal data to anybody who did not ask for them on the record.
"""

import html
from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Page, Response

from tests.browser import seeing, town
from tests.browser.pages import Seen, every_page, ids_for
from tests.browser.town import PERSONAL, Town
from tests.browser.watch import Watch
from tests.cases.builders import World
from tests.places import staff_headers

PAGES = {page.key: page for page in every_page()}
WEIGHT = 200_000
"""Bytes of a page with all that it loads, compressed; the charts' library apart."""
LOOSE = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")
_STORED = """async () => {
    const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href];
    for (const {name} of await indexedDB.databases()) {
        const db = await new Promise((done) => {
            indexedDB.open(name).onsuccess = (event) => done(event.target.result);
        });
        for (const store of db.objectStoreNames) {
            const all = db.transaction(store).objectStore(store).getAll();
            found.push(await new Promise((done) => {
                all.onsuccess = () => done(JSON.stringify(all.result));
            }));
        }
        db.close();
    }
    return found.join("\\n");
}"""


@pytest.fixture
async def lively(world: World) -> Town:
    """The hall with everything in it."""
    return await town.fill(world)


def _personal(text: str) -> list[str]:
    said = html.unescape(text)
    return [word for word in PERSONAL if word in said]


def _problems_of_head(answer: httpx.Response | Response, reader: str) -> list[str]:
    policy = answer.headers.get("content-security-policy", "")
    found = [] if "default-src 'none'" in policy else [f"policy: {policy or 'none'}"]
    found += [f"policy allows {word}" for word in LOOSE if word in policy.split()]
    if reader != "nobody" and "no-store" not in answer.headers.get("cache-control", ""):
        found.append(f"may be kept: {answer.headers.get('cache-control')}")
    return found


async def _as(world: World, reader: str, path: str) -> httpx.Response:
    headers = {"Accept": "text/html"}
    if reader != "nobody":
        headers |= await staff_headers(world.act_as(), world.place, reader)
    return await world.client.get(path, headers=headers)


@pytest.mark.parametrize("key", PAGES)
async def test_a_page_shows_nothing_personal_to_whoever_may_open_it(lively: Town, key: str) -> None:
    page = PAGES[key]
    ids, _ = await ids_for(page, lively)
    wrong: list[str] = []
    for reader in page.readers:
        answer = await _as(lively.world, reader, page.address(ids))
        if answer.status_code >= 500:
            wrong.append(f"{reader}: {answer.status_code}")
        wrong += [f"{reader} reads {word}" for word in _personal(answer.text)]
        wrong += [f"{reader}: {said}" for said in _problems_of_head(answer, reader)]
    assert wrong == []


@pytest.mark.parametrize("key", PAGES)
async def test_a_page_is_light_fits_everywhere_and_can_be_read_by_everybody(
    lively: Town,
    browser_page: Page,
    sign_in_as: Callable[[Page, str], Awaitable[None]],
    watch: Watch,
    key: str,
) -> None:
    page = PAGES[key]
    ids, reader = await ids_for(page, lively)
    path = page.address(ids)
    if not await _is_a_document(lively.world, reader, path):
        pytest.skip("a part of a page, or a file")
    if reader != "nobody":
        await sign_in_as(browser_page, reader)
    loaded = seeing.Loaded(browser_page)
    answer = await browser_page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.status == 200, await answer.text()
    await seeing.settle(browser_page)
    wrong = _problems_of_head(answer, reader)
    if await loaded.weight() >= WEIGHT:
        wrong.append(f"heavy: {await loaded.weights()}")
    wrong += await _order(browser_page)
    wrong += await seeing.severe_findings(browser_page)
    wrong += await seeing.misfits(browser_page)
    wrong += [f"small at 390 px: {what}" for what in await _small(browser_page)]
    stored = await browser_page.evaluate(_STORED)
    wrong += [f"kept in the browser: {word}" for word in _personal(stored)]
    wrong += watch.unexpected()
    assert not wrong, f"{path} as {reader}:\n" + "\n".join(wrong)


async def _is_a_document(world: World, reader: str, path: str) -> bool:
    answer = await _as(world, reader, path)
    return answer.status_code != 200 or "<html" in answer.text[:1000]


async def _order(page: Page) -> list[str]:
    """What every page has: a language, a title, one heading of the first order, a main part."""
    found: dict[str, object] = await page.evaluate(
        """() => ({
            lang: document.documentElement.lang,
            title: document.title.length > 1,
            h1: document.querySelectorAll("h1").length,
            main: document.querySelectorAll("main").length,
        })"""
    )
    wanted = {"lang": "zh-CN", "title": True, "h1": 1, "main": 1}
    return [f"{name}: {found[name]}" for name in wanted if found[name] != wanted[name]]


async def _small(page: Page) -> list[str]:
    await page.set_viewport_size({"width": 390, "height": 844})
    await seeing.settle(page)
    return await seeing.small_targets(page)


def test_there_are_pages_and_each_is_named_once() -> None:
    found: list[Seen] = list(every_page())
    assert len({page.key for page in found}) == len(found)
    assert "GET /v" in PAGES
