"""The review: departments decide, a second person consents, one refusal refuses all."""

import asyncio
from uuid import uuid4

import pytest

from app.catalog.guide import Kind
from app.core import db
from app.core.calendar import WorkingCalendar
from app.core.clock import day_of
from tests.cases.builders import Filed, World, ok, refused

OPINION = {"opinion": "符合条件。"}


async def _states(world: World, case: Filed) -> list[tuple[int, str, str]]:
    tasks = (await world.seen(case))["tasks"]
    return sorted((task["stage"], task["department"], task["state"]) for task in tasks)


class TestGrant:
    async def test_only_a_reviewer_of_the_department_may(self, world: World) -> None:
        case = await world.accepted()
        refused(await world.grant(case, by=""), 401, "not_signed_in")
        for name in ("clerk", "supervisor", "manager", "admin"):
            refused(await world.grant(case, by=name), 403, "forbidden")
        refused(await world.grant(case, by="fire_reviewer"), 404, "not_found")
        refused(await world.do("reviewer", f"tasks/{uuid4()}/grant", OPINION), 404, "not_found")
        path = f"/api/v1/desk/tasks/{await world.task(case)}/grant"
        citizen = await world.client.post(path, json=OPINION, headers=case.owner.headers)
        refused(citizen, 403, "forbidden")
        assert await world.state(case) == "under_review"

    async def test_a_grant_writes_the_decision(self, world: World) -> None:
        case = await world.accepted()
        assert ok(await world.grant(case))["state"] == "granted"
        seen = await world.seen(case)
        assert [task["state"] for task in seen["tasks"]] == ["granted"]
        assert seen["decided_at"] is not None
        decision = seen["receipts"][-1]
        assert (decision["number"], decision["title"]) == (
            f"{case.number}-02",
            "准予行政许可决定书",
        )
        assert [e["kind"] for e in seen["timeline"]] == [
            "submitted",
            "accepted",
            "department_agreed",
            "granted",
        ]
        assert await world.trail(case, "case.task_granted") == 1
        assert await world.trail(case, "case.granted") == 1

    @pytest.mark.parametrize("kind", [Kind.PAYMENT, Kind.PUBLIC_SERVICE])
    async def test_what_is_no_licence_is_not_called_one(self, world: World, kind: Kind) -> None:
        case = await world.granted(item=await world.item(kind=kind))
        assert (await world.receipts(case))[-1]["title"] == "准予办理决定书"

    async def test_before_acceptance_nothing_can_be_decided(self, world: World) -> None:
        case = await world.filed()
        answer = await world.grant(case)
        refused(answer, 409, "cases.task_done", "尚未开始")
        refused(await world.refuse(case), 409, "cases.task_done", "尚未开始")
        assert await world.state(case) == "submitted"

    async def test_an_opinion_is_needed(self, world: World) -> None:
        case = await world.accepted()
        task = await world.task(case)
        for body in ({}, {"opinion": " "}, {"opinion": "x" * 501}):
            refused(await world.do("reviewer", f"tasks/{task}/grant", body), 422, "invalid_body")

    async def test_the_second_reviewer_is_told_who_was_first(self, world: World) -> None:
        case = await world.granted()
        told = refused(await world.grant(case, by="reviewer2"), 409, "cases.task_done")
        assert "由员工006办理" in told["detail"]
        refused(await world.refuse(case, by="reviewer2"), 409, "cases.task_done", "员工006")

    async def test_ten_at_once_make_one_decision(self, world: World) -> None:
        case = await world.accepted()
        await world.staff("reviewer"), await world.staff("reviewer2")
        names = ["reviewer", "reviewer2"] * 5
        answers = await asyncio.gather(*(world.grant(case, by=name) for name in names))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        assert [r["kind"] for r in await world.receipts(case)] == ["accepted", "granted"]
        assert await world.trail(case, "case.granted") == 1
        assert len(await db.fetch("SELECT 1 FROM services")) == 1

    async def test_a_repeat_with_the_same_key_gets_the_first_answer(self, world: World) -> None:
        case = await world.accepted()
        path = f"tasks/{await world.task(case)}/grant"
        first = ok(await world.do("reviewer", path, OPINION, key="g-1"))
        assert ok(await world.do("reviewer", path, OPINION, key="g-1")) == first
        assert len(await world.receipts(case)) == 2


