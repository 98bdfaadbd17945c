"""What stops a review: termination with a second person's consent; suspension and going on."""

from uuid import UUID

import pytest

from app.cases.clock import endings
from app.cases.models import Case
from app.cases.records import WrongState, locked
from app.core import db
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import begun

WHY = {"reason": "申请人经营场所已灭失。", "basis": "食品经营许可和备案管理办法"}


async def terminate(world: World, case: Filed, by: str = "clerk"):
    return await world.do(by, f"cases/{case.id}/terminate", WHY)


@pytest.fixture
async def case(world: World) -> Filed:
    return await world.accepted()


class TestTerminate:
    async def test_only_who_handles_the_case_proposes(self, world: World, case: Filed) -> None:
        refused(await terminate(world, case, by=""), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await terminate(world, case, by=name), 403, "forbidden")
        for name in ("fire_reviewer", "far_clerk"):
            refused(await terminate(world, case, by=name), 404, "not_found")
        ok(await terminate(world, case, by="reviewer"), 202)
        assert await world.state(case) == "under_review"

    async def test_with_consent_all_that_was_under_way_ends(
        self, world: World, case: Filed
    ) -> None:
        await begun(world, case)
        proposal = ok(await terminate(world, case), 202)
        ok(await world.answer(proposal["id"]))
        seen = await world.seen(case)
        assert (seen["state"], seen["progress"]) == ("terminated", "已终止")
        assert [task["state"] for task in seen["tasks"]] == ["ended"]
        assert seen["receipts"][-1]["title"] == "终止办理告知书"
        assert f"理由：{WHY['reason']}" in seen["receipts"][-1]["lines"]
        assert f"依据：{WHY['basis']}" in seen["receipts"][-1]["lines"]
        assert (await world.notices(case))[-1] == "ready"
        assert await db.fetch("SELECT 1 FROM case_pauses WHERE ended_at IS NULL") == []
        assert await world.trail(case, "case.terminated") == 1
        refused(await world.grant(case), 409, "cases.wrong_state", "已终止")

    async def test_declined_the_review_goes_on(self, world: World, case: Filed) -> None:
        proposal = ok(await terminate(world, case), 202)
        ok(await world.answer(proposal["id"], agree=False))
        assert ok(await world.grant(case))["state"] == "granted"

    async def test_before_acceptance_there_is_nothing_to_terminate(self, world: World) -> None:
        waiting = await world.filed()
        refused(await terminate(world, waiting), 409, "cases.wrong_state")


class TestSuspend:
    async def test_a_suspended_case_is_not_decided_and_goes_on(
        self, world: World, case: Filed
    ) -> None:
        await self._do(world, case, endings.suspend)
        assert await world.state(case) == "suspended"
        refused(await world.grant(case), 409, "cases.wrong_state", "已中止")
        await self._do(world, case, endings.resume)
        assert ok(await world.grant(case))["state"] == "granted"
        kinds = [entry["kind"] for entry in (await world.seen(case))["timeline"]]
        assert kinds[-4:-2] == ["suspended", "resumed"]

    async def test_what_was_proposed_has_no_object_any_more(
        self, world: World, case: Filed
    ) -> None:
        proposal = ok(await world.refuse(case), 202)
        await self._do(world, case, endings.suspend)
        refused(await world.answer(proposal["id"]), 409, "cases.proposal_settled")

    async def test_neither_is_done_twice(self, world: World, case: Filed) -> None:
        with pytest.raises(WrongState):
            await self._do(world, case, endings.resume)
        await self._do(world, case, endings.suspend)
        with pytest.raises(WrongState):
            await self._do(world, case, endings.suspend)

    async def _do(self, world: World, case: Filed, what) -> Case:
        act = world.act_as()
        async with act.transaction():
            found = await locked(UUID(case.id))
            await what(act, found, "等待材料。")
        return found
