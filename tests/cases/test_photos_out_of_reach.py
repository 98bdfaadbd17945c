"""Other people's photos, tried over HTTP in each way that there is; and what staff get of them."""

import io
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image, ImageChops

from app.core import db
from tests.cases.builders import Filed, World, ok


@pytest.fixture
async def case(world: World) -> Filed:
    """An accepted case with one photo."""
    citizen, item = await world.citizen(), await world.with_photos()
    supplied = [{"requirement": "premises", "material_ids": [await world.photo(citizen)]}]
    return await world.accepted(owner=citizen, item=item, materials=supplied)


async def photo_of(case: Filed) -> str:
    row = await db.fetch_one(
        "SELECT material_id AS id FROM case_materials WHERE case_id = $1", case.id
    )
    assert row
    return str(row["id"])


def ways(case_id: str, photo: str) -> list[str]:
    return [
        f"/api/v1/materials/{photo}",
        f"/api/v1/materials/{photo}/display",
        f"/api/v1/materials/{photo}/thumbnail",
        f"/api/v1/cases/{case_id}/materials/{photo}/display",
        f"/api/v1/cases/{case_id}/materials/{photo}/thumbnail",
        f"/api/v1/desk/cases/{case_id}/materials/{photo}/display",
        f"/api/v1/desk/assisted/{case_id}/materials/{photo}/display",
        f"/api/v1/m/{photo}",
    ]


async def link(world: World, headers: dict[str, str], photo: str) -> httpx.Response:
    path = f"/api/v1/materials/{photo}/links"
    return await world.client.post(path, json={"size": "display"}, headers=headers)


class TestReaching:
    async def test_by_knowing_or_guessing_its_id(self, world: World, case: Filed) -> None:
        photo, other = await photo_of(case), await world.citizen("o-other")
        near = UUID(int=UUID(photo).int + 1)
        for headers in ({}, other.headers):
            for guess in (photo, str(near), str(uuid4())):
                for path in ways(case.id, guess):
                    answer = await world.client.get(path, headers=headers)
                    assert answer.status_code in (401, 403, 404), path
                    assert not answer.content.startswith(b"\xff\xd8"), path
        assert (await link(world, other.headers, photo)).status_code == 404

    async def test_through_a_case_of_ones_own(self, world: World, case: Filed) -> None:
        photo, other = await photo_of(case), await world.citizen("o-other")
        mine = await world.filed(other, await world.item("MINE"))
        for path in ways(mine.id, photo):
            answer = await world.client.get(path, headers=other.headers)
            assert answer.status_code in (403, 404), path

    async def test_by_naming_it_in_an_application(self, world: World, case: Filed) -> None:
        photo, other = await photo_of(case), await world.citizen("o-other")
        row = await db.fetch_one("SELECT item_id, version_id FROM cases WHERE id = $1", case.id)
        assert row
        body = {
            "item_id": str(row["item_id"]),
            "version_id": str(row["version_id"]),
            "form": {"shop": "别家店"},
            "delivery": {"way": "counter"},
            "materials": [{"requirement": "premises", "material_ids": [photo]}],
        }
        answer = await world.client.post("/api/v1/cases", json=body, headers=other.headers)
        assert answer.status_code == 404
        path = f"/api/v1/drafts/{row['item_id']}"
        draft = {name: body[name] for name in ("version_id", "form", "materials")}
        saved = ok(await world.client.put(path, json=draft, headers=other.headers))
        assert saved["missing_photos"] == [photo]
        assert (await world.client.delete(f"/api/v1/materials/{photo}")).status_code == 401

    async def test_by_a_link_that_is_over(self, world: World, case: Filed) -> None:
        url = ok(await link(world, case.owner.headers, await photo_of(case)))["url"]
        path = urlsplit(url).path
        assert (await world.client.get(path)).status_code == 200
        world.house.clock.shift(timedelta(seconds=world.house.settings.link_seconds))
        assert (await world.client.get(path)).status_code == 404

    async def test_by_a_link_from_before_the_case_was_terminated(
        self, world: World, case: Filed
    ) -> None:
        url = ok(await link(world, case.owner.headers, await photo_of(case)))["url"]
        reason = {"reason": "申请人死亡。", "basis": "行政许可法第七十条"}
        proposed = await world.do("reviewer", f"cases/{case.id}/terminate", reason)
        assert proposed.status_code in (200, 202), proposed.text
        assert (await world.client.get(urlsplit(url).path)).status_code == 200
        ok(await world.answer(proposed.json()["id"]))
        assert await world.state(case) == "terminated"
        assert (await world.client.get(urlsplit(url).path)).status_code == 404

    async def test_by_a_session_that_was_ended(self, world: World, case: Filed) -> None:
        headers = case.owner.headers
        path = f"/api/v1/materials/{await photo_of(case)}/display"
        assert (await world.client.get(path, headers=headers)).status_code == 200
        out = await world.client.post("/api/v1/citizens/log-out", headers=headers)
        assert out.status_code in (200, 204)
        assert (await world.client.get(path, headers=headers)).status_code == 401

    async def test_by_staff_without_a_part_in_the_case(self, world: World, case: Filed) -> None:
        photo = await photo_of(case)
        for name, status in (
            ("far_clerk", 404),
            ("far_manager", 404),
            ("fire_reviewer", 404),
            ("manager", 403),
            ("admin", 403),
        ):
            answer = await world.look(name, f"cases/{case.id}/materials/{photo}/display")
            assert answer.status_code == status, name
            own = await world.client.get(
                f"/api/v1/materials/{photo}/display", headers=await world.staff(name)
            )
            assert own.status_code == 403, name

    async def test_by_staff_whose_role_was_taken_away(self, world: World, case: Filed) -> None:
        path = f"cases/{case.id}/materials/{await photo_of(case)}/display"
        assert (await world.look("reviewer", path)).status_code == 200
        await db.execute(
            "DELETE FROM staff_roles WHERE staff_id = $1", world.place.staff["reviewer"]
        )
        assert (await world.look("reviewer", path)).status_code in (401, 403, 404)


class TestCopies:
    async def test_staff_get_a_marked_copy_and_the_applicant_a_clean_one(
        self, world: World, case: Filed
    ) -> None:
        photo = await photo_of(case)
        clean = await world.client.get(
            f"/api/v1/cases/{case.id}/materials/{photo}/display", headers=case.owner.headers
        )
        copies = [
            (await world.look(name, f"cases/{case.id}/materials/{photo}/display")).content
            for name in ("clerk", "reviewer")
        ]
        before = opened(clean.content)
        for copy in copies:
            marked = opened(copy)
            assert marked.size == before.size
            assert ImageChops.difference(before, marked).getbbox() is not None
        assert copies[0] != copies[1], "each names who reads it"
        again = await world.client.get(
            f"/api/v1/materials/{photo}/display", headers=case.owner.headers
        )
        assert again.content == clean.content, "what is kept was not changed"

    async def test_nothing_marked_is_stored(self, world: World, case: Filed) -> None:
        before = sorted([entry async for entry in world.house.storage.list()])
        photo = await photo_of(case)
        ok_ = await world.look("clerk", f"cases/{case.id}/materials/{photo}/thumbnail")
        assert ok_.status_code == 200
        assert sorted([entry async for entry in world.house.storage.list()]) == before


def opened(jpeg: bytes) -> Image.Image:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.convert("RGB")
