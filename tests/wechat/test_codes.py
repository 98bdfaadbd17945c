"""Mini-program codes."""

import io
from typing import Any

import pytest
from PIL import Image

from wechat.client import WeChat
from wechat.codes import mini_program_code
from wechat.errors import BadPage, BadScene, WeChatError

CODE = "/wxa/getwxacodeunlimit"


async def test_a_code_carries_its_scene_and_page(client: WeChat) -> None:
    picture = await mini_program_code(client, "w=12&k=9f", "pages/rate/index", width=300)
    image = Image.open(io.BytesIO(picture))
    image.load()
    assert image.size == (300, 300)
    assert (image.info["scene"], image.info["page"]) == ("w=12&k=9f", "pages/rate/index")


async def test_two_scenes_look_different(client: WeChat) -> None:
    one = await mini_program_code(client, "w=1", "pages/rate/index")
    two = await mini_program_code(client, "w=2", "pages/rate/index")
    assert Image.open(io.BytesIO(one)).tobytes() != Image.open(io.BytesIO(two)).tobytes()


async def test_a_trial_build_may_open_a_page_that_is_not_published(client: WeChat) -> None:
    assert await mini_program_code(client, "w=1", "pages/new/index", state="trial")
    with pytest.raises(BadPage) as caught:
        await mini_program_code(client, "w=1", "pages/new/index")
    assert caught.value.errcode == 41030


@pytest.mark.parametrize(
    ("scene", "page", "more", "error"),
    [
        ("w" * 33, "pages/rate/index", {}, BadScene),
        ("窗口", "pages/rate/index", {}, BadScene),
        ("w=1", "/pages/rate/index", {}, BadPage),
        ("w=1", "pages/rate/index?w=1", {}, BadPage),
        ("w=1", "pages/rate/index", {"width": 279}, WeChatError),
        ("w=1", "pages/rate/index", {"width": 1281}, WeChatError),
        ("w=1", "pages/rate/index", {"state": "release"}, WeChatError),
    ],
)
async def test_what_the_platform_would_refuse_is_not_asked(
    *,
    client: WeChat,
    controls: Any,
    scene: str,
    page: str,
    more: dict[str, Any],
    error: type[WeChatError],
) -> None:
    with pytest.raises(error):
        await mini_program_code(client, scene, page, **more)
    assert await controls.calls(CODE) == 0


@pytest.mark.parametrize(
    ("scene", "error", "errcode"), [("w" * 33, BadScene, 40169), ("窗口", BadScene, 40129)]
)
async def test_the_platforms_own_refusal_is_json_in_place_of_a_picture(
    client: WeChat, scene: str, error: type[WeChatError], errcode: int
) -> None:
    with pytest.raises(error) as caught:
        await client.get_unlimited_qrcode(scene, "pages/rate/index")
    assert caught.value.errcode == errcode
