"""What a decision says and waits for, and what the system of a department reports."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from app.cases.records import locked
from app.cases.review import service as review
from app.core import db
from app.core.auth import Client
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import joint_item
from tests.evaluations.hub import system_of


class TestDecision:
    async def test_it_says_how_many_days_it_took_and_until_when_it_is_delivered(
        self, world: World
    ) -> None:
        """Accepted on Monday 2 March, decided on Thursday; delivered within ten days (art. 44)."""
        case = await world.accepted()
        world.go_to_day(date(2026, 3, 5))
        ok(await world.grant(case))
        row = await db.fetch_one("SELECT decision, used_days, delivery_due FROM cases")
        assert row == {
            "decision": "granted",
            "used_days": 3,
            "delivery_due": date(2026, 3, 19),
        }
        shown = (await world.seen(await world.again(case)))["deadline"]
        assert shown["used_days"] == 3
        assert shown["arithmetic"][-1] == "3月5日（周四）作出决定，实际用时 3 个工作日"
        assert "将在2026年03月19日前送达" in shown["text"]

    async def test_it_waits_for_what_was_deferred_and_says_so_once(self, world: World) -> None:
        case = await world.accepted(item=await joint_item(world))
        await db.execute(
            "INSERT INTO case_deferrals (id, case_id, requirement, days, pledged_at, due, state)"
            " VALUES ($1, $2, 'plan', 10, now(), $3, 'open')",
            uuid4(),
            case.id,
            date(2026, 3, 16),
        )
        await world.add_role("clerk2", "reviewer", "water")
        ok(await world.grant(case, "water", by="clerk2"))
        ok(await world.grant(case, "fire", by="fire_reviewer"))
        assert ok(await world.grant(case, "market"))["state"] == "under_review"
        await db.execute("UPDATE case_deferrals SET state = 'overdue'")
        await self._follow(world, case)
        kinds = [entry["kind"] for entry in (await world.seen(case))["timeline"]]
        assert kinds.count("waits_for_deferred") == 1
        assert await world.state(case) == "under_review"
        await db.execute("UPDATE case_deferrals SET state = 'supplied', supplied_at = now()")
        await self._follow(world, case)
        assert await world.state(case) == "granted"
        await self._follow(world, case)
        assert await world.trail(case, "case.granted") == 1

    async def _follow(self, world: World, case: Filed) -> None:
        act = world.act_as()
        async with act.transaction():
            await review.follow(act, await locked(UUID(case.id)))

    async def test_who_leads_a_stage_is_shown(self, world: World) -> None:
        case = await world.accepted(item=await joint_item(world))
        await db.execute(
            "UPDATE case_tasks SET lead = department_id = $1", world.place.departments["fire"]
        )
        tasks = (await world.seen(case))["tasks"]
        assert [task["department"] for task in tasks if task["lead"]] == ["消防救援大队"]
        # And it is the one that may propose to put the decision off.
        body = {"days": 5, "reason": "需要补充检测。"}
        path = f"cases/{case.id}/extend"
        refused(await world.do("reviewer", path, body), 404, "not_found")
        ok(await world.do("fire_reviewer", path, body), 202)


class TestOtherSystems:
    """What the system of a department reports; that it speaks for it was asked before."""

    @pytest.fixture
    async def system(self, world: World) -> Client:
        made = await system_of(world.act_as, world.place, world.house, world.client)
        return Client(made.id, world.place.hall_id)

    async def report(self, world: World, system: Client, case: Filed, *, agreed: bool):
        return await review.settle_by_client(
            world.act_as(system),
            await world.task(case),
            system,
            agreed=agreed,
            opinion="不符合安全距离。",
            basis="消防法第十五条",
        )

    async def test_its_agreement_is_the_departments(self, world: World, system: Client) -> None:
        case = await world.accepted()
        assert await self.report(world, system, case, agreed=True) is None
        assert await world.state(case) == "granted"
        row = await db.fetch_one("SELECT decided_by, decided_client, state FROM case_tasks")
        assert row == {"decided_by": None, "decided_client": system.id, "state": "granted"}
        refused(await world.grant(case), 409, "cases.task_done", "审批系统")

    async def test_its_refusal_needs_a_persons_consent(self, world: World, system: Client) -> None:
        case = await world.accepted()
        proposal = await self.report(world, system, case, agreed=False)
        assert proposal is not None
        assert await world.state(case) == "under_review"
        for name in ("supervisor", "reviewer"):
            rows = ok(await world.look(name, "proposals"))["items"]
            assert [row["proposed_by"] for row in rows] == ["部门的审批系统"]
        ok(await world.answer(str(proposal.id), by="reviewer"))
        assert await world.state(case) == "refused"
        row = await db.fetch_one("SELECT decided_by, decided_client FROM case_tasks")
        assert row == {"decided_by": None, "decided_client": system.id}
        desk = ok(await world.look("clerk", f"cases/{case.id}"))
        assert desk["proposals"][0]["proposed_by"] == "部门的审批系统"

    async def test_a_reviewer_and_a_system_at_once_make_one_decision(
        self, world: World, system: Client
    ) -> None:
        owner, item = await world.citizen(), await world.item()
        for _ in range(5):
            case = await world.accepted(owner=owner, item=item)
            await world.staff("reviewer")
            answer, reported = await asyncio.gather(
                world.grant(case),
                self.report(world, system, case, agreed=True),
                return_exceptions=True,
            )
            assert not isinstance(answer, BaseException)
            assert (answer.status_code == 200) == isinstance(reported, review.TaskDone)
            assert await world.trail(case, "case.granted") == 1
