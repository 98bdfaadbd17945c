"""The people of an enterprise: who may do what, and that a removal counts at once."""

import asyncio
from datetime import date

import pytest

from app.core import db
from tests.agency.agents import Agents, Known
from tests.cases.builders import Filed, ok, refused


async def _with(agents: Agents, role: str) -> tuple[Known, Known, str, str]:
    """An enterprise with one more person: owner, person, enterprise, the person's place."""
    owner, person = await agents.person(1, "李大明"), await agents.person(2, "王小芳")
    enterprise = await agents.enterprise(owner)
    return owner, person, enterprise, await agents.joined(enterprise, owner, person, role)


async def test_an_operator_files_for_the_enterprise_and_its_people_follow_the_case(
    agents: Agents,
) -> None:
    owner, operator, enterprise, _ = await _with(agents, "operator")
    case = await agents.filed(operator, enterprise_id=enterprise)
    assert (await agents.timeline(case))[0]["by"] == "经办人 王*芳"
    for who in (owner, operator):
        (row,) = await agents.mine(who)
        assert (row["number"], row["capacity"], row["enterprise"]) == (
            case.number,
            "enterprise",
            "青河县豆花餐饮有限公司",
        )
    await agents.in_correction(case)
    ok(await agents.supplement(owner, case))
    acts = ok(await agents.get(owner, f"enterprises/{enterprise}/acts"))["items"]
    assert [(a["by"], a["what"]) for a in acts] == [
        ("法定代表人 李*明", "supplemented"),
        ("经办人 王*芳", "submitted"),
    ]
    ok(await agents.post(operator, f"cases/{case.id}/withdraw"))


async def test_a_viewer_sees_and_does_nothing(agents: Agents) -> None:
    owner, viewer, enterprise, _ = await _with(agents, "viewer")
    case = await agents.filed(owner, enterprise_id=enterprise)
    await agents.in_correction(case)
    shown = ok(await agents.get(viewer, f"cases/{case.id}"))
    assert (shown["can_supplement"], shown["can_withdraw"]) == (False, False)
    refused(await agents.supplement(viewer, case), 403, "cases.may_only_see")
    refused(await agents.post(viewer, f"cases/{case.id}/withdraw"), 403, "cases.may_only_see")
    filed = await agents.file(viewer, await agents.item(), {"enterprise_id": enterprise})
    refused(filed, 403, "agency.may_not")
    invited = {"phone": "13900000000", "role": "manager"}
    path = f"enterprises/{enterprise}/invitations"
    refused(await agents.post(viewer, path, invited), 403, "agency.may_not")


async def test_a_removed_operator_is_out_at_once_even_of_what_they_filed(agents: Agents) -> None:
    owner, operator, enterprise, place = await _with(agents, "operator")
    case = await agents.filed(operator, enterprise_id=enterprise)
    await agents.in_correction(case)
    assert (
        await agents.delete(owner, f"enterprises/{enterprise}/people/{place}")
    ).status_code == 204
    assert (await agents.get(operator, f"cases/{case.id}")).status_code == 404
    assert (await agents.supplement(operator, case)).status_code == 404
    assert (await agents.post(operator, f"cases/{case.id}/withdraw")).status_code == 404
    assert await agents.mine(operator) == []
    filed = await agents.file(operator, await agents.item(), {"enterprise_id": enterprise})
    refused(filed, 404, "not_found")
    ok(await agents.supplement(owner, case))


async def test_another_enterprises_case_is_not_there(agents: Agents) -> None:
    owner, operator, enterprise, _ = await _with(agents, "operator")
    rival = await agents.person(3, "赵四海")
    rivals = await agents.enterprise(rival, 2, name="对手公司")
    case = await agents.filed(operator, enterprise_id=enterprise)
    assert (await agents.get(rival, f"cases/{case.id}")).status_code == 404
    assert (await agents.post(rival, f"cases/{case.id}/withdraw")).status_code == 404
    refused(
        await agents.file(operator, await agents.item(), {"enterprise_id": rivals}),
        404,
        "not_found",
    )
    for path in ("people", "acts", "invitations"):
        assert (await agents.get(rival, f"enterprises/{enterprise}/{path}")).status_code == 404
    assert await agents.mine(rival) == []
    assert len(await agents.mine(owner)) == 1


async def test_an_operators_own_cases_stay_their_own(agents: Agents) -> None:
    owner, operator, enterprise, _ = await _with(agents, "operator")
    private = await agents.filed(operator)
    assert (await agents.get(owner, f"cases/{private.id}")).status_code == 404
    (row,) = await agents.mine(operator)
    assert row["capacity"] == "applicant"
    await agents.filed(operator, enterprise_id=enterprise)
    assert [r["capacity"] for r in await agents.mine(operator)] == ["enterprise", "applicant"]


