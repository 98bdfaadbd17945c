"""A case's receipts in hand: for the applicant, for the desk, for anybody who verifies them."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core import db
from tests.cases.builders import NAME, Filed, World, ok
from tests.documents.makers import text
from tests.places import code_of


async def fetched(world: World, case: Filed, headers: dict[str, str], number: str) -> Any:
    path = f"/api/v1/cases/{case.id}/receipts/{number}.pdf"
    return await world.client.get(path, headers=headers)


async def at_the_desk(world: World, case: Filed, name: str, number: str) -> httpx.Response:
    return await world.look(name, f"cases/{case.id}/receipts/{number}.pdf")


async def readings(number: str) -> list[str]:
    rows = await db.fetch(
        "SELECT e.actor FROM audit_entries e JOIN documents d"
        " ON e.subject = 'document:' || d.number AND e.hall_id = d.hall_id"
        " WHERE d.number = $1 AND e.verb = 'document.read' ORDER BY e.id",
        number,
    )
    return [row["actor"].partition(":")[0] for row in rows]


async def test_the_applicant_holds_the_acceptance_notice_in_hand(world: World) -> None:
    case = await world.accepted()
    (receipt,) = await world.receipts(case)
    got = await fetched(world, case, case.owner.headers, receipt["number"])
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert got.headers["cache-control"] == "private, no-store"
    said = text(got.content).replace(" ", "")
    assert f"{NAME}：" in said
    for part in (receipt["title"], receipt["number"], *receipt["lines"]):
        assert part.replace(" ", "") in said
    assert await readings(receipt["number"]) == ["citizen"]


async def test_each_receipt_shows_where_anybody_verifies_it(world: World) -> None:
    case = await world.refused()
    receipts = await world.receipts(case)
    assert [receipt["kind"] for receipt in receipts] == ["accepted", "refused"]
    for receipt in receipts:
        found = ok(await world.client.get(f"/api/v1/verify/{receipt['code']}"))
        assert found["number"] == receipt["number"]
        assert found["title"] == receipt["title"]
        assert found["case_number"] == case.number
        assert found["holder"] == "欧**月"
        assert receipt["verify_at"].endswith(f"/v/{receipt['code']}")


async def test_nobody_else_gets_it_and_no_other_number_is_there(world: World) -> None:
    case = await world.accepted()
    number = f"{case.number}-01"
    other = await world.citizen("o-other")
    for headers, asked in (
        (other.headers, number),
        (case.owner.headers, f"{case.number}-02"),
        (case.owner.headers, "1'; --"),
    ):
        answer = await fetched(world, case, headers, asked)
        assert (answer.status_code, code_of(answer)) == (404, "not_found")
    bare = f"/api/v1/cases/{case.id}/receipts/{number}"
    assert (await world.client.get(bare, headers=case.owner.headers)).status_code == 404
    assert (await fetched(world, case, {}, number)).status_code == 401


async def test_a_receipt_of_one_case_is_not_found_in_another(world: World) -> None:
    owner, item = await world.citizen(), await world.item()
    first = await world.accepted(owner=owner, item=item)
    second = await world.filed(owner, item)
    answer = await fetched(world, second, owner.headers, f"{first.number}-01")
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["clerk", "supervisor", "reviewer"])
async def test_who_handles_the_case_gets_it_and_is_recorded(world: World, name: str) -> None:
    case = await world.accepted()
    number = f"{case.number}-01"
    got = await at_the_desk(world, case, name, number)
    assert got.status_code == 200
    assert NAME in text(got.content)
    assert await readings(number) == ["staff"]


async def test_who_sees_no_personal_data_gets_it_without_the_name(world: World) -> None:
    case = await world.accepted()
    got = await at_the_desk(world, case, "manager", f"{case.number}-01")
    assert got.status_code == 200
    assert NAME not in text(got.content)
    assert "（姓名已隐去）" in text(got.content)


@pytest.mark.parametrize(
    ("name", "status"), [("far_clerk", 404), ("far_manager", 404), ("fire_reviewer", 404)]
)
async def test_other_staff_do_not(world: World, name: str, status: int) -> None:
    case = await world.accepted()
    assert (await at_the_desk(world, case, name, f"{case.number}-01")).status_code == status


async def _as_before_there_were_papers(case: Filed) -> None:
    await db.execute("ALTER TABLE documents DISABLE TRIGGER documents_stay")
    try:
        await db.execute("DELETE FROM documents WHERE subject = $1", f"case:{case.number}")
    finally:
        await db.execute("ALTER TABLE documents ENABLE TRIGGER documents_stay")


async def test_a_receipt_from_before_gets_its_paper_when_it_is_read(world: World) -> None:
    case = await world.accepted()
    await _as_before_there_were_papers(case)
    number = f"{case.number}-01"
    got = await fetched(world, case, case.owner.headers, number)
    assert got.status_code == 200
    (receipt,) = await world.receipts(case)
    found = ok(await world.client.get(f"/api/v1/verify/{receipt['code']}"))
    assert (found["number"], found["state"]) == (number, "valid")


async def test_readers_at_once_see_one_code(world: World) -> None:
    case = await world.accepted()
    await _as_before_there_were_papers(case)
    seen = await asyncio.gather(*(world.receipts(case) for _ in range(6)))
    assert len({receipt["code"] for (receipt,) in seen}) == 1
