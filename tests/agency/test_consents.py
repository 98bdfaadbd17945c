"""Helpers with the applicant's consent: what they may do, and that it ends when it ends."""

import asyncio
from datetime import date
from typing import Any

import pytest

from app.agency import service as agency
from app.core import db
from tests.agency.agents import PURPOSES, Agents, Known
from tests.cases.builders import Filed, ok, refused
from tests.cases.clocks import VISIT

FORM = {"form": {"shop": "新字号"}}


async def _assisted(agents: Agents, name: str = "clerk2") -> list[dict[str, Any]]:
    return ok(await agents.world.look(name, "assisted"))["items"]


async def _helped(agents: Agents, **terms: Any) -> tuple[Known, Filed, str]:
    """An applicant with a case in correction, and their consent to `clerk2`."""
    owner = await agents.person(1, "李大明")
    case = await agents.filed(owner)
    await agents.in_correction(case)
    return owner, case, await agents.granted(owner, **terms)


async def test_a_helper_of_the_hall_acts_for_the_applicant_and_both_see_it(agents: Agents) -> None:
    owner, case, consent = await _helped(agents)
    (row,) = await _assisted(agents)
    assert (row["number"], row["capacity"], row["applicant"]) == (case.number, "helper", "李*明")
    shown = ok(await agents.world.look("clerk2", f"assisted/{case.id}"))
    assert shown["capacity"] == "helper"
    ok(await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM))
    by = [e["by"] for e in await agents.timeline(case) if e["kind"] == "supplemented"]
    assert by == ["帮办员 员工002（工号002）"]
    for seen in (
        await agents.get(owner, f"assistance/{consent}/acts"),
        await agents.world.look("clerk2", f"assistance/{consent}/acts"),
    ):
        assert [(a["what"], a["subject"]) for a in ok(seen)["items"]] == [
            ("supplemented", f"case:{case.number}"),
            ("read", f"case:{case.number}"),
        ]
    assert await agents.world.trail(case, "case.read_on_behalf") == 1


async def test_what_was_done_can_never_be_changed(agents: Agents) -> None:
    _, case, _ = await _helped(agents)
    ok(await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM))
    for statement in ("UPDATE assistance_acts SET what = 'x'", "DELETE FROM assistance_acts"):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(statement)


async def test_a_revoked_consent_stops_a_helper_who_is_in_the_middle_of_it(agents: Agents) -> None:
    owner, case, consent = await _helped(agents)
    ok(await agents.world.look("clerk2", f"assisted/{case.id}"))
    revoked = await agents.post(owner, f"assistance/{consent}/revoke", {"why": "自己来办"})
    assert revoked.status_code == 204
    assert await _assisted(agents) == []
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404
    late = await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM)
    refused(late, 404, "not_found")
    (shown,) = ok(await agents.get(owner, "assistance"))["items"]
    assert (shown["state"], shown["ended_why"]) == ("revoked", "自己来办")
    refused(
        await agents.post(owner, f"assistance/{consent}/revoke", {}), 409, "agency.consent_over"
    )


async def test_revoking_and_acting_at_once_are_one_after_the_other(agents: Agents) -> None:
    owner, case, consent = await _helped(agents)
    await agents.world.staff("clerk2")
    revoked, supplied = await asyncio.gather(
        agents.post(owner, f"assistance/{consent}/revoke", {}),
        agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM),
    )
    assert revoked.status_code == 204
    done = ok(await agents.get(owner, f"assistance/{consent}/acts"))["items"]
    state = await agents.world.state(case)
    if supplied.status_code == 200:
        assert (state, len(done)) == ("submitted", 1)
    else:
        assert (supplied.status_code, state, done) == (404, "correction", [])


