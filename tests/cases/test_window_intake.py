"""The comprehensive window (综合窗口): a clerk files for the applicant who stands there."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from app.cases.intake import window as window_intake
from app.core import db
from tests.agency import owned as agency
from tests.cases.builders import (
    FORM,
    ID_NUMBER,
    NAME,
    PHONE,
    SHOP,
    TWO_STAGES,
    Item,
    World,
    jpeg,
    ok,
    refused,
)
from tests.cases.promised import HEALTH, LATER, column, count, item_of

WHO = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}


async def _stands(world: World, by: str = "clerk", **changed: Any) -> str:
    """The ticket of an applicant who stands at the window."""
    return ok(await world.do(by, "applicants", WHO | changed))["ticket"]


async def _photo(world: World, ticket: str, by: str = "clerk") -> httpx.Response:
    headers = await world.staff(by) if by else {}
    return await world.client.post(
        "/api/v1/desk/materials",
        params={"applicant": ticket},
        files={"file": ("照片.jpg", jpeg())},
        headers=headers,
    )


async def _file(
    world: World, item: Item, ticket: str, by: str = "clerk", key: str | None = None, **more: Any
) -> httpx.Response:
    return await world.do(by, "cases", world.application(item, applicant=ticket, **more), key)


class TestApplicant:
    async def test_only_a_clerk_says_who_stands_there(self, world: World) -> None:
        refused(await world.do("", "applicants", WHO), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await world.do(name, "applicants", WHO), 403, "forbidden")
        headers = (await world.citizen()).headers
        asked = await world.client.post("/api/v1/desk/applicants", json=WHO, headers=headers)
        refused(asked, 403, "forbidden")

    async def test_the_answer_is_masked_and_the_ticket_tells_nothing(self, world: World) -> None:
        told = ok(await world.do("clerk", "applicants", WHO))
        assert (told["name"], told["phone"]) == ("欧**月", "138****5678")
        for secret in (NAME, PHONE, ID_NUMBER):
            assert secret not in str(told)

    async def test_a_ticket_is_one_clerks_and_ends(self, world: World) -> None:
        item, ticket = await world.item(), await _stands(world)
        refused(await _file(world, item, ticket, "clerk2"), 409, "cases.ticket_ended")
        refused(await _photo(world, ticket, "clerk2"), 409, "cases.ticket_ended")
        for forged in (ticket[:-2] + "AA", "A" * 40, ticket[:30]):
            refused(await _file(world, item, forged), 409, "cases.ticket_ended")
        refused(await _file(world, item, "!" * 40), 422, "invalid_body")
        world.house.clock.shift(window_intake.STANDS_FOR + timedelta(seconds=1))
        world.go_to(world.house.clock.now())
        refused(await _file(world, item, ticket), 409, "cases.ticket_ended", "重新登记")
        assert await count("cases") == 0


class TestFiling:
    async def test_only_a_clerk_of_the_hall_files(self, world: World) -> None:
        item, ticket = await world.item(), await _stands(world)
        refused(await _file(world, item, ticket, ""), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await _file(world, item, ticket, name), 403, "forbidden")
        far = await _stands(world, "far_clerk")
        refused(await _file(world, item, far, "far_clerk"), 404, "not_found")

    async def test_a_farmer_without_a_phone_gets_a_case_and_a_receipt_at_once(
        self, world: World
    ) -> None:
        item, ticket = await world.with_photos(), await _stands(world)
        photo = ok(await _photo(world, ticket), 201)
        given = [{"requirement": "premises", "material_ids": [photo["id"]]}]
        filed = ok(await _file(world, item, ticket, materials=given), 201)
        assert filed["receipt"] == f"{filed['number']}-01"
        shown = ok(await world.look("clerk", f"cases/{filed['id']}"))
        assert shown["receipts"][0]["title"] == "申请材料收件凭证"
        assert "不是受理通知书" in shown["receipts"][0]["lines"][1]
        assert [m["material_id"] for m in shown["materials"]] == [photo["id"]]
        assert shown["applicant_name"] == "欧**月"
        assert shown["timeline"][0]["by"] == "员工001（工号001）"
        row = await db.fetch_one(
            "SELECT c.filed_by, p.openid, m.owner_id = c.applicant_id AS theirs FROM cases c"
            " JOIN citizens p ON p.id = c.applicant_id JOIN materials m ON true WHERE c.id = $1",
            filed["id"],
        )
        assert row == {"filed_by": "window", "openid": None, "theirs": True}
        ok(await world.do("clerk2", f"cases/{filed['id']}/accept"))

    async def test_any_window_takes_in_any_item_and_its_plan_says_who_works_on_it(
        self, world: World
    ) -> None:
        guide = {"stages": TWO_STAGES, "members": ("X-1", "X-2")}
        item = await world.item("B", bundle=True, promised_days=8, guide=guide)
        filed = ok(await _file(world, item, await _stands(world)), 201)
        ok(await world.do("clerk", f"cases/{filed['id']}/accept"))
        tasks = ok(await world.look("clerk", f"cases/{filed['id']}"))["tasks"]
        assert [(t["stage"], t["state"]) for t in tasks] == [
            (1, "open"),
            (2, "waiting"),
            (2, "waiting"),
            (2, "waiting"),
        ]

    async def test_a_pre_checked_item_is_accepted_at_once_because_the_originals_are_there(
        self, world: World
    ) -> None:
        item = await world.item("PRE", guide={"pre_check": True})
        filed = ok(await _file(world, item, await _stands(world)), 201)
        path = f"cases/{filed['id']}"
        refused(await world.do("clerk", f"{path}/pre-check"), 409, "cases.no_pre_check")
        ok(await world.do("clerk", f"{path}/accept"))

    async def test_everything_is_checked_as_for_an_application_of_ones_own(
        self, world: World
    ) -> None:
        item, ticket = await item_of(world, HEALTH), await _stands(world)
        refused(await _file(world, item, ticket), 422, "catalog.materials_missing")
        refused(await _file(world, item, ticket, form={}), 422, "catalog.form_invalid")
        foreign = await world.photo(await world.citizen("o-other"))
        stolen = [{"requirement": "health", "material_ids": [foreign]}]
        refused(await _file(world, item, ticket, materials=stolen), 404, "not_found")
        filed = ok(await _file(world, item, ticket, **LATER), 201)
        assert ok(await world.look("clerk", f"cases/{filed['id']}"))["deferrals"]

    async def test_the_same_person_is_one_applicant(self, world: World) -> None:
        item = await world.item()
        for by in ("clerk", "clerk2"):
            ok(await _file(world, item, await _stands(world, by), by), 201)
        assert await count("citizens", "openid IS NULL") == 1

    async def test_a_repeat_gets_the_first_answer(self, world: World) -> None:
        item, ticket = await world.item(), await _stands(world)
        answers = await asyncio.gather(*(_file(world, item, ticket, key="w-1") for _ in range(4)))
        assert len({ok(answer, 201)["number"] for answer in answers}) == 1
        assert await count("cases") == 1

    async def test_the_window_is_named(self, world: World) -> None:
        window = world.place.windows["01"]
        headers = await world.staff("clerk")
        ok(await world.client.post(f"/api/v1/windows/{window}/duty", headers=headers))
        filed = ok(await _file(world, await world.item(), await _stands(world)), 201)
        shown = ok(await world.look("clerk", f"cases/{filed['id']}"))
        assert shown["timeline"][0]["by"] == "01号窗口 员工001"


class TestOnBehalf:
    async def test_of_an_enterprise_for_which_the_applicant_may_file(self, world: World) -> None:
        made = await agency.enterprise(world)
        await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE openid = 'o-citizen'")
        behalf = {"enterprise_id": str(made["enterprise_id"])}
        item = await world.item()
        filed = ok(await _file(world, item, await _stands(world), on_behalf=behalf), 201)
        row = await db.fetch_one(
            "SELECT filed_by, enterprise_name FROM cases WHERE id = $1", filed["id"]
        )
        assert row == {"filed_by": "window", "enterprise_name": "豆花公司"}
        other = {"name": "李大明", "phone": "13700000003"}
        stranger = await _stands(world, **other)
        refused(await _file(world, item, stranger, on_behalf=behalf), 404, "not_found")

    async def test_as_a_helper_only_of_the_applicant_who_consented(self, world: World) -> None:
        behalf = {"consent_id": str((await agency.given(world))["consent_id"])}
        item = await world.item()
        other = await _stands(world, "clerk2", name="李大明", phone="13700000003")
        wrong = await _file(world, item, other, "clerk2", on_behalf=behalf)
        refused(wrong, 409, "cases.another_applicant")
        await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE openid = 'o-citizen'")
        ticket = await _stands(world, "clerk2")
        filed = ok(await _file(world, item, ticket, "clerk2", on_behalf=behalf), 201)
        row = await db.fetch_one(
            "SELECT filed_by, consent_id::text AS id FROM cases WHERE id = $1", filed["id"]
        )
        assert row == {"filed_by": "helper", "id": behalf["consent_id"]}
        helped = await world.do("clerk2", f"cases/{filed['id']}/accept")
        refused(helped, 403, "cases.helper_decides")

    async def test_an_enterprise_of_the_applicants_only(self, world: World) -> None:
        item, ticket = await world.item(), await _stands(world)
        behalf = {"enterprise_id": "00000000-0000-7000-8000-000000000000"}
        refused(await _file(world, item, ticket, on_behalf=behalf), 404, "not_found")
        consent = {"consent_id": "00000000-0000-7000-8000-000000000000"}
        refused(await _file(world, item, ticket, on_behalf=consent), 404, "not_found")


async def test_the_project_of_an_application_is_told_after_the_commit(world: World) -> None:
    item = await world.item(guide={"form": FORM})
    bad = await world.submit(await world.citizen(), item, project_number="有 空格")
    refused(bad, 422, "invalid_body")
    case = await world.filed(item=item, project_number="2026-511602-000017", form={"shop": SHOP})
    assert await column(case, "project_number") == "2026-511602-000017"
    assert await count("outbox", "topic = 'projects.case_submitted'") == 1
