"""Citizens who send photos, over HTTP or not, and a look into the storage and the tables."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.house import House
from app.materials import rules, service
from app.materials.intake import Upload
from tests.places import citizen_actor

from . import odd_pictures as odd

Stored = Callable[[], Awaitable[list[str]]]
ActAs = Callable[..., Act]
Send = Callable[..., Awaitable[service.MaterialShown]]


class Phone:
    """A citizen's phone: what it sends is who they are."""

    def __init__(self, client: httpx.AsyncClient, citizen_id: UUID, headers: dict[str, str]):
        self.client = client
        self.citizen_id = citizen_id
        self.headers = headers

    async def send(self, data: bytes, filename: str = "照片.jpg") -> httpx.Response:
        return await self.client.post(
            "/api/v1/materials", files={"file": (filename, data)}, headers=self.headers
        )

    async def send_well(self, data: bytes) -> str:
        answer = await self.send(data)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def get(self, path: str = "", **query: str | int) -> httpx.Response:
        return await self.client.get(f"/api/v1/materials{path}", params=query, headers=self.headers)

    async def delete(self, material_id: str) -> httpx.Response:
        return await self.client.delete(f"/api/v1/materials/{material_id}", headers=self.headers)


@pytest.fixture
async def stored(house: House) -> Stored:
    """`await stored()` lists the keys of all objects; there are none when the test begins."""

    async def keys() -> list[str]:
        return sorted([key async for key, _ in house.storage.list()])

    for key in await keys():
        await house.storage.delete(key)
    return keys


@pytest.fixture
def nothing_left(house: House, stored: Stored) -> Callable[[], Awaitable[bool]]:
    """Whether tables, storage and the folder of uploads hold nothing of any photo."""
    for left in service.upload_folder(house).iterdir():
        left.unlink()  # of an upload of an earlier test, whose row was emptied away

    async def look() -> bool:
        row = await db.fetch_one(
            "SELECT (SELECT count(*) FROM materials) + (SELECT count(*) FROM pictures) AS rows"
        )
        files = list(service.upload_folder(house).iterdir())
        return row == {"rows": 0} and await stored() == [] and files == []

    return look


@pytest.fixture
async def phone(client: httpx.AsyncClient, act_as: ActAs, stored: Stored) -> Phone:
    actor, headers = await citizen_actor(act_as())
    return Phone(client, actor.id, headers)


@pytest.fixture
async def other_phone(client: httpx.AsyncClient, act_as: ActAs) -> Phone:
    actor, headers = await citizen_actor(act_as(), "o-somebody-else")
    return Phone(client, actor.id, headers)


@pytest.fixture
async def owner(act_as: ActAs, stored: Stored) -> Citizen:
    return (await citizen_actor(act_as()))[0]


@pytest.fixture
async def stranger(act_as: ActAs) -> Citizen:
    return (await citizen_actor(act_as(), "o-stranger"))[0]


@pytest.fixture
def send(act_as: ActAs, tmp_path: Path) -> Send:
    """`send(actor, data)` takes in a photo as if it had just been uploaded."""

    async def take(actor: Any, data: bytes = b"", house: House | None = None) -> Any:
        path = tmp_path / uuid4().hex
        path.write_bytes(data or odd.jpeg())
        act = act_as(actor)
        act.house = house or act.house
        return await service.take_in(act, Upload(path, path.stat().st_size, "a.jpg"))

    return take


async def count(table: str) -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table}")
    assert row
    return row["n"]


async def every_row_has_its_objects(act: Act) -> bool:
    rows = await db.fetch("SELECT id FROM materials")
    for row in rows:
        for size in rules.SIZES:
            await service.content(act, row["id"], size)
    return True
