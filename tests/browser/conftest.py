"""The hall's pages in a real browser: the system's Chromium, driven by Playwright's async API.

The server serves in the worker's own event loop and house, so that a test can look into the
database and shift the clock while the browser looks at a page. Write a journey like this:

    async def test_a_clerk_sees_the_queue(browser_page, sign_in_as, shot, axe, fits, place):
        await sign_in_as(browser_page, "clerk")          # a name of tests/places.py
        await browser_page.goto("/desk")
        await expect(browser_page.get_by_role("heading", level=1)).to_have_text("今日办件")
        await shot(browser_page, "desk-queue")           # build/screens/desk/queue-390.png …
        await axe(browser_page)                          # fails on serious findings
        await fits(browser_page)                         # 360 and 1920 px, type at 200 %

`browser_page`  a page in a fresh profile, 1024 × 768, Chinese; addresses may begin with "/"
`lively`        the hall of `place` and `world` is one in which something of everything has happened
`open_page`     `await open_page(has_touch=True)`: another page in a profile of its own, for a
                second person or device; takes the options of `Browser.new_context`
`watch`         what goes wrong unseen (script and console errors, policy violations, failed
                requests, 5xx, anything loaded from elsewhere) fails the test when it ends, unless
                it was expected: `watch.expect("409", "ERR_INTERNET_DISCONNECTED")`
`sign_in_as`    `await sign_in_as(page, "manager")` puts a session's cookie into the page's profile
`persistent`    a browser with a profile on disk: `await persistent.start()`, `page = await
                persistent.context.new_page()`, `await persistent.kill()` (SIGKILL, as a power cut),
                `await persistent.start()` again; addresses must be whole (`server_url + "/kiosk"`)
`shot`          `await shot(page, "desk-queue", dark=True)`: pictures at 390, 1024 and 1920 px, of
                the whole page (`whole=False`: of the first screen), with `dark` in both themes
`axe`           axe-core's serious and critical findings fail, as a readable list
`fits`          no sideways scrolling and no text cut off, see seeing.misfits

Where no Chromium is found all of this is left out, and the run's end says so in one line.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from app.core import sessions
from app.core.acts import Act
from app.core.house import House
from app.core.identity import COOKIE
from tests.browser import chromium, seeing
from tests.browser.chromium import KillableBrowser
from tests.browser.settings import USUAL
from tests.browser.town import KeptTown, Town
from tests.browser.watch import Watch
from tests.cases.builders import World
from tests.emptying import Tables
from tests.places import Place, build_place

PATIENCE = 30_000
"""Milliseconds to wait for anything: a busy machine is slow, and what works does not wait."""
expect.set_options(timeout=PATIENCE)
OpenPage = Callable[..., Awaitable[Page]]
Check = Callable[[Page], Awaitable[None]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, leave these tests out (tests/conftest.py says so at the end)."""
    if chromium.find() is not None:
        return
    ours = [item for item in items if chromium.FOLDER in item.path.parents]
    items[:] = [item for item in items if chromium.FOLDER not in item.path.parents]
    config.hook.pytest_deselected(items=ours)


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright's driver, one for this worker."""
    async with async_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """The browser of this worker."""
    started = await chromium.launch(playwright)
    yield started
    await started.close()


@pytest.fixture
def watch(server_url: str) -> Watch:
    """What goes wrong unseen in this test's pages; see tests/browser/watch.py."""
    return Watch(server_url)


@pytest.fixture
async def open_page(
    browser: Browser, house: House, server_url: str, watch: Watch
) -> AsyncIterator[OpenPage]:
    """`await open_page()` is a page in a profile of its own."""
    contexts = []

    async def open_one(**options: Any) -> Page:
        context = await browser.new_context(base_url=server_url, **(USUAL | options))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watch.over(context)
        return await context.new_page()

    yield open_one
    for context in contexts:
        await context.close()
    assert not (wrong := watch.unexpected()), "in the browser:\n" + "\n".join(wrong)


@pytest.fixture
async def browser_page(open_page: OpenPage) -> Page:
    """A page in a fresh profile."""
    return await open_page()


@pytest.fixture(scope="session")
def kept_town(tables: Tables) -> KeptTown:
    """The town of this worker; a test asks for `lively`."""
    return KeptTown(tables)


@pytest.fixture
async def place(
    request: pytest.FixtureRequest,
    client: httpx.AsyncClient,
    house: House,
    act_as: Callable[..., Act],
    kept_town: KeptTown,
) -> Place:
    """The usual hall; that of the town, where a test asks for `lively`."""
    if "lively" in request.fixturenames:
        return await kept_town.place(client, house, act_as)
    return await build_place(act_as())


@pytest.fixture
def lively(world: World, kept_town: KeptTown) -> Town:
    """The hall in which something of everything has happened; see tests/browser/town.py."""
    return kept_town.as_of(world)


@pytest.fixture
def sign_in_as(
    place: Place, act_as: Callable[..., Act], server_url: str
) -> Callable[[Page, str], Awaitable[None]]:
    """`await sign_in_as(page, "clerk")`: from then on that page's profile is that person's."""

    async def sign_in(page: Page, name: str) -> None:
        token, _ = await sessions.open_session(
            "staff", place.staff[name], now=act_as().at, lifetime=timedelta(hours=8)
        )
        await page.context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": token,
                    "url": server_url,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )

    return sign_in


@pytest.fixture
async def persistent(
    playwright: Playwright, house: House, server_url: str, tmp_path: Path
) -> AsyncIterator[KillableBrowser]:
    """A browser that can be killed and started again on the same profile; not started yet."""
    made = KillableBrowser(playwright, tmp_path / "profile", server_url)
    yield made
    await made.kill()


@pytest.fixture
def shot() -> Callable[..., Awaitable[None]]:
    """`await shot(page, "desk-queue")`: pictures under build/screens/desk/."""
    return seeing.take_pictures


@pytest.fixture
def axe() -> Check:
    """`await axe(page)` fails on what axe-core finds serious."""

    async def check(page: Page) -> None:
        found = await seeing.severe_findings(page)
        assert not found, f"axe-core on {page.url}:\n" + "\n".join(found)

    return check


@pytest.fixture
def fits() -> Check:
    """`await fits(page)` fails where a page is too wide or cuts text off."""

    async def check(page: Page) -> None:
        found = await seeing.misfits(page)
        assert not found, f"{page.url} does not fit:\n" + "\n".join(found)

    return check
