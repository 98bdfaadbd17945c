"""A citizen's photos over real HTTP: sent, shown to their owner alone, refused, forgotten."""

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from PIL import Image

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.storage import StorageDown
from app.materials import pictures, service
from tests.places import Place, code_of, staff_headers

from . import odd_pictures as odd
from .conftest import Phone, Stored

PHOTO = odd.phone_photo(6)
ANOTHER = odd.phone_photo(1, (320, 240))
NothingLeft = Callable[[], Awaitable[bool]]


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg), formats=("JPEG",))


class TestSending:
    async def test_a_lying_photo_comes_back_upright_small_and_without_metadata(
        self, phone: Phone
    ) -> None:
        sent = odd.phone_photo(6, (1800, 2400))
        with Image.open(io.BytesIO(sent)) as original:
            assert original.getexif().get_ifd(0x8825), "the photo says where it was taken"
        answer = await phone.send(sent, "身份证.jpg")
        shown = answer.json()
        assert answer.status_code == 201
        assert (shown["width"], shown["height"]) == (1200, 1600)
        assert shown["filename"] == "身份证.jpg"
        assert shown["attached"] is False
        for size, longest in (("display", 1600), ("thumbnail", 320)):
            picture = await phone.get(f"/{shown['id']}/{size}")
            assert picture.status_code == 200
            assert picture.headers["Content-Type"] == "image/jpeg"
            assert picture.headers["Cache-Control"] == "private, no-store"
            assert picture.headers["Content-Disposition"].startswith("inline")
            assert odd.corners(picture.content) == odd.UPRIGHT
            assert max(opened(picture.content).size) == longest
            assert {marker for marker, _ in odd.segments(picture.content)} == {
                0xE0, 0xDB, 0xC0, 0xC4, 0xDA,
            }  # fmt: skip
            assert odd.SECRET not in picture.content

    @pytest.mark.parametrize("data", [odd.png(), odd.saved(odd.scene(), "WEBP"), odd.HEIC])
    async def test_other_formats_come_back_as_jpeg(self, phone: Phone, data: bytes) -> None:
        material_id = await phone.send_well(data)
        answer = await phone.get(f"/{material_id}/display")
        assert odd.corners(answer.content) == odd.UPRIGHT

    async def test_the_same_photo_twice_is_one_material(self, phone: Phone, stored: Stored) -> None:
        first = await phone.send(PHOTO, "first.jpg")
        second = await phone.send(PHOTO, "second.jpg")
        assert second.status_code == 201
        assert second.json() == first.json()
        assert len(await stored()) == 2

    async def test_two_people_with_the_same_photo_share_a_picture_and_no_material(
        self, phone: Phone, other_phone: Phone, stored: Stored
    ) -> None:
        mine, theirs = await phone.send_well(PHOTO), await other_phone.send_well(PHOTO)
        assert mine != theirs
        assert len(await stored()) == 2
        assert (await phone.delete(mine)).status_code == 204
        assert (await other_phone.get(f"/{theirs}/display")).status_code == 200
        assert (await other_phone.delete(theirs)).status_code == 204
        assert await stored() == []

    async def test_the_list_is_read_page_by_page_the_newest_first(
        self, phone: Phone, other_phone: Phone
    ) -> None:
        sent = [await phone.send_well(odd.jpeg((40 + n, 50))) for n in range(5)]
        await other_phone.send_well(ANOTHER)
        seen, after = [], None
        while True:
            page = (await phone.get(limit=2, **({"after": after} if after else {}))).json()
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == sent[::-1]

    @pytest.mark.parametrize("after", ["nonsense", "WzFd", "*"])
    async def test_a_place_in_the_list_that_is_none_is_refused(
        self, phone: Phone, after: str
    ) -> None:
        assert code_of(await phone.get(after=after)) == "invalid_query"

    async def test_it_leaves_an_entry_in_the_trail_without_its_name(self, phone: Phone) -> None:
        material_id = (await phone.send(PHOTO, "张三的身份证.jpg")).json()["id"]
        entry = await db.fetch_one(
            "SELECT actor, verb, data::text AS data FROM audit_entries WHERE subject = $1",
            f"material:{material_id}",
        )
        assert entry
        assert (entry["actor"], entry["verb"]) == (
            f"citizen:{phone.citizen_id}",
            "material.taken_in",
        )
        assert "张三" not in entry["data"]


class TestWhoMay:
    @pytest.fixture
    async def material_id(self, phone: Phone) -> str:
        return await phone.send_well(PHOTO)

    PATHS = ("", "/display", "/thumbnail")

    async def test_another_citizen_is_told_what_a_missing_one_is_told(
        self, other_phone: Phone, material_id: str
    ) -> None:
        for path in self.PATHS:
            foreign = await other_phone.get(f"/{material_id}{path}")
            missing = await other_phone.get(f"/{uuid4()}{path}")
            assert foreign.status_code == missing.status_code == 404
            untold = {"request_id": None}
            assert foreign.json() | untold == missing.json() | untold
        assert (await other_phone.delete(material_id)).status_code == 404
        assert (await other_phone.get()).json()["items"] == []

    async def test_nobody_and_staff_are_turned_away(
        self,
        client: httpx.AsyncClient,
        material_id: str,
        place: Place,
        act_as: Callable[..., Act],
    ) -> None:
        clerk = Phone(client, uuid4(), await staff_headers(act_as(), place, "clerk"))
        for asker, status in ((Phone(client, uuid4(), {}), 401), (clerk, 403)):
            answers = [await asker.get(f"/{material_id}{path}") for path in self.PATHS]
            answers += [
                await asker.get(),
                await asker.send(PHOTO),
                await asker.delete(material_id),
            ]
            assert [answer.status_code for answer in answers] == [status] * 6