async def test_a_consent_ends_by_itself(agents: Agents) -> None:
    owner, case, _ = await _helped(agents, days=7)
    agents.world.go_to_day(date(2026, 3, 8))
    assert len(await _assisted(agents)) == 1
    agents.world.go_to_day(date(2026, 3, 10))
    assert await _assisted(agents) == []
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404
    owner = await agents.again(owner)
    (shown,) = ok(await agents.get(owner, "assistance"))["items"]
    assert shown["state"] == "expired"


async def test_a_helper_may_give_the_consent_back(agents: Agents) -> None:
    owner, case, consent = await _helped(agents)
    back = await agents.world.do("clerk2", f"assistance/{consent}/give-back", {"why": "调岗"})
    assert back.status_code == 204
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404
    assert "帮办代办授权" in await agents.letters(owner)
    other = await agents.world.do("clerk", f"assistance/{consent}/give-back", {})
    assert other.status_code == 404


async def test_a_consent_covers_its_item_or_its_case_alone(agents: Agents) -> None:
    owner = await agents.person(1, "李大明")
    wanted, other = await agents.item(), await agents.item()
    for_item = await agents.filed(owner, wanted)
    for_case = await agents.filed(owner, other)
    neither = await agents.filed(owner, other)
    await agents.granted(owner, scope="item", scope_id=str(wanted.id))
    await agents.granted(owner, scope="case", scope_id=for_case.id)
    seen = {row["number"] for row in await _assisted(agents)}
    assert seen == {for_item.number, for_case.number}
    assert (await agents.world.look("clerk2", f"assisted/{neither.id}")).status_code == 404


async def test_a_case_of_somebody_else_is_not_opened_by_naming_it(agents: Agents) -> None:
    owner, thief = await agents.person(1, "李大明"), await agents.person(2, "赵四海")
    case = await agents.filed(owner)
    await agents.granted(thief, scope="case", scope_id=case.id)
    assert await _assisted(agents) == []
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404


async def test_withdrawing_needs_a_consent_that_says_so(agents: Agents) -> None:
    owner, relative = await agents.person(1, "李大明"), await agents.person(2, "李小明")
    case = await agents.filed(owner)
    await agents.helped_by(owner, relative)
    refused(await agents.post(relative, f"cases/{case.id}/withdraw"), 403, "cases.may_only_see")
    await agents.helped_by(owner, relative, may_withdraw=True)
    ok(await agents.post(relative, f"cases/{case.id}/withdraw"))
    last = (await agents.timeline(case))[-1]
    assert (last["by"], last["note"]) == ("帮办人 李*明", "帮办人 李*明撤回了申请。")


async def test_a_relative_files_once_they_have_accepted(agents: Agents) -> None:
    owner, relative = await agents.person(1, "李大明"), await agents.person(2, "李小明")
    item = await agents.item()
    consent = await agents.granted(owner, relative={"phone": relative.phone})
    early = await agents.file(relative, item, {"consent_id": consent})
    refused(early, 404, "not_found")
    (offer,) = ok(await agents.get(relative, "assistance", side="helper"))["items"]
    assert (offer["state"], offer["applicant"], offer["purposes"]) == ("offered", "李*明", PURPOSES)
    assert "帮办代办授权" in await agents.letters(relative)
    assert (await agents.post(relative, f"assistance/{consent}/accept")).status_code == 204

    case = await agents.filed(relative, item, consent_id=consent)
    row = await db.fetch_one(
        "SELECT applicant_id, filed_by, consent_id FROM cases WHERE id = $1", case.id
    )
    assert row
    assert (row["applicant_id"], row["filed_by"], str(row["consent_id"])) == (
        owner.id,
        "helper",
        consent,
    )
    assert [r["capacity"] for r in await agents.mine(owner)] == ["applicant"]
    assert [r["capacity"] for r in await agents.mine(relative)] == ["helper"]
    assert (await agents.timeline(case))[0]["by"] == "帮办人 李*明"
    acts = ok(await agents.get(owner, f"assistance/{consent}/acts"))["items"]
    assert "submitted" in [a["what"] for a in acts]

    # An old page of theirs, after the consent was taken back.
    await agents.post(owner, f"assistance/{consent}/revoke", {})
    late = await agents.file(relative, item, {"consent_id": consent})
    assert refused(late, 409, "agency.consent_ended")["state"] == "revoked"
    assert await agents.mine(relative) == []


