"""`make screens`: the demonstration hall's pages as pictures, and the README's among them.

    python -m tests.browser.screens

A hall with its story is started in a scratch folder and stopped again. Every page is looked at as
somebody who may open it; a page with an id is found by following links, as a person would.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from app.core import logs
from app.core.identity import COOKIE, SCHEME
from app.demo.seed import PASSWORD, PEOPLE
from app.demo.stage import Stage, free_port, stage
from app.settings import read
from tests.browser import chromium, seeing
from tests.browser.pages import Seen, every_page
from tests.browser.settings import USUAL

PICTURES = Path("docs/pictures")
LARGEST = 150_000
"""Bytes of a picture of the README."""
COLOURS = (128, 96, 64, 48, 32)
ROUNDS = 4
"""How deep links are followed to find pages with an id."""


@dataclass(frozen=True)
class Chosen:
    """A picture of the README: the first screen of a page, at this width, in this file."""

    page: str
    width: int
    height: int
    file: str
    shown_at: int
    """Its width in pixels in the file."""


README = (
    Chosen("GET /console", 1440, 1150, "console.png", 1200),
    Chosen("GET /desk", 1280, 800, "desk.png", 1200),
    Chosen("kiosk", 1024, 700, "kiosk.png", 900),
    Chosen("GET /guides/<item_id>", 390, 780, "guide.png", 390),
    Chosen("GET /published/<hall_id>/<month>", 390, 780, "published.png", 390),
)


def _login(reader: str) -> str:
    return next(person.login for person in PEOPLE if person.role.value == reader)


@dataclass
class Walk:
    """The pages of one hall, each opened once as the first who may."""

    url: str
    browser: Browser
    codes: tuple[str, ...] = ()
    """Addresses that stand on paper and at windows, where no link leads."""
    known: dict[str, str] = field(default_factory=dict)
    """Where each page is to be seen, by its key."""
    pages: list[Seen] = field(default_factory=lambda: list(every_page()))
    made: list[Path] = field(default_factory=list)

    async def take(self) -> None:
        """Take every picture."""
        for page in self.pages:
            if page.stands_alone:
                self.known[page.key] = page.address({})
        for path in self.codes:
            self._meet(path)
        readers = {page.readers[0] for page in self.pages}
        for reader in sorted(readers):
            await self._find_as(reader)
        for reader in sorted(readers):
            await self._take_as(reader)

    def missing(self) -> list[str]:
        """Pages that no link led to."""
        return [page.key for page in self.pages if page.key not in self.known]

    async def _take_as(self, reader: str) -> None:
        tab = await self.tab(reader)
        for page in self.pages:
            if page.readers[0] == reader and page.key in self.known:
                answer = await tab.goto(self.url + self.known[page.key])
                if answer and answer.ok and await tab.locator("main").count():
                    await seeing.take_pictures(tab, _name(page))
                    self.made += await shown(tab, page.key)
        await tab.context.close()

    async def _find_as(self, reader: str) -> None:
        """Follow this person's links as far as they lead to pages that are not known yet."""
        tab, seen = await self.tab(reader), set[str]()
        for _ in range(ROUNDS):
            mine = [p for p in self.pages if p.readers[0] == reader and p.key in self.known]
            for page in mine:
                if page.key not in seen:
                    seen.add(page.key)
                    for path in await _links(tab, self.url + self.known[page.key]):
                        self._meet(path)
        await tab.context.close()

    def _meet(self, path: str) -> None:
        for page in self.pages:
            if page.key not in self.known and page.is_at(path):
                self.known[page.key] = path

    async def tab(self, reader: str) -> Page:
        """A page of somebody who is signed in."""
        context = await self.browser.new_context(**USUAL)
        if reader != "nobody":
            async with httpx.AsyncClient(base_url=self.url) as client:
                token = (await _as(client, reader))["Authorization"].removeprefix(SCHEME)
            await context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        return await context.new_page()


def _name(page: Seen) -> str:
    """`GET /desk/cases/<case_id>` is the picture `desk-cases-one`."""
    parts = [part for part in page.template.split("/") if part]
    words = ["one" if part.startswith("<") else part for part in parts]
    front = page.front
    if words and words[0] == front:
        words = words[1:]
    return f"{front}-{'-'.join(words) or 'home'}"


async def _links(tab: Page, url: str) -> list[str]:
    answer = await tab.goto(url)
    if answer is None or not answer.ok:
        return []
    found: list[str] = await tab.evaluate(
        """() => [...document.querySelectorAll("a[href]")]
            .filter((link) => link.origin === location.origin && !link.hasAttribute("download"))
            .map((link) => link.pathname + link.search)"""
    )
    return found


