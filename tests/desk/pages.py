"""Reading the desk's pages and sending its forms, as whoever is signed in."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.cases.builders import World


@dataclass
class Desk:
    """The desk of the world's hall, without a browser."""

    world: World

    async def page(self, by: str, path: str = "", status: int = 200, **query: Any) -> str:
        """The HTML of a page of the desk."""
        headers = await self.world.staff(by) if by else {}
        answer = await self.world.client.get(f"/desk{path}", params=query or None, headers=headers)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        return answer.text

    async def send(self, by: str, path: str, form: dict[str, Any] | None = None) -> httpx.Response:
        """What comes of a form of the desk."""
        headers = await self.world.staff(by) if by else {}
        return await self.world.client.post(
            f"/desk{path}", data=form or {"csrf": "-"}, headers=headers
        )

    async def done(self, by: str, path: str, form: dict[str, Any] | None = None) -> str:
        """Where a form of the desk leads that is taken."""
        answer = await self.send(by, path, form)
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:2000]}"
        return answer.headers["Location"]
