"""A window with its evaluator page, its clerk, and what came of the ratings."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from playwright.async_api import Page, expect

from app.core import db
from app.core.acts import Act
from app.core.house import House
from evaluations.devices import service as devices
from evaluations.devices.schemas import DeviceIn
from evaluations.ratings import visits
from evaluations.ratings.schemas import VisitShown
from tests.evaluations.hub import on_duty, visit
from tests.places import Place, staff_headers

LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


@dataclass
class Desk:
    """Window 01 with its clerk, and ways to look at what the server knows."""

    house: House
    place: Place
    act_as: Callable[..., Act]
    client: httpx.AsyncClient
    device_id: UUID | None = None

    async def code(self) -> str:
        """A one-time code for a new evaluator of window 01."""
        new = DeviceIn(
            hall_id=self.place.hall_id, name="一号窗口评价器", window_id=self.place.windows["01"]
        )
        made = await devices.add(self.act_as(), new)
        self.device_id = made.device.id
        return made.code

    async def duty(self, name: str = "clerk") -> Act:
        return await on_duty(self.act_as, self.place, name)

    async def visit(self, about: str = "") -> VisitShown:
        """A visit begins: the evaluators prompt."""
        return await visit(self.act_as, self.place, about=about)

    async def end(self, served: VisitShown) -> None:
        await visits.end(self.act_as(await self.place.actor(self.act_as(), "clerk")), served.id)

    async def seen_by_clerk(self, served: VisitShown) -> dict[str, Any]:
        headers = await staff_headers(self.act_as(), self.place, "clerk")
        answer = await self.client.get(f"/api/v1/visits/{served.id}", headers=headers)
        return answer.json()

    async def ratings(self) -> list[dict[str, Any]]:
        return await db.fetch(
            "SELECT service_id, level, tags, comment, channel, device_id, happened_at"
            " FROM ratings ORDER BY received_at, id"
        )

    async def counted(self) -> dict[int, int]:
        """What the score table counts for window 01, by level."""
        rows = await db.fetch(
            "SELECT measure, sum(n)::int AS n FROM score_days WHERE dimension = 3 AND key = $1"
            " AND measure BETWEEN 1 AND 5 GROUP BY measure",
            str(self.place.windows["01"]),
        )
        return {row["measure"]: row["n"] for row in rows}

    async def health(self) -> dict[str, Any]:
        (row,) = await db.fetch(
            "SELECT queue_length, refused_count, version FROM devices WHERE id = $1", self.device_id
        )
        return row

    async def photograph(self, jpeg: bytes, name: str = "clerk") -> None:
        headers = await staff_headers(self.act_as(), self.place, "admin")
        path = f"/api/v1/staff/{self.place.staff[name]}/photo"
        sent = await self.client.post(
            path, content=jpeg, headers=headers | {"Content-Type": "image/jpeg"}
        )
        assert sent.status_code == 200, sent.text


async def enrol(page: Page, code: str, address: str = "/kiosk") -> None:
    """Type the code into the page, and wait until it is connected."""
    await page.goto(address)
    await page.get_by_label("登记码").fill(code)
    await page.get_by_role("button", name="登记", exact=True).click()
    await connected(page)


async def connected(page: Page) -> None:
    """Wait until the page hears from the server."""
    await expect(page.get_by_role("button", name="已连接")).to_be_visible()


async def works_offline(page: Page) -> None:
    """Wait until the service worker has everything and serves this page."""
    await page.evaluate("() => navigator.serviceWorker.ready")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def face(page: Page, level: int) -> Any:
    return page.get_by_role("button", name=LEVELS[level], exact=True)


async def rate(page: Page, level: int, *tags: str, comment: str = "") -> None:
    """Tap a face, then these tags, and submit."""
    await face(page, level).click()
    for tag in tags:
        await page.get_by_role("button", name=tag).click()
    if comment:
        await page.get_by_label("还想说的话").fill(comment)
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("heading", name="谢谢您的评价！")).to_be_visible()


STORED = """async () => {
    const asked = indexedDB.open("zhangban-kiosk");
    const db = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    const found = {};
    for (const store of db.objectStoreNames) {
        const all = db.transaction(store).objectStore(store).getAll();
        found[store] = await new Promise((done) => { all.onsuccess = () => done(all.result); });
    }
    db.close();
    return JSON.stringify(found);
}"""


async def stored(page: Page) -> dict[str, list[Any]]:
    """All that the page keeps, as far as a script can read it."""
    found: dict[str, list[Any]] = json.loads(await page.evaluate(STORED))
    return found


async def until(read: Callable[[], Awaitable[Any]]) -> Any:
    """What `read` finds, as soon as it finds something."""
    async with asyncio.timeout(20):
        while True:
            if found := await read():
                return found
            await asyncio.sleep(0.05)
