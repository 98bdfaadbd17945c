"""For whom a person at the window files: themselves, an enterprise or a child of theirs."""

from typing import Any

from app.citizens.consent_texts import CHILD
from app.core import db
from tests.agency import owned as agency
from tests.agency.agents import id_number, phone
from tests.cases.builders import ID_NUMBER, NAME, PHONE, Person, World, ok, refused

WHO = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
CHILD_NUMBER = id_number(50, "20180305")


async def _stands(world: World, by: str = "clerk", who: dict[str, Any] = WHO) -> str:
    return ok(await world.do(by, "applicants", who))["ticket"]


async def _known(world: World) -> Person:
    """The applicant, whose phone was proved: at the window they are the same account."""
    owner = await world.citizen()
    await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE id = $1", owner.id)
    return owner


async def _read(world: World, ticket: str, by: str = "clerk") -> Any:
    return await world.look(by, "applicants/for-whom", applicant=ticket)


async def _entries() -> int:
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM audit_entries WHERE verb = 'citizen.principals_read'"
    )
    assert row
    return row["n"]


class TestWhoMayAsk:
    async def test_only_the_clerk_of_the_ticket(self, world: World) -> None:
        ticket = await _stands(world)
        refused(await _read(world, ticket, ""), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await _read(world, ticket, name), 403, "forbidden")
        refused(await _read(world, ticket, "clerk2"), 409, "cases.ticket_ended")
        ok(await _read(world, ticket))

    async def test_each_reading_is_recorded(self, world: World) -> None:
        ticket, before = await _stands(world), await _entries()
        ok(await _read(world, ticket))
        ok(await _read(world, ticket))
        assert await _entries() == before + 2


class TestEnterprises:
    async def test_those_for_which_the_person_may_file(self, world: World) -> None:
        firm = (await agency.enterprise(world, await _known(world)))["enterprise_id"]
        found = ok(await _read(world, await _stands(world)))["enterprises"]
        assert [(one["id"], one["name"], one["role"]) for one in found] == [
            (str(firm), "豆花公司", "manager")
        ]

    async def test_not_where_they_may_only_look(self, world: World) -> None:
        firm = (await agency.enterprise(world, await _known(world)))["enterprise_id"]
        await db.execute(
            "UPDATE enterprise_people SET role = 'viewer' WHERE enterprise_id = $1", firm
        )
        assert ok(await _read(world, await _stands(world)))["enterprises"] == []

    async def test_somebody_elses_are_not_shown(self, world: World) -> None:
        await agency.enterprise(world, await _known(world))
        other = {"name": "李大明", "phone": phone(3), "id_number": id_number(3), "consent": True}
        assert ok(await _read(world, await _stands(world, who=other))) == {
            "enterprises": [],
            "children": [],
        }

    async def test_an_account_that_only_says_that_number_is_not_theirs(self, world: World) -> None:
        await agency.enterprise(world, await world.citizen())
        assert ok(await _read(world, await _stands(world)))["enterprises"] == []

    async def test_the_clerk_files_for_one(self, world: World) -> None:
        firm = (await agency.enterprise(world, await _known(world)))["enterprise_id"]
        ticket, item = await _stands(world), await world.item()
        body = world.application(item, applicant=ticket, on_behalf={"enterprise_id": str(firm)})
        filed = ok(await world.do("clerk", "cases", body), 201)
        row = await db.fetch_one(
            "SELECT enterprise_name, filed_by FROM cases WHERE id = $1", filed["id"]
        )
        assert row == {"enterprise_name": "豆花公司", "filed_by": "window"}


class TestChildren:
    async def _child(self, world: World, guardian: Person) -> dict[str, Any]:
        child = {
            "name": "欧小月",
            "id_number": CHILD_NUMBER,
            "relation": "parent",
            "consent": True,
            "consent_version": CHILD.version,
        }
        path = "/api/v1/citizens/me/children"
        made = await world.client.post(path, json=child, headers=guardian.headers)
        return ok(made, 201)

    async def test_they_are_masked(self, world: World) -> None:
        child = await self._child(world, await _known(world))
        found = ok(await _read(world, await _stands(world)))["children"]
        assert [one["id"] for one in found] == [child["id"]]
        assert "欧小月" not in str(found)
        assert CHILD_NUMBER not in str(found)

    async def test_who_is_fourteen_files_by_themselves(self, world: World) -> None:
        await self._child(world, await _known(world))
        world.go_to(world.house.clock.now().replace(year=2032, month=3, day=8))
        assert ok(await _read(world, await _stands(world)))["children"] == []

    async def test_the_clerk_files_for_one(self, world: World) -> None:
        child = await self._child(world, await _known(world))
        ticket, item = await _stands(world), await world.item()
        body = world.application(item, applicant=ticket, on_behalf={"child_id": child["id"]})
        filed = ok(await world.do("clerk", "cases", body), 201)
        row = await db.fetch_one("SELECT child_id FROM cases WHERE id = $1", filed["id"])
        assert row
        assert str(row["child_id"]) == child["id"]
