"""The result: made out, handed over or posted, and the case closed."""

import asyncio
from uuid import uuid4

import pytest

from app.core.clock import day_of
from app.halls import service as halls
from tests.cases.builders import ADDRESS, Filed, World, ok, refused

PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
TRACKING = {"tracking_number": "SF1234567890"}


async def _issue(world: World, case: Filed, by: str = "clerk", **more: object):
    return await world.do(by, f"cases/{case.id}/issue", PAPER | more)


async def _deliver(world: World, case: Filed, by: str = "clerk", body: dict | None = None):
    return await world.do(by, f"cases/{case.id}/deliver", body or {})


async def _issued(world: World, way: str = "counter") -> Filed:
    delivery = {"way": way} | ({"address": ADDRESS} if way == "post" else {})
    case = await world.granted(delivery=delivery)
    ok(await _issue(world, case))
    return case


class TestIssue:
    async def test_clerks_of_the_hall_and_reviewers_who_took_part_may(self, world: World) -> None:
        case = await world.granted()
        refused(await _issue(world, case, ""), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await _issue(world, case, name), 403, "forbidden")
        for name in ("far_clerk", "fire_reviewer"):
            refused(await _issue(world, case, name), 404, "not_found")
        refused(await world.do("clerk", f"cases/{uuid4()}/issue", PAPER), 404, "not_found")
        assert ok(await _issue(world, case, "reviewer"))["state"] == "issued"

    async def test_the_applicant_is_told_that_it_is_ready(self, world: World) -> None:
        case = await _issued(world)
        seen = await world.seen(case)
        assert (seen["progress"], seen["result"]) == ("待领取", PAPER)
        assert await world.notices(case) == ["submitted", "reminder", "ready"]
        assert await world.trail(case, "case.issued") == 1

    async def test_only_what_was_granted_is_made_out_and_once(self, world: World) -> None:
        item, citizen = await world.item(), await world.citizen()
        under_review = await world.accepted(owner=citizen, item=item)
        refused(await _issue(world, under_review), 409, "cases.wrong_state", "审查中")
        no = await world.refused(owner=citizen, item=item)
        refused(await _issue(world, no), 409, "cases.wrong_state", "不予办理")
        case = await world.granted(owner=citizen, item=item)
        ok(await _issue(world, case))
        refused(await _issue(world, case, "clerk2"), 409, "cases.wrong_state", "由员工001")

    async def test_two_clerks_at_once_make_out_one(self, world: World) -> None:
        case = await world.granted()
        await world.staff("clerk"), await world.staff("clerk2")
        answers = await asyncio.gather(
            *(_issue(world, case, name, number=f"N{name}") for name in ("clerk", "clerk2"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await world.notices(case) == ["submitted", "reminder", "ready"]


class TestDeliver:
    async def test_clerks_of_the_hall_and_reviewers_who_took_part_may(self, world: World) -> None:
        case = await _issued(world)
        refused(await _deliver(world, case, ""), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await _deliver(world, case, name), 403, "forbidden")
        for name in ("far_clerk", "fire_reviewer"):
            refused(await _deliver(world, case, name), 404, "not_found")
        ok(await _deliver(world, case, "reviewer"))

    @pytest.mark.parametrize("way", ["counter", "electronic"])
    async def test_what_is_handed_over_closes_the_case(self, world: World, way: str) -> None:
        case = await _issued(world, way)
        refused(await _deliver(world, case, body=TRACKING), 422, "cases.tracking_number")
        assert ok(await _deliver(world, case))["state"] == "closed"
        seen = await world.seen(case)
        assert (seen["progress"], seen["tracking_number"]) == ("已办结", None)
        assert seen["timeline"][-1]["note"] == "已送达。"

    async def test_what_is_posted_has_its_tracking_number(self, world: World) -> None:
        case = await _issued(world, "post")
        refused(await _deliver(world, case), 422, "cases.tracking_number", "快递单号")
        assert await world.state(case) == "issued"
        ok(await _deliver(world, case, body=TRACKING))
        seen = await world.seen(case)
        assert seen["tracking_number"] == TRACKING["tracking_number"]
        assert TRACKING["tracking_number"] in seen["timeline"][-1]["note"]

    async def test_a_refusal_is_delivered_too(self, world: World) -> None:
        case = await world.refused()
        assert ok(await _deliver(world, case))["state"] == "closed"

    async def test_nothing_is_delivered_before_it_is_there_nor_twice(self, world: World) -> None:
        case = await world.granted()
        refused(await _deliver(world, case), 409, "cases.wrong_state", "准予办理")
        ok(await _issue(world, case))
        ok(await _deliver(world, case))
        refused(await _deliver(world, case, "clerk2"), 409, "cases.wrong_state", "由员工001")
        refused(await _issue(world, case), 409, "cases.wrong_state", "已办结")

    async def test_a_repeat_with_the_same_key_gets_the_first_answer(self, world: World) -> None:
        case = await _issued(world)
        path = f"cases/{case.id}/deliver"
        first = ok(await world.do("clerk", path, {}, key="d-1"))
        assert ok(await world.do("clerk", path, {}, key="d-1")) == first
        assert (await world.notices(case)).count("rate") == 1

    async def test_the_four_messages_of_a_case_come_once_each(self, world: World) -> None:
        case = await _issued(world)
        ok(await _deliver(world, case))
        assert await world.notices(case) == ["submitted", "reminder", "ready", "rate"]
        calendar = await halls.calendar(world.place.hall_id)
        until = calendar.add(day_of(world.house.clock.now()), 10).day
        inbox = ok(await world.client.get("/api/v1/notices", headers=case.owner.headers))
        assert f"{until.year}年{until.month}月{until.day}日前评价" in inbox["items"][0]["body"]

    async def test_nobody_is_asked_to_rate_what_cannot_be_rated_any_more(
        self, world: World
    ) -> None:
        case = await _issued(world)
        calendar = await halls.calendar(world.place.hall_id)
        world.go_to_day(calendar.add(day_of(world.house.clock.now()), 11).day)
        ok(await _deliver(world, case))
        assert await world.notices(case) == ["submitted", "reminder", "ready"]
