"""The boards of the console as whoever is signed in: pages read, forms sent, without a browser."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.cases.builders import World
from tests.supervision.watch import Watch


@dataclass
class Boards:
    """The console of the world's hall; `watch` makes cases, lights and entries there."""

    world: World
    watch: Watch

    async def ask(self, by: str, path: str, /, **query: Any) -> httpx.Response:
        """What comes of asking for an address of the console; `by` empty: not signed in."""
        headers = await self.world.staff(by) if by else {}
        return await self.world.client.get(f"/console{path}", params=query or None, headers=headers)

    async def page(self, by: str, path: str, /, **query: Any) -> str:
        """The HTML of a page that is there."""
        answer = await self.ask(by, path, **query)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:3000]}"
        return answer.text

    async def send(self, by: str, path: str, form: dict[str, Any] | None = None) -> httpx.Response:
        """What comes of a form of the console."""
        headers = await self.world.staff(by) if by else {}
        return await self.world.client.post(
            f"/console{path}", data=form or {"csrf": "-"}, headers=headers
        )

    async def done(self, by: str, path: str, form: dict[str, Any] | None = None) -> str:
        """Where a form leads that is taken."""
        answer = await self.send(by, path, form)
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:3000]}"
        return answer.headers["Location"]

    async def statuses(self, path: str, *people: str) -> dict[str, int]:
        """What each of these people gets for an address."""
        return {by: (await self.ask(by, path)).status_code for by in people}
