"""Pauses: who stops the clock, what stands still, and what the days are afterwards."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from app.core import db
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import (
    FRIDAY,
    HEARING,
    NEXT_MONDAY,
    THURSDAY,
    VISIT,
    begin,
    begun,
    case_row,
    eight_days,
    end,
    joint_item,
    shown,
    task_dues,
)


@pytest.fixture
async def case(world: World) -> Filed:
    """Accepted on Monday 2 March, promised in eight working days: until 12 March."""
    return await world.accepted(item=await eight_days(world))


class TestBegin:
    async def test_only_who_handles_the_case_may(self, world: World, case: Filed) -> None:
        refused(await begin(world, case, by=""), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await begin(world, case, by=name), 403, "forbidden")
        for name in ("fire_reviewer", "far_clerk"):
            refused(await begin(world, case, by=name), 404, "not_found")
        refused(await world.do("clerk", f"cases/{uuid4()}/pauses", VISIT), 404, "not_found")
        assert (await case_row(case))["paused_since"] is None

    @pytest.mark.parametrize("name", ["reviewer", "clerk"])
    async def test_a_reviewer_of_the_task_or_a_clerk_may(
        self, world: World, case: Filed, name: str
    ) -> None:
        task = str(await world.task(case))
        await begun(world, case, by=name, task_id=task)
        row = await db.fetch_one("SELECT task_id, kind, began_by FROM case_pauses")
        assert row == {
            "task_id": await world.task(case),
            "kind": "site_visit",
            "began_by": f"staff:{world.place.staff[name]}",
        }
        assert await world.trail(case, "case.paused") == 1

    async def test_a_task_of_another_case_or_one_that_is_over_is_not_found(
        self, world: World, case: Filed
    ) -> None:
        other = await world.accepted(owner=case.owner, item=await world.item("OTHER"))
        stranger = str(await world.task(other))
        for name in ("clerk", "reviewer"):
            refused(await begin(world, case, by=name, task_id=stranger), 404, "not_found")

    async def test_what_is_not_under_review_has_no_clock_to_stop(self, world: World) -> None:
        waiting = await world.filed()
        refused(await begin(world, waiting, by="clerk"), 409, "cases.wrong_state")
        refused(await begin(world, waiting), 404, "not_found")  # no task is open yet
        done = await world.granted(owner=waiting.owner, item=await world.item("DONE"))
        refused(await begin(world, done, by="clerk"), 409, "cases.wrong_state")

    async def test_the_same_pause_twice_is_one(self, world: World, case: Filed) -> None:
        answers = await asyncio.gather(*(begin(world, case) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
        refused(await begin(world, case), 409, "cases.already_paused")
        assert len(await db.fetch("SELECT 1 FROM case_pauses")) == 1

    async def test_a_repeat_with_the_same_key_gets_the_first_answer(
        self, world: World, case: Filed
    ) -> None:
        first = ok(await begin(world, case, key="p-1"), 201)
        assert ok(await begin(world, case, key="p-1"), 201) == first

    async def test_the_law_wants_the_time_told_in_writing(self, world: World, case: Filed) -> None:
        for kind in ("hearing", "inspection", "appraisal", "expert_review"):
            untold = await begin(world, case, kind=kind)
            refused(untold, 422, "cases.expected_days", "书面告知")
        await begun(world, case, **HEARING)
        last = (await world.receipts(case))[-1]
        assert (last["kind"], last["title"]) == ("paused", "审查所需时间告知书")
        assert any("预计需要 20 个工作日" in line for line in last["lines"])
        assert (await world.notices(case))[-1] == "reminder"

    async def test_a_site_visit_needs_no_receipt(self, world: World, case: Filed) -> None:
        await begun(world, case)
        assert [r["kind"] for r in await world.receipts(case)] == ["accepted"]
        assert (await world.seen(case))["timeline"][-1]["note"].startswith("因现场踏勘")

    @pytest.mark.parametrize("kind", ["correction", "deferral", "lunch"])
    async def test_what_the_applicant_owes_is_not_ordered_at_the_desk(
        self, world: World, case: Filed, kind: str
    ) -> None:
        refused(await begin(world, case, kind=kind), 422, "invalid_body")


class TestWhileItStands:
    async def test_what_remains_and_the_light_stand_still(self, world: World, case: Filed) -> None:
        world.go_to_day(THURSDAY)
        await begun(world, case)
        at_once = await shown(world, case)
        world.go_to_day(date(2026, 4, 20))
        later = await shown(world, case)
        assert at_once["remaining_days"] == later["remaining_days"] == 5
        assert at_once["light"] == later["light"] == "green"
        assert at_once["promised_due"] == "2026-03-12"
        # If it went on from that Monday, five working days would be left.
        assert later["promised_due"] == "2026-04-27"
        assert later["paused_since"] == "2026-03-05"
        assert "暂停计时，还剩 5 个工作日" in later["text"]

    async def test_lists_say_so_too(self, world: World, case: Filed) -> None:
        world.go_to_day(THURSDAY)
        await begun(world, case)
        world.go_to_day(date(2026, 4, 20))
        row = ok(await world.look("clerk", "cases", hall_id=world.place.hall_id))["items"][0]
        assert (row["paused"], row["promised_due"], row["remaining_days"]) == (True, None, 5)
        tasks = await world.look(
            "reviewer", "tasks", department_id=world.place.departments["market"]
        )
        found = ok(tasks)["items"][0]
        assert (found["paused"], found["remaining_days"], found["light"]) == (True, 5, "green")

    async def test_a_decision_ends_it(self, world: World, case: Filed) -> None:
        world.go_to_day(THURSDAY)
        await begun(world, case)
        world.go_to_day(FRIDAY)
        assert ok(await world.grant(case))["state"] == "granted"
        row = await case_row(case)
        assert (row["paused_since"], row["used_days"]) == (None, 3)
        assert row["promised_due"] == date(2026, 3, 13)
        open_ones = await db.fetch("SELECT 1 FROM case_pauses WHERE ended_at IS NULL")
        assert open_ones == []

    async def test_a_withdrawn_case_has_no_pause_to_end(self, world: World, case: Filed) -> None:
        pause = await begun(world, case)
        ok(await world.mine(case, "withdraw"))
        refused(await end(world, pause), 409, "cases.pause_over")


class TestEnd:
    async def test_the_days_are_worked_out_again(self, world: World, case: Filed) -> None:
        """From Thursday to Monday: Friday and Monday do not count."""
        world.go_to_day(THURSDAY)
        pause = await begun(world, case)
        world.go_to_day(NEXT_MONDAY)
        answer = ok(await end(world, pause))
        assert answer["due"] == "2026-03-16"
        row = await case_row(case)
        assert row["promised_due"] == date(2026, 3, 16)
        assert row["legal_due"] == date(2026, 4, 1)
        assert (await task_dues(case))["市场监管局"] == date(2026, 3, 16)
        seen = await shown(world, case)
        assert seen["arithmetic"] == [
            "3月2日（周一）受理，当日不计入；承诺 8 个工作日 → 3月12日（周四）",
            "3月5日（周四）现场踏勘暂停，3月9日（周一）恢复，扣除 2 个工作日 → 3月16日（周一）",
        ]
        assert [(p["began"], p["ended"]) for p in seen["pauses"]] == [("2026-03-05", "2026-03-09")]
        assert await world.trail(case, "case.pause_ended") == 1

    async def test_only_who_may_begin_may_end(self, world: World, case: Filed) -> None:
        pause = await begun(world, case)
        refused(await end(world, pause, by=""), 401, "not_signed_in")
        refused(await end(world, pause, by="supervisor"), 403, "forbidden")
        for name in ("fire_reviewer", "far_clerk"):
            refused(await end(world, pause, by=name), 404, "not_found")
        refused(await end(world, str(uuid4())), 404, "not_found")
        ok(await end(world, pause, by="reviewer2"))
        refused(await end(world, pause), 409, "cases.pause_over")

    async def test_two_at_once_end_it_once(self, world: World, case: Filed) -> None:
        pause = await begun(world, case)
        answers = await asyncio.gather(*(end(world, pause) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
        assert await world.trail(case, "case.pause_ended") == 1

    async def test_of_two_pauses_the_last_lets_the_clock_go_on(
        self, world: World, case: Filed
    ) -> None:
        world.go_to_day(THURSDAY)
        visit = await begun(world, case)
        hearing = await begun(world, case, **HEARING)
        world.go_to_day(FRIDAY)
        assert ok(await end(world, visit))["due"] is None
        assert (await case_row(case))["paused_since"] == THURSDAY
        world.go_to_day(NEXT_MONDAY)
        assert ok(await end(world, hearing))["due"] == "2026-03-16"


class TestDepartments:
    """Three departments at once; one of them visits the place."""

    @pytest.fixture
    async def joint(self, world: World) -> Filed:
        await world.add_role("clerk2", "reviewer", "water")
        return await world.accepted(item=await joint_item(world))

    async def test_one_departments_pause_stops_its_clock_and_the_cases(
        self, world: World, joint: Filed
    ) -> None:
        world.go_to_day(THURSDAY)
        fire = str(await world.task(joint, "fire"))
        pause = await begun(world, joint, by="fire_reviewer", task_id=fire)
        world.go_to_day(NEXT_MONDAY)
        ok(await end(world, pause, by="fire_reviewer"))
        assert await task_dues(joint) == {
            "市场监管局": date(2026, 3, 9),
            "消防救援大队": date(2026, 3, 9),
            "水利局": date(2026, 3, 9),
        }
        assert (await case_row(joint))["promised_due"] == date(2026, 3, 16)

    async def test_without_a_task_it_is_everybodys(self, world: World, joint: Filed) -> None:
        world.go_to_day(THURSDAY)
        pause = await begun(world, joint, by="fire_reviewer")
        world.go_to_day(NEXT_MONDAY)
        ok(await end(world, pause, by="clerk2"))
        assert await task_dues(joint) == {
            "市场监管局": date(2026, 3, 11),
            "消防救援大队": date(2026, 3, 9),
            "水利局": date(2026, 3, 11),
        }

    async def test_another_departments_task_is_not_theirs_to_stop(
        self, world: World, joint: Filed
    ) -> None:
        water = str(await world.task(joint, "water"))
        answer = await begin(world, joint, by="fire_reviewer", task_id=water)
        refused(answer, 404, "not_found")

    async def test_the_departments_decision_ends_its_own_pause(
        self, world: World, joint: Filed
    ) -> None:
        world.go_to_day(THURSDAY)
        fire = str(await world.task(joint, "fire"))
        await begun(world, joint, by="fire_reviewer", task_id=fire)
        ok(await world.grant(joint, "fire", by="fire_reviewer"))
        assert (await case_row(joint))["paused_since"] is None
