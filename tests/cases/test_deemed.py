"""Acceptance by law (art. 32): what nobody answered within five days counts as accepted."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from app.cases import jobs
from app.cases.intake import acceptance
from app.cases.models import Case
from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.halls import service as halls
from app.halls.schemas import DayIn
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.promised import HEALTH, LATER, after_working_days, column, count, item_of
from tests.evaluations.hub import NODES_RATED

ASK = {"points": ["照片不清楚。"]}


async def _deem(world: World) -> int:
    return await jobs.deem_accepted(world.act_as())


def _counted() -> float:
    return REGISTRY.get_sample_value("zhangban_cases_deemed_accepted_total") or 0


class TestDay:
    async def test_the_last_day_to_answer_is_the_fifth_after_receipt(self, world: World) -> None:
        case = await world.filed()
        calendar = await halls.calendar(world.place.hall_id)
        received = day_of(world.house.clock.now())
        assert await column(case, "accept_due") == calendar.add(received, 5).day
        await after_working_days(world, 5)
        assert await _deem(world) == 0
        await after_working_days(world, 1)
        assert await _deem(world) == 1

    async def test_a_supplement_begins_it_anew(self, world: World) -> None:
        case = await world.filed()
        await after_working_days(world, 3)
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        await after_working_days(world, 10)
        assert await _deem(world) == 0, "the applicant has the turn"
        case = await world.again(case)
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
        await after_working_days(world, 5)
        assert await _deem(world) == 0
        await after_working_days(world, 1)
        assert await _deem(world) == 1

    async def test_a_day_on_which_the_hall_was_closed_meanwhile_does_not_count(
        self, world: World
    ) -> None:
        case = await world.filed()
        manager = world.act_as(await world.place.actor(world.act_as(), "manager"))
        shut = day_of(world.house.clock.now()) + timedelta(days=1)
        await halls.set_day(
            manager, world.place.hall_id, DayIn(day=shut, open=False, reason="停电")
        )
        before = await column(case, "accept_due")
        world.go_to_day(before + timedelta(days=1))
        assert await _deem(world) == 0
        assert await column(case, "accept_due") > before
        assert await world.state(case) == "submitted"


class TestEffect:
    async def test_it_counts_from_the_day_it_was_received_and_nobody_accepted_it(
        self, world: World
    ) -> None:
        case, received = await world.filed(), day_of(world.house.clock.now())
        before = _counted()
        await after_working_days(world, 6)
        assert await _deem(world) == 1
        assert await _deem(world) == 0
        assert _counted() == before + 1
        row = await db.fetch_one(
            "SELECT state, deemed, clock_from, accepted_by, window_id, promised_due"
            " FROM cases WHERE id = $1",
            case.id,
        )
        calendar = await halls.calendar(world.place.hall_id)
        assert row == {
            "state": "under_review",
            "deemed": True,
            "clock_from": received,
            "accepted_by": None,
            "window_id": None,
            "promised_due": calendar.add(received, 5).day,
        }
        seen = await world.seen(await world.again(case))
        assert "行政许可法第三十二条" in seen["receipts"][0]["lines"][0]
        assert (seen["timeline"][-1]["by"], seen["deemed"]) == ("系统", True)
        assert [task["state"] for task in seen["tasks"]] == ["open"]
        assert (await world.notices(case))[-1] == "reminder"
        assert await world.trail(case, "case.deemed_accepted") == 1

    async def test_the_step_is_red_and_told_of_once(self, world: World) -> None:
        case = await world.filed()
        await after_working_days(world, 6)
        await _deem(world)
        lights = await db.fetch(
            "SELECT step, light FROM case_lights WHERE case_id = $1 AND light = 'red'"
            " AND step = 'accept'",
            case.id,
        )
        assert len(lights) == 1
        told = await count("outbox", "topic = 'supervision.light' AND payload->>'step' = 'accept'")
        assert told == 1

    async def test_pre_checked_ones_too_and_deferred_materials_get_their_day(
        self, world: World
    ) -> None:
        item = await item_of(world, HEALTH, pre_check=True)
        case = await world.filed(item=item, **LATER)
        ok(await world.do("clerk", f"cases/{case.id}/pre-check"))
        today = await after_working_days(world, 6)
        assert await _deem(world) == 1
        (health,) = (await world.seen(await world.again(case)))["deferrals"]
        calendar = await halls.calendar(world.place.hall_id)
        assert health["due"] == calendar.add(today, 3).day.isoformat()

    async def test_everything_after_it_works_without_a_window(self, world: World) -> None:
        path = f"/api/v1/halls/{world.place.hall_id}/rating-settings"
        manager = await world.staff("manager")
        ok(await world.client.put(path, json=NODES_RATED, headers=manager))
        case = await world.filed()
        await after_working_days(world, 6)
        await _deem(world)
        ok(await world.look("clerk", f"cases/{case.id}"))
        ok(await world.grant(case))
        paper = {"title": "许可证", "number": "1"}
        ok(await world.do("clerk", f"cases/{case.id}/issue", paper))
        ok(await world.do("clerk", f"cases/{case.id}/deliver", {"collector": None}))
        seen = await world.seen(await world.again(case))
        assert seen["state"] == "closed"
        rated = await db.fetch("SELECT subject FROM services ORDER BY subject")
        assert f"case:{case.number}:accepted" not in {row["subject"] for row in rated}
        assert f"case:{case.number}" in {row["subject"] for row in rated}


class TestRace:
    async def test_the_job_and_a_clerk_at_once_have_one_effect(self, world: World) -> None:
        item = await world.item()
        for _ in range(4):
            case = await world.filed(item=item)
            await after_working_days(world, 6)
            await world.staff("clerk")
            await asyncio.gather(world.accept(case), _deem(world), _deem(world))
            assert await world.state(case) == "under_review"
            assert await count("case_receipts", f"case_id = '{case.id}'") == 1

    async def test_one_that_fails_keeps_no_other_waiting(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item, owner = await world.item(), await world.citizen()
        cases: list[Filed] = [await world.filed(owner, item) for _ in range(3)]
        await after_working_days(world, 6)
        deem = acceptance.deem

        async def fails_for_one(act: Act, case: Case) -> bool:
            if str(case.id) == cases[1].id:
                raise RuntimeError("this one cannot be accepted")
            return await deem(act, case)

        monkeypatch.setattr(acceptance, "deem", fails_for_one)
        assert await _deem(world) == 2
        for case in (cases[0], cases[2]):
            assert await world.state(case) == "under_review"

    async def test_a_clerk_who_comes_late_accepts_from_the_day_of_receipt(
        self, world: World
    ) -> None:
        case = await world.filed()
        received = await column(case, "clock_from")
        assert received is None
        day = day_of(world.house.clock.now())
        await after_working_days(world, 6)
        refused(
            await world.do("clerk", f"cases/{case.id}/ask-correction", ASK),
            409,
            "cases.answered_too_late",
        )
        ok(await world.accept(case))
        assert (await column(case, "clock_from"), await column(case, "deemed")) == (day, True)
        assert await _deem(world) == 0
