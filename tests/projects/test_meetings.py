"""Joint meetings: called, held, written down, confirmed, closed for good."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from tests.cases.builders import ok, refused
from tests.projects.builders import FIRE, MARKET, WATER, Joint, plan


async def test_a_meeting_goes_its_whole_way(joint: Joint) -> None:
    meeting = await joint.call()
    assert (meeting["state"], meeting["number"][:2]) == ("called", "HY")
    body = {"department_id": str(joint.world.place.departments["fire"]), "coming": True}
    ok(await joint.meet(meeting, "reply", body, "fire_reviewer"))
    ok(await joint.hold(meeting, "market", "fire", against="fire"))
    ok(await joint.meet(meeting, "minutes", {"text": "会议同意平面布局，车道须整改。"}))
    shown = await joint.read(meeting, "fire_reviewer")
    assert set(shown["waiting_for"]) == {MARKET, FIRE}
    words = {one["department"]: one["word"] for one in shown["agenda"][0]["words"]}
    assert words == {MARKET: "agree", FIRE: "disagree", WATER: "absent"}
    refused(await joint.meet(meeting, "close"), 409, "meetings.wrong_state", FIRE)
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.answer(meeting, "fire", "fire_reviewer", "objected", "宽度写错了。"))
    assert ok(await joint.meet(meeting, "close"))["state"] == "closed"
    for verb in ("called", "replied", "held", "minuted", "confirmed", "objected", "closed"):
        assert await joint.trail(f"meeting:{meeting['number']}", f"meeting.{verb}") == 1, verb


async def test_the_minutes_become_a_paper(joint: Joint) -> None:
    meeting = await joint.minuted("market")
    path = f"meetings/{meeting['id']}/minutes.pdf"
    refused(await joint.world.look("clerk", path), 404, "not_found", "尚未归档")
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.meet(meeting, "close"))
    paper = await joint.world.look("fire_reviewer", path)
    assert paper.content.startswith(b"%PDF")
    row = await db.fetch_one(
        "SELECT kind, number, lines::text AS lines FROM documents WHERE number = $1",
        meeting["number"],
    )
    assert row
    assert row["kind"] == "minutes"
    for said in ("结论：结论1", f"{MARKET}：同意", f"缺席：{FIRE}", "请各部门抓紧办理。"):
        assert said in row["lines"], said


# --- who may
async def test_only_those_who_lead_may_call_a_meeting(joint: Joint) -> None:
    world = joint.world
    ok(await world.do("reviewer", "meetings", joint.meeting()), 201)
    ok(await world.do("supervisor", "meetings", joint.meeting()), 201)
    for who in ("fire_reviewer", "far_clerk"):
        refused(await world.do(who, "meetings", joint.meeting()), 403, "meetings.not_leading")
    owner = await world.citizen()
    case = await world.accepted(owner=owner)
    fire = str(world.place.departments["fire"])
    call = joint.meeting(case_id=case.id, lead_id=fire)
    refused(await world.do("fire_reviewer", "meetings", call), 404, "not_found")


async def test_a_department_that_follows_in_a_case_does_not_call_its_meetings(
    joint: Joint,
) -> None:
    world, owner = joint.world, await joint.world.citizen()
    item = await world.item("B-1", guide={"stages": plan(MARKET, FIRE)})
    case = await world.accepted(owner=owner, item=item)
    fire = str(world.place.departments["fire"])
    call = joint.meeting(case_id=case.id, lead_id=fire)
    refused(await world.do("fire_reviewer", "meetings", call), 403, "meetings.not_leading")
    call = joint.meeting(case_id=case.id)
    ok(await world.do("reviewer", "meetings", call), 201)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"starts_at": "2020-01-01T09:00:00+08:00"}, "不能早于现在"),
        ({"starts_at": "9999-12-31T23:59:59-12:00"}, "一年以后"),
        ({"pause": {"reason": "踏勘", "basis": "许可法第四十五条"}}, "只有联合踏勘"),
        (
            {"kind": "site_visit", "pause": {"reason": "踏勘", "basis": "许可法第四十五条"}},
            "没有相关办件",
        ),
    ],
)
async def test_a_call_must_make_sense(joint: Joint, changed: dict[str, Any], says: str) -> None:
    answer = await joint.world.do("clerk", "meetings", joint.meeting(**changed))
    refused(answer, 422, "meetings.call_unfit", says)


async def test_those_invited_see_it_and_only_chairs_run_it(joint: Joint) -> None:
    meeting = await joint.call(departments=[str(joint.world.place.departments["fire"])])
    await joint.read(meeting, "fire_reviewer")
    await joint.read(meeting, "manager")
    for who in ("far_clerk",):
        path = f"meetings/{meeting['id']}"
        refused(await joint.world.look(who, path), 404, "not_found")
    body = {"reason": "改期"}
    refused(await joint.meet(meeting, "cancel", body, "fire_reviewer"), 403, "forbidden")
    reply = {"department_id": str(joint.world.place.departments["fire"]), "coming": True}
    refused(await joint.meet(meeting, "reply", reply, "reviewer"), 403, "forbidden")
    listed = ok(
        await joint.world.look(
            "fire_reviewer", "meetings", department_id=joint.world.place.departments["fire"]
        )
    )
    assert [one["number"] for one in listed["items"]] == [meeting["number"]]


async def test_nobody_answers_for_another_department(joint: Joint) -> None:
    meeting = await joint.minuted("market", "fire")
    refused(await joint.answer(meeting, "fire", "reviewer"), 403, "forbidden")


# --- the order of things
async def test_a_meeting_is_not_held_before_its_time_nor_twice(joint: Joint) -> None:
    meeting = await joint.call()
    refused(
        await joint.meet(meeting, "hold", joint.record("market")),
        409,
        "meetings.wrong_state",
        "还没有到",
    )
    ok(await joint.hold(meeting, "market"))
    again = await joint.meet(meeting, "hold", joint.record("market"))
    refused(again, 409, "meetings.wrong_state", "待写纪要")
    refused(await joint.meet(meeting, "cancel", {"reason": "x"}), 409, "meetings.wrong_state")


async def test_a_record_says_all_that_is_wrong_with_it(joint: Joint) -> None:
    meeting = await joint.call()
    bare = joint.record("market", "fire", items=1)
    bare["items"][0]["words"] = [
        {"department_id": str(joint.world.place.departments["fire"]), "word": "disagree"}
    ]
    joint.world.house.clock.shift(timedelta(hours=2))
    joint.world._staff.clear()
    told = refused(await joint.meet(meeting, "hold", bare), 422, "meetings.record_unfit")
    assert len(told["problems"]) == 3


async def test_minutes_written_anew_must_be_confirmed_anew(joint: Joint) -> None:
    meeting = await joint.minuted("market")
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.meet(meeting, "minutes", {"text": "改过的纪要。"}))
    stale = await joint.answer(meeting, "market", "reviewer", round_=1)
    refused(stale, 409, "meetings.wrong_state", "已重新整理")
    refused(await joint.meet(meeting, "close"), 409, "meetings.wrong_state")
    ok(await joint.answer(meeting, "market", "reviewer", round_=2))
    twice = await joint.answer(meeting, "market", "reviewer", round_=2)
    refused(twice, 409, "meetings.wrong_state", "已对这份纪要作出答复")
    ok(await joint.meet(meeting, "close"))


async def test_an_objection_says_to_what(joint: Joint) -> None:
    meeting = await joint.minuted("market")
    answer = await joint.answer(meeting, "market", "reviewer", "objected")
    refused(answer, 422, "meetings.objection_needs_text")


async def test_of_two_who_close_at_once_one_does(joint: Joint) -> None:
    meeting = await joint.minuted("market")
    ok(await joint.answer(meeting, "market", "reviewer"))
    answers = await asyncio.gather(*(joint.meet(meeting, "close") for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409]


async def test_what_is_closed_is_never_changed_by_anybody(joint: Joint) -> None:
    meeting = await joint.closed()
    for body, act in (({"text": "x"}, "minutes"), ({"reason": "x"}, "cancel"), (None, "close")):
        refused(await joint.meet(meeting, act, body), 409, "meetings.wrong_state")
    for statement in (
        "UPDATE meetings SET minutes = 'x' WHERE id = $1",
        "DELETE FROM meetings WHERE id = $1",
        "UPDATE meeting_items SET conclusion = 'x' WHERE meeting_id = $1",
        "UPDATE meeting_words SET word = 'agree' WHERE meeting_id = $1",
        "DELETE FROM meeting_answers WHERE meeting_id = $1",
        "UPDATE meeting_departments SET attended = true WHERE meeting_id = $1",
    ):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(statement, meeting["id"])
