"""Putting a decision off: once, within the law, with a supervisor's consent, before it is late."""

import asyncio
from datetime import date

import pytest

from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import (
    begun,
    case_row,
    eight_days,
    end,
    extend,
    extended,
    joint_item,
    shown,
    task_dues,
)

LAST_DAY = date(2026, 3, 12)


@pytest.fixture
async def case(world: World) -> Filed:
    """Accepted on Monday 2 March, promised in eight working days: until 12 March."""
    return await world.accepted(item=await eight_days(world))


async def test_only_a_clerk_or_the_leading_department_proposes(world: World, case: Filed) -> None:
    refused(await extend(world, case, by=""), 401, "not_signed_in")
    for name in ("supervisor", "manager", "admin"):
        refused(await extend(world, case, by=name), 403, "forbidden")
    for name in ("fire_reviewer", "far_clerk"):
        refused(await extend(world, case, by=name), 404, "not_found")
    ok(await extend(world, case, by="reviewer"), 202)


async def test_of_several_departments_the_first_leads_where_none_is_named(world: World) -> None:
    case = await world.accepted(item=await joint_item(world))
    refused(await extend(world, case, by="fire_reviewer"), 404, "not_found")
    ok(await extend(world, case, by="reviewer"), 202)


async def test_it_takes_effect_with_a_supervisors_consent_only(world: World, case: Filed) -> None:
    proposal = ok(await extend(world, case), 202)
    assert (await case_row(case))["promised_due"] == LAST_DAY
    listed = ok(await world.look("supervisor", "proposals"))["items"]
    assert [(row["kind"], row["days"]) for row in listed] == [("extend", 5)]
    refused(await world.answer(proposal["id"], by="reviewer2"), 404, "not_found")
    ok(await world.answer(proposal["id"]))
    row = await case_row(case)
    assert (row["extended_days"], row["promised_due"]) == (5, date(2026, 3, 19))
    assert row["legal_due"] == date(2026, 4, 7)
    assert await task_dues(case) == {"市场监管局": date(2026, 3, 19)}
    assert await world.trail(case, "case.extended") == 1


async def test_the_applicant_is_told_the_reason(world: World, case: Filed) -> None:
    await extended(world, case)
    last = (await world.receipts(case))[-1]
    assert (last["kind"], last["title"]) == ("extended", "延期告知书")
    assert "理由：案情复杂。" in last["lines"]
    assert (await world.notices(case))[-1] == "reminder"
    seen = await shown(world, case)
    assert seen["extension"] == {"days": 5, "day": "2026-03-02", "reason": "案情复杂。"}
    assert seen["arithmetic"][-1] == "3月2日（周一）批准延长 5 个工作日 → 3月19日（周四）"


async def test_declined_it_can_be_proposed_again(world: World, case: Filed) -> None:
    proposal = ok(await extend(world, case), 202)
    refused(await extend(world, case), 409, "cases.proposal_open")
    ok(await world.answer(proposal["id"], agree=False))
    assert (await case_row(case))["extended_days"] == 0
    ok(await extend(world, case), 202)


async def test_never_twice(world: World, case: Filed) -> None:
    await extended(world, case, days=1)
    refused(await extend(world, case), 409, "cases.already_extended")


async def test_consent_by_many_at_once_has_one_effect(world: World, case: Filed) -> None:
    await world.add_role("clerk2", "supervisor")
    proposal = ok(await extend(world, case), 202)
    await world.staff("supervisor"), await world.staff("clerk2")
    names = ["supervisor", "clerk2"] * 5
    answers = await asyncio.gather(*(world.answer(proposal["id"], by=name) for name in names))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert (await case_row(case))["extended_days"] == 5
    assert [r["kind"] for r in await world.receipts(case)] == ["accepted", "extended"]


@pytest.mark.parametrize(("joint", "longest"), [(False, 10), (True, 15)])
async def test_the_law_says_how_long(world: World, *, joint: bool, longest: int) -> None:
    item = await (joint_item(world) if joint else eight_days(world))
    case = await world.accepted(item=item)
    refused(await extend(world, case, days=16), 422, "invalid_body")
    if longest < 15:
        told = refused(await extend(world, case, days=longest + 1), 422, "cases.extension_too_long")
        assert f"{longest} 个工作日" in told["detail"]
    ok(await extend(world, case, days=longest), 202)


async def test_on_the_last_day_it_can_be_put_off_and_after_it_not(
    world: World, case: Filed
) -> None:
    world.go_to_day(LAST_DAY)
    proposal = ok(await extend(world, case), 202)
    world.go_to_day(date(2026, 3, 13))
    refused(await world.answer(proposal["id"]), 409, "cases.limit_passed")
    assert (await case_row(case))["extended_days"] == 0
    ok(await world.answer(proposal["id"], agree=False))
    refused(await extend(world, case), 409, "cases.limit_passed")


async def test_while_the_clock_stands_the_limit_has_not_passed(world: World, case: Filed) -> None:
    world.go_to_day(LAST_DAY)
    pause = await begun(world, case)
    world.go_to_day(date(2026, 3, 16))
    await extended(world, case)
    assert (
        "恢复后从剩余的工作日继续计算"
        in (await world.receipts(await world.again(case)))[-1]["lines"][-1]
    )
    ok(await end(world, pause))
    # Friday and Monday were left out, and five days come after them.
    assert (await case_row(case))["promised_due"] == date(2026, 3, 23)


async def test_what_is_not_under_review_is_not_put_off(world: World) -> None:
    waiting = await world.filed()
    refused(await extend(world, waiting), 409, "cases.wrong_state")


async def test_a_decision_overtakes_the_proposal(world: World, case: Filed) -> None:
    proposal = ok(await extend(world, case), 202)
    ok(await world.grant(case))
    refused(await world.answer(proposal["id"]), 409, "cases.proposal_settled", "新的进展")
