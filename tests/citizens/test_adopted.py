"""What was done at the counter belongs, in the mini program, to whoever it is: all of it."""

from uuid import UUID

import pytest

from app.citizens.schemas import PersonIn
from app.core import db
from app.notices import service as notices
from app.notices.rules import Letter
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import Filed, jpeg, ok, refused

FARMER = PersonIn(name="张老汉", phone=phone(1), id_number=id_number(1), consent=True)


async def _case_at_window(agents: Agents) -> tuple[Filed, UUID, str]:
    """A case that a clerk filed for the farmer, the counter account, and a photo of theirs."""
    given = {"name": FARMER.name, "phone": FARMER.phone, "id_number": FARMER.id_number}
    applicant = ok(await agents.world.do("clerk", "applicants", given | {"consent": True}))
    ticket = applicant["ticket"]
    photo = ok(
        await agents.world.client.post(
            f"/api/v1/desk/materials?applicant={ticket}",
            files={"file": ("照片.jpg", jpeg())},
            headers=await agents.world.staff("clerk"),
        ),
        201,
    )["id"]
    item = await agents.item()
    body = agents.world.application(item, applicant=ticket)
    made = ok(await agents.world.do("clerk", "cases", body), 201)
    row = await db.fetch_one("SELECT applicant_id FROM cases WHERE id = $1", made["id"])
    assert row
    account: UUID = row["applicant_id"]
    return Filed(made["id"], made["number"], await agents.world.citizen()), account, photo


async def _letter(agents: Agents, account: UUID) -> None:
    letter = Letter(
        citizen_id=account,
        key=f"test:{account}",
        subject="test:1",
        title="窗口的来信",
        body="请带身份证。",
        page="pages/index",
    )
    await notices.put_in_inbox(agents.world.act_as(), letter)


@pytest.fixture
async def farmer(agents: Agents) -> Known:
    """The farmer's mini program, before they have proved anything."""
    return await agents.person(1, "张老汉", proven=False)


async def _adopt(agents: Agents, who: Known) -> None:
    ok(await agents.prove(who, phone(1)))


async def test_letters_to_the_counter_account_are_in_their_inbox(
    agents: Agents, farmer: Known
) -> None:
    case, account, _ = await _case_at_window(agents)
    await _letter(agents, account)
    assert await agents.letters(farmer) == []
    await _adopt(agents, farmer)
    listed = ok(await agents.get(farmer, "notices"))["items"]
    assert {one["subject"] for one in listed} == {f"case:{case.number}", "test:1"}
    assert ok(await agents.get(farmer, "notices/unread-count")) == {"unread": len(listed)}
    letter = next(one["id"] for one in listed if one["subject"] == "test:1")
    stranger = await agents.person(2, "王小二")
    refused(await agents.post(stranger, f"notices/{letter}/read"), 404, "not_found")
    assert (await agents.post(farmer, f"notices/{letter}/read")).status_code == 204
    assert ok(await agents.get(farmer, "notices/unread-count")) == {"unread": len(listed) - 1}


async def test_pages_of_the_inbox_go_through_both_accounts(agents: Agents, farmer: Known) -> None:
    _, account, _ = await _case_at_window(agents)
    await _letter(agents, account)
    await _letter(agents, farmer.id)
    await _adopt(agents, farmer)
    found, after = [], None
    while True:
        query = {"limit": 1} | ({"after": after} if after else {})
        shown = ok(await agents.get(farmer, "notices", **query))
        found += [one["id"] for one in shown["items"]]
        after = shown["next"]
        if after is None:
            break
    assert len(found) == len(set(found)) == 3


async def test_photos_that_the_clerk_took_are_among_theirs(agents: Agents, farmer: Known) -> None:
    _, _, photo = await _case_at_window(agents)
    own = await agents.world.photo(farmer)
    refused(await agents.get(farmer, f"materials/{photo}"), 404, "not_found")
    await _adopt(agents, farmer)
    listed = ok(await agents.get(farmer, "materials"))["items"]
    assert {one["id"] for one in listed} == {photo, own}
    assert (await agents.get(farmer, f"materials/{photo}/display")).status_code == 200
    item = await agents.world.with_photos()
    supplied = [{"requirement": "premises", "material_ids": [photo, own]}]
    ok(await agents.world.submit(farmer, item, materials=supplied), 201)
    stranger = await agents.person(2, "王小二")
    refused(await agents.get(stranger, f"materials/{photo}"), 404, "not_found")


async def test_what_was_decided_is_theirs_to_rate(agents: Agents, farmer: Known) -> None:
    case, _, _ = await _case_at_window(agents)
    ok(await agents.world.accept(case))
    ok(await agents.world.grant(case))
    rating = {"case_number": case.number, "level": 5}
    refused(await agents.post(farmer, "ratings", rating), 404, "rating.no_such_service")
    assert ok(await agents.get(farmer, "services/mine"))["items"] == []
    await _adopt(agents, farmer)
    [service] = ok(await agents.get(farmer, "services/mine"))["items"]
    assert (service["case_number"], service["can_rate"]) == (case.number, True)
    made = ok(await agents.post(farmer, "ratings", rating), 201)
    assert ok(await agents.post(farmer, "ratings", rating))["id"] == made["id"]
    [service] = ok(await agents.get(farmer, "services/mine"))["items"]
    assert (service["can_rate"], service["rating"]["level"]) == (False, 5)
    [mine] = ok(await agents.get(farmer, "ratings/mine"))["items"]
    assert mine["id"] == made["id"]
    path = f"ratings/{made['id']}/supplement"
    stranger = await agents.person(2, "王小二")
    assert (await agents.post(stranger, path, {"comment": "不是我。"})).status_code == 404
    ok(await agents.post(farmer, path, {"comment": "窗口很耐心。"}), 201)


async def test_staff_do_not_rate_themselves_through_an_account_of_the_counter(
    agents: Agents, farmer: Known
) -> None:
    """The clerk who served is the farmer too, and has linked their mini program."""
    case, _, _ = await _case_at_window(agents)
    ok(await agents.world.accept(case))
    ok(await agents.world.grant(case))
    await _adopt(agents, farmer)
    served = await db.fetch_one(
        "SELECT staff_id FROM services WHERE subject = $1", f"case:{case.number}"
    )
    assert served
    assert served["staff_id"]
    await db.execute(
        "INSERT INTO staff_citizens (id, staff_id, citizen_id, bound_at)"
        " VALUES ($1, $2, $3, now())",
        db.new_id(),
        served["staff_id"],
        farmer.id,
    )
    rating = {"case_number": case.number, "level": 5}
    refused(await agents.post(farmer, "ratings", rating), 409, "rating.own_service")
