"""The result: made out as a certificate, and handed over; then the case is closed."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core import db
from app.core.clock import day_of
from app.halls import service as halls
from tests.cases.builders import ADDRESS, ID_NUMBER, NAME, Filed, World, ok, refused

PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
SIGNBOARD = {"title": "户外招牌设置许可", "number": "ZP-2026-0007"}
AGENT = {"by": "agent", "name": "李四光", "id_number": "11010519491231002X", "note": "签收单12号"}


async def _issue(world: World, case: Filed, by: str = "clerk", **more: object) -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/issue", PAPER | more)


async def _deliver(
    world: World, case: Filed, by: str = "clerk", collector: dict[str, Any] | None = None
) -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/deliver", {"collector": collector})


async def _issued(world: World, way: str = "counter") -> Filed:
    delivery = {"way": way} | ({"address": ADDRESS} if way == "post" else {})
    case = await world.granted(delivery=delivery)
    ok(await _issue(world, case))
    return case


async def _progress(world: World, case: Filed) -> Any:
    return (await world.seen(case))["delivery_progress"]


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

    async def test_it_is_a_certificate_that_anybody_can_verify(self, world: World) -> None:
        case = await world.granted()
        ok(await _issue(world, case, valid_until="2031-03-01"))
        (paper,) = (await _progress(world, case))["certificates"]
        assert (paper["number"], paper["department"]) == (PAPER["number"], "市场监管局")
        said = ok(await world.client.get(f"/api/v1/verify/{paper['code']}"))
        assert (said["title"], said["state"]) == (PAPER["title"], "valid")
        assert (said["valid_until"], said["holder"]) == ("2031-03-01", "欧**月")

    async def test_the_documents_of_a_bundle_are_made_out_at_once(self, world: World) -> None:
        case = await world.granted()
        ok(await _issue(world, case, also=[SIGNBOARD]))
        papers = (await _progress(world, case))["certificates"]
        assert [paper["number"] for paper in papers] == [PAPER["number"], SIGNBOARD["number"]]
        note = next(e for e in (await world.seen(case))["timeline"] if e["kind"] == "issued")
        assert SIGNBOARD["number"] in note["note"]

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"also": [PAPER]}, "同一编号"),
            ({"valid_until": "2026-03-01"}, "有效期"),
            ({"department_id": "fire"}, "没有参与"),
        ],
    )
    async def test_what_cannot_be_right_is_refused_whole(
        self, world: World, given: dict[str, Any], says: str
    ) -> None:
        case = await world.granted()
        if "department_id" in given:
            given = {"department_id": str(world.place.departments["fire"])}
        answer = (
            await _issue(world, case, also=[SIGNBOARD], **given)
            if "also" not in given
            else (await _issue(world, case, **given))
        )
        refused(answer, 422, "cases.bad_certificate", says)
        assert await world.state(case) == "granted"
        assert not await db.fetch("SELECT 1 FROM documents WHERE kind = 'certificate'")

    async def test_no_two_papers_have_one_number(self, world: World) -> None:
        item, citizen = await world.item(), await world.citizen()
        ok(await _issue(world, await world.granted(owner=citizen, item=item)))
        case = await world.granted(owner=citizen, item=item)
        refused(await _issue(world, case), 409, "documents.number_taken")
        assert await world.state(case) == "granted"

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
        assert len((await _progress(world, case))["certificates"]) == 1

    async def test_an_electronic_one_is_delivered_with_that(self, world: World) -> None:
        case = await world.granted(delivery={"way": "electronic"})
        assert ok(await _issue(world, case))["state"] == "closed"
        assert await world.notices(case) == ["submitted", "reminder", "ready", "rate"]
        handover = (await _progress(world, case))["handover"]
        assert (handover["way"], handover["collected_by"]) == ("electronic", None)
        refused(await _deliver(world, case), 409, "cases.wrong_state", "已办结")


class TestCertificate:
    def _path(self, case: Filed) -> str:
        return f"/api/v1/cases/{case.id}/certificate.pdf"

    async def test_the_applicant_reads_it_as_a_pdf(self, world: World) -> None:
        case = await world.granted()
        mine = case.owner.headers
        refused(await world.client.get(self._path(case), headers=mine), 404, "not_found")
        ok(await _issue(world, case, also=[SIGNBOARD]))
        first = await world.client.get(self._path(case), headers=mine)
        assert first.headers["content-type"] == "application/pdf"
        assert first.content.startswith(b"%PDF")
        query = {"number": SIGNBOARD["number"]}
        second = await world.client.get(self._path(case), params=query, headers=mine)
        assert second.status_code == 200
        assert second.content != first.content
        unknown = {"number": "NOT-THERE"}
        answer = await world.client.get(self._path(case), params=unknown, headers=mine)
        refused(answer, 404, "not_found")

    async def test_nobody_else_does(self, world: World) -> None:
        case = await _issued(world)
        other = await world.citizen("o-other")
        answer = await world.client.get(self._path(case), headers=other.headers)
        refused(answer, 404, "not_found")
        refused(await world.client.get(self._path(case)), 401, "not_signed_in")

    async def test_at_the_desk_each_reading_is_recorded(self, world: World) -> None:
        case = await _issued(world)
        path = f"cases/{case.id}/certificate.pdf"
        refused(await world.look("far_clerk", path), 404, "not_found")
        assert (await world.look("clerk", path)).content.startswith(b"%PDF")
        assert (await world.look("manager", path)).content.startswith(b"%PDF")
        rows = await db.fetch(
            "SELECT data->>'anonymous' AS masked FROM audit_entries"
            " WHERE verb = 'document.read' AND hall_id = $1 ORDER BY id",
            world.place.hall_id,
        )
        assert [row["masked"] for row in rows] == ["false", "true"]


class TestDeliver:
    async def test_clerks_of_the_hall_and_reviewers_who_took_part_may(self, world: World) -> None:
        case = await _issued(world)
        refused(await _deliver(world, case, ""), 401, "not_signed_in")
        for name in ("supervisor", "manager", "admin"):
            refused(await _deliver(world, case, name), 403, "forbidden")
        for name in ("far_clerk", "fire_reviewer"):
            refused(await _deliver(world, case, name), 404, "not_found")
        ok(await _deliver(world, case, "reviewer"))

    async def test_what_the_applicant_collects_closes_the_case(self, world: World) -> None:
        case = await _issued(world)
        assert ok(await _deliver(world, case))["state"] == "closed"
        seen = await world.seen(case)
        assert seen["progress"] == "已办结"
        assert seen["timeline"][-1]["note"] == "已由申请人本人到窗口领取。"
        assert seen["delivery_progress"]["handover"]["collected_by"] == "applicant"

    async def test_an_agent_is_named_and_shown_masked(self, world: World) -> None:
        case = await _issued(world)
        ok(await _deliver(world, case, collector=AGENT))
        handover = (await _progress(world, case))["handover"]
        assert (handover["collected_by"], handover["note"]) == ("agent", "签收单12号")
        assert handover["agent_name"] == "李*光"
        assert ID_NUMBER not in str(handover)
        assert NAME not in str(handover)
        row = await db.fetch_one("SELECT agent_name, agent_id_number FROM case_handovers")
        assert row
        assert "李四光".encode() not in bytes(row["agent_name"])

    async def test_a_manager_learns_no_agents_name(self, world: World) -> None:
        case = await _issued(world)
        ok(await _deliver(world, case, collector=AGENT))
        seen = ok(await world.look("manager", f"cases/{case.id}"))
        assert seen["delivery_progress"]["handover"]["agent_name"] is None
        seen = ok(await world.look("clerk", f"cases/{case.id}"))
        assert seen["delivery_progress"]["handover"]["agent_name"] == "李*光"

    @pytest.mark.parametrize(
        "agent",
        [{"by": "agent"}, AGENT | {"id_number": "110105194912310021"}, AGENT | {"name": None}],
    )
    async def test_an_agent_needs_a_name_and_a_right_id_number(
        self, world: World, agent: dict[str, Any]
    ) -> None:
        case = await _issued(world)
        refused(await _deliver(world, case, collector=agent), 422, "cases.bad_collector")
        assert await world.state(case) == "issued"

    @pytest.mark.parametrize("way", ["counter", "electronic"])
    async def test_a_refusal_is_delivered_too(self, world: World, way: str) -> None:
        case = await world.refused(delivery={"way": way})
        assert ok(await _deliver(world, case))["state"] == "closed"
        assert (await _progress(world, case))["handover"]["way"] == way

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


async def test_it_is_due_within_ten_working_days_of_the_decision(world: World) -> None:
    case = await world.granted()  # on Monday 2026-03-02
    seen = await _progress(world, case)
    assert (seen["due"], seen["remaining_days"], seen["light"]) == ("2026-03-16", 10, "green")
    world.go_to_day(date(2026, 3, 17))
    case = await world.again(case)
    seen = await _progress(world, case)
    assert (seen["remaining_days"], seen["light"]) == (-1, "red")
    ok(await _issue(world, case))
    ok(await _deliver(world, case))
    assert (await _progress(world, case))["light"] is None