class TestRefuse:
    async def test_only_a_reviewer_of_the_department_proposes(self, world: World) -> None:
        case = await world.accepted()
        refused(await world.refuse(case, by=""), 401, "not_signed_in")
        for name in ("clerk", "supervisor", "manager", "admin"):
            refused(await world.refuse(case, by=name), 403, "forbidden")
        refused(await world.refuse(case, by="fire_reviewer"), 404, "not_found")

    async def test_a_reason_and_its_basis_are_needed(self, world: World) -> None:
        case = await world.accepted()
        refused(await world.refuse(case, basis="法"), 422, "invalid_body")
        refused(await world.refuse(case, reason=" "), 422, "invalid_body")

    async def test_nobody_refuses_alone(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        assert await world.state(case) == "under_review"
        refused(await world.answer(proposal["id"], by="reviewer"), 403, "cases.own_proposal")
        await world.add_role("reviewer", "supervisor")
        refused(await world.answer(proposal["id"], by="reviewer"), 403, "cases.own_proposal")
        assert await world.state(case) == "under_review"

    async def test_who_has_no_say_does_not_see_the_proposal(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        refused(await world.answer(proposal["id"], by=""), 401, "not_signed_in")
        for name in ("clerk", "manager", "admin"):
            refused(await world.answer(proposal["id"], by=name), 403, "forbidden")
        refused(await world.answer(proposal["id"], by="fire_reviewer"), 404, "not_found")
        refused(await world.answer(str(uuid4())), 404, "not_found")

    @pytest.mark.parametrize("second", ["supervisor", "reviewer2"])
    async def test_it_takes_effect_with_a_second_person(self, world: World, second: str) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        assert ok(await world.answer(proposal["id"], by=second))["state"] == "agreed"
        seen = await world.seen(case)
        assert (seen["state"], seen["progress"]) == ("refused", "不予办理")
        assert seen["receipts"][-1]["title"] == "不予行政许可决定书"
        assert await world.notices(case) == ["submitted", "reminder", "ready"]
        row = await db.fetch_one("SELECT state, decided_by FROM case_tasks")
        assert row == {"state": "refused", "decided_by": world.place.staff["reviewer"]}

    async def test_the_decision_gives_the_whole_reason_its_basis_and_the_remedies(
        self, world: World
    ) -> None:
        case = await world.accepted()
        reason, basis = "理" * 500, "据" * 300
        proposal = ok(await world.refuse(case, reason=reason, basis=basis), 202)
        ok(await world.answer(proposal["id"]))
        lines = (await world.receipts(case))[-1]["lines"]
        assert f"理由：{reason}" in lines
        assert f"依据：{basis}" in lines
        assert "六个月内提起行政诉讼" in lines[-1]

    async def test_declined_the_review_goes_on(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        refused(await world.refuse(case, by="reviewer2"), 409, "cases.proposal_open")
        ok(await world.answer(proposal["id"], agree=False))
        again = await world.answer(proposal["id"])
        refused(again, 409, "cases.proposal_settled", "由员工003办理")
        ok(await world.refuse(case), 202)
        assert ok(await world.grant(case, by="reviewer2"))["state"] == "granted"

    async def test_a_grant_overtakes_the_proposal(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        ok(await world.grant(case, by="reviewer2"))
        refused(await world.answer(proposal["id"]), 409, "cases.proposal_settled", "新的进展")

    async def test_consent_by_two_at_once_has_one_effect(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        await world.staff("supervisor"), await world.staff("reviewer2")
        answers = await asyncio.gather(
            *(world.answer(proposal["id"], by=name) for name in ["supervisor", "reviewer2"] * 3)
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
        assert [r["kind"] for r in await world.receipts(case)] == ["accepted", "refused"]

    async def test_what_waits_for_a_second_person_is_listed_for_those_who_may(
        self, world: World
    ) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        for name in ("supervisor", "reviewer2"):
            listed = ok(await world.look(name, "proposals"))["items"]
            assert [(row["id"], row["number"]) for row in listed] == [(proposal["id"], case.number)]
            assert listed[0]["proposed_by"] == "员工006"
        for name in ("reviewer", "fire_reviewer"):
            assert ok(await world.look(name, "proposals"))["items"] == []
        refused(await world.look("clerk", "proposals"), 403, "forbidden")
        ok(await world.answer(proposal["id"]))
        assert ok(await world.look("supervisor", "proposals"))["items"] == []


class TestBundle:
    """Two stages: the market department alone, then three departments in parallel."""

    @pytest.fixture
    async def case(self, world: World) -> Filed:
        await world.add_role("clerk2", "reviewer", "water")
        return await world.accepted(item=await world.bundle())

    async def test_only_the_first_stage_is_open(self, world: World, case: Filed) -> None:
        assert await _states(world, case) == [
            (1, "市场监管局", "open"),
            (2, "市场监管局", "waiting"),
            (2, "水利局", "waiting"),
            (2, "消防救援大队", "waiting"),
        ]

    async def test_a_waiting_stage_cannot_be_decided(self, world: World, case: Filed) -> None:
        early = await world.grant(case, "fire", 2, by="fire_reviewer")
        refused(early, 409, "cases.task_done", "前面的环节")
        refused(await world.grant(case, "market", 2), 409, "cases.task_done", "前面的环节")
        early = await world.refuse(case, "fire", 2, by="fire_reviewer")
        refused(early, 409, "cases.task_done", "前面的环节")
        desk = await world.look("fire_reviewer", f"cases/{case.id}")
        refused(desk, 404, "not_found")

    async def test_the_second_stage_opens_for_all_with_their_own_limits(
        self, world: World, case: Filed
    ) -> None:
        ok(await world.grant(case))
        tasks = [task for task in (await world.seen(case))["tasks"] if task["stage"] == 2]
        assert {task["state"] for task in tasks} == {"open"}
        calendar, today = WorkingCalendar(), day_of(world.house.clock.now())
        due = {task["department"]: task["due"] for task in tasks}
        assert due["消防救援大队"] == calendar.add(today, 3).day.isoformat()
        assert due["水利局"] == calendar.add(today, 2).day.isoformat()
        listed = await world.look(
            "fire_reviewer", "tasks", department_id=world.place.departments["fire"]
        )
        assert [row["number"] for row in ok(listed)["items"]] == [case.number]

    async def test_it_is_granted_with_the_last_department(self, world: World, case: Filed) -> None:
        ok(await world.grant(case))
        ok(await world.grant(case, "water", 2, by="clerk2"))
        ok(await world.grant(case, "market", 2))
        assert await world.state(case) == "under_review"
        last = await world.grant(case, "fire", 2, by="fire_reviewer")
        assert ok(last)["state"] == "granted"

    async def test_three_departments_at_once_grant_it_once(self, world: World, case: Filed) -> None:
        ok(await world.grant(case))
        for name in ("clerk2", "reviewer", "fire_reviewer"):
            await world.staff(name)
        await asyncio.gather(
            world.grant(case, "water", 2, by="clerk2"),
            world.grant(case, "market", 2),
            world.grant(case, "fire", 2, by="fire_reviewer"),
        )
        assert await world.state(case) == "granted"
        assert await world.trail(case, "case.granted") == 1

    async def test_one_refusal_refuses_all(self, world: World, case: Filed) -> None:
        ok(await world.grant(case))
        other = ok(await world.refuse(case, "water", 2, by="clerk2"), 202)
        proposal = ok(await world.refuse(case, "fire", 2, by="fire_reviewer"), 202)
        ok(await world.answer(proposal["id"]))
        assert await _states(world, case) == [
            (1, "市场监管局", "granted"),
            (2, "市场监管局", "ended"),
            (2, "水利局", "ended"),
            (2, "消防救援大队", "refused"),
        ]
        assert await world.state(case) == "refused"
        too_late = await world.grant(case, "market", 2)
        refused(too_late, 409, "cases.wrong_state", "不予办理")
        refused(await world.answer(other["id"]), 409, "cases.proposal_settled")
        market = {"department_id": world.place.departments["market"]}
        assert ok(await world.look("reviewer", "tasks", **market))["items"] == []

    async def test_a_department_whose_turn_never_came_does_not_see_it(
        self, world: World, case: Filed
    ) -> None:
        ok(await world.mine(case, "withdraw"))
        assert {state for _, _, state in await _states(world, case)} == {"ended"}
        refused(await world.look("fire_reviewer", f"cases/{case.id}"), 404, "not_found")
        ok(await world.look("reviewer", f"cases/{case.id}"))


class TestManyAtOnce:
    async def test_cases_decided_and_rated_at_once_never_wait_crosswise(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        cases = [await world.accepted(owner=citizen, item=item) for _ in range(24)]
        answers = await asyncio.gather(*(world.grant(case) for case in cases))
        assert [ok(answer)["state"] for answer in answers] == ["granted"] * 24
        path = "/api/v1/ratings"
        rated = await asyncio.gather(
            *(
                world.client.post(
                    path, json={"case_number": case.number, "level": 5}, headers=citizen.headers
                )
                for case in cases
            )
        )
        assert [answer.status_code for answer in rated] == [201] * 24
        due = await db.fetch_one(
            "SELECT sum(n) FILTER (WHERE measure = 0) AS due,"
            " sum(n) FILTER (WHERE measure = 5) AS best FROM score_days WHERE dimension = 1"
        )
        assert due == {"due": 24, "best": 24}


class TestRateable:
    @pytest.mark.parametrize("decision", ["granted", "refused"])
    async def test_a_decided_case_is_rated_by_its_applicant_once(
        self, world: World, decision: str
    ) -> None:
        case = await (world.granted() if decision == "granted" else world.refused())
        row = await db.fetch_one("SELECT citizen_id, staff_id, project_no FROM services")
        assert row == {
            "citizen_id": case.owner.id,
            "staff_id": world.place.staff["clerk"],
            "project_no": case.number,
        }
        rating = {"case_number": case.number, "level": 5}
        headers = case.owner.headers
        ok(await world.client.post("/api/v1/ratings", json=rating, headers=headers), 201)
        other = await world.client.post(
            "/api/v1/ratings", json=rating | {"level": 3}, headers=headers
        )
        refused(other, 409, "rating.already_rated")

    async def test_a_case_under_review_is_not(self, world: World) -> None:
        case = await world.accepted()
        rating = {"case_number": case.number, "level": 5}
        answer = await world.client.post("/api/v1/ratings", json=rating, headers=case.owner.headers)
        refused(answer, 404, "rating.no_such_service")

    async def test_nobody_else_rates_it(self, world: World) -> None:
        case, other = await world.granted(), await world.citizen("o-other")
        rating = {"case_number": case.number, "level": 1, "comment": "x"}
        answer = await world.client.post("/api/v1/ratings", json=rating, headers=other.headers)
        refused(answer, 404, "rating.no_such_service")
