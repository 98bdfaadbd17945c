"""Another system of the hall: it signs each request with its own key, by the house's clock."""

from typing import Any

import msgspec

from app.walkthrough.cast import Desk, Evaluator
from app.walkthrough.moved_house import MovedHouse


class OtherSystem(Evaluator):
    """A carrier's or a department's system, which signs as devices do."""

    place: MovedHouse

    @classmethod
    async def made(cls, place: MovedHouse, admin: Desk, name: str) -> "OtherSystem":
        """The administrator gives it a key."""
        body = {"hall_id": place.hall, "name": name}
        made = await admin.post("/api/v1/clients", body, status=201)
        found = cls(place.http, made["client"]["id"], made["key"])
        found.place = place
        return found

    def _sign(self, method: str, path: str, content: bytes = b"") -> None:
        now = self.place.house.clock.now().timestamp()
        parts = self.signature(method, path, content, at=now)
        self.headers = {
            "Zhangban-Client": parts["device"],
            "Zhangban-Timestamp": parts["timestamp"],
            "Zhangban-Nonce": parts["nonce"],
            "Zhangban-Signature": parts["signature"],
            "Content-Type": "application/json",
        }

    async def get(self, path: str, **query: Any) -> Any:
        """Read something; what is asked for is not part of the signature."""
        self._sign("GET", path)
        return await self.ask("GET", path, params=query)

    async def post(
        self, path: str, body: Any = None, *, status: int = 200, key: str | None = None
    ) -> Any:
        """Report something."""
        content = msgspec.json.encode(body)
        self._sign("POST", path, content)
        return await self.ask("POST", path, status=status, key=key, content=content)