async def test_an_offer_is_for_whoever_proves_the_phone(agents: Agents) -> None:
    owner, thief = await agents.person(1, "李大明"), await agents.person(2, "赵四海")
    relative = await agents.person(3, "李小明", proven=False)
    ok(await agents.say_who(thief, phone=relative.phone))
    consent = await agents.granted(owner, relative={"phone": relative.phone})
    for who in (thief, relative):
        assert (await agents.post(who, f"assistance/{consent}/accept")).status_code == 404
    ok(await agents.prove(relative, relative.phone))
    assert (await agents.post(relative, f"assistance/{consent}/decline")).status_code == 204
    over = await agents.post(relative, f"assistance/{consent}/accept")
    assert over.status_code in (404, 409)
    assert (await agents.get(thief, f"assistance/{consent}/acts")).status_code == 404


async def test_a_consent_needs_a_word_a_helper_and_a_scope_that_fit(agents: Agents) -> None:
    owner = await agents.person(1, "李大明")
    terms: dict[str, Any] = {"purposes": PURPOSES, "scope": "all"}
    badge = await agents.badge("clerk2")
    silent = {"terms": terms | {"staff": badge}, "agree": False}
    refused(await agents.post(owner, "assistance", silent), 422, "agency.not_agreed")
    for bad in (
        terms,
        terms | {"staff": badge, "relative": {"phone": "13900000000"}},
        terms | {"staff": badge, "scope": "item"},
        terms | {"staff": badge, "scope_id": owner_item(agents)},
    ):
        answer = await agents.post(owner, "assistance", {"terms": bad, "agree": True})
        refused(answer, 422, "agency.bad_terms")
    unknown = await agents.grant(owner, staff=badge | {"staff_number": "999"})
    refused(unknown, 404, "not_found")
    refused(await agents.grant(owner, relative={"phone": owner.phone}), 403, "agency.own_helper")
    refused(await agents.grant(owner, scope="item", scope_id=owner_item(agents)), 404, "not_found")


def owner_item(agents: Agents) -> str:
    """An id of no item."""
    return str(agents.world.place.hall_id)


def _paper(**changed: Any) -> dict[str, Any]:
    applicant = {"name": "欧阳老汉", "phone": "13711112222", "id_number": "11010519491231002X"}
    return {"applicant": applicant | {"consent": True}, "paper_number": "授权-2026-001"} | changed


async def test_a_consent_on_paper_is_recorded_by_somebody_else_than_its_helper(
    agents: Agents,
) -> None:
    terms = {"purposes": PURPOSES, "scope": "all", "staff": await agents.badge("clerk2")}
    own = await agents.world.do("clerk2", "assistance", _paper(terms=terms))
    refused(own, 403, "agency.own_helper")
    bare = await agents.world.do("clerk", "assistance", _paper(terms=terms, paper_number=None))
    refused(bare, 422, "agency.bad_terms")
    made = ok(await agents.world.do("clerk", "assistance", _paper(terms=terms)), 201)["id"]
    shown = ok(await agents.world.look("clerk2", f"assistance/{made}"))
    assert (shown["how"], shown["recorded_by"], shown["state"]) == ("at_window", "员工001", "live")
    assert shown["applicant"] == "欧**汉"
    assert (await agents.world.look("far_clerk", f"assistance/{made}")).status_code == 404
    far = await agents.world.do("far_clerk", f"assistance/{made}/revoke", {"why": "本人要求"})
    assert far.status_code == 404
    back = await agents.world.do("clerk", f"assistance/{made}/revoke", {"why": "本人要求"})
    assert back.status_code == 204
    assert ok(await agents.world.look("clerk2", f"assistance/{made}"))["state"] == "revoked"


