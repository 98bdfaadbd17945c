"""A guardian consents and applies for a child under 14."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.catalog.guide import Requirement
from app.citizens.consent_texts import CHILD
from app.citizens.realname import Verdict
from app.core import db
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import Filed, Item, ok, refused
from tests.citizens.conftest import Authority

BORN = "20160501"
LASTING = Requirement(code="premises", name="经营场所照片", valid_days=365)


async def _guardian(agents: Agents, n: int = 1) -> Known:
    return await agents.person(n, "李大明")


def _child(n: int = 50, **changed: Any) -> dict[str, Any]:
    return {
        "name": "李小宝",
        "id_number": id_number(n, BORN),
        "relation": "parent",
        "consent": True,
        "consent_version": CHILD.version,
    } | changed


async def _add(agents: Agents, who: Known, n: int = 50, **changed: Any) -> httpx.Response:
    return await agents.post(who, "citizens/me/children", _child(n, **changed))


async def _added(agents: Agents, who: Known, n: int = 50, **changed: Any) -> str:
    return ok(await _add(agents, who, n, **changed), 201)["id"]


async def _children(agents: Agents, who: Known) -> list[dict[str, Any]]:
    return ok(await agents.get(who, "citizens/me/children"))


async def _file(agents: Agents, who: Known, child: str, item: Item | None = None) -> Filed:
    return await agents.filed(who, item, child_id=child)


async def _row(child: str) -> dict[str, Any] | None:
    return await db.fetch_one("SELECT * FROM citizen_children WHERE id = $1", child)


# --- entering
async def test_a_guardian_consents_separately_to_a_wording(agents: Agents) -> None:
    text = ok(await agents.world.client.get("/api/v1/citizens/consents/child"))
    assert text["version"] == CHILD.version
    assert "第三十一条" in text["text"]
    who = await _guardian(agents)
    child = await _added(agents, who)
    [shown] = await _children(agents, who)
    assert shown == {
        "id": child,
        "name": "李*宝",
        "id_number": "511***********" + id_number(50, BORN)[-4:],
        "relation": "parent",
        "level": "stated",
        "consent_version": CHILD.version,
        "consented_at": shown["consented_at"],
        "mismatched": False,
        "can_apply": True,
    }
    row = await _row(child)
    assert row
    sealed = bytes(row["name"]) + bytes(row["id_number"]) + bytes(row["id_number_index"])
    assert "李小宝".encode() not in sealed
    assert id_number(50, BORN).encode() not in sealed


async def test_the_same_child_again_is_the_same(agents: Agents) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    assert await _added(agents, who) == child
    assert await _added(agents, who, relation="other") == child
    [shown] = await _children(agents, who)
    assert shown["relation"] == "other"


async def test_both_parents_may_enter_it(agents: Agents) -> None:
    father, mother = await _guardian(agents), await _guardian(agents, 2)
    assert await _added(agents, father) != await _added(agents, mother)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"consent": False}, 422, "citizens.no_consent"),
        ({"consent_version": "2020-01"}, 409, "citizens.consent_outdated"),
        ({"id_number": "110105194912310020"}, 422, "citizens.bad_id_number"),
        ({"id_number": id_number(50, "20120302")}, 409, "citizens.not_a_child"),
        ({"relation": "uncle"}, 422, "invalid_body"),
    ],
)
async def test_what_does_not_hold_is_refused(
    agents: Agents, changed: dict[str, Any], status: int, code: str
) -> None:
    who = await _guardian(agents)
    refused(await _add(agents, who, **changed), status, code)
    assert await _children(agents, who) == []


async def test_until_the_fourteenth_birthday_one_is_a_child(agents: Agents) -> None:
    # The day is 2 March 2026.
    who = await _guardian(agents)
    refused(
        await _add(agents, who, id_number=id_number(51, "20120302")), 409, "citizens.not_a_child"
    )
    await _added(agents, who, id_number=id_number(51, "20120303"))


async def test_a_guardian_is_of_age_and_known(agents: Agents) -> None:
    young = await agents.person(3, "王小青", proven=False)
    ok(await agents.say_who(young, id_number=id_number(3, "20100101")))
    refused(await _add(agents, young), 409, "citizens.guardian_not_adult")
    unknown = await agents.world.citizen("o-unknown", known=False)
    answer = await agents.post(unknown, "citizens/me/children", _child())
    refused(answer, 409, "citizens.who_first")


async def test_the_authority_is_asked_about_the_child_too(
    agents: Agents, authority: Authority
) -> None:
    who = await _guardian(agents)
    authority.says = Verdict.MISMATCH
    refused(await _add(agents, who), 422, "citizens.identity_mismatch")
    assert await _children(agents, who) == []
    authority.says = Verdict.MATCH
    await _added(agents, who)
    [shown] = await _children(agents, who)
    assert shown["level"] == "verified"
    refused(await _add(agents, who, name="李大宝"), 409, "citizens.child_fixed")


async def test_an_authority_that_is_down_is_asked_later(
    agents: Agents, authority: Authority, work_outbox: Callable[[], Any]
) -> None:
    who = await _guardian(agents)
    authority.says = None
    child = await _added(agents, who)
    item = await agents.item()
    await _file(agents, who, child, item)
    authority.says = Verdict.MISMATCH
    agents.world.house.clock.shift(timedelta(minutes=2))
    await work_outbox()
    [shown] = await _children(agents, who)
    assert (shown["mismatched"], shown["can_apply"], shown["level"]) == (True, False, None)
    answer = await agents.file(who, item, {"child_id": child})
    refused(answer, 422, "citizens.identity_mismatch")
    # The guardian's own identity is another matter.
    await agents.filed(who, item)


# --- applying
async def test_the_application_is_the_childs_and_the_guardian_follows_it(agents: Agents) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    case = await _file(agents, who, child)
    row = await db.fetch_one(
        "SELECT applicant_id, child_id::text AS child_id, filed_by FROM cases WHERE id = $1",
        case.id,
    )
    assert row == {"applicant_id": who.id, "child_id": child, "filed_by": "guardian"}
    clear = ok(await agents.world.look("clerk", f"cases/{case.id}/applicant"))
    assert (clear["name"], clear["id_number"], clear["phone"]) == (
        "李小宝",
        id_number(50, BORN),
        who.phone,
    )
    assert [found["number"] for found in await agents.mine(who)] == [case.number]
    ok(await agents.get(who, f"cases/{case.id}"))


async def test_anothers_child_is_not_there(agents: Agents) -> None:
    who, other = await _guardian(agents), await _guardian(agents, 2)
    child = await _added(agents, who)
    answer = await agents.file(other, await agents.item(), {"child_id": child})
    refused(answer, 404, "not_found")
    refused(await agents.delete(other, f"citizens/me/children/{child}"), 404, "not_found")


async def test_an_application_is_for_one(agents: Agents) -> None:
    who = await _guardian(agents)
    child, enterprise = await _added(agents, who), await agents.enterprise(who)
    behalf = {"child_id": child, "enterprise_id": enterprise}
    refused(await agents.file(who, await agents.item(), behalf), 422, "agency.for_one")
    behalf = {"child_id": child, "consent_id": enterprise}
    refused(await agents.file(who, await agents.item(), behalf), 422, "agency.for_one")


async def test_from_fourteen_on_the_guardians_consent_serves_for_nothing_new(
    agents: Agents,
) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    agents.world.go_to_day(date(2030, 5, 2))
    who = await agents.again(who)
    [shown] = await _children(agents, who)
    assert not shown["can_apply"]
    answer = await agents.file(who, await agents.item(), {"child_id": child})
    refused(answer, 409, "citizens.not_a_child")


async def test_at_the_window_a_guardian_applies_for_the_child_too(agents: Agents) -> None:
    who = await _guardian(agents)
    child, item = await _added(agents, who), await agents.item()
    given = {"name": who.name, "phone": who.phone, "id_number": who.id_number, "consent": True}
    ticket = ok(await agents.world.do("clerk", "applicants", given))["ticket"]
    body = agents.world.application(item, on_behalf={"child_id": child})
    made = ok(await agents.world.do("clerk", "cases", body | {"applicant": ticket}), 201)
    row = await db.fetch_one(
        "SELECT filed_by, child_id::text AS child FROM cases WHERE id = $1", made["id"]
    )
    assert row == {"filed_by": "window", "child": child}


async def test_of_a_child_nothing_is_kept_for_other_uses(agents: Agents) -> None:
    """Neither its photos nor its certificates become things of the guardian's."""
    who = await _guardian(agents)
    child = await _added(agents, who)
    item = await agents.world.item("CHILD", guide={"materials": (LASTING,)})

    async def file(**on_behalf: str) -> Filed:
        photo = await agents.world.photo(who)
        supplied = [{"requirement": "premises", "material_ids": [photo]}]
        case = await agents.world.filed(who, item, materials=supplied, on_behalf=on_behalf or None)
        ok(await agents.world.accept(case))
        ok(await agents.world.grant(case))
        paper = {"title": "许可证", "number": case.number[-6:]}
        ok(await agents.world.do("clerk", f"cases/{case.id}/issue", paper))
        return case

    await file(child_id=child)
    assert await db.fetch("SELECT 1 FROM holdings") == []
    await file()
    rows = await db.fetch("SELECT id, source FROM holdings ORDER BY source")
    assert [row["source"] for row in rows] == ["issued", "supplied"]
    reuse = [{"requirement": "premises", "holding_id": str(rows[1]["id"])}]
    answer = await agents.world.submit(
        who, item, reuse=reuse, reuse_consent=True, on_behalf={"child_id": child}
    )
    refused(answer, 409, "cases.not_for_child")


