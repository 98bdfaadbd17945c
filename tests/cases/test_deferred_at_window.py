"""Deferred materials (容缺) that the applicant brings to a window: a clerk takes them in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.cases.intake import deferral_acts
from app.cases.intake import window as window_intake
from app.core import db
from tests.agency import owned as agency
from tests.agency.agents import id_number, phone
from tests.cases.builders import ID_NUMBER, NAME, PHONE, Filed, World, jpeg, ok, refused
from tests.cases.promised import (
    HEALTH,
    LATER,
    LEASE,
    after_working_days,
    item_of,
    supplied,
)

WHO = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
OTHER = {"name": "李大明", "phone": phone(3), "id_number": id_number(3), "consent": True}


async def _owing(world: World, **more: Any) -> Filed:
    """A case that was accepted without its health certificate."""
    return await world.accepted(item=await item_of(world, HEALTH, LEASE), **more)


async def _both_later(world: World) -> Filed:
    return await _owing(world, deferred=["health", "lease"], deferral_pledge=True)


async def _stands(world: World, by: str = "clerk", who: dict[str, Any] = WHO) -> str:
    return ok(await world.do(by, "applicants", who))["ticket"]


async def _taken(world: World, ticket: str, code: str, by: str = "clerk") -> dict[str, Any]:
    answer = await world.client.post(
        "/api/v1/desk/materials",
        params={"applicant": ticket},
        files={"file": ("照片.jpg", jpeg())},
        headers=await world.staff(by),
    )
    return {"requirement": code, "material_ids": [ok(answer, 201)["id"]]}


async def _bring(
    world: World, case: Filed, *codes: str, by: str = "clerk", who: dict[str, Any] = WHO
) -> httpx.Response:
    """The applicant comes to this clerk's window with these materials."""
    ticket = await _stands(world, by, who)
    photos = [await _taken(world, ticket, code, by) for code in codes]
    return await world.do(
        by, f"cases/{case.id}/deferred", {"applicant": ticket, "materials": photos}
    )


class TestWhoMay:
    async def test_only_a_clerk_of_the_hall(self, world: World) -> None:
        case = await _both_later(world)
        ticket = await _stands(world)
        body = {"applicant": ticket, "materials": [await _taken(world, ticket, "health")]}
        path = f"cases/{case.id}/deferred"
        refused(await world.do("", path, body), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await world.do(name, path, body), 403, "forbidden")
        refused(await _bring(world, case, "health", by="far_clerk"), 404, "not_found")
        ok(await world.do("clerk", path, body))

    async def test_a_ticket_is_one_clerks_and_ends(self, world: World) -> None:
        case, ticket = await _both_later(world), await _stands(world)
        body = {"applicant": ticket, "materials": [await _taken(world, ticket, "health")]}
        path = f"cases/{case.id}/deferred"
        refused(await world.do("clerk2", path, body), 409, "cases.ticket_ended")
        world.go_to(world.house.clock.now() + window_intake.STANDS_FOR + timedelta(seconds=1))
        refused(await world.do("clerk", path, body), 409, "cases.ticket_ended", "重新登记")

    async def test_only_from_the_applicant_of_the_case(self, world: World) -> None:
        case = await _both_later(world)
        answer = await _bring(world, case, "health", who=OTHER)
        refused(answer, 409, "cases.not_their_case", "核对身份证")
        namesake = WHO | {"id_number": id_number(3)}
        refused(await _bring(world, case, "health", who=namesake), 409, "cases.not_their_case")
        assert await world.trail(case, "case.deferred_taken_in") == 0

    async def test_only_photos_that_were_taken_for_this_applicant(self, world: World) -> None:
        case, ticket = await _both_later(world), await _stands(world)
        foreign = await supplied(await world.citizen("o-other"), world, "health")
        body = {"applicant": ticket, "materials": [foreign]}
        refused(await world.do("clerk", f"cases/{case.id}/deferred", body), 404, "not_found")


class TestOfAnEnterprise:
    async def _case(self, world: World) -> tuple[Filed, Any]:
        owner = await world.citizen()
        await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE id = $1", owner.id)
        firm = (await agency.enterprise(world, owner))["enterprise_id"]
        case = await world.accepted(
            owner=owner,
            item=await item_of(world, HEALTH),
            on_behalf={"enterprise_id": str(firm)},
            **LATER,
        )
        return case, firm

    async def test_its_people_bring_what_it_owes(self, world: World) -> None:
        case, _ = await self._case(world)
        ok(await _bring(world, case, "health"))
        assert (await world.seen(case))["deferrals"][0]["state"] == "supplied"

    async def test_whoever_has_left_it_is_its_applicant_no_more(self, world: World) -> None:
        case, firm = await self._case(world)
        await db.execute(
            "UPDATE enterprise_people SET removed_at = now(), removed_by = citizen_id"
            " WHERE enterprise_id = $1",
            firm,
        )
        refused(await _bring(world, case, "health"), 409, "cases.not_their_case")

    async def test_whoever_may_only_look_brings_nothing(self, world: World) -> None:
        case, firm = await self._case(world)
        await db.execute(
            "UPDATE enterprise_people SET role = 'viewer' WHERE enterprise_id = $1", firm
        )
        refused(await _bring(world, case, "health"), 403, "agency.may_not")


class TestWhatComesOfIt:
    async def test_it_is_part_of_the_case_and_stands_in_timeline_and_trail(
        self, world: World
    ) -> None:
        case = await _both_later(world)
        ok(await _bring(world, case, "health"))
        seen = await world.seen(case)
        assert {one["requirement"]: one["state"] for one in seen["deferrals"]} == {
            "health": "supplied",
            "lease": "open",
        }
        last = seen["timeline"][-1]
        assert (last["kind"], last["by"]) == ("deferred_supplied", "员工001（工号001）")
        assert "在窗口补交" in last["note"]
        assert await world.trail(case, "case.deferred_taken_in") == 1

    async def test_with_the_last_of_it_a_suspended_case_goes_on(self, world: World) -> None:
        case = await _both_later(world)
        await after_working_days(world, 7)
        assert await deferral_acts.suspend_overdue(world.act_as(), UUID(case.id))
        assert await world.state(case) == "suspended"
        ok(await _bring(world, case, "health"))
        assert await world.state(case) == "suspended"
        ok(await _bring(world, case, "lease", by="clerk2"))
        assert await world.state(case) == "under_review"

    async def test_what_nobody_owes_is_refused(self, world: World) -> None:
        case = await _owing(world, **LATER, materials=[await _lease(world)])
        refused(await _bring(world, case, "lease"), 422, "cases.not_deferred")
        ok(await _bring(world, case, "health"))
        refused(await _bring(world, case, "health"), 422, "cases.not_deferred")

    async def test_the_desk_offers_it_only_while_something_is_owed(self, world: World) -> None:
        case = await _both_later(world)

        async def offered(by: str) -> bool:
            acts = ok(await world.look(by, f"cases/{case.id}/work"))["acts"]
            return "supply_deferred" in acts

        assert await offered("clerk")
        assert not await offered("supervisor")
        ok(await _bring(world, case, "health", "lease"))
        assert not await offered("clerk")


async def _lease(world: World) -> dict[str, Any]:
    return await supplied(await world.citizen(), world, "lease")