async def test_a_staff_helper_files_by_their_consent_and_no_other(agents: Agents) -> None:
    terms = {"purposes": PURPOSES, "scope": "all", "staff": await agents.badge("clerk2")}
    made = ok(await agents.world.do("clerk", "assistance", _paper(terms=terms)), 201)["id"]
    helper = agents.world.act_as(await agents.world.place.actor(agents.world.act_as(), "clerk2"))
    who = await agency.principal(helper, agency.OnBehalf(consent_id=made))
    assert (who.name.reveal(), who.filed_by, str(who.consent_id)) == ("欧阳老汉", "helper", made)
    other = agents.world.act_as(await agents.world.place.actor(agents.world.act_as(), "clerk"))
    with pytest.raises(Exception, match="没有找到这项授权"):
        await agency.principal(other, agency.OnBehalf(consent_id=made))
    with pytest.raises(Exception, match="权限"):
        await agency.principal(other, None)


async def test_a_helper_who_has_left_the_hall_is_none_any_more(agents: Agents) -> None:
    _, case, _ = await _helped(agents)
    staff_id = agents.world.place.staff["clerk2"]
    await db.execute(
        "UPDATE staff_roles SET hall_id = $2 WHERE staff_id = $1",
        staff_id,
        agents.world.place.other_hall_id,
    )
    assert await _assisted(agents) == []
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404


async def test_an_enterprises_consent_lasts_no_longer_than_its_giver_speaks_for_it(
    agents: Agents,
) -> None:
    owner, manager = await agents.person(1, "李大明"), await agents.person(2, "王小芳")
    enterprise = await agents.enterprise(owner)
    place = await agents.joined(enterprise, owner, manager, "manager")
    case = await agents.filed(owner, enterprise_id=enterprise)
    private = await agents.filed(manager)
    await agents.granted(manager, enterprise_id=enterprise)
    assert [r["number"] for r in await _assisted(agents)] == [case.number]
    assert (await agents.world.look("clerk2", f"assisted/{private.id}")).status_code == 404
    assert (
        await agents.delete(owner, f"enterprises/{enterprise}/people/{place}")
    ).status_code == 204
    assert await _assisted(agents) == []
    assert (await agents.world.look("clerk2", f"assisted/{case.id}")).status_code == 404


async def test_only_who_manages_an_enterprise_consents_for_it(agents: Agents) -> None:
    owner, operator = await agents.person(1, "李大明"), await agents.person(2, "王小芳")
    enterprise = await agents.enterprise(owner)
    await agents.joined(enterprise, owner, operator, "operator")
    refused(await agents.grant(operator, enterprise_id=enterprise), 403, "agency.may_not")
    made = await agents.granted(owner, enterprise_id=enterprise)
    assert (await agents.post(operator, f"assistance/{made}/revoke", {})).status_code == 404
    assert (await agents.post(owner, f"assistance/{made}/revoke", {})).status_code == 204


async def test_who_helped_neither_accepts_nor_decides(agents: Agents) -> None:
    _, case, _ = await _helped(agents)
    ok(await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM))
    own = await agents.world.accept(case, by="clerk2")
    refused(own, 403, "cases.helper_decides")
    asked = await agents.world.do(
        "clerk2", f"cases/{case.id}/ask-correction", {"points": ["照片不清楚。"]}
    )
    refused(asked, 403, "cases.helper_decides")
    ok(await agents.world.accept(case, by="clerk"))


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("pauses", VISIT),
        ("extend", {"days": 5, "reason": "案情复杂。"}),
        ("terminate", {"reason": "申请人死亡。", "basis": "行政许可法第七十条"}),
    ],
)
async def test_who_helped_neither_stops_the_clock_nor_moves_or_ends_the_review(
    agents: Agents, act: str, body: dict[str, Any]
) -> None:
    _, case, _ = await _helped(agents)
    ok(await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM))
    ok(await agents.world.accept(case))
    tried = await agents.world.do("clerk2", f"cases/{case.id}/{act}", body)
    refused(tried, 403, "cases.helper_decides")
    assert (await agents.world.do("clerk", f"cases/{case.id}/{act}", body)).is_success


