"""小程序码 of windows and items: drawn once, printed at the hall, understood by the phone."""

import io
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from PIL import Image

from app.catalog.phone_codes import ITEM, ITEM_PAGE
from app.core.house import House
from app.halls.phone_codes import WINDOW, WINDOW_PAGE
from tests.cases.builders import World
from wechat.codes import pack_scene
from wechat.sandbox.faults import Fault
from wechat.sandbox.server import RunningSandbox

DRAWING = "/wxa/getwxacodeunlimit"


@pytest.fixture
def bad_day(wechat: RunningSandbox) -> Iterator[RunningSandbox]:
    """The platform's stand-in; its faults are taken away afterwards."""
    yield wechat
    wechat.platform.faults.clear()


async def code_of(world: World, path: str, name: str = "clerk") -> httpx.Response:
    return await world.client.get(
        f"/api/v1/{path}/mini-program-code", headers=await world.staff(name)
    )


def drawn(answer: httpx.Response) -> tuple[str, str]:
    """The scene and the page of a drawn code, as the stand-in writes them into its pictures."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (860, 860)
    return image.info["scene"], image.info["page"]


async def opened(world: World, scene: str) -> httpx.Response:
    return await world.client.get("/api/v1/mini-program/scene", params={"scene": scene})


async def test_a_windows_code_opens_the_mini_program_at_that_window(world: World) -> None:
    window = world.place.windows["01"]
    answer = await code_of(world, f"windows/{window}")
    scene, page = drawn(answer)
    assert (scene, page) == (pack_scene(WINDOW, window), WINDOW_PAGE)
    assert answer.headers["cache-control"] == "private, max-age=86400"
    shown = (await opened(world, scene)).json()
    hall = (await world.client.get("/api/v1/halls")).json()["items"]
    names = {one["id"]: one["name"] for one in hall}
    assert (shown["kind"], shown["id"], shown["number"]) == ("window", str(window), "01")
    assert shown["hall_name"] == names[shown["hall_id"]]


async def test_an_items_code_opens_the_mini_program_at_that_item(world: World) -> None:
    item = await world.item("CODED", name="烟花爆竹经营（零售）许可")
    scene, page = drawn(await code_of(world, f"items/{item.id}"))
    assert (scene, page) == (pack_scene(ITEM, item.id), ITEM_PAGE)
    shown = (await opened(world, scene)).json()
    assert (shown["kind"], shown["id"]) == ("item", str(item.id))
    assert (shown["name"], shown["number"]) == ("烟花爆竹经营（零售）许可", None)
    assert shown["hall_id"] == str(world.place.hall_id)


async def test_a_code_is_drawn_once_and_kept(world: World, wechat: RunningSandbox) -> None:
    item = await world.item("CODED")
    before = wechat.platform.calls.get(DRAWING, 0)
    first = await code_of(world, f"items/{item.id}")
    again = await code_of(world, f"items/{item.id}", "manager")
    assert again.content == first.content
    assert wechat.platform.calls[DRAWING] == before + 1


async def test_a_code_of_another_hall_is_not_given(world: World) -> None:
    far = await code_of(world, f"windows/{world.place.windows['far']}", "admin")
    assert far.status_code == 403
    assert (await code_of(world, f"windows/{uuid4()}")).status_code == 404
    assert (await code_of(world, f"items/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    ("errcode", "status", "code"),
    [
        (45009, 503, "wechat.quota_used_up"),
        (41030, 409, "phone_codes.page_not_published"),
        (-1, 503, "wechat.platform_down"),
    ],
)
async def test_what_the_platform_refuses_is_told_in_a_sentence(
    *, world: World, bad_day: RunningSandbox, errcode: int, status: int, code: str
) -> None:
    item = await world.item("CODED")
    bad_day.platform.faults.add(Fault(kind="errcode", errcode=errcode, path=DRAWING))
    answer = await code_of(world, f"items/{item.id}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    bad_day.platform.faults.clear()
    drawn(await code_of(world, f"items/{item.id}"))


async def test_without_a_mini_program_there_is_no_code(world: World, house: House) -> None:
    before = house.settings
    house.settings = msgspec.structs.replace(before, wechat_appid="")
    try:
        answer = await code_of(world, f"windows/{world.place.windows['01']}")
    finally:
        house.settings = before
    assert (answer.status_code, answer.json()["code"]) == (409, "phone_codes.not_set_up")


@pytest.mark.parametrize(
    "scene", ["id=1", "w=12345", "x" * 40, pack_scene("z", UUID(int=7)), "窗口", "w=" + "-" * 22]
)
async def test_a_foreign_scene_is_told_as_such(world: World, scene: str) -> None:
    answer = await opened(world, scene)
    assert (answer.status_code, answer.json()["code"]) == (422, "phone_codes.foreign_scene")


async def test_a_scene_of_what_is_gone_is_told_as_such(world: World) -> None:
    item = await world.item("CODED")
    admin = await world.staff("admin")
    path, why = f"/api/v1/items/{item.id}/withdraw", {"reason": "已取消"}
    gone = await world.client.post(path, json=why, headers=admin)
    assert gone.status_code in (200, 204), gone.text
    for scene in (pack_scene(WINDOW, uuid4()), pack_scene(ITEM, item.id)):
        answer = await opened(world, scene)
        assert (answer.status_code, answer.json()["code"]) == (404, "phone_codes.unknown_scene")