async def shown(tab: Page, key: str) -> list[Path]:
    """The README's pictures of what is open, if there are any of it."""
    made = []
    for chosen in README:
        if chosen.page == key:
            await tab.set_viewport_size({"width": chosen.width, "height": chosen.height})
            await seeing.settle(tab)
            with tempfile.NamedTemporaryFile(suffix=".png") as raw:
                await tab.screenshot(path=raw.name, animations="disabled")
                made.append(_small(Path(raw.name), chosen))
    return made


def _small(raw: Path, chosen: Chosen) -> Path:
    """The picture with as many colours as it may have bytes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    out = PICTURES / chosen.file
    with Image.open(raw) as picture:
        height = round(picture.height * chosen.shown_at / picture.width)
        fitted = picture.convert("RGB").resize((chosen.shown_at, height), Image.Resampling.LANCZOS)
    for colours in COLOURS:
        fitted.quantize(colours, dither=Image.Dither.NONE).save(out, optimize=True)
        if out.stat().st_size < LARGEST:
            return out
    raise SystemExit(f"{out} is larger than {LARGEST} bytes even with {COLOURS[-1]} colours")


async def _as(client: httpx.AsyncClient, reader: str) -> dict[str, str]:
    given = {"login": _login(reader), "password": PASSWORD}
    answer = await client.post("/api/v1/staff/sign-in", json=given)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}


@dataclass(frozen=True)
class AtWindow:
    """A clerk who has begun to serve at a window, and what stands there."""

    running: Stage
    client: httpx.AsyncClient
    window: UUID
    clerk: dict[str, str]

    @classmethod
    async def begin(cls, running: Stage, client: httpx.AsyncClient) -> "AtWindow":
        """The clerk of the first window comes on duty."""
        listed = await client.get(f"/api/v1/halls/{running.hall.hall_id}/windows")
        window = listed.raise_for_status().json()["items"][0]["id"]
        found = cls(running, client, window, await _as(client, "clerk"))
        await found.post(f"windows/{window}/duty", found.clerk)
        return found

    async def post(self, path: str, who: dict[str, str], body: object = None) -> Any:
        """What this person does."""
        answer = await self.client.post(f"/api/v1/{path}", headers=who, json=body)
        return answer.raise_for_status().json()

    async def codes(self) -> tuple[str, ...]:
        """Addresses that no link leads to: the code at the window, and the one on a paper."""
        path = f"/api/v1/windows/{self.window}/rating-code"
        code = (await self.client.get(path, headers=self.clerk)).raise_for_status().json()
        database = await asyncpg.connect(self.running.settings.database_url)
        paper = await database.fetchval("SELECT code FROM documents ORDER BY id DESC LIMIT 1")
        await database.close()
        return urlsplit(code["url"]).path, f"/v/{paper}"

    async def evaluator(self, tab: Page) -> None:
        """The evaluator at rest and while it asks, enrolled with a code."""
        hall = str(self.running.hall.hall_id)
        new = {"hall_id": hall, "name": "平板评价器", "window_id": str(self.window)}
        made = await self.post("devices", await _as(self.client, "admin"), new)
        await tab.goto(f"{self.running.url}/kiosk#code={made['code']}")
        await tab.get_by_text("为您服务").or_(tab.get_by_text("工号")).first.wait_for()
        await seeing.take_pictures(tab, "kiosk-rest", whole=False)
        await self.post("visits", self.clerk, {"about": "小餐饮登记"})
        await tab.get_by_text("非常满意", exact=True).wait_for()
        await seeing.take_pictures(tab, "kiosk-asks", whole=False)


async def _take(running: Stage) -> Walk:
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        async with httpx.AsyncClient(base_url=running.url) as client:
            at_window = await AtWindow.begin(running, client)
            walk = Walk(running.url, browser, await at_window.codes())
            await walk.take()
            tab = await walk.tab("nobody")
            await at_window.evaluator(tab)
            walk.made += await shown(tab, "kiosk")
        await browser.close()
    return walk


def _made() -> Iterator[str]:
    for folder in sorted(path for path in seeing.SCREENS.iterdir() if path.is_dir()):
        yield f"{folder}: {len(list(folder.glob('*.png')))} pictures"


def main() -> int:
    """Take the pictures; 1 where that was not possible."""
    if chromium.find() is None:
        sys.stdout.write(f"{chromium.NO_PICTURES}\n")
        return 1
    logs.configure("console", "error")
    with tempfile.TemporaryDirectory(prefix="zhangban-screens-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL does not run as root, and must reach its data
        settings = read(state_dir=folder, log_level="warning")
        ports = {"port": free_port(), "sandbox_port": free_port()}
        with stage(settings, lambda what: print(f"· {what}"), **ports, with_story=True) as running:
            walk = asyncio.run(_take(running))
    lines = [*_made(), *(f"{path}: {path.stat().st_size} bytes" for path in walk.made)]
    lines += [f"not found by following links: {key}" for key in walk.missing()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