async def test_somebody_who_manages_always_stays(agents: Agents) -> None:
    owner, manager, enterprise, place = await _with(agents, "manager")
    people = ok(await agents.get(owner, f"enterprises/{enterprise}/people"))["items"]
    own = next(p["id"] for p in people if p["me"])
    # A legal representative is one by the licence; a manager does not unmake one.
    path = f"enterprises/{enterprise}/people"
    refused(await agents.delete(manager, f"{path}/{own}"), 403, "agency.may_not")
    refused(await agents.put(manager, f"{path}/{own}", {"role": "viewer"}), 403, "agency.may_not")
    # They may leave, as long as somebody manages.
    assert (await agents.delete(owner, f"{path}/{own}")).status_code == 204
    refused(await agents.delete(manager, f"{path}/{place}"), 409, "agency.nobody_manages")
    last = await agents.put(manager, f"{path}/{place}", {"role": "operator"})
    refused(last, 409, "agency.nobody_manages")


async def test_two_managers_who_remove_each_other_do_not_both_succeed(agents: Agents) -> None:
    owner, first, enterprise, first_place = await _with(agents, "manager")
    second = await agents.person(3, "孙立新")
    second_place = await agents.joined(enterprise, owner, second, "manager")
    people = ok(await agents.get(owner, f"enterprises/{enterprise}/people"))["items"]
    path = f"enterprises/{enterprise}/people"
    own = next(p["id"] for p in people if p["me"])
    assert (await agents.delete(owner, f"{path}/{own}")).status_code == 204
    answers = await asyncio.gather(
        agents.delete(first, f"{path}/{second_place}"),
        agents.delete(second, f"{path}/{first_place}"),
    )
    assert sorted(a.status_code for a in answers) == [204, 404]
    rows = await db.fetch(
        "SELECT role FROM enterprise_people WHERE enterprise_id = $1 AND removed_at IS NULL",
        enterprise,
    )
    assert [r["role"] for r in rows] == ["manager"]


async def test_an_invitation_is_for_whoever_proves_the_phone_and_nobody_else(
    agents: Agents,
) -> None:
    owner = await agents.person(1, "李大明")
    enterprise = await agents.enterprise(owner)
    invited = await agents.person(2, "王小芳", proven=False)
    # Somebody else merely claims to have that phone.
    thief = await agents.person(3, "赵四海")
    ok(await agents.say_who(thief, phone=invited.phone))
    path = f"enterprises/{enterprise}/invitations"
    body = {"phone": invited.phone, "role": "operator"}
    made = ok(await agents.post(owner, path, body), 201)["id"]
    refused(await agents.post(owner, path, body), 409, "agency.invited_already")
    for who in (thief, invited):
        assert ok(await agents.get(who, "enterprises/invitations"))["items"] == []
        answer = await agents.post(who, f"enterprises/invitations/{made}/accept")
        refused(answer, 404, "not_found", "完成验证")
    ok(await agents.prove(invited, invited.phone))
    (seen,) = ok(await agents.get(invited, "enterprises/invitations"))["items"]
    assert (seen["id"], seen["role"]) == (made, "operator")
    ok(await agents.post(invited, f"enterprises/invitations/{made}/accept"))
    assert (await agents.post(invited, f"enterprises/invitations/{made}/accept")).status_code == 404
    refused(await agents.post(thief, f"enterprises/invitations/{made}/accept"), 404, "not_found")


async def test_an_invitation_says_the_same_whether_the_phone_is_known_or_not(
    agents: Agents,
) -> None:
    owner, other = await agents.person(1, "李大明"), await agents.person(2, "王小芳")
    enterprise = await agents.enterprise(owner)
    path = f"enterprises/{enterprise}/invitations"
    known = await agents.post(owner, path, {"phone": other.phone, "role": "viewer"})
    unknown = await agents.post(owner, path, {"phone": "13912345678", "role": "viewer"})
    assert ok(known, 201).keys() == ok(unknown, 201).keys()
    assert await agents.letters(other) == ["企业邀请"]


@pytest.mark.parametrize("how", ["declined", "withdrawn", "expired"])
async def test_an_invitation_that_is_over_lets_nobody_in(agents: Agents, how: str) -> None:
    owner, invited = await agents.person(1, "李大明"), await agents.person(2, "王小芳")
    enterprise = await agents.enterprise(owner)
    path = f"enterprises/{enterprise}/invitations"
    body = {"phone": invited.phone, "role": "operator"}
    made = ok(await agents.post(owner, path, body), 201)["id"]
    if how == "declined":
        ok(await agents.post(invited, f"enterprises/invitations/{made}/decline"))
    elif how == "withdrawn":
        assert (await agents.delete(owner, f"{path}/{made}")).status_code == 204
    else:
        agents.world.go_to_day(date(2026, 3, 10))
        owner, invited = await agents.again(owner), await agents.again(invited)
    answer = await agents.post(invited, f"enterprises/invitations/{made}/accept")
    refused(answer, 404, "not_found")
    # Another invitation can follow.
    ok(await agents.post(owner, path, body), 201)


async def test_a_removal_and_an_act_at_once_are_one_after_the_other(agents: Agents) -> None:
    owner, operator, enterprise, place = await _with(agents, "operator")
    case: Filed = await agents.filed(operator, enterprise_id=enterprise)
    await agents.in_correction(case)
    removed, supplied = await asyncio.gather(
        agents.delete(owner, f"enterprises/{enterprise}/people/{place}"),
        agents.supplement(operator, case),
    )
    assert removed.status_code == 204
    assert supplied.status_code in (200, 404)
    state = await agents.world.state(case)
    assert state == ("submitted" if supplied.status_code == 200 else "correction")
