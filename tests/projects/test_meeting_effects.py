"""What a joint meeting does to its cases: absence that agrees, clocks that stop, news."""

import asyncio
from uuid import UUID

import pytest

from app.catalog.guide import StagePart, StagePlan
from app.core import db
from app.projects.meetings.jobs import count_absence
from app.projects.meetings.schemas import AbsenceCounts
from tests.cases.builders import Filed, Person, ok, refused
from tests.projects.builders import FIRE, MARKET, Joint, plan


# --- absence
async def _case(joint: Joint, owner: Person, *, agrees: str = FIRE) -> Filed:
    guide = {"stages": plan(MARKET, FIRE, absent=agrees), "members": ("X-1", "X-2")}
    item = await joint.world.item("B-1", bundle=True, guide=guide)
    return await joint.world.accepted(owner=owner, item=item)


async def _tasks(case: Filed) -> dict[str, tuple[str, str | None]]:
    rows = await db.fetch(
        "SELECT d.name, t.state, t.by_default FROM case_tasks t"
        " JOIN departments d ON d.id = t.department_id WHERE t.case_id = $1",
        case.id,
    )
    return {row["name"]: (row["state"], row["by_default"]) for row in rows}


async def test_who_stays_away_agrees_where_the_configuration_says_so(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen())
    meeting = await joint.closed(case_id=case.id)
    assert (await _tasks(case))[FIRE] == ("open", None)
    await joint.outbox()
    assert await _tasks(case) == {MARKET: ("open", None), FIRE: ("granted", "absent")}
    shown = (await joint.read(meeting))["absences"]
    assert [(one["department"], one["agreed"]) for one in shown] == [(FIRE, True)]
    counted = await joint.trail(f"meeting:{meeting['number']}", "meeting.absence_counted")
    assert counted == 1


async def test_elsewhere_absence_changes_nothing(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen(), agrees="")
    meeting = await joint.closed(case_id=case.id)
    await joint.outbox()
    assert (await _tasks(case))[FIRE] == ("open", None)
    assert (await joint.read(meeting))["absences"] == []


@pytest.mark.parametrize("kind", ["notice", "consultation"])
async def test_where_nothing_is_decided_absence_agrees_to_nothing(joint: Joint, kind: str) -> None:
    case = await _case(joint, await joint.world.citizen())
    await joint.closed(case_id=case.id, kind=kind)
    await joint.outbox()
    assert (await _tasks(case))[FIRE] == ("open", None)


async def test_a_department_that_objects_to_being_down_as_absent_has_not_agreed(
    joint: Joint,
) -> None:
    case = await _case(joint, await joint.world.citizen())
    meeting = await joint.minuted("market", case_id=case.id)
    refused(
        await joint.answer(meeting, "fire", "fire_reviewer"), 409, "meetings.wrong_state", "缺席"
    )
    ok(await joint.answer(meeting, "fire", "fire_reviewer", "objected", "我局派员参加了会议。"))
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.meet(meeting, "close"))
    await joint.outbox()
    assert (await _tasks(case))[FIRE] == ("open", None)


async def test_a_real_decision_stays_whatever_the_meeting_says(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen())
    meeting = await joint.minuted("market", case_id=case.id)
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.world.grant(case, "fire", by="fire_reviewer"))
    ok(await joint.meet(meeting, "close"))
    await joint.outbox()
    assert (await _tasks(case))[FIRE] == ("granted", None)


async def test_absence_is_counted_once_however_often_it_is_delivered(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen())
    meeting = await joint.closed(case_id=case.id)
    fire = joint.world.place.departments["fire"]
    told = AbsenceCounts(UUID(meeting["id"]), UUID(case.id), (fire,))
    for _ in range(3):
        await count_absence(joint.world.act_as(), told, "k")
    await joint.outbox()
    assert len((await joint.read(meeting))["absences"]) == 1


async def test_the_last_word_by_absence_decides_the_case(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen())
    ok(await joint.world.grant(case))
    await joint.closed(case_id=case.id)
    await joint.outbox()
    assert await joint.world.state(case) == "granted"


async def test_absence_says_nothing_of_a_stage_that_had_not_begun(joint: Joint) -> None:
    first = StagePlan(name="初审", departments=(StagePart(department=MARKET, days=3),))
    guide = {"stages": (first, *plan(FIRE, absent=FIRE)), "members": ("X-1", "X-2")}
    item = await joint.world.item("B-2", bundle=True, promised_days=8, guide=guide)
    case = await joint.world.accepted(owner=await joint.world.citizen(), item=item)
    meeting = await joint.minuted("market", case_id=case.id)
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.world.grant(case))  # only now the fire brigade's stage begins
    ok(await joint.meet(meeting, "close"))
    await joint.outbox()
    assert (await _tasks(case))[FIRE] == ("open", None)


async def test_absence_and_a_real_decision_at_once_make_one_decision(joint: Joint) -> None:
    case = await _case(joint, await joint.world.citizen())
    meeting = await joint.closed(case_id=case.id)
    told = AbsenceCounts(
        UUID(meeting["id"]), UUID(case.id), (joint.world.place.departments["fire"],)
    )
    answer, *_ = await asyncio.gather(
        joint.world.grant(case, "fire", by="fire_reviewer"),
        count_absence(joint.world.act_as(), told, "k"),
        count_absence(joint.world.act_as(), told, "k"),
    )
    state, by_default = (await _tasks(case))[FIRE]
    assert state == "granted"
    assert (by_default is None) == (answer.status_code == 200)


