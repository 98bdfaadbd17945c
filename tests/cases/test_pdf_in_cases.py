"""A PDF as the material of a case: where the list allows it, and page by page for the reviewer."""

from typing import Any

import pytest

from app.catalog.guide import Requirement
from tests.cases.builders import Filed, Item, Person, World, ok, refused
from tests.materials import odd_pdfs, odd_pictures


async def item_with(world: World, *formats: str) -> Item:
    line = Requirement(code="contract", name="租房合同", formats=formats)  # type: ignore[arg-type]
    return await world.item("PDF-" + "-".join(formats), guide={"materials": (line,)})


async def sent(world: World, owner: Person, data: bytes) -> dict[str, Any]:
    files = {"file": ("合同.pdf", data)}
    answer = await world.client.post("/api/v1/materials", files=files, headers=owner.headers)
    return ok(answer, 201)


def supplied(material: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"requirement": "contract", "material_ids": [material["id"]]}]


class TestTheReviewer:
    @pytest.fixture
    async def case(self, world: World) -> Filed:
        citizen, item = await world.citizen(), await item_with(world, "photo", "pdf")
        material = await sent(world, citizen, odd_pdfs.with_attachment())
        return await world.accepted(owner=citizen, item=item, materials=supplied(material))

    async def test_is_told_what_it_is_and_what_was_found(self, world: World, case: Filed) -> None:
        shown = ok(await world.look("clerk", f"cases/{case.id}"))["materials"][0]
        assert (shown["format"], shown["pages"]) == ("pdf", 1)
        assert [found["kind"] for found in shown["findings"]] == ["attachments"]


async def test_each_page_is_seen_by_those_who_handle_the_case(world: World) -> None:
    citizen, item = await world.citizen(), await item_with(world, "pdf")
    material = await sent(world, citizen, odd_pdfs.scene(2))
    case = await world.accepted(owner=citizen, item=item, materials=supplied(material))
    path = f"cases/{case.id}/materials/{material['id']}/display"
    for page in (1, 2):
        answer = await world.look("clerk", path, page=page)
        assert answer.headers["Content-Type"] == "image/jpeg"
        odd_pictures.assert_clean(answer.content)
    assert (await world.look("clerk", path, page=3)).status_code == 404


async def test_a_pdf_is_refused_where_a_photo_is_wanted_and_the_other_way_round(
    world: World,
) -> None:
    citizen = await world.citizen()
    for formats, data, says in (
        (("photo",), odd_pdfs.scene(), "请提交照片"),
        (("pdf",), odd_pictures.jpeg(), "请提交 PDF 文件"),
    ):
        item = await item_with(world, *formats)
        material = await sent(world, citizen, data)
        answer = await world.submit(citizen, item, materials=supplied(material))
        refused(answer, 422, "catalog.material_refused", says)
