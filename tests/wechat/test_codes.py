"""Mini-program codes."""

import asyncio
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from redis.asyncio import Redis

from app.core.storage import Storage, StorageDown
from app.settings import read
from wechat.client import WeChat
from wechat.codes import CodeShelf, mini_program_code, pack_scene, unpack_scene
from wechat.errors import BadPage, BadScene, QuotaUsedUp, WeChatError
from wechat.rules import check_scene

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


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    found = Storage.open(read({}, storage_url=str(tmp_path)))
    yield found
    found.close()


class TestShelf:
    async def test_many_callers_in_several_workers_cause_one_fetch(
        self, new_client: Callable[..., WeChat], storage: Storage, redis: Redis, controls: Any
    ) -> None:
        await controls.fault("latency", path=CODE, seconds=0.1)
        shelves = [CodeShelf(new_client(redis=redis), storage, redis) for _ in range(3)]
        pictures = await asyncio.gather(
            *(shelf.picture("w=1", "pages/rate/index") for shelf in shelves for _ in range(5))
        )
        assert len(set(pictures)) == 1
        assert await controls.calls(CODE) == 1

    async def test_what_was_drawn_once_is_kept(
        self, client: WeChat, storage: Storage, redis: Redis, controls: Any
    ) -> None:
        shelf = CodeShelf(client, storage, redis)
        first = await shelf.picture("w=1", "pages/rate/index")
        await controls.fault("http_5xx")
        again = CodeShelf(client, storage, None)
        assert await again.picture("w=1", "pages/rate/index") == first

    async def test_scene_page_width_and_build_each_make_another(
        self, client: WeChat, storage: Storage, redis: Redis, controls: Any
    ) -> None:
        shelf = CodeShelf(client, storage, redis)
        await shelf.picture("w=1", "pages/rate/index")
        await shelf.picture("w=2", "pages/rate/index")
        await shelf.picture("w=1", "pages/case/detail")
        await shelf.picture("w=1", "pages/rate/index", width=300)
        await shelf.picture("w=1", "pages/rate/index", state="trial")
        assert await controls.calls(CODE) == 5

    async def test_a_refusal_is_not_kept(
        self, client: WeChat, storage: Storage, redis: Redis, controls: Any
    ) -> None:
        shelf = CodeShelf(client, storage, redis)
        await controls.post("quotas", path=CODE, most=0, seconds=60)
        with pytest.raises(QuotaUsedUp):
            await shelf.picture("w=1", "pages/rate/index")
        await controls.http.delete("/_sandbox/quotas")
        assert await shelf.picture("w=1", "pages/rate/index")

    async def test_what_the_platform_would_refuse_is_not_asked(
        self, client: WeChat, storage: Storage, redis: Redis, controls: Any
    ) -> None:
        shelf = CodeShelf(client, storage, redis)
        for scene, page, error in (
            ("窗口", "pages/rate/index", BadScene),
            ("w=1", "/pages", BadPage),
        ):
            with pytest.raises(error):
                await shelf.picture(scene, page)
        assert await controls.calls(CODE) == 0

    async def test_redis_or_the_store_may_be_away(
        self,
        client: WeChat,
        storage: Storage,
        no_redis: Redis,
        controls: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        assert await CodeShelf(client, storage, no_redis).picture("w=1", "pages/rate/index")

        async def down(*_: Any) -> None:
            raise StorageDown

        monkeypatch.setattr(storage, "get", down)
        monkeypatch.setattr(storage, "put", down)
        assert await CodeShelf(client, storage, None).picture("w=1", "pages/rate/index")
        assert await controls.calls(CODE) == 2

    async def test_who_hangs_up_does_not_stop_it_for_the_others(
        self, client: WeChat, storage: Storage, redis: Redis, controls: Any
    ) -> None:
        await controls.fault("latency", path=CODE, seconds=0.2)
        shelf = CodeShelf(client, storage, redis)
        first = asyncio.create_task(shelf.picture("w=1", "pages/rate/index"))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(shelf.picture("w=1", "pages/rate/index"))
        await asyncio.sleep(0.02)
        first.cancel()
        assert await second
        assert await controls.calls(CODE) == 1


class TestScenes:
    @given(letter=st.sampled_from("abcxyzwi"), thing_id=st.uuids())
    def test_a_thing_fits_into_a_scene_and_comes_out_again(
        self, letter: str, thing_id: UUID
    ) -> None:
        scene = pack_scene(letter, thing_id)
        check_scene(scene)
        assert unpack_scene(scene) == (letter, thing_id)

    @pytest.mark.parametrize(
        "scene",
        [
            "",
            "w",
            "w=",
            "w=AAAAAAAAAAAAAAAAAAAAA",
            "w=AAAAAAAAAAAAAAAAAAAAAAA",
            "W=AAAAAAAAAAAAAAAAAAAAAA",
            "w=AAAAAAAAAAAAAAAAAAAAAB",
            "w=!!!!!!!!!!!!!!!!!!!!!!",
            "w:AAAAAAAAAAAAAAAAAAAAAA",
        ],
    )
    def test_what_was_not_packed_is_refused(self, scene: str) -> None:
        with pytest.raises(BadScene):
            unpack_scene(scene)

    def test_a_letter_is_one_of_a_to_z(self) -> None:
        with pytest.raises(ValueError, match="letter"):
            pack_scene("窗", UUID(int=1))