# --- the clock, and the applicant
PAUSE = {"reason": "需要到现场核对间距。", "basis": "行政许可法第四十五条"}


async def _open_pauses(case: Filed) -> int:
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM case_pauses WHERE case_id = $1 AND ended_at IS NULL", case.id
    )
    assert row
    return row["n"]


@pytest.mark.parametrize("ending", ["hold", "cancel"])
async def test_a_site_visit_stops_the_clock_until_it_is_over(joint: Joint, ending: str) -> None:
    case = await joint.world.accepted(owner=await joint.world.citizen())
    meeting = await joint.call(kind="site_visit", case_id=case.id, pause=PAUSE)
    assert await _open_pauses(case) == 1
    if ending == "hold":
        ok(await joint.hold(meeting, "market"))
    else:
        ok(await joint.meet(meeting, "cancel", {"reason": "下雨改期"}))
    assert await _open_pauses(case) == 0


async def test_a_pause_that_ended_at_the_desk_does_not_hold_the_visit_up(joint: Joint) -> None:
    case = await joint.world.accepted(owner=await joint.world.citizen())
    meeting = await joint.call(kind="site_visit", case_id=case.id, pause=PAUSE)
    row = await db.fetch_one("SELECT id FROM case_pauses WHERE case_id = $1", case.id)
    assert row
    ok(await joint.world.do("clerk", f"pauses/{row['id']}/end"))
    ok(await joint.hold(meeting, "market"))


async def test_a_supervisor_calls_a_visit_and_stops_no_clock(joint: Joint) -> None:
    case = await joint.world.accepted(owner=await joint.world.citizen())
    call = joint.meeting(kind="site_visit", case_id=case.id, pause=PAUSE)
    refused(await joint.world.do("supervisor", "meetings", call), 403, "forbidden", "暂停计时")
    assert await _open_pauses(case) == 0


async def test_a_visit_to_a_project_stops_the_clocks_that_were_chosen(joint: Joint) -> None:
    owner = await joint.world.citizen()
    items = [await joint.world.item(code) for code in ("P-1", "P-2")]
    project, cases = await joint.project_with_cases(owner, *items)
    about = {"kind": "site_visit", "project_id": project["id"]}
    chosen = joint.meeting(**about, pause=PAUSE | {"case_ids": [cases[1].id]})
    ok(await joint.world.do("clerk", "meetings", chosen), 201)
    assert [await _open_pauses(case) for case in cases] == [0, 1]
    none = joint.meeting(**about, pause=PAUSE)
    refused(await joint.world.do("clerk", "meetings", none), 422, "meetings.call_unfit")


async def test_the_applicant_is_told_where_to_be_and_reads_what_was_said_at_the_end(
    joint: Joint,
) -> None:
    owner, other = await joint.world.citizen(), await joint.world.citizen("o-other")
    project, _ = await joint.project_with_cases(owner, await joint.world.item("P-1"))
    about = {"kind": "acceptance", "project_id": project["id"]}
    meeting = await joint.minuted("market", **about)
    owner = await joint.world.citizen(known=False)
    letters = ok(await joint.own(owner, "notices"))["items"]
    assert any("联合验收" in letter["title"] for letter in letters)
    path = f"meetings/{meeting['id']}"
    refused(await joint.own(other, path), 404, "not_found")
    before = ok(await joint.own(owner, path))
    assert (before["minutes"], before["agenda"][0]["words"]) == (None, [])
    refused(await joint.own(owner, f"{path}/minutes.pdf"), 404, "not_found")
    ok(await joint.answer(meeting, "market", "reviewer"))
    ok(await joint.meet(meeting, "close"))
    after = ok(await joint.own(owner, path))
    assert after["agenda"][0]["conclusion"] == "结论1"
    assert (await joint.own(owner, f"{path}/minutes.pdf")).content.startswith(b"%PDF")
    assert len((await joint.view(owner, project))["meetings"]) == 1


async def test_an_internal_meeting_about_nobody_is_not_for_citizens(joint: Joint) -> None:
    owner = await joint.world.citizen()
    meeting = await joint.call()
    refused(await joint.own(owner, f"meetings/{meeting['id']}"), 404, "not_found")


# --- a case that ends meanwhile
async def test_an_application_withdrawn_before_the_visit_leaves_the_meeting_to_its_own_end(
    joint: Joint,
) -> None:
    owner = await joint.world.citizen()
    case = await _case(joint, owner)
    pause = {"reason": "核查经营场所。", "basis": "行政许可法第三十四条"}
    meeting = await joint.call(kind="site_visit", case_id=case.id, pause=pause)
    ok(await joint.world.mine(case, "withdraw"))
    ok(await joint.hold(meeting, "market"))
    rows = await db.fetch(
        "SELECT ended_at IS NOT NULL AS ended FROM case_pauses WHERE case_id = $1", case.id
    )
    assert rows == [{"ended": True}]
    assert await joint.world.state(case) == "withdrawn"


async def test_absence_agrees_to_nothing_in_a_case_that_was_withdrawn_meanwhile(
    joint: Joint,
) -> None:
    case = await _case(joint, await joint.world.citizen())
    await joint.closed(case_id=case.id)
    ok(await joint.world.mine(case, "withdraw"))
    await joint.outbox()
    assert await _tasks(case) == {MARKET: ("ended", None), FIRE: ("ended", None)}
    assert await joint.world.state(case) == "withdrawn"
