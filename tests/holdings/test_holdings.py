"""Materials used again: given before or issued by the hall, with their owner's consent."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from app.catalog.guide import Requirement
from app.core import db
from app.documents import service as documents
from app.holdings import service as holdings
from tests.cases.builders import Filed, Item, Person, World, ok, refused

LEASE = Requirement(code="lease", name="房屋租赁合同", valid_days=180, max_photos=3)
ANEW = Requirement(code="health", name="健康证明", required=False)
LICENCE = Requirement(code="licence", name="食品经营许可证", required=False)
SAME_ELSEWHERE = Requirement(code="tenancy", name="租赁合同", type="房屋租赁合同", valid_days=30)
PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
HOLDINGS = "/api/v1/holdings"


async def shop(world: World) -> Item:
    """An item that asks for the lease, a health certificate, and the licence."""
    return await world.item("SHOP", guide={"materials": (LEASE, ANEW, LICENCE)})


async def sign(world: World) -> Item:
    """Another item, which asks for the same lease under another name, thirty days old at most."""
    return await world.item("SIGN", name="户外招牌", guide={"materials": (SAME_ELSEWHERE,)})


async def given(world: World, owner: Person, item: Item, **more: Any) -> Filed:
    """An application with a lease and a health certificate that was accepted."""
    supplied = [
        {"requirement": "lease", "material_ids": [await world.photo(owner)]},
        {"requirement": "health", "material_ids": [await world.photo(owner)]},
    ]
    return await world.accepted(owner=owner, item=item, materials=supplied, **more)


async def reusable(world: World, owner: Person, item: Item) -> dict[str, Any]:
    """What need not be supplied again, by requirement."""
    path = f"/api/v1/items/{item.id}/reusable"
    shown = ok(await world.client.get(path, headers=owner.headers))
    return {line["requirement"]: line for line in shown["requirements"]}


async def mine(world: World, owner: Person) -> list[Any]:
    return ok(await world.client.get(HOLDINGS, headers=owner.headers))["items"]


async def reuse(
    world: World, owner: Person, item: Item, holding: str, code: str = "lease", **more: Any
) -> httpx.Response:
    """An application that uses a holding again."""
    body = {"reuse": [{"requirement": code, "holding_id": holding}], "reuse_consent": True} | more
    return await world.submit(owner, item, **body)


class TestKeeping:
    async def test_an_accepted_material_that_lasts_is_offered_with_its_validity(
        self, world: World
    ) -> None:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        lines = await reusable(world, owner, item)
        assert [lines[code]["satisfied"] for code in ("lease", "health")] == [True, False]
        (holding,) = lines["lease"]["holdings"]
        assert (holding["given_on"], holding["valid_until"]) == ("2026-03-02", "2026-08-29")
        picture = await world.client.get(holding["pictures"][0]["thumbnail"], headers=owner.headers)
        assert picture.headers["content-type"] == "image/jpeg"

    async def test_what_is_only_submitted_is_not_kept(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        supplied = [{"requirement": "lease", "material_ids": [await world.photo(owner)]}]
        await world.filed(owner, item, materials=supplied)
        assert not (await reusable(world, owner, item))["lease"]["satisfied"]

    async def test_the_same_type_serves_elsewhere_as_long_as_is_asked_there(
        self, world: World
    ) -> None:
        owner, item, other = await world.citizen(), await shop(world), await sign(world)
        await given(world, owner, item)
        (holding,) = (await reusable(world, owner, other))["tenancy"]["holdings"]
        assert holding["valid_until"] == "2026-04-01"

    async def test_the_newest_comes_first(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        world.go_to_day(date(2026, 3, 9))
        owner = await world.citizen(known=False)
        await given(world, owner, item)
        days = [h["given_on"] for h in (await reusable(world, owner, item))["lease"]["holdings"]]
        assert days == ["2026-03-09", "2026-03-02"]

    async def test_nobody_is_offered_anothers(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        other = await world.citizen("o-other")
        assert not (await reusable(world, other, item))["lease"]["satisfied"]
        assert await mine(world, other) == []

    async def test_a_certificate_that_the_hall_issued_is_kept(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        case = await given(world, owner, item)
        ok(await world.grant(case))
        more = {"valid_until": "2031-03-01"}
        ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER | more))
        (held,) = (await reusable(world, owner, item))["licence"]["holdings"]
        assert (held["source"], held["number"]) == ("issued", PAPER["number"])
        assert held["valid_until"] == "2031-03-01"
        paper = await world.client.get(held["certificate"], headers=owner.headers)
        assert paper.content.startswith(b"%PDF")


class TestUsing:
    async def _held(self, world: World) -> tuple[Person, Item, str]:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        (holding,) = (await reusable(world, owner, item))["lease"]["holdings"]
        return owner, item, holding["id"]

    async def test_it_is_part_of_the_new_application_and_not_asked_for_again(
        self, world: World
    ) -> None:
        owner, item, holding = await self._held(world)
        made = ok(await reuse(world, owner, item, holding), 201)
        seen = await world.seen(Filed(made["id"], made["number"], owner))
        assert [m["requirement"] for m in seen["materials"]] == ["lease"]
        (used,) = seen["reused"]
        assert (used["name"], used["source"]) == ("房屋租赁合同", "supplied")
        photo = f"cases/{made['id']}/materials/{seen['materials'][0]['material_id']}/display"
        assert (await world.look("clerk", photo)).status_code == 200

    async def test_only_with_explicit_consent_and_that_is_recorded(self, world: World) -> None:
        owner, item, holding = await self._held(world)
        answer = await reuse(world, owner, item, holding, reuse_consent=False)
        refused(answer, 422, "holdings.no_consent")
        made = ok(await reuse(world, owner, item, holding), 201)
        path = f"{HOLDINGS}/{holding}"
        (use,) = ok(await world.client.get(path, headers=owner.headers))["uses"]
        assert (use["subject"], use["requirement"]) == (f"case:{made['number']}", "lease")
        with pytest.raises(Exception, match="never changed"):
            await db.execute("UPDATE holding_uses SET actor = 'nobody'")

    async def test_what_is_used_again_does_not_become_young(self, world: World) -> None:
        owner, item, holding = await self._held(world)
        world.go_to_day(date(2026, 8, 28))
        owner = await world.citizen(known=False)
        made = ok(await reuse(world, owner, item, holding), 201)
        ok(await world.accept(Filed(made["id"], made["number"], owner)))
        (held,) = await mine(world, owner)
        assert held["valid_until"] == "2026-08-29"

    async def test_not_after_its_last_day(self, world: World) -> None:
        owner, item, holding = await self._held(world)
        world.go_to_day(date(2026, 8, 30))
        owner = await world.citizen(known=False)
        answer = await reuse(world, owner, item, holding)
        refused(answer, 409, "holdings.not_reusable", "有效期")
        assert not (await reusable(world, owner, item))["lease"]["satisfied"]

    async def test_not_for_another_requirement_nor_by_another_citizen(self, world: World) -> None:
        owner, item, holding = await self._held(world)
        photo = [{"requirement": "lease", "material_ids": [await world.photo(owner)]}]
        answer = await reuse(world, owner, item, holding, "health", materials=photo)
        refused(answer, 409, "holdings.not_reusable")
        other = await world.citizen("o-other")
        refused(await reuse(world, other, item, holding), 404, "not_found")
        assert not await db.fetch("SELECT 1 FROM holding_uses")

    async def test_a_certificate_satisfies_what_asks_for_it(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        case = await given(world, owner, item)
        ok(await world.grant(case))
        ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
        line = Requirement(code="permit", name="食品经营许可证")
        next_item = await world.item("NEXT", name="延续", guide={"materials": (line,)})
        (held,) = (await reusable(world, owner, next_item))["permit"]["holdings"]
        made = ok(await reuse(world, owner, next_item, held["id"], "permit"), 201)
        again = Filed(made["id"], made["number"], owner)
        (used,) = (await world.seen(again))["reused"]
        assert used["number"] == PAPER["number"]
        ask = {"points": ["字号写错了。"]}
        ok(await world.do("clerk", f"cases/{again.id}/ask-correction", ask))
        ok(await world.mine(again, "supplement", {"form": {"shop": "新字号豆花"}}))

    async def test_a_revoked_certificate_is_neither_offered_nor_used(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        case = await given(world, owner, item)
        ok(await world.grant(case))
        ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
        (held,) = (await reusable(world, owner, item))["licence"]["holdings"]
        act = world.act_as()
        async with act.transaction():
            await documents.revoke(act, PAPER["number"], "承诺不实")
        assert not (await reusable(world, owner, item))["licence"]["satisfied"]
        photo = [{"requirement": "lease", "material_ids": [await world.photo(owner)]}]
        answer = await reuse(world, owner, item, held["id"], "licence", materials=photo)
        refused(answer, 409, "holdings.not_reusable", "撤销")

    async def test_what_came_with_a_revoked_case_is_offered_no_more(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        case = await given(world, owner, item)
        act = world.act_as()
        async with act.transaction():
            assert await holdings.revoke(act, f"case:{case.number}", "承诺不实") == 1
            assert await holdings.revoke(act, f"case:{case.number}", "承诺不实") == 0
        assert not (await reusable(world, owner, item))["lease"]["satisfied"]
        (held,) = await mine(world, owner)
        assert (held["usable"], held["revoked_why"]) == (False, "承诺不实")

    async def test_forgetting_and_using_at_once_leave_one_truth(self, world: World) -> None:
        owner, item, holding = await self._held(world)
        used, gone = await asyncio.gather(
            reuse(world, owner, item, holding),
            world.client.delete(f"{HOLDINGS}/{holding}", headers=owner.headers),
        )
        assert gone.status_code == 204
        assert used.status_code in (201, 409)
        uses = await db.fetch("SELECT 1 FROM holding_uses")
        assert len(uses) == (1 if used.status_code == 201 else 0)


class TestForgetting:
    async def test_what_is_forgotten_is_offered_no_more_and_its_uses_stay(
        self, world: World
    ) -> None:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        (held,) = await mine(world, owner)
        path = f"{HOLDINGS}/{held['id']}"
        ok(await reuse(world, owner, item, held["id"]), 201)
        assert (await world.client.delete(path, headers=owner.headers)).status_code == 204
        refused(await world.client.delete(path, headers=owner.headers), 404, "not_found")
        assert await mine(world, owner) == []
        assert not (await reusable(world, owner, item))["lease"]["satisfied"]
        answer = await reuse(world, owner, item, held["id"])
        refused(answer, 409, "holdings.not_reusable", "不再使用")
        assert await db.fetch("SELECT 1 FROM holding_uses")

    async def test_nobody_forgets_anothers(self, world: World) -> None:
        owner, item = await world.citizen(), await shop(world)
        await given(world, owner, item)
        (held,) = await mine(world, owner)
        other = await world.citizen("o-other")
        answer = await world.client.delete(f"{HOLDINGS}/{held['id']}", headers=other.headers)
        refused(answer, 404, "not_found")
        assert len(await mine(world, owner)) == 1
