"""The platform's side of a push: written by the sandbox's own code, sent over HTTP."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest

from app.core import db
from app.core.house import House
from app.pushes.service import PushDoor
from wechat.push import PushKeys
from wechat.sandbox.envelopes import Envelope, Target, write

ADDRESS = "/wechat/push"
TOKEN = "token-of-pushes"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
APPID = "wx-test"


class Platform:
    """Pushes to the house as the console is set; what it sends can be spoilt."""

    def __init__(self, http: httpx.AsyncClient, house: House) -> None:
        self.http = http
        self.house = house
        self.target = Target("http://house/wechat/push", TOKEN, AES_KEY)

    def now(self) -> int:
        return int(self.house.clock.now().timestamp())

    def written(self, message: Mapping[str, Any], appid: str = APPID) -> Envelope:
        return write(self.target, appid, message, self.now())

    async def send(self, envelope: Envelope) -> httpx.Response:
        headers = {"content-type": envelope.content_type}
        return await self.http.post(
            ADDRESS, params=envelope.query, content=envelope.body, headers=headers
        )

    async def push(self, event: str, **more: Any) -> httpx.Response:
        return await self.send(self.written(self.message(event, **more)))

    def message(self, event: str, **more: Any) -> dict[str, Any]:
        usual = {
            "ToUserName": "gh_1",
            "FromUserName": "o-wangfang",
            "CreateTime": self.now(),
            "MsgType": "event",
            "Event": event,
        }
        return usual | more


@pytest.fixture
def door(house: House, monkeypatch: pytest.MonkeyPatch) -> PushDoor:
    """The house takes pushes in secure mode."""
    found = PushDoor(PushKeys(TOKEN, AES_KEY, APPID))
    monkeypatch.setitem(house._parts, PushDoor, found)
    return found


@pytest.fixture
def platform(client: httpx.AsyncClient, house: House, door: PushDoor) -> Platform:
    return Platform(client, house)


@pytest.fixture
def settings_with(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    def change(**given: Any) -> None:
        monkeypatch.setattr(house, "settings", msgspec.structs.replace(house.settings, **given))

    return change


async def in_outbox() -> list[tuple[str, dict[str, Any]]]:
    """What the pushes have put into the outbox: topic and payload."""
    rows = await db.fetch(
        "SELECT topic, payload::text AS payload FROM outbox WHERE topic LIKE 'wechat.%' ORDER BY id"
    )
    return [(row["topic"], msgspec.json.decode(row["payload"])) for row in rows]
