"""Joint meetings at the desk: who sees them, what is offered to whom, and what each form does."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import CHINA
from tests.cases.builders import NAME, World, ok
from tests.desk.pages import Desk
from tests.projects.builders import Joint

ACTS = ("act-reply", "act-answer", "act-cancel", "act-minutes", "act-close", "/hold")


@pytest.fixture
def joint(world: World) -> Joint:
    return Joint(world, lambda: None)


async def _offered(desk: Desk, meeting: dict[str, Any], by: str) -> set[str]:
    html = await desk.page(by, f"/meetings/{meeting['id']}")
    return {act for act in ACTS if f'{act}"' in html or f"{act}-" in html}


class TestTheList:
    async def test_of_the_hall_and_of_the_departments_that_were_called(
        self, desk: Desk, joint: Joint
    ) -> None:
        meeting = await joint.call(departments=[])
        for name in ("clerk", "supervisor", "manager", "reviewer"):
            assert meeting["number"] in await desk.page(name, "/meetings")
        for name in ("fire_reviewer", "far_clerk"):
            assert meeting["number"] not in await desk.page(name, "/meetings")
        await desk.page("admin", "/meetings", 403)

    async def test_by_state(self, desk: Desk, joint: Joint) -> None:
        meeting = await joint.call()
        assert meeting["number"] in await desk.page("clerk", "/meetings", state="called")
        assert meeting["number"] not in await desk.page("clerk", "/meetings", state="closed")

    async def test_another_halls_or_departments_are_not_there(
        self, desk: Desk, world: World
    ) -> None:
        await desk.page("far_clerk", "/meetings", 404, hall_id=str(world.place.hall_id))
        fire = str(world.place.departments["fire"])
        await desk.page("reviewer", "/meetings", 404, department_id=fire)


class TestOneMeeting:
    async def test_strangers_find_nothing(self, desk: Desk, joint: Joint) -> None:
        meeting = await joint.call(departments=[])
        for name in ("far_clerk", "fire_reviewer"):
            await desk.page(name, f"/meetings/{meeting['id']}", 404)

    async def test_each_is_offered_what_they_can_do_now(self, desk: Desk, joint: Joint) -> None:
        meeting = await joint.call()
        assert await _offered(desk, meeting, "clerk") == {"act-cancel"}
        assert await _offered(desk, meeting, "manager") == set()
        assert await _offered(desk, meeting, "fire_reviewer") == {"act-reply"}
        assert await _offered(desk, meeting, "reviewer") == {"act-cancel", "act-reply"}
        ok(await joint.hold(meeting, "market"))
        assert await _offered(desk, meeting, "clerk") == {"act-minutes"}
        ok(await joint.meet(meeting, "minutes", {"text": "会议认为方案可行。"}))
        assert await _offered(desk, meeting, "clerk") == {"act-minutes"}
        assert await _offered(desk, meeting, "reviewer") == {"act-answer", "act-minutes"}
        ok(await joint.answer(meeting, "market", "reviewer"))
        assert await _offered(desk, meeting, "clerk") == {"act-minutes", "act-close"}
        ok(await joint.meet(meeting, "close"))
        for name in ("clerk", "reviewer", "fire_reviewer"):
            assert await _offered(desk, meeting, name) == set()
        assert "minutes.pdf" in await desk.page("clerk", f"/meetings/{meeting['id']}")

    async def test_a_department_that_was_absent_may_object_and_not_confirm(
        self, desk: Desk, joint: Joint
    ) -> None:
        meeting = await joint.minuted("market")
        html = await desk.page("fire_reviewer", f"/meetings/{meeting['id']}")
        assert 'value="objected"' in html
        assert 'value="confirmed"' not in html

    async def test_before_its_time_it_cannot_be_recorded(self, desk: Desk, joint: Joint) -> None:
        meeting = await joint.call()
        html = await desk.page("clerk", f"/meetings/{meeting['id']}/hold")
        assert "现在不能登记" in html
        assert "<textarea" not in html


class TestCalling:
    async def test_about_a_case_from_its_page(self, desk: Desk, world: World) -> None:
        case = await world.accepted()
        html = await desk.page("clerk", f"/cases/{case.id}")
        assert f"/desk/meetings/call?case_id={case.id}" in html
        form = await desk.page("clerk", "/meetings/call", case_id=case.id)
        assert case.number in form
        assert NAME not in form
        starts_at = (world.house.clock.now() + timedelta(days=2)).astimezone(CHINA)
        call = {
            "hall_id": str(world.place.hall_id),
            "case_id": case.id,
            "kind": "site_visit",
            "lead_id": str(world.place.departments["market"]),
            "title": "现场踏勘",
            "place": "申请地址",
            "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}",
            "agenda": "总平面布局\n\n消防车道",
            "departments": [str(world.place.departments[one]) for one in ("fire", "water")],
            "pause_reason": "核查现场。",
            "pause_basis": "行政许可法第三十四条",
        }
        to = await desk.done("clerk", "/meetings", call)
        html = await desk.page("clerk", to.removeprefix("/desk"))
        assert f"{starts_at.day}日 {starts_at:%H:%M}" in html
        for word in ("现场踏勘", "总平面布局", "消防车道", "消防救援大队", "水利局"):
            assert word in html
        assert "现场踏勘" in await desk.page("clerk", f"/cases/{case.id}")
        assert (await world.seen(case))["deadline"]["pauses"]

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"starts_at": "明天"}, "日期和时间"),
            ({"agenda": " \n "}, ""),
            ({"pause_reason": "核查现场。"}, ""),
            ({"starts_at": "2020-01-01T10:00"}, "不能早于现在"),
            ({"kind": ""}, ""),
        ],
    )
    async def test_what_does_not_fit_is_told(
        self, desk: Desk, world: World, wrong: dict[str, str], says: str
    ) -> None:
        starts_at = (world.house.clock.now() + timedelta(days=2)).astimezone(CHINA)
        call = {
            "hall_id": str(world.place.hall_id),
            "kind": "review",
            "lead_id": str(world.place.departments["market"]),
            "title": "联合审查",
            "place": "三楼会议室",
            "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}",
            "agenda": "总平面布局",
        }
        answer = await desk.send("clerk", "/meetings", call | wrong)
        assert answer.status_code == 422
        assert says in answer.text

    async def test_a_department_calls_where_it_leads(self, desk: Desk, world: World) -> None:
        case = await world.accepted()
        html = await desk.page("reviewer", "/meetings/call", case_id=case.id)
        lead = html[html.index('name="lead_id"') :].split("</select>")[0]
        assert "市场监管局" in lead
        assert "消防救援大队" not in lead
        await desk.page("fire_reviewer", "/meetings/call", 404, case_id=case.id)
        await desk.page("manager", "/meetings/call", 403, case_id=case.id)

    async def test_a_department_that_only_takes_part_calls_nothing(
        self, desk: Desk, world: World
    ) -> None:
        case = await world.accepted(item=await world.bundle())
        ok(await world.grant(case, "market", 1))
        assert "/desk/meetings/call" not in await desk.page("fire_reviewer", f"/cases/{case.id}")
        await desk.page("fire_reviewer", "/meetings/call", 403, case_id=case.id)


class TestTheRecord:
    async def test_from_the_reply_to_the_paper(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        ids = {name: str(found) for name, found in world.place.departments.items()}
        meeting = await joint.call()
        here = f"/meetings/{meeting['id']}"
        reply = {"department_id": ids["fire"], "coming": "true", "note": "准时参加"}
        await desk.done("fire_reviewer", f"{here}/reply", reply)
        assert "准时参加" in await desk.page("clerk", here)
        world.go_to(world.house.clock.now() + timedelta(hours=2))
        record = {
            f"attended.{ids['market']}": "王一、李二",
            f"attended.{ids['fire']}": "赵三",
            "items.0.conclusion": "方案可行。",
            f"items.0.words.{ids['market']}.word": "agree",
            f"items.0.words.{ids['fire']}.word": "agree",
            "items.1.conclusion": "车道须加宽。",
            f"items.1.words.{ids['market']}.word": "agree",
            f"items.1.words.{ids['fire']}.word": "disagree",
            f"items.1.words.{ids['fire']}.reason": "车道宽度不足四米。",
            f"items.1.words.{ids['fire']}.basis": "消防法第十一条",
        }
        without = {name: said for name, said in record.items() if not name.endswith(".basis")}
        refused = await desk.send("clerk", f"{here}/hold", without)
        assert (refused.status_code, "不同意的，要写明理由和依据" in refused.text) == (422, True)
        silent = {name: said for name, said in record.items() if not name.endswith("0.conclusion")}
        assert (await desk.send("clerk", f"{here}/hold", silent)).status_code == 422
        assert (await desk.send("clerk", f"{here}/hold")).status_code == 422
        await desk.done("clerk", f"{here}/hold", record)
        html = await desk.page("clerk", here)
        for word in ("王一、李二", "车道须加宽。", "消防法第十一条", "缺席"):
            assert word in html
        await desk.done("clerk", f"{here}/minutes", {"text": "会议认为方案可行。\r\n加宽车道。"})
        for by, name in (("reviewer", "market"), ("fire_reviewer", "fire")):
            said = {"department_id": ids[name], "round": "1", "answer": "confirmed"}
            await desk.done(by, f"{here}/answer", said)
        await desk.done("clerk", f"{here}/close")
        assert "已归档" in await desk.page("fire_reviewer", here)
        assert (await joint.read(meeting))["state"] == "closed"

    async def test_it_can_be_cancelled(self, desk: Desk, joint: Joint) -> None:
        meeting = await joint.call()
        await desk.done("supervisor", f"/meetings/{meeting['id']}/cancel", {"reason": "改期。"})
        assert "改期。" in await desk.page("fire_reviewer", f"/meetings/{meeting['id']}")