# --- withdrawing
async def test_a_consent_withdrawn_deletes_the_child(agents: Agents) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    assert (await agents.delete(who, f"citizens/me/children/{child}")).status_code == 204
    assert await _row(child) is None
    assert await _children(agents, who) == []
    answer = await agents.file(who, await agents.item(), {"child_id": child})
    refused(answer, 404, "not_found")
    refused(await agents.delete(who, f"citizens/me/children/{child}"), 404, "not_found")


async def test_what_a_case_was_filed_with_stays_with_the_case_alone(agents: Agents) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    case = await _file(agents, who, child)
    assert (await agents.delete(who, f"citizens/me/children/{child}")).status_code == 204
    row = await _row(child)
    assert row
    assert (row["name"], row["id_number"], row["id_number_index"]) == (None, None, None)
    assert row["withdrawn_at"] is not None
    clear = ok(await agents.world.look("clerk", f"cases/{case.id}/applicant"))
    assert clear["name"] == "李小宝"
    again = await _added(agents, who)
    assert again != child
    verbs = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id", f"child:{child}"
    )
    assert [row["verb"] for row in verbs] == ["child.entered", "child.consent_withdrawn"]


async def test_a_misspelt_name_is_put_right_until_it_was_applied_under(agents: Agents) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who, name="李小保")
    assert await _added(agents, who) == child
    [shown] = await _children(agents, who)
    assert shown["name"] == "李*宝"
    await _file(agents, who, child)
    refused(await _add(agents, who, name="李小堡"), 409, "citizens.child_fixed")


async def test_a_phone_of_the_guardian_that_changes_is_the_one_of_later_cases(
    agents: Agents,
) -> None:
    who = await _guardian(agents)
    child = await _added(agents, who)
    ok(await agents.say_who(who, phone=phone(8)))
    case = await _file(agents, who, child)
    clear = ok(await agents.world.look("clerk", f"cases/{case.id}/applicant"))
    assert clear["phone"] == phone(8)
