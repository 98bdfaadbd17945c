"""Sample pictures: an administrator sends one, everybody sees it beside the material."""

import io
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from PIL import Image

from app.catalog import service
from app.catalog.guide import Guide, Requirement
from app.catalog.schemas import ItemIn
from app.core import db
from app.core.acts import Act
from tests.catalog.makers import content
from tests.places import Place, code_of, staff_headers

ActAs = Callable[..., Act]
JPEG = {"Content-Type": "image/jpeg"}


def picture(shade: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 400), (shade, 120, 200)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def admin(act_as: ActAs, place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


async def send(
    client: httpx.AsyncClient, hall_id: UUID, headers: dict[str, str], raw: bytes
) -> httpx.Response:
    path = f"/api/v1/halls/{hall_id}/samples"
    return await client.post(path, files={"file": ("样例.png", raw)}, headers=headers)


async def test_a_sample_is_drawn_anew_and_everybody_may_keep_it(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place
) -> None:
    made = await send(client, place.hall_id, admin, picture())
    assert made.status_code == 201, made.text
    assert (made.json()["width"], made.json()["height"]) == (640, 400)
    shown = await client.get(made.json()["address"])
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert "public" in shown.headers["cache-control"]
    assert "immutable" in shown.headers["cache-control"]
    assert Image.open(io.BytesIO(shown.content)).size == (640, 400)


async def test_the_same_picture_again_is_the_same_sample(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place
) -> None:
    first = await send(client, place.hall_id, admin, picture())
    again = await send(client, place.hall_id, admin, picture())
    other = await send(client, place.hall_id, admin, picture(7))
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    entries = await db.fetch(
        "SELECT 1 FROM audit_entries WHERE verb = 'sample.added' AND hall_id = $1", place.hall_id
    )
    assert len(entries) == 2


async def test_the_guide_shows_its_address(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place, act_as: ActAs
) -> None:
    sample = (await send(client, place.hall_id, admin, picture())).json()
    materials = (
        Requirement(code="a", name="门头照片", sample_picture=UUID(sample["id"])),
        Requirement(code="b", name="平面图"),
    )
    made = await service.add_item(act_as(), item(place, Guide(materials=materials)))
    shown = (await client.get(f"/api/v1/items/{made.item_id}")).json()
    assert shown["samples"] == {"a": sample["address"]}
    told = await client.post(f"/api/v1/items/{made.item_id}/situation", json={})
    addresses = [m["sample_address"] for m in told.json()["told"]["materials"]]
    assert addresses == [sample["address"], None]


async def test_a_guide_shows_no_sample_that_its_hall_does_not_have(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place, act_as: ActAs
) -> None:
    far = await staff_headers(act_as(), place, "far_admin")
    elsewhere = (await send(client, place.other_hall_id, far, picture())).json()
    for missing in (UUID(elsewhere["id"]), UUID(int=1)):
        guide = Guide(materials=(Requirement(code="a", name="甲", sample_picture=missing),))
        with pytest.raises(service.ContentInvalid, match="示例图片不存在"):
            await service.add_item(act_as(), item(place, guide))


def item(place: Place, guide: Guide) -> ItemIn:
    return ItemIn(
        hall_id=place.hall_id,
        implementation_code="P-1",
        department_id=place.departments["water"],
        content=content(guide=guide),
    )


async def test_what_is_no_picture_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place
) -> None:
    answer = await send(client, place.hall_id, admin, b"%PDF-1.7")
    assert code_of(answer) == "materials.not_a_photo"
    assert await db.fetch("SELECT 1 FROM sample_pictures") == []


@pytest.mark.parametrize("name", ["clerk", "manager", "far_admin"])
async def test_others_send_none(
    client: httpx.AsyncClient, act_as: ActAs, place: Place, name: str
) -> None:
    headers = await staff_headers(act_as(), place, name)
    answer = await send(client, place.hall_id, headers, picture())
    assert code_of(answer) == "forbidden"


async def test_a_sample_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    assert code_of(await client.get(f"/api/v1/samples/{UUID(int=5)}")) == "not_found"
