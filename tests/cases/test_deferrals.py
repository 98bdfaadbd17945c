"""Deferred materials (容缺): accepted without them, owed until a day, suspended for when late."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from app.cases import jobs
from app.core.clock import day_of
from app.halls import service as halls
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.promised import (
    HEALTH,
    LATER,
    LEASE,
    RULES,
    after_working_days,
    column,
    count,
    item_of,
    supplied,
)

BOTH = {"deferred": ["health", "lease"], "deferral_pledge": True}


async def _supply(world: World, case: Filed, *materials: dict[str, Any]) -> httpx.Response:
    return await world.mine(case, "deferred", {"materials": list(materials)})


async def _owing(world: World, *, accepted: bool = True, **given: Any) -> Filed:
    """A case that owes its health certificate, by default one whose review is open."""
    case = await world.filed(item=await item_of(world, HEALTH, LEASE), **(BOTH | given))
    if accepted:
        ok(await world.accept(case))
    return case


async def _states(world: World, case: Filed) -> dict[str, str]:
    return {d["requirement"]: d["state"] for d in (await world.seen(case))["deferrals"]}


class TestSubmitting:
    async def test_a_required_material_may_come_later_where_the_list_says_so(
        self, world: World
    ) -> None:
        owner, item = await world.citizen(), await item_of(world, HEALTH, RULES)
        refused(await world.submit(owner, item), 422, "catalog.materials_missing", "健康证明")
        also = {"deferred": ["health", "rules"], "deferral_pledge": True}
        refused(await world.submit(owner, item, **also), 422, "catalog.material_refused", "容缺")
        unknown = {"deferred": ["house"], "deferral_pledge": True}
        refused(await world.submit(owner, item, **unknown), 422, "catalog.material_refused")

    async def test_only_against_a_pledge_and_only_what_does_not_come_at_once(
        self, world: World
    ) -> None:
        owner, item = await world.citizen(), await item_of(world, HEALTH)
        bare = await world.submit(owner, item, deferred=["health"])
        refused(bare, 422, "cases.pledge_missing", "承诺")
        photo = await supplied(owner, world, "health")
        twice = await world.submit(owner, item, **LATER, materials=[photo])
        refused(twice, 422, "cases.promise_needless")
        assert await count("cases") == 0
        case = await world.filed(owner, item, **LATER)
        assert await _states(world, case) == {"health": "open"}

    async def test_acceptance_sets_the_days_and_the_receipt_names_them(self, world: World) -> None:
        case = await _owing(world)
        calendar = await halls.calendar(world.place.hall_id)
        today = day_of(world.house.clock.now())
        seen = await world.seen(case)
        dues = {d["name"]: d["due"] for d in seen["deferrals"]}
        assert dues == {
            "健康证明": calendar.add(today, 3).day.isoformat(),
            "租赁合同": calendar.add(today, 6).day.isoformat(),
        }
        lines = "".join(seen["receipts"][0]["lines"])
        assert "容缺受理：“健康证明”应于2026年03月05日前补交（3 个工作日）。" in lines
        assert "中止审查" in lines


class TestSupplying:
    async def test_only_the_applicant_and_only_what_is_owed(self, world: World) -> None:
        case = await _owing(world)
        other = await world.citizen("o-other")
        photo = await supplied(case.owner, world, "health")
        body = {"materials": [photo]}
        refused(await world.mine(case, "deferred", body, by=other), 404, "not_found")
        nobody = await world.client.post(f"/api/v1/cases/{case.id}/deferred", json=body)
        refused(nobody, 401, "not_signed_in")
        wrong = photo | {"requirement": "rules"}
        refused(await _supply(world, case, wrong), 422, "cases.not_deferred")
        many = await supplied(case.owner, world, "health", 3)
        refused(await _supply(world, case, many), 422, "catalog.material_refused", "最多")
        foreign = await supplied(other, world, "health")
        refused(await _supply(world, case, foreign), 404, "not_found")
        ok(await _supply(world, case, photo))
        refused(await _supply(world, case, photo), 422, "cases.not_deferred", "健康证明")
        assert await _states(world, case) == {"health": "supplied", "lease": "open"}
        assert await world.trail(case, "case.deferred_supplied") == 1

    async def test_it_can_come_before_the_acceptance_too(self, world: World) -> None:
        case = await _owing(world, accepted=False)
        ok(await _supply(world, case, await supplied(case.owner, world, "health")))
        ok(await world.accept(case))
        (health, lease) = (await world.seen(case))["deferrals"]
        assert (health["state"], health["due"]) == ("supplied", None)
        assert lease["due"] is not None

    async def test_a_correction_may_bring_it(self, world: World) -> None:
        case = await _owing(world, accepted=False)
        ask = {"points": [{"text": "照片不清楚。", "requirement": "health"}]}
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ask))
        photo = await supplied(case.owner, world, "health")
        ok(await world.mine(case, "supplement", {"materials": [photo]}))
        assert await _states(world, case) == {"health": "supplied", "lease": "open"}

    async def test_a_grant_waits_for_it(self, world: World) -> None:
        case = await _owing(world)
        ok(await world.grant(case))
        assert await world.state(case) == "under_review"
        assert (await world.seen(case))["timeline"][-1]["kind"] == "waits_for_deferred"
        ok(await _supply(world, case, await supplied(case.owner, world, "health")))
        assert await world.state(case) == "under_review"
        ok(await _supply(world, case, await supplied(case.owner, world, "lease")))
        assert await world.state(case) == "granted"

    async def test_after_the_decision_nothing_is_owed(self, world: World) -> None:
        case = await _owing(world)
        ok(await world.answer(ok(await world.refuse(case), 202)["id"]))
        assert set((await _states(world, case)).values()) == {"ended"}
        late = await _supply(world, case, await supplied(case.owner, world, "health"))
        refused(late, 409, "cases.wrong_state")


class TestReminding:
    async def test_once_on_the_working_day_before(self, world: World) -> None:
        case = await _owing(world)
        assert await jobs.remind_of_deferrals(world.act_as()) == 0
        await after_working_days(world, 2)
        assert await jobs.remind_of_deferrals(world.act_as()) == 1
        assert await jobs.remind_of_deferrals(world.act_as()) == 0
        case = await world.again(case)
        last = (await world.seen(case))["timeline"][-1]
        assert (last["kind"], last["by"]) == ("deferral_reminded", "系统")
        assert last["note"] == "容缺材料“健康证明”应于2026年03月05日前补交。"
        assert (await world.notices(case))[-1] == "reminder"

    async def test_also_over_a_holiday(self, world: World) -> None:
        """Of Spring Festival 2026, 14 February is the last day that works, 24 the next one."""
        world.go_to_day(date(2026, 2, 12))
        case = await _owing(world)
        assert (await world.seen(case))["deferrals"][0]["due"] == "2026-02-24"
        world.go_to_day(date(2026, 2, 13))
        assert await jobs.remind_of_deferrals(world.act_as()) == 0
        world.go_to_day(date(2026, 2, 14))
        assert await jobs.remind_of_deferrals(world.act_as()) == 1

    async def test_not_of_what_has_come(self, world: World) -> None:
        case = await _owing(world)
        ok(await _supply(world, case, await supplied(case.owner, world, "health")))
        await after_working_days(world, 2)
        assert await jobs.remind_of_deferrals(world.act_as()) == 0


class TestOverdue:
    async def test_the_case_is_suspended_and_its_clock_stands_still(self, world: World) -> None:
        case = await _owing(world)
        await after_working_days(world, 3)
        assert await jobs.suspend_overdue(world.act_as()) == 0, "it is due today"
        await after_working_days(world, 1)
        assert await jobs.suspend_overdue(world.act_as()) == 1
        assert await jobs.suspend_overdue(world.act_as()) == 0
        case = await world.again(case)
        seen = await world.seen(case)
        assert (seen["state"], seen["progress"]) == ("suspended", "已中止")
        assert await _states(world, case) == {"health": "overdue", "lease": "open"}
        assert seen["receipts"][-1]["title"] == "中止审查告知书"
        assert await column(case, "paused_since") is not None
        refused(await world.grant(case), 409, "cases.wrong_state", "已中止")

    async def test_when_all_has_come_the_review_goes_on_by_the_days_left(
        self, world: World
    ) -> None:
        case = await _owing(world)
        before = await column(case, "promised_due")
        await after_working_days(world, 4)
        await jobs.suspend_overdue(world.act_as())
        await after_working_days(world, 3)
        assert await jobs.suspend_overdue(world.act_as()) == 1, "the lease is late by now too"
        case = await world.again(case)
        assert set((await _states(world, case)).values()) == {"overdue"}
        ok(await _supply(world, case, await supplied(case.owner, world, "health")))
        assert await world.state(case) == "suspended"
        ok(await _supply(world, case, await supplied(case.owner, world, "lease")))
        assert await world.state(case) == "under_review"
        calendar = await halls.calendar(world.place.hall_id)
        assert await column(case, "promised_due") == calendar.add(before, 3).day
        assert await column(case, "paused_since") is None
        ok(await world.grant(case))
        assert await world.state(case) == "granted"

    async def test_a_review_that_waited_for_it_is_decided_when_it_comes(self, world: World) -> None:
        case = await _owing(world)
        ok(await world.grant(case))
        ok(await _supply(world, case, await supplied(case.owner, world, "lease")))
        await after_working_days(world, 4)
        assert await jobs.suspend_overdue(world.act_as()) == 1
        case = await world.again(case)
        ok(await _supply(world, case, await supplied(case.owner, world, "health")))
        assert await world.state(case) == "granted"

    async def test_it_cannot_race_the_applicant(self, world: World) -> None:
        ended: set[str] = set()
        item = await item_of(world, HEALTH)
        for _ in range(4):
            world.go_to_day(date(2026, 3, 2))
            case = await world.filed(item=item, **LATER)
            ok(await world.accept(case))
            await after_working_days(world, 4)
            case = await world.again(case)
            photo = await supplied(case.owner, world, "health")
            answer, _ = await asyncio.gather(
                _supply(world, case, photo), jobs.suspend_overdue(world.act_as())
            )
            ok(answer)
            ended.add(await world.state(case))
        assert ended == {"under_review"}

    @pytest.mark.parametrize("how", ["withdraw", "suspended withdraw"])
    async def test_withdrawal_ends_what_is_owed(self, world: World, how: str) -> None:
        case = await _owing(world)
        if how != "withdraw":
            await after_working_days(world, 4)
            await jobs.suspend_overdue(world.act_as())
            case = await world.again(case)
        ok(await world.mine(case, "withdraw"))
        assert set((await _states(world, case)).values()) == {"ended"}
        assert await count("case_pauses", "ended_at IS NULL") == 0
