"""Pre-check (预审): online applications are looked at before the originals are brought."""

import asyncio
from uuid import uuid4

from tests.cases.builders import Filed, World, ok, refused
from tests.cases.promised import after_working_days

ASK = {"points": ["照片不清楚。"]}
NO = {"reason": "不属于本机关职权范围。", "basis": "行政许可法第三十二条"}


async def _filed(world: World) -> Filed:
    return await world.filed(item=await world.item("PRE", guide={"pre_check": True}))


async def _check(world: World, case: Filed, by: str = "clerk"):
    return await world.do(by, f"cases/{case.id}/pre-check")


async def test_only_a_clerk_of_the_hall_may(world: World) -> None:
    case = await _filed(world)
    refused(await _check(world, case, ""), 401, "not_signed_in")
    for name in ("reviewer", "supervisor", "manager", "admin"):
        refused(await _check(world, case, name), 403, "forbidden")
    refused(await _check(world, case, "far_clerk"), 404, "not_found")
    refused(await world.do("clerk", f"cases/{uuid4()}/pre-check"), 404, "not_found")


async def test_it_comes_before_acceptance_and_is_none(world: World) -> None:
    case = await _filed(world)
    refused(await world.accept(case), 409, "cases.pre_check_first", "预审")
    checked = ok(await _check(world, case))
    assert (checked["state"], checked["receipt"]) == ("pre_checked", f"{case.number}-01")
    seen = await world.seen(case)
    assert (seen["progress"], seen["accepted_at"]) == ("预审通过", None)
    assert "原件" in seen["receipts"][0]["lines"][1]
    assert await world.notices(case) == ["submitted", "reminder"]
    assert await world.trail(case, "case.pre_checked") == 1
    refused(await _check(world, case, "clerk2"), 409, "cases.wrong_state", "由员工001")


async def test_it_is_accepted_when_the_originals_were_seen(world: World) -> None:
    case = await _filed(world)
    ok(await _check(world, case))
    ok(await world.accept(case))
    lines = (await world.seen(case))["receipts"][-1]["lines"]
    assert "材料原件已在窗口核对。" in lines


async def test_an_item_without_it_is_accepted_directly(world: World) -> None:
    case = await world.filed()
    refused(await _check(world, case), 409, "cases.no_pre_check")
    ok(await world.accept(case))


async def test_corrections_and_non_acceptance_are_possible_before_and_after(world: World) -> None:
    for checked in (False, True):
        case = await world.filed(item=await world.item(f"PRE-{checked}", guide={"pre_check": True}))
        if checked:
            ok(await _check(world, case))
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
        refused(await world.accept(case), 409, "cases.pre_check_first")
        ok(await _check(world, case))
        proposed = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        ok(await world.answer(proposed["id"]))
        assert await world.state(case) == "not_accepted"


async def test_the_five_days_go_on(world: World) -> None:
    case = await _filed(world)
    ok(await _check(world, case))
    await after_working_days(world, 6)
    ask = await world.do("clerk", f"cases/{case.id}/ask-correction", ASK)
    refused(ask, 409, "cases.answered_too_late")


async def test_after_five_days_it_comes_too_late(world: World) -> None:
    case = await _filed(world)
    await after_working_days(world, 6)
    refused(await _check(world, case), 409, "cases.answered_too_late")


async def test_two_clerks_at_once_have_one_effect(world: World) -> None:
    case = await _filed(world)
    await world.staff("clerk"), await world.staff("clerk2")
    answers = await asyncio.gather(
        *(_check(world, case, name) for name in ("clerk", "clerk2", "clerk"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len(await world.receipts(case)) == 1
