"""Uploads in pieces over real HTTP: they go on where the line broke, and count once."""

import asyncio
import base64
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.storage import StorageDown
from app.materials import resumable, service
from tests.places import Place, citizen_actor, code_of, staff_headers

from . import odd_pictures as odd
from .conftest import Phone

ActAs = Callable[..., Act]
NothingLeft = Callable[[], Awaitable[bool]]
PHOTO = odd.phone_photo(6, (900, 1200))
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(autouse=True)
def empty_folder(house: House) -> None:
    for path in service.upload_folder(house).iterdir():
        path.unlink()


class Upload:
    """A phone that sends one file in pieces."""

    def __init__(self, phone: Phone, path: str) -> None:
        self.phone = phone
        self.path = path

    async def send(self, offset: int, data: bytes, **headers: str) -> httpx.Response:
        told = self.phone.headers | PIECE | {"Upload-Offset": str(offset)} | headers
        return await self.phone.client.patch(self.path, content=data, headers=told)

    async def offset(self) -> int:
        answer = await self.phone.client.head(self.path, headers=self.phone.headers | TUS)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])

    async def end(self) -> httpx.Response:
        return await self.phone.client.delete(self.path, headers=self.phone.headers | TUS)


async def begin(phone: Phone, size: int, **headers: str) -> httpx.Response:
    told = phone.headers | TUS | {"Upload-Length": str(size)} | headers
    return await phone.client.post("/api/v1/uploads", headers=told)


