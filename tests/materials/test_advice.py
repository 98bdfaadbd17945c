"""What whoever sends a photo is told at once, and what stays with it; PDF over HTTP."""

import io
from datetime import timedelta

import msgspec
import pytest
from PIL import Image

from app.core import db
from app.core.house import House
from app.materials import service

from . import odd_pdfs, papers
from . import odd_pictures as odd
from .conftest import Phone, Stored

GOOD = papers.lit(papers.on_table(papers.form(1)))
BLURRED = odd.saved(papers.lit(papers.blurred(papers.on_table(papers.form(1)), 5)), "JPEG")
PHOTO = odd.saved(GOOD, "JPEG")


async def sent(phone: Phone, data: bytes, filename: str = "照片.jpg") -> dict:
    answer = await phone.send(data, filename)
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestAdvice:
    async def test_is_empty_for_a_good_photo(self, phone: Phone) -> None:
        taken = await sent(phone, PHOTO)
        assert (taken["advice"], taken["findings"], taken["similar"]) == ("", [], None)
        assert (taken["format"], taken["pages"]) == ("photo", 1)

    async def test_is_one_sentence_and_the_photo_is_taken_all_the_same(self, phone: Phone) -> None:
        taken = await sent(phone, BLURRED)
        assert taken["advice"] == "照片有些模糊，请把手机拿稳、对准文字后重拍。"
        assert taken["findings"] == [{"kind": "blurred", "page": 1, "says": taken["advice"]}]
        assert (await phone.get(f"/{taken['id']}/display")).status_code == 200

    async def test_stays_with_the_photo_for_whoever_reviews_it(self, phone: Phone) -> None:
        taken = await sent(phone, BLURRED)
        assert (await phone.get(f"/{taken['id']}")).json()["findings"] == taken["findings"]
        assert (await phone.get()).json()["items"][0]["findings"] == taken["findings"]
        (facts,) = (await service.facts([msgspec.convert(taken["id"], db.UUID)])).values()
        assert [found.kind for found in facts.findings] == ["blurred"]

    async def test_follows_the_settings(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        off = msgspec.structs.replace(house.settings, quality_blur=0)
        monkeypatch.setattr(house, "settings", off)
        assert (await sent(phone, BLURRED))["advice"] == ""


class TestTheSamePhotoAgain:
    @pytest.fixture
    def smaller(self) -> bytes:
        return odd.saved(GOOD.resize((900, 1200)), "JPEG", quality=60)

    async def test_is_pointed_out_and_taken(self, phone: Phone, smaller: bytes) -> None:
        first = await sent(phone, PHOTO, "租房合同.jpg")
        again = await sent(phone, smaller, "微信图片.jpg")
        assert again["id"] != first["id"]
        assert again["advice"] == "与“租房合同.jpg”很像，可能重复上传。"
        assert again["similar"] == {"id": first["id"], "filename": "租房合同.jpg"}

    async def test_is_not_similar_to_itself(self, phone: Phone) -> None:
        first = await sent(phone, PHOTO)
        assert (await sent(phone, PHOTO)) == first
        assert first["similar"] is None

    async def test_is_not_pointed_out_for_another_paper(self, phone: Phone) -> None:
        await sent(phone, PHOTO)
        other = odd.saved(papers.lit(papers.on_table(papers.form(2))), "JPEG")
        assert (await sent(phone, other))["similar"] is None

    async def test_of_somebody_else_is_nobodys_business(
        self, phone: Phone, other_phone: Phone, smaller: bytes
    ) -> None:
        await sent(phone, PHOTO)
        assert (await sent(other_phone, smaller))["similar"] is None

    async def test_of_long_ago_is_not_pointed_out(
        self, phone: Phone, house: House, smaller: bytes
    ) -> None:
        await sent(phone, PHOTO)
        house.clock.shift(timedelta(days=house.settings.likeness_days, hours=1))
        await db.execute("UPDATE sessions SET expires_at = expires_at + interval '90 days'")
        assert (await sent(phone, smaller))["similar"] is None

    async def test_is_not_looked_for_where_that_is_off(
        self, phone: Phone, house: House, smaller: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        off = msgspec.structs.replace(house.settings, likeness_days=0)
        monkeypatch.setattr(house, "settings", off)
        await sent(phone, PHOTO)
        assert (await sent(phone, smaller))["similar"] is None

    async def test_two_empty_pages_are_not_called_alike(self, phone: Phone) -> None:
        for width in (800, 900):
            page = odd.saved(Image.new("RGB", (width, 1100), "white"), "JPEG")
            assert (await sent(phone, page))["similar"] is None


class TestPdf:
    async def test_is_kept_as_pages_each_of_which_can_be_seen(
        self, phone: Phone, stored: Stored
    ) -> None:
        taken = await sent(phone, odd_pdfs.scene(3), "合同.pdf")
        assert (taken["format"], taken["pages"]) == ("pdf", 3)
        assert len(await stored()) == 6
        for number in (1, 2, 3):
            for size in ("display", "thumbnail"):
                page = await phone.get(f"/{taken['id']}/{size}", page=number)
                assert page.headers["Content-Type"] == "image/jpeg"
                assert odd.corners(page.content) == odd.UPRIGHT
                assert odd.SECRET not in page.content
        first = await phone.get(f"/{taken['id']}/display")
        assert max(Image.open(io.BytesIO(first.content)).size) == 1600

    async def test_may_be_sent_bare_as_a_photo_may(self, phone: Phone) -> None:
        answer = await phone.client.post(
            "/api/v1/materials",
            content=odd_pdfs.scene(),
            headers=phone.headers | {"Content-Type": "application/pdf"},
        )
        assert (answer.status_code, answer.json()["format"]) == (201, "pdf")

    @pytest.mark.parametrize(("page", "status"), [(4, 404), (0, 422), (-1, 422), ("x", 422)])
    async def test_has_no_other_pages(self, phone: Phone, page: object, status: int) -> None:
        taken = await sent(phone, odd_pdfs.scene(3))
        answer = await phone.get(f"/{taken['id']}/display", page=str(page))
        assert answer.status_code == status

    async def test_is_forgotten_with_all_its_pages(self, phone: Phone, nothing_left) -> None:
        taken = await sent(phone, odd_pdfs.scene(3))
        assert (await phone.delete(taken["id"])).status_code == 204
        assert await nothing_left()

    async def test_is_refused_where_none_are_wanted(
        self, phone: Phone, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        none = msgspec.structs.replace(house.settings, pdf_max_pages=0)
        monkeypatch.setattr(house, "settings", none)
        answer = await phone.send(odd_pdfs.scene())
        assert (answer.status_code, answer.json()["code"]) == (422, "materials.not_a_photo")
