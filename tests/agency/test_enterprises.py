"""How an enterprise is believed in: registered by a citizen, confirmed by a clerk on paper."""

import asyncio

from app.core import db
from tests.agency.agents import Agents, credit_code
from tests.cases.builders import ok, refused


async def test_nothing_can_be_filed_for_an_enterprise_until_a_clerk_has_seen_its_licence(
    agents: Agents,
) -> None:
    owner, item = await agents.person(1, "李大明"), await agents.item()
    registered = ok(await agents.register(owner), 201)
    assert (registered["state"], registered["enterprise_id"]) == ("pending", None)
    assert ok(await agents.get(owner, "enterprises"))["items"] == []
    early = await agents.file(owner, item, {"enterprise_id": registered["id"]})
    refused(early, 409, "agency.enterprise_pending")

    answered = ok(await agents.answer(registered["id"]))
    assert answered["state"] == "confirmed"
    mine = ok(await agents.get(owner, "enterprises"))["items"]
    assert [(e["id"], e["role"]) for e in mine] == [
        (answered["enterprise_id"], "legal_representative")
    ]
    assert "企业登记核验结果" in await agents.letters(owner)

    case = await agents.filed(owner, item, enterprise_id=answered["enterprise_id"])
    row = await db.fetch_one("SELECT * FROM cases WHERE id = $1", case.id)
    assert row
    assert (row["enterprise_code"], row["filed_by"]) == (credit_code(1), "operator")
    assert (await agents.timeline(case))[0]["by"] == "法定代表人 李*明"
    acts = ok(await agents.get(owner, f"enterprises/{answered['enterprise_id']}/acts"))["items"]
    assert [(a["by"], a["what"], a["subject"]) for a in acts] == [
        ("法定代表人 李*明", "submitted", f"case:{case.number}")
    ]


async def test_a_declined_registration_says_why_and_leads_nowhere(agents: Agents) -> None:
    owner, item = await agents.person(1, "李大明"), await agents.item()
    registered = ok(await agents.register(owner), 201)
    silent = await agents.answer(registered["id"], confirm=False)
    refused(silent, 422, "agency.reason_needed")
    ok(await agents.answer(registered["id"], confirm=False, note="营业执照已过期。"))
    shown = ok(await agents.get(owner, "enterprises/registrations"))["items"]
    assert [(r["state"], r["note"]) for r in shown] == [("declined", "营业执照已过期。")]
    later = await agents.file(owner, item, {"enterprise_id": registered["id"]})
    refused(later, 404, "not_found")
    # With a valid licence they try again.
    ok(await agents.register(owner), 201)


async def test_what_is_registered_must_be_possible(agents: Agents) -> None:
    owner = await agents.person(1, "李大明")
    wrong = credit_code(1)[:-1] + ("0" if credit_code(1)[-1] != "0" else "1")
    refused(await agents.register(owner, code=wrong), 422, "agency.bad_credit_code")
    other = await agents.register(owner, legal_representative="王小二")
    refused(other, 422, "agency.not_the_representative")
    ok(await agents.register(owner, legal_representative="王小二", role="manager"), 201)
    refused(await agents.register(owner), 409, "agency.registration_open")
    stranger = await agents.world.citizen("o-unknown", known=False)
    body = {"name": "某公司", "code": credit_code(2), "legal_representative": "某某"}
    body |= {"role": "manager", "hall_id": str(agents.world.place.hall_id)}
    asked = await agents.post(stranger, "enterprises/registrations", body)
    refused(asked, 409, "citizens.who_first")


async def test_the_clerk_compares_the_paper_with_what_was_said_and_that_is_recorded(
    agents: Agents,
) -> None:
    owner = await agents.person(1, "李大明")
    registered = ok(await agents.register(owner), 201)
    hall = str(agents.world.place.hall_id)
    listed = ok(await agents.world.look("clerk", "enterprise-registrations", hall_id=hall))
    assert [(r["applicant"], r["legal_representative"]) for r in listed["items"]] == [
        ("李*明", "李*明")
    ]
    path = f"enterprise-registrations/{registered['id']}"
    clear = ok(await agents.world.look("clerk", path))
    assert clear["applicant_id_number"] == owner.id_number
    assert (await agents.world.look("far_clerk", path)).status_code == 404
    far = await agents.world.look("far_clerk", "enterprise-registrations", hall_id=hall)
    assert far.status_code == 403
    verbs = await db.fetch(
        "SELECT verb, actor FROM audit_entries WHERE subject = $1 ORDER BY id",
        f"enterprise-registration:{registered['id']}",
    )
    assert [v["verb"] for v in verbs] == [
        "enterprise.registered",
        "enterprise.registration_read",
    ]
    assert verbs[1]["actor"] == f"staff:{agents.world.place.staff['clerk']}"


async def test_two_clerks_answer_and_one_answer_stands(agents: Agents) -> None:
    owner = await agents.person(1, "李大明")
    registered = ok(await agents.register(owner), 201)
    answers = await asyncio.gather(
        agents.answer(registered["id"], "clerk"),
        agents.answer(registered["id"], "clerk2", confirm=False, note="代码不符。"),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    late = next(a for a in answers if a.status_code == 409)
    refused(late, 409, "agency.registration_answered")


async def test_one_code_is_one_enterprise_and_the_paper_seen_last_counts(agents: Agents) -> None:
    """Nobody can keep the real people out by registering first."""
    first, second = await agents.person(1, "李大明"), await agents.person(2, "王建国")
    enterprise = await agents.enterprise(first, legal_representative="李大明")
    joined = await agents.enterprise(second, name="青河县豆花集团有限公司")
    assert joined == enterprise
    mine = ok(await agents.get(second, "enterprises"))["items"]
    assert [(e["name"], e["role"]) for e in mine] == [
        ("青河县豆花集团有限公司", "legal_representative")
    ]
    # The licence names another legal representative now; the former one is none any more.
    assert ok(await agents.get(first, "enterprises"))["items"] == []
    assert (await agents.get(first, f"enterprises/{enterprise}/people")).status_code == 404


async def test_two_confirmed_at_once_are_one_enterprise(agents: Agents) -> None:
    first, second = await agents.person(1, "李大明"), await agents.person(2, "王建国")
    registrations = [
        ok(await agents.register(who, legal_representative="赵法人", role="manager"), 201)["id"]
        for who in (first, second)
    ]
    answers = await asyncio.gather(*(agents.answer(r) for r in registrations))
    ids = {ok(a)["enterprise_id"] for a in answers}
    assert len(ids) == 1
    people = ok(await agents.get(first, f"enterprises/{ids.pop()}/people"))["items"]
    assert sorted(p["name"] for p in people) == ["李*明", "王*国"]
