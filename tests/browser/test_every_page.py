"""Every page, in a hall in which something of everything has happened. New ones come by themselves.

Each is read by axe-core, narrow and wide and with large type, with a strict policy in force; it is
light, and it shows nobody's personal data to anybody who did not ask for them on the record.
"""

import html
from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Page

from tests.browser import seeing
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


def _personal(text: str) -> list[str]:
    said = html.unescape(text)
    return [word for word in PERSONAL if word in said]


def _problems_of_head(answer: httpx.Response, *, signed_in: bool, public: bool) -> list[str]:
    """A strict policy, and nothing of somebody's kept by anybody else, or at all."""
    kept = answer.headers.get("cache-control", "")
    found = []
    if signed_in and ("public" in kept or not (public or "no-store" in kept or "private" in kept)):
        found.append(f"may be kept by others: {kept}")
    if "text/html" in answer.headers.get("content-type", ""):
        policy = answer.headers.get("content-security-policy", "")
        found += [] if "default-src 'none'" in policy else [f"policy: {policy or 'none'}"]
        found += [f"policy allows {word}" for word in LOOSE if word in policy.split()]
        if not public and "no-store" not in kept:
            found.append(f"may be kept: {kept}")
    return found


async def _as(world: World, reader: str, path: str) -> httpx.Response:
    headers = {"Accept": "text/html"}
    if reader != "nobody":
        headers |= await staff_headers(world.act_as(), world.place, reader)
    return await world.client.get(path, headers=headers)


@pytest.mark.parametrize("key", PAGES)
async def test_everybody_who_may_open_a_page_can_use_it_and_learns_nothing_personal(
    lively: Town,
    browser_page: Page,
    sign_in_as: Callable[[Page, str], Awaitable[None]],
    watch: Watch,
    key: str,
) -> None:
    page = PAGES[key]
    ids, reader = await ids_for(page, lively)
    path = page.address(ids)
    wrong, document = await _told(lively.world, page, path, reader)
    if document:
        if reader != "nobody":
            await sign_in_as(browser_page, reader)
        wrong += await _looked_at(browser_page, path, reader)
        wrong += watch.unexpected()
        watch.forget()
    assert not wrong, f"{path} as {reader}:\n" + "\n".join(wrong)


async def _told(world: World, page: Seen, path: str, host: str) -> tuple[list[str], bool]:
    """What is wrong with what the page tells each who may open it; whether it is a whole page."""
    wrong: list[str] = []
    public, document = "nobody" in page.readers, True
    for reader in dict.fromkeys([*page.readers, host]):
        answer = await _as(world, reader, path)
        if answer.status_code >= 500:
            wrong.append(f"{reader}: {answer.status_code}")
        wrong += [f"{reader} reads {word}" for word in _personal(answer.text)]
        of_head = _problems_of_head(answer, signed_in=reader != "nobody", public=public)
        wrong += [f"{reader}: {said}" for said in of_head]
        if reader == host:
            document = answer.status_code != 200 or "<html" in answer.text[:1000]
    return wrong, document


async def _looked_at(tab: Page, path: str, reader: str) -> list[str]:
    """What is wrong with the page in a browser."""
    loaded = seeing.Loaded(tab)
    answer = await tab.goto(path, wait_until="load")
    assert answer is not None
    if answer.status != 200:
        return [f"{answer.status}: {await tab.title()}"]
    await seeing.settle(tab)
    wrong = await _order(tab)
    if await loaded.weight() >= WEIGHT:
        wrong.append(f"heavy: {await loaded.weights()}")
    wrong += await seeing.severe_findings(tab)
    wrong += [f"dark: {what}" for what in await _in_the_dark(tab)]
    wrong += await seeing.misfits(tab)
    wrong += [f"small at 390 px: {what}" for what in await _small(tab)]
    stored = await tab.evaluate(_STORED)
    return wrong + [f"kept in the browser: {word}" for word in _personal(stored)]


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


async def _in_the_dark(page: Page) -> list[str]:
    await page.emulate_media(color_scheme="dark")
    found = await seeing.severe_findings(page, seeing.COLOURS)
    await page.emulate_media(color_scheme="light")
    return found


async def _small(page: Page) -> list[str]:
    await page.set_viewport_size({"width": 390, "height": 844})
    await seeing.settle(page)
    return await seeing.small_targets(page)


WRONG = {
    "/console": ("clerk", 403),
    "/desk": ("admin", 403),
    "/admin/staff": ("manager", 403),
    "/nowhere": ("manager", 404),
    "/guides/00000000-0000-7000-8000-000000000000": ("nobody", 404),
}
"""Where these people have no business, and what they are told."""


@pytest.mark.parametrize("path", WRONG)
async def test_whoever_has_no_business_there_sees_a_sentence_and_a_way_back(
    browser_page: Page,
    sign_in_as: Callable[[Page, str], Awaitable[None]],
    watch: Watch,
    path: str,
) -> None:
    reader, status = WRONG[path]
    watch.expect(str(status))
    if reader != "nobody":
        await sign_in_as(browser_page, reader)
    answer = await browser_page.goto(path)
    assert answer is not None
    assert answer.status == status
    assert len(await browser_page.locator("main h1").inner_text()) > 5
    assert await browser_page.locator(f"nav a[href='{path}']").count() == 0
    await browser_page.locator("main a[href]").first.click()
    await browser_page.wait_for_url(lambda url: not url.endswith(path))
    await browser_page.go_back()
    assert await seeing.severe_findings(browser_page) == []
    assert await seeing.misfits(browser_page) == []


def test_there_are_pages_and_each_is_named_once() -> None:
    found: list[Seen] = list(every_page())
    assert len({page.key for page in found}) == len(found)
    assert "GET /v" in PAGES
