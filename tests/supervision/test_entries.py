"""Supervision entries: a red light opens one, it must be answered, and another person judges."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from app.cases.rules import Step
from app.core import db
from app.core.auth import Role
from app.core.lights import Light
from app.core.outbox import GiveUp
from app.halls import service as halls
from app.halls.schemas import DepartmentIn
from app.supervision import jobs
from app.supervision.records import channel
from tests.cases.builders import ok, refused
from tests.supervision.watch import ANSWER, NOTE, Watch

THURSDAY = date(2026, 3, 5)


class TestLights:
    async def test_a_red_light_opens_an_entry_that_says_what_is_overdue(self, watch: Watch) -> None:
        case = await watch.case()
        task = await watch.task(case)
        await watch.turn(watch.turned(case, task=task))
        [row] = await watch.entries("supervisor")
        assert row["number"] == f"{case.number}-D01"
        assert (row["cause"], row["step"], row["state"]) == ("overdue", "review", "open")
        assert row["department"] == "市场监管局"
        assert row["why"] == "“部门审查”应于 2026-03-05 前完成，已超期。"
        assert (row["due"], row["remaining_days"], row["light"]) == ("2026-03-04", 2, "green")
        assert await watch.trail(row["id"], "opened") == 1

    async def test_the_same_light_again_opens_nothing(self, watch: Watch) -> None:
        case = await watch.case()
        turned = watch.turned(case, task=await watch.task(case))
        for _ in range(3):
            await watch.turn(turned)
        assert len(await watch.entries("supervisor")) == 1

    async def test_ten_workers_with_one_light_open_one_entry(self, watch: Watch) -> None:
        case = await watch.case()
        turned = watch.turned(case)
        await asyncio.gather(*(watch.turn(turned) for _ in range(10)))
        [row] = await watch.entries("supervisor")
        assert await watch.trail(row["id"], "opened") == 1

    async def test_another_step_and_another_day_are_other_entries(self, watch: Watch) -> None:
        case = await watch.case()
        market, fire = await watch.task(case), await watch.task(case, "fire")
        for turned in (
            watch.turned(case),
            watch.turned(case, task=market),
            watch.turned(case, task=fire),
            watch.turned(case, due=date(2026, 3, 23)),
            watch.turned(case, step=Step.DELIVERY),
        ):
            await watch.turn(turned)
        found = await watch.entries("supervisor")
        assert sorted(row["number"] for row in found) == [
            f"{case.number}-D{n:02d}" for n in range(1, 6)
        ]

    async def test_lights_of_one_case_at_once_are_numbered_one_after_the_other(
        self, watch: Watch
    ) -> None:
        case = await watch.case()
        days = [date(2026, 4, day) for day in range(1, 9)]
        await asyncio.gather(*(watch.turn(watch.turned(case, due=day)) for day in days))
        numbers = [row["number"] for row in await watch.entries("supervisor")]
        assert len(set(numbers)) == 8

    async def test_a_yellow_light_is_a_warning_and_no_entry(self, watch: Watch) -> None:
        case = await watch.case()
        task = await watch.task(case)
        for _ in range(2):
            await watch.turn(watch.turned(case, Light.YELLOW, task=task))
        assert await watch.entries("supervisor") == []
        for name in ("supervisor", "clerk", "manager", "reviewer"):
            [row] = ok(await watch.get(name, "warnings"))["items"]
            assert (row["step"], row["due"], row["remaining_days"]) == ("review", "2026-03-05", 3)
        for name in ("fire_reviewer", "far_clerk", "far_manager"):
            assert ok(await watch.get(name, "warnings"))["items"] == []

    async def test_a_warning_ends_when_its_light_turns_red(self, watch: Watch) -> None:
        case = await watch.case()
        await watch.turn(watch.turned(case, Light.YELLOW))
        await watch.turn(watch.turned(case))
        assert ok(await watch.get("clerk", "warnings"))["items"] == []
        assert len(await watch.entries("clerk")) == 1

    async def test_a_warning_that_comes_after_its_red_light_is_none(self, watch: Watch) -> None:
        case = await watch.case()
        await watch.turn(watch.turned(case))
        await watch.turn(watch.turned(case, Light.YELLOW))
        assert ok(await watch.get("clerk", "warnings"))["items"] == []

    async def test_a_warning_ends_when_the_step_is_done_or_its_day_has_moved(
        self, watch: Watch
    ) -> None:
        done, moved, stands = [await watch.case() for _ in range(3)]
        for case in (done, moved, stands):
            await watch.turn(watch.turned(case, Light.YELLOW))
        await db.execute("UPDATE cases SET state = 'withdrawn' WHERE id = $1", done.id)
        await db.execute("UPDATE cases SET promised_due = '2026-03-23' WHERE id = $1", moved.id)
        await jobs.watch_steps(watch.world.act_as())
        [row] = ok(await watch.get("clerk", "warnings"))["items"]
        assert row["case_number"] == stands.number

    async def test_a_light_of_no_case_is_put_aside(self, watch: Watch) -> None:
        case = await watch.case()
        case.id = uuid4()
        with pytest.raises(GiveUp):
            await watch.turn(watch.turned(case))

    async def test_the_desks_are_told_to_look(self, watch: Watch) -> None:
        case = await watch.case()
        async with watch.world.house.live.listen(channel(case.hall_id)) as heard:
            await watch.turn(watch.turned(case))
            assert await asyncio.wait_for(heard.get(), 5) == b""


class TestByHand:
    async def test_only_a_supervisor_of_the_hall_opens_one(self, watch: Watch) -> None:
        case = await watch.case()
        body = {"case_id": str(case.id), "reason": "群众反映办理缓慢。"}
        refused(await watch.post("", "entries", body), 401, "not_signed_in")
        for name in ("clerk", "reviewer", "manager", "admin"):
            refused(await watch.post(name, "entries", body), 403, "forbidden")
        far = watch.world.place.other_hall_id
        await watch.world.add_role("far_clerk", Role.SUPERVISOR, hall=far)
        refused(await watch.post("far_clerk", "entries", body), 404, "not_found")
        assert await watch.entries("supervisor") == []

    async def test_it_is_closed_with_the_acceptance_of_its_answer(self, watch: Watch) -> None:
        case = await watch.case()
        fire = str(watch.world.place.departments["fire"])
        body = {"case_id": str(case.id), "reason": "群众反映办理缓慢。", "department_id": fire}
        made = ok(await watch.post("supervisor", "entries", body, key="once"), 201)
        assert ok(await watch.post("supervisor", "entries", body, key="once"), 201) == made
        path = f"entries/{made['id']}"
        refused(await watch.post("reviewer", f"{path}/answer", ANSWER), 404, "not_found")
        ok(await watch.post("fire_reviewer", f"{path}/answer", ANSWER))
        assert ok(await watch.post("supervisor", f"{path}/accept", NOTE))["state"] == "closed"
        shown = await watch.entry(made["id"])
        assert shown["opened_by"] == "员工003"
        assert shown["summary"]["cause_name"] == "人工督办"

    async def test_a_department_of_another_hall_is_none(self, watch: Watch) -> None:
        case, far = await watch.case(), watch.world.place.other_hall_id
        made = await halls.add_department(watch.world.act_as(), far, DepartmentIn(name="邻县局"))
        for body in (
            {"case_id": str(case.id), "department_id": str(made.id)},
            {"case_id": str(case.id), "department_id": str(uuid4())},
            {"case_id": str(uuid4())},
        ):
            body["reason"] = "群众反映办理缓慢。"
            refused(await watch.post("supervisor", "entries", body), 404, "not_found")

    async def test_a_second_correction_can_be_the_cause(self, watch: Watch) -> None:
        case = await watch.case()
        body = {"case_id": str(case.id), "reason": "两次补正。", "cause": "second_correction"}
        ok(await watch.post("supervisor", "entries", body), 201)
        refused(
            await watch.post("supervisor", "entries", body | {"cause": "overdue"}),
            422,
            "invalid_body",
        )


class TestAnswer:
    async def test_the_reviewers_of_the_department_answer(self, watch: Watch) -> None:
        entry = await watch.overdue()
        path = f"entries/{entry}/answer"
        refused(await watch.post("", path, ANSWER), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await watch.post(name, path, ANSWER), 403, "forbidden")
        for name in ("clerk", "fire_reviewer", "far_clerk"):
            refused(await watch.post(name, path, ANSWER), 404, "not_found")
        assert ok(await watch.post("reviewer", path, ANSWER))["state"] == "answered"
        shown = await watch.entry(entry)
        assert (shown["reason"], shown["measures_until"]) == (ANSWER["reason"], "2026-03-31")
        assert shown["answered_by"] == "员工006"
        assert await watch.trail(entry, "answered") == 1

    async def test_the_desk_answers_for_what_is_no_departments(self, watch: Watch) -> None:
        entry = await watch.overdue(None)
        refused(await watch.post("reviewer", f"entries/{entry}/answer", ANSWER), 404, "not_found")
        ok(await watch.post("clerk", f"entries/{entry}/answer", ANSWER))

    async def test_it_says_why_what_and_until_when(self, watch: Watch) -> None:
        path = f"entries/{await watch.overdue()}/answer"
        for wrong in ({"reason": " "}, {"measures": ""}, {"until": "soon"}, {"reason": "长" * 501}):
            refused(await watch.post("reviewer", path, ANSWER | wrong), 422, "invalid_body")
        past = ANSWER | {"until": "2026-03-01"}
        refused(await watch.post("reviewer", path, past), 422, "invalid_body", "不能早于今天")

    async def test_the_second_is_told_who_was_first(self, watch: Watch) -> None:
        entry = await watch.answered()
        told = refused(
            await watch.post("reviewer2", f"entries/{entry}/answer", ANSWER),
            409,
            "supervision.wrong_step",
        )
        assert "由员工006（工号006）答复" in told["detail"]


class TestJudge:
    async def test_only_a_supervisor_of_the_hall_judges(self, watch: Watch) -> None:
        entry = await watch.answered()
        far = watch.world.place.other_hall_id
        await watch.world.add_role("far_clerk", Role.SUPERVISOR, hall=far)
        for act in ("accept", "return"):
            path = f"entries/{entry}/{act}"
            refused(await watch.post("", path, NOTE), 401, "not_signed_in")
            for name in ("clerk", "reviewer", "manager", "admin"):
                refused(await watch.post(name, path, NOTE), 403, "forbidden")
            refused(await watch.post("far_clerk", path, NOTE), 404, "not_found")

    async def test_there_must_be_an_answer(self, watch: Watch) -> None:
        entry = await watch.overdue()
        for act in ("accept", "return"):
            answer = await watch.post("supervisor", f"entries/{entry}/{act}", NOTE)
            refused(answer, 409, "supervision.wrong_step", "待答复")

    async def test_nobody_judges_their_own_answer_not_even_an_earlier_one(
        self, watch: Watch
    ) -> None:
        await watch.world.add_role("reviewer", Role.SUPERVISOR)
        entry = await watch.answered()
        for act in ("accept", "return"):
            answer = await watch.post("reviewer", f"entries/{entry}/{act}", NOTE)
            refused(answer, 403, "supervision.own_answer")
        ok(await watch.post("supervisor", f"entries/{entry}/return", NOTE))
        ok(await watch.post("reviewer2", f"entries/{entry}/answer", ANSWER))
        answer = await watch.post("reviewer", f"entries/{entry}/accept", NOTE)
        refused(answer, 403, "supervision.own_answer")

    async def test_an_accepted_answer_waits_until_the_step_is_done(self, watch: Watch) -> None:
        entry = await watch.answered()
        assert ok(await watch.post("supervisor", f"entries/{entry}/accept", NOTE))["state"] == (
            "accepted"
        )
        await jobs.watch_steps(watch.world.act_as())
        assert (await watch.entry(entry))["summary"]["state"] == "accepted"
        await watch.step_is_done(entry)
        shown = await watch.entry(entry)
        assert shown["summary"]["state"] == "closed"
        assert shown["closed_at"] == shown["step_done_at"]
        assert [event["kind"] for event in shown["timeline"]] == [
            "opened",
            "answered",
            "accepted",
            "step_done",
        ]
        assert await watch.trail(entry, "step_done") == 1

    async def test_a_step_done_before_is_noted_and_spares_no_answer(self, watch: Watch) -> None:
        entry = await watch.overdue()
        for _ in range(2):
            await watch.step_is_done(entry)
        row = (await watch.entry(entry))["summary"]
        assert (row["state"], row["step_done"]) == ("open", True)
        ok(await watch.post("reviewer", f"entries/{entry}/answer", ANSWER))
        assert ok(await watch.post("supervisor", f"entries/{entry}/accept", NOTE))["state"] == (
            "closed"
        )
        assert await watch.trail(entry, "step_done") == 1

    async def test_what_is_returned_is_owed_again_from_that_day(self, watch: Watch) -> None:
        entry = await watch.answered()
        watch.go_to(THURSDAY)
        stands = ok(await watch.post("supervisor", f"entries/{entry}/return", NOTE))
        assert (stands["state"], stands["due"]) == ("returned", "2026-03-09")
        ok(await watch.post("reviewer", f"entries/{entry}/answer", ANSWER))
        shown = await watch.entry(entry)
        assert (shown["returns"], shown["summary"]["state"]) == (1, "answered")

    async def test_two_supervisors_at_once_give_one_verdict(self, watch: Watch) -> None:
        entry = await watch.answered()
        await watch.world.add_role("manager", Role.SUPERVISOR)
        names = ["supervisor", "manager"]
        for name in names:
            await watch.world.staff(name)
        answers = await asyncio.gather(
            *(
                watch.post(name, f"entries/{entry}/{act}", NOTE)
                for act in ("accept", "return")
                for name in names
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        judged = await watch.trail(entry, "accepted") + await watch.trail(entry, "returned")
        assert judged == 1

    async def test_a_case_that_waits_for_acceptance_anew_has_done_the_old_step(
        self, watch: Watch
    ) -> None:
        case = await watch.case(state="submitted", accept_due=date(2026, 3, 9))
        await watch.turn(watch.turned(case, step=Step.ACCEPT, due=date(2026, 3, 9)))
        await jobs.watch_steps(watch.world.act_as())
        [row] = await watch.entries("supervisor")
        assert not row["step_done"]
        await db.execute("UPDATE cases SET accept_due = '2026-03-30' WHERE id = $1", case.id)
        await jobs.watch_steps(watch.world.act_as())
        [row] = await watch.entries("supervisor")
        assert row["step_done"]


class TestEscalation:
    async def test_an_answer_that_is_overdue_is_told_to_the_manager_once(
        self, watch: Watch
    ) -> None:
        entry = await watch.overdue()
        await jobs.tell_managers(watch.world.act_as())
        assert await watch.entries("manager", escalated="true") == []
        watch.go_to(THURSDAY)
        for _ in range(2):
            await jobs.tell_managers(watch.world.act_as())
        [row] = await watch.entries("manager", escalated="true")
        assert (row["id"], row["light"], row["escalated"]) == (entry, "red", True)
        assert row["remaining_days"] == -1
        assert await watch.trail(entry, "escalated") == 1

    async def test_several_workers_tell_it_once(self, watch: Watch) -> None:
        entry = await watch.overdue()
        watch.go_to(THURSDAY)
        await asyncio.gather(*(jobs.tell_managers(watch.world.act_as()) for _ in range(5)))
        assert await watch.trail(entry, "escalated") == 1

    async def test_an_answer_in_time_is_told_to_nobody(self, watch: Watch) -> None:
        entry = await watch.answered()
        watch.go_to(THURSDAY)
        await jobs.tell_managers(watch.world.act_as())
        assert await watch.trail(entry, "escalated") == 0

    async def test_one_that_cannot_be_told_holds_up_no_other(
        self, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = await watch.overdue(), await watch.overdue("fire")
        watch.go_to(THURSDAY)
        escalate = jobs.escalate

        async def fails_once(act, entry_id) -> None:
            if str(entry_id) == first:
                raise RuntimeError
            await escalate(act, entry_id)

        monkeypatch.setattr(jobs, "escalate", fails_once)
        await jobs.tell_managers(watch.world.act_as())
        assert await watch.trail(second, "escalated") == 1