async def begun(phone: Phone, size: int = len(PHOTO)) -> Upload:
    name = base64.b64encode("营业执照.jpg".encode()).decode()
    answer = await begin(phone, size, **{"Upload-Metadata": f"filetype aW1hZ2U=,filename {name}"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Upload-Offset"] == "0"
    return Upload(phone, answer.headers["Location"])


class TestSending:
    async def test_in_pieces_it_becomes_what_it_would_have_become_whole(
        self, phone: Phone, house: House
    ) -> None:
        upload, third = await begun(phone), len(PHOTO) // 3
        first = await upload.send(0, PHOTO[:third])
        assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(third))
        assert "Upload-Material" not in first.headers
        assert await upload.offset() == third
        last = await upload.send(third, PHOTO[third:])
        assert last.status_code == 204
        whole = (await phone.send(PHOTO)).json()
        assert whole["id"] == last.headers["Upload-Material"]
        assert whole["filename"] == "营业执照.jpg"
        assert list(service.upload_folder(house).iterdir()) == []

    async def test_the_last_piece_again_is_answered_as_the_first_time(self, phone: Phone) -> None:
        upload, half = await begun(phone), len(PHOTO) // 2
        await upload.send(0, PHOTO[:half])
        answers = [await upload.send(half, PHOTO[half:]) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {204}
        assert len({answer.headers["Upload-Material"] for answer in answers}) == 1
        assert await upload.offset() == len(PHOTO)
        shown = await phone.client.get(upload.path, headers=phone.headers)
        assert shown.json()["material_id"] == answers[0].headers["Upload-Material"]
        assert code_of(await upload.send(0, PHOTO[:half])) == "materials.wrong_offset"

    async def test_a_piece_from_elsewhere_is_refused_and_told_where_to_go_on(
        self, phone: Phone
    ) -> None:
        upload = await begun(phone)
        await upload.send(0, PHOTO[:500])
        for offset in (0, 499, 501, len(PHOTO)):
            answer = await upload.send(offset, b"x" * 10)
            assert answer.status_code == 409
            assert code_of(answer) == "materials.wrong_offset"
            assert answer.json()["offset"] == 500
        assert await upload.offset() == 500

    async def test_more_than_was_announced_is_refused_and_nothing_of_it_kept(
        self, phone: Phone
    ) -> None:
        upload = await begun(phone, 1000)
        await upload.send(0, PHOTO[:400])
        answer = await upload.send(400, b"x" * 601)
        assert code_of(answer) == "materials.too_large"
        assert await upload.offset() == 400

    async def test_clients_without_patch_say_it_in_a_header(self, phone: Phone) -> None:
        upload = await begun(phone)
        told = phone.headers | PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
        answer = await phone.client.post(upload.path, content=PHOTO, headers=told)
        assert answer.status_code == 204
        assert answer.headers["Upload-Material"]
        told = phone.headers | TUS
        assert (await phone.client.post(upload.path, headers=told)).status_code == 400
        told |= {"X-HTTP-Method-Override": "DELETE"}
        assert (await phone.client.post(upload.path, headers=told)).status_code == 204

    async def test_what_is_no_photo_is_refused_as_ever_and_the_upload_is_over(
        self, phone: Phone, nothing_left: NothingLeft
    ) -> None:
        upload = await begun(phone, 5000)
        assert (await upload.send(0, b"x" * 5000)).status_code == 422
        assert code_of(await upload.send(5000, b"")) == "not_found"
        assert await nothing_left()

    async def test_when_the_storage_is_away_the_end_is_tried_again(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = await begun(phone)

        async def down(*_: object) -> None:
            raise StorageDown

        with monkeypatch.context() as patch:
            patch.setattr(house.storage, "put", down)
            assert (await upload.send(0, PHOTO)).status_code == 503
        assert await upload.offset() == len(PHOTO)
        answer = await upload.send(len(PHOTO), b"")
        assert answer.status_code == 204
        assert answer.headers["Upload-Material"]


class TestBroken:
    async def hang_up(self, upload: Upload, offset: int, data: bytes, announced: int) -> None:
        """Send some of what was announced, and cut the line."""
        where = upload.phone.client.base_url
        reader, writer = await asyncio.open_connection(where.host, where.port)
        told = upload.phone.headers | PIECE | {"Upload-Offset": str(offset), "Host": "x"}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(
            f"PATCH {upload.path} HTTP/1.1\r\n{head}Content-Length: {announced}\r\n\r\n".encode()
        )
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()
        del reader

    async def test_what_came_before_the_line_broke_is_kept(self, phone: Phone) -> None:
        upload = await begun(phone)
        await self.hang_up(upload, 0, PHOTO[:7000], len(PHOTO))
        await asyncio.sleep(0.2)
        assert await upload.offset() == 7000
        answer = await upload.send(7000, PHOTO[7000:])
        assert answer.headers["Upload-Material"]
        shown = await phone.get(f"/{answer.headers['Upload-Material']}/display")
        assert odd.corners(shown.content) == odd.UPRIGHT

    async def test_while_one_is_sending_another_is_refused(self, phone: Phone) -> None:
        upload, go = await begun(phone), asyncio.Event()

        async def slowly():
            yield PHOTO[:100]
            await go.wait()
            yield PHOTO[100:200]

        told = phone.headers | PIECE | {"Upload-Offset": "0"}
        sending = asyncio.create_task(
            phone.client.patch(upload.path, content=slowly(), headers=told)
        )
        await asyncio.sleep(0.2)
        second = await upload.send(0, PHOTO[:50])
        assert (second.status_code, code_of(second)) == (423, "materials.upload_busy")
        assert (await upload.end()).status_code == 423
        go.set()
        assert (await sending).headers["Upload-Offset"] == "200"
        assert await upload.offset() == 200

    async def test_many_at_once_make_one_material(self, phone: Phone) -> None:
        upload = await begun(phone)
        answers = await asyncio.gather(*(upload.send(0, PHOTO) for _ in range(6)))
        assert {answer.status_code for answer in answers} <= {204, 409, 423}
        made = {a.headers["Upload-Material"] for a in answers if a.status_code == 204}
        assert len(made) == 1
        assert len((await phone.get()).json()["items"]) == 1

    async def test_another_worker_goes_on_with_it(self, phone: Phone, house: House) -> None:
        """What a worker knows of an upload is in the table and the folder: none in its memory."""
        upload = await begun(phone)
        await upload.send(0, PHOTO[:1000])
        upload_id = UUID(upload.path.rpartition("/")[2])
        program = (
            "import fcntl,sys;f=open(sys.argv[1],'r+b');fcntl.flock(f,fcntl.LOCK_EX);"
            "f.seek(1000);f.write(sys.stdin.buffer.read());f.flush();print('up',flush=True);"
            "import time;time.sleep(60)"
        )
        path = resumable._file(house, upload_id)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(path), stdin=-1, stdout=-1
        )
        assert other.stdin
        assert other.stdout
        other.stdin.write(PHOTO[1000:3000])
        other.stdin.close()
        await other.stdout.readline()
        assert (await upload.send(3000, PHOTO[3000:])).status_code == 423
        other.kill()
        await other.wait()
        assert await upload.offset() == 3000
        assert (await upload.send(3000, PHOTO[3000:])).headers["Upload-Material"]


class TestLimits:
    async def test_what_the_server_offers(self, phone: Phone, house: House) -> None:
        answer = await phone.client.options("/api/v1/uploads")
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Max-Size"] == str(house.settings.upload_max_bytes)
        assert answer.headers["Tus-Extension"] == "creation,termination,expiration"

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Upload-Length": "-1"}, 400),
            ({"Upload-Length": "x"}, 400),
            ({"Upload-Length": "0"}, 422),
            ({"Upload-Length": "999999999999"}, 413),
            ({"Tus-Resumable": "0.2.2"}, 412),
            ({"Upload-Metadata": "filename ***"}, 400),
        ],
    )
    async def test_what_does_not_fit_is_refused(
        self, phone: Phone, headers: dict[str, str], status: int
    ) -> None:
        answer = await begin(phone, 10, **headers)
        assert answer.status_code == status
        if status == 412:
            assert answer.headers["Tus-Version"] == "1.0.0"

    async def test_another_type_of_body_is_refused(self, phone: Phone) -> None:
        upload = await begun(phone)
        answer = await upload.send(0, PHOTO, **{"Content-Type": "image/jpeg"})
        assert code_of(answer) == "unsupported_media"

    async def test_nobody_begins_too_many(
        self, phone: Phone, other_phone: Phone, house: House
    ) -> None:
        most = house.settings.uploads_open
        answers = await asyncio.gather(*(begin(phone, 100) for _ in range(most + 3)))
        assert sorted(a.status_code for a in answers) == [201] * most + [429] * 3
        assert (await begin(other_phone, 100)).status_code == 201
        path = next(a.headers["Location"] for a in answers if a.status_code == 201)
        assert (await Upload(phone, path).end()).status_code == 204
        assert (await begin(phone, 100)).status_code == 201

    async def test_it_is_over_after_a_day(
        self, phone: Phone, house: House, act_as: ActAs, nothing_left: NothingLeft
    ) -> None:
        upload = await begun(phone)
        await upload.send(0, PHOTO[:100])
        assert await service.sweep_resumable(act_as()) == 0
        house.clock.shift(timedelta(hours=24))
        _, phone.headers = await citizen_actor(act_as())
        assert code_of(await upload.send(100, PHOTO[100:])) == "not_found"
        assert await service.sweep_resumable(act_as()) == 1
        assert await nothing_left()

    async def test_given_up_it_is_gone_and_what_it_became_stays(
        self, phone: Phone, nothing_left: NothingLeft
    ) -> None:
        upload = await begun(phone)
        await upload.send(0, PHOTO[:100])
        assert (await upload.end()).status_code == 204
        assert await nothing_left()
        assert (await upload.end()).status_code == 404
        done = await begun(phone)
        made = (await done.send(0, PHOTO)).headers["Upload-Material"]
        assert (await done.end()).status_code == 204
        assert (await phone.get(f"/{made}")).status_code == 200

    async def test_a_file_without_a_row_is_cleared_away(self, house: House, act_as: ActAs) -> None:
        left = service.upload_folder(house) / f"resumable-{uuid4().hex}"
        left.touch()
        await service.sweep_resumable(act_as())
        assert left.exists()
        house.clock.shift(timedelta(days=2))
        await service.sweep_resumable(act_as())
        assert not left.exists()