class TestRefusing:
    @pytest.fixture(autouse=True)
    async def leaves_nothing(self, phone: Phone, nothing_left: NothingLeft):
        yield
        assert await nothing_left()

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"%PDF-1.7 and so on", "materials.damaged"),
            (b"\0\0\0\x20ftypisom and so on", "materials.not_a_photo"),
            (b"just text", "materials.not_a_photo"),
            (PHOTO[: len(PHOTO) // 2], "materials.damaged"),
            (odd.jpeg((20, 20)), "materials.too_small"),
            (odd.png_of(20_000, 20_000), "materials.too_many_pixels"),
            (b"", "materials.empty_file"),
        ],
    )
    async def test_what_is_no_photo_with_a_sentence_that_helps(
        self, phone: Phone, data: bytes, code: str
    ) -> None:
        answer = await phone.send(data)
        assert answer.status_code == 422
        assert code_of(answer) == code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.json()["title"])

    @pytest.mark.parametrize("excess", [1, 3_000_000])
    async def test_a_file_that_is_too_large(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch, excess: int
    ) -> None:
        settings = msgspec.structs.replace(house.settings, upload_max_bytes=100_000)
        monkeypatch.setattr(house, "settings", settings)
        answer = await phone.send(PHOTO + bytes(100_000 - len(PHOTO) + excess))
        assert answer.status_code == 413
        assert code_of(answer) == "materials.too_large"

    async def test_more_photos_than_an_hour_has_room_for(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = msgspec.structs.replace(house.settings, uploads_per_hour=2)
        monkeypatch.setattr(house, "settings", settings)
        for _ in range(2):
            assert (await phone.send(b"no photo, but an upload")).status_code == 422
        answer = await phone.send(PHOTO)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"]

    async def test_a_photo_while_the_storage_is_down(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def down(key: str, data: bytes) -> None:
            raise StorageDown

        monkeypatch.setattr(house.storage, "put", down)
        answer = await phone.send(PHOTO)
        assert answer.status_code == 503
        assert code_of(answer) == "storage.down"


class TestAClientThatHangsUp:
    async def _begin(self, server_url: str, phone: Phone, sent: int) -> asyncio.StreamWriter:
        body = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            + PHOTO
            + b"\r\n--b--\r\n"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server_url).port)
        writer.write(
            b"POST /api/v1/materials HTTP/1.1\r\nHost: x\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n"
            b"Authorization: %s\r\nContent-Length: %d\r\n\r\n"
            % (phone.headers["Authorization"].encode(), len(body))
            + body[: sent or len(body)]
        )
        await writer.drain()
        return writer

    async def test_half_way_leaves_nothing(
        self, server_url: str, phone: Phone, house: House, nothing_left: NothingLeft
    ) -> None:
        folder = service.upload_folder(house)
        writer = await self._begin(server_url, phone, sent=4000)
        await until(lambda: any(folder.iterdir()))
        writer.transport.abort()
        await until(lambda: not any(folder.iterdir()))
        assert await nothing_left()

    async def test_while_the_photo_is_drawn_leaves_nothing(
        self,
        server_url: str,
        phone: Phone,
        house: House,
        nothing_left: NothingLeft,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

        def slow(path: Path, **options: Any) -> pictures.Picture:
            data = path.with_name("kept-by-the-test")
            data.write_bytes(path.read_bytes())
            began.set()
            go_on.wait(5)
            try:
                return draw(data, **options)
            finally:
                data.unlink()
                ended.set()

        draw = pictures.take_in
        monkeypatch.setattr(pictures, "take_in", slow)
        writer = await self._begin(server_url, phone, sent=0)
        await until(began.is_set)
        writer.transport.abort()
        await until(lambda: not any(service.upload_folder(house).glob("upload-*")))
        go_on.set()
        await until(ended.is_set)
        await asyncio.sleep(0.05)
        assert await nothing_left()


class TestForgetting:
    async def test_deletes_rows_and_objects(self, phone: Phone, nothing_left: NothingLeft) -> None:
        material_id = await phone.send_well(PHOTO)
        assert (await phone.delete(material_id)).status_code == 204
        assert await nothing_left()
        assert (await phone.get(f"/{material_id}/display")).status_code == 404
        assert (await phone.delete(material_id)).status_code == 404

    async def test_is_refused_for_what_belongs_to_an_application(
        self, phone: Phone, act_as: Callable[..., Act]
    ) -> None:
        material_id = await phone.send_well(PHOTO)
        await service.claim(act_as(), phone.citizen_id, [UUID(material_id)])
        answer = await phone.delete(material_id)
        assert answer.status_code == 409
        assert code_of(answer) == "materials.in_use"
        assert (await phone.get(f"/{material_id}")).json()["attached"] is True

    async def test_twice_at_once_happens_once(self, phone: Phone) -> None:
        material_id = await phone.send_well(PHOTO)
        answers = await asyncio.gather(*(phone.delete(material_id) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]

    async def test_and_sending_again_gives_a_new_material(
        self, phone: Phone, stored: Stored
    ) -> None:
        first = await phone.send_well(PHOTO)
        await phone.delete(first)
        second = await phone.send_well(PHOTO)
        assert first != second
        assert len(await stored()) == 2
        assert (await phone.get(f"/{second}/thumbnail")).status_code == 200


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
