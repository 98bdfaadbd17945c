"""Departments taken as agreeing without a word: only where configured, never against a decision."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from app.cases.clock import lights
from app.cases.review import defaults
from app.cases.review import service as review
from app.core import db
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import begun, joint_item

DUE, LATE = date(2026, 3, 5), date(2026, 3, 6)
"""The fire department has three working days from Monday 2 March."""


async def filed_with(world: World, **flags: bool) -> Filed:
    await world.add_role("clerk2", "reviewer", "water")
    return await world.accepted(item=await joint_item(world, **flags))


async def states(case: Filed) -> dict[str, tuple[str, str | None]]:
    rows = await db.fetch(
        "SELECT d.name, t.state, t.by_default FROM case_tasks t"
        " JOIN departments d ON d.id = t.department_id WHERE t.case_id = $1",
        case.id,
    )
    return {row["name"]: (row["state"], row["by_default"]) for row in rows}


class TestOverdue:
    async def test_on_the_last_day_nothing_happens(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        world.go_to_day(DUE)
        await defaults.agree_for_overdue(world.act_as())
        assert (await states(case))["消防救援大队"] == ("open", None)

    async def test_the_day_after_it_counts_as_agreeing_and_it_is_recorded(
        self, world: World
    ) -> None:
        case = await filed_with(world, overdue_agrees=True)
        counted = defaults.agreed.labels("overdue")._value.get()
        world.go_to_day(LATE)
        for _ in range(2):
            await defaults.agree_for_overdue(world.act_as())
        assert await states(case) == {
            "市场监管局": ("open", None),
            "消防救援大队": ("granted", "overdue"),
            "水利局": ("open", None),
        }
        row = await db.fetch_one(
            "SELECT decided_by, opinion FROM case_tasks WHERE by_default IS NOT NULL"
        )
        assert row == {
            "decided_by": None,
            "opinion": "逾期未提出意见，按超时默认规则视为同意。",
        }
        seen = await world.seen(await world.again(case))
        assert seen["timeline"][-1]["kind"] == "agreed_by_default"
        assert "消防救援大队逾期未提出意见" in seen["timeline"][-1]["note"]
        assert await world.trail(case, "case.task_agreed_by_default") == 1
        assert defaults.agreed.labels("overdue")._value.get() == counted + 1

    async def test_its_light_has_turned_red_whichever_job_comes_first(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        world.go_to_day(LATE)
        for job in (defaults.agree_for_overdue, lights.turn_lights):
            await job(world.act_as())
        [red] = await db.fetch(
            "SELECT task_id, step, due FROM case_lights WHERE case_id = $1 AND light = 'red'",
            case.id,
        )
        assert red == {"task_id": await world.task(case, "fire"), "step": "review", "due": DUE}
        told = await db.fetch("SELECT payload::text FROM outbox WHERE topic = $1", lights.TOPIC)
        assert sum('"red"' in row["payload"] for row in told) == 1

    async def test_where_it_is_not_configured_only_the_light_turns_red(self, world: World) -> None:
        case = await filed_with(world)
        world.go_to_day(date(2026, 3, 31))
        await defaults.agree_for_overdue(world.act_as())
        assert {state for state, _ in (await states(case)).values()} == {"open"}

    async def test_the_last_to_agree_without_a_word_decides_the_case(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        ok(await world.grant(case, "market"))
        ok(await world.grant(case, "water", by="clerk2"))
        world.go_to_day(LATE)
        await defaults.agree_for_overdue(world.act_as())
        assert await world.state(case) == "granted"
        assert len(await db.fetch("SELECT 1 FROM services")) == 1

    async def test_while_its_clock_stands_no_limit_passes(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        await begun(world, case, by="fire_reviewer", task_id=str(await world.task(case, "fire")))
        world.go_to_day(date(2026, 3, 31))
        await defaults.agree_for_overdue(world.act_as())
        task = await world.task(case, "fire")
        assert not await defaults.agree_overdue(world.act_as(), task)
        assert (await states(case))["消防救援大队"] == ("open", None)

    async def test_who_has_proposed_to_refuse_has_spoken(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        world.go_to_day(DUE)
        proposal = ok(await world.refuse(case, "fire", by="fire_reviewer"), 202)
        world.go_to_day(LATE)
        await defaults.agree_for_overdue(world.act_as())
        assert (await states(case))["消防救援大队"] == ("open", None)
        ok(await world.answer(proposal["id"], agree=False))
        await defaults.agree_for_overdue(world.act_as())
        assert (await states(case))["消防救援大队"] == ("granted", "overdue")

    async def test_the_reviewer_who_comes_too_late_is_told(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        world.go_to_day(LATE)
        await defaults.agree_for_overdue(world.act_as())
        late = await world.grant(case, "fire", by="fire_reviewer")
        refused(late, 409, "cases.task_done", "超时默认")

    @pytest.mark.parametrize("first", ["decision", "default"])
    async def test_a_default_and_a_real_decision_at_once_make_one(
        self, world: World, first: str
    ) -> None:
        """Many times, either of them with a little start: one wins, and both are told."""
        await world.add_role("clerk2", "reviewer", "water")
        item, owner = await joint_item(world, overdue_agrees=True), await world.citizen()
        cases = [await world.accepted(owner=owner, item=item) for _ in range(10)]
        tasks = [await world.task(case, "fire") for case in cases]
        world.go_to_day(LATE)
        await world.staff("fire_reviewer")
        for case, task in zip(cases, tasks, strict=True):
            decision = world.grant(case, "fire", by="fire_reviewer")
            default = defaults.agree_overdue(world.act_as(), task)
            if first == "decision":
                answer, agreed = await asyncio.gather(decision, default)
            else:
                agreed, answer = await asyncio.gather(default, decision)
            assert answer.status_code == (409 if agreed else 200), answer.text
            row = await db.fetch_one(
                "SELECT state, by_default, decided_by FROM case_tasks WHERE id = $1", task
            )
            assert row is not None
            assert row["state"] == "granted"
            assert (row["by_default"] is None) == (row["decided_by"] is not None) == (not agreed)
            kinds = [
                entry["kind"]
                for entry in await db.fetch(
                    "SELECT kind FROM case_events WHERE case_id = $1", case.id
                )
            ]
            assert kinds.count("department_agreed") + kinds.count("agreed_by_default") == 1


class TestAbsent:
    async def agree(self, world: World, case: Filed, department: str = "fire") -> bool:
        return await review.agree_by_absence(
            world.act_as(),
            UUID(case.id),
            world.place.departments[department],
            "3月3日联合踏勘未到场",
        )

    async def test_where_it_is_configured_absence_is_agreement(self, world: World) -> None:
        case = await filed_with(world, absent_agrees=True)
        assert await self.agree(world, case)
        assert (await states(case))["消防救援大队"] == ("granted", "absent")
        note = (await world.seen(case))["timeline"][-1]["note"]
        assert note.endswith("按缺席默认规则视为同意（3月3日联合踏勘未到场）。")
        assert not await self.agree(world, case)

    async def test_elsewhere_it_changes_nothing(self, world: World) -> None:
        case = await filed_with(world, overdue_agrees=True)
        assert not await self.agree(world, case)
        assert not await self.agree(world, case, "water")
        assert {state for state, _ in (await states(case)).values()} == {"open"}

    async def test_who_has_decided_was_not_absent(self, world: World) -> None:
        case = await filed_with(world, absent_agrees=True)
        ok(await world.grant(case, "fire", by="fire_reviewer"))
        assert not await self.agree(world, case)
        assert (await states(case))["消防救援大队"] == ("granted", None)