class TestWhoMay:
    async def test_only_whoever_began_it_goes_on(
        self, phone: Phone, other_phone: Phone, place: Place, act_as: ActAs
    ) -> None:
        mine = await begun(phone)
        theirs = Upload(other_phone, mine.path)
        assert code_of(await theirs.send(0, PHOTO)) == "not_found"
        assert (await theirs.end()).status_code == 404
        clerk = Phone(phone.client, uuid4(), await staff_headers(act_as(), place, "clerk"))
        assert (await Upload(clerk, mine.path).send(0, PHOTO)).status_code == 404
        nobody = Phone(phone.client, uuid4(), {})
        assert (await Upload(nobody, mine.path).send(0, PHOTO)).status_code == 401
        assert (await begin(clerk, 100)).status_code == 403
        assert await mine.offset() == 0

    async def test_a_clerk_sends_for_the_applicant_at_the_window(
        self, phone: Phone, place: Place, act_as: ActAs
    ) -> None:
        clerk = Phone(phone.client, uuid4(), await staff_headers(act_as(), place, "clerk"))
        person = {
            "name": "欧阳明月",
            "phone": "13812345678",
            "id_number": "11010519491231002X",
            "consent": True,
        }
        stands = await clerk.client.post(
            "/api/v1/desk/applicants", json=person, headers=clerk.headers
        )
        assert stands.status_code == 200, stands.text
        answer = await clerk.client.post(
            "/api/v1/desk/uploads",
            params={"applicant": stands.json()["ticket"]},
            headers=clerk.headers | TUS | {"Upload-Length": str(len(PHOTO))},
        )
        assert answer.status_code == 201, answer.text
        upload = Upload(clerk, urlsplit(answer.headers["Location"]).path)
        made = await upload.send(0, PHOTO)
        row = await db.fetch_one(
            "SELECT c.openid FROM materials m JOIN citizens c ON c.id = m.owner_id WHERE m.id = $1",
            UUID(made.headers["Upload-Material"]),
        )
        assert row == {"openid": None}