async def test_a_reviewer_who_helped_leaves_the_review_and_the_second_word_to_others(
    agents: Agents,
) -> None:
    owner = await agents.person(1, "李大明")
    case = await agents.filed(owner)
    await agents.in_correction(case)
    await agents.granted(owner, staff=await agents.badge("reviewer"))
    ok(await agents.world.do("reviewer", f"assisted/{case.id}/supplement", FORM))
    ok(await agents.world.accept(case))
    refused(await agents.world.grant(case), 403, "cases.helper_decides")
    proposed = ok(await agents.world.refuse(case, by="reviewer2"), 202)
    seconded = await agents.world.answer(proposed["id"], by="reviewer")
    refused(seconded, 403, "cases.helper_decides")
    ok(await agents.world.answer(proposed["id"], by="supervisor"))


async def test_an_applicant_cannot_choose_who_decides_by_naming_them_their_helper(
    agents: Agents,
) -> None:
    owner = await agents.person(1, "李大明")
    case = await agents.filed(owner)
    await agents.granted(owner, staff=await agents.badge("clerk"))
    ok(await agents.world.accept(case, by="clerk"))


async def test_who_has_decided_anything_does_not_help_afterwards(agents: Agents) -> None:
    owner = await agents.person(1, "李大明")
    case = await agents.filed(owner)
    ok(await agents.world.accept(case, by="clerk2"))
    consent = await agents.granted(owner, may_withdraw=True)
    helper = await agents.world.do("clerk2", f"assisted/{case.id}/supplement", FORM)
    refused(helper, 403, "cases.decider_helps")
    assert ok(await agents.get(owner, f"assistance/{consent}/acts"))["items"] == []


async def test_photos_of_a_case_are_for_those_who_follow_it(agents: Agents) -> None:
    owner, relative = await agents.person(1, "李大明"), await agents.person(2, "李小明")
    stranger = await agents.person(3, "赵四海")
    item = await agents.world.with_photos()
    photo = await agents.world.photo(owner)
    materials = [{"requirement": "premises", "material_ids": [photo]}]
    case = await agents.world.filed(owner, item, materials=materials)
    await agents.helped_by(owner, relative)
    path = f"cases/{case.id}/materials/{photo}/thumbnail"
    for who, status in ((owner, 200), (relative, 200), (stranger, 404)):
        assert (await agents.get(who, path)).status_code == status
    await agents.granted(owner)
    desk = f"assisted/{case.id}/materials/{photo}/thumbnail"
    assert (await agents.world.look("clerk2", desk)).status_code == 200
    assert await agents.world.trail(case, "case.read_on_behalf") == 2
    odd = await agents.get(owner, f"cases/{case.id}/materials/{photo}/original")
    assert odd.status_code == 404


async def test_what_one_follows_is_paged_newest_first_each_case_once(agents: Agents) -> None:
    owner, relative = await agents.person(1, "李大明"), await agents.person(2, "李小明")
    enterprise = await agents.enterprise(relative)
    await agents.helped_by(owner, relative)
    await agents.helped_by(owner, relative)
    item, numbers = await agents.item(), []
    for _ in range(2):
        numbers.append((await agents.filed(owner, item)).number)
        numbers.append((await agents.filed(relative, item)).number)
        numbers.append((await agents.filed(relative, item, enterprise_id=enterprise)).number)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = ok(await agents.get(relative, "cases", **query))
        found += [row["number"] for row in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found == numbers[::-1]
